"""Which URLs we are willing to call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.webhooks.addresses import (
    AddressPolicy,
    AddressRefused,
    AddressUnknown,
    Lookup,
    Target,
    resolve,
)

pytestmark = pytest.mark.anyio

STRICT = AddressPolicy(allow_private=False)
DEMO = AddressPolicy(allow_private=True)
PUBLIC = "93.184.215.14"


def names(*addresses: str) -> Lookup:
    """A resolver that gives these addresses for every name."""

    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return lookup


async def resolved(url: str, policy: AddressPolicy = STRICT, *, lookup: Lookup | None = None) -> Target:
    return await resolve(url, policy, timeout_s=2, lookup=lookup or names(PUBLIC))


async def refusal(url: str, policy: AddressPolicy = STRICT, *, lookup: Lookup | None = None) -> str:
    with pytest.raises(AddressRefused) as refused:
        await resolved(url, policy, lookup=lookup)
    return refused.value.reason


async def test_a_public_name_becomes_a_target_with_its_address() -> None:
    """The target tells what to connect to, what to verify, and what to ask for."""
    target = await resolved("https://Shop.Example.com./notify/a%20b?x=1&y=%2F#part")

    assert target == Target("https", "shop.example.com", 443, "/notify/a%20b?x=1&y=%2F", PUBLIC)


@pytest.mark.parametrize(
    ("url", "authority", "path_and_query"),
    [
        ("http://shop.example.com", "shop.example.com", "/"),
        ("http://shop.example.com?a=1", "shop.example.com", "/?a=1"),
        ("http://shop.example.com:80/", "shop.example.com", "/"),
        ("http://shop.example.com:443/", "shop.example.com:443", "/"),
        ("https://shop.example.com:8443//a", "shop.example.com:8443", "//a"),
        ("https://[2606:2800:220:1::0]/", "[2606:2800:220:1::]", "/"),
        ("https://[2606:2800:220:1::0]:81/", "[2606:2800:220:1::]:81", "/"),
        ("https://bücher.example/weiß", "xn--bcher-kva.example", "/wei%C3%9F"),
        ("https://my_shop.example/", "my_shop.example", "/"),
        ('https://shop.example.com/<"|>', "shop.example.com", "/%3C%22%7C%3E"),
    ],
)
async def test_host_header_and_request_target_are_written_as_http_wants_them(
    url: str, authority: str, path_and_query: str
) -> None:
    """Default ports are left out, IPv6 stands in brackets, everything is ASCII."""
    target = await resolved(url)

    assert (authority, path_and_query) == (target.authority, target.path_and_query)


ALWAYS_REFUSED = [
    ("169.254.169.254", "metadata"),
    ("100.100.100.200", "metadata"),
    ("168.63.129.16", "metadata"),
    ("fd00:ec2::254", "metadata"),
    ("::ffff:169.254.169.254", "metadata"),
    ("64:ff9b::a9fe:a9fe", "metadata"),
    ("2002:a9fe:a9fe::1", "metadata"),
    ("169.254.0.1", "link-local"),
    ("169.254.255.255", "link-local"),
    ("fe80::1", "link-local"),
    ("febf:ffff::1", "link-local"),
    ("0.0.0.0", "unspecified"),  # noqa: S104
    ("0.255.255.255", "unspecified"),
    ("::", "unspecified"),
    ("::ffff:0.0.0.0", "unspecified"),
    ("255.255.255.255", "broadcast"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("ff02::1", "multicast"),
    ("192.0.2.1", "reserved"),
    ("198.19.255.255", "reserved"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.254", "reserved"),
    ("2001:db8::1", "reserved"),
    ("2001::7f00:1", "reserved"),
    ("::7f00:1", "reserved"),
    ("64:ff9b:1::7f00:1", "reserved"),
    ("fec0::1", "reserved"),
    ("4000::1", "reserved"),
]

REFUSED_UNLESS_ALLOWED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.255", "loopback"),
    ("::1", "loopback"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:0:127.0.0.1", "loopback"),
    ("64:ff9b::7f00:1", "loopback"),
    ("2002:7f00:1::", "loopback"),
    ("10.0.0.0", "private"),
    ("10.255.255.255", "private"),
    ("172.16.0.0", "private"),
    ("172.31.255.255", "private"),
    ("192.168.0.0", "private"),
    ("192.168.255.255", "private"),
    ("100.64.0.0", "private"),
    ("100.127.255.255", "private"),
    ("fc00::1", "private"),
    ("fdff:ffff::1", "private"),
    ("::ffff:10.1.2.3", "private"),
    ("64:ff9b::c0a8:101", "private"),
    ("2002:c0a8:101::1", "private"),
]

ALWAYS_ALLOWED = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "223.255.255.255",
    "2606:2800:220:1::1",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]


def literal(address: str) -> str:
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


@pytest.mark.parametrize(("address", "reason"), ALWAYS_REFUSED)
@pytest.mark.parametrize("policy", [STRICT, DEMO])
async def test_some_addresses_are_refused_under_every_policy(address: str, reason: str, policy: AddressPolicy) -> None:
    """The cloud's metadata, link-local and unusable addresses are never called, written out or behind a name."""
    assert reason == await refusal(literal(address), policy)
    assert reason == await refusal("http://shop.example.com/", policy, lookup=names(address))


