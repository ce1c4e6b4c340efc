"""Errors as RFC 9457 problem documents (application/problem+json), in Chinese and English.

``type`` is one of ``KINDS``: programs branch on it, it never changes its meaning, and its address opens the
passage of the documentation that explains it. ``title`` and ``detail`` are Chinese; ``title_en`` and
``detail_en`` say the same in English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

TYPE_ROOT = "/api/v1/docs#"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: HTTP status, and its title in Chinese and English."""

    status: int
    title: str
    title_en: str


KINDS: Mapping[str, Kind] = {
    "invalid-request": Kind(400, "请求无法识别", "The request cannot be read"),
    "invalid-parameter": Kind(400, "参数不符合要求", "A parameter does not meet the contract"),
    "unauthorized": Kind(401, "需要登录或令牌", "Sign in or send a token"),
    "forbidden": Kind(403, "没有这项权限", "Not allowed"),
    "not-found": Kind(404, "没有这项内容", "Not found"),
    "method-not-allowed": Kind(405, "不支持这种请求方法", "Method not allowed"),
    "conflict": Kind(409, "与现状冲突", "In conflict with the present state"),
    "stale-cursor": Kind(409, "游标与本次查询不符", "The cursor belongs to another query"),
    "changed-meanwhile": Kind(412, "内容已被他人改动", "Changed by somebody else meanwhile"),
    "too-large": Kind(413, "提交的内容过大", "The body is too large"),
    "too-many-rows": Kind(413, "一次提交的条数超过上限", "Too many rows in one request"),
    "unsupported-type": Kind(415, "不支持这种内容类型", "Unsupported content type"),
    "invalid-body": Kind(422, "提交的内容不符合要求", "The body does not meet the contract"),
    "condition-required": Kind(428, "须说明所依据的版本", "State the version that you saw"),
    "too-many-requests": Kind(429, "请求过于频繁", "Too many requests"),
    "headers-too-large": Kind(431, "请求头过长", "The headers are too large"),
    "internal": Kind(500, "系统出错", "Internal error"),
    "unavailable": Kind(503, "暂时不能服务", "Temporarily unavailable"),
}
"""Name of a kind -> what it is; the part of ``type`` after the ``#``."""

_OF_STATUS = {kind.status: name for name, kind in reversed(list(KINDS.items()))}

_ADVICE = {
    "invalid-request": ("请求不完整或格式有误。", "The request is incomplete or malformed."),
    "unauthorized": (
        "请登录，或在 Authorization 请求头中给出有效的令牌（Bearer）。",
        "Sign in, or send a valid bearer token in the Authorization header.",
    ),
    "forbidden": (
        "现有身份没有这项权限，请与系统管理员联系。",
        "Your role or token does not allow this; ask the administrator.",
    ),
    "not-found": ("没有这个地址，请对照接口文档检查。", "There is no such address; see the documentation."),
    "method-not-allowed": (
        "这个地址不接受这种请求方法，可用的见 Allow 响应头。",
        "The Allow header names the methods of this address.",
    ),
    "too-large": ("请拆分后分次提交。", "Split the content into several requests."),
    "too-many-requests": ("请按 Retry-After 响应头稍后再试。", "Wait as long as Retry-After says."),
    "internal": (
        "错误已记入日志，请稍后再试；如仍出现，请告知系统管理员。",
        "The error was logged; try again later or tell the administrator.",
    ),
}
"""What to do, where the cause has nothing of its own to say."""


@dataclass(eq=False)
class Problem(Exception):
    """An answer that is an error; raise it anywhere while a request is handled.

    ``kind`` is a key of ``KINDS``; ``members`` are further members of the document (``errors``), ``headers``
    belong to the answer (``Retry-After``).
    """

    kind: str
    detail: str
    detail_en: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The problem document."""
        kind = KINDS[self.kind]
        return {
            "type": TYPE_ROOT + self.kind,
            "status": kind.status,
            "title": kind.title,
            "title_en": kind.title_en,
            "detail": self.detail,
            "detail_en": self.detail_en,
            **self.members,
        }


def problem(
    kind: str,
    detail: str,
    detail_en: str,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer for a problem of ``kind`` (a key of ``KINDS``)."""
    return problem_response(Problem(kind, detail, detail_en, members or {}, headers or {}))


def problem_response(error: Problem) -> Response:
    """The answer for a problem that was raised."""
    body = json.dumps(error.record(), ensure_ascii=False, separators=(",", ":"))
    response = Response(body, KINDS[error.kind].status, content_type=MEDIA_TYPE)
    response.headers.update(error.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def http_problem(error: HTTPException) -> Response:
    """The problem that stands for an HTTP error; keeps the headers that belong to it (Allow, Retry-After).

    A description that was written for the reader, in Chinese, is its detail.
    """
    status = error.code or 500
    name = _OF_STATUS.get(status, "invalid-request" if status < 500 else "internal")
    detail, detail_en = _ADVICE.get(name, (KINDS[name].title, KINDS[name].title_en))
    written = error.description or ""
    if any("一" <= char <= "鿿" for char in written):
        detail = written
    kept = {key: value for key, value in error.get_headers() if key.lower() not in ("content-type", "content-length")}
    return problem(name, detail, detail_en, headers=kept)
