"""Jobs over HTTP: `routes` lists every one."""

from __future__ import annotations

from hubkin_kit.web import Route

from hubkin_jobs.handlers import admin, agents, jobs, plans
from hubkin_jobs.service.jobs import Jobs


def routes(service: Jobs) -> list[Route]:
    """Return the routes of the jobs package."""
    mine = {"jobs": service}
    replica = "/attempts/{attempt_id}/replicas/{task}/{index}"
    return [
        Route("/plans", plans.PlansHandler, mine),
        Route("/plans/{plan_id}", plans.PlanHandler, mine),
        Route("/jobs", jobs.JobsHandler, mine),
        Route("/jobs/{job}", jobs.JobHandler, mine),
        Route("/jobs/{job}/explanation", jobs.ExplanationHandler, mine),
        Route("/jobs/{job}/stop", jobs.StopHandler, mine),
        Route("/jobs/{job}/extend", jobs.ExtendHandler, mine),
        Route("/jobs/{job}/restart", jobs.RestartHandler, mine),
        Route("/jobs/{job}/logs", jobs.LogsHandler, mine),
        Route("/jobs/{job}/metrics", jobs.MetricsHandler, mine),
        Route("/jobs/{job}/result", jobs.ResultHandler, mine),
        Route("/jobs/{job}/register", jobs.RegisterHandler, mine),
        Route("/jobs/{job}/files", jobs.FilesHandler, mine),
        Route("/jobs/{job}/files/{path...}", jobs.FileHandler, mine),
        Route("/admin/jobs", admin.AdminJobsHandler, mine),
        Route("/admin/jobs/{job}", admin.AdminJobHandler, mine),
        Route("/admin/jobs/{job}/explanation", admin.AdminExplanationHandler, mine),
        Route("/admin/jobs/{job}/logs", admin.AdminLogsHandler, mine),
        Route("/admin/jobs/{job}/metrics", admin.AdminMetricsHandler, mine),
        Route("/admin/jobs/{job}/result", admin.AdminResultHandler, mine),
        Route("/admin/jobs/{job}/files", admin.AdminFilesHandler, mine),
        Route("/admin/jobs/{job}/files/{path...}", admin.AdminFileHandler, mine),
        Route("/admin/jobs/{job}/stop", admin.AdminStopHandler, mine),
        Route(f"{replica}/log", agents.LogHandler, mine),
        Route(f"{replica}/reports", agents.ReportsHandler, mine),
        Route(f"{replica}/outputs", agents.OutputsHandler, mine),
        Route(f"{replica}/outputs/commit", agents.CommitHandler, mine),
        Route(f"{replica}/facts", agents.FactsHandler, mine),
    ]
