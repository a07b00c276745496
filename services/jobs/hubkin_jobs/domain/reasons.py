"""Every reason code with its sentence: the one list that panel, card, CLI and REST speak from.

The sentences are msgids; their Chinese is in the services' catalogue.  ``{params}`` carry the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job is where it is."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


#: code → sentence (msgid).
SENTENCES: dict[str, str] = {
    # waiting
    "no_free_gpu": "{label}: {needed} needed, {free} free.",
    "no_free_gpu/mine": "{label}: {needed} needed, {free} free. Waits for {jobs}.",
    "no_free_gpu/others": "{label}: {needed} needed, {free} free. Waits for jobs of others: {others}.",
    "no_free_gpu/both": "{label}: {needed} needed, {free} free. "
    "Waits for {jobs}, and for jobs of others: {others}.",
    "no_free_cpu": "Cores needed: {needed}, free: {free}.",
    "no_free_cpu/mine": "Cores needed: {needed}, free: {free}. Waits for {jobs}.",
    "no_free_cpu/others": "Cores needed: {needed}, free: {free}. Waits for jobs of others: {others}.",
    "no_free_cpu/both": "Cores needed: {needed}, free: {free}. "
    "Waits for {jobs}, and for jobs of others: {others}.",
    "queue_position": "Jobs ahead of this one: {ahead}.",
    "user_limit": "You run {running} of your {limit} jobs at once.",
    "dependency": "Waits for {jobs}.",
    "balance_low": "{hold} are needed to start, {balance} are left.",
    "accepted": "Just accepted.",
    "profile_gone": "{label} is not offered here any more. Submit the job again with other hardware; "
    "should {label} come back, it goes on waiting for it.",
    "top_up": "To go on, have the account topped up and resume the job: for a group ask its lead, otherwise "
    "an admin. Or submit it again with fewer units, a shorter time limit or on another account.",
    "cannot_resume": "It cannot be resumed: {label} is not offered here any more. Submit it again with other "
    "hardware.",
    # on its way
    "starting": "Its replicas are coming up.",
    "disk_full": "The platform's disk is full. It starts by itself as soon as there is room. Tell an admin.",
    "staging_data": "Its code and data are being laid out.",
    "running": "All {replicas} replicas run.",
    "stopping": "Has been asked to stop, and has {grace_seconds} to do so.",
    # ended
    "finished": "Finished.",
    "exit_code": "Replica {replica} exited with code {code}.",
    "exit_code/disk_full": "Replica {replica} exited with code {code}. The disk was full when it ended.",
    "signal": "Replica {replica} was ended by signal {signal}.",
    "remote_error": "Replica {replica}: {type}: {message}",
    "remote_error/at": "Replica {replica}, {file}, line {line}: {type}: {message}",
    "out_of_memory": "Replica {replica} used {used_bytes} of memory, more than it may.",
    "stopped_by_user": "Stopped by {by}.",
    "stopped_by_admin": "Stopped by admin {by}: {why}",
    "time_limit": "Reached its time limit of {limit_seconds}. Outputs are kept; it can be resumed.",
    "cost_limit": "Reached its cost limit of {limit}. Outputs are kept; it can be resumed.",
    "balance_empty": "The account ran out of money. Outputs are kept; it can be resumed.",
    "lost": "Replica {replica} disappeared and left no exit code.",
    "start_failed": "Replica {replica} could not be started: {message}",
    "backend_error": "The backend could not start it: {message}",
    "log_gap": "{lost_bytes} of the log of replica {replica} were lost.",
    "dependency_failed": "It waited for {job}, which did not succeed.",
    # left and not kept
    "not_kept": "Not kept ({count}): {paths}.",
    "not_kept_link_leads_out": "Not kept ({count}): {paths}. These links lead out of the output folder.",
    "not_kept_link_to_nothing": "Not kept ({count}): {paths}. These links lead to nothing.",
    "not_kept_link_to_folder": "Not kept ({count}): {paths}. These are links to folders.",
    "not_kept_not_a_file": "Not kept ({count}): {paths}. These are pipes, sockets or devices, not files.",
    "not_kept_bad_name": "Not kept ({count}): {paths}. "
    "These names are too long, or have hidden characters or a backslash.",
    "not_kept_duplicate": "Not kept ({count}): {paths}. The output folder has files of the same names.",
    "not_kept_over_limit": "Not kept ({count}): {paths}. "
    "All outputs together are larger than a job may keep.",
    "not_kept_too_many": "Not kept ({count}): {paths}. A replica has more files than a job may keep.",
    "not_kept_unreadable": "Not kept ({count}): {paths}. They could not be read.",
    "not_kept_more": "And {count} more were not kept.",
}

#: Which ``params`` of a reason are amounts of money, as decimals.
MONEY = {"balance_low": ("hold", "balance"), "cost_limit": ("limit",)}

#: Reasons that are the platform's fault: what was charged is given back.
PLATFORM_FAULTS = frozenset({"lost", "backend_error", "start_failed"})


def sentence(code: str, params: Mapping[str, Any]) -> str | None:
    """Return the sentence of a reason: the one that fits what is known, where there are several."""
    if params.get("disk_full") and f"{code}/disk_full" in SENTENCES:
        return SENTENCES[f"{code}/disk_full"]
    if params.get("file") and f"{code}/at" in SENTENCES:
        return SENTENCES[f"{code}/at"]
    mine, others = bool(params.get("jobs")), bool(params.get("others"))
    variant = {(True, False): "mine", (False, True): "others", (True, True): "both"}.get((mine, others), "")
    return SENTENCES.get(f"{code}/{variant}") or SENTENCES.get(code)
