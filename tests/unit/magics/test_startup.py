"""Every kernel pays for what the startup file does, so it does next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STARTUP = Path(__file__).parents[3] / "extensions" / "etc" / "ipython" / "startup" / "50-hubkin.py"
SHELL = """
import sys
class Shell:
    def register_magic_function(self, function, kind, name): known.append(name)
    def set_hook(self, *words, **more): pass
known = []
get_ipython = Shell
before = set(sys.modules)
"""


def ran(code: str, **variables: str) -> str:
    command = [sys.executable, "-S", "-c", SHELL + code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout.strip()


def test_it_loads_nothing_but_names() -> None:
    code = f"sys.path.append({str(STARTUP.parents[3])!r}); exec(open({str(STARTUP)!r}).read())\n"

    said = ran(code + "print(known, sorted(n for n in set(sys.modules) - before if not n.startswith('_')))")

    assert said == "['train', 'jobs', 'hubkin'] ['hubkin_magics']"


def test_a_kernel_of_another_environment_finds_it_last_on_its_path() -> None:
    code = f"exec(open({str(STARTUP)!r}).read())\nprint(known, sys.path[-1], '_hubkin_startup' in globals())"
    folder = str(STARTUP.parents[3])

    assert ran(code, HUBKIN_CLIENT_PATH=folder) == f"['train', 'jobs', 'hubkin'] {folder} False"
    assert ran(code.replace("sys.path[-1]", "0"), HUBKIN_CLIENT_PATH="/nowhere") == "[] 0 False"
