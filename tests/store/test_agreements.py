"""Which agreement is meant, and where its card is, as both databases find them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from polygate.core.agreements import Agreement
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.transitions import AgreementState
from polygate.store.contract import Change, Insert, Stale, Taken, Update
from polygate.store.opened import Store
from polygate.store.vault import VaultCard
from tests.store.samples import MERCHANT, next_version, some

pytestmark = pytest.mark.anyio

OURS = MerchantId(MERCHANT)
THEIRS = MerchantId(MERCHANT + 1)
LIVE, REVOKED = AgreementState.LIVE, AgreementState.REVOKED


def one(number: int, *, card: str = "card", state: AgreementState = LIVE, merchant: MerchantId = OURS) -> Agreement:
    return some(Agreement, number, merchant_id=merchant, fingerprint=card, state=state, payment_id=PaymentId(number))


async def test_a_card_means_the_newest_agreement_that_lives(store: Store) -> None:
    """Of the merchant; not the newest one, if that was revoked, and not another card's."""
    older, newer, ended = one(1), one(2), one(3, state=REVOKED)
    strangers = one(4, card="other"), one(5, merchant=THEIRS)
    await store.submit(Change((), (newer, ended, older, *strangers)))

    assert await store.reads.agreement_by_card(OURS, "card") == newer
    await store.submit(Change((Update(next_version(newer, state=REVOKED)),)))
    assert await store.reads.agreement_by_card(OURS, "card") == older
    await store.submit(Change((Update(next_version(older, state=REVOKED)),)))
    assert await store.reads.agreement_by_card(OURS, "card") is None


async def test_a_card_is_found_by_the_payment_that_kept_it(store: Store) -> None:
    """Of the same merchant and the same number: a card kept beside it by mistake is not charged in its place."""
    agreement = one(1)
    kept = some(VaultCard, 1, payment_id=1, fingerprint="card")
    beside = some(VaultCard, 2, payment_id=1, fingerprint="other"), some(VaultCard, 3, payment_id=2, fingerprint="card")
    theirs = some(VaultCard, 4, payment_id=1, fingerprint="card", merchant_id=THEIRS)
    await store.submit(Change((), (*beside, theirs, kept)))

    assert await store.reads.kept_card(agreement) == kept
    assert await store.reads.kept_card(replace(agreement, fingerprint="third")) is None


async def test_a_change_that_takes_an_agreement_along_holds_as_a_whole(store: Store) -> None:
    """A new order of a used number leaves the agreement alone; an agreement that moved on leaves no order."""
    agreement = one(1)
    await store.submit(Change((Insert(agreement),)))
    renewed = next_version(agreement, why="renewed")
    first, second = one(10), one(11)  # Any two rows with keys of their own will do for the orders.

    await store.submit(Change((Insert(first), Update(renewed))))
    with pytest.raises(Taken):
        await store.submit(Change((Insert(first), Update(next_version(renewed)))))
    with pytest.raises(Stale):
        await store.submit(Change((Insert(second), Update(renewed))))
    assert await store.reads.agreement(OURS, 1) == renewed
    assert await store.reads.agreement(OURS, 11) is None


async def test_only_cards_of_living_agreements_are_kept_for_good(store: Store) -> None:
    """The others go once they are old enough."""
    await store.submit(Change((), (one(1), one(2, state=REVOKED))))
    cards = [some(VaultCard, number, payment_id=number, created_ms=100) for number in (1, 2, 3)]
    await store.submit(Change((), tuple(cards)))

    assert await store.forget_unused_cards(100) == 0
    assert await store.forget_unused_cards(101) == 2
    assert await store.fetch("SELECT card_id FROM vault_cards") == [(1,)]