@pytest.mark.parametrize(("address", "reason"), REFUSED_UNLESS_ALLOWED)
async def test_private_addresses_are_the_operators_switch(address: str, reason: str) -> None:
    """Loopback and private networks are refused with the switch off and called with it on."""
    assert reason == await refusal(literal(address))
    assert reason == await refusal("http://shop.example.com/", lookup=names(address))

    by_literal = await resolved(literal(address), DEMO)
    by_name = await resolved("http://shop.example.com/", DEMO, lookup=names(address))
    expected = str(IPv6Address(address)) if ":" in address else address
    assert [expected, expected] == [by_literal.address, by_name.address]


@pytest.mark.parametrize("address", ALWAYS_ALLOWED)
async def test_public_addresses_next_to_the_refused_ranges_are_called(address: str) -> None:
    """No range is drawn too wide."""
    assert (await resolved("http://shop.example.com/", lookup=names(address))).address


@given(address=st.ip_addresses())
def test_what_the_standard_library_calls_not_global_is_refused(address: IPv4Address | IPv6Address) -> None:
    """An independent table of the special ranges agrees: we never call more than it allows."""
    if not address.is_global or address.is_multicast:
        with pytest.raises(AddressRefused):
            asyncio.run(resolved("http://shop.example.com/", lookup=names(str(address))))


@pytest.mark.parametrize(
    "addresses",
    [(PUBLIC, "10.0.0.1"), ("10.0.0.1", PUBLIC), (PUBLIC, "::1"), ("2606:2800:220:1::1", PUBLIC, "fc00::1")],
)
async def test_one_forbidden_address_among_many_refuses_the_name(addresses: tuple[str, ...]) -> None:
    """A name that mixes public and private addresses is not given the choice between them."""
    assert await refusal("http://shop.example.com/", lookup=names(*addresses)) in {"private", "loopback"}


async def test_ipv4_is_preferred_when_a_name_has_both_families() -> None:
    """With one connection to make, the family that nearly every receiver listens on is taken."""
    target = await resolved("http://shop.example.com/", lookup=names("2606:2800:220:1::1", PUBLIC))

    assert target.address == PUBLIC


async def test_localhost_is_judged_by_the_real_resolver() -> None:
    """The operating system's resolver answers for localhost, and its answer is loopback."""
    with pytest.raises(AddressRefused, match="loopback"):
        await resolve("http://localhost:8080/", STRICT, timeout_s=5)

    target = await resolve("http://localhost:8080/", DEMO, timeout_s=5)

    assert (target.host, target.port, target.address) == ("localhost", 8080, "127.0.0.1")


