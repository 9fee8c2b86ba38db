"""Every page of the console. A new area is one module with its `PAGES`, and one line here."""

from __future__ import annotations

from typing import Final

from polygate.console import (
    account,
    audit,
    balances,
    basic_information,
    home,
    operator,
    payment,
    payments,
    payouts,
    refunds,
    requests,
    saved_views,
    shipments,
    sign_in,
    signature,
    stored_cards,
    subscriptions,
    team,
    test_cards,
    webhooks,
    website_app,
)
from polygate.console.page import Page

PAGES: Final[tuple[Page, ...]] = (
    *sign_in.PAGES,
    *account.PAGES,
    *home.PAGES,
    *payments.PAGES,
    *payment.PAGES,
    *refunds.PAGES,
    *saved_views.PAGES,
    *team.PAGES,
    *audit.PAGES,
    *basic_information.PAGES,
    *website_app.PAGES,
    *webhooks.PAGES,
    *requests.PAGES,
    *signature.PAGES,
    *test_cards.PAGES,
    *balances.PAGES,
    *payouts.PAGES,
    *shipments.PAGES,
    *stored_cards.PAGES,
    *subscriptions.PAGES,
    *operator.PAGES,
)
