"""Agreements against what they stand on: the payment in which the payer agreed, and the card in the vault."""

from __future__ import annotations

from polygate.assembly.doctor.finding import Tally
from polygate.assembly.doctor.snapshot import Snapshot
from polygate.core.transitions import AgreementState

_LIVE_WITHOUT_NUMBER = """
    SELECT a.agreement_id FROM agreements a LEFT JOIN vault_cards v
    ON v.payment_id = a.payment_id AND v.merchant_id = a.merchant_id AND v.fingerprint = a.fingerprint
    WHERE a.state = %s AND v.card_id IS NULL ORDER BY a.agreement_id
"""
_WITHOUT_CONSENT = """
    SELECT a.agreement_id FROM agreements a LEFT JOIN payments p
    ON p.merchant_id = a.merchant_id AND p.payment_id = a.payment_id AND p.agreement_id = a.agreement_id
    AND p.currency = a.currency AND p.keep_card <> ''
    WHERE p.payment_id IS NULL ORDER BY a.agreement_id
"""
_KEPT_FOR_NOBODY = """
    SELECT v.card_id FROM vault_cards v LEFT JOIN payments p
    ON p.merchant_id = v.merchant_id AND p.payment_id = v.payment_id AND p.keep_card <> ''
    WHERE p.payment_id IS NULL ORDER BY v.card_id
"""
_CHARGED_UNDER_NOTHING = """
    SELECT p.payment_id FROM payments p LEFT JOIN agreements a
    ON a.merchant_id = p.merchant_id AND a.agreement_id = p.agreement_id
    WHERE p.agreement_id > 0 AND a.agreement_id IS NULL ORDER BY p.payment_id
"""
_TO_BE_ERASED = """
    SELECT COUNT(*) FROM vault_cards v WHERE NOT EXISTS (SELECT 1 FROM agreements a
    WHERE a.payment_id = v.payment_id AND a.merchant_id = v.merchant_id AND a.state = %s)
"""


async def check_stored_cards(snapshot: Snapshot, tally: Tally) -> None:
    """Rule 8: what may be charged has its number in the vault, and no number is there without a payer's word.

    Numbers that no living agreement needs any more are erased some days later; until then they are only counted.
    """
    live = (AgreementState.LIVE.value,)
    for sql, params, said in (
        (_LIVE_WITHOUT_NUMBER, live, "agreement {} lives, but its card is not in the vault"),
        (_WITHOUT_CONSENT, (), "agreement {} has no payment in which the payer agreed to it"),
        (_KEPT_FOR_NOBODY, (), "kept card {} belongs to no payment that was to keep one"),
        (_CHARGED_UNDER_NOTHING, (), "payment {} is under an agreement that does not exist"),
    ):
        async for chunk in snapshot.chunks(sql, params):
            for (number,) in chunk:
                tally.fault(said.format(number))
    for table in ("agreements", "vault_cards"):
        tally.looked_at += (await snapshot.fetch(f"SELECT COUNT(*) FROM {table}"))[0][0]
    erased_later = (await snapshot.fetch(_TO_BE_ERASED, live))[0][0]
    tally.note = f"numbers to be erased: {erased_later}" if erased_later else ""
