"""One HTTP request to a merchant's address: what arrives there, and what we make of the answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from polygate.webhooks.addresses import AddressPolicy
from polygate.webhooks.sender import Delivery, Sender

pytestmark = pytest.mark.anyio

STRICT = AddressPolicy(allow_private=False)
DEMO = AddressPolicy(allow_private=True)

Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """A merchant's server on loopback: it keeps each request it read and answers as its behavior says."""

    def __init__(self, behavior: Behavior) -> None:
        self.behavior = behavior
        self.port = 0
        self.opened = asyncio.Event()
        self.serving: list[asyncio.Task[None]] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/notify?a=1"

    @property
    def connections(self) -> int:
        return len(self.serving)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self.serve(reader, writer)))
        self.opened.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError, EOFError):
            await self.behavior(reader, writer)
            while await reader.read(65536):
                pass

    async def all_closed(self) -> None:
        """Wait until the other side has closed every connection it opened."""
        async with asyncio.timeout(3):
            await asyncio.gather(*self.serving)

    async def read_request(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        assert len(headers) == len(lines), f"a header was sent twice: {lines}"
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((first, headers, body))


@asynccontextmanager
async def receiving(behavior: Behavior, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(behavior)
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
        await receiver.all_closed()


@asynccontextmanager
async def answering(answer: bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that reads each request and gives the same answer to it, over as many connections as are opened."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await receiver.read_request(reader)
            writer.write(answer)
            await writer.drain()

    async with receiving(behavior, tls) as receiver:
        yield receiver


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def to_loopback(_host: str, _port: int) -> Sequence[str]:
    """A resolver that knows every name to be here."""
    return ["127.0.0.1"]


async def post(
    sender: Sender, url: str, *, body: bytes = b"{}", timeout_s: float = 5, policy: AddressPolicy = DEMO
) -> Delivery:
    return await sender.post(
        url, headers={"Content-Type": "application/json"}, body=body, timeout_s=timeout_s, policy=policy
    )


async def test_the_request_arrives_as_given() -> None:
    """One POST with our headers and exactly our bytes; Host carries the port, and nothing invites compression."""
    async with answering(answer(body=b'{"respCode":"0000"}')) as receiver, Sender() as sender:
        delivery = await sender.post(
            receiver.url,
            headers={"Content-Type": "application/json; charset=utf-8", "X-Sign": "ab12"},
            body="退款成功".encode(),
            timeout_s=5,
            policy=DEMO,
        )

    assert (delivery.status, delivery.error, delivery.body_excerpt) == (200, None, '{"respCode":"0000"}')
    assert delivery.body == b'{"respCode":"0000"}'
    expected_headers = {
        "host": f"127.0.0.1:{receiver.port}",
        "connection": "close",
        "content-length": "12",
        "accept-encoding": "identity",
        "content-type": "application/json; charset=utf-8",
        "x-sign": "ab12",
    }
    assert [("POST /notify?a=1 HTTP/1.1", expected_headers, "退款成功".encode())] == receiver.requests


@pytest.mark.parametrize("status", ["204 No Content", "400 Bad Request", "500 Internal Server Error", "503 Busy"])
async def test_every_status_is_an_answer_and_not_an_error(status: str) -> None:
    """What a status means is for the protocol to say; here it is only reported."""
    async with answering(answer(status)) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url)

    assert (int(status[:3]), None) == (delivery.status, delivery.error)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("location", ["http://169.254.169.254/latest/meta-data/", "a neighbor on loopback"])
async def test_redirects_are_not_followed(status: str, location: str) -> None:
    """Neither to the cloud's metadata nor to a neighbor on loopback, even where loopback may be called."""
    async with answering(answer()) as neighbor:
        target = location if location.startswith("http") else neighbor.url
        async with answering(answer(status, b"", f"Location: {target}")) as receiver, Sender() as sender:
            delivery = await post(sender, receiver.url)

    assert (delivery.status, delivery.error) == (int(status[:3]), None)
    assert (len(receiver.requests), neighbor.connections) == (1, 0)


async def test_cookies_are_neither_kept_nor_sent() -> None:
    """Two tries have nothing in common that the receiver planted."""
    async with answering(answer("200 OK", b"", "Set-Cookie: a=1; Path=/")) as receiver, Sender() as sender:
        await post(sender, receiver.url)
        await post(sender, receiver.url)

    assert ["cookie" in headers for _, headers, _ in receiver.requests] == [False, False]


async def test_proxies_and_credentials_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A proxy would connect to an address that we did not check; a netrc file would send its passwords."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with answering(answer()) as proxy, answering(answer()) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with Sender() as sender:
            await post(sender, receiver.url)

    assert (proxy.connections, receiver.connections) == (0, 1)
    assert "authorization" not in receiver.requests[0][1]


async def test_a_refused_address_is_not_connected_to() -> None:
    """With the operator's switch off, a receiver on loopback hears nothing."""
    async with answering(answer()) as receiver, Sender(lookup=to_loopback) as sender:
        by_address = await post(sender, receiver.url, policy=STRICT)
        by_name = await post(sender, f"http://shop.example.com:{receiver.port}/", policy=STRICT)

    assert [by_address.error, by_name.error] == ["refused address: loopback"] * 2
    assert (by_address.status, receiver.connections) == (None, 0)


async def test_each_try_is_checked_anew() -> None:
    """A try that went to loopback opens no door for one after the policy, or the name's address, has changed."""
    addresses = ["127.0.0.1"]

    async def changing(_host: str, _port: int) -> Sequence[str]:
        return addresses

    async with answering(answer()) as receiver, Sender(lookup=changing) as sender:
        url = f"http://shop.example.com:{receiver.port}/"
        allowed = await post(sender, url)
        forbidden = await post(sender, url, policy=STRICT)
        addresses[:] = ["127.0.0.2"]
        moved = await post(sender, url)
        addresses[:] = ["169.254.169.254"]
        rebound = await post(sender, url)

    assert (allowed.status, forbidden.error) == (200, "refused address: loopback")
    assert (moved.error, rebound.error) == ("connection refused", "refused address: metadata")
    assert len(receiver.requests) == 1


async def test_a_name_is_looked_up_once_and_connected_to_by_its_address() -> None:
    """The name is not one that any resolver knows, so the connection can only come from the checked address."""
    lookups: list[tuple[str, int]] = []

    async def counting(host: str, port: int) -> Sequence[str]:
        lookups.append((host, port))
        return ["127.0.0.1"]

    async with answering(answer()) as receiver, Sender(lookup=counting) as sender:
        delivery = await post(sender, f"http://Shop.Invalid:{receiver.port}/")

    assert (200, [("shop.invalid", receiver.port)]) == (delivery.status, lookups)
    assert f"shop.invalid:{receiver.port}" == receiver.requests[0][1]["host"]


async def test_an_unknown_name_is_an_error_of_the_try() -> None:
    """A name that does not resolve is recorded, not raised."""

    async def failing(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    async with Sender(lookup=failing) as sender:
        delivery = await post(sender, "http://shop.example.com/")

    assert (delivery.status, delivery.error) == (None, "unknown address: name not found")


async def test_a_closed_port_is_connection_refused() -> None:
    """Nobody listens: the try says so."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with Sender() as sender:
            delivery = await post(sender, f"http://127.0.0.1:{unused.getsockname()[1]}/")

    assert (delivery.status, delivery.error) == (None, "connection refused")


async def hang(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Read nothing, say nothing, wait for the caller to go away."""


async def drip_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await drip(writer)


async def drip_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await drip(writer)


async def drip_interim(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")


async def drip(writer: asyncio.StreamWriter, drop: bytes = b"a") -> None:
    while not writer.is_closing():
        writer.write(drop)
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("behavior", [hang, drip_head, drip_body, drip_interim])
@pytest.mark.parametrize("body", [b"{}", b"a" * 20_000_000], ids=["small", "large"])
async def test_the_deadline_covers_everything(behavior: Behavior, body: bytes) -> None:
    """A receiver that hangs, drips bytes or stops reading costs the time allowed, and its connection is closed."""
    async with receiving(behavior) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url, body=body, timeout_s=0.4)
        await receiver.all_closed()

    assert (delivery.status, delivery.error, delivery.body_excerpt) == (None, "timed out after 0.4 s", "")
    assert 400 <= delivery.duration_ms < 1500
    assert receiver.connections == 1


async def test_the_deadline_covers_the_lookup() -> None:
    """A resolver that never answers is part of the receiver's time."""

    async def hanging(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with Sender(lookup=hanging) as sender:
        delivery = await post(sender, "http://shop.example.com/", timeout_s=0.1)

    assert delivery.error in {"timed out after 0.1 s", "unknown address: name lookup timed out"}
    assert delivery.duration_ms < 1000


async def test_a_silent_tls_handshake_is_cut_off_and_closed() -> None:
    """A receiver that accepts and never shakes hands leaves no connection behind."""
    async with receiving(hang) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url.replace("http:", "https:"), timeout_s=0.2)
        await receiver.all_closed()

    assert delivery.error == "timed out after 0.2 s"


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def saying(text: bytes) -> Behavior:
    """Read the whole request, for the system resets a connection that is closed with bytes unread; then speak."""

    async def behavior(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(text)
        writer.close()

    return behavior


@pytest.mark.parametrize(
    ("behavior", "error"),
    [
        (reset, "connection reset"),
        (saying(b""), "connection closed"),
        (saying(b"220 mail.example.com ESMTP\r\n"), "connection closed"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "incomplete or malformed answer"),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz"), "incomplete or malformed answer"),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X-Large: a\r\n" * 50_000), "incomplete or malformed answer"),
        (saying(b"HTTP/1.1 \xff\x00\r\n\r\n"), "incomplete or malformed answer"),
    ],
    ids=["reset", "closed", "other-protocol", "cut-short", "bad-chunk", "endless-head", "garbage"],
)
async def test_a_broken_answer_is_an_error_in_a_few_words(behavior: Behavior, error: str) -> None:
    """Whatever the other side does, the try is recorded and nothing is raised; half an answer is no answer."""
    async with receiving(behavior) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url)

    assert (None, error, "") == (delivery.status, delivery.error, delivery.body_excerpt)


async def test_a_huge_answer_is_read_to_its_limit_only() -> None:
    """Sixty-four KiB are kept; the rest stays with the sender of it, and the connection is closed."""
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"a" * 1_000_000)
            await writer.drain()
            sent += 1_000_000

    async with receiving(flood) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url)

    assert (
        delivery.status,
        delivery.error,
        delivery.body_excerpt,
        len(delivery.body),
    ) == (200, None, "a" * 500, 65536)
    assert sent < 100_000_000


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        ("é退🎉".encode() * 300, "é退🎉" * 166 + "é退"),
        (b"ok\r\n\tdone", "ok\r\n\tdone"),
        (b"a\x00b\x1b[31mc\x7f", "a\ufffdb\ufffd[31mc\ufffd"),
        (b"\xff\xfe\xed\xa0\x80", "\ufffd" * 5),
        ("a\x9bb".encode(), "a\ufffdb"),
    ],
)
async def test_the_excerpt_is_clean_text(body: bytes, excerpt: str) -> None:
    """Five hundred characters that a database stores and a terminal shows without obeying."""
    async with answering(answer(body=body)) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url)

    assert excerpt == delivery.body_excerpt


