"""What can go wrong with jobs, in words for the person who asked."""

from __future__ import annotations

from hubkin_kit.errors import Conflict, Gone, Invalid, NotFound, TooMany


class BadSpec(Invalid):
    """The job file says something that no job can be."""

    code = "invalid"
    title = "The job file is not valid"


class JobNotFound(NotFound):
    """Absent, or somebody else's: the same."""

    title = "There is no such job"


class PlanNotFound(NotFound):
    """Absent, or somebody else's: the same."""

    title = "There is no such plan"


class PlanExpired(Gone):
    """Plans are kept for an hour."""

    code = "plan_expired"
    title = "The plan has expired"


class HardwareGone(Conflict):
    """What the job ran on left the site; ways out: what it could be submitted on again."""

    code = "profile_gone"
    title = "That hardware is not offered any more"


class AlreadyFinal(Conflict):
    """The job has ended; nothing more can happen to it."""

    code = "already_final"
    title = "The job has ended already"


class NotEnded(Conflict):
    """Only what has ended is submitted again; what runs is not doubled by a second click."""

    code = "not_ended"
    title = "The job has not ended"


class NotSuspended(Conflict):
    """Only a suspended job can be resumed."""

    code = "not_suspended"
    title = "The job is not suspended"


class TooManyJobs(TooMany):
    """The owner has as many unfinished jobs as the site allows."""

    code = "user_limit"
    title = "Too many unfinished jobs"


class NoSuchDependency(Invalid):
    """``after`` names a job that is not there."""

    code = "invalid"
    title = "The job file is not valid"


class Misaligned(Conflict):
    """A log chunk does not begin where the last one ended; ``params.expected`` says where to go on."""

    code = "misaligned"
    title = "The log goes on elsewhere"


class MovedOn(Conflict):
    """Somebody else moved the job between our look and our change."""

    code = "moved_on"
    title = "The job has changed meanwhile"


class IllegalTransition(Conflict):
    """A move that the table of states does not have: a defect of ours, never of the caller's."""

    code = "illegal_transition"
    title = "A job cannot move like that"


class NoResult(NotFound):
    """The job has left no result (yet)."""

    code = "no_result"
    title = "The job has no result"
