"""The operators' pages: all merchants, how their business goes, and what of theirs needs somebody to look at it."""

from __future__ import annotations

from typing import Final

from polygate.console.operator import (
    blocks,
    by_hand,
    chargebacks,
    health,
    home,
    late,
    merchant,
    merchant_channel,
    merchant_fees,
    merchant_risk,
    merchants,
    payouts,
    unknown,
    webhooks,
)
from polygate.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    *home.PAGES,
    *merchants.PAGES,
    *merchant.PAGES,
    *merchant_fees.PAGES,
    *merchant_risk.PAGES,
    *merchant_channel.PAGES,
    *unknown.PAGES,
    *late.PAGES,
    *webhooks.PAGES,
    *blocks.PAGES,
    *payouts.PAGES,
    *by_hand.PAGES,
    *chargebacks.PAGES,
    *health.PAGES,
)
