"""schemathesis over the served OpenAPI document, against real servers on both stores."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

import pytest

from polygate.protocols.gateway.routes import ENDPOINTS
from tests.gateway_api.fuzzing import Known
from tests.support.bodies import payment_body
from tests.support.fuzzing import TEST_TIMEOUT_S, Fuzzed
from tests.support.server import Shop

MOST: Final = "9999999.99"


@pytest.mark.timeout(TEST_TIMEOUT_S)
def test_the_server_keeps_to_its_document(fuzzed: Fuzzed) -> None:
    """Nothing undocumented is answered, and every call was carried out at least once on the way."""
    server, credentials = fuzzed.server, fuzzed.demo
    shop = Shop(server.base_url, credentials)
    with closing(shop.http):
        known = prepared(shop)
    codes = fuzzed.run(
        api="gateway",
        hooks="tests.gateway_api.fuzzing",
        known=known,
        authorization=str(shop.http.headers["Authorization"]),
        checks=("what_the_document_allows_is_understood", "nothing_else_is_carried_out"),
    )
    assert {path for path in (*ENDPOINTS, "connect/token") if "0000" not in codes[path]} == set()


def prepared(shop: Shop) -> Known:
    """Orders of each kind, large enough for any amount."""
    address = {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"}
    billing = {"address": address, "storedcredentials": "store"}
    kept = shop.call("payment", payment_body("fuzz-paid", amount=MOST, billing=billing))
    shop.pay("fuzz-held", amount=MOST, capture="manual")
    shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "fuzz-open"})
    parcel: dict[str, Any] = {"orderNo": "fuzz-paid", "carrier": "X", "shipmentDate": "2025-06-09"}
    parcel |= {"shipmentDirection": "FORWARD", "shippingStatus": "SHIPPED", "trackingNo": "fuzz-parcel"}
    assert shop.call("shipping/tracking", parcel | {"trackingNumberType": "CARRIER_PROVIDED"})["respCode"] == "0000"
    refund = {"amount": "1", "clientIp": "::1", "orderNo": "fuzz-paid", "reason": "x", "refundNumber": "fuzz-refund"}
    assert shop.call("refund", refund)["respCode"] == "0000"
    paths = ("query", "refund", "refundQuery", "shipping/tracking", "shipping/retrieve", "shipping/tracking-modify")
    orders = dict.fromkeys(paths, "fuzz-paid") | {"capture": "fuzz-held", "cancel": "fuzz-open"}
    return Known(
        credentials={"appId": shop.demo.app["appId"], "secret": shop.demo.app["appSecret"]},
        card_no="4444333322221111",
        orders=orders,
        tracking_no="fuzz-parcel",
        identifier=kept["transactionIdentifier"],
    )