async def test_tries_in_flight_stay_within_the_limit() -> None:
    """Waiting for a free connection does not use up the receiver's time."""
    now = most = 0

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await receiver.read_request(reader)
        await asyncio.sleep(0.2)
        now -= 1
        writer.write(answer("200 OK", b"", "Connection: close"))

    async with receiving(slowly) as receiver, Sender(max_connections=3) as sender:
        deliveries = await asyncio.gather(*(post(sender, receiver.url, timeout_s=0.5) for _ in range(12)))

    assert [delivery.status for delivery in deliveries] == [200] * 12
    assert most == 3


async def test_tries_that_time_out_give_their_connections_back() -> None:
    """After many hanging receivers, a healthy one is served at once."""
    async with receiving(hang) as hanging, answering(answer()) as healthy, Sender(max_connections=4) as sender:
        await asyncio.gather(*(post(sender, hanging.url, timeout_s=0.1) for _ in range(12)))
        await hanging.all_closed()
        delivery = await post(sender, healthy.url, timeout_s=1)

    assert (delivery.status, hanging.connections) == (200, 12)


async def test_a_canceled_try_ends_at_once_and_closes_its_connection() -> None:
    """Shutting down does not wait for receivers."""
    async with receiving(hang) as receiver, Sender() as sender:
        task = asyncio.create_task(post(sender, receiver.url, timeout_s=30))
        await receiver.opened.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await receiver.all_closed()


