"""JSON Lines: one object a line, read lazily, in UTF-8 with or without BOM."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal, DecimalException
from typing import IO

MAX_LINE = 1_000_000
"""Bytes a line may have; a longer one is passed over, not held in memory."""


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON (RFC 8259, section 6)."""
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def read_objects(stream: IO[bytes]) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Every line that is not blank: its number, with its object or the cause why it holds none.

    Numbers with a fraction or an exponent are ``Decimal``.
    """
    number = 0
    while data := stream.readline(MAX_LINE + 1):
        number += 1
        if len(data) > MAX_LINE:
            _pass_over(stream, data)
            yield number, f"这一行超过 {MAX_LINE} 字节"
            continue
        text = data.removeprefix(codecs.BOM_UTF8) if number == 1 else data
        if text.strip():
            yield number, _object(text)


def _pass_over(stream: IO[bytes], data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(MAX_LINE)


def _object(data: bytes) -> dict[str, object] | str:
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        return "不是 UTF-8 编码"
    except (ValueError, DecimalException, RecursionError):
        return "不是合法的 JSON"
    return value if isinstance(value, dict) else "不是 JSON 对象，应为 {…}"
