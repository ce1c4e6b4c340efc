"""Who may do what: one gate before every view, and the marks that views carry for it.

A view that carries no mark asks for the role of a reader. ``public`` opens one to everybody (health checks, the
sign-in page); ``require`` asks for more. In this order the gate

1. finds out who asks: the bearer token, else the session, else anybody (a token that is not valid is refused);
2. counts the request against the caller's rate, except for this machine;
3. compares role and scope with the view's mark;
4. refuses what another site made a signed-in browser send.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request, session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix

from .accounts.book import AccountBook, open_accounts
from .accounts.roles import OWN_SCOPE, ROLES, SCOPE_NAMES, Scope, UserRole, reaches
from .accounts.sessions import session_user
from .accounts.tokens import find_token
from .accounts.users import User
from .app import served_engine, served_settings
from .cookies import COOKIE_SETTINGS, SignedCookies
from .forgery import SESSION, form_token, refuse_forged
from .rates import RateLimiter

Role = Literal["nobody", "reader", "reviewer", "admin"]
Kind = Literal["session", "token", "open"]
View = TypeVar("View", bound=Callable[..., object])

SAFE = {"GET", "HEAD", "OPTIONS"}
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")
"""Headers that proxies add; a request that carries one does not come from this machine, whatever its address."""


class NotSignedIn(Unauthorized):
    """Nobody is known to be asking, and the view is not open to everybody."""


class NotAllowed(Forbidden):
    """Whoever asks lacks the role or scope."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who sends the request: a person's session, a program's token, or anybody (``open``, with an empty name).

    A token acts with the role that its scopes reach, never beyond its owner's. ``nobody`` may not even read.
    """

    name: str
    role: Role
    kind: Kind
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a view asks for; ``role`` None is nothing at all."""

    role: UserRole | None = "reader"
    scope: Scope = "read"


def require(role: UserRole, scope: Scope | None = None) -> Callable[[View], View]:
    """Mark a view: whoever asks must have at least ``role``; a token must also carry ``scope``.

    Put it under the route decorator. ``scope`` is by default the one named after the role (reader -> read,
    reviewer -> review, admin -> admin); views that judge projects ask for ``require("reader", "tag")``.
    """
    return _mark(Requirement(role, scope or OWN_SCOPE[role]))


def public(view: View) -> View:
    """Mark a view that anybody may use, even where reading is closed."""
    return _mark(Requirement(None))(view)


def current_actor() -> Actor:
    """Who sends the current request."""
    return cast(Actor, g.get("actor", Actor("", "nobody", "open")))


def recognise_again() -> None:
    """Let the rest of the request be that of whoever has just signed in."""
    g.actor = _identify()


def current_user() -> User:
    """The person who is signed in. Raises ``NotSignedIn`` for tokens and for everybody else."""
    user = g.get("user")
    if current_actor().kind != "session" or user is None:
        raise NotSignedIn("请先登录")
    return cast(User, user)


def account_book() -> AccountBook:
    """The tables of accounts, open until the request has been answered."""
    if "account_book" not in g:
        path = served_engine().store_path
        path.parent.mkdir(parents=True, exist_ok=True)
        g.account_book = open_accounts(path)
    return cast(AccountBook, g.account_book)


def requirement_of(view: Callable[..., object]) -> Requirement:
    """What a view asks for."""
    return cast(Requirement, getattr(view, "_requirement", Requirement()))


def register(app: Flask) -> None:
    """Put the gate before every view of ``app``, and its sessions into signed cookies."""
    settings = app.extensions["catalog_settings"]
    app.extensions["rate_limiter"] = RateLimiter(settings.rate_per_second, settings.rate_burst)
    app.session_interface = SignedCookies()
    app.config.update(COOKIE_SETTINGS)
    if settings.trusted_hosts and app.config["TRUSTED_HOSTS"] is None:
        app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts)
    if count := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    app.before_request(_gate)
    app.after_request(_keep_private)
    app.teardown_request(_close_book)
    app.context_processor(lambda: {"actor": current_actor(), "form_token": form_token, "roles": ROLES})