async def test_a_try_leaves_no_connection_behind() -> None:
    """Each try opens one connection, says that it will be the only request on it, and closes it."""
    async with answering(answer()) as receiver, Sender() as sender:
        for _ in range(3):
            await post(sender, receiver.url)
            await receiver.all_closed()

    assert receiver.connections == 3
    assert {headers["connection"] for _, headers, _ in receiver.requests} == {"close"}


async def test_a_fault_of_our_own_is_recorded_as_one() -> None:
    """A bug in one try must not take the other webhooks with it."""

    async def broken(_host: str, _port: int) -> Sequence[str]:
        raise RuntimeError("a bug")

    async with Sender(lookup=broken) as sender:
        delivery = await post(sender, "http://shop.example.com/")

    assert (delivery.status, delivery.error) == (None, "internal error: RuntimeError")


async def test_thousands_of_small_tries_are_a_matter_of_seconds() -> None:
    """Two thousand tries, sixty-four at a time, are all answered."""
    async with answering(answer(body=b'{"respCode":"0000"}')) as receiver, Sender() as sender:
        started = time.monotonic()
        deliveries = await asyncio.gather(*(post(sender, receiver.url, body=b"a" * 600) for _ in range(2000)))
        took_s = time.monotonic() - started

    assert {(delivery.status, delivery.error) for delivery in deliveries} == {(200, None)}
    assert len(receiver.requests) == 2000
    assert took_s < 20


