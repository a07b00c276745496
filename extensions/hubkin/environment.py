"""Every variable of the environment that the client reads; for `hubkin config explain` and the docs.

Kept as data, so that a test can hold it against the code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from hubkin.i18n import N_, _

YOURS, SERVER, JOB = N_("Yours to set"), N_("Set in notebooks"), N_("Set in jobs")
GROUPS = (YOURS, SERVER, JOB)


@dataclass(frozen=True)
class Variable:
    """One variable: who sets it, what it is for, and names that people try instead."""

    name: str
    group: str
    help: str
    secret: bool = False
    mistaken: tuple[str, ...] = ()


VARIABLES = (
    Variable(
        "HUBKIN_API_URL", YOURS, N_("the platform's address, e.g. https://hub.example.edu"),
        mistaken=("HUBKIN_URL", "HUBKIN_ADDRESS", "HUBKIN_HOST", "HUBKIN_SERVER", "HUBKIN_ENDPOINT"),
    ),
    Variable(
        "HUBKIN_TOKEN", YOURS, N_("the token for it; not sent to an address from a project's file"),
        secret=True, mistaken=("HUBKIN_API_TOKEN", "HUBKIN_API_KEY", "HUBKIN_KEY"),
    ),
    Variable("HUBKIN_OWNER", YOURS, N_("who pays: a group, or you"), mistaken=("HUBKIN_GROUP",)),
    Variable(
        "HUBKIN_LANG", YOURS, N_("en or zh, whatever the machine speaks"), mistaken=("HUBKIN_LANGUAGE",)
    ),
    Variable(
        "HUBKIN_DATA", YOURS, N_("the data folder of `hubkin up` and its kin"),
        mistaken=("HUBKIN_HOME", "HUBKIN_DIR", "HUBKIN_DATA_DIR"),
    ),
    Variable("LC_ALL", YOURS, N_("the machine's language, where HUBKIN_LANG is not set")),
    Variable("LC_MESSAGES", YOURS, N_("the same, after LC_ALL")),
    Variable("LANG", YOURS, N_("the same, after LC_MESSAGES")),
    Variable("NO_COLOR", YOURS, N_("no colours, whatever it says")),
    Variable("TERM", YOURS, N_("no colours where it says dumb")),
    Variable("XDG_CONFIG_HOME", YOURS, N_("where hubkin/config.toml and saved tokens are; ~/.config")),
    Variable("XDG_DATA_HOME", YOURS, N_("where the data folder is without HUBKIN_DATA; ~/.local/share")),
    Variable("XDG_STATE_HOME", YOURS, N_("where it is noted which data folders run; ~/.local/state")),
    Variable("XDG_CACHE_HOME", YOURS, N_("where fetched files are kept for the next time; ~/.cache")),
    Variable(
        "JUPYTERHUB_API_TOKEN", SERVER, N_("the notebook's own token, for HUBKIN_API_URL alone"), secret=True
    ),
    Variable("HUBKIN_PUBLIC_URL", SERVER, N_("the address that cards name")),
    Variable("HUBKIN_CLIENT_PATH", SERVER, N_("where the client lies for kernels of another environment")),
    Variable("JPY_SESSION_NAME", SERVER, N_("the notebook's file, after which its jobs are named")),
    Variable("HUBKIN_JOB_ID", JOB, N_("the job's id")),
    Variable("HUBKIN_ATTEMPT_ID", JOB, N_("this attempt's id")),
    Variable("HUBKIN_TASK", JOB, N_("the task that the replica belongs to")),
    Variable("HUBKIN_REPLICA_INDEX", JOB, N_("which replica this is, from 0; RANK is the same")),
    Variable("HUBKIN_CODE", JOB, N_("the code folder")),
    Variable("HUBKIN_OUTPUTS", JOB, N_("the folder whose files are kept; ./outputs elsewhere")),
    Variable("HUBKIN_PARAMS", JOB, N_("the job's parameters as JSON")),
    Variable("HUBKIN_REPORT", JOB, N_("where hubkin.report writes")),
    Variable("HUBKIN_DATA_<NAME>", JOB, N_("the folder of the dataset called name in the job file")),
    Variable("HUBKIN_MODEL_<NAME>", JOB, N_("the folder of the model called name in the job file")),
)  # fmt: skip


def mistaken(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each variable that is set, read by nobody, and probably meant to be another one."""
    return [
        _("{wrong} is set, but nothing reads it. Probably {right} is meant: {help}.").format(
            wrong=wrong, right=variable.name, help=_(variable.help)
        )
        for variable in VARIABLES
        for wrong in variable.mistaken
        if environment.get(wrong) and not environment.get(variable.name)
    ]
