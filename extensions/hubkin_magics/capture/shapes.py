"""What goes into a capture and what comes out of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence, Tuple

from hubkin_magics.capture.folder import TreeFile
from hubkin_magics.capture.pieces import Taken
from hubkin_magics.capture.problems import Problem


@dataclass(frozen=True)
class Kernel:
    """What a kernel knows when a cell is captured."""

    sources: Sequence[str]  #: In[n] as typed; In[0] is empty
    namespace: Mapping[str, Any]
    cwd: str
    modules: Mapping[str, Any] = field(default_factory=dict)  #: ``sys.modules``
    search: Sequence[str] = ()  #: ``sys.path``
    git_root: Optional[str] = None
    editable: Mapping[str, str] = field(default_factory=dict)  #: editable packages by name


@dataclass(frozen=True)
class Options:
    """What the first line of the cell asks for."""

    send: Tuple[str, ...] = ()
    include: Tuple[int, ...] = ()
    bare: bool = False
    with_files: Tuple[str, ...] = ()
    code: Optional[str] = None
    params: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)  #: name in the job → dataset
    models: Mapping[str, str] = field(default_factory=dict)  #: name in the job → model


@dataclass(frozen=True)
class Capture:
    """A cell, ready to travel."""

    files: Tuple[TreeFile, ...]
    taken: Tuple[Taken, ...]
    modules: Tuple[str, ...]
    added: Tuple[str, ...]
    pip: Tuple[str, ...]
    env: Mapping[str, str]
    params: Mapping[str, Any]
    has_setup: bool
    warnings: Tuple[Problem, ...]
    uses_torch_distributed: bool = False
    data: Mapping[str, str] = field(default_factory=dict)  #: what the code asks for and the options do not
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Return the size of the whole code folder."""
        return sum(file.size for file in self.files)

    def write(self, folder: str) -> None:
        """Lay the code folder out on disk."""
        for file in self.files:
            path = os.path.join(folder, *file.place.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(file.read())
            os.chmod(path, int(file.mode, 8))