def _mark(requirement: Requirement) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view._requirement = requirement  # type: ignore[attr-defined]
        return view

    return mark


def _gate() -> None:
    needed = _asked_of_request()
    try:
        g.actor = _identify()
    finally:
        _count_request()
    if request.method == "OPTIONS":
        return
    if needed.role is not None:
        _compare(current_actor(), needed.role, needed.scope)
    if current_actor().kind == "session" and request.method not in SAFE:
        refuse_forged()


def _asked_of_request() -> Requirement:
    """The mark of the view; style sheets and addresses that lead nowhere are everybody's."""
    endpoint = request.endpoint or ""
    view = current_app.view_functions.get(endpoint)
    return Requirement(None) if view is None or endpoint.endswith("static") else requirement_of(view)


def _identify() -> Actor:
    """Who asks. Raises ``NotSignedIn`` for a token that is not valid."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _bearer(credentials.strip())
    if id_ := session.get(SESSION):
        user = session_user(account_book(), id_, served_settings(), datetime.now(UTC))
        if user:
            g.user = user
            return Actor(user.name, user.role, "session")
        session.clear()
    return Actor("", "reader" if _may_read_unnamed() else "nobody", "open")


def _bearer(token: str) -> Actor:
    found = find_token(account_book(), token, datetime.now(UTC)) if token else None
    if found is None:
        challenge = WWWAuthenticate("bearer", {"realm": "catalog", "error": "invalid_token"})
        raise NotSignedIn("令牌无效、已撤销，或其所有者已停用", www_authenticate=challenge)
    owner, kept = found
    granted: list[UserRole] = [r for r, scope in OWN_SCOPE.items() if scope in kept.scopes and reaches(owner.role, r)]
    return Actor(owner.name, granted[-1] if granted else "reader", "token", kept.scopes)


def _compare(actor: Actor, role: UserRole, scope: Scope) -> None:
    """Raise ``NotSignedIn`` or ``NotAllowed`` where the actor may not."""
    if actor.kind == "open" and (actor.role == "nobody" or role != "reader"):
        raise NotSignedIn("请先登录，或使用令牌", www_authenticate=WWWAuthenticate("bearer", {"realm": "catalog"}))
    if actor.kind == "token" and scope not in actor.scopes:
        raise NotAllowed(f"令牌没有“{SCOPE_NAMES[scope]}”（{scope}）权限")
    if actor.role == "nobody" or not reaches(actor.role, role):
        raise NotAllowed(f"需要“{ROLES[role]}”角色，请与系统管理员联系")


def _may_read_unnamed() -> bool:
    reading = served_settings().reading
    return reading == "open" or (reading == "loopback" and from_this_machine())


def from_this_machine() -> bool:
    """Whether the request was sent by a program on this machine, to this machine by one of its own names.

    A page elsewhere whose name was made to point here (DNS rebinding) asks for that name, and a proxy in front
    that was not told to this program adds headers; both are strangers.
    """
    if not served_settings().trusted_proxies and any(name in request.environ for name in FORWARDED):
        return False
    return _loopback(request.remote_addr or "") and _names_loopback(request.host)


@lru_cache(maxsize=256)
def _names_loopback(host: str) -> bool:
    """Whether a Host header (name, port) names this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    return name == "localhost" or _loopback(name)


@lru_cache(maxsize=256)
def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _count_request() -> None:
    """Raise ``TooManyRequests`` where the caller has used up its share."""
    if from_this_machine():
        return
    actor = current_actor()
    caller = f"{actor.kind}:{actor.name}" if actor.name else f"address:{request.remote_addr}"
    limiter = cast(RateLimiter, current_app.extensions["rate_limiter"])
    if wait := limiter.take(caller, time.monotonic()):
        raise TooManyRequests("请求过于频繁，请稍后再试", retry_after=max(1, round(wait + 0.5)))


def _keep_private(response: Response) -> Response:
    """What a signed-in person sees is kept by no proxy and not shown after signing out."""
    if current_actor().kind == "session" and request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _close_book(_: BaseException | None) -> None:
    book: AccountBook | None = g.pop("account_book", None)
    if book is not None:
        book.close()
