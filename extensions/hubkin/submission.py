"""From what a person gives (a job file, a dict, a command) to the body of ``POST /jobs``, for SDK and CLI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubkin.i18n import _
from hubkin.speccheck import check
from hubkin.specfile import BadJobFile, JobFile, located, read, with_params

if TYPE_CHECKING:
    from hubkin.transport import Transport

#: Top-level keys that a keyword of `hubkin.submit` sets, and the nested ones with their own names.
NESTED = {
    "gpu": ("resources", "gpu"), "cpu": ("resources", "cpu"), "memory": ("resources", "memory"),
    "max": ("limits", "duration"), "cost": ("limits", "cost"),
}  # fmt: skip
PLAIN = (
    "run",
    "name",
    "owner",
    "replicas",
    "launcher",
    "env",
    "after",
    "labels",
    "outputs",
    "notify",
    "on_stop",
)
#: What is added to the spec's own, name by name.
ADDED = ("env", "data", "models")


@dataclass(frozen=True)
class Submission:
    """A checked spec and the folder that goes with it, not sent yet."""

    spec: dict[str, Any]
    folder: Path | None
    notes: tuple[str, ...] = ()


def prepare(
    source: str | Path | Mapping[str, Any] | Any = None,
    *,
    params: Mapping[str, Any] | None = None,
    code: str | Path | bool | None = None,
    **changes: Any,
) -> Submission:
    """Read, change and check a spec.

    Args:
        source: The path of a job file, a mapping, a `hubkin.wire.JobSpec`, or nothing with ``run=…``.
        params: Values for the spec's own ``params``.
        code: The folder to take along; `False` takes none.  Default: the file's ``code``, else its folder.
        changes: ``run name owner gpu cpu memory replicas max cost after …``, each replaces the spec's;
            ``env data models`` are added to them: ``data={"train": "lab/imagenet@v3"}``, or
            ``data="lab/imagenet@v3"``, which a job knows as ``imagenet``.

    Raises:
        BadJobFile: With every issue found.
        OSError: The file cannot be read.
    """
    path = Path(source) if isinstance(source, (str, Path)) else None
    job_file = read(path) if path else JobFile(_as_dict(source))
    if job_file.issues and not job_file.spec:
        raise BadJobFile(job_file.issues, path)
    spec, unknown = with_params(_changed(job_file.spec, changes), params or {})
    issues = located([*unknown, *check(spec)], job_file.lines)
    if issues:
        raise BadJobFile(issues, path)
    own = spec.pop("code", None)
    folder = (job_file.folder / str(own or ".")).resolve() if own or path else None
    if code is not None:
        folder = None if code is False else Path("." if code is True else code).resolve()
    return Submission(spec, folder)


def send_code(transport: Transport, submission: Submission) -> Submission:
    """Upload the folder, if there is one, and name the version in the spec."""
    if submission.folder is None:
        return submission
    from hubkin.codefolder import take
    from hubkin.upload import send

    taken = take(submission.folder)
    version = send(transport, taken).version
    return Submission({**submission.spec, "code": version["id"]}, submission.folder, taken.notes)


def _as_dict(source: Any) -> dict[str, Any]:
    if source is None:
        return {}
    if isinstance(source, Mapping):
        return dict(source)
    import msgspec

    if isinstance(source, msgspec.Struct):
        spec: dict[str, Any] = msgspec.to_builtins(source)
        return spec
    raise TypeError(
        _("A job is a path, a mapping or a JobSpec; not {kind}.").format(kind=type(source).__name__)
    )


def _changed(spec: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(spec)
    for key, value in changes.items():
        if value is None or value == []:
            continue
        if key in NESTED:
            outer, inner = NESTED[key]
            below = result.get(outer)
            result[outer] = {**(below if isinstance(below, dict) else {}), inner: value}
        elif key in ADDED:
            below = result.get(key)
            result[key] = {**(below if isinstance(below, dict) else {}), **_named(key, value)}
        elif key in PLAIN:
            result[key] = value
        else:
            from hubkin.issue import meant

            text = _("submit() has no argument '{name}'.").format(name=key)
            raise TypeError(text + meant(key, [*NESTED, *PLAIN, *ADDED, "params", "code"]))
    return result


def _named(key: str, value: Any) -> Mapping[str, Any]:
    """``data`` and ``models`` may also be a reference, or several: each has its own name in the job."""
    if key == "env" or isinstance(value, Mapping):
        return dict(value)
    from hubkin.reference import named

    return named([value] if isinstance(value, str) else list(value))
