"""Makes `.venv` from the hashed lock files; called by `make setup` with any Python 3.11 or later.

The steps: a bare environment, uv from its own lock, everything else from `locks/dev.txt`,
Node only where this machine has none, and both distributions as editable installs.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
OLDEST_NODE = 20


def main() -> None:
    """Bring `.venv` to what the lock files say, then touch `.venv/ready`."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the sentence is for people with an older one
        sys.exit("Hubkin needs Python 3.11 or later; call `make PYTHON=python3.11 setup`.")
    if not PYTHON.exists():
        say("a new environment in .venv")
        run(sys.executable, "-m", "venv", VENV)
    if not UV.exists() or pinned_uv() not in output(UV, "--version"):
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "locks/uv.txt")
    say("packages from locks/dev.txt")
    install("--require-hashes", "-r", "locks/dev.txt")
    if not has_node():
        say("Node from locks/node.txt")
        install("--require-hashes", "-r", "locks/node.txt")
    install("--no-deps", "--no-build-isolation", "--reinstall", "-e", ".", "-e", "extensions")
    (VENV / "ready").touch()


def install(*arguments: str) -> None:
    """Install into `.venv` by uv, quietly."""
    run(UV, "pip", "install", "--quiet", "--python", PYTHON, *arguments)


def has_node() -> bool:
    """Whether this machine's own Node is new enough to build the front end."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    found = re.match(r"v(\d+)", output(node, "--version"))
    return found is not None and int(found[1]) >= OLDEST_NODE


def pinned_uv() -> str:
    """The version of uv that the lock file names."""
    found = re.search(r"^uv==(\S+)", (ROOT / "locks" / "uv.txt").read_text(), re.MULTILINE)
    assert found, "locks/uv.txt pins uv"
    return found[1]


def run(*command: str | Path) -> None:
    """Run one tool in the repository; its failure ends this program with its code."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def output(*command: str | Path) -> str:
    """What a tool prints."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return done.stdout


def say(what: str) -> None:
    """One line of progress."""
    print(f"setup: {what}", flush=True)


if __name__ == "__main__":
    main()
