"""Rubbish around bodies, over the socket of a real server: methods, paths, headers, lengths, slow and rude clients."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from tests.gateway_api.wire import Reply, Wire, read, read_all
from tests.support.bodies import payment_body

pytestmark = pytest.mark.xdist_group("gateway_server")

QUERY = b'{"orderNo":"rubbish-1"}'
LINE = "POST /gateway/v1/query HTTP/1.1"
JSON = "Content-Type: application/json"
MIB = 1024 * 1024


def answered(wire: Wire, line: str = LINE, *headers: str, body: bytes = QUERY) -> Reply:
    reply = wire.send(wire.head(line, JSON, *headers, length=len(body)), body)
    assert reply is not None, f"no answer to {line}"
    return reply


KNOWN_METHODS = (
    *("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "LOCK", "SEARCH", "PURGE", "LINK"),
    *("REPORT", "SUBSCRIBE", "NOTIFY", "M-SEARCH", "SOURCE"),
)


def test_other_methods_are_9405(wire: Wire) -> None:
    """With and without a body, on a known path; on an unknown one they are 9404."""
    for method in KNOWN_METHODS:
        reply = answered(wire, f"{method} /gateway/v1/query HTTP/1.1")
        assert (reply.code, reply.headers["allow"]) == ("9405", "POST"), method
        assert answered(wire, f"{method} /gateway/v1/payment HTTP/1.1", body=b"").code == "9405"
        assert answered(wire, f"{method} /gateway/v1/nothing HTTP/1.1").code == "9404"


def test_head_is_405_without_a_body(wire: Wire) -> None:
    reply = wire.send(wire.head("HEAD /gateway/v1/query HTTP/1.1", "Connection: close"), method="HEAD")
    assert reply is not None
    assert (reply.status, reply.headers["allow"], reply.body) == (405, "POST", b"")


@pytest.mark.parametrize("method", ["FOO", "post", "PO ST", "P\tOST", "POST\0", "GE", "\x16\x03\x01", "A" * 70_000])
def test_what_is_no_method_at_all_is_a_bad_request(wire: Wire, method: str) -> None:
    """The HTTP parser ends it: 400, and the connection is closed."""
    reply = wire.send(wire.head(f"{method} /gateway/v1/query HTTP/1.1", JSON, length=len(QUERY)), QUERY)
    assert reply is None or (reply.status, reply.headers["connection"]) == (400, "close")


@pytest.mark.parametrize(
    "path",
    [
        *("/gateway/v1/query/", "/gateway/v1//query", "/gateway/v1/./query", "/gateway/v1/../v1/query", "/gateway/v1"),
        *("/gateway/v1/%2e/query", "/gateway/v1/%2e%2e/v1/query", "/gateway/v1/query%2f", "/gateway/v1/query%20"),
        *("/gateway/v1/query%00", "/gateway/v1/query%3F", "/gateway/v1/query;x=1", "/gateway/v1/query/x"),
        *("/gateway/v1/%E4%BB%98", "/gateway/v1/%FF", "/gateway/v1/%", "/gateway/v1/%zz", "/gateway/v1/qu%09ery"),
        *("/gateway/v1/QUERY", "/gateway/v1/query.json", "/gateway/v1/\\query", "/gateway/v1/" + "a" * 8_000),
    ],
)
def test_tricks_with_the_path_are_9404(wire: Wire, path: str) -> None:
    """One spelling for each endpoint."""
    assert answered(wire, f"POST {path} HTTP/1.1").code == "9404"


@pytest.mark.parametrize(
    "path", ["//gateway/v1/query", "/Gateway/v1/query", "/gateway/v2/query", "/x/../gateway/v1/query"]
)
def test_outside_of_the_api_there_is_nothing(wire: Wire, path: str) -> None:
    assert answered(wire, f"POST {path} HTTP/1.1").status == 404


@pytest.mark.parametrize("path", ["/gateway/v1/\xe4\xbb\x98", "gateway/v1/query", "/gateway/v1/que ry", ""])
def test_a_path_that_http_does_not_allow_is_a_bad_request(wire: Wire, path: str) -> None:
    assert answered(wire, f"POST {path} HTTP/1.1").status in {400, 404}


@pytest.mark.parametrize(
    "target",
    [
        "/gateway/v1/query",
        "http://gateway/gateway/v1/query",
        "http://other.example/gateway/v1/query",
        "/gateway/v1/query#x",
        "/gateway/v1/query?",
        "/gateway/v1/query?orderNo=other&x=%ff",
        "/gateway/v1/%71uery",
    ],
)
def test_other_ways_to_write_the_same_address(wire: Wire, target: str) -> None:
    """The absolute form of RFC 9112, 3.2.2, a query part, an escaped letter: still the endpoint."""
    assert answered(wire, f"POST {target} HTTP/1.1").code == "3001"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (["Authorization: at_other"], "3001"),
        (["Content-Type: text/plain"], "3001"),
        (["Host: other.example"], "3001"),
        (["Host: [::1"], "3001"),
        (["X-Forwarded-For: 1.2.3.4", "X-HTTP-Method-Override: GET", "X-Original-URL: /gateway/v1/payment"], "3001"),
        (["X-Long: " + "x" * 30_000], "3001"),
        ([f"X-{n}: {n}" for n in range(500)], "3001"),
        (["Cookie: \xff\xfe\x80"], "3001"),
        (["Content-Encoding: gzip"], "3001"),
        (["Accept: text/html", "Accept-Encoding: zstd", "Accept-Charset: utf-16"], "3001"),
    ],
)
def test_headers_that_say_something_else_change_nothing(wire: Wire, headers: list[str], code: str) -> None:
    """Of two equal headers the first counts; what is not ours is not read."""
    assert answered(wire, LINE, *headers).code == code


@pytest.mark.parametrize("header", ["X:\0", "X Y: 1", ": 1", "X", "Content-Length: 1", "\x7f: 1"])
def test_headers_that_http_does_not_allow_are_a_bad_request(wire: Wire, header: str) -> None:
    reply = wire.send(wire.head(LINE, header, JSON, length=len(QUERY)), QUERY)
    assert reply is None or reply.status == 400


@pytest.mark.parametrize("header", ["Authorization:", "Authorization: \t", "X-Authorization: at_x"])
def test_a_token_in_the_wrong_place_is_no_token(wire: Wire, header: str) -> None:
    head = f"{LINE}\r\nHost: x\r\n{header}\r\n{JSON}\r\nContent-Length: {len(QUERY)}\r\n\r\n"
    reply = wire.send(head.encode(), QUERY)
    assert reply is not None
    assert reply.code == "1002"


@pytest.mark.parametrize("size", [MIB + 1, 8 * MIB])
def test_a_body_that_is_too_large_is_9413(wire: Wire, size: int) -> None:
    """Announced or in chunks; on every endpoint, also the one without a token."""
    body = b'{"orderNo":"' + b"x" * (size - 14) + b'"}'
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in _parts(body, 65_000)) + b"0\r\n\r\n"
    for path in ("query", "payment", "connect/token"):
        line = f"POST /gateway/v1/{path} HTTP/1.1"
        assert answered(wire, line, body=body).code == "9413"
        reply = wire.send(wire.head(line, JSON, "Transfer-Encoding: chunked"), chunked)
        assert reply is not None
        assert reply.code == "9413"


def test_a_large_body_from_a_stranger_is_not_read(wire: Wire) -> None:
    """Without a token it is 1002, before any of it has arrived."""
    head = f"{LINE}\r\nHost: x\r\n{JSON}\r\nContent-Length: {8 * MIB}\r\n\r\n"
    reply = wire.send(head.encode())
    assert reply is not None
    assert reply.code == "1002"


def test_an_announcement_alone_is_enough_for_9413(wire: Wire) -> None:
    """Nobody has to send 8 exabytes first."""
    for length in (MIB + 1, 2**40, 2**63 - 1):
        reply = wire.send(wire.head(LINE, JSON, length=length))
        assert reply is not None
        assert reply.code == "9413"


@pytest.mark.parametrize(
    "length", ["-1", "1e3", "0x10", "abc", "", "1, 1", "18446744073709551616", "9" * 100, "+5", "1_0"]
)
def test_a_length_that_is_no_number_is_a_bad_request(wire: Wire, length: str) -> None:
    reply = wire.send(wire.head(LINE, JSON, f"Content-Length: {length}"), QUERY)
    assert reply is None or reply.status == 400 or (length == "" and reply.code == "2001")


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 23", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip, chunked, identity"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
    ],
)
def test_two_lengths_are_a_bad_request(wire: Wire, headers: list[str]) -> None:
    """Where two readers of one stream could differ, a second request could be smuggled in."""
    reply = wire.send(wire.head(LINE, JSON, *headers), QUERY)
    assert reply is None or reply.status == 400


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n{}\r\n", b"-1\r\n{}\r\n", b"ffffffffffffffffff\r\n", b"2\r\n{}x\r\n0\r\n\r\n"]
)
def test_broken_chunks_are_a_bad_request(wire: Wire, chunks: bytes) -> None:
    reply = wire.send(wire.head(LINE, JSON, "Transfer-Encoding: chunked"), chunks)
    assert reply is None or reply.status == 400


def test_a_body_longer_than_announced_is_cut(wire: Wire) -> None:
    """A line end after it is tolerated, as old clients send one; anything else is a bad request that ends the line."""
    head = wire.head(LINE, JSON, length=len(QUERY))
    for more, statuses in ((b"\r\n", {200}), (b" and more that nobody announced", {200, 400})):
        reply = wire.send(head + QUERY + more)
        assert reply is not None
        assert reply.status in statuses


def test_a_cut_body_is_not_carried_out(wire: Wire) -> None:
    """A payment of which the end never came, by a polite close and by a reset: no order, whatever was announced."""
    body = json.dumps(payment_body("rubbish-cut")).encode()
    for reset in (False, True):
        for sent in (0, 1, len(body) // 2, len(body) - 1):
            with wire.connect() as raw:
                raw.sendall(wire.head("POST /gateway/v1/payment HTTP/1.1", JSON, length=len(body)) + body[:sent])
                if reset:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(0.2)
    assert wire.post("query", b'{"orderNo":"rubbish-cut"}').code == "3001"


def test_a_body_shorter_than_its_json_is_2001(wire: Wire) -> None:
    """A `Content-Length` that cuts the JSON in the middle."""
    reply = wire.send(wire.head(LINE, JSON, length=10), QUERY[:10])
    assert reply is not None
    assert reply.code == "2001"


def test_a_slow_client_is_waited_for_and_delays_nobody(wire: Wire) -> None:
    """Byte by byte for half a second; a hundred half-open ones beside it; others are answered at once."""
    half_open = [wire.connect() for _ in range(100)]
    for raw in half_open:
        raw.sendall(wire.head(LINE, JSON, length=len(QUERY)) + QUERY[:5])
    with wire.connect() as slow:
        for byte in wire.head(LINE, JSON, length=len(QUERY)) + QUERY:
            slow.send(bytes([byte]))
            time.sleep(0.001)
        started = time.monotonic()
        assert wire.post("query", QUERY).code == "3001"
        assert time.monotonic() - started < 2
        reply = read(slow)
        assert reply is not None
        assert reply.code == "3001"
    for raw in half_open:
        raw.close()


def test_many_requests_on_one_connection_are_answered_in_order(wire: Wire) -> None:
    """Pipelined, good and bad ones mixed."""
    bodies = [QUERY, b"{", b'{"tradeNo":"1"}', QUERY]
    with wire.connect() as raw:
        raw.sendall(b"".join(wire.head(LINE, JSON, length=len(body)) + body for body in bodies))
        answers = read_all(raw, len(bodies))
    assert [answer["respCode"] for answer in answers] == ["3001", "2001", "2003", "3001"]


def test_a_client_that_leaves_after_asking_leaves_a_whole_order(real_server: Wire) -> None:
    """The request is carried out to its end: never an order without its charge, never a charge without its order."""
    for number in range(10):
        body = json.dumps(payment_body(f"rubbish-left-{number}")).encode()
        with real_server.connect() as raw:
            raw.sendall(real_server.head("POST /gateway/v1/payment HTTP/1.1", JSON, length=len(body)) + body)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    time.sleep(1)
    for number in range(10):
        reply = real_server.post_json("query", {"orderNo": f"rubbish-left-{number}"})
        assert reply.code == "3001" or reply.json["order"]["orderStatus"] == "successed"


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
def test_an_offered_upgrade_is_declined_and_the_request_answered(wire: Wire, upgrade: str) -> None:
    """Java's HTTP client offers `h2c` on every plain connection; RFC 9110, 7.8 lets a server ignore that."""
    offered = [f"Upgrade: {upgrade}", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIAAAAB"]
    assert answered(wire, LINE, *offered).code == "3001"


def _parts(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))
