"""What every connector must do, whichever acquirer it speaks to."""

from __future__ import annotations

import json

import pytest

from polygate.connectors.contract import FOLLOW_UPS, Answer, Charge, Connector, Conversation, Follow, WalletOrder
from polygate.connectors.registry import NAMES, connectors
from polygate.connectors.transport import Transport
from polygate.core.attempts import BY_HAND
from polygate.core.cards import Card, Secret
from polygate.core.ids import AttemptId, MerchantId
from polygate.core.methods import Method, Product
from polygate.core.money import Money
from polygate.core.outcomes import Unknown

pytestmark = pytest.mark.anyio

CARD, CVC, SHOWN = "5555555555554444", "987", "120061098828009406"
CHARGE = Charge(
    merchant=MerchantId(1),
    attempt=AttemptId(2),
    amount=Money(19_968, "USD"),
    card=Card(Secret(CARD), "Amy", "Lee", Secret(CVC), 6, 2031),
    capture=True,
    three_ds="no",
    authentication=None,
    fraud_check=False,
    statement="SHOP",
    client_ip="203.0.113.9",
    return_url="https://pay.example/return",
)
COLLECTION = WalletOrder(
    merchant=MerchantId(1),
    attempt=AttemptId(2),
    amount=Money(1_250, "HKD"),
    method=Method.ALIPAY,
    product=Product.PAY,
    code=Secret(SHOWN),
    payer_id="",
    app_id="",
    store="P000001",
    credit_allowed=False,
    description="table 7",
    client_ip="203.0.113.9",
    return_url="https://pay.example/return",
    expires_ms=1_760_000_000_000,
)
FOLLOW = Follow(MerchantId(1), AttemptId(3), AttemptId(2), "r1", Money(19_968, "USD"))
FIRST = {"authorize": CHARGE, "collect": COLLECTION}
ORDERS = (*FIRST, *FOLLOW_UPS)
MOVES_NOTHING = {"inquire", "close"}


@pytest.fixture(params=NAMES)
def connector(request: pytest.FixtureRequest) -> Connector:
    return connectors()[request.param]


def conversation(connector: Connector, order: str) -> Conversation:
    started: Conversation = getattr(connector, order)(FIRST.get(order, FOLLOW))
    return started


def test_a_connector_goes_by_the_name_it_is_registered_under() -> None:
    """The name is what an attempt records, and what finds the line; one stands for the operator, who has none."""
    assert {name: name for name in NAMES} == {name: connector.name for name, connector in connectors().items()}
    assert BY_HAND not in NAMES


@pytest.mark.parametrize("order", ORDERS)
def test_messages_are_plain_json_and_hide_what_pays(connector: Connector, order: str) -> None:
    """A body survives JSON unchanged, and neither order nor message shows the card's number or any code."""
    ask = next(conversation(connector, order))

    assert json.loads(json.dumps(ask.body)) == ask.body
    assert CARD not in repr((ask, CHARGE))
    assert CVC not in repr((ask, CHARGE))
    assert SHOWN not in repr((ask, COLLECTION))


@pytest.mark.parametrize("order", ORDERS)
def test_all_but_an_inquiry_and_a_close_move_money(connector: Connector, order: str) -> None:
    """The transport must know, for each order, what silence means."""
    assert next(conversation(connector, order)).moves_money is (order not in MOVES_NOTHING)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("body", [{"status": "on holiday"}, {}, {"status": 7}, {"message": "internal error"}])
async def test_an_answer_not_met_before_is_unknown(connector: Connector, order: str, body: dict[str, object]) -> None:
    """An unknown word or shape is a question, not a refusal: money may have moved."""

    async def line(_: object) -> Answer:
        return Answer(200, body)

    outcome = await Transport({connector.name: line}).run(connector, conversation(connector, order))

    assert isinstance(outcome, Unknown)
