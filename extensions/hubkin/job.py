"""A job in Python: wait for it, read its curves and its output, get its result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hubkin import card, live
from hubkin.errors import JobFailed, TimedOut
from hubkin.fmt import parse_duration
from hubkin.i18n import _
from hubkin.transport import NotFound, ProblemError, Unreachable

if TYPE_CHECKING:
    from hubkin import wire
    from hubkin.explained import Explained
    from hubkin.kept import Files
    from hubkin.metrics import Curve, Curves
    from hubkin.session import Client

_last: Job | None = None


class Job:
    """One submitted job.  ``job.state``, ``job.name``, ``job.charged`` … read the row as it was seen last.

    In a notebook it shows as a live card.

    Example:
        >>> job = hubkin.submit(run="python train.py", code=".")
        >>> job.wait("2h").state
        'succeeded'
    """

    def __init__(self, client: Client, row: dict[str, Any]) -> None:
        self._client = client
        self.row = row

    def __getattr__(self, name: str) -> Any:
        """A field of the row, such as ``state``, ``name``, ``owner``, ``held``."""
        row = self.__dict__.get("row", {})
        if name in row:
            return row[name]
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        """The fields of the row too."""
        return [*super().__dir__(), *self.row]

    def __repr__(self) -> str:
        return "\n".join(card.job_lines(self.row))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """The live card, with a static picture for where our extension is not."""
        return card.bundle("job", self.row)

    @property
    def id(self) -> str:
        """The job's id.

        Example:
            >>> job.id
            'job-01jd9k'
        """
        return str(self.row["id"])

    @property
    def is_final(self) -> bool:
        """Whether the job has ended.

        Example:
            >>> job.is_final
            False
        """
        return self.row["state"] in card.FINAL

    @property
    def snapshot(self) -> wire.Job:
        """The row as a typed struct.

        Example:
            >>> job.snapshot.per_hour.unit
            'CNY'
        """
        from hubkin import wire

        snapshot: wire.Job = self._client.typed(self.row, wire.Job)
        return snapshot

    def refresh(self) -> Job:
        """Read the row again.

        Example:
            >>> job.refresh().state
            'running'
        """
        self.row = self._ask("GET", "")
        return self

    def wait(self, timeout: str | float | None = None) -> Job:
        """Wait for the end.

        Args:
            timeout: ``"2h"`` or seconds; without one it waits for ever.

        Raises:
            hubkin.JobFailed: It did not succeed; the message ends with the remote traceback.
            hubkin.TimedOut: It is still going on.

        Example:
            >>> job.wait("2h").state
            'succeeded'
        """
        deadline = _deadline(timeout)
        for row in live.rows(self._client.transport, self.row, deadline=deadline):
            self.row = row
        if not self.is_final:
            text = _("{job} is still {state}; it goes on.")
            raise TimedOut(text.format(job=self.name, state=card.state_text(self.state)))
        if self.state != "succeeded":
            raise JobFailed(self.row, self._result().get("error"))
        return self

    def result(self, timeout: str | float | None = None) -> Any:
        """The value of ``main()`` on the first replica, `None` where there is none; waits for the end.

        A value that is no JSON was pickled, and is opened only for the person who submitted the job.

        Raises:
            hubkin.JobFailed: The job failed there; the message ends with the remote traceback.
            hubkin.NotYours: Somebody else submitted it.

        Example:
            >>> job.result()
            {'accuracy': 0.97}
        """
        from hubkin.kept import open_result

        self.wait(timeout)
        return open_result(self._client, self, self._result())

    def metrics(self, name: str | None = None) -> Curve | Curves:
        """The curves: one by its name, or all of them.

        Raises:
            KeyError: There is no curve of this name yet.

        Example:
            >>> job.metrics("loss").last
            0.31
            >>> job.metrics("loss").to_pandas()
        """
        from hubkin.metrics import Curves

        curves = Curves(self._ask("GET", "/metrics", query={"name": name})["series"])
        return curves[name] if name else curves

    def logs(
        self, *, follow: bool = False, replica: int | None = None, tail: int | None = None
    ) -> Iterator[live.Line]:
        """The lines that the replicas printed, in order; with `follow` until the job ends.

        Example:
            >>> for line in job.logs(follow=True):
            ...     print(line.replica, line.text)
        """
        return live.lines(self._client.transport, self.id, follow=follow, replica=replica, tail=tail)

    def explain(self) -> Explained:
        """Why the job waits, or how it ended; printing it shows the text.

        Example:
            >>> print(job.explain())
            1 unit of Simulated GPU needed, 0 free.
        """
        from hubkin.explained import Explained

        return Explained(self._ask("GET", "/explanation"))

    @property
    def files(self) -> Files:
        """The files that the job kept, as a mapping from path.

        Example:
            >>> job.files["best.pt"].path
            PosixPath('/home/ada/.cache/hubkin/...')
        """
        from hubkin.kept import Files

        return Files(self._client, self.id)

    def stop(self, *, after_checkpoint: bool = False, reason: str | None = None) -> Job:
        """Stop the job; its outputs are kept.  With `after_checkpoint` it is asked to save first.

        Example:
            >>> job.stop(after_checkpoint=True).state
            'stopping'
        """
        mode = "checkpoint" if after_checkpoint else "now"
        self.row = self._ask("POST", "/stop", body={"mode": mode, "reason": reason})
        return self

    def extend(self, by: str) -> Job:
        """Prolong the time limit.

        Example:
            >>> job.extend("2h").deadline_at
            '2026-11-24T18:00:00Z'
        """
        self.row = self._ask("POST", "/extend", body={"by": by})
        return self

    def restart(self) -> Job:
        """Submit the same spec, code and data again, as a new job.

        Example:
            >>> job.restart().name
            'bert-8'
        """
        return remember(Job(self._client, self._ask("POST", "/restart", body={})))

    def _result(self) -> dict[str, Any]:
        """The result; a job that only ran a command has none."""
        try:
            answer: dict[str, Any] = self._ask("GET", "/result")
        except NotFound as error:
            if error.code != "no_result":
                raise
            return {"kind": "none"}
        return answer

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        return self._client.transport.request(method, f"/jobs/{self.id}{path}", **options)


def last() -> Job | None:
    """The job that this process submitted last, by `submit` or by ``%%train``, as it stands now.

    While the platform cannot be reached, it is as it was seen last.

    Example:
        >>> hubkin.last().state
        'succeeded'
    """
    if isinstance(_last, Job) and not _last.is_final:
        with suppress(Unreachable, ProblemError):
            _last.refresh()
    return _last


def remember(job: Job) -> Job:
    """Make this the job that `last` returns."""
    global _last
    _last = job
    return job


def _deadline(timeout: str | float | None) -> float | None:
    if timeout is None:
        return None
    seconds = parse_duration(timeout) if isinstance(timeout, str) else timeout
    if seconds is None:
        raise ValueError(_("'{text}' is not a duration such as 30m, 8h or 2d.").format(text=timeout))
    return time.monotonic() + seconds
