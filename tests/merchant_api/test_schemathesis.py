"""schemathesis over the served OpenAPI document, against real servers on both stores."""

from __future__ import annotations

import base64

import pytest

from polygate.client import MerchantClient, Money, Secret
from polygate.client.merchant import Address, Card, Order, ProductInfo
from tests.merchant_api.client import DOCUMENT
from tests.merchant_api.fuzzing import Known
from tests.support.fuzzing import TEST_TIMEOUT_S, Fuzzed

DONE = {"100", "101", "102", "110", "111", "112", "121", "141", "301"}


@pytest.mark.timeout(TEST_TIMEOUT_S)
def test_the_server_keeps_to_its_document(fuzzed: Fuzzed) -> None:
    """Nothing undocumented is answered, and every call was carried out at least once on the way."""
    server, credentials = fuzzed.server, fuzzed.demo
    merchant_no, key = credentials.merchant["merchantNo"], credentials.merchant["secretKey"]
    order = Order(
        transaction_id="fuzz-paid",
        amount=Money(999_999_99, "USD"),
        app_id=credentials.app["appId"],
        transaction_ip="203.0.113.7",
        callback_url="https://shop.example/return",
        notification_url="http://127.0.0.1:9/hook",
        product_infos=(ProductInfo(product_name="Lamp"),),
        billing_address=Address(country="US"),
        card=Card(
            card_number=Secret("4300000000000000"), expired_year="35", expired_month="12", cardholder="DANA REYES",
            cvv=Secret("123"),
        ),
    )  # fmt: skip
    with MerchantClient(server.base_url, merchant_no=merchant_no, secret_key=Secret(key)) as shop:
        paid = shop.payment(order)
    codes = fuzzed.run(
        api="merchant",
        hooks="tests.merchant_api.fuzzing",
        known=Known(credentials.app["appId"], paid.unique_id),
        authorization=f"Basic {base64.b64encode(f'{merchant_no}:{key}'.encode()).decode()}",
        checks=("merchant_reads_what_fits",),
        examples=4,
    )
    assert {path for path in DOCUMENT.paths if not codes[path] & DONE} == set()
