"""The connection: when the main loop is asked to send."""

import socket
from collections.abc import Iterator
from threading import Thread
from types import SimpleNamespace

import pytest

from catalog_service.jobs.streams import FLUSHED_BYTES
from catalog_service.unreadable import Channel


@pytest.fixture
def channel() -> Iterator[Channel]:
    """A connection with a request that a thread is answering."""
    here, there = socket.socketpair()
    server = SimpleNamespace(active_channels={})
    settings = SimpleNamespace(outbuf_overflow=1_000_000, outbuf_high_watermark=1_000_000, send_bytes=FLUSHED_BYTES)
    made = Channel(server, here, ("127.0.0.1", 0), settings, map={})
    made.requests = [object()]
    with here, there:
        yield made


def test_it_is_left_alone_while_its_thread_has_little_to_send(channel: Channel) -> None:
    channel.total_outbufs_len = FLUSHED_BYTES - 1
    assert not channel.writable()


def test_it_is_left_alone_while_its_thread_is_sending(channel: Channel) -> None:
    channel.total_outbufs_len = FLUSHED_BYTES
    seen: list[bool] = []
    with channel.outbuf_lock:
        asking = Thread(target=lambda: seen.append(channel.writable()))
        asking.start()
        asking.join()
    assert seen == [False]
    assert channel.writable(), "its thread has stopped sending and left the rest"


def test_the_rest_is_sent_once_the_request_is_answered(channel: Channel) -> None:
    channel.total_outbufs_len, channel.requests = 1, []
    assert channel.writable()


def test_it_is_asked_where_its_thread_waits_or_it_is_to_be_closed(channel: Channel) -> None:
    assert not channel.writable()
    channel.total_outbufs_len = channel.adj.outbuf_high_watermark + 1
    with channel.outbuf_lock:
        assert channel.writable(), "the thread waits for room"
    channel.total_outbufs_len, channel.will_close = 0, True
    assert channel.writable()
