"""``python -m hubkin_agent RUN`` sees a replica through; ``--flush RUN`` ships what an ended one has left."""

from __future__ import annotations

import logging
import sys
from typing import List, Optional

from .agent import Agent
from .clock import now_micros
from .rundir import BadRunDir, Exit, RunDir

log = logging.getLogger("hubkin_agent")


def main(argv: Optional[List[str]] = None) -> int:
    """Run the agent; return its exit code, which says nothing about the command's."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    is_flush = "--flush" in arguments
    places = [one for one in arguments if one != "--flush"]
    if len(places) != 1:
        sys.stderr.write("usage: python -m hubkin_agent [--flush] RUN\n")
        return 2
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.raiseExceptions = False  # a full disk does not end the agent
    run = RunDir(places[0])
    lock = run.take_lock()
    if lock is None:
        return 0
    with lock:
        return flush(run) if is_flush else see_through(run)


def see_through(run: RunDir) -> int:
    """Run the replica unless it has ended already."""
    if run.exit() is not None:
        return 0
    run.write_agent_pid()
    agent = None
    try:
        agent = Agent(run, run.spec())
        ended = agent.run()
    except BadRunDir as error:
        ended = Exit("agent_error", message=str(error), ended_at=now_micros())
    except Exception as error:
        # The outermost loop of the process: whoever waits for exit.json must get one.
        log.exception("agent_failed")
        ended = Exit("agent_error", message="%s: %s" % (type(error).__name__, error), ended_at=now_micros())
    if not run.launch_pid.exists():
        # Nothing ran, so it has left nothing.
        run.settle()
    elif agent is not None:
        ended = _hand_over(agent, ended)
    run.write_exit(ended)
    if agent is not None:
        agent.say_ended()
    return 0


def _hand_over(agent: Agent, ended: Exit) -> Exit:
    try:
        agent.hand_over()
    except Exception:
        # How the command ended is known and must be said, whatever became of its outputs.
        log.exception("hand_over_failed")
    return agent.shipped(ended)


def flush(run: RunDir) -> int:
    """Ship the rest of an ended replica; return 1 while something is still unshipped."""
    ended = run.exit()
    if ended is None:
        return 0
    agent = Agent(run, run.spec())
    agent.hand_over()
    run.write_exit(agent.shipped(ended))
    return 0 if run.is_settled else 1


if __name__ == "__main__":
    sys.exit(main())
