"""The addresses under which a signature is tried (section 2.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.protocols.signed.candidates import MOST, Forwarded, candidate_urls

TARGET = b"/pg/v2/payment/create?a=%20b&c"


def urls(
    *bases: str,
    scheme: str = "http",
    host: str = "inside:8080",
    forwarded: Forwarded | None = None,
    target: bytes = TARGET,
) -> list[str]:
    found = candidate_urls(target, bases=bases, scheme=scheme, host=host, forwarded=forwarded)
    assert all(url.endswith(target) for url in found)
    return [url.removesuffix(target).decode() for url in found]


def test_configured_addresses_come_first_then_the_connections_then_the_proxys() -> None:
    """Each with its default port added."""
    found = urls("https://pay.example", forwarded=Forwarded("https", "shop.example"))
    assert found == [
        "https://pay.example",
        "https://pay.example:443",
        "http://inside:8080",
        "https://shop.example",
        "https://shop.example:443",
    ]


@pytest.mark.parametrize(
    ("scheme", "host", "found"),
    [
        ("http", "h.example", ["http://h.example", "http://h.example:80"]),
        ("http", "h.example:80", ["http://h.example:80", "http://h.example"]),
        ("http", "h.example:443", ["http://h.example:443"]),
        ("https", "h.example:443", ["https://h.example:443", "https://h.example"]),
        ("https", "h.example:8443", ["https://h.example:8443"]),
        ("https", "[::1]", ["https://[::1]", "https://[::1]:443"]),
        ("https", "[::1]:443", ["https://[::1]:443", "https://[::1]"]),
        ("http", "H.Example", ["http://H.Example", "http://H.Example:80"]),
        ("http", "", []),
    ],
)
def test_only_a_default_port_comes_and_goes(scheme: str, host: str, found: list[str]) -> None:
    assert urls(scheme=scheme, host=host) == found


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        (None, []),
        (Forwarded("https", ""), ["https://h.example", "https://h.example:443"]),
        (Forwarded("", "outer.example"), ["http://outer.example", "http://outer.example:80"]),
        (Forwarded(" https , http", "outer.example, inner"), ["https://outer.example", "https://outer.example:443"]),
        (Forwarded("", ""), []),
    ],
)
def test_a_trusted_proxy_may_say_half_of_it(forwarded: Forwarded | None, found: list[str]) -> None:
    """The other half is the connection's; of a chain of proxies the first one met the caller."""
    assert urls(host="h.example", forwarded=forwarded) == ["http://h.example", "http://h.example:80", *found]


def test_a_base_may_stand_below_a_path() -> None:
    """As behind a proxy that takes a prefix away."""
    assert urls("https://pay.example/gate/", host="") == ["https://pay.example/gate", "https://pay.example:443/gate"]


def test_the_target_stays_as_it_came() -> None:
    """Undecoded, whatever bytes it has; the path alone is no candidate."""
    target = b"/v2/x%2Fy?q=\xc3\xa4"
    assert candidate_urls(target, bases=(), scheme="http", host="h:1") == (b"http://h:1" + target,)


def test_a_host_of_any_bytes_is_kept() -> None:
    """Headers are read as Latin-1, and written back as the same bytes."""
    found = candidate_urls(b"/", bases=(), scheme="http", host="h\xe4:1")
    assert found == (b"http://h\xe4:1/",)


@given(
    st.lists(st.from_regex(r"https?://[a-z]{1,3}(:(80|443|8080))?(/[a-z])?", fullmatch=True), max_size=9),
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z]{1,3}(:[0-9]{2,4})?", fullmatch=True),
)
def test_there_are_twelve_at_most_and_none_twice(bases: list[str], scheme: str, host: str) -> None:
    found = candidate_urls(TARGET, bases=bases, scheme=scheme, host=host, forwarded=Forwarded("https", "o.example"))
    assert len(found) == len(set(found)) <= MOST
