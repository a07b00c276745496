"""Agents killed at any moment, under a platform that fails: the command runs and everything arrives, once."""

import random
import time

import pytest

COMMAND = """
echo x >> ran
i=0
while [ $i -lt 60 ]; do echo "step $i loss=$i"; i=$((i + 1)); sleep 0.01; done
echo hi > left
exit 3
"""
MOST_KILLS = 10


@pytest.mark.parametrize("seed", range(6))
def test_a_replica_whose_agents_are_killed_at_random_ends_as_if_nothing_had_been(replica, platform, seed):
    chance = random.Random(seed)
    failures = iter([chance.choice([None, None, None, "cut", 500]) for _ in range(100)])
    platform.cue = lambda _method, _path: next(failures, None)
    one = replica(argv=["sh", "-c", COMMAND], flush_seconds=60)

    for kills in range(MOST_KILLS + 1):
        agent = one.start(go=False)
        until = time.monotonic() + (chance.uniform(0.02, 1.2) if kills < MOST_KILLS else 60)
        while agent.poll() is None and time.monotonic() < until:
            if one.run.is_ready and not one.run.went.exists():
                one.run.send("go")
            time.sleep(0.005)
        if one.run.exit() is not None:
            break
        one.kill_agent()

    assert one.ended().code == 3
    assert platform.text() == "".join(f"step {n} loss={n}\n" for n in range(60))
    assert platform.points() == [("loss", n, float(n)) for n in range(60)]
    assert platform.files() == {"left": b"hi\n", "ran": b"x\n"}
