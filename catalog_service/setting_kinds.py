"""The kinds of value a setting can have: what the operator may write, read strictly and named in Chinese."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

N = TypeVar("N", int, float)

SWITCH = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """``describe`` says in Chinese what may be written; ``read`` takes text (environment) or a TOML value.

    ``read`` raises ``ValueError`` for anything else; the caller words the message with ``describe``.
    """

    describe: str
    read: Callable[[object], object]


def whole(low: int, high: int) -> Kind:
    """A whole number within bounds."""

    def read(raw: object) -> int:
        written = raw.strip() if isinstance(raw, str) else "" if isinstance(raw, bool) else str(raw)
        if not re.fullmatch(r"-?[0-9]{1,18}", written):
            raise ValueError(raw)
        return _within(int(written), low, high)

    return Kind(f"{low} 到 {high} 的整数", read)


def number(low: float, high: float) -> Kind:
    """A number within bounds."""

    def read(raw: object) -> float:
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
            raise ValueError(raw)
        value = float(raw)
        if math.isnan(value):
            raise ValueError(raw)
        return _within(value, low, high)

    return Kind(f"{low:g} 到 {high:g} 的数", read)


def switch() -> Kind:
    """Yes or no."""

    def read(raw: object) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.strip().lower() in SWITCH:
            return SWITCH[raw.strip().lower()]
        raise ValueError(raw)

    return Kind("true 或 false", read)


def choice(**meanings: str) -> Kind:
    """One of several words, each with its meaning in Chinese."""

    def read(raw: object) -> str:
        if isinstance(raw, str) and raw.strip() in meanings:
            return raw.strip()
        raise ValueError(raw)

    return Kind("；".join(f"{word}：{meaning}" for word, meaning in meanings.items()), read)


def text(describe: str) -> Kind:
    """One line of text that is not empty."""
    return Kind(describe, _line)


def folder() -> Kind:
    """The path of a folder; it need not exist yet."""
    return Kind("文件夹路径", lambda raw: Path(_line(raw)))


def names(describe: str) -> Kind:
    """Several names: separated by commas in the environment, a list in the file."""
    return Kind(f"{describe}，多个用逗号分隔（文件中写成数组）", _list)


def origins() -> Kind:
    """Web origins (``https://budget.example``), exactly as browsers send them, or ``*`` for all."""

    def read(raw: object) -> tuple[str, ...]:
        found = _list(raw)
        for origin in found:
            parts = urlsplit(origin)
            exact = origin == f"{parts.scheme}://{parts.netloc}" and parts.netloc and parts.scheme in ("http", "https")
            if not exact and origin != "*":
                raise ValueError(raw)
        return found

    return Kind("网站来源（https://budget.example）或 *，多个用逗号分隔（文件中写成数组）", read)


def _within(value: N, low: float, high: float) -> N:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def _line(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip() or not raw.strip().isprintable():
        raise ValueError(raw)
    return raw.strip()


def _list(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if isinstance(raw, list):
        return tuple(_line(part) for part in raw)
    raise ValueError(raw)
