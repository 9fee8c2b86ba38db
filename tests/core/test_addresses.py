"""Callers' addresses, compared and counted as people mean them."""

from __future__ import annotations

import pytest

from polygate.core import addresses

SPELLED = {
    "203.0.113.7": "203.0.113.7",
    " 203.0.113.7/32 ": "203.0.113.7",
    "203.0.113.0/24": "203.0.113.0/24",
    "2001:DB8:0::/32": "2001:db8::/32",
    "2001:db8::1/128": "2001:db8::1",
    "0.0.0.0/0": "0.0.0.0/0",
    "::ffff:203.0.113.7": "203.0.113.7",
    "::ffff:203.0.113.0/120": "203.0.113.0/24",
    "::/0": "::/0",
}


@pytest.mark.parametrize("text", SPELLED)
def test_a_network_has_one_spelling(text: str) -> None:
    """Which is read again as itself."""
    assert addresses.network(text) == SPELLED[text]
    assert addresses.network(SPELLED[text]) == SPELLED[text]


@pytest.mark.parametrize(
    "text", ["", "x", "203.0.113", "203.0.113.7/24", "2001:db8::1/32", "203.0.113.0/33", "::1%lo/128"]
)
def test_a_slip_is_no_network(text: str) -> None:
    """Bits behind the prefix are one too: who writes them means another network."""
    with pytest.raises(ValueError, match=r"."):
        addresses.network(text)


WITHIN = [
    ("203.0.113.7", True),
    ("203.0.113.255", True),
    ("203.0.114.0", False),
    ("::ffff:203.0.113.7", True),
    ("2001:db8::1", True),
    ("2001:db8:1::1", False),
    ("", False),
    ("unknown", False),
    ("203.0.113.7:80", False),
]


@pytest.mark.parametrize(("address", "expected"), WITHIN)
def test_an_address_is_looked_for_in_networks(address: str, expected: bool) -> None:
    """An IPv4 caller may come over a socket for both; what is no address is nowhere."""
    assert addresses.is_within(address, ("203.0.113.0/24", "2001:db8::/48")) is expected


def test_nobody_is_within_no_networks() -> None:
    assert not addresses.is_within("203.0.113.7", ())


def test_who_owns_a_range_of_addresses_is_counted_once() -> None:
    """A subscriber has all of an IPv6 /64, and one IPv4 address however it is written."""
    assert addresses.subscriber("2001:db8::1") == addresses.subscriber("2001:db8::ffff:0:0:2")
    assert addresses.subscriber("2001:db8::1") != addresses.subscriber("2001:db8:0:1::1")
    assert addresses.subscriber("203.0.113.7") == addresses.subscriber("::ffff:203.0.113.7")
    assert addresses.subscriber("203.0.113.7") != addresses.subscriber("203.0.113.8")
    assert addresses.subscriber("") == ""


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("203.0.113.7", ["203.0.113.7", "203.0.113.0/24", "203.0.112.0/20", "203.0.0.0/16"]),
        ("::ffff:203.0.113.7", ["203.0.113.7", "203.0.113.0/24", "203.0.112.0/20", "203.0.0.0/16"]),
        ("2001:db8::7", ["2001:db8::7", "2001:db8::/32", "2001:d00::/24", "2001::/20", "2001::/16"]),
        ("unknown", []),
    ],
)
def test_the_networks_around_an_address_are_spelled_as_in_lists(address: str, networks: list[str]) -> None:
    """Sizes that its kind of address has not are left out."""
    assert list(addresses.networks_around(address, (128, 32, 24, 20, 16))) == networks


@pytest.mark.parametrize("network", ["203.0.113.7", "203.0.112.0/20", "2001:db8::/48", "2001:db8::1", "0.0.0.0/1"])
def test_a_network_is_around_its_own_first_address(network: str) -> None:
    """What a list says is found again by its size."""
    first = network.partition("/")[0]

    assert network in addresses.networks_around(first, [addresses.prefix_length(network)])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1", True),
        ("::ffff:1.1.1.1", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("203.0.113.9", False),
        ("169.254.1.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("2001:db8::1", False),
        ("unknown", False),
    ],
)
def test_a_payer_on_the_internet_has_a_public_address(address: str, expected: bool) -> None:
    """Private, reserved, of documentation or of a group: nobody out there has it."""
    assert addresses.is_public(address) is expected
