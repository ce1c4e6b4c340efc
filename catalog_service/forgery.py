"""Requests that another site makes a signed-in browser send (CSRF), and how they are told apart.

A modern browser says in Sec-Fetch-Site whether a request comes from this site; where it does not, Origin must name
the host that was asked (the check of Go 1.25 and of Datasette). Old browsers send neither, so a form also carries a
token that only this site's pages can know. Requests without a cookie need no check: nothing is lent to them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import request, session
from werkzeug.exceptions import Forbidden

FIELD = "form_token"
HEADER = "X-Form-Token"
SEED = "seed"
"""What the signed cookie holds before anybody has signed in."""

SESSION = "id"
"""What the signed cookie holds once somebody has."""


class Forged(Forbidden):
    """The request does not come from a page of this site, or from one that is too old."""

    description = "这次提交不是从本系统当前的页面发出的。请返回上一页，刷新后再试。"


def form_token() -> str:
    """The token that forms of this visitor carry; it changes at sign-in and at sign-out."""
    if SESSION not in session and SEED not in session:
        session[SEED] = secrets.token_urlsafe(32)
    basis: str = session.get(SESSION) or session[SEED]
    return hmac.new(basis.encode(), b"form token", hashlib.sha256).hexdigest()


def refuse_forged() -> None:
    """Raise ``Forged`` where the current request was not made by a page of this site."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        raise Forged
    if site is None and origin is not None and urlsplit(origin).netloc != request.host:
        raise Forged
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(sent.encode(), form_token().encode()):
        raise Forged
