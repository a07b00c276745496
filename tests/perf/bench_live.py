"""How long until the end of a job's command is on the event stream that screens read."""

import json
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from tests.perf import service
from tests.perf.measure import Measure, percentile

JOBS = 120
WAIT_SECONDS = 30.0
P50_GOAL_MS = 50.0
P99_GOAL_MS = 250.0


def run() -> list[Measure]:
    """End many short jobs, one after another, and compare two clocks of one machine."""
    with tempfile.TemporaryDirectory() as place, service.running(Path(place)) as platform:
        listener = Listener(platform)
        delays = [delay_ms(platform, listener) for _ in range(JOBS)]
        listener.is_over = True
    p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
    return [
        Measure(what="end of a job → event stream, p50", value=p50, unit="ms", goal=f"< {P50_GOAL_MS:.0f} ms",
                is_met=p50 < P50_GOAL_MS),
        Measure(what="end of a job → event stream, p99", value=p99, unit="ms", goal=f"< {P99_GOAL_MS:.0f} ms",
                is_met=p99 < P99_GOAL_MS),
    ]  # fmt: skip


class Listener:
    """Reads the stream in a thread and notes when each job was first said to have ended."""

    def __init__(self, platform: service.Service) -> None:
        self.is_over = False
        self._ended: dict[str, float] = {}
        self._news = threading.Condition()
        headers = {"Authorization": f"token {platform.token}", "Accept": "text/event-stream"}
        request = urllib.request.Request(f"{platform.api}/events", headers=headers)
        self._answer = urllib.request.urlopen(request)
        threading.Thread(target=self._listen, daemon=True).start()

    def ended_at(self, job_id: str) -> float:
        """Wait until the job has ended on the stream; return when that was read."""
        with self._news:
            came = self._news.wait_for(lambda: job_id in self._ended, WAIT_SECONDS)
            if not came:
                raise TimeoutError(f"{job_id} did not end on the stream")
            return self._ended[job_id]

    def _listen(self) -> None:
        try:
            for line in self._answer:
                now = time.time()
                if line.startswith(b"data: ") and b'"succeeded"' in line:
                    event = json.loads(line[6:])
                    with self._news:
                        self._ended.setdefault(event["subject"], now)
                        self._news.notify_all()
        except (OSError, ValueError):
            if not self.is_over:
                raise


def delay_ms(platform: service.Service, listener: Listener) -> float:
    """Run one job; return the time from the last thing it does to its end on the stream."""
    mark = platform.folder / "mark"
    job = json.loads(platform.post("/jobs", {"spec": {"run": f"date +%s.%N > {mark}"}}))
    seen = listener.ended_at(job["id"])
    return (seen - float(mark.read_text())) * 1000
