"""``%%train``: capture, upload, plan, and — when nobody has to be asked — submit."""

from __future__ import annotations

import sys
from typing import Any, Dict

from hubkin_magics import contact, shells, specs, uploads
from hubkin_magics import options as lines
from hubkin_magics.capture import Capture, Options, Refused, capture
from hubkin_magics.failures import BadOptions, NotSubmitted
from hubkin_magics.i18n import _, said
from hubkin_magics.options import TrainOptions


def run(shell: Any, line: str, cell: str) -> None:
    """Run the magic; whatever keeps the cell from becoming a job is one clear sentence.

    Raises:
        NotSubmitted: Nothing runs and nothing is charged.
    """
    from hubkin import session
    from hubkin.config import BadConfig
    from hubkin.digest import ChangedWhileRead
    from hubkin.errors import NotConnected
    from hubkin.transport import ProblemError, Unreachable

    options = lines.parse(line)
    if options is None:
        return
    run = _Run(shell, options, cell)
    try:
        run.go()
    except Refused as refused:
        raise NotSubmitted(_refusal(refused)) from None
    except (ProblemError, Unreachable, NotConnected, BadConfig) as error:
        url = run.client.transport.url if run.client else ""
        # Whatever is set right now (a new token, another address) counts the next time.
        session.forget_client()
        raise NotSubmitted(contact.trouble(error, url=url, is_sent=run.is_sent)) from None
    except ChangedWhileRead as error:
        raise NotSubmitted(str(error)) from None
    except OSError as error:
        raise NotSubmitted(f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")) from None


def explain(line: str) -> None:
    """Answer ``%train --help``; the magic of one line does nothing else.

    Raises:
        BadOptions: Something else was asked of it.
    """
    if lines.parse(line) is not None:
        raise BadOptions(said(_("%%train, with two %, goes on top of the cell that is to run as a job.")))


_ASKS = _("Not submitted yet: press Submit, add -y to the first line, or call hubkin.last().submit().")
_RUNS = _("This cell runs already as {name}. --again runs it once more, --replace stops that job first.")


def _refusal(refused: Refused) -> str:
    """Return every problem, and one line that takes the first way out of all of them."""
    numbers = [
        p.fixes[0].params["number"] for p in refused.problems if p.fixes and p.fixes[0].code == "include"
    ]
    if len(numbers) < 2:
        return str(refused)
    option = "--include " + " ".join(str(number) for number in sorted(set(numbers)))
    return f"{refused}\n" + said(_("All of it at once: {option}"), {"option": option})


class _Run:
    """One execution of a cell."""

    def __init__(self, shell: Any, options: TrainOptions, cell: str) -> None:
        self.shell, self.options, self.cell = shell, options, cell
        self.client: Any = None
        self.is_sent = False  #: whether the job itself was on its way

    def go(self) -> None:
        from hubkin import session

        captured = self._captured()
        self.client = session.client()
        contact.knock(self.client.transport)
        plan = self._plan(captured)
        live = plan.get("live_job_id")
        if self.options.dry_run:
            self._show("plan", plan, *self.notes)
        elif live and not (self.options.again or self.options.replace):
            self._already(plan)
        else:
            if live and self.options.replace:
                self.client.transport.request("POST", f"/jobs/{live}/stop", body={"mode": "now"})
            self._decide(plan)

    def _captured(self) -> Capture:
        wanted = Options(
            send=self.options.send,
            include=self.options.include,
            bare=self.options.bare,
            with_files=self.options.with_files,
            code=self.options.code,
            params=self.options.params,
            data=self.options.data,
            models=self.options.use_models,
        )
        # An empty line stands for the magic's own: lines are numbered as the reader sees them.
        captured = capture("\n" + self.cell, shells.kernel_of(self.shell), wanted)
        if captured.has_setup and self.options.launcher != "none":
            raise NotSubmitted(
                said(_("`!` commands cannot be combined with --launcher; put them into a file."))
            )
        self.notes = specs.notes_of(self.options, captured)
        return captured

    def _plan(self, captured: Capture) -> Dict[str, Any]:
        digests = uploads.digests_of(captured.files)
        digest = specs.digest_of(self.cell, self.options, digests)
        place = shells.place_of(self.shell)
        name = specs.name_of(
            self.options, notebook=place.get("notebook"), number=shells.cell_number(self.shell)
        )
        code = uploads.send(self.client.transport, captured.files, digests)
        body = {
            "spec": specs.spec_of(self.options, captured, name=name, code=code, python=sys.executable),
            "capture": specs.report_of(self.options, captured, digest=digest),
            "origin": specs.origin_of(place, digest=digest),
        }
        if self.client.owner and not self.options.owner:
            body["spec"]["owner"] = self.client.owner
        plan: Dict[str, Any] = self.client.transport.request("POST", "/plans", body=body)
        return plan

    def _decide(self, plan: Dict[str, Any]) -> None:
        from hubkin_magics.handles import PlannedJob

        asks = plan["confirm"] and not self.options.yes
        # A plan that waits for its yes has the key that the card's button uses: both together make one job.
        key = f"plan-{plan['id']}" if asks else shells.execution_key(self.shell)
        planned = PlannedJob(self.client, plan, key=key)
        if asks:
            if not shells.has_person(self.shell):
                raise NotSubmitted(_asks_nobody(plan))
            self._bind(planned)
            planned.shown = self._show("plan", plan, *self.notes, said(_ASKS))
            return
        self.is_sent = True
        job = planned.submit()
        self._bind(job)
        job.note = "\n".join(self.notes)
        job.shown = self._show("job", job.row, *self.notes)

    def _already(self, plan: Dict[str, Any]) -> None:
        """The unchanged cell runs already: show the plan, whose card offers to run it again or instead."""
        from hubkin_magics.handles import CellJob

        row = self.client.transport.request("GET", f"/jobs/{plan['live_job_id']}")
        self._bind(CellJob(self.client, row))
        self._show("plan", plan, said(_RUNS, {"name": row["name"]}))

    def _bind(self, handle: Any) -> None:
        from hubkin.job import remember

        remember(handle)
        if self.options.bind:
            self.shell.user_ns[self.options.bind] = handle

    @staticmethod
    def _show(kind: str, row: Dict[str, Any], *notes: str) -> Any:
        """Show a card and return its output; the notes are for where it is only text."""
        from hubkin import card
        from IPython.display import display

        bundle = card.bundle(kind, row, note="\n".join(notes))
        return display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]


def _asks_nobody(plan: Dict[str, Any]) -> str:
    from hubkin import card

    text = said(
        _("This plan asks before it is submitted, and nobody is here to answer. Add -y to the first line.")
    )
    return "\n".join([text, *card.plan_lines(plan)])
