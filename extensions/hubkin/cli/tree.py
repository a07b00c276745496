"""Every command of ``hubkin`` as data, for the parser, the help, completion and the ``%hubkin`` magic."""

from __future__ import annotations

from hubkin.cli.machine import MACHINE, MACHINE_COMMANDS, MACHINE_COMMON
from hubkin.cli.parser import Argument, Command, Option
from hubkin.i18n import N_

JOBS, THINGS, YOU = N_("Jobs"), N_("Data, models and files"), N_("You")
GROUPS = (JOBS, THINGS, YOU, MACHINE)

#: Taken by every command.
COMMON = (
    Option(("--json",), N_("one JSON object on standard output; of a stream, one a line")),
    Option(("--jsonl",), N_("one JSON object a line, for lists and streams")),
    Option(("-q", "--quiet"), N_("ids only")),
    Option(("--columns",), N_("the columns of a list, by comma"), "A,B"),
    Option(("--lang",), N_("en or zh; default: this machine's language"), "LANG", choices=("en", "zh")),
    Option(("--no-input",), N_("never ask")),
    Option(("--timeout",), N_("give up after this long, e.g. 30s"), "TIME"),
    Option(("--url",), N_("the platform's address; default: `hubkin config explain`"), "URL"),
    Option(("-h", "--help"), N_("this help")),
)

_JOB = Argument("job", N_("name or id of a job"))
_YES = Option(("-y", "--yes"), N_("do not ask"))
_FORCE = Option(("--force",), N_("replace files that are there"))
_NAMED = Option(("--name",), N_("only versions of this NAME or OWNER/NAME"), "NAME")
_DATASET = Argument("dataset", N_("NAME, NAME@v3 or OWNER/NAME@v3; without a version the newest"))
_MODEL = Argument("model", N_("NAME, NAME@v3, NAME@ALIAS, with OWNER/ before it where it is a group's"))
_INTO = Argument("into", N_("the folder; default: the name"), optional=True)

