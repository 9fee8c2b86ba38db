"""The objects of wallets in a payment, declared and read (sections 3.9 and 8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from polygate.core.cards import Secret
from polygate.core.methods import PRODUCTS, Method, Product
from polygate.protocols.gateway.methods import WALLET_METHODS
from polygate.protocols.reading.faults import Fault, Wrong
from polygate.protocols.reading.fields import (
    TEXT_PATTERN,
    AnyJson,
    Field,
    Found,
    Given,
    Reading,
    Shape,
    absent,
    optional,
    rule,
    text_of,
)
from polygate.protocols.reading.kinds import Choice, SecretText, Text

SCANNED_CODE_MIN_LENGTH: Final = 10
"""Characters of an `authCode` that is used."""
NO_CREDIT: Final = "no_credit"

_ON_THEIR_PAGE: Final = frozenset({Method.PAYPAL, Method.APPLE_PAY, Method.GOOGLE_PAY})


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet's object as understood. Optional texts that were not given are empty."""

    product: Product
    code: Secret | None
    """The payer's, there only where it is used."""
    payer_id: str
    app_id: str
    store: str
    credit_allowed: bool
    attach: str


class Metadata(AnyJson, frozen=True):
    """The merchant's own data: an object stays one, its values and everything else become text."""

    longest: ClassVar[int] = 2048
    schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "propertyNames": {"pattern": TEXT_PATTERN},
        "additionalProperties": {"type": "string", "pattern": TEXT_PATTERN},
    }
    rule: ClassVar[str] = f"texts by name, or any other JSON, which is kept as text; at most {longest} characters"

    def enter(self, value: object, path: str, reading: Reading) -> Any:
        try:
            kept: Any = _as_text(value)
            if len(kept) > self.longest:
                raise Wrong(Fault.MALFORMED, f"must have at most {self.longest} characters")
            if isinstance(value, dict):
                kept = {text_of(name): _as_text(each) for name, each in value.items()}
        except Wrong as wrong:
            reading.note(wrong.fault, path, wrong.said)
            return ""
        return kept


def _as_text(value: object) -> str:
    if not isinstance(value, dict | list):
        return text_of(value)
    try:
        return text_of(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        raise Wrong(Fault.MALFORMED, "is nested too deeply") from None


def _needs(product: Product, then: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a product requires, as JSON Schema."""
    return {"if": {"properties": {"productType": {"const": product.value}}, "required": ["productType"]}, "then": then}


_CODE: Final = {"required": ["authCode"]}


@rule(
    Fault.MISSING,
    schema={
        "allOf": [
            _needs(Product.PAY, {"anyOf": [_CODE, {"required": ["openId"]}]}),
            _needs(Product.MINI_PROGRAM, {"required": ["openId", "subAppId"]}),
        ]
    },
)
def payer_is_told_of(given: Given, found: Found, now_ms: int) -> None:
    """`pay` needs `authCode`, or `openId` instead; `mini-program` needs `openId` and `subAppId`."""
    product = found.get("productType")
    if product is Product.PAY and absent(given.get("authCode")) and absent(given.get("openId")):
        raise Wrong(Fault.MISSING, f"this or openId is required with {product}", "authCode")
    for name in ("openId", "subAppId"):
        if product is Product.MINI_PROGRAM and absent(given.get(name)):
            raise Wrong(Fault.MISSING, f"is required with {product}", name)


@rule(Fault.MISSING, schema=_needs(Product.PAY, _CODE))
def code_is_scanned(given: Given, found: Found, now_ms: int) -> None:
    """`pay` needs `authCode`."""
    if found.get("productType") is Product.PAY and absent(given.get("authCode")):
        raise Wrong(Fault.MISSING, f"is required with {Product.PAY}", "authCode")


@rule(Fault.MALFORMED)
def scanned_code_is_whole(given: Given, found: Found, now_ms: int) -> None:
    """An `authCode` that is used has 10 characters at least."""
    code = found.get("authCode")
    if code is not None and found.get("productType") is Product.PAY and len(code.reveal()) < SCANNED_CODE_MIN_LENGTH:
        raise Wrong(Fault.MALFORMED, f"length must be {SCANNED_CODE_MIN_LENGTH} to 64", "authCode")


def _product(method: Method) -> Field:
    usual = Product.H5 if method in _ON_THEIR_PAGE else Product.QR_CODE
    return optional("productType", Choice(PRODUCTS[method]), "Where the payer meets the wallet.", default=usual)


_AUTH_CODE: Final = optional(
    "authCode", SecretText(1, 64), "What the payer's wallet shows and the merchant scans, for `pay`; never kept."
)
_STORE: Final = optional("storeId", Text(1, 30), "Number of the shop.")
_INSIDE: Final = (
    _AUTH_CODE,
    optional("limitPayMethod", Text(1, 32), f"`{NO_CREDIT}`: not from a credit card."),
    optional("openId", Text(1, 64), "The payer's number inside the wallet."),
    _STORE,
    optional("subAppId", Text(1, 64), "The merchant's program inside the wallet."),
    payer_is_told_of,
    scanned_code_is_whole,
)
_FURTHER: Final = {
    Method.ALIPAY: _INSIDE,
    Method.ALIPAY_PLUS: _INSIDE,
    Method.WECHAT: (*_INSIDE, optional("attach", Text(1, 50), "The merchant's own data, told again in notifications.")),
    Method.UPAY: (_AUTH_CODE, _STORE, code_is_scanned, scanned_code_is_whole),
    Method.PAYPAL: (optional("metadata", Metadata(), "The merchant's own data."),),
}

WALLETS: Final[Mapping[Method, Shape]] = {
    method: Shape(_product(method), *_FURTHER.get(method, ())) for method in WALLET_METHODS
}
"""The object of each wallet, which bears the wallet's name."""


def read_wallet(method: Method, found: Found) -> Wallet:
    """`found` is what the object's shape read, empty where there was none."""
    given = WALLETS[method].defaults | found
    product: Product = given["productType"]
    return Wallet(
        product=product,
        code=given.get("authCode") if product is Product.PAY else None,
        payer_id=given.get("openId", ""),
        app_id=given.get("subAppId", ""),
        store=given.get("storeId", ""),
        credit_allowed=given.get("limitPayMethod") != NO_CREDIT,
        attach=given.get("attach", ""),
    )


def without_code(found: Found) -> Found:
    """The object as it may be kept."""
    return {name: value for name, value in found.items() if name != _AUTH_CODE.name}
