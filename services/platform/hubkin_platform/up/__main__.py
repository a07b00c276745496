"""``python -m hubkin_platform.up VERB …``: the same commands without the command line's package."""

import sys

from hubkin_platform import up

VERBS = {"up": up.up, "down": up.down, "link": up.link, "doctor": up.doctor, "uninstall": up.uninstall}


def main() -> int:
    """Run one of them."""
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        print(f"usage: python -m hubkin_platform.up {{{','.join(VERBS)}}} …", file=sys.stderr)
        return 2
    return VERBS[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
