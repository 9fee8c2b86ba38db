"""What notifications and browser returns of the Merchant API are signed with (sections 7.4 and 7.6).

The values are joined without separators, so that neighbors can trade characters and the digest stays the same. It is
what deployed verifiers compute; it may prove where a notification comes from, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl

from polygate.core.cards import Secret
from polygate.core.return_urls import percent_encoded, with_query

SIGN: Final = "sign"
RETURN_PARAMETERS: Final = (
    "code",
    "uniqueId",
    "transactionId",
    "transactionAmount",
    "transactionCurrency",
    "timestamp",
)
"""What a browser brings back, in this order and before the sign; all of it text (section 7.6)."""

_EXACT_BELOW: Final = 2**53


def signature(members: Mapping[str, object], secret_key: Secret) -> str:
    """Lower-case hex SHA-256 over the values in the order of their names' bytes, then the key (section 7.4).

    The sign itself, nulls, empty texts, objects and arrays do not count. Raises ValueError for a number with a
    fraction: every language prints those its own way, so nobody signs one.
    """
    text = "".join(value for _, value in signed_values(members)) + secret_key.reveal()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def signed_values(members: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The names and texts that count, in the order in which they are joined. Raises ValueError as `signature` does."""
    counted = sorted(_counted(members))
    return tuple((name.decode("utf-8", "surrogatepass"), value) for name, value in counted)


def is_signed(members: Mapping[str, object], secret_key: Secret) -> bool:
    """Whether `sign` is right, in either case of its digits. Digests are compared in constant time."""
    given = members.get(SIGN)
    try:
        expected = signature(members, secret_key)
    except ValueError:
        return False
    return isinstance(given, str) and hmac.compare_digest(
        expected.encode(), given.lower().encode("utf-8", "surrogatepass")
    )


def emission_faults(members: Mapping[str, object]) -> tuple[str, ...]:
    """Why a known verifier would not agree on these members, in a sentence each; none if all of them do (7.4)."""
    return tuple(f"{name} {fault}" for name, value in members.items() for fault in _faults(name, value))


def signed_return(callback_url: str, parameters: Mapping[str, str], secret_key: Secret) -> str:
    """Where to send the browser: `callback_url` with RETURN_PARAMETERS and their sign (section 7.6)."""
    ours = {name: parameters[name] for name in RETURN_PARAMETERS}
    return with_query(callback_url, percent_encoded({**ours, SIGN: signature(ours, secret_key)}))


def verified_return(url: str, secret_key: Secret) -> Mapping[str, str] | None:
    """RETURN_PARAMETERS of a browser that came back to `url`; None if they are not ours.

    What comes back is a hint and no proof of payment. Of a name that the merchant's own query has too, the last one
    is ours.
    """
    query = dict(parse_qsl(url.partition("#")[0].partition("?")[2], keep_blank_values=True))
    if not query.keys() >= {*RETURN_PARAMETERS, SIGN}:
        return None
    ours = {name: query[name] for name in RETURN_PARAMETERS}
    return ours if is_signed({**ours, SIGN: query[SIGN]}, secret_key) else None


def _counted(members: Mapping[str, object]) -> Iterator[tuple[bytes, str]]:
    for name, value in members.items():
        if name != SIGN and (text := _text(value)):
            yield name.encode("utf-8", "surrogatepass"), text


def _text(value: object) -> str:
    match value:
        case None | dict() | list() | tuple():
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _:
            raise ValueError("only texts, integers and booleans are signed")


def _faults(name: str, value: object) -> Iterator[str]:
    match value:
        case str():
            if value == "0":
                yield "is the text 0, which some verifiers take for empty"
        case bool():
            if name != "isTest":
                yield "is a boolean, and only isTest may be one"
        case int():
            if name.endswith("Amount"):
                yield "is money and no text"
            if value == 0:
                yield "is 0, which some verifiers take for empty"
            if abs(value) >= _EXACT_BELOW:
                yield "is too large a number to be exact everywhere"
        case _:
            yield "is no text, integer or boolean"
