"""What travels over HTTP, as closed structs: read by the services, the SDK and the CLI, the source of openapi.json.

Conventions: RFC 3339 UTC times end in ``_at``, durations in ``_seconds``, sizes in ``_bytes``, money is
:class:`Money` in the site's one unit, states and codes are open lower_snake strings, ids are ``job-01jd…``.
Which route takes and answers what: ``docs/reference/routes.md``, generated from the routes themselves.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Closed(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=False, kw_only=True):
    """A struct that refuses keys it does not know."""


class Open(msgspec.Struct, kw_only=True):
    """A struct of an answer: clients tolerate fields that came later."""


class Money(Open, kw_only=True):
    """An amount in the site's one unit, two to six decimals, e.g. ``{"amount": "384.00", "unit": "CNY"}``."""

    amount: str
    unit: str


class Page(Open, Generic[Item], kw_only=True):
    """One page of a list; pass ``next_cursor`` back as ``cursor`` for the next one."""

    items: list[Item]
    next_cursor: str | None = None
    count: int | None = None


# --- problems
# -------------------------------------------------------------------------------------------------------


class FieldError(Open, kw_only=True):
    """One field of a request that was wrong."""

    pointer: str
    code: str
    detail: str = ""
    line: int | None = None


class Action(Open, kw_only=True):
    """A way out of a problem: a patch of the request body, or a link."""

    label: str
    patch: dict[str, Any] | None = None
    href: str | None = None
    code: str | None = None


class Problem(Open, kw_only=True):
    """An RFC 9457 problem; programs use ``code`` and ``params``, people read ``title`` and ``detail``."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, Any] = {}
    instance: str | None = None
    request_id: str | None = None
    errors: list[FieldError] = []
    actions: list[Action] = []


# --- the job specification (interfaces.md 3.6; what one machine can do today)
# ---------------------------------------


class Resources(Closed, kw_only=True):
    """What one replica gets.  ``gpu`` is ``PROFILE:UNITS``, ``PROFILE`` or a count; ``cpu`` counts cores."""

    gpu: str | int | None = None
    cpu: int | None = None
    memory: str | None = None
    shm: str | None = None


class Limits(Closed, kw_only=True):
    """When the platform ends a job by itself.

    ``duration`` and ``idle`` like ``8h``, ``cost`` in the site's unit.
    """

    duration: str | None = None
    cost: float | str | None = None
    idle: str | None = None


class ModelOutput(Closed, kw_only=True):
    """Register a model version from the outputs when the job succeeded.

    ``path`` is relative to the outputs.
    """

    name: str
    path: str = "."
    best: str | None = None
    alias: str | None = None


class Outputs(Closed, kw_only=True):
    """Which files of ``$HUBKIN_OUTPUTS`` are kept, and which become a model version."""

    keep: list[str] = msgspec.field(default_factory=lambda: ["**"])
    model: ModelOutput | None = None


class Notify(Closed, kw_only=True):
    """Tell ``to`` (``me``) when the job starts, ends, or is about to hit a limit."""

    when: list[str] = msgspec.field(default_factory=lambda: ["end"])
    to: str = "me"


class OnStop(Closed, kw_only=True):
    """How a job is asked to stop: a signal, then the grace before it is killed."""

    signal: str = "SIGTERM"
    grace: str = "30s"


class JobSpec(Closed, kw_only=True):
    """A job file.  Everything is optional except ``run``."""

    run: str
    name: str | None = None
    owner: str | None = None
    code: str | None = None
    #: Name in the job → dataset, as ``[owner/]name[@v3]``; models alike, also ``@alias``.
    data: dict[str, str] = {}
    models: dict[str, str] = {}
    env: dict[str, str] = {}
    params: dict[str, Any] = {}
    resources: Resources = msgspec.field(default_factory=Resources)
    replicas: int = 1
    launcher: str = "none"
    outputs: Outputs = msgspec.field(default_factory=Outputs)
    limits: Limits = msgspec.field(default_factory=Limits)
    notify: Notify | None = None
    on_stop: OnStop = msgspec.field(default_factory=OnStop)
    after: list[str] = []
    labels: dict[str, str] = {}


# --- plans and jobs
# --------------------------------------------------------------------------------------------------


class Captured(Open, kw_only=True):
    """One name that a cell brought along: ``source`` says from where, e.g. ``In[3]``."""

    name: str
    kind: str
    source: str
    size_bytes: int | None = None


class CaptureReport(Closed, kw_only=True):
    """What the client captured; stored with the plan and shown, never interpreted."""

    names: list[Captured] = []
    modules: list[str] = []
    files: list[str] = []
    packages: list[str] = []
    notes: list[str] = []
    digest: str | None = None


class Origin(Closed, kw_only=True):
    """Where a submission came from: ``(kernel_id, execution_count)`` makes a cell submit at most one job."""

    kind: str = "api"
    kernel_id: str | None = None
    execution_count: int | None = None
    cell_digest: str | None = None
    notebook: str | None = None


class PlanRequest(Closed, kw_only=True):
    """The body of ``POST /plans``."""

    spec: JobSpec
    capture: CaptureReport | None = None
    origin: Origin | None = None


class Reason(Open, kw_only=True):
    """Why a job is where it is: a stable code, its numbers, and one sentence in the caller's language."""

    code: str
    params: dict[str, Any] = {}
    text: str = ""


