"""What a job kept: its files, and the value of ``main()``."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hubkin import config
from hubkin.errors import NotYours
from hubkin.i18n import _
from hubkin.pull import save

if TYPE_CHECKING:
    from hubkin.job import Job
    from hubkin.session import Client
    from hubkin.transport import Transport


@dataclass(frozen=True)
class KeptFile:
    """One file of a job's outputs; it is fetched when its ``path`` is first asked for."""

    name: str
    size_bytes: int
    digest: str
    _transport: Transport
    _job_id: str

    @cached_property
    def path(self) -> Path:
        """Where the file is on this machine; fetched once, checked by its digest.

        Example:
            >>> job.files["best.pt"].path.stat().st_size
            1048576
        """
        target = cache_folder() / self.digest[:2] / self.digest / PurePosixPath(self.name).name
        if not target.exists():
            self.save(target)
        return target

    def save(self, target: Path) -> Path:
        """Fetch the file to this path, whole or not at all.

        Example:
            >>> job.files["best.pt"].save(Path("best.pt"))
            PosixPath('best.pt')
        """
        row = {"path": self.name, "size_bytes": self.size_bytes, "digest": self.digest}
        save(self._transport, file_path(self._job_id, self.name), target, row)
        return target


class Files(Mapping[str, KeptFile]):
    """The files of a job by their path in its outputs."""

    def __init__(self, client: Client, job_id: str) -> None:
        rows = client.pages(f"/jobs/{job_id}/files")
        self._files = {
            row["path"]: KeptFile(row["path"], row["size_bytes"], row["digest"], client.transport, job_id)
            for row in rows
        }

    def __getitem__(self, path: str) -> KeptFile:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return "\n".join(self._files) or "<no files>"


def open_result(client: Client, job: Job, result: Mapping[str, Any]) -> Any:
    """The value that ``main()`` returned.

    Raises:
        NotYours: It is pickled and somebody else submitted the job: opening it would run their code here.
    """
    if result["kind"] != "pickle":
        return result.get("value")
    if job.submitted_by != client.transport.request("GET", "/me")["name"]:
        text = _("{job} was submitted by {user}; a pickled result is opened only for its submitter.")
        raise NotYours(text.format(job=job.name, user=job.submitted_by))
    with Files(client, job.id)[result["path"]].path.open("rb") as file:
        return pickle.load(file)  # noqa: S301 - the caller's own job wrote it


def file_path(job_id: str, name: str) -> str:
    """The REST path of one kept file."""
    return f"/jobs/{job_id}/files/{quote(name)}"


def cache_folder() -> Path:
    """Where fetched files are kept: ``~/.cache/hubkin/files``."""
    return config.cache_folder() / "files"
