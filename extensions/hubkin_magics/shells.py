"""What the running IPython knows: its history, its namespace, and which notebook and kernel it is."""

from __future__ import annotations

import os
import re
import sys
import uuid
from typing import Any, Dict, List, Mapping, Optional

from hubkin_magics.capture import Kernel
from hubkin_magics.capture.lines import plain
from hubkin_magics.capture.names import parse

#: One start of this process: a kernel that is restarted keeps its id, but counts its cells from 1 again.
_START = uuid.uuid4().hex
_CONNECTION = re.compile(r"kernel-([0-9A-Za-z-]{1,64})\.json$")


def kernel_of(shell: Any) -> Kernel:
    """Describe the kernel for a capture; the cell that is running now is not part of its history."""
    cwd = os.getcwd()
    return Kernel(
        sources=sources_of(shell),
        namespace=shell.user_ns,
        cwd=cwd,
        modules=sys.modules,
        search=list(sys.path),
        git_root=git_root(cwd),
        editable=editable_packages(sys.modules),
    )


def sources_of(shell: Any) -> List[str]:
    """Return what was typed, ``In[0]`` being empty.

    A cell that only IPython can read (it is indented, or has prompts) is given as IPython understood it.
    """
    manager = shell.history_manager
    typed, understood = manager.input_hist_raw[: cell_number(shell)], manager.input_hist_parsed
    sources = []
    for number, source in enumerate(typed):
        found = plain(source)
        if found.is_python and parse(found.text)[0] is None and number < len(understood):
            source = understood[number] if parse(understood[number])[0] is not None else source
        sources.append(source)
    return sources


def cell_number(shell: Any) -> int:
    """Return the number of the cell that runs; IPython 9 counts ``execution_count`` up before it does."""
    typed = shell.history_manager.input_hist_raw
    is_stored = len(typed) > 1 and typed[-1].lstrip().startswith("%%train")
    return len(typed) - 1 if is_stored else len(typed)


def git_root(folder: str) -> Optional[str]:
    """Return the folder above that has a ``.git``, unless that is a home or the root of the disk."""
    home = os.path.expanduser("~")
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return None if folder in (home, os.path.sep) else folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def editable_packages(modules: Mapping[str, Any]) -> Dict[str, str]:
    """Return editable installs that work by an import hook; the others are on ``sys.path`` anyway."""
    found: Dict[str, str] = {}
    for name, module in list(modules.items()):
        if name.startswith("__editable__") and isinstance(getattr(module, "MAPPING", None), dict):
            found.update({str(key): str(path) for key, path in module.MAPPING.items()})
    return found


def place_of(shell: Any) -> Dict[str, Any]:
    """Return kernel, execution count and notebook, as far as they are known."""
    path = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    place: Dict[str, Any] = {"kernel_id": kernel_id(shell), "execution_count": cell_number(shell)}
    if path:
        place["notebook"] = str(path)[-400:]
    return place


def kernel_id(shell: Any) -> str:
    """Return Jupyter's id of the kernel; outside of Jupyter one that lasts as long as the process."""
    kernel = getattr(shell, "kernel", None)
    config = getattr(kernel, "config", None) or {}
    path = str(config.get("IPKernelApp", {}).get("connection_file", ""))
    found = _CONNECTION.search(path)
    return found.group(1) if found else _START


def execution_key(shell: Any) -> str:
    """Return the idempotency key of this execution: one execution makes at most one job."""
    return f"cell-{kernel_id(shell)[:36]}-{_START[:12]}-{cell_number(shell)}"


def has_person(shell: Any) -> bool:
    """Whether somebody is there to answer: papermill and nbclient say that nobody is."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return sys.stdin is not None and sys.stdin.isatty()
    return bool(getattr(kernel, "_allow_stdin", False))