class Quote(Open, kw_only=True):
    """What a job costs:

    per hour for all replicas, what is held at the start, and for how long the money lasts.
    """

    per_hour: Money
    hold: Money
    cap: Money | None = None
    balance: Money | None = None
    lasts_seconds: int | None = None
    free: bool = False


class Caution(Open, kw_only=True):
    """Something the submitter should know before saying yes."""

    code: str
    text: str
    actions: list[Action] = []


class Input(Open, kw_only=True):
    """A dataset or model that a job reads: ``name`` in the job, and the version that its reference meant.

    ``kind`` is ``dataset`` or ``model``; ``reference`` names owner and version, as in ``ada/digits@v1``.
    """

    kind: str
    name: str
    reference: str
    version_id: str
    files: int
    bytes: int


class Plan(Open, kw_only=True):
    """What would happen: kept for an hour, submitted with ``POST /jobs {"plan_id": …}``."""

    id: str
    name: str
    owner: str
    spec: JobSpec
    profile: str
    profile_label: str
    simulated: bool
    units: int
    replicas: int
    processes: int
    quote: Quote
    waits_for: list[Reason]
    warnings: list[Caution]
    confirm: bool
    expires_at: str
    inputs: list[Input] = []
    capture: CaptureReport | None = None
    origin: Origin | None = None
    job_id: str | None = None
    live_job_id: str | None = None


class JobRequest(Closed, kw_only=True):
    """The body of ``POST /jobs``: a spec, or the id of a plan."""

    spec: JobSpec | None = None
    plan_id: str | None = None
    capture: CaptureReport | None = None
    origin: Origin | None = None


class Progress(Open, kw_only=True):
    """How far a job is, from its own output."""

    done: float
    total: float | None = None
    unit: str = ""


class Replica(Open, kw_only=True):
    """One process group of the job's running attempt."""

    task: str
    index: int
    state: str
    node: str | None = None
    exit_code: int | None = None
    reason: Reason | None = None
    rss_bytes: int | None = None
    log_bytes: int = 0


class Job(Open, kw_only=True):
    """A job as its owner sees it: the whole row, so that a view never refetches."""

    id: str
    name: str
    owner: str
    submitted_by: str
    state: str
    reason: Reason
    spec: JobSpec
    profile: str
    profile_label: str
    simulated: bool
    units: int
    backend: str
    attempt: int
    submitted_at: str
    started_at: str | None = None
    finished_at: str | None = None
    deadline_at: str | None = None
    waited_seconds: float | None = None
    ran_seconds: float | None = None
    queue_position: int | None = None
    per_hour: Money
    held: Money
    charged: Money
    #: Until when a running job's use is in ``charged``; the meter looks every half minute.
    charged_at: str | None = None
    replicas: list[Replica] = []
    progress: Progress | None = None
    latest: dict[str, float] = {}
    inputs: list[Input] = []
    capture: CaptureReport | None = None
    origin: Origin | None = None
    model: str | None = None
    can_stop: bool = True
    can_extend: bool = True
    revision: int = 0
    href: str = ""


class StopRequest(Closed, kw_only=True):
    """``mode`` is ``now`` or ``checkpoint`` (ask, give it its grace, then stop).

    Admins must give a reason.
    """

    mode: str = "now"
    reason: str | None = None


class ExtendRequest(Closed, kw_only=True):
    """Prolong the time limit by this much, e.g. ``2h``."""

    by: str


