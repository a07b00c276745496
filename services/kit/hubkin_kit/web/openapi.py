"""The OpenAPI 3.1 description, made from the route table and the wire structs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http.client import responses
from typing import Any

import msgspec
from hubkin.wire import Problem

from hubkin_kit.web import problems, scopes
from hubkin_kit.web.handler import Operation
from hubkin_kit.web.routes import Route

_PART = re.compile(r"\{(\w+)(\.\.\.)?\}")
_TEMPLATE = "#/components/schemas/{name}"


def describe(
    routes: Iterable[Route], *, version: str, base: str = "/services/hubkin/api/v1"
) -> dict[str, Any]:
    """Return the document."""
    table = [
        (route, method, route.handler.operations[method])
        for route in routes
        for method in route.handler.scopes
    ]
    shapes = [t for _, _, op in table for t in (op.request, op.answer) if t not in (None, bytes)]
    shapes.append(Problem)
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_TEMPLATE)
    schema_of = dict(zip(map(repr, shapes), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route, method, operation in table:
        path = _PART.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[method.lower()] = _operation(route, method, operation, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hubkin", "version": version, "license": {"name": "BSD-3-Clause"}},
        "servers": [{"url": base}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "hub_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the hub with the scope.",
                },
                "attempt_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The agents' token of one attempt.",
                },
            },
        },
    }


def _operation(route: Route, method: str, operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    scope = route.handler.scopes[method]
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": _operation_id(route, method),
        "security": _security(scope),
        "parameters": [*_path_parameters(route), *_query_parameters(operation), *_headers(operation)],
        "responses": {
            str(operation.status): _answer(operation, schema_of),
            "default": {
                "description": "A problem (RFC 9457).",
                "content": {problems.CONTENT_TYPE: {"schema": schema_of[repr(Problem)]}},
            },
        },
    }
    if operation.request is bytes:
        described["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    elif operation.request is not None:
        content = {"application/json": {"schema": schema_of[repr(operation.request)]}}
        described["requestBody"] = {"required": True, "content": content}
    return {key: value for key, value in described.items() if value not in ([], None)}


def _answer(operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": responses[operation.status]}
    if operation.answer is bytes:
        answer["content"] = {"application/octet-stream": {}}
    elif operation.answer is not None:
        answer["content"] = {"application/json": {"schema": schema_of[repr(operation.answer)]}}
    return answer


def _security(scope: str) -> list[dict[str, list[str]]]:
    if scope in scopes.ALL:
        return [{"hub_token": [scope]}]
    return [{"attempt_token": []}] if scope == scopes.ATTEMPT else [{}]


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": match[1], "in": "path", "required": True, "schema": {"type": "string"}}
        for match in _PART.finditer(route.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    _, components = msgspec.json.schema_components([operation.query], ref_template=_TEMPLATE)
    shape = components[operation.query.__name__]
    required = shape.get("required", ())
    parameters = []
    for name, schema in shape["properties"].items():
        schema = dict(schema)
        parameter: dict[str, Any] = {"name": name, "in": "query", "required": name in required}
        if description := schema.pop("description", None):
            parameter["description"] = description
        parameters.append({**parameter, "schema": schema})
    return parameters


def _headers(operation: Operation) -> list[dict[str, Any]]:
    if not operation.creates:
        return []
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key within 24 hours has the first outcome.",
            "schema": {"type": "string", "maxLength": 128},
        }
    ]


def _operation_id(route: Route, method: str) -> str:
    words = re.sub(r"\W+", "_", _PART.sub(r"by_\1", route.path)).strip("_")
    return f"{method.lower()}_{words}"
