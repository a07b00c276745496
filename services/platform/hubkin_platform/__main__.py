"""``python -m hubkin_platform``."""

import sys

from hubkin_platform.main import main

sys.exit(main())