class Alternative(Open, kw_only=True):
    """Something that would start sooner."""

    text: str
    patch: dict[str, Any]


class Explanation(Open, kw_only=True):
    """Why a job waits (or ended): the same text in panel, card, CLI and REST."""

    job_id: str
    state: str
    reasons: list[Reason]
    summary: str
    position: int | None = None
    ahead: list[str] = []
    waits_for_jobs: list[str] = []
    eta: str | None = None
    eta_earliest_at: str | None = None
    eta_latest_at: str | None = None
    alternatives: list[Alternative] = []
    #: What else is to know, such as which outputs were not kept.
    notes: list[Reason] = []
    as_of: str = ""


class LogLine(Open, kw_only=True):
    """Lines arrive as text with the replica they came from."""

    replica: int
    at: str
    text: str


class LogPage(Open, kw_only=True):
    """A part of the merged log; ``cursor`` continues it (opaque: one offset per replica)."""

    lines: list[LogLine]
    cursor: str
    complete: bool
    gaps: list[Reason] = []


class Series(Open, kw_only=True):
    """One curve, down-sampled by the server:

    parallel arrays, ``steps`` may repeat time order when none was printed.
    """

    name: str
    replica: int
    steps: list[float]
    values: list[float]
    at: list[str]
    total_points: int
    first: float | None = None
    last: float | None = None


class Metrics(Open, kw_only=True):
    """The curves of a job."""

    series: list[Series]


class Result(Open, kw_only=True):
    """The value of ``main()`` on global rank 0, or how it failed."""

    kind: str
    value: Any = None
    path: str | None = None
    type: str | None = None
    error: RemoteError | None = None


class RemoteFrame(Open, kw_only=True):
    """One line of a traceback on the other side."""

    file: str
    line: int
    function: str
    text: str = ""


class RemoteError(Open, kw_only=True):
    """The first exception that ended the job."""

    rank: int
    type: str
    message: str
    traceback: str
    frames: list[RemoteFrame] = []


class FileEntry(Open, kw_only=True):
    """One kept file of a job's outputs or of a version."""

    path: str
    size_bytes: int
    digest: str
    mode: str = "0644"
    replica: int | None = None


# --- catalog
# ---------------------------------------------------------------------------------------------------------


class UploadRequest(Closed, kw_only=True):
    """Open an upload; ``kind`` is ``algorithm`` (code) or ``dataset``, which has a name.

    ``owner`` is the group that will own the dataset, otherwise the caller.
    """

    kind: str = "algorithm"
    name: str | None = None
    owner: str | None = None
    declared_bytes: int = 0
    declared_files: int = 0


class Upload(Open, kw_only=True):
    """An open upload."""

    id: str
    state: str
    expires_at: str


class ClaimItem(Closed, kw_only=True):
    """One object the client has: its digest (facts: sha256; above 16 MiB sha256 of part digests) and size."""

    digest: str
    size: int


class ClaimRequest(Closed, kw_only=True):
    """At most 500 objects."""

    objects: list[ClaimItem]


class Claim(Open, kw_only=True):
    """``have``: nothing to do; else PUT the bytes to ``url``."""

    digest: str
    have: bool
    url: str | None = None


class Claims(Open, kw_only=True):
    """One answer per object asked for, in order."""

    items: list[Claim]


class CommitFile(Closed, kw_only=True):
    """One path of the version: a file, or an executable (mode ``0755``)."""

    path: str
    size: int
    digest: str
    mode: str = "0644"


class CommitRequest(Closed, kw_only=True):
    """The tree of the version."""

    files: list[CommitFile]
    note: str | None = None


class Version(Open, kw_only=True):
    """An immutable version; those of datasets and models have a name and count from 1."""

    id: str
    kind: str
    tree: str
    files: int
    bytes: int
    owner: str
    created_at: str
    created_by: str
    name: str | None = None
    version: int | None = None
    note: str = ""


class VersionFile(Open, kw_only=True):
    """One file of a version; its bytes are at ``url`` for a quarter of an hour."""

    path: str
    size_bytes: int
    digest: str
    mode: str
    url: str


class ModelVersion(Open, kw_only=True):
    """A registered model version with its lineage."""

    id: str
    name: str
    owner: str
    version: int
    alias: list[str]
    tree: str
    bytes: int
    files: int
    job_id: str | None
    metric: str | None = None
    metric_value: float | None = None
    lineage: dict[str, Any] = {}
    created_at: str


