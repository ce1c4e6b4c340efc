"""Logs: lines that are whole and in order, and nobody who waits for the stream."""

import io
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from catalog_service.logs import JsonFormatter, LineWriter


def _logger(writer: LineWriter) -> logging.Logger:
    writer.setFormatter(JsonFormatter())
    log = logging.Logger("test")
    log.addHandler(writer)
    return log


def test_every_line_is_written_whole_and_in_the_order_of_its_thread() -> None:
    stream = io.StringIO()
    writer = LineWriter(stream)
    log = _logger(writer)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda who: [log.info("n", extra={"who": who, "k": k}) for k in range(300)], range(8)))
    writer.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 8 * 300
    for who in range(8):
        assert [line["k"] for line in lines if line["who"] == who] == list(range(300))


class Stalled(io.StringIO):
    """A stream that takes nothing until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def write(self, text: str) -> int:
        self.released.wait(30)
        return super().write(text)


def test_a_stream_that_stalls_holds_nobody_up() -> None:
    stream = Stalled()
    writer = LineWriter(stream)
    log = _logger(writer)
    for k in range(1000):
        log.info("n", extra={"k": k})
    assert stream.getvalue() == ""
    stream.released.set()
    writer.close()
    assert len(stream.getvalue().splitlines()) == 1000


def test_a_stream_that_is_gone_is_no_error() -> None:
    stream = io.StringIO()
    stream.close()
    writer = LineWriter(stream)
    _logger(writer).info("nobody reads this")
    writer.close()
