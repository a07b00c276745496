"""The client of a platform: ``hubkin.Client()``, and the default one behind ``hubkin.submit``.

Standard library at import; msgspec is loaded where a typed answer is asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hubkin import config, environment
from hubkin.errors import NotConnected
from hubkin.i18n import _
from hubkin.job import Job, remember
from hubkin.transport import Transport
from hubkin.versions import Datasets, Versions

if TYPE_CHECKING:
    from hubkin import wire

Struct = TypeVar("Struct")

_default: Client | None = None


class Client:
    """A connection to one platform as one person.

    Without arguments the settings in force are taken (``hubkin config explain`` shows them); inside a
    notebook that the platform started nothing needs to be set.

    Example:
        >>> client = hubkin.Client()
        >>> client.me().name
        'ada'
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        owner: str | None = None,
        language: str | None = None,
        timeout_seconds: float = 30.0,
    ) -> None:
        flags = {"url": url, "token": token, "owner": owner, "language": language}
        self.config = config.load(flags)
        if not self.config.is_connected:
            raise NotConnected(not_connected_text(self.config))
        self.owner = self.config.owner.value
        self.transport = Transport(
            str(self.config.url.value),
            self.config.token.value,
            language=str(self.config.language.value),
            timeout_seconds=timeout_seconds,
        )
        self.jobs = Jobs(self)
        self.datasets = Datasets(self, "dataset")
        self.model_versions: Versions[wire.ModelVersion] = Versions(self, "model")

    def __repr__(self) -> str:
        return f"<hubkin.Client {self.config.url.value}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections; the client stays usable.

        Example:
            >>> with hubkin.Client() as client:
            ...     client.me()
        """
        self.transport.close()

    def submit(
        self,
        source: str | Path | Mapping[str, Any] | wire.JobSpec | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        code: str | Path | bool | None = None,
        key: str | None = None,
        **changes: Any,
    ) -> Job:
        """Submit a job: a job file, a spec, or ``run=…``.

        Args:
            source: The path of a job file (its folder travels along), a mapping or a `hubkin.wire.JobSpec`.
            params: Values for the spec's own ``params``.
            code: The folder to take along; `False` takes none.
            key: The idempotency key: the same key submits the same job once.  One is made up otherwise.
            changes: ``run name owner gpu cpu memory replicas max cost env data models after launcher …``.

        Raises:
            hubkin.BadJobFile: The spec is wrong; every issue has its line.
            hubkin.BalanceLow: What is set aside at the start does not fit; ``.actions`` has the ways out.

        Example:
            >>> job = client.submit("train.yaml", params={"lr": 1e-4})
            >>> job = client.submit(run="python train.py", code=".", gpu=1, max="2h", data="lab/imagenet@v3")
        """
        from hubkin import submission

        if self.owner and not changes.get("owner"):
            changes = {**changes, "owner": self.owner}
        prepared = submission.prepare(source, params=params, code=code, **changes)
        prepared = submission.send_code(self.transport, prepared)
        body = {"spec": prepared.spec, "origin": {"kind": "sdk"}}
        return remember(Job(self, self.transport.request("POST", "/jobs", body=body, key=key or new_key())))

    def plan(self, source: Any = None, **options: Any) -> wire.Plan:
        """What submitting this would do and cost; nothing is submitted and no code is sent.

        Example:
            >>> client.plan("train.yaml").quote.per_hour.amount
            '2.00'
        """
        from hubkin import submission, wire

        prepared = submission.prepare(source, **options)
        body = {"spec": prepared.spec, "origin": {"kind": "sdk"}}
        query = {"dry_run": "true"}
        return self.typed(
            self.transport.request("POST", "/jobs", body=body, query=query, key=new_key()), wire.Plan
        )

    def job(self, name: str) -> Job:
        """The job of this name or id.

        Example:
            >>> client.job("bert-7").state
            'running'
        """
        return self.jobs.get(name)

    def me(self) -> wire.Me:
        """Who the caller is, with groups and rights.

        Example:
            >>> client.me().name
            'ada'
        """
        from hubkin import wire

        return self.typed(self.transport.request("GET", "/me"), wire.Me)

    def profiles(self) -> list[wire.Profile]:
        """What can be had, with its price and what is free now.

        Example:
            >>> [profile.name for profile in client.profiles()]
            ['cpu', 'sim-gpu']
        """
        from hubkin import wire

        return [self.typed(row, wire.Profile) for row in self.pages("/profiles")]

    def models(self) -> list[wire.ModelVersion]:
        """The model versions the caller can see, with where they came from.

        Example:
            >>> client.models()[0].job_id
            'job-01jd9k'
        """
        from hubkin import wire

        return [self.typed(row, wire.ModelVersion) for row in self.pages("/models")]

    def usage(self, owner: str | None = None) -> wire.Usage:
        """Balance, what is held, spent this month, and the last lines of the ledger; yours, or a group's.

        Example:
            >>> client.usage().available.amount
            '96.00'
        """
        from hubkin import wire

        return self.typed(self.transport.request("GET", "/usage", query={"owner": owner}), wire.Usage)

    def pages(
        self, path: str, query: Mapping[str, Any] | None = None, *, limit: int | None = None
    ) -> Iterator[Any]:
        """Every row of a list as plain JSON, page by page; `limit` stops early.

        Example:
            >>> next(client.pages("/jobs", {"state": ["running"]}))["name"]
            'bert-7'
        """
        cursor: str | None = None
        left = limit
        while left is None or left > 0:
            page_size = min(left or 200, 200)
            page = self.transport.request(
                "GET", path, query={**(query or {}), "limit": page_size, "cursor": cursor}
            )
            yield from page["items"] if left is None else page["items"][:left]
            cursor = page.get("next_cursor")
            left = None if left is None else left - len(page["items"])
            if not cursor:
                return

    def typed(self, value: Any, kind: type[Struct]) -> Struct:
        """A wire struct from an answer; fields that came later are left out.

        Example:
            >>> client.typed(client.transport.request("GET", "/me"), hubkin.wire.Me).name
            'ada'
        """
        import msgspec

        return msgspec.convert(value, kind)


JobList = list[Job]  # `Jobs.list` hides the name inside the class


class Jobs:
    """``client.jobs``: list, get, submit, stop, extend, restart."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(
        self,
        *,
        state: str | Sequence[str] | None = None,
        owner: str | None = None,
        search: str | None = None,
        limit: int | None = 50,
    ) -> JobList:
        """Jobs, newest first.

        Example:
            >>> [job.name for job in client.jobs.list(state="running")]
            ['bert-7']
        """
        query = {"state": state, "owner": owner, "q": search}
        return [Job(self._client, row) for row in self._client.pages("/jobs", query, limit=limit)]

    def get(self, name: str) -> Job:
        """The job of this name or id.

        Raises:
            hubkin.NotFound: There is none, or it is not yours.

        Example:
            >>> client.jobs.get("bert-7").id
            'job-01jd9k'
        """
        from urllib.parse import quote

        return Job(self._client, self._client.transport.request("GET", f"/jobs/{quote(name, safe='')}"))

    def submit(self, source: Any = None, **options: Any) -> Job:
        """The same as `Client.submit`.

        Example:
            >>> client.jobs.submit(run="python train.py", code=".").name
            'train-1'
        """
        return self._client.submit(source, **options)

    def stop(self, name: str, *, after_checkpoint: bool = False) -> Job:
        """Stop a job; its outputs are kept.

        Example:
            >>> client.jobs.stop("bert-7").state
            'stopping'
        """
        return self.get(name).stop(after_checkpoint=after_checkpoint)


def client() -> Client:
    """The default client, made at first use from the settings in force.

    Example:
        >>> hubkin.client().me().name
        'ada'
    """
    global _default
    if _default is None:
        _default = Client()
    return _default


def forget_client() -> None:
    """Make the default client anew at its next use, from the settings that are in force then."""
    global _default
    if _default is not None:
        _default.close()
    _default = None


def submit(source: Any = None, **options: Any) -> Job:
    """Submit a job with the default client; see `Client.submit`.

    Example:
        >>> job = hubkin.submit("train.yaml", params={"lr": 1e-4})
        >>> job.wait("2h")
    """
    return client().submit(source, **options)


def new_key() -> str:
    """An idempotency key that nobody else has.

    >>> len(new_key())
    32
    """
    return uuid.uuid4().hex


def not_connected_text(settings: config.Config) -> str:
    """What to do when there is no platform or no token here."""
    if not settings.url.value:
        said = _("No platform is set. Start one with `hubkin up`, or sign in with `hubkin login ADDRESS`.")
    else:
        said = _("There is no token for {url}. Sign in with `hubkin login {hub}`.").format(
            url=settings.url.value, hub=config.hub_url(settings.url.value)
        )
    return "\n".join([said, *environment.mistaken()])
