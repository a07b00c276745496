"""A small real platform for the hub's tests: health, offers, the gate and facts over HTTP."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from pathlib import Path
from typing import Any

from tornado import web

PREFIX = "/services/hubkin"
CPU = {
    "name": "cpu", "label": "CPU", "pool": "cpu", "accelerator": None, "simulated": False, "cpu": 2,
    "memory_bytes": 4 * 2**30, "per_hour": {"amount": "0.00", "unit": "CNY"}, "free_units": None,
    "total_units": None, "notebook": True, "waiting": 0,
}  # fmt: skip
SIM = CPU | {
    "name": "sim-gpu", "label": "Simulated <GPU>", "pool": "sim", "accelerator": "sim", "simulated": True,
    "per_hour": {"amount": "2.00", "unit": "CNY"}, "free_units": 1, "total_units": 2,
}  # fmt: skip
BIG = CPU | {
    "name": "a100",
    "label": "A100",
    "accelerator": "A100",
    "per_hour": {"amount": "6.00", "unit": "CNY"},
}


class Memory:
    """What the tests read back and set."""

    def __init__(self) -> None:
        self.gate_calls: list[dict[str, Any]] = []
        self.facts: list[dict[str, Any]] = []
        self.refusal: dict[str, Any] | None = None
        self.by_spawn: dict[str, str] = {}


class Base(web.RequestHandler):
    def initialize(self, memory: Memory, token: str) -> None:
        self.memory = memory
        self.token = token

    def prepare(self) -> None:
        if self.request.headers.get("Authorization") != f"Bearer {self.token}":
            raise web.HTTPError(401)

    def reply(self, status: int, body: Any) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))


class Health(web.RequestHandler):
    def get(self) -> None:
        self.finish("ok")


class Page(web.RequestHandler):
    def get(self, path: str) -> None:
        self.finish(f"page {path}")


class OffersHandler(Base):
    def get(self) -> None:
        items = [
            {"profile": CPU, "usable": True},
            {"profile": SIM, "usable": True},
            {
                "profile": BIG,
                "usable": False,
                "reason": {"code": "forbidden", "text": "Only for vision-lab."},
            },
        ]
        self.reply(200, {"items": items, "available": {"amount": "120.00", "unit": "CNY"}})


class GateHandler(Base):
    def post(self) -> None:
        body = json.loads(self.request.body)
        self.memory.gate_calls.append(body)
        profile = {"cpu": CPU, "sim-gpu": SIM}.get(body["profile"])
        if self.memory.refusal is not None:
            self.reply(self.memory.refusal["status"], self.memory.refusal)
        elif profile is None:
            self.reply(
                422,
                {
                    "code": "no_profile",
                    "title": "?",
                    "status": 422,
                    "detail": f"There is no profile {body['profile']}.",
                },
            )
        else:
            server_id = self.memory.by_spawn.setdefault(
                body["spawn_id"], f"server-{len(self.memory.by_spawn)}"
            )
            self.reply(
                200,
                {
                    "server_id": server_id, "profile": profile["name"], "profile_label": profile["label"],
                    "simulated": profile["simulated"], "env": {"GIVEN": "yes"},
                    "cpus": [0], "memory_bytes": profile["memory_bytes"], "per_hour": profile["per_hour"],
                },
            )  # fmt: skip


class FactsHandler(Base):
    def put(self, server_id: str) -> None:
        self.memory.facts.append({"server_id": server_id, **json.loads(self.request.body)})
        self.set_status(204)


class Control(web.RequestHandler):
    """What only tests use: read and set the memory."""

    def initialize(self, memory: Memory) -> None:
        self.memory = memory

    def get(self) -> None:
        self.finish({"gate_calls": self.memory.gate_calls, "facts": self.memory.facts})

    def put(self) -> None:
        self.memory.refusal = json.loads(self.request.body)["refusal"]


async def serve(port: int, token: str) -> None:
    memory = Memory()
    shared = {"memory": memory, "token": token}
    api = f"{PREFIX}/api/v1"
    application = web.Application(
        [
            (f"{PREFIX}/healthz", Health),
            (f"{PREFIX}/control", Control, {"memory": memory}),
            (f"{api}/offers", OffersHandler, shared),
            (f"{api}/gate", GateHandler, shared),
            (f"{api}/servers/([^/]+)/facts", FactsHandler, shared),
            (f"{PREFIX}/(.*)", Page),
        ]
    )
    server = application.listen(port, address="127.0.0.1")
    await asyncio.Event().wait()
    server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=int(os.environ.get("HUBKIN_PORT", "0")))
    parser.add_argument("--secrets", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, json.loads(arguments.secrets.read_text())["gate_token"]))
