"""``python -m hubkin_spawners.server``: JupyterLab for one person, on the CPUs it was given.

Stands between the spawner and ``jupyterhub-singleuser`` so that nothing of ours runs between fork and exec.
"""

import os
import shlex
import sys
from pathlib import Path

#: Shells that take ``-l -c``; any other is left as Jupyter starts it.
SHELLS = ("bash", "dash", "fish", "ksh", "sh", "zsh")


def pin(cpus: str) -> None:
    """Keep this process and all its kernels on the named CPUs, as far as this machine has them."""
    wanted = {int(cpu) for cpu in cpus.split(",") if cpu} & os.sched_getaffinity(0)
    if wanted:
        os.sched_setaffinity(0, wanted)


def shell_command(shell: str, bin_folder: Path) -> list[str]:
    """Return what a terminal runs: a login shell, and in it one that finds the commands beside the server.

    Jupyter starts terminals with a login shell, and Debian's ``/etc/profile`` sets a PATH of its own, so
    that whatever the server was given is gone.
    """
    inner = f'exec env PATH={shlex.quote(str(bin_folder))}:"$PATH" {shlex.quote(shell)}'
    return [shell, "-l", "-c", inner]


def main() -> None:
    """Become the server."""
    if hasattr(os, "sched_setaffinity"):
        pin(os.environ.get("HUBKIN_CPUS", ""))
    # Importing it builds a grammar, for about half of the time a server takes to start; jsonschema uses it
    # for one format (`iri`) that no schema of Jupyter's needs, and does without when it is missing.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyterhub.singleuser import main as serve

    sys.argv[0] = "jupyterhub-singleuser"
    shell = os.environ.get("SHELL", "")
    if Path(shell).name in SHELLS:
        command = shlex.join(shell_command(shell, Path(sys.executable).parent))
        sys.argv.append(f"--ServerApp.terminado_settings=shell_command={command}")
    serve()


if __name__ == "__main__":
    main()
