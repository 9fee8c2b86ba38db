"""Addresses of merchants that get something added before a payer's browser is sent there."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def percent_encoded(parameters: Mapping[str, str]) -> str:
    """A query of UTF-8 texts, in their order. A blank becomes `%20`, which unlike `+` has one meaning everywhere."""
    return urlencode(parameters, quote_via=quote, safe="")


def with_query(url: str, query: str) -> str:
    """The address with a further query: after its own and before its fragment.

    What was there stays as it was written, to the character, because some protocols sign it.
    """
    address, mark, fragment = url.partition("#")
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{query}{mark}{fragment}"
