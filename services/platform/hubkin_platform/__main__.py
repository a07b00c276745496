"""``python -m hubkin_platform``."""

import sys

# structlog imports rich, where it happens to be installed, for a console that we do not have: a tenth of a
# second and some megabytes at every start.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

from hubkin_platform.main import main  # noqa: E402 - after the line above

sys.exit(main())