class RegisterRequest(Closed, kw_only=True):
    """Register kept files of a job's first replica as the next version of a model; ``path`` is relative to the outputs."""

    name: str
    path: str = "."
    alias: str | None = None


# --- who, what there is, money
# ---------------------------------------------------------------------------------------


class Space(Open, kw_only=True):
    """Something that can own and pay: the caller, or one of their groups."""

    owner: str
    label: str
    role: str


class Me(Open, kw_only=True):
    """The caller."""

    name: str
    user_id: str
    language: str
    spaces: list[Space]
    scopes: list[str]
    admin: bool
    unit: str
    trust_note: str | None = None


class Profile(Open, kw_only=True):
    """What is sold, with its price and what is free now."""

    name: str
    label: str
    pool: str
    accelerator: str | None
    simulated: bool
    cpu: int
    memory_bytes: int
    per_hour: Money
    free_units: int | None
    total_units: int | None
    notebook: bool
    waiting: int = 0


class Offer(Open, kw_only=True):
    """A notebook profile as one person meets it: whether they may have it, why not, how long their money lasts."""

    profile: Profile
    usable: bool = True
    reason: Reason | None = None
    lasts_seconds: int | None = None


class Offers(Open, kw_only=True):
    """What the start page shows one person; ``last_profile`` is preselected."""

    items: list[Offer]
    available: Money | None = None
    last_profile: str | None = None


class Usage(Open, kw_only=True):
    """One account at a glance."""

    account: str
    owner: str
    balance: Money
    held: Money
    available: Money
    spent_this_month: Money
    per_hour: Money
    lasts_seconds: int | None
    entries: list[Entry]


class Entry(Open, kw_only=True):
    """One line of the ledger, newest first, with who and why."""

    id: str
    at: str
    amount: Money
    balance_before: Money | None = None
    balance_after: Money
    kind: str
    note: str
    by: str
    job_id: str | None = None
    job_name: str | None = None
    server_id: str | None = None
    quantity: str | None = None


class Account(Open, kw_only=True):
    """A person or group with their balance."""

    id: str
    owner: str
    kind: str
    balance: Money
    held: Money
    spent_this_month: Money
    running: int = 0


class TopupRequest(Closed, kw_only=True):
    """Put money on an account; ``amount`` is a decimal string in the site's unit, positive."""

    owner: str
    amount: str
    note: str


class Hook(Closed, kw_only=True):
    """Where notices of the caller's jobs go: ``kind`` is ``webhook`` (signed) or ``mail``."""

    target: str
    kind: str = "webhook"
    when: list[str] = msgspec.field(default_factory=lambda: ["start", "end", "limit"])
    id: str | None = None
    secret: str | None = None


class Preferences(Closed, kw_only=True):
    """What the platform remembers of a person."""

    language: str | None = None
    last_profile: str | None = None


# --- servers
# ---------------------------------------------------------------------------------------------------------


class GateRequest(Closed, kw_only=True):
    """The spawner asks: may this person's server start?  Idempotent by ``spawn_id``."""

    user: str
    server_name: str
    spawn_id: str
    profile: str
    units: int = 1
    groups: list[str] = []
    user_created: str | None = None
    """When the hub created the user (RFC 3339): it tells namesakes apart."""


class GateAnswer(Open, kw_only=True):
    """Yes: what the server gets.  A refusal is a problem (402, 403, 409) with a sentence for the person."""

    server_id: str
    profile: str
    profile_label: str
    simulated: bool
    env: dict[str, str]
    cpus: list[int] | None
    memory_bytes: int | None
    per_hour: Money


class ServerFacts(Closed, kw_only=True):
    """What the spawner saw: ``state`` is running or stopped, a process by pid and start time."""

    state: str
    pid: int | None = None
    start_time: int | None = None
    reason: str | None = None
    """Why it is over: ``stopped`` (somebody asked the hub) or ``exited`` (by itself)."""


class Server(Open, kw_only=True):
    """A notebook server."""

    id: str
    owner: str
    name: str
    state: str
    profile: str
    started_at: str | None
    finished_at: str | None
    per_hour: Money
    charged: Money


# --- events
# ----------------------------------------------------------------------------------------------------------


class Event(Open, kw_only=True):
    """One row of the journal, as the stream carries it:

    ``data`` holds the whole row (Job, Usage, LogLine list, Metrics).
    """

    seq: int
    topic: str
    subject: str
    data: dict[str, Any]
