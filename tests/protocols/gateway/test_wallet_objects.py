"""The objects of wallets: what is understood, what is kept, and what is forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from polygate.core.cards import Secret
from polygate.core.methods import PRODUCTS, Method, Product
from polygate.protocols.gateway import schemas
from polygate.protocols.gateway.errors import Rejected
from polygate.protocols.gateway.methods import WALLET_METHODS
from polygate.protocols.gateway.wallet_objects import WALLETS, Metadata, Wallet
from tests.core.tables import Row, table

CODE = "120061098828009406"


def read(method: str, own: object = None, **changes: Any) -> schemas.PaymentRequest:
    body = {
        "amount": "88.00",
        "currency": "SGD",
        "orderNo": "wallet-1",
        "paymentMethodType": method,
        "deviceInfo": {"clientIp": "203.0.113.9", "language": "en-US", "browser": {"userAgent": "Test/1"}},
    }
    return schemas.read_payment(json.dumps(body | {method: own} | changes).encode(), 0)


def a_wallet(**changes: Any) -> Wallet:
    nothing = Wallet(
        product=Product.QR_CODE, code=None, payer_id="", app_id="", store="", credit_allowed=True, attach=""
    )
    return Wallet(**{name: getattr(nothing, name) for name in nothing.__struct_fields__} | changes)


FULL = {
    "productType": "pay",
    "authCode": CODE,
    "limitPayMethod": "no_credit",
    "openId": "o1",
    "storeId": "P1",
    "subAppId": "wx1",
    "attach": "table 7",
}


def test_every_field_of_a_wallet_is_read() -> None:
    """WeChat has them all."""
    assert read("wechat", FULL).wallet == Wallet(
        product=Product.PAY,
        code=Secret(CODE),
        payer_id="o1",
        app_id="wx1",
        store="P1",
        credit_allowed=False,
        attach="table 7",
    )


FIELDS = """
    # method       fields
      wechat       authCode,limitPayMethod,openId,storeId,subAppId,attach
      alipay       authCode,limitPayMethod,openId,storeId,subAppId
      alipayPlus   authCode,limitPayMethod,openId,storeId,subAppId
      upay         authCode,storeId
      payNow       -
      grabPay      -
      shopeePay    -
      paypal       metadata
      applePay     -
      googlePay    -
"""


@pytest.mark.parametrize("row", table(FIELDS), ids=str)
def test_each_wallet_has_its_own_fields(row: Row) -> None:
    """Those of the others are unknown fields: not read, not kept (gateway contract, 3.9)."""
    shape = WALLETS[Method(row.method)]
    own = [name for name in row.fields.split(",") if name != "-"]
    assert {field.name for field in shape.fields} == {"productType", *own}
    usual = PRODUCTS[Method(row.method)][0].value
    request = read(row.method, FULL | {"productType": usual, "metadata": {}})
    assert set(request.as_sent[row.method]) == {"productType", *own} - {"authCode"}


@pytest.mark.parametrize("method", WALLET_METHODS)
def test_a_wallet_without_its_object_has_the_usual_product(method: Method) -> None:
    """A code to scan; a page where there is no code."""
    on_their_page = method in {Method.PAYPAL, Method.APPLE_PAY, Method.GOOGLE_PAY}
    usual = Product.H5 if on_their_page else Product.QR_CODE
    for own in (None, "", {}, {"productType": ""}):
        assert read(method, own).wallet == a_wallet(product=usual)
    assert usual in PRODUCTS[method]


def test_a_card_has_no_wallet_and_a_wallet_no_card() -> None:
    """Whatever else the request brings along."""
    card = {"cardNo": "4444333322221111", "firstName": "Amy", "lastName": "Lee", "captureMethod": "manual"}
    by_wallet = read("wechat", {}, card=card)
    by_card = read("card", card, wechat=FULL)

    assert (by_wallet.card, by_wallet.capture_mode, by_wallet.wallet) == (None, "auto", a_wallet())
    assert (by_card.wallet, "wechat" in by_card.as_sent) == (None, False)
    assert "card" not in by_wallet.as_sent


def test_a_scanned_code_is_a_secret_and_not_kept() -> None:
    """Neither in what is stored nor in any representation; without `pay` it is not even used."""
    for product in ("pay", "qr-code"):
        request = read("wechat", FULL | {"productType": product})
        assert request.wallet is not None
        assert (request.wallet.code == Secret(CODE)) is (product == "pay")
        assert CODE not in repr(request)
        assert request.as_sent["wechat"]["productType"] == product
        assert "authCode" not in request.as_sent["wechat"]


@pytest.mark.parametrize("own", [{"productType": "pay", "authCode": CODE * 4}, {"productType": "x", "authCode": CODE}])
def test_an_error_does_not_show_the_code(own: dict[str, str]) -> None:
    """Neither its message nor what it echoes."""
    with pytest.raises(Rejected) as rejected:
        read("alipay", own)
    assert CODE not in f"{rejected.value.said} {rejected.value.fields}"


METADATA: list[tuple[object, object]] = [
    ("a,b", "a,b"),
    (7, "7"),
    (1.50, "1.5"),
    (False, "false"),
    (["a", 1], '["a", "1"]'),
    ({"a": "b"}, {"a": "b"}),
    ({"a": 1, "b": None, "c": {"d": True}}, {"a": "1", "b": "", "c": '{"d": true}'}),
]


@pytest.mark.parametrize(("sent", "kept"), METADATA)
def test_metadata_is_kept_as_text_whatever_it_was(sent: object, kept: object) -> None:
    """An object keeps its names (gateway contract, 3.9)."""
    assert read("paypal", {"metadata": sent}).as_sent["paypal"] == {"metadata": kept}


@pytest.mark.parametrize(
    "metadata",
    ["x" * (Metadata.longest + 1), ["x" * Metadata.longest], {"a": "\x00"}, {"\x00": "a"}, "\ud800", ["\ud800"]],
    ids=["long", "long list", "control character", "control character in a name", "broken", "broken in a list"],
)
def test_metadata_that_cannot_be_kept_is_refused(metadata: object) -> None:
    """Too long, or what no database holds."""
    with pytest.raises(Rejected) as rejected:
        read("paypal", {"metadata": metadata})
    assert rejected.value.code.code == "2003"
    assert rejected.value.said.startswith("paypal.metadata: ")


def test_metadata_as_deep_as_can_be_decoded_is_no_accident() -> None:
    """Refused for its length or its depth, by name."""
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    with pytest.raises(Rejected):
        read("paypal", {"metadata": [deep, "x" * Metadata.longest]})


def test_a_list_of_methods_is_no_method() -> None:
    """The faults of such a request are told in their order, as if no method had been named."""
    for method in (["wechat"], {"wechat": 1}, "wechat、alipay"):
        with pytest.raises(Rejected) as rejected:
            read("wechat", {"productType": "pay"}, paymentMethodType=method)
        assert rejected.value.code.code in {"2001", "2004"}
