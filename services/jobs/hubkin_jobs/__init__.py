"""Jobs: specs, attempts, replicas, dispatcher, backends, logs, curves, results."""

from hubkin_jobs.adapters.local import LocalBackend
from hubkin_jobs.controllers.loops import controllers
from hubkin_jobs.domain.states import FINAL, LIVE, JobState
from hubkin_jobs.handlers import routes
from hubkin_jobs.service.jobs import Jobs, Policy
from hubkin_jobs.service.receiving import Spools
from hubkin_jobs.service.rendering import renderers
from hubkin_jobs.service.views import names, waiting
from hubkin_jobs.service.words import Reader

__all__ = [
    "FINAL",
    "LIVE",
    "JobState",
    "Jobs",
    "LocalBackend",
    "Policy",
    "Reader",
    "Spools",
    "controllers",
    "names",
    "renderers",
    "routes",
    "waiting",
]
