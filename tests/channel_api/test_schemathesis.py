"""schemathesis over the served OpenAPI document, against real servers on both stores."""

from __future__ import annotations

import pytest

from polygate.client import ChannelClient, Secret
from polygate.client.channel import CreditOrder, DebitOrder
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS
from tests.channel_api.fuzzing import Known
from tests.support.fuzzing import TEST_TIMEOUT_S, Fuzzed


@pytest.mark.timeout(TEST_TIMEOUT_S)
def test_the_server_keeps_to_its_document(fuzzed: Fuzzed) -> None:
    """Nothing undocumented is answered, and every call was carried out at least once on the way."""
    server, credentials = fuzzed.server, fuzzed.demo
    merchant_no, access_key = credentials.merchant["merchantNo"], credentials.merchant["accessKey"]
    with ChannelClient(server.base_url, merchant_id=merchant_no, access_key=Secret(access_key)) as shop:
        credit = shop.create_credit(CreditOrder(amount="5", source_no="fuzz-credit")).order
        debit = shop.create_debit(DebitOrder(amount="5", source_no="fuzz-debit")).order
    orders = {
        "Credit": {"channelCreditOrderId": credit.id, "sourceNo": credit.merchant_source_no},
        "Debit": {"channelDebitOrderId": debit.id, "sourceNo": debit.merchant_source_no},
    }
    codes = fuzzed.run(
        api="channel",
        hooks="tests.channel_api.fuzzing",
        known=Known(merchant_no, access_key, orders),
        checks=("channel_reads_what_fits",),
    )
    assert {path for path in (*ENDPOINTS, BALANCE) if "0" not in codes[path]} == set()
