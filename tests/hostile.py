"""Hostile requests, made from a seed, sent over a socket as raw bytes, and what an answer to one must be."""

from __future__ import annotations

import io
import json
import random
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote

PATIENCE_SECONDS = 30.0
"""How long an answer may take on a busy machine."""

TEXTS = (
    *"\0\x07\x1b\x7f\u200b\u202e\ufeff\ufffe\u0301\U000e0041\U0001f468\u200d\u2028",
    *(
        "\r\nSet-Cookie: a=b",
        "\r\n\r\nHTTP/1.1 200 OK",
        "%00",
        "%s%n%x",
        "{0.__class__}",
        "{{7*7}}",
        "${jndi:ldap://x}",
    ),
    *("' OR 1=1 --", '"; DROP TABLE items; --', "1 UNION SELECT * FROM users", "*", '"养老" NEAR/2 *', "x' AND '1'='1"),
    *("(a+)+$", "[", "(?P<", "\\", "(((((((", "[[[[", "a{1000000}", "^.*$", "(?i:", "\\u0000"),
    *("养老 AND NOT (", "name:养*", "id:[a TO", "NOT", "OR OR", "养老~99", "养老^1e9", "*:*", "dept:民政 OR level:>3"),
    *("<script>alert(1)</script>", "<!ENTITY a SYSTEM 'file:///etc/passwd'>", "../../../etc/passwd", "..\\..\\win.ini"),
    *("1e999999", "-0", "9" * 400, "NaN", "Infinity", "0x7fffffff", "A040301" * 30, "Ａ０４０３", "㈠①㎡", "é" * 90),
    *(
        "养" * 5_000,
        "a" * 20_000,
        "(" * 10_000,
        "养老 " * 4_000,
        "\u0301" * 5_000,
        "yanglao" * 25,
        "\U0002a6d6\u3400龘",
    ),
)
BROKEN = (
    "%",
    "%zz",
    "%ff%fe",
    "%c0%80",
    "%ed%a0%80",
    "%f8%88%80%80%80",
    "%u5218",
    "%00",
    "%0d%0aX: y",
    "%e5%85",
    "+",
    ";",
)
"""Percent-escapes that are no UTF-8, or no escapes."""

