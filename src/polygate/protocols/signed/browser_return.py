"""The signed way back of the payer's browser (Signed API, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from polygate.core.cards import Secret
from polygate.core.return_urls import percent_encoded, with_query
from polygate.protocols.signed.signature import HeaderMalformed, authorization, is_signed, sign

_METHOD: Final = "GET"
_FIRST_OF_PROOF: Final = "appId="


def signed_return(
    return_url: str, parameters: Mapping[str, str], *, app_id: str, secret: Secret, now_ms: int, nonce: str
) -> str:
    """Where to send the browser: `return_url` with the parameters in their order and the proof after them.

    What is signed is the parameters as appended, under the address as the merchant sent it.
    """
    business = percent_encoded(parameters)
    proof = sign(
        app_id=app_id,
        secret=secret,
        method=_METHOD,
        url=return_url.encode(),
        now_ms=now_ms,
        nonce=nonce,
        body=business.encode(),
    )
    tail = {"appId": app_id, "timestamp": proof.timestamp, "nonce": nonce, "sign": proof.sign}
    return with_query(return_url, f"{business}&{percent_encoded(tail)}")


def verified_return(url: str, *, return_url: str, app_id: str, secret: Secret) -> Mapping[str, str] | None:
    """The parameters of a browser that came back to `url`, which may be its path and query alone; None if not ours.

    `return_url` is as it was sent when the payment was made. What comes back is a hint and no proof of payment.
    """
    ours = _query(url).removeprefix(_query(return_url)).removeprefix("&")
    business, mark, rest = ours.rpartition(f"&{_FIRST_OF_PROOF}")
    try:
        proof = authorization(dict(parse_qsl(_FIRST_OF_PROOF + rest)))
    except HeaderMalformed:
        return None
    is_ours = bool(mark) and is_signed(
        proof, secret=secret, method=_METHOD, url=return_url.encode(), body=business.encode("utf-8", "surrogatepass")
    )
    return dict(parse_qsl(business, keep_blank_values=True)) if is_ours and proof.app_id == app_id else None


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]
