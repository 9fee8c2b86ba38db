"""What the transport makes of silence, broken lines and unreadable answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from polygate.connectors.contract import Answer, Ask, Conversation
from polygate.connectors.sandbox import CONNECTOR
from polygate.connectors.transport import Line, LineDown, Transport
from polygate.core.outcomes import Approved, NotSent, Outcome, Unknown
from tests.connectors.counter import HastyConnector

pytestmark = pytest.mark.anyio

CARD = "4444333322221111"


def ask_once(*, moves_money: bool) -> Conversation:
    answer = yield Ask("charge", {"number": CARD}, moves_money=moves_money)
    return Approved(reference=answer.body["reference"])


def token_then_charge() -> Conversation:
    granted = yield Ask("token", {})
    answer = yield Ask("charge", {"token": granted.body["token"]}, moves_money=True)
    return Approved(reference=answer.body["reference"])


def charge_then_confirm() -> Conversation:
    yield Ask("charge", {}, moves_money=True)
    answer = yield Ask("confirm", {}, moves_money=True)
    return Approved(reference=answer.body["reference"])


async def approve(_: Ask) -> Answer:
    return Answer(200, {"token": "t", "reference": "r1"})


async def babble(_: Ask) -> Answer:
    return Answer(200, {"said": CARD})


async def stay_silent(_: Ask) -> Answer:
    await asyncio.Event().wait()
    raise AssertionError("woken")


async def be_down(_: Ask) -> Answer:
    raise LineDown(f"refused {CARD}")


async def break_off(_: Ask) -> Answer:
    raise ConnectionResetError(CARD)


async def fail(_: Ask) -> Answer:
    raise ValueError(CARD)


def only(operation: str, line: Line) -> Line:
    """A line that is fine but for one operation."""

    async def carry(ask: Ask) -> Answer:
        return await (line(ask) if ask.operation == operation else approve(ask))

    return carry


async def run(line: Callable[[Ask], Awaitable[Answer]], conversation: Conversation) -> Outcome:
    return await Transport({"sandbox": line}).run(HastyConnector(), conversation)


async def test_a_conversation_gets_each_answer_and_yields_its_outcome() -> None:
    """Answers go back into the generator in order, and what it returns is the outcome."""
    assert await run(approve, token_then_charge()) == Approved(reference="r1")


@pytest.mark.parametrize("moves_money", [True, False])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (stay_silent, "no answer within 0.3 s"),
        (break_off, "the connection was lost"),
        (fail, "the line failed"),
        (babble, "the answer was not understood"),
    ],
)
async def test_whatever_is_no_answer_leaves_the_outcome_unknown(line: Line, said: str, moves_money: bool) -> None:
    """Silence, a broken connection, a failing line and a babbling acquirer are never a decline."""
    assert await run(line, ask_once(moves_money=moves_money)) == Unknown(said=said)


async def test_a_line_that_is_down_certainly_sent_nothing() -> None:
    """Only then is it free to try elsewhere."""
    assert await run(be_down, ask_once(moves_money=True)) == NotSent(said="the acquirer was not reached")


async def test_an_inquiry_over_a_line_that_is_down_says_nothing_about_the_order() -> None:
    """NotSent would be read as the acquirer's promise that the order asked after never happens."""
    assert await run(be_down, ask_once(moves_money=False)) == Unknown(said="the acquirer was not reached")


async def test_a_line_that_goes_down_after_money_was_asked_for_leaves_the_outcome_unknown() -> None:
    """The second message was not sent, but the first one was."""
    assert isinstance(await run(only("confirm", be_down), charge_then_confirm()), Unknown)


async def test_a_line_that_goes_down_before_money_was_asked_for_certainly_sent_nothing() -> None:
    """A token moves no money, so failing right after it is as if nothing had been said."""
    assert isinstance(await run(only("charge", be_down), token_then_charge()), NotSent)


async def test_a_conversation_that_fails_before_asking_is_no_promise_either() -> None:
    """It may have been an inquiry about an order that did happen."""

    def broken() -> Conversation:
        words: dict[str, str] = {}
        yield Ask(words[CARD], words)
        raise AssertionError("asked")

    assert await run(approve, broken()) == Unknown(said="the order was not understood")


async def test_the_deadline_is_for_each_message() -> None:
    """Two answers, each within the deadline, may together take longer than it."""

    async def slow(ask: Ask) -> Answer:
        await asyncio.sleep(0.2)
        return await approve(ask)

    assert await run(slow, token_then_charge()) == Approved(reference="r1")


async def test_being_canceled_is_not_mistaken_for_silence() -> None:
    """A server that shuts down cancels; no outcome may be concluded from that."""
    task = asyncio.create_task(Transport({"sandbox": stay_silent}).run(CONNECTOR, ask_once(moves_money=True)))
    await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("line", [stay_silent, be_down, break_off, fail, babble])
async def test_failures_are_logged_without_bodies(line: Line) -> None:
    """The log says who, what and where; neither the body nor the error's text, which may quote it."""
    with capture_logs() as logs:
        await run(line, ask_once(moves_money=True))

    (entry,) = logs
    assert {"event", "log_level", "connector", "operation", "error", "where"} == set(entry)
    assert (entry["connector"], entry["operation"]) == ("sandbox", "charge")
    assert CARD not in str(entry)


def test_messages_do_not_show_their_bodies() -> None:
    """A message that ends in a log line or a traceback shows no card number."""
    assert repr(Ask("charge", {"number": CARD}, moves_money=True)) == "Ask(operation='charge', moves_money=True)"
    assert repr(Answer(200, {"number": CARD})) == "Answer(status=200)"
    assert CARD not in str(Ask("charge", {"number": CARD}).__rich_repr__())
