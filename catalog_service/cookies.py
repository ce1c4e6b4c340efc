"""The cookie of a visitor: signed, hidden from scripts, sent over HTTPS alone where the site was reached that way.

It holds no more than the random id of a session; who that is stands in the store, so that signing out, disabling an
account and changing a password take effect at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Request

from .accounts.secret import installation_secret

NAME = "catalog_session"

COOKIE_SETTINGS: Mapping[str, object] = {
    "SESSION_COOKIE_NAME": NAME,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
}


class SignedCookies(SecureCookieSessionInterface):
    """Flask's signed cookies; the key is read, or made, only once somebody has a cookie or needs one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the visitor's cookie holds; empty where there is none or its signature is wrong."""
        if NAME not in request.cookies:
            return self.session_class()
        _ensure_key(app)
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie where its content changed."""
        if not session and not session.modified:
            response.vary.add("Cookie")
            return
        if session:
            _ensure_key(app)
        super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether browsers may send the cookie back over HTTPS alone."""
        return bool(app.extensions["catalog_settings"].https_only or request.is_secure)


def _ensure_key(app: Flask) -> None:
    if app.secret_key is None:
        app.secret_key = installation_secret(app.extensions["catalog_engine"].store_path.parent)
