"""A real server in this process, and browsers that watch: nothing typed may run, nothing may leave the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page
from waitress.server import create_server

NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The address of a real server on a free loopback port."""
    server = create_server(app, host="127.0.0.1", port=0)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(server.close)
        thread.join(10)
        server.task_dispatcher.shutdown()


@contextmanager
def watched(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page of a browser of its own, narrow unless ``options`` say otherwise; fails at the end if a script that was
    typed ran, the policy was broken, a script failed, or another host was asked."""
    complaints: list[str] = []
    with browser.new_context(**{"viewport": NARROW, **options}) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: complaints.append(f"{page.url} {error}"))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("request", lambda asked: None if asked.url.startswith(address) else complaints.append(asked.url))
        yield page
    assert complaints == []


def press(page: Page, key: str) -> None:
    """Press a key once the page has loaded, its script with it."""
    page.wait_for_load_state()
    page.keyboard.press(key)
