"""schemathesis over the served OpenAPI document, against real servers on both stores."""

from __future__ import annotations

import httpx
import pytest

from polygate.client import Money, Secret, SignedClient
from polygate.client.signed import Payer, PaymentOrder, PayMethod, PayoutMethod, PayoutOrder, RefundOrder
from polygate.protocols.signed.routes import ENDPOINTS
from tests.signed_api.fuzzing import Known
from tests.support.fuzzing import TEST_TIMEOUT_S, Fuzzed

NOTIFY = "http://127.0.0.1:9/notify"
PAYER = Payer(user_id="1", name="Asha", email="a@example.com", phone="98")


@pytest.mark.timeout(TEST_TIMEOUT_S)
def test_the_server_keeps_to_its_document(fuzzed: Fuzzed) -> None:
    """Nothing undocumented is answered, and every call was carried out at least once on the way."""
    server, credentials = fuzzed.server, fuzzed.demo
    app_id, secret = credentials.app["appId"], credentials.app["appSecret"]
    with SignedClient(server.base_url, app_id=app_id, secret=Secret(secret)) as shop:
        names = prepared(shop)
    codes = fuzzed.run(
        api="signed",
        hooks="tests.signed_api.fuzzing",
        known=Known(app_id, secret, names),
        checks=("signed_reads_what_fits", "answers_are_signed"),
        paths="^/v2/",
        examples=4,
    )
    assert {path for path in ENDPOINTS if "OK" not in codes[path]} == set()


def prepared(shop: SignedClient) -> dict[str, dict[str, str]]:
    """One of each kind; the payment is paid, and large enough for many refunds."""
    by_upi, account = PayMethod(type="UPI"), PayoutMethod(type="UPI", vpa="asha@upi", payee_name="Asha")
    payment = shop.create_payment(
        PaymentOrder(
            merchant_trade_no="fuzz-in", amount=Money(900_000_000, "INR"), description="x", payer=PAYER,
            pay_method=by_upi, notify_url=NOTIFY,
        )
    )  # fmt: skip
    assert payment.action is not None
    with httpx.Client() as payer:
        wallet = payer.get(payment.action.url.removesuffix("/page"), follow_redirects=True)
        assert payer.post(wallet.url, data={"choice": "pass"}, follow_redirects=True).status_code == 200
    payout = shop.create_payout(
        PayoutOrder(
            merchant_trade_no="fuzz-out", amount=Money(100, "INR"), description="x", payout_method=account,
            notify_url=NOTIFY,
        )
    )  # fmt: skip
    refund = shop.create_refund(
        RefundOrder(
            merchant_refund_no="fuzz-back", payment_no=payment.payment_no, amount=Money(100, "INR"), description="x"
        )
    )
    return {
        "payment": {"merchantTradeNo": "fuzz-in", "paymentNo": payment.payment_no},
        "payout": {"merchantTradeNo": "fuzz-out", "payoutNo": payout.payout_no},
        "refund": {"merchantRefundNo": "fuzz-back", "refundNo": refund.refund_no},
    }
