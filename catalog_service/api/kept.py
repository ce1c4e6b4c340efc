"""Answers kept for whoever asks the same again.

What rests on catalog and knowledge alone is the same for everybody as long as neither changes, and the same few words
are searched for all day. The versions are part of the key, so that nothing outlives what it rests on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar, cast

from flask import Flask, Response, current_app, g, request

from ..app import served_engine

View = TypeVar("View", bound=Callable[..., object])
MOST_BYTES = 16 * 1024 * 1024
LONGEST_BYTES = 256 * 1024
"""What all kept answers have together, and an answer that is worth keeping."""

CARRIED = ("Content-Type", "Content-Encoding", "ETag", "Vary", "Cache-Control")
"""Headers that belong to the answer itself; the others are of the request."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The body of an answer as it is sent, and its headers."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class KeptAnswers:
    """The answers asked for last, ``most_bytes`` of them; safe to use from several threads."""

    most_bytes: int = MOST_BYTES
    _answers: OrderedDict[Hashable, Kept] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def find(self, key: Hashable) -> Kept | None:
        """The answer under a key."""
        with self._lock:
            if found := self._answers.get(key):
                self._answers.move_to_end(key)
            return found

    def keep(self, key: Hashable, answer: Kept) -> None:
        """Keep an answer; those not asked for longest make room for it."""
        with self._lock:
            if former := self._answers.pop(key, None):
                self._bytes -= len(former.body)
            self._answers[key] = answer
            self._bytes += len(answer.body)
            while self._bytes > self.most_bytes:
                self._bytes -= len(self._answers.popitem(last=False)[1].body)


def kept(view: View) -> View:
    """Mark a view whose answer rests on its address and the versions alone."""
    view._kept = True  # type: ignore[attr-defined]
    return view


def register(app: Flask) -> None:
    """Look for kept answers; called after the gate of accounts and before the contract, which they have passed."""
    app.extensions["kept_answers"] = KeptAnswers()
    app.before_request(_find)


def keep(response: Response) -> Response:
    """Keep the answer to the current request in its last form, where it is one to keep."""
    key = g.pop("kept_key", None)
    headers = tuple((name, response.headers[name]) for name in CARRIED if name in response.headers)
    if key and response.status_code == 200 and key[-1] == served_engine().versions:
        body = response.get_data()
        if len(body) <= LONGEST_BYTES:
            _answers().keep(key, Kept(body, headers))
    return response


def _find() -> Response | None:
    """The kept answer to the current request."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "GET" or not hasattr(view, "_kept"):
        return None
    packed = bool(request.accept_encodings["gzip"])
    key = (request.path, request.query_string, packed, served_engine().versions)
    found = _answers().find(key)
    if found is None:
        g.kept_key = key
        return None
    return Response(found.body, headers=list(found.headers))


def _answers() -> KeptAnswers:
    return cast(KeptAnswers, current_app.extensions["kept_answers"])