class Authority:
    """A certificate authority for one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.certificate = self._sign(self.name, self.key, [], days=1, authority=True)

    def trusted(self) -> ssl.SSLContext:
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, *hosts: str, days: int = 1) -> ssl.SSLContext:
        """The server side for these names and addresses, with a certificate that ends in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        certificate = self._sign(subject, key, [_subject_name(host) for host in hosts], days=days, authority=False)
        file = self.folder / f"{hosts[0]}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        names: list[x509.GeneralName],
        *,
        days: int,
        authority: bool,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=30))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _subject_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


async def test_tls_verifies_the_name_and_names_it_to_the_server(tmp_path: Path) -> None:
    """We connect to an address, but the certificate and the handshake are about the name in the URL."""
    authority = Authority(tmp_path)
    asked: list[str | None] = []
    server = authority.server("shop.example.com")
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with (
        answering(answer(), tls=server) as receiver,
        Sender(tls=authority.trusted(), lookup=to_loopback) as sender,
    ):
        delivery = await post(sender, f"https://shop.example.com:{receiver.port}/")

    assert (delivery.status, delivery.error, asked) == (200, None, ["shop.example.com"])
    assert f"shop.example.com:{receiver.port}" == receiver.requests[0][1]["host"]


async def test_tls_verifies_a_written_address(tmp_path: Path) -> None:
    """A URL with an address needs a certificate for that address."""
    authority = Authority(tmp_path)
    async with (
        answering(answer(), tls=authority.server("127.0.0.1")) as right,
        answering(answer(), tls=authority.server("shop.example.com")) as wrong,
        Sender(tls=authority.trusted()) as sender,
    ):
        delivered = await post(sender, f"https://127.0.0.1:{right.port}/")
        refused = await post(sender, f"https://127.0.0.1:{wrong.port}/")

    assert (delivered.status, refused.error) == (200, "tls: certificate is for another name")
    assert wrong.requests == []


async def test_a_certificate_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    """Signed by itself or by an unknown authority: nothing is sent."""
    async with (
        answering(answer(), tls=Authority(tmp_path).server("shop.example.com")) as receiver,
        Sender(lookup=to_loopback) as sender,
    ):
        delivery = await post(sender, f"https://shop.example.com:{receiver.port}/")

    assert (delivery.status, delivery.error, receiver.requests) == (None, "tls: certificate not trusted", [])


async def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    """Yesterday's certificate is no certificate."""
    authority = Authority(tmp_path)
    async with (
        answering(answer(), tls=authority.server("shop.example.com", days=-1)) as receiver,
        Sender(tls=authority.trusted(), lookup=to_loopback) as sender,
    ):
        delivery = await post(sender, f"https://shop.example.com:{receiver.port}/")

    assert (delivery.error, receiver.requests) == ("tls: certificate expired", [])


async def test_each_name_on_a_shared_address_is_verified(tmp_path: Path) -> None:
    """Two names on one address: the second must show its own certificate, whatever the first one showed."""
    authority = Authority(tmp_path)
    async with (
        answering(answer(), tls=authority.server("shop.example.com")) as receiver,
        Sender(tls=authority.trusted(), lookup=to_loopback) as sender,
    ):
        first = await post(sender, f"https://shop.example.com:{receiver.port}/")
        second = await post(sender, f"https://other.example.com:{receiver.port}/")

    assert (first.status, second.error) == (200, "tls: certificate is for another name")
    assert len(receiver.requests) == 1


async def test_plain_text_behind_an_https_url_is_a_failed_handshake() -> None:
    """A receiver that does not speak TLS gets nothing in the clear."""
    async with receiving(saying_at_once(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as receiver, Sender() as sender:
        delivery = await post(sender, receiver.url.replace("http:", "https:"))

    assert (delivery.status, delivery.error, receiver.requests) == (None, "tls: handshake failed", [])


def saying_at_once(text: bytes) -> Behavior:
    async def behavior(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()

    return behavior
