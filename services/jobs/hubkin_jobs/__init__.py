"""Jobs: specs, attempts, replicas, dispatcher, backends, logs, curves, results."""

from hubkin_jobs.adapters.local import LocalBackend
from hubkin_jobs.controllers.loops import Bell, Loop, loops
from hubkin_jobs.domain.states import FINAL, LIVE, JobState
from hubkin_jobs.handlers import routes
from hubkin_jobs.service.jobs import Jobs, Policy
from hubkin_jobs.service.receiving import Spools
from hubkin_jobs.service.rendering import renderers
from hubkin_jobs.service.words import Reader

__all__ = [
    "FINAL",
    "LIVE",
    "Bell",
    "JobState",
    "Jobs",
    "LocalBackend",
    "Loop",
    "Policy",
    "Reader",
    "Spools",
    "loops",
    "renderers",
    "routes",
]
