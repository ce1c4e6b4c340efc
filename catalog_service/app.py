"""The Flask application: configuration, security headers and error pages around the blueprints."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, SecurityError, Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from catalog_data.model import Catalog, Versions
from indexer.search import FIRST_PAGE, Answer, Hit, Page

from .api.problems import http_problem
from .config import Settings
from .web.resumption import interrupted

MEGABYTE = 1024 * 1024
DEFAULTS: Mapping[str, object] = {"MAX_CONTENT_LENGTH": 20 * MEGABYTE}

COLUMNS = {
    "catalog.department": "catalog.departments",
    "catalog.item": "catalog.departments",
    "tag": "tag.paste",
    "audits": "audits.listing",
    "review": "review.queue",
    "review_checks": "review.queue",
    "knowledge": "knowledge.overview",
    "precedents": "knowledge.overview",
    "quality": "knowledge.overview",
}
"""The main columns of the site, by the endpoint or the family of a page."""

MACHINE_ROOTS = ("/api/", "/reconcile")
"""Where programs ask: errors there are problem documents."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

ADVICE = {
    400: ("无法识别这次请求", "地址或提交的内容不完整。请返回上一页检查后再试，或回到首页重新查询。"),
    401: ("需要登录", "请登录后再打开这一页；还没有账号的，请与系统管理员联系。"),
    403: ("没有这项权限", "如工作需要，请与系统管理员联系。"),
    404: ("没有这个页面", "地址可能有误。请核对地址，或回到首页查询、按部门浏览。"),
    405: ("不支持这种访问方式", "请不要直接打开提交地址，回到首页重新操作。"),
    413: ("提交的内容过大", "请减少一次提交的内容或拆分文件后再试。"),
    429: ("请求过于频繁", "请稍等片刻再试。"),
    500: ("系统出错", "错误已记入日志。请稍后再试；如仍出现，请把时间和当时的操作告诉系统管理员。"),
}
"""What went wrong and what to do, by HTTP status."""

EXPLAINED_ADVICE = {
    403: ("没有这项权限", ""),
    404: ("没有这项内容", "可能是地址有误，也可能已经变动。请从下面的栏目重新查找。"),
}
"""The same beside a cause that was written for the reader."""


class CatalogEngine(Protocol):
    """What the pages and the API need of the engine; where its records lie is not their concern."""

    @property
    def store_path(self) -> Path:
        """The SQLite file; accounts are kept there too."""

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""

    @property
    def versions(self) -> Versions:
        """What every answer rests on."""

    def search(
        self, query: str, /, *, department: str | None = None, level: int | None = 4, limit: int = 20
    ) -> tuple[Hit, ...]:
        """The items that answer a query, best first; ``level`` None searches headings too."""

    def answer(
        self, query: str, /, *, department: str | None = None, page: Page = FIRST_PAGE, recognise: bool = True
    ) -> Answer:
        """A page of items that answer a query, with facets, corrections and the department recognised in it."""

    def terms(self, item_id: str, /) -> tuple[str, ...]:
        """The index entries of an item."""


class NotInCatalog(NotFound):
    """A department or item that the catalog in force does not print; ``description`` says which, in Chinese."""


class NotKept(NotFound):
    """A disclosure, project or upload that the store does not hold; ``description`` says which, in Chinese."""


EXPLAINED = (NotInCatalog, NotKept, Unauthorized, Forbidden)
"""Errors whose description was written for the reader."""


