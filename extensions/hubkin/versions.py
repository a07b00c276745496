"""``client.datasets`` and ``client.model_versions``: list, get, files, pull; datasets also push."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hubkin.moving import Progress, Tally

if TYPE_CHECKING:
    from hubkin import wire
    from hubkin.session import Client

Watch = Callable[[Progress], None]
Row = TypeVar("Row")
Rows = list  # `Versions.list` hides the name inside the class


class Versions(Generic[Row]):
    """The versions of one kind of thing that the caller can see."""

    def __init__(self, client: Client, kind: str) -> None:
        self._client, self._kind = client, kind

    def list(self, name: str | None = None, *, limit: int | None = None) -> Rows[Row]:
        """Versions, newest first: of everything, or of one ``name`` or ``owner/name``.

        Example:
            >>> [version.version for version in client.datasets.list("imagenet")]
            [3, 2, 1]
        """
        from hubkin import wire

        path, row = ("/datasets", wire.Version) if self._kind == "dataset" else ("/models", wire.ModelVersion)
        found = self._client.pages(path, {"name": name}, limit=limit)
        return [self._client.typed(one, row) for one in found]  # type: ignore[misc]

    def get(self, reference: str) -> wire.Version:
        """The version that a reference means now.

        Raises:
            hubkin.NotFound: There is none.

        Example:
            >>> client.datasets.get("lab/imagenet").version
            3
        """
        from hubkin import wire

        return self._client.typed(resolve(self._client.transport, self._kind, reference), wire.Version)

    def files(self, reference: str) -> Rows[wire.VersionFile]:
        """The files of a version.

        Example:
            >>> client.datasets.files("imagenet@v3")[0].path
            'train/00001.jpg'
        """
        from hubkin import wire

        path = f"/versions/{self.get(reference).id}/files"
        return [self._client.typed(row, wire.VersionFile) for row in self._client.pages(path)]

    def pull(
        self, reference: str, folder: str | Path, *, force: bool = False, progress: Watch | None = None
    ) -> Path:
        """Fetch a version into a folder; again, it fetches only what is missing.

        Args:
            reference: ``[owner/]name[@v3]``, for models also ``@alias``.
            folder: Made when it is not there; other files in it are left alone.
            force: Replace files that are others than the version's.
            progress: Called with a `hubkin.moving.Progress` now and then, from any thread.

        Raises:
            hubkin.pull.InTheWay: Another file is there, and `force` was not said.
            hubkin.pull.NoRoom: The disk is full; what has come stays.

        Example:
            >>> client.datasets.pull("lab/imagenet@v3", "imagenet")
            PosixPath('imagenet')
        """
        from hubkin.pull import pull

        target, transport = Path(folder).expanduser(), self._client.transport
        version = resolve(transport, self._kind, reference)
        return pull(transport, version["id"], target, force=force, tally=Tally(progress)).folder


class Datasets(Versions["wire.Version"]):
    """``client.datasets``."""

    def push(
        self,
        folder: str | Path,
        name: str,
        *,
        note: str = "",
        owner: str | None = None,
        progress: Watch | None = None,
    ) -> wire.Version:
        """Make the next version of a dataset of what is in a folder.

        What the platform has is not sent again, so that after Ctrl-C the same call goes on. A folder that is
        what the newest version is makes no other one.

        Args:
            folder: All of it is taken, but what its ``.hubkinignore`` leaves out.
            name: Lower-case letters, digits and hyphens.
            note: What is new in this version.
            owner: The group that will own it; otherwise you.
            progress: Called with a `hubkin.moving.Progress` now and then, from any thread.

        Raises:
            hubkin.codefolder.BadFolder: There is no such folder, or not all of it can travel.
            hubkin.digest.ChangedWhileRead: A file changed meanwhile; no version was made.

        Example:
            >>> client.datasets.push("digits", "digits", note="cleaned").version
            2
        """
        from hubkin import wire
        from hubkin.codefolder import take_dataset
        from hubkin.upload import send

        sent = send(
            self._client.transport,
            take_dataset(folder),
            kind="dataset",
            name=name,
            owner=owner or self._client.owner,
            note=note,
            tally=Tally(progress),
        )
        return self._client.typed(sent.version, wire.Version)


def resolve(transport: Any, kind: str, reference: str) -> dict[str, Any]:
    """The version that a reference means now, as plain JSON.

    Raises:
        NotFound, Invalid, Conflict: There is none, it is no reference, or several groups have it.
    """
    version: dict[str, Any] = transport.request(
        "GET", "/resolve", query={"kind": kind, "reference": reference}
    )
    return version
