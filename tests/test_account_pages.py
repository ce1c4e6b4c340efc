"""The pages of an account: where signing in leads."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from catalog_service.web.account_pages import _way_on


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "/\\\\evil.example",
        "/\\",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\nSet-Cookie: x",
        "\\\\evil.example",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(app: Flask, wanted: str) -> None:
    with app.test_request_context():
        assert _way_on(wanted) == "/"


@given(wanted=st.text(st.characters(codec="utf-8"), max_size=20).map("/".__add__) | st.text(max_size=20))
def test_wherever_signing_in_leads_is_on_this_site(app: Flask, wanted: str) -> None:
    with app.test_request_context():
        way = _way_on(wanted)
    assert way.startswith("/") and not way.startswith(("//", "/\\"))
