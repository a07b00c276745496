"""What a replica runs when a launcher starts its processes: the same shell line on every backend."""

from __future__ import annotations

import re
import shlex

#: An interpreter, and what it is given; ``exec`` before it is the launcher's business.
_PYTHON = re.compile(r"(?:exec\s+)?((?:[^\s']*/)?python[0-9.]*|'[^']*/python[0-9.]*')\s+(.+)", re.DOTALL)
#: What torchrun runs with an interpreter of its own: a script or a module.
_SCRIPT = re.compile(r"-m\s|[^\s-]\S*")
#: What only a shell understands: one command after another, and a variable or a folder set first.
_SEQUENCES = frozenset({";", "&", "&&", "||"})
_SET_FIRST = re.compile(r"\w+=|cd\s")


def launched(command: str, *, launcher: str, replicas: int, processes: int) -> str:
    """Return the line that starts a replica's processes.

    A command that begins with a Python has torchrun run by that one: ``/env/bin/python train.py`` becomes
    ``/env/bin/python -m torch.distributed.run … train.py``.  A script or a module alone takes the ``python``
    of the path, and anything else is started as it is (``--no-python``): several commands by a shell in each
    process, or all but the first would be lost.

    Args:
        command: What the job's owner wants run; the arguments of its launcher are ours.
        launcher: ``none`` or ``torchrun`` (https://docs.pytorch.org/docs/stable/elastic/run.html).
        replicas: How many replicas meet; each knows its number as ``RANK`` and the first one's address.
        processes: How many processes each of them starts.
    """
    if launcher == "none":
        return command
    rest = command.strip()
    found = _PYTHON.fullmatch(rest)
    interpreter = found[1] if found else "python"
    if _needs_shell(rest):
        rest = f"--no-python /bin/sh -c {shlex.quote(rest)}"
    elif found and _SCRIPT.match(found[2]):
        rest = found[2]
    elif not re.match(r"-m\s|\S+\.py(\s|$)", rest):
        rest = f"--no-python {rest}"
    shape = f"--nnodes={replicas} --node-rank=$RANK --nproc-per-node={processes}"
    meet = "--master-addr=$MASTER_ADDR --master-port=$MASTER_PORT"
    return f"exec {interpreter} -m torch.distributed.run {shape} {meet} {rest}"


def _needs_shell(command: str) -> bool:
    one_line = command.replace("\\\n", " ")
    if "\n" in one_line or _SET_FIRST.match(command):
        return True
    words = shlex.shlex(one_line, posix=True, punctuation_chars=True)
    words.commenters = ""  # it would take `a#b` for one
    try:
        return not _SEQUENCES.isdisjoint(words)
    except ValueError:
        return False  # a quote that is never closed: the shell says so
