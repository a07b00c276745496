"""The commands of ``hubkin-platform`` as data: declared here, so that all help looks alike; done over there.

A notebook image has this package without the platform; its `hubkin up --help` still says what there is.
"""

from __future__ import annotations

from hubkin.cli.parser import Command, Option
from hubkin.i18n import N_

MACHINE = N_("This machine")

#: Taken by every one of them.
MACHINE_COMMON = (
    Option(("--data",), N_("the data folder; default: HUBKIN_DATA, or ~/.local/share/hubkin"), "FOLDER"),
    Option(("--lang",), N_("en or zh; default: this machine's language"), "LANG", choices=("en", "zh")),
    Option(("-h", "--help"), N_("this help")),
)

MACHINE_COMMANDS = (
    Command(
        "up", N_("Start the platform on this machine"), "", MACHINE,
        (
            ("hubkin up", N_("prints a link that signs you in; stays until Ctrl-C")),
            ("hubkin up --demo --detach", N_("several people and a simulated GPU, left running")),
        ),
        (),
        (
            Option(("--port",), N_("the port to open in the browser; default: the last one, or 8000"), "N"),
            Option(("--demo",), N_("several people, a group and a simulated GPU")),
            Option(("--new-passwords",), N_("make new passwords for the demo")),
            Option(("--detach",), N_("leave it running and return")),
            Option(("--foreground",), N_("stay until Ctrl-C (as it does anyway)")),
            Option(("--link",), N_("only print a fresh link (as `hubkin link`)")),
            Option(("--no-browser",), N_("do not open a browser")),
            Option(("--keep-notebooks",), N_("let notebooks run on after the end")),
        ),
    ),
    Command(
        "down", N_("Stop it"), "", MACHINE,
        (
            ("hubkin down", N_("jobs go on; files and accounts are kept")),
            ("hubkin down --data ~/trial", N_("the one that runs on this folder")),
        ),
    ),
    Command(
        "link", N_("A fresh link to sign in with a browser"), "", MACHINE,
        (
            ("hubkin link", N_("works once; the link before it stops working")),
            ("hubkin link --data ~/trial", N_("of the one that runs on this folder")),
        ),
    ),
    Command(
        "doctor", N_("What is wrong here, on one screen"), "", MACHINE,
        (
            ("hubkin doctor", N_("to paste into a question; it tells no secret")),
            ("hubkin doctor --json", N_("for programs; exits 1 when something is wrong")),
        ),
        (),
        (Option(("--json",), N_("one JSON object on standard output")),),
    ),
    Command(
        "uninstall", N_("Remove it"), "", MACHINE,
        (
            ("hubkin uninstall", N_("lists what there is, and asks about data apart")),
            ("hubkin uninstall --yes", N_("removes what Hubkin made; data is kept")),
        ),
        (),
        (
            Option(("-y", "--yes"), N_("remove programs' files without asking; data is kept")),
            Option(("--delete-data",), N_("with --yes: remove the data too")),
        ),
    ),
)  # fmt: skip