VALUES: tuple[str, ...] = (
    *("null", "true", "[]", "{}", '""', "0", "-1", "1.5", "1e400", "-1e-999999999", "1e999999999", "9" * 5_000, "NaN"),
    *("-Infinity", '"\\ud800"', '"\\udc00养老\\ud83d"', '"\\u0000\\u0001"', "[" * 10_000 + "]" * 10_000, '"NaN"', "01"),
    *('{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000, '"' + "养" * 20_001 + '"', '{"a":1,"a":2}', '"\t"', "'x'"),
    *(
        '["养老", ["养老"]]',
        '{"id": "养老", "name": {"id": 1}}',
        "[" + "1," * 50_000 + "1]",
        '"' + "(" * 400 + '"',
        "+1",
        "1.",
    ),
)
"""JSON values, and what only looks like one."""

SCALARS = ("NaN", "-1", "0", "1e3", "9" * 20, "", " 1", "true", "[]", "null", "1;2", "０", "0x10", "1.0", "\0", "on")

HEADERS = (
    *(
        "Authorization: Bearer \xff\xfe",
        f"Authorization: Bearer {'a' * 10_000}",
        "Authorization: Basic =",
        "Cookie: \xff=;;=",
    ),
    *(
        "Cookie: catalog_session=.eJw.x.y",
        'If-None-Match: W/"x',
        'If-Match: *,*,"',
        "Accept-Encoding: gzip;q=NaN,*;q=-1",
    ),
    *("Accept: */*;q=x", "X-Request-Id: a\x0bb", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=_;", "Via: 1.1 x"),
    *(
        "Content-Encoding: br",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: xchunked",
    ),
    *("Content-Length: -1", "Content-Length: 1, 2", "Content-Length: 0x5", "Content-Length: " + "9" * 40, "Expect: 1"),
    *(
        "Range: bytes=0-,5-",
        "Origin: null",
        "Host: [::1",
        "Host: a b",
        "Host: 127.0.0.1:99999999",
        "Range: lines=x",
        ": x",
    ),
    *(" folded: x", "Bad Name: x", "X-Long: " + "x" * 300_000, "Content-Type: application/json; charset=utf-7", "X"),
    *(
        "Content-Type: text/plain",
        "Content-Type: multipart/form-data",
        "Content-Type: application/json\x00",
        "TE: trailers",
    ),
)
METHODS = ("TRACE", "CONNECT", "get", "PROPFIND", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "POST", "GET\t", "")

PAGES = (
    "/",
    "/api/v1/search",
    "/api/v1/suggest",
    "/reconcile/suggest/entity",
    "/reconcile/suggest/type",
    "/reconcile/preview",
)
PROJECT = {"name": "居家养老上门服务", "unit": "某县民政局", "description": "助餐", "amount_yuan": "1.50", "id": "1"}
QUERY = {
    "query": "养老",
    "type": "民政",
    "type_strict": "should",
    "limit": 3,
    "properties": [{"pid": "unit", "v": "民政局"}],
}
DECISION = {
    "project": "孝义市民政局/2026/004",
    "kind": "deferred",
    "reason": "理由",
    "nature": "works",
    "item": "民政:A040207",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A request as bytes, and whether it must be refused; ``machine``: errors must be problem documents."""

    sent: bytes
    refused: bool = False
    machine: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What came back."""

    status: int
    kind: str
    body: bytes


class Attacker:
    """Makes cases from a seed; ``token`` is a reviewer's."""

    def __init__(self, seed: int, token: str) -> None:
        self._chance, self._token = random.Random(seed), token

    def cases(self, count: int) -> Iterator[Case]:
        """So many cases, of every kind in turn."""
        makers: tuple[Callable[[], Case], ...] = (
            *(self._query, self._query, self._parameter, self._path, self._tag, self._batch, self._reconcile),
            *(self._decision, self._no_json, self._head, self._method, self._upload),
        )
        for number in range(count):
            yield makers[number % len(makers)]()

    def _text(self) -> str:
        return "".join(self._chance.choices(TEXTS, k=self._chance.choice((1, 1, 2, 3))))

    def _escaped(self) -> str:
        kind = self._chance.random()
        if kind < 0.25:
            return "".join(self._chance.choices(BROKEN, k=3))
        return quote(self._text().encode("utf-8", "surrogatepass"), safe="" if kind < 0.9 else ";/?:@&=+$,'")

    def _query(self) -> Case:
        page = self._chance.choice(PAGES)
        name = {"/": "q", "/reconcile/preview": "id"}.get(page, "prefix" if "suggest/" in page else "q")
        asked = self._escaped()
        return Case(self._sent("GET", f"{page}?{name}={asked}"), machine=page != "/" and "preview" not in page)

    def _parameter(self) -> Case:
        name = self._chance.choice(
            ("limit", "level", "cursor", "department", "sort", "anywhere", "q", "__proto__", "q[]")
        )
        value = quote(self._chance.choice((*SCALARS, self._text())))
        twice = f"&{name}={value}" if self._chance.random() < 0.2 else ""
        page = self._chance.choice(
            ("/api/v1/search?q=x", "/api/v1/suggest?q=x", "/api/v1/items?level=4", "/api/v1/items/tree?x")
        )
        return Case(self._sent("GET", f"{page}&{name}={value}{twice}"))

    def _path(self) -> Case:
        page = self._chance.choice(
            ("items/{}", "items/{}/children", "catalogs/{}", "projects/{}", "decisions/{}", "jobs/{}")
        )
        return Case(self._sent("GET", "/api/v1/" + page.format(self._escaped()), token=self._token))

    def _mutated(self, whole: Mapping[str, Any]) -> str:
        """The JSON text of an object in which a member is another one, missing, doubled or unknown."""
        parts = {name: json.dumps(value, ensure_ascii=False) for name, value in whole.items()}
        wrong = self._chance.choice((*VALUES, json.dumps(self._text())))
        name = self._chance.choice((*parts, "unknown"))
        written = [f'"{key}": {wrong if key == name else value}' for key, value in parts.items()]
        return "{" + ", ".join(written + ([f'"{name}": {wrong}'] if self._chance.random() < 0.4 else [])) + "}"

    def _tag(self) -> Case:
        return Case(self._sent("POST", "/api/v1/tag", self._mutated(PROJECT)))

    def _batch(self) -> Case:
        rows = ", ".join(self._mutated(PROJECT) for _ in range(3))
        wrong = self._chance.choice(VALUES)
        body = self._chance.choice(
            (f'{{"projects": [{rows}]}}', f'{{"projects": {wrong}}}', f'{{"projects": [{rows}, {wrong}]}}')
        )
        return Case(self._sent("POST", "/api/v1/tag/batch", body))

    def _reconcile(self) -> Case:
        form = self._chance.choice(('{"q0": %s}', "%s", '{"q0": {"query": "x"}, "q1": %s}')) % self._mutated(QUERY)
        field = self._chance.choice(("queries", "queries", "extend"))
        kind = "application/x-www-form-urlencoded"
        return Case(self._sent("POST", "/reconcile", f"{field}={quote(form)}", kind))

    def _decision(self) -> Case:
        tag = self._chance.choice(('"0"', "*", "", 'W/"0"', "\xff"))
        body = self._mutated(
            DECISION | {"kind": self._chance.choice(("accepted", "changed", "rejected", "undone", "x"))}
        )
        return Case(self._sent("POST", "/api/v1/decisions", body, token=self._token, heads=[f"If-Match: {tag}"]))

    def _no_json(self) -> Case:
        """Bodies that are no JSON at all, or of another kind: each must be refused."""
        address = self._chance.choice(("/api/v1/tag", "/api/v1/tag/batch", "/api/v1/decisions", "/reconcile"))
        noise = self._chance.randbytes(self._chance.choice((1, 100, 100_000)))
        body = self._chance.choice(
            (noise, b"\xff\xfe{\x00}\x00", b'{"name": "\xe5\x85"}', b"", b"{", b'"', b"[" * 100_000, b"{}{}")
        )
        kind = self._chance.choice(
            ("application/json", "text/xml", "application/xml", "", "application/json; charset=gbk")
        )
        return Case(self._sent("POST", address, body, kind, token=self._token, heads=["If-Match: *"]), refused=True)

    def _head(self) -> Case:
        page = self._chance.choice((*PAGES, "/healthz", "/api/v1/jobs", "/api/v1/projects", "/api/v1/catalogs"))
        heads = self._chance.sample(HEADERS, self._chance.choice((1, 1, 2)))
        return Case(self._sent("GET", f"{page}?q=%E5%85%BB%E8%80%81", heads=heads), machine=page.startswith("/api"))

    def _method(self) -> Case:
        page = self._chance.choice(
            ("/api/v1/search?q=x", "/api/v1/tag", "/api/v1/nothing", "http://[::1/", "*", "//", "/" + "a" * 90_000)
        )
        version = self._chance.choice(("HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "HTTP/1.1 x", "http/1.1", "", "\x00"))
        return Case(self._sent(self._chance.choice(METHODS), page, version=version), machine=page.startswith("/api"))

    def _upload(self) -> Case:
        """Forms that hold no file to take, or a name that is a path: refused, or kept as a word."""
        name = self._chance.choice(
            ("../../etc/passwd", "a.xlsm", "a\0.pdf", "C:\\x.docx", "a.png", "", "." * 200, "\xff.exe", "x.zip")
        )
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = self._chance.choice(
            (head + "x\r\n--b--\r\n", head, head * 50, "--b--", "--b\r\n\r\n", head + "x\r\n" + head + "y\r\n--b--\r\n")
        )
        kind = self._chance.choice(
            ("multipart/form-data; boundary=b", "multipart/form-data", "multipart/mixed; boundary=b", "text/csv")
        )
        return Case(self._sent("POST", "/api/v1/jobs", body.encode("latin-1"), kind, token=self._token), refused=True)

    def _sent(
        self,
        method: str,
        address: str,
        body: str | bytes | None = None,
        kind: str = "application/json",
        token: str = "",
        heads: list[str] | None = None,
        version: str = "HTTP/1.1",
    ) -> bytes:
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        lines = [f"{method} {address} {version}", "Connection: close", *(heads or [])]
        if not any(line.startswith("Host") for line in lines):
            lines.append("Host: 127.0.0.1")
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if raw is not None:
            lines += [f"Content-Length: {len(raw)}"] + ([f"Content-Type: {kind}"] if kind else [])
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + (raw or b"")


def ask(port: int, sent: bytes) -> Told:
    """The answer to raw bytes; status 0 where none comes, which no case deserves."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        with suppress(BrokenPipeError, ConnectionResetError, TimeoutError):  # answered before everything was sent
            connection.sendall(sent)
        try:
            answer = HTTPResponse(connection, method="HEAD" if sent[:5] == b"HEAD " else None)
            answer.begin()
            return Told(answer.status, answer.headers.get_content_type(), answer.read())
        except (HTTPException, ConnectionResetError, TimeoutError):
            return Told(0, "", b"")


def complaint(case: Case, told: Told) -> str:
    """What is wrong with the answer to a case; '' where nothing is."""
    shown = re.sub(rb"catalog_\w+", b"TOKEN", case.sent[:300])
    if not 200 <= told.status < 500 or (case.refused and told.status < 400):
        return f"{told.status} {told.body[:200]!r} for {shown!r}"
    if told.status >= 400 and case.machine and case.sent[:5] != b"HEAD ":
        return _unclear(told) and f"{_unclear(told)}: {told.status} {told.body[:200]!r} for {shown!r}"
    return ""


def _unclear(told: Told) -> str:
    if told.kind != "application/problem+json":
        return f"no problem document but {told.kind}"
    problem = json.load(io.BytesIO(told.body))
    said = all(problem.get(name) for name in ("type", "title", "title_en", "detail", "detail_en"))
    return "" if said and problem["status"] == told.status else "an unclear problem"
