"""Errors as RFC 9457 problems, in the reader's language."""

from __future__ import annotations

from http.client import responses
from typing import Any

from hubkin.wire import Action, FieldError, Problem
from tornado.web import HTTPError

from hubkin_kit import errors
from hubkin_kit.disk import trouble_of
from hubkin_kit.errors import HubkinError
from hubkin_kit.i18n import Translator

CONTENT_TYPE = "application/problem+json"
TYPE_BASE = "https://hubkin.dev/problems/"

_OF_STATUS: dict[int, type[HubkinError]] = {
    400: errors.Malformed,
    401: errors.NotSignedIn,
    403: errors.NotAllowed,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.TooLarge,
}


class Internal(HubkinError):
    """A defect of ours; the log has the rest under the same request id."""

    code = "internal"
    title = "Something went wrong in the platform"


def known(error: BaseException | None, status: int = 500) -> HubkinError:
    """Return the error to show: ours as it is, tornado's by its status, a defect without its details."""
    if isinstance(error, HubkinError):
        return error
    trouble = trouble_of(error)
    if trouble is not None:
        return trouble
    if isinstance(error, HTTPError):
        status = error.status_code
    kind = _OF_STATUS.get(status)
    if kind is not None:
        return kind()
    return Internal("This is a defect of the platform. Tell an admin the request id {request_id}.")


def problem(
    error: HubkinError, translator: Translator, *, language: str, request_id: str, instance: str, unit: str
) -> Problem:
    """Render an error for a person and a program at once: people read amounts with the site's unit."""

    def said(text: str, params: dict[str, Any]) -> str:
        money = {name: {"amount": params[name], "unit": unit} for name in error.money if name in params}
        return translator.text(text, {"request_id": request_id, **params, **money}, language=language)

    return Problem(
        type=TYPE_BASE + error.code.replace("_", "-"),
        title=said(error.title, error.params) or responses.get(error.status, ""),
        status=error.status,
        detail=said(error.detail, error.params),
        code=error.code,
        params=error.params,
        instance=instance,
        request_id=request_id,
        errors=[
            FieldError(pointer=f.pointer, code=f.code, detail=said(f.detail, {**error.params, **f.params}))
            for f in error.fields
        ],
        actions=[
            Action(
                label=said(way.label, {**error.params, **way.params}),
                patch=way.patch,
                href=way.href,
                code=way.code,
            )
            for way in error.ways_out
        ],
    )
