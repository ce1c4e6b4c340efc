"""The pages of one's own account: signing in and out, the password, API tokens."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..access import account_book, current_actor, current_user, public, recognise_again
from ..accounts import sessions as sign_ins
from ..accounts.book import AccountError
from ..accounts.roles import SCOPE_NAMES, SCOPES, reaches
from ..accounts.secret import installation_secret
from ..accounts.tokens import issue_token, list_tokens, revoke_token
from ..accounts.users import change_password
from ..app import served_engine, served_settings
from ..forgery import SESSION, refuse_forged
from .resumption import resumed

blueprint = Blueprint("account", __name__)

log = logging.getLogger(__name__)


@blueprint.get("/login")
@public
def sign_in() -> str | BaseResponse:
    """The form; whoever has signed in already goes on to where they wanted."""
    if current_actor().kind == "session":
        return redirect(_way_on(request.args.get("next", "")), 303)
    return _sign_in_form(request.args.get("next", ""), "", "")


@blueprint.post("/login")
@public
def start_session() -> BaseResponse | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Check name and password; 401 where they are wrong, 429 with Retry-After where too many were.

    What was being submitted when an earlier session ran out is offered to be sent again.
    """
    refuse_forged()
    name, wanted = request.form.get("name", "").strip(), request.form.get("next", "")
    attempt = sign_ins.Attempt(name, request.form.get("password", ""), request.remote_addr or "")
    book = account_book()
    secret = installation_secret(served_engine().store_path.parent)
    try:
        started = sign_ins.sign_in(book, secret, attempt, served_settings(), datetime.now(UTC))
    except sign_ins.LockedOut as refusal:
        log.warning("sign-in locked")
        return _sign_in_form(wanted, name, str(refusal)), 429, {"Retry-After": str(refusal.seconds)}
    except sign_ins.SignInRefused as refusal:
        log.warning("sign-in refused")
        return _sign_in_form(wanted, name, str(refusal)), 401
    _replace_session(started)
    if resume := resumed():
        recognise_again()
        return make_response(render_template("resume.html", resume=resume))
    return redirect(_way_on(wanted), 303)


@blueprint.post("/logout")
@public
def end_session() -> BaseResponse:
    """End the session, here and in the store."""
    if SESSION in session:
        sign_ins.sign_out(account_book(), session[SESSION])
    session.clear()
    return redirect(url_for("catalog.search"), 303)


@blueprint.get("/account")
def overview() -> str:
    """Name and role, the password form, the tokens."""
    return _overview()


@blueprint.post("/account/password")
def replace_password() -> BaseResponse | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Change one's password; all sessions end and a new one begins here."""
    user, book, form = current_user(), account_book(), request.form
    attempt = sign_ins.Attempt(user.name, form.get("password", ""), request.remote_addr or "")
    secret = installation_secret(served_engine().store_path.parent)
    now, settings = datetime.now(UTC), served_settings()
    try:
        sign_ins.check_password(book, secret, attempt, settings, now)
        if form.get("new", "") != form.get("again", ""):
            raise AccountError("两次输入的新密码不一致")
        change_password(book, user, form.get("new", ""), settings.password_length)
    except sign_ins.LockedOut as refusal:
        return _overview(str(refusal)), 429, {"Retry-After": str(refusal.seconds)}
    except sign_ins.SignInRefused:
        return _overview("原密码不对"), 400
    except AccountError as refusal:
        return _overview(str(refusal)), 400
    _replace_session(sign_ins.start_session(book, user, now))
    return redirect(url_for("account.overview", done="password"), 303)


@blueprint.post("/account/tokens")
def make_token() -> Response | tuple[str, int]:
    """Make a token and show it, this once."""
    form = request.form
    try:
        token = issue_token(
            account_book(), current_user(), form.get("label", ""), form.getlist("scope"), datetime.now(UTC)
        )
    except AccountError as refusal:
        return _overview(str(refusal)), 400
    return Response(_overview(token=token), content_type="text/html; charset=utf-8")


@blueprint.post("/account/tokens/<int:number>/revoke")
def end_token(number: int) -> BaseResponse | tuple[str, int]:
    """Revoke one of one's own tokens."""
    try:
        revoke_token(account_book(), number, datetime.now(UTC), current_user())
    except AccountError as refusal:
        return _overview(str(refusal)), 404
    return redirect(url_for("account.overview", done="revoked"), 303)


def _overview(problem: str = "", token: str = "") -> str:
    user = current_user()
    return render_template(
        "account.html",
        user=user,
        tokens=list_tokens(account_book(), user),
        scopes={scope: SCOPE_NAMES[scope] for scope, role in SCOPES.items() if reaches(user.role, role)},
        scope_names=SCOPE_NAMES,
        least=served_settings().password_length,
        done=request.args.get("done", ""),
        problem=problem,
        token=token,
    )


def _sign_in_form(wanted: str, name: str, problem: str) -> str:
    return render_template("sign_in.html", wanted=wanted, name=name, problem=problem, resume=resumed())


def _replace_session(started: str) -> None:
    """A new id at every change of who one is: one that was known before is worth nothing after."""
    session.clear()
    session[SESSION] = started


def _way_on(wanted: str) -> str:
    """Where to go after signing in: an address of this site, else the start page."""
    local = wanted.startswith("/") and not wanted.replace("\\", "/").startswith("//")  # as browsers read it
    return wanted if local and wanted.isprintable() else url_for("catalog.search")
