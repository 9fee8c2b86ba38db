"""Agreements: the payer's consent that a kept card is charged again without the payer (gateway contract, section 9).

They belong to a merchant, so that any of its shops may use one. The number itself is in the vault.
"""

from __future__ import annotations

from typing import Final

import msgspec

from polygate.core.cards import CardOnFile
from polygate.core.facts import Fact, FactKind
from polygate.core.ids import MerchantId, PaymentId
from polygate.core.outcomes import Decline
from polygate.core.refusals import Reason, Refused
from polygate.core.transitions import AGREEMENT, AgreementEvent, AgreementState, after

IDENTIFIER_LENGTH: Final = 33
_LARGEST: Final = 2**63 - 1


class Agreement(msgspec.Struct, frozen=True):
    merchant_id: MerchantId
    agreement_id: int
    payment_id: PaymentId
    """The payment in which the payer agreed."""
    app_id: str
    fingerprint: str
    currency: str
    plan: str
    """What the payer agreed to: `RECURRING`, `INSTALMENT` or `UNSCHEDULED`."""
    state: AgreementState
    card: CardOnFile
    """With the expiry that was told last."""
    created_ms: int
    changed_ms: int
    why: str
    """Why it was revoked, in words; empty while it lives."""
    version: int = 1


Expiry = tuple[int, int]
"""Year and month."""


def identifier(agreement_id: int) -> str:
    """The 33 digits under which merchants and operators know an agreement; empty without one."""
    return f"{agreement_id:0{IDENTIFIER_LENGTH}d}" if agreement_id else ""


def agreement_id_in(text: str) -> int:
    """The reverse, also of a number that lost its leading zeros on the way; 0 for what can be no identifier."""
    if not (text.isascii() and text.isdigit() and len(text) <= IDENTIFIER_LENGTH):
        return 0
    number = int(text)
    return number if number <= _LARGEST else 0


def make(
    *,
    merchant_id: MerchantId,
    agreement_id: int,
    payment_id: PaymentId,
    app_id: str,
    currency: str,
    plan: str,
    card: CardOnFile,
    now_ms: int,
) -> Agreement:
    return Agreement(
        merchant_id=merchant_id,
        agreement_id=agreement_id,
        payment_id=payment_id,
        app_id=app_id,
        fingerprint=card.fingerprint,
        currency=currency,
        plan=plan,
        state=AgreementState.LIVE,
        card=card,
        created_ms=now_ms,
        changed_ms=now_ms,
        why="",
    )


def check(found: Agreement | None, *, fingerprint: str = "") -> Agreement:
    """The agreement, if the card may be charged under it; `fingerprint` is that of the number given, if one was.

    Raises Refused: CARD_NOT_KNOWN where there is none or it was revoked, CARD_MISMATCH.
    """
    if found is None or found.state is not AgreementState.LIVE:
        raise Refused(Reason.CARD_NOT_KNOWN, "stored card not found")
    if fingerprint and fingerprint != found.fingerprint:
        raise Refused(Reason.CARD_MISMATCH, "cardNo is not the stored card")
    return found


def renewed(card: CardOnFile, expiry: Expiry | None) -> CardOnFile:
    """The card with an expiry that was told again; the stored one stands where the other is not later."""
    if expiry is None or expiry <= _expiry(card):
        return card
    year, month = expiry
    return msgspec.structs.replace(card, expiry_year=year, expiry_month=month)


def use(agreement: Agreement, card: CardOnFile, *, now_ms: int) -> Agreement:
    """The agreement once a charge of its card begins; it keeps the expiry with which the card is charged.

    Every charge makes a version: one that begins beside a revocation, or beside another renewal, is decided again.
    """
    renews = _expiry(card) != _expiry(agreement.card)
    return msgspec.structs.replace(
        agreement,
        state=after(AGREEMENT, agreement.state, AgreementEvent.CHARGED),
        card=card if renews else agreement.card,
        changed_ms=now_ms if renews else agreement.changed_ms,
        version=agreement.version + 1,
    )


def revoke(agreement: Agreement, why: str, *, now_ms: int) -> Agreement:
    """The end of an agreement. Raises Refused(CARD_NOT_KNOWN) where it has come already."""
    check(agreement)
    return msgspec.structs.replace(
        agreement,
        state=after(AGREEMENT, agreement.state, AgreementEvent.REVOKED),
        changed_ms=now_ms,
        why=why,
        version=agreement.version + 1,
    )


def after_decline(agreement: Agreement, why: Decline, *, now_ms: int) -> Agreement | None:
    """The agreement after a charge under it was declined; None if that changes nothing.

    A card that is lost, stolen or blocked will never be good again: whoever goes on trying is taken for a thief.
    """
    if why is not Decline.LOST_OR_STOLEN or agreement.state is not AgreementState.LIVE:
        return None
    return revoke(agreement, "the card is lost, stolen or blocked", now_ms=now_ms)


def fact(agreement: Agreement, kind: FactKind, payment_id: PaymentId, now_ms: int, fact_id: int, **said: str) -> Fact:
    """Something that happened to an agreement, on the timeline of the payment that it came with."""
    return Fact(
        merchant_id=agreement.merchant_id,
        fact_id=fact_id,
        payment_id=payment_id,
        refund_id=0,
        at_ms=now_ms,
        kind=kind,
        data={"agreement": identifier(agreement.agreement_id), **said},
    )


def _expiry(card: CardOnFile) -> Expiry:
    """Before every other where it is not known."""
    return card.expiry_year or 0, card.expiry_month or 0
