"""Builds the front end when its sources changed and links it into `.venv`; called by `make front`.

"Changed" is a hash over the names and contents of the sources, so a fresh clone with an
old clock, or a switch of branches and back, builds neither too seldom nor too often.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "labextension"
BUNDLE = ROOT / "extensions" / "hubkin_server" / "labextension"
PAGES = ROOT / "services" / "platform" / "hubkin_platform" / "static" / "manifest.json"
STAMP = BUNDLE / ".front-hash"
BUILT = {"node_modules", "lib", "dist", ".eslintcache", "test-results", "tsconfig.tsbuildinfo"}


def main() -> None:
    """Build if needed, then link."""
    if not (SOURCE / "package.json").exists():
        return
    wanted = fingerprint()
    if not (PAGES.exists() and STAMP.exists() and STAMP.read_text() == wanted):
        print("front: npm ci", flush=True)
        npm("ci", "--no-audit", "--no-fund")
        print("front: npm run build", flush=True)
        npm("run", "build")
        STAMP.write_text(wanted)
    link()


def fingerprint() -> str:
    """One hash over the front end's sources and the wire files that it is generated from."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE.rglob("*")):
        relative = path.relative_to(SOURCE)
        if path.is_file() and not BUILT & set(relative.parts):
            digest.update(f"{relative}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def npm(*arguments: str) -> None:
    """Run npm in the front end's folder."""
    path = search_path(Path(sys.executable).parent, os.environ["PATH"])
    done = subprocess.run(["npm", *arguments], cwd=SOURCE, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def search_path(scripts: Path, path: str) -> str:
    """Where to look for Node: here first, where one is only if the machine's is missing or too old."""
    return f"{scripts}{os.pathsep}{path}"


def link() -> None:
    """Make JupyterLab of this environment serve the bundle straight from the work tree."""
    target = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "@hubkin" / "lab"
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    target.symlink_to(BUNDLE, target_is_directory=True)


if __name__ == "__main__":
    main()
