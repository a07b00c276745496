"""`hubkin up` and its kin: the whole platform on one machine, as processes of one Unix user.

Each name is an entry point of the command line (`hubkin.cli`): it gets the words after its verb and returns
an exit code.
"""

from hubkin_platform.up.commands import down, link, uninstall, up
from hubkin_platform.up.commands import examine as doctor

__all__ = ["doctor", "down", "link", "uninstall", "up"]