NEVER_CALLABLE = [
    ("ftp://shop.example.com/", "not http or https"),
    ("file:///etc/passwd", "not http or https"),
    ("//shop.example.com/", "not http or https"),
    ("shop.example.com/notify", "not http or https"),
    ("", "not http or https"),
    ("http://user@shop.example.com/", "user name in URL"),
    ("http://user:word@shop.example.com/", "user name in URL"),
    ("http://shop.example.com:80@evil.example/", "user name in URL"),
    ("http://@shop.example.com/", "user name in URL"),
    ("http:///notify", "malformed host"),
    ("http://", "malformed host"),
    ("http://:80/", "malformed host"),
    ("http://./", "malformed host"),
    ("http://shop..example.com/", "malformed host"),
    ("http://shop.example.com../", "malformed host"),
    ("http://-shop.example.com/", "malformed host"),
    ("http://" + "a" * 64 + ".example/", "malformed host"),
    ("http://" + "a." * 127 + "aa/", "malformed host"),
    ("http://shop%2eexample.com/", "malformed host"),
    ("http://shop.example.com:/", "malformed host"),
    ("http://shop.example.com:0/", "port out of range"),
    ("http://shop.example.com:65536/", "port out of range"),
    ("http://shop.example.com:-1/", "malformed host"),
    ("http://shop.example.com:8o/", "malformed host"),
    ("http://shop.example.com:٨٠/", "malformed host"),
    ("http://[::1/", "malformed URL"),
    ("http://[::1].example.com/", "malformed host"),
    ("http://[shop.example.com]/", "malformed URL"),
    ("http://::1/", "malformed host"),
    ("http://[fe80::1%eth0]/", "malformed host"),
    ("http://[fe80::1%25eth0]/", "malformed host"),
    ("http://shop.example.com\\@evil.example/", "malformed URL"),
    ("http://shop.example.com/a b", "malformed URL"),
    ("http://shop.example.com/a\r\nX-Evil: 1", "malformed URL"),
    ("http://shop.example.com/\x00", "malformed URL"),
    ("http://sh\top.example.com/", "malformed URL"),
    (" http://shop.example.com/", "malformed URL"),
    ("http://shop.example.com/\ud800", "malformed URL"),
    ("http://shop.example.com℀/", "malformed URL"),
    ("http://shop.example.com/" + "a" * 2048, "malformed URL"),
    ("http://127.1/", "malformed host"),
    ("http://0x7f.1/", "malformed host"),
    ("http://2130706433/", "malformed host"),
    ("http://0x7f000001/", "malformed host"),
    ("http://0177.0.0.1/", "malformed host"),
    ("http://127.0.0.0x1/", "malformed host"),
    ("http://127.0.0.1.2/", "malformed host"),
    ("http://shop.example.7/", "malformed host"),
    ("http://256.0.0.1/", "malformed host"),
    ("http://169.254.169.254/latest", "metadata"),
    ("http://169.254.169.254./latest", "metadata"),
    ("http://[::ffff:169.254.169.254]/", "metadata"),
    ("http://metadata/", "metadata"),
    ("http://Metadata.Google.Internal./computeMetadata", "metadata"),
    ("http://169。254。169。254/", "metadata"),
    ("http://①⑥⑨.254.169.254/", "metadata"),
]


@pytest.mark.parametrize(("url", "reason"), NEVER_CALLABLE, ids=[ascii(url)[:60] for url, _ in NEVER_CALLABLE])
async def test_a_url_read_two_ways_or_never_callable_is_refused(url: str, reason: str) -> None:
    """Old spellings of numbers, user names, stray characters and the like are refused before any lookup."""
    assert reason == await refusal(url, DEMO, lookup=never)


async def never(_host: str, _port: int) -> Sequence[str]:
    raise AssertionError("the name was looked up")


async def test_a_written_address_needs_no_lookup() -> None:
    """A URL with a plain address is judged as it stands."""
    target = await resolved("http://127.0.0.1:8080/", DEMO, lookup=never)

    assert target.address == "127.0.0.1"


@pytest.mark.parametrize("failure", [socket.gaierror(socket.EAI_NONAME, "no such name"), OSError("no resolver")])
async def test_a_failed_lookup_is_unknown_and_not_refused(failure: OSError) -> None:
    """A name that cannot be looked up now may be found at the next try."""

    async def failing(_host: str, _port: int) -> Sequence[str]:
        raise failure

    with pytest.raises(AddressUnknown, match="name not found"):
        await resolved("http://shop.example.com/", lookup=failing)


async def test_a_name_without_addresses_is_unknown() -> None:
    """An empty answer leaves nothing to connect to."""
    with pytest.raises(AddressUnknown, match="name not found"):
        await resolved("http://shop.example.com/", lookup=names())


async def test_a_lookup_that_hangs_ends_at_the_deadline() -> None:
    """A resolver that never answers costs no more than the time allowed."""

    async def hanging(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with asyncio.timeout(1):
        with pytest.raises(AddressUnknown, match="timed out"):
            await resolve("http://shop.example.com/", STRICT, timeout_s=0.05, lookup=hanging)
