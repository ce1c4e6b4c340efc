"""Requests that are no HTTP or too large to be read, refused with a problem document before the application sees them.

waitress reads requests and refuses what RFC 9112 does not allow; here it learns to say so in the form and the
languages of the API, without giving back what was sent. A transfer coding that it does not know, for which that
standard proposes 501, is the client's mistake like the others.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from .api.problems import KINDS, MEDIA_TYPE, Problem

log = logging.getLogger("catalog.requests")

MALFORMED = Problem(
    "invalid-request",
    "请求行、请求头或正文长度不符合 HTTP 规范（RFC 9112），请检查所用的程序或代理",
    "The request line, a header or the framing of the body violates HTTP (RFC 9112)",
)

REFUSALS: Mapping[int, Problem] = {
    413: Problem("too-large", "请求正文超过 64 MB，请拆分后分次提交", "The body has more than 64 MB; split it"),
    431: Problem("headers-too-large", "请求头过长，请缩短地址或请求头", "Shorten the address or the headers"),
    500: Problem("internal", "错误已记入日志，请稍后再试", "The error was logged; try again later"),
}
"""What is said for a status of waitress; whatever else it finds wrong is malformed."""


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; an address that cannot be taken apart is an error like the others, and gets an answer."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read request line and headers. Raises ``ParsingError``."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("Invalid address") from error


class Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to what cannot be read."""

    def execute(self) -> None:
        """Send the problem and close the connection, since nobody knows where the next request begins."""
        problem = REFUSALS.get(self.request.error.code, MALFORMED)
        kind = KINDS[problem.kind]
        body = json.dumps(problem.record(), ensure_ascii=False).encode()
        self.status = f"{kind.status} {kind.title_en}"
        self.response_headers += [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)
        log.info("unreadable request", extra={"status": kind.status})


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that reads and refuses in these ways."""

    parser_class = Parser
    error_task_class = Refusal

    def writable(self) -> bool:
        """Whether the main loop has something to send.

        Not while a thread is sending: waitress would ask again and again, and keep the interpreter from that thread.
        """
        if self.will_close or self.close_when_flushed:
            return True
        if not self.requests:
            return bool(self.total_outbufs_len > 0)
        if self.total_outbufs_len < self.adj.send_bytes:
            return False
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            return True
        if self.outbuf_lock.acquire(blocking=False):
            self.outbuf_lock.release()
            return True
        return False
