"""Resolves `locks/*.in` into hashed lock files that name no host; called by `make locks`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Compile every input; `uv.lock` is never made, since it records the hosts it was made on."""
    uv = str(Path(sys.executable).parent / "uv")
    options = ["--quiet", "--generate-hashes", "--universal", "--python-version", "3.11"]
    for source in sorted((ROOT / "locks").glob("*.in")):
        target = source.with_suffix(".txt").name
        command = [uv, "pip", "compile", *options, "--custom-compile-command", "make locks"]
        subprocess.run(
            [*command, "--output-file", target, *sys.argv[1:], source.name], cwd=source.parent, check=True
        )


if __name__ == "__main__":
    main()
