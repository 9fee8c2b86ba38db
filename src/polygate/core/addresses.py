"""Internet addresses of callers: read, looked for in an operator's lists, and counted together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_SUBSCRIBER_BITS: Final = 64
"""The part of an IPv6 address that tells one subscriber from the next; the rest is theirs to choose."""
_MAPPED_BITS: Final = 96
"""Of an IPv6 address that stands for an IPv4 address, what comes before that (RFC 4291, 2.5.5.2)."""


def network(text: str) -> str:
    """An address or a network (`203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`) in its usual spelling.

    Raises ValueError for anything else, and for a network with bits set behind its prefix: that is a slip.
    """
    if "%" in text:
        raise ValueError("an address of one network interface is no address for a list")
    read = _unwrapped(ip_network(text.strip()))
    single = read.prefixlen == read.max_prefixlen
    return str(read.network_address if single else read)


def is_within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks. Text that is no address is in none."""
    read = _read(address)
    return read is not None and any(read in each for each in _networks(networks))


def prefix_length(network: str) -> int:
    """How many bits the addresses of a network share; all of them for a single address."""
    return ip_network(network).prefixlen


def networks_around(address: str, prefix_lengths: Iterable[int]) -> Iterator[str]:
    """The networks of some sizes that an address is in, spelled as `network` does. None for text that is no address."""
    read = _read(address)
    if read is None:
        return
    for length in prefix_lengths:
        behind = read.max_prefixlen - length
        if behind >= 0:
            yield network(f"{type(read)(int(read) >> behind << behind)}/{length}")


def subscriber(address: str) -> str:
    """Whom to count a caller with: an IPv4 address alone, an IPv6 address with its /64, other text as it is."""
    read = _read(address)
    if isinstance(read, IPv6Address):
        return str(ip_network((int(read) >> _SUBSCRIBER_BITS << _SUBSCRIBER_BITS, _SUBSCRIBER_BITS)))
    return address if read is None else str(read)


def is_public(address: str) -> bool:
    """Whether somebody on the internet can have an address: not private, reserved, of documentation or of a group."""
    read = _read(address)
    return read is not None and read.is_global and not read.is_multicast


def _unwrapped(read: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """IPv4 in IPv6 clothes is IPv4: so callers are read too."""
    inside = read.network_address.ipv4_mapped if isinstance(read, IPv6Network) else None
    longer = read.prefixlen - _MAPPED_BITS
    return IPv4Network((inside, longer)) if inside is not None and longer >= 0 else read


def _read(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 caller of a socket that speaks both is IPv4, however the socket writes it."""
    try:
        read = ip_address(address)
    except ValueError:
        return None
    return (read.ipv4_mapped or read) if isinstance(read, IPv6Address) else read


@lru_cache(maxsize=1_024)
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)
