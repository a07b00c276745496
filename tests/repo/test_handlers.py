"""Whatever answers over HTTP says who may call it, method by method."""

import inspect
from typing import Any

import pytest
from hubkin_kit.web import scopes
from hubkin_kit.web.handler import BaseHandler, HubkinHandler, PublicHandler
from hubkin_platform import health, pages
from hubkin_platform.parts import described

from tools.docs import modules

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def handlers() -> dict[str, type[BaseHandler]]:
    """Every class that answers a verb."""
    return {
        f"{value.__module__}.{value.__qualname__}": value
        for module in modules()
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, BaseHandler) and answered(value)
    }


def answered(handler: type[BaseHandler]) -> set[str]:
    """The verbs that the class has, beyond tornado's refusals."""
    return {
        verb for verb in VERBS if getattr(handler, verb.lower()) is not getattr(BaseHandler, verb.lower())
    }


def complaints(handler: type[BaseHandler]) -> list[str]:
    declared = dict(getattr(handler, "scopes", {}))
    open_ones = sorted(answered(handler) - declared.keys())
    empty = sorted(declared.keys() - answered(handler))
    unknown = sorted(
        scope
        for scope in declared.values()
        if scope not in scopes.ALL | {scopes.ATTEMPT, scopes.TICKET, scopes.PAGE, scopes.PUBLIC}
    )
    return (
        [f"{verb} declares no scope" for verb in open_ones]
        + [f"{verb} is declared and not there" for verb in empty]
        + [f"{scope} is no scope" for scope in unknown]
    )


def test_every_handler_declares_a_scope_for_each_method() -> None:
    assert {name: complaints(handler) for name, handler in handlers().items() if complaints(handler)} == {}


def test_every_handler_has_a_route() -> None:
    nothing: Any = None
    table = [*described(), *health.routes(nothing, nothing), *pages.routes(hub_base="/")]

    routed = {route.handler for route in table}
    ours = {handler for name, handler in handlers().items() if not name.startswith("hubkin_kit.")}
    bases = {base for handler in ours for base in handler.__mro__[1:]}
    assert ours - bases - routed == set()


class _Open(PublicHandler):
    scopes = {"POST": "custom:hubkin:jobs:red"}

    def get(self) -> None: ...


def test_a_method_without_a_scope_is_seen() -> None:
    assert complaints(_Open) == [
        "GET declares no scope",
        "POST is declared and not there",
        "custom:hubkin:jobs:red is no scope",
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_the_base_of_all_handlers_answers_nothing_by_itself(verb: str) -> None:
    assert verb not in answered(HubkinHandler)
