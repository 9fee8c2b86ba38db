"""Which URLs we are willing to call (gateway-api section 10.2).

A merchant names the URL and we call it from inside the operator's network. So its host is looked up once, every address
it stands for is judged, and the caller connects to the judged address and to no other: a second lookup could answer
differently.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import quote, urlsplit

import idna
import msgspec

# Longer than any URL a protocol lets in; keeps the checks below cheap whatever is handed to them.
_URL_MAX_LENGTH: Final = 2048
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_UNWRITABLE = re.compile(r"[\x00-\x20\x7f\\]")
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[^\[\]%]*)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")
# Underscores are not in the standard for host names, but private networks are full of them.
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What RFC 3986 lets stand in a path or a query, and the percent sign of what is already escaped.
_PLAIN_IN_TARGET: Final = "/?%:@-._~!$&'()*+,;="

_METADATA_NAMES: Final = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.azure.internal",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.platformequinix.com",
        "metadata.tencentyun.com",
        "rancher-metadata",
    }
)

# The first row that holds an address names its kind. Sources: the IANA special-purpose address registries (RFC 6890)
# and the metadata addresses published by AWS, Google, Azure, Oracle, Alibaba and Scaleway.
_KINDS: Final[dict[str, tuple[IPv4Network | IPv6Network, ...]]] = {
    kind: tuple(ip_network(network) for network in networks.split())
    for kind, networks in {
        "metadata": "169.254.169.254 100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::/32 fd20:ce::254 fd00:42::42",
        "link-local": "169.254.0.0/16 fe80::/10",
        "unspecified": "0.0.0.0/8 ::",
        "broadcast": "255.255.255.255",
        "multicast": "224.0.0.0/4 ff00::/8",
        "loopback": "127.0.0.0/8 ::1",
        "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7",
        # The last three are everything outside 2000::/3, the only part of IPv6 given out for global use.
        "reserved": "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "
        "2001::/23 2001:db8::/32 3fff::/20 ::/3 4000::/2 8000::/1",
    }.items()
}
_SWITCHABLE: Final = frozenset({"loopback", "private"})

# Prefixes whose last 32 bits are an IPv4 address: NAT64 (RFC 6052) and stateless translation (RFC 2765).
_IPV4_INSIDE: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0:0/96"))


class AddressRefused(Exception):  # A verdict, not a fault of ours.
    """We are not willing to call this URL; `reason` says why in a word or two, without repeating the URL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressUnknown(Exception):
    """The host's name could not be looked up; another try may succeed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressPolicy(msgspec.Struct, frozen=True):
    """The operator's switch: may loopback and private networks be called? (section 10.2)"""

    allow_private: bool


class Place(msgspec.Struct, frozen=True):
    """A URL taken apart, its host not yet looked up."""

    scheme: str
    host: str
    """In lower case and ASCII, without brackets or a final dot: the name to verify a certificate for."""
    port: int
    path_and_query: str

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Target(Place, frozen=True):
    """A place with the one checked address to connect to."""

    address: str


Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name and a port to all its addresses, in the resolver's order; raises OSError when there is no answer."""


_RESOLVERS: Final = ThreadPoolExecutor(64, thread_name_prefix="webhook-lookup")
"""Threads of our own: a merchant whose name server hangs must not use up the few that the whole process shares."""


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """Ask the operating system's resolver."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    return [str(sockaddr[0]) for *_, sockaddr in found]


async def resolve(url: str, policy: AddressPolicy, *, timeout_s: float, lookup: Lookup = system_lookup) -> Target:
    """Find the one address to connect to for this URL.

    Raises AddressRefused when any of the host's addresses may not be called, and AddressUnknown when the lookup fails
    or takes longer than `timeout_s` seconds.
    """
    place = _take_apart(url)
    literal = _literal(place.host)
    addresses = [literal] if literal else await _look_up(place, timeout_s=timeout_s, lookup=lookup)
    for address in addresses:
        _judge(address, policy)
    # There is one connection to make, and IPv4 is the family that nearly every receiver listens on.
    chosen = min(addresses, key=lambda address: address.version)
    return Target(**msgspec.structs.asdict(place), address=str(chosen))


@lru_cache(1_024)
def _take_apart(url: str) -> Place:
    """Read the URL strictly: where two readers of a URL may differ, an attacker chooses the reading."""
    if len(url) > _URL_MAX_LENGTH or _UNWRITABLE.search(url):
        raise AddressRefused("malformed URL")
    try:
        parts = urlsplit(url)
        path_and_query = quote((parts.path or "/") + (parts.query and f"?{parts.query}"), safe=_PLAIN_IN_TARGET)
    except ValueError:  # Unbalanced brackets, lone surrogates.
        raise AddressRefused("malformed URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise AddressRefused("not http or https")
    if "@" in parts.netloc:
        raise AddressRefused("user name in URL")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        raise AddressRefused("malformed host")
    port = int(authority["port"] or _DEFAULT_PORTS[parts.scheme])
    if not 1 <= port <= 65535:
        raise AddressRefused("port out of range")
    host = _named(authority["name"]) if authority["ipv6"] is None else _bracketed(authority["ipv6"])
    if literal := _literal(host):
        _judge(literal, AddressPolicy(allow_private=True))
    return Place(parts.scheme, host, port, path_and_query)


def _bracketed(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise AddressRefused("malformed host") from None


def _named(name: str) -> str:
    try:
        host = (name.lower() if name.isascii() else idna.encode(name, uts46=True).decode("ascii")).removesuffix(".")
    except UnicodeError:
        raise AddressRefused("malformed host") from None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("malformed host")
    # Resolvers read 127.1, 0x7f.1 and 2130706433 as 127.0.0.1. Nobody writes that in good faith.
    if _NUMBER.fullmatch(labels[-1]) and not _literal(host):
        raise AddressRefused("malformed host")
    if host in _METADATA_NAMES:
        raise AddressRefused("metadata")
    return host


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


async def _look_up(place: Place, *, timeout_s: float, lookup: Lookup) -> list[IPv4Address | IPv6Address]:
    try:
        async with asyncio.timeout(timeout_s):
            found = await lookup(place.host, place.port)
    except TimeoutError:
        raise AddressUnknown("name lookup timed out") from None
    except OSError:
        raise AddressUnknown("name not found") from None
    if not found:
        raise AddressUnknown("name not found")
    return [ip_address(address) for address in found]


def _judge(address: IPv4Address | IPv6Address, policy: AddressPolicy) -> None:
    kind = _kind(_innermost(address))
    if kind and not (policy.allow_private and kind in _SWITCHABLE):
        raise AddressRefused(kind)


@lru_cache(1_024)
def _kind(address: IPv4Address | IPv6Address) -> str | None:
    return next((kind for kind, networks in _KINDS.items() if any(address in network for network in networks)), None)


def _innermost(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address in IPv6 clothes reaches the IPv4 address, so that is the one to judge."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _IPV4_INSIDE):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
