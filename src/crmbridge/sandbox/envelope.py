"""The plain values that cross the sandbox's edge: requests, responses, and the platform's error bodies."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge.sandbox.toxics import Toxic

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; ``query`` is the raw query string, header names are lower-case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "https://api.hubapi.com"


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; ``dropped`` means that the connection dies instead of answering, ``toxic`` how it limps."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    dropped: bool = False
    toxic: Toxic | None = None


class ApiError(Exception):
    """A refusal with the platform's status and body; the router adds the correlation id."""

    def __init__(self, status: int, message: str, category: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"status": "error", "message": message}
        if category:
            self.body["category"] = category
        self.body |= more


def validation(message: str, **more: Any) -> ApiError:
    """Make the 400 for a request that is wrong in itself."""
    return ApiError(400, message, "VALIDATION_ERROR", **more)


def not_found(message: str = "resource not found") -> ApiError:
    """Make the 404 for a record, property or path that does not exist."""
    return ApiError(404, message, "OBJECT_NOT_FOUND")


def invalid_properties(problems: list[Json]) -> ApiError:
    """Make the 400 for property values: a JSON list inside the message string."""
    return validation(f"Property values were not valid: {json.dumps(problems, ensure_ascii=False)}")


def group_error(category: str, message: str, context: Mapping[str, list[str]], sub: str | None = None) -> Json:
    """Make one entry of the ``errors`` list in a batch reply; it may stand for many inputs."""
    return {
        "status": "error",
        "category": category,
        "subCategory": sub,
        "id": None,
        "message": message,
        "context": dict(context),
        "errors": [],
        "links": {},
    }


def respond(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Encode a JSON body; None is an empty one (204), and bytes are encoded already."""
    if body is None:
        return Response(status, dict(headers or {}), b"")
    data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return Response(status, {"Content-Type": "application/json;charset=utf-8", **(headers or {})}, data)


def refuse(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    """Encode a refusal; every one carries a fresh correlation id in body and header."""
    correlation = str(uuid.uuid4())
    body = {**error.body, "correlationId": correlation}
    return respond(error.status, body, {**(headers or {}), "X-HubSpot-Correlation-Id": correlation})