class Service(Flask):
    """Flask that does not look for coroutines before each of the dozen functions that a request passes."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(
    engine: CatalogEngine, config: Mapping[str, object] | None = None, settings: Settings | None = None
) -> Flask:
    """The application that serves ``engine``; ``config`` holds Flask settings that override ``DEFAULTS``."""
    from . import access, api, health, logs, metrics, reconcile
    from .discretion import current_sight
    from .review_queue import ReviewQueue
    from .web import (
        account_pages,
        audit_pages,
        catalog_pages,
        knowledge_pages,
        listing_pages,
        precedent_pages,
        quality_pages,
        review_check_pages,
        review_pages,
        tag_pages,
    )

    app = Service(__name__, template_folder="web/templates", static_folder="web/static")
    app.config.from_mapping({**DEFAULTS, **(config or {})})
    app.extensions["catalog_engine"] = engine
    app.extensions["catalog_settings"] = settings or Settings()
    app.extensions["review_queue"] = ReviewQueue(cast(Any, engine))
    app.json = _readable_json(app)
    app.jinja_env.undefined = StrictUndefined
    app.context_processor(lambda: {"engine": engine, "sight": current_sight, "column_of": column_of})
    app.register_error_handler(HTTPException, _error_page)
    app.after_request(_secured)
    logs.register(app)
    metrics.register(app)
    access.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(catalog_pages.pages)
    app.register_blueprint(tag_pages.blueprint)
    app.register_blueprint(audit_pages.blueprint)
    app.register_blueprint(review_check_pages.blueprint)
    app.register_blueprint(review_pages.blueprint)
    app.register_blueprint(knowledge_pages.blueprint)
    app.register_blueprint(precedent_pages.blueprint)
    app.register_blueprint(quality_pages.blueprint)
    app.register_blueprint(listing_pages.blueprint)
    app.register_blueprint(account_pages.blueprint)
    api.register(app)
    reconcile.register(app)
    return app


def column_of(endpoint: str | None) -> str:
    """The main column of the site that a page belongs to, by its endpoint."""
    return COLUMNS.get(endpoint or "") or COLUMNS.get((endpoint or "").partition(".")[0], "")


def prepare(app: Flask) -> None:
    """Read what the first pages would wait for; what cannot be read is said by the pages that need it."""
    for template in app.jinja_env.list_templates():
        app.jinja_env.get_template(template)
    shelf = app.extensions["audit_shelf"]
    try:
        app.extensions["catalog_engine"].prepare_pages()
        app.extensions["review_queue"].current().order.prepare()
        for head in shelf.heads():
            shelf.audit(head.sha256)
    except ValueError:  # of the knowledge, of the store or of the log of decisions
        app.logger.exception("未能预先读取知识、公开文件和复核记录")
    gc.collect()
    gc.freeze()  # what is kept for good need not be looked through again, for a third of a second, amid a request


def served_engine() -> CatalogEngine:
    """The engine of the application that handles the current request."""
    return cast(CatalogEngine, current_app.extensions["catalog_engine"])


def served_settings() -> Settings:
    """The settings of the application that handles the current request."""
    return cast(Settings, current_app.extensions["catalog_settings"])


def _readable_json(app: Flask) -> DefaultJSONProvider:
    """JSON that keeps Chinese as Chinese instead of escapes."""
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    provider.sort_keys = False
    return provider


def _secured(response: Response) -> Response:
    """The headers; a page with a policy of its own says there who may frame it."""
    own_policy = "Content-Security-Policy" in response.headers
    for header, value in SECURITY_HEADERS.items():
        response.headers.setdefault(header, value)
    if own_policy:
        del response.headers["X-Frame-Options"]
    return response


def _error_page(error: HTTPException) -> BaseResponse:
    """The error in Chinese, with what to do; keeps the headers that belong to it (Allow, Retry-After)."""
    if request.path.startswith(MACHINE_ROOTS):
        return http_problem(error)
    status = error.code or 500
    if status == 401 and request.method == "GET" and "text/html" in request.accept_mimetypes.values():
        return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")), 303)
    if status == 401 and (resume := interrupted()):
        return make_response(render_template("sign_in.html", wanted="", name="", problem="", resume=resume), 401)
    fallback = ADVICE[400] if status < 500 else ADVICE[500]
    heading, advice = ADVICE.get(status, fallback)
    cause = error.description if isinstance(error, EXPLAINED) else ""
    if cause:
        heading, advice = EXPLAINED_ADVICE.get(status, (heading, advice))
    response = cast(Any, error.get_response())
    if isinstance(error, SecurityError):  # an untrusted host: no address can be built for links
        response.set_data("访问所用的主机名不在允许之列，请使用本系统公布的网址。\n")
        response.content_type = "text/plain; charset=utf-8"
    else:
        response.set_data(render_template("error.html", status=status, heading=heading, advice=advice, cause=cause))
        response.content_type = "text/html; charset=utf-8"
    return cast(BaseResponse, response)
