"""Jobs over HTTP: `routes` lists every one."""

from __future__ import annotations

from hubkin_kit.web import Route

from hubkin_jobs.handlers import admin, agents, jobs, plans
from hubkin_jobs.handlers.base import JobsBase
from hubkin_jobs.service.jobs import Jobs


def routes(service: Jobs) -> list[Route]:
    """Return the routes of the jobs package."""
    mine = {"jobs": service}
    replica = "/attempts/{attempt_id}/replicas/{task}/{index}"
    readable: dict[str, type[JobsBase]] = {
        "/jobs/{job}": jobs.JobHandler,
        "/jobs/{job}/explanation": jobs.ExplanationHandler,
        "/jobs/{job}/logs": jobs.LogsHandler,
        "/jobs/{job}/metrics": jobs.MetricsHandler,
        "/jobs/{job}/result": jobs.ResultHandler,
        "/jobs/{job}/files": jobs.FilesHandler,
        "/jobs/{job}/files/{path...}": jobs.FileHandler,
    }
    return [
        Route("/plans", plans.PlansHandler, mine),
        Route("/plans/{plan_id}", plans.PlanHandler, mine),
        Route("/jobs", jobs.JobsHandler, mine),
        *(Route(path, handler, mine) for path, handler in readable.items()),
        Route("/jobs/{job}/stop", jobs.StopHandler, mine),
        Route("/jobs/{job}/extend", jobs.ExtendHandler, mine),
        Route("/jobs/{job}/restart", jobs.RestartHandler, mine),
        Route("/jobs/{job}/register", jobs.RegisterHandler, mine),
        Route("/admin/jobs", admin.AdminJobsHandler, mine),
        *(Route(f"/admin{path}", admin.anybodys(handler), mine) for path, handler in readable.items()),
        Route("/admin/jobs/{job}/stop", admin.AdminStopHandler, mine),
        Route(f"{replica}/log", agents.LogHandler, mine),
        Route(f"{replica}/reports", agents.ReportsHandler, mine),
        Route(f"{replica}/outputs", agents.OutputsHandler, mine),
        Route(f"{replica}/outputs/commit", agents.CommitHandler, mine),
        Route(f"{replica}/facts", agents.FactsHandler, mine),
    ]