COMMANDS = (
    Command(
        "submit", N_("Submit a job: a job file, or a command after --"),
        "hubkin.cli.commands.submit:submit", JOBS,
        (
            ("hubkin submit --gpu 1 -- python train.py", N_("this folder as a job on one GPU")),
            ("hubkin submit train.yaml --param lr=1e-4 --wait", N_("a job file; exits 7 when the job fails")),
        ),
        (
            Argument("file", N_("a job file (YAML)"), optional=True),
            Argument("command", N_("the command to run"), optional=True, rest=True),
        ),
        (
            Option(("--name",), N_("the job's name"), "NAME"),
            Option(("--gpu",), N_("a count, a profile or PROFILE:UNITS; none unless asked for"), "GPU"),
            Option(("--cpu",), N_("cores"), "N"),
            Option(("--memory",), N_("memory, e.g. 16GB"), "SIZE"),
            Option(("--replicas",), N_("how many equal replicas start together"), "N"),
            Option(("--max",), N_("time limit, e.g. 8h"), "TIME"),
            Option(("--cost",), N_("cost limit, in the site's unit of money"), "AMOUNT"),
            Option(("-p", "--param"), N_("a parameter of the job file"), "NAME=VALUE", many=True),
            Option(("--env",), N_("a variable of the job's environment"), "NAME=VALUE", many=True),
            Option(("--data",), N_("a dataset to read, e.g. lab/imagenet@v3"), "[NAME=]DATASET", many=True),
            Option(("--use-model",), N_("a model to read, e.g. lab/qwen@best"), "[NAME=]MODEL", many=True),
            Option(("--after",), N_("start when this job has succeeded"), "JOB", many=True),
            Option(("--owner",), N_("who pays: a group, or you"), "OWNER"),
            Option(("--code",), N_("the folder to take along; default: the job file's"), "FOLDER"),
            Option(("--no-code",), N_("take no folder along")),
            Option(("--dry-run",), N_("show the plan and submit nothing")),
            _YES,
            Option(("--wait",), N_("wait for the end; exits 7 when the job fails")),
            Option(("--idempotency-key",), N_("the same key submits the same job once"), "KEY"),
        ),
    ),
    Command(
        "jobs", N_("List jobs, newest first"), "hubkin.cli.commands.jobs:jobs", JOBS,
        (
            ("hubkin jobs --state running --state queued", N_("what is going on")),
            ("hubkin jobs --jsonl | jq .name", N_("for programs")),
        ),
        (),
        (
            Option(("--state",), N_("only jobs in this state"), "STATE", many=True),
            Option(("--owner",), N_("only jobs of this owner; `me` is you"), "OWNER"),
            Option(("--search",), N_("only jobs whose name has this in it"), "TEXT"),
            Option(("-n", "--limit"), N_("how many; default 50"), "N"),
            Option(("--all",), N_("every page")),
        ),
    ),
    Command(
        "watch", N_("Watch a job live; Ctrl-C leaves it running"), "hubkin.cli.commands.watch:watch", JOBS,
        (
            ("hubkin watch bert-7", N_("its state, progress, curves and cost, live")),
            ("hubkin watch bert-7 --jsonl", N_("one line per change, for programs")),
        ),
        (_JOB,),
    ),
    Command(
        "logs", N_("Print a job's output"), "hubkin.cli.commands.logs:logs", JOBS,
        (
            ("hubkin logs bert-7 -f", N_("and follow it")),
            ("hubkin logs bert-7 --replica 1 --tail 100", N_("the last lines of one replica")),
        ),
        (_JOB,),
        (
            Option(("-f", "--follow"), N_("go on until the job ends")),
            Option(("-r", "--replica"), N_("only this replica"), "N"),
            Option(("--tail",), N_("only the last lines"), "N"),
            Option(("--times",), N_("with the time of each line")),
        ),
    ),
    Command(
        "explain", N_("Why a job waits, or how it ended"), "hubkin.cli.commands.jobs:explain", JOBS,
        (
            ("hubkin explain vit-3", N_("what it waits for, and what you can do")),
            ("hubkin explain vit-3 --json", N_("the same as codes and numbers")),
        ),
        (_JOB,),
    ),
    Command(
        "stop", N_("Stop jobs; their outputs are kept"), "hubkin.cli.commands.jobs:stop", JOBS,
        (
            ("hubkin stop bert-7", N_("now, with its grace")),
            ("hubkin stop bert-7 --after-checkpoint", N_("ask it to save first")),
        ),
        (Argument("jobs", N_("names or ids"), many=True),),
        (
            Option(("--after-checkpoint",), N_("ask it to save, give it its grace, then stop")),
            Option(("--reason",), N_("why; its owner sees it"), "TEXT"),
            _YES,
        ),
    ),
    Command(
        "extend", N_("Prolong a job's time limit"), "hubkin.cli.commands.jobs:extend", JOBS,
        (
            ("hubkin extend bert-7 2h", N_("two hours more")),
            ("hubkin extend bert-7 30m --json", N_("and print the job")),
        ),
        (_JOB, Argument("by", N_("how much longer, e.g. 2h"))),
    ),
    Command(
        "restart", N_("Submit a job again, as a new one"), "hubkin.cli.commands.jobs:restart", JOBS,
        (
            ("hubkin restart bert-7", N_("the same spec, code and data")),
            ("hubkin restart bert-7 --wait", N_("and wait for its end")),
        ),
        (_JOB,),
        (Option(("--wait",), N_("wait for the end; exits 7 when the job fails")),),
    ),
    Command(
        "metrics", N_("Print a job's curves"), "hubkin.cli.commands.jobs:metrics", JOBS,
        (
            ("hubkin metrics bert-7", N_("first and last value of every curve")),
            ("hubkin metrics bert-7 loss --jsonl", N_("every point of one")),
        ),
        (_JOB, Argument("name", N_("one curve"), optional=True)),
    ),
    Command(
        "result", N_("Print what main() returned, or the traceback"), "hubkin.cli.commands.jobs:result", JOBS,
        (
            ("hubkin result bert-7", N_("the value as JSON")),
            ("hubkin result bert-7 --json", N_("with its kind")),
        ),
        (_JOB,),
    ),
    Command(
        "check", N_("Check job files offline"), "hubkin.cli.commands.check:check", JOBS,
        (
            ("hubkin check train.yaml", N_("lines, and what was probably meant")),
            ("hubkin check --schema > job.schema.json", N_("the JSON Schema for an editor")),
        ),
        (Argument("files", N_("job files"), optional=True, many=True),),
        (Option(("--schema",), N_("print the JSON Schema of a job file")),),
    ),
    Command(
        "files", N_("List the files a job kept"), "hubkin.cli.commands.files:files", THINGS,
        (
            ("hubkin files bert-7", N_("path, size, replica")),
            ("hubkin files bert-7 -q", N_("paths only")),
        ),
        (_JOB,),
    ),
    Command(
        "get", N_("Fetch files that a job kept"), "hubkin.cli.commands.files:get", THINGS,
        (
            ("hubkin get bert-7 ckpt/best.pt", N_("one file, into this folder")),
            ("hubkin get bert-7 -o out", N_("all of them, into out/")),
        ),
        (_JOB, Argument("paths", N_("paths in the outputs; default: all"), optional=True, many=True)),
        (
            Option(("-o", "--output"), N_("folder to write to; - is standard output"), "FOLDER"),
            _FORCE,
        ),
    ),
    Command(
        "datasets", N_("List dataset versions, newest first"),
        "hubkin.cli.commands.datasets:datasets", THINGS,
        (
            ("hubkin datasets", N_("names, sizes, what is new in them")),
            ("hubkin datasets --name imagenet -q", N_("the ids of one dataset's versions")),
        ),
        (),
        (_NAMED,),
    ),
    Command(
        "datasets push", N_("Make the next version of a dataset of a folder"),
        "hubkin.cli.commands.datasets:push", THINGS,
        (
            ("hubkin datasets push ./digits digits --note cleaned", N_("sends what the platform lacks")),
            ("hubkin datasets push ./digits digits --owner vision-lab", N_("as a group's dataset")),
        ),
        (Argument("folder", N_("all of it is taken")), Argument("name", N_("the dataset's name"))),
        (
            Option(("--note",), N_("what is new in this version"), "TEXT"),
            Option(("--owner",), N_("the group that will own it, otherwise you"), "OWNER"),
        ),
    ),
    Command(
        "datasets pull", N_("Fetch a version of a dataset into a folder"),
        "hubkin.cli.commands.datasets:pull", THINGS,
        (
            ("hubkin datasets pull lab/imagenet@v3", N_("into imagenet/; again, only what is missing")),
            ("hubkin datasets pull digits out", N_("the newest version, into out/")),
        ),
        (_DATASET, _INTO), (_FORCE,),
    ),
    Command(
        "datasets files", N_("List the files of a version of a dataset"),
        "hubkin.cli.commands.datasets:files", THINGS,
        (
            ("hubkin datasets files digits", N_("path and size")),
            ("hubkin datasets files digits@v1 --json", N_("with their digests")),
        ),
        (_DATASET,),
    ),
    Command(
        "models", N_("List model versions"), "hubkin.cli.commands.files:models", THINGS,
        (
            ("hubkin models", N_("versions, aliases, where they came from")),
            ("hubkin models --json", N_("with their lineage")),
        ),
        (),
        (_NAMED,),
    ),
    Command(
        "models pull", N_("Fetch a version of a model into a folder"),
        "hubkin.cli.commands.datasets:pull_model", THINGS,
        (
            ("hubkin models pull lab/qwen@champion", N_("into qwen/; again, only what is missing")),
            ("hubkin models pull resnet-cifar@v2 out", N_("into out/")),
        ),
        (_MODEL, _INTO), (_FORCE,),
    ),
    Command(
        "models files", N_("List the files of a version of a model"),
        "hubkin.cli.commands.datasets:files_of_model", THINGS,
        (
            ("hubkin models files resnet-cifar", N_("path and size")),
            ("hubkin models files lab/qwen@champion --json", N_("with their digests")),
        ),
        (_MODEL,),
    ),
    Command(
        "register", N_("Make a model version of files that a job kept"),
        "hubkin.cli.commands.files:register", THINGS,
        (
            ("hubkin register bert-7 resnet-cifar --path ckpt/best.pt", N_("one file or folder")),
            ("hubkin register bert-7 resnet-cifar --alias champion", N_("all of them, under an alias")),
        ),
        (_JOB, Argument("model", N_("the model's name"))),
        (
            Option(("--path",), N_("path in the outputs; default: all"), "PATH"),
            Option(("--alias",), N_("a name that moves to this version"), "ALIAS"),
        ),
    ),
    Command(
        "profiles", N_("List what can be had, with price and what is free"),
        "hubkin.cli.commands.account:profiles", YOU,
        (
            ("hubkin profiles", N_("prices and free units")),
            ("hubkin profiles -q", N_("names only")),
        ),
    ),
    Command(
        "usage", N_("Balance, what is held, and the last lines of the ledger"),
        "hubkin.cli.commands.account:usage", YOU,
        (
            ("hubkin usage", N_("balance, held, spent this month")),
            ("hubkin usage --owner vision-lab", N_("the account of a group")),
            ("hubkin usage --entries 100 --jsonl", N_("the ledger, newest first")),
        ),
        (),
        (
            Option(("--entries",), N_("this many lines of the ledger"), "N"),
            Option(("--owner",), N_("whose account: yours, or a group's"), "OWNER"),
        ),
    ),
    Command(
        "me", N_("Who you are here, and what you may do"), "hubkin.cli.commands.account:me", YOU,
        (
            ("hubkin me", N_("name, groups, rights")),
            ("hubkin me --json", N_("for programs")),
        ),
    ),
    Command(
        "login", N_("Save a token for a platform"), "hubkin.cli.commands.account:login", YOU,
        (
            ("hubkin login https://hub.example.edu", N_("asks for a token from the hub's token page")),
            ("hubkin login https://hub.example.edu < token.txt", N_("from a file, for programs")),
        ),
        (Argument("address", N_("the hub's address"), optional=True),),
    ),
    Command(
        "logout", N_("Forget the token of a platform"), "hubkin.cli.commands.account:logout", YOU,
        (
            ("hubkin logout", N_("of the platform in force")),
            ("hubkin logout https://hub.example.edu", N_("of this one")),
        ),
        (Argument("address", N_("the hub's address"), optional=True),),
    ),
    Command(
        "hooks", N_("Where notices about your jobs go: webhooks and mail"),
        "hubkin.cli.commands.hooks:hooks", YOU,
        (
            ("hubkin hooks add https://ci.example/hook --when end", N_("prints its secret once")),
            ("hubkin hooks", N_("the list")),
        ),
        (
            Argument("verb", N_("list, add or remove"), optional=True),
            Argument("target", N_("an https address, a mail address, or a hook's id"), optional=True),
        ),
        (
            Option(
                ("--when",), N_("start, end or limit"), "WHEN", many=True, choices=("start", "end", "limit")
            ),
            _YES,
        ),
    ),
    Command(
        "config", N_("Where each setting comes from"), "hubkin.cli.commands.account:config", YOU,
        (
            ("hubkin config explain", N_("every value and its source")),
            ("hubkin config explain --json", N_("for programs")),
        ),
        (Argument("verb", N_("explain"), optional=True),),
    ),
)  # fmt: skip

#: `hubkin jobs stop bert-7` is `hubkin stop bert-7`: noun and verb as in REST and SDK.
VERBS = {
    ("jobs", "list"): "jobs",
    ("jobs", "get"): "get",
    **{
        ("jobs", verb): verb
        for verb in (
            "submit",
            "watch",
            "logs",
            "explain",
            "stop",
            "extend",
            "restart",
            "metrics",
            "result",
            "files",
        )
    },
    ("models", "list"): "models",
    ("models", "register"): "register",
    ("datasets", "list"): "datasets",
    **{(noun, verb): f"{noun} {verb}" for noun in ("datasets", "models") for verb in ("pull", "files")},
    ("datasets", "push"): "datasets push",
    ("profiles", "list"): "profiles",
}

#: What there is, wherever it is done.
EVERY = (*COMMANDS, *MACHINE_COMMANDS)


def command_named(name: str) -> Command | None:
    """The command of this name, or `None`."""
    return next((command for command in EVERY if command.name == name), None)


def common_of(command: Command) -> tuple[Option, ...]:
    """What a command takes beside its own options."""
    return MACHINE_COMMON if command.group == MACHINE else COMMON
