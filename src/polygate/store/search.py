"""Find what a merchant or an operator has a number of, whoever gave it: each kind of number has an index."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

import msgspec

from polygate.core import dated_numbers, ids
from polygate.core.agreements import Agreement, agreement_id_in
from polygate.core.attempts import Attempt
from polygate.core.ids import MerchantId
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook
from polygate.store.contract import Fetch
from polygate.store.rows import table_of

MOST: Final = 20
"""Of each kind of number, the newest."""
_CARD: Final = re.compile(r"(?:([0-9]{6})[*.\u2022 ]+|[*.\u2022 ]*)([0-9]{4})")
"""The last four digits of a card, with the first six or signs for what is hidden before them, or without."""
_MASKED: Final = "rtrim(substr(card, 12, 19), '\",brand')"
"""A card is kept as `{"masked":"444433******1111","brand":...`, with 13 to 19 digits and stars."""
_LAST_FOUR: Final = f"substr({_MASKED}, length({_MASKED}) - 3, 4)"
"""Word for word the expression that is indexed, as the following ones are."""
_BANK_REFERENCE: Final = "substr(details, length(details) - 13, 12)"
_HAS_BANK_REFERENCE: Final = 'substr(details, length(details) - 31, 18) = \'"bank_reference":"\''
"""What is known about a payment ends with it, where there is one: `..."bank_reference":"412345678901"}`."""


class By(StrEnum):
    """What kind of number it is."""

    OURS = "ours"
    """The number we gave: tradeNo, refund, payout, subscription, stored card, webhook."""
    ORDER = "order"
    """The merchant's number of an order."""
    REFUND = "refund"
    PAYOUT = "payout"
    TRACKING = "tracking"
    REFERENCE = "reference"
    """The acquirer's."""
    BANK = "bank"
    """The bank's: UTR or RRN."""
    CARD = "card"
    """The last four digits of the payer's card, with or without the first six."""


Found = Payment | Refund | Payout | Subscription | Agreement | Shipment | Webhook


class Match(msgspec.Struct, frozen=True):
    by: By
    row: Found


class Search:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def find(self, number: str, *, merchant_id: MerchantId | None) -> list[Match]:
        """Everything with this number, the newest of each kind first. Only operators leave the merchant out.

        Raises Unavailable or TooLong.
        """
        number = number.strip()
        if not number or "\0" in number:
            return []
        whose = _Whose(merchant_id)
        found: list[Match] = []
        for by, row_type, where, *values in _questions(number):
            found += [Match(by, row) for row in await self._many(row_type, where, values, whose)]
        found += [Match(By.REFERENCE, row) for row in await self._by_reference(number, whose)]
        once = {(type(match.row), _id(match.row)): match for match in reversed(found)}
        return [match for match in found if once[type(match.row), _id(match.row)] is match]

    async def _by_reference(self, number: str, whose: _Whose) -> list[Any]:
        """What an attempt is about that the acquirer knows under this number."""
        table = table_of(Attempt)
        where, values = whose.only("reference = %s AND reference <> ''", (number,))
        rows = await self._fetch(
            f"SELECT {table.column_list} FROM {table.name} WHERE {where} ORDER BY +attempt_id DESC LIMIT %s",
            (*values, MOST),
        )
        subjects = [(attempt.merchant_id, attempt.payment_id) for attempt in map(table.decode, rows)]
        about: list[Any] = []
        for merchant_id, subject_id in dict.fromkeys(subjects):
            of = _Whose(merchant_id)
            about += await self._many(Payment, "payment_id = %s", [subject_id], of)
            about += await self._many(Payout, "payout_id = %s", [subject_id], of)
        return about

    async def _many(self, row_type: type[Any], where: str, values: list[Any], whose: _Whose) -> list[Any]:
        table = table_of(row_type)
        # Likewise; only the cards of one number are many, and their index has them in order.
        order = table.key[1] if _LAST_FOUR in where else f"+{table.key[1]}"
        condition, params = whose.only(where, tuple(values))
        rows = await self._fetch(
            f"SELECT {table.column_list} FROM {table.name} WHERE {condition} ORDER BY {order} DESC LIMIT %s",
            (*params, MOST),
        )
        return [table.decode(row) for row in rows]


class _Whose(msgspec.Struct, frozen=True):
    merchant_id: MerchantId | None

    def only(self, where: str, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        if self.merchant_id is None:
            return where, values
        # The plus keeps the merchant out of the planners' sight, who would else read all of a merchant's rows in order.
        return f"{where} AND +merchant_id = %s", (*values, self.merchant_id)


def _questions(number: str) -> list[tuple[Any, ...]]:
    """Kind of number, what it is a number of, condition and values, the likeliest first."""
    asked: list[tuple[Any, ...]] = [
        (By.ORDER, Payment, "order_no = %s", number),
        (By.REFUND, Refund, "number = %s", number),
        (By.PAYOUT, Payout, "number = %s", number),
        (By.TRACKING, Shipment, "tracking_no = %s", number),
        (By.BANK, Payment, f"{_BANK_REFERENCE} = %s AND {_HAS_BANK_REFERENCE}", number),
        (By.BANK, Payout, "reference = %s AND reference <> ''", number),
    ]
    if 0 < (ours := dated_numbers.identifier(number) or agreement_id_in(number)) <= ids.LAST:
        asked[:0] = [
            (By.OURS, Payment, "payment_id = %s", ours),
            (By.OURS, Refund, "refund_id = %s", ours),
            (By.OURS, Payout, "payout_id = %s", ours),
            (By.OURS, Subscription, "subscription_id = %s", ours),
            (By.OURS, Agreement, "agreement_id = %s", ours),
            (By.OURS, Webhook, "webhook_id = %s", ours),
        ]
    if card := _CARD.fullmatch(number):
        first_six, last_four = card.groups()
        asked.append((By.CARD, Payment, f"{_LAST_FOUR} = %s AND card <> 'null'", last_four))
        if first_six:
            asked[-1] = (
                By.CARD, Payment, f"{_LAST_FOUR} = %s AND card <> 'null' AND card LIKE %s", last_four,
                f'%"{first_six}*%',
            )  # fmt: skip
    return asked


def _id(row: Any) -> int:
    return int(getattr(row, table_of(type(row)).key[1]))
