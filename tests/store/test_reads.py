"""Every question that has a name is understood by both databases."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from polygate.core.facts import Fact
from polygate.core.ledger import PostingRow
from polygate.core.merchants import App, Merchant, Token
from polygate.core.payments import Payment
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.store.contract import Change, Insert
from polygate.store.opened import Store
from polygate.store.reads import Caller, Reads
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio

QUESTIONS = [name for name, _ in inspect.getmembers(Reads, inspect.iscoroutinefunction) if not name.startswith("_")]


def plausible(name: str, hint: Any) -> Any:
    base = getattr(hint, "__supertype__", hint)
    if base in {int, str, bytes}:
        return {int: 3, str: "x", bytes: b"x"}[base]
    if base is bool:
        return True
    if get_origin(base) is Sequence:
        return (plausible(name, get_args(base)[0]),)
    if get_origin(base) in {list, tuple, set, frozenset}:
        return ()
    if isinstance(base, type) and issubclass(base, StrEnum):
        return next(iter(base))
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return some(base, 3)
    return None


@pytest.mark.parametrize("question", QUESTIONS)
async def test_every_named_read_runs(store: Store, question: str) -> None:
    """On an empty database it finds nothing, and it is no error."""
    ask = getattr(store.reads, question)
    hints = get_type_hints(getattr(Reads, question))
    asked = {name: plausible(name, hints[name]) for name in inspect.signature(ask).parameters}

    found = await ask(**asked)
    assert not found or found in ((0, 0, 0), (0, []))


async def test_the_caller_comes_with_its_app_and_merchant(store: Store) -> None:
    """Three rows in one read, none of them confused with another."""
    merchant, app = some(Merchant, 3, merchant_id=7), some(App, 4, merchant_id=7)
    token = some(Token, 5, merchant_id=7, app_id=app.app_id)
    await store.submit(Change((Insert(merchant), Insert(app), Insert(token)), (some(App, 6, merchant_id=7),)))

    assert Caller(token, app, merchant) == await store.reads.caller(token.token_hash)
    assert await store.reads.caller(b"another") is None


async def test_balances_are_the_sums_of_postings(store: Store) -> None:
    """Credits less debits, per account and currency, of one merchant only."""
    postings = (
        some(PostingRow, 1, debit="a", credit="b", amount_minor=2**40, currency="USD"),
        some(PostingRow, 2, debit="b", credit="c", amount_minor=7, currency="USD"),
        some(PostingRow, 3, debit="a", credit="b", amount_minor=5, currency="JPY"),
        some(PostingRow, 4, debit="a", credit="b", amount_minor=9, currency="USD", merchant_id=8),
    )
    await store.submit(Change((), postings))

    expected = {("a", "USD"): -(2**40), ("b", "USD"): 2**40 - 7, ("c", "USD"): 7, ("a", "JPY"): -5, ("b", "JPY"): 5}
    assert expected == await store.reads.balances(some(PostingRow).merchant_id)


async def test_what_belongs_to_a_payment_comes_in_order_and_without_strangers(store: Store) -> None:
    """Another payment's and another merchant's rows with the same numbers stay away."""
    mine = [some(Fact, number, payment_id=5) for number in (1, 2, 3)]
    strangers = [some(Fact, 4, payment_id=6), some(Fact, 5, payment_id=5, merchant_id=8)]
    refunds = [some(Refund, number, payment_id=5) for number in (1, 2)]
    parcels = [some(Shipment, number, payment_id=5) for number in (1, 2)]
    others = [some(Shipment, 3, payment_id=6), some(Shipment, 4, payment_id=5, merchant_id=8)]
    await store.submit(Change((), (mine[2], *strangers, mine[0], mine[1], refunds[1], refunds[0])))
    await store.submit(Change((), (parcels[1], *others, parcels[0])))
    payment = some(Payment, 5)

    assert mine == await store.reads.facts(payment.merchant_id, payment.payment_id)
    assert refunds == await store.reads.refunds(payment.merchant_id, payment.payment_id)
    assert parcels == await store.reads.shipments(payment.merchant_id, payment.payment_id)
    assert parcels[1] == await store.reads.shipment(payment.merchant_id, payment.payment_id, parcels[1].tracking_no)
    assert await store.reads.shipment(payment.merchant_id, payment.payment_id, others[1].tracking_no) is None
    assert payment.merchant_id == MERCHANT


async def test_whoever_asks_at_once_is_told_the_same_and_after_a_change_the_change(store: Store) -> None:
    """A token that was just replaced is never taken for the one before."""
    merchant, app = some(Merchant), some(App, merchant_id=MERCHANT)
    token = some(Token, merchant_id=MERCHANT, app_id=app.app_id, expires_ms=5)
    await store.submit(Change((Insert(msgspec.structs.replace(merchant, merchant_id=MERCHANT)),), (app, token)))

    for expires_ms in (5, 6, 7):
        await store.submit(Change((), (msgspec.structs.replace(token, expires_ms=expires_ms),)))
        callers = await asyncio.gather(*(store.reads.caller(token.token_hash) for _ in range(5)))
        assert [expires_ms] * 5 == [caller and caller.token.expires_ms for caller in callers]
