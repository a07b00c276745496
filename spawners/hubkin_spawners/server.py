"""``python -m hubkin_spawners.server``: JupyterLab for one person, on the CPUs it was given.

Stands between the spawner and ``jupyterhub-singleuser`` so that nothing of ours runs between fork and exec.
"""

import os
import sys


def pin(cpus: str) -> None:
    """Keep this process and all its kernels on the named CPUs, as far as this machine has them."""
    wanted = {int(cpu) for cpu in cpus.split(",") if cpu} & os.sched_getaffinity(0)
    if wanted:
        os.sched_setaffinity(0, wanted)


def main() -> None:
    """Become the server."""
    if hasattr(os, "sched_setaffinity"):
        pin(os.environ.get("HUBKIN_CPUS", ""))
    # Importing it builds a grammar, for about half of the time a server takes to start; jsonschema uses it
    # for one format (`iri`) that no schema of Jupyter's needs, and does without when it is missing.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyterhub.singleuser import main as serve

    sys.argv[0] = "jupyterhub-singleuser"
    serve()


if __name__ == "__main__":
    main()
