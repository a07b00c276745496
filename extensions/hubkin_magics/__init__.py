"""Cell magics: ``%%train`` turns a cell into a job; ``%jobs`` and ``%hubkin`` look after jobs.

A startup file loads this in every kernel, so importing it costs nothing: each magic imports what it needs
when it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Make ``%%train``, ``%jobs`` and ``%hubkin`` known; called by the startup file and by ``%load_ext``."""

    def train(line: str, cell: str | None = None) -> None:
        from hubkin_magics.train import explain, run

        if cell is None:
            explain(line)
        else:
            run(shell, line, cell)

    def jobs(line: str) -> None:
        from hubkin_magics.commands import run

        run("jobs " + line)

    def hubkin(line: str) -> None:
        from hubkin_magics.commands import run

        run(line)

    train.__doc__ = _TRAIN
    jobs.__doc__ = (
        "List your jobs: ``%jobs``, ``%jobs --state running``; the options are those of ``hubkin jobs``."
    )
    hubkin.__doc__ = (
        "Run a command of ``hubkin`` in the notebook: ``%hubkin explain bert-7``, ``%hubkin --help``."
    )
    shell.register_magic_function(train, "line_cell", "train")
    shell.register_magic_function(jobs, "line", "jobs")
    shell.register_magic_function(hubkin, "line", "hubkin")
    shell.set_hook("complete_command", _complete, str_key="%%train")
    shell.set_hook("complete_command", _complete, str_key="%hubkin")


def _complete(shell: Any, event: Any) -> list[str]:
    from hubkin_magics.completion import complete

    return complete(shell, event)


_TRAIN = """Run this cell as a job.

    %%train bert-7 --gpu A100-80G:8 --replicas 4 --launcher torchrun --max 8h --cost 1600 -p lr=1e-4
    def main(lr: float = 3e-4):
        ...
    main()

Functions, classes, imports and literals of earlier cells travel along; live objects are refused with the way
out.  The value of the last expression comes back with ``job.result()``: name the job by ``--as job``, or take
``hubkin.last()``.  All options: ``%train --help``.
"""
