"""Reads a job specification: every rule that needs no database, all complaints at once."""

from __future__ import annotations

import math
import re
import signal
from dataclasses import dataclass

from hubkin import wire
from hubkin_kit.clock import parse_duration
from hubkin_kit.errors import Field, HubkinError
from hubkin_kit.ids import is_slug
from hubkin_kit.money import parse_amount

from hubkin_jobs.domain.filling import names_input, unknown_inputs
from hubkin_jobs.errors import BadSpec

MAX_RUN_BYTES = 64 * 1024
MAX_REPLICAS = 1024
MAX_ENV = 200
MAX_ENV_BYTES = 32 * 1024
MAX_LABELS = 20
MAX_INPUTS = 50
MAX_GRACE_SECONDS = 3600
LAUNCHERS = ("none", "torchrun")
NOTICES = ("start", "end", "limit")
STOP_SIGNALS = ("SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGHUP")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
#: Variables that decide who and where a replica is; a job cannot set them.
_RESERVED = re.compile(r"HUBKIN_.*|RANK|WORLD_SIZE|MASTER_ADDR|MASTER_PORT|LD_PRELOAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a specification says, as numbers."""

    spec: wire.JobSpec
    replicas: int
    duration_seconds: int | None
    cap_micros: int | None
    grace_seconds: int
    stop_signal: str


def read_terms(spec: wire.JobSpec) -> Terms:
    """Check a specification and return its numbers.

    Raises:
        BadSpec: With every field that is wrong.
    """
    complaints = Complaints()
    _check_text(spec, complaints)
    _check_env(spec, complaints)
    _check_choices(spec, complaints)
    _check_inputs(spec, complaints)
    limits, stop = spec.limits, spec.on_stop
    terms = Terms(
        spec=spec,
        replicas=spec.replicas,
        duration_seconds=complaints.collect(parse_duration, limits.duration, "/limits/duration"),
        cap_micros=complaints.collect(parse_amount, limits.cost, "/limits/cost"),
        grace_seconds=complaints.collect(parse_duration, stop.grace, "/on_stop/grace") or 0,
        stop_signal=stop.signal if stop.signal.startswith("SIG") else f"SIG{stop.signal}",
    )
    if terms.cap_micros is not None and terms.cap_micros <= 0:
        complaints.complain("/limits/cost", "not_positive", "A cost limit must be more than zero.")
    if terms.grace_seconds > MAX_GRACE_SECONDS:
        complaints.complain("/on_stop/grace", "too_long", "The grace can be at most one hour.")
    if terms.stop_signal not in STOP_SIGNALS or not hasattr(signal, terms.stop_signal):
        complaints.complain(
            "/on_stop/signal", "unknown_signal", "The signal must be one of {choices}.", STOP_SIGNALS
        )
    complaints.raise_if_any()
    return terms


class Complaints:
    """Collects what is wrong, so that a person hears of it all at once."""

    def __init__(self) -> None:
        self.fields: list[Field] = []

    def complain(
        self, pointer: str, code: str, detail: str, choices: tuple[str, ...] = (), **params: object
    ) -> None:
        """Note one wrong field."""
        if choices:
            params["choices"] = list(choices)
        self.fields.append(Field(pointer, code, detail, dict(params)))

    def collect(self, parse, value, pointer: str):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Parse a value unless it is absent; a refusal becomes a complaint and None."""
        if value is None:
            return None
        try:
            return parse(value, pointer=pointer)
        except HubkinError as error:
            code = error.fields[0].code if error.fields else error.code
            self.fields.append(Field(pointer, code, error.detail, error.params))
            return None

    def raise_if_any(self) -> None:
        """Raise BadSpec when something was wrong."""
        if self.fields:
            first = self.fields[0]
            raise BadSpec(first.detail, params=first.params, fields=tuple(self.fields))


def _check_text(spec: wire.JobSpec, complaints: Complaints) -> None:
    if not spec.run.strip() or "\0" in spec.run or len(spec.run.encode()) > MAX_RUN_BYTES:
        complaints.complain("/run", "bad_command", "'run' must be a command of at most 64 kB.")
    if spec.name is not None and not is_slug(spec.name):
        complaints.complain(
            "/name", "bad_name", "A name has small letters, digits and hyphens, at most 63 of them."
        )
    model = spec.outputs.model
    if model is not None and not is_slug(model.name):
        complaints.complain(
            "/outputs/model/name",
            "bad_name",
            "A name has small letters, digits and hyphens, at most 63 of them.",
        )
    if model is not None and (model.path.startswith("/") or ".." in model.path.split("/")):
        complaints.complain("/outputs/model/path", "bad_path", "The path must lie in the outputs.")
    if len(spec.labels) > MAX_LABELS or any(len(k) > 63 or len(v) > 63 for k, v in spec.labels.items()):
        complaints.complain("/labels", "bad_labels", "At most 20 labels of at most 63 characters.")


def _check_env(spec: wire.JobSpec, complaints: Complaints) -> None:
    if len(spec.env) > MAX_ENV or sum(len(k) + len(v) for k, v in spec.env.items()) > MAX_ENV_BYTES:
        complaints.complain("/env", "too_large", "At most 200 variables and 32 kB in all.")
    for name, value in spec.env.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            complaints.complain(
                f"/env/{name[:40]}", "bad_variable", "This is not a name and value of a variable."
            )
        elif _RESERVED.fullmatch(name):
            complaints.complain(f"/env/{name}", "reserved", "The platform sets this variable itself.")
        elif (variable := names_input(value)) is not None:
            complaints.complain(
                f"/env/{name}",
                "not_here",
                "Only 'run' can say where data is. Let the program read {variable}.",
                variable=variable,
            )


def _check_inputs(spec: wire.JobSpec, complaints: Complaints) -> None:
    for pointer, given in (("/data", spec.data), ("/models", spec.models)):
        if len(given) > MAX_INPUTS:
            complaints.complain(pointer, "too_many", "At most {most} of one kind.", most=MAX_INPUTS)
        for name in given:
            if not is_slug(name):
                complaints.complain(
                    f"{pointer}/{name[:40]}",
                    "bad_name",
                    "A name has small letters, digits and hyphens, at most 63 of them.",
                )
    for name in unknown_inputs(spec.run, data=spec.data, models=spec.models):
        complaints.complain(
            "/run", "unknown_input", "The command uses '{input}', which the job is not given.", input=name
        )


def _check_choices(spec: wire.JobSpec, complaints: Complaints) -> None:
    if not 1 <= spec.replicas <= MAX_REPLICAS:
        complaints.complain(
            "/replicas", "out_of_range", "The number of replicas is from 1 to {most}.", most=MAX_REPLICAS
        )
    if spec.launcher not in LAUNCHERS:
        complaints.complain(
            "/launcher", "unknown_launcher", "The launcher must be one of {choices}.", LAUNCHERS
        )
    if spec.limits.idle is not None:
        complaints.complain(
            "/limits/idle", "not_here", "This backend cannot see whether a job is idle. Leave it out."
        )
    if isinstance(spec.limits.cost, float) and not math.isfinite(spec.limits.cost):
        complaints.complain("/limits/cost", "not_an_amount", "A cost limit must be a finite number.")
    if spec.notify is not None and not set(spec.notify.when) <= set(NOTICES):
        complaints.complain("/notify/when", "unknown_notice", "Notices are sent at {choices}.", NOTICES)
    if spec.notify is not None and spec.notify.to != "me":
        complaints.complain(
            "/notify/to", "not_here", "Notices can only go to 'me'. Say where with `hubkin hooks`."
        )
