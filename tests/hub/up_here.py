"""`hubkin up` with the small platform instead of the real one; the tests of the supervisor run it."""

import sys
from pathlib import Path

from hubkin_platform.up.commands import up
from hubkin_platform.up.paths import Places

words = sys.argv[1:]
data = Path(words[words.index("--data") + 1])
small = str(Path(__file__).parent / "small_platform.py")
command = (sys.executable, small, "--secrets", str(Places(data).secrets))
sys.exit(up(words, platform_command=command))
