"""What the acquirer says about an entry, and whether the order that asks is the one entered."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace

from polygate.connectors.sandbox import scenarios, wallets
from polygate.connectors.sandbox.book import RETURNED, Entry, Kind, State, details_in, standing
from polygate.connectors.sandbox.messages import ChargeOrder, CollectOrder, FollowOrder, Reply, TransferOrder
from polygate.core.cards import mask
from polygate.core.methods import Method, Product

ACS_PAGES: Final = "/sandbox/acs"
"""Where the issuers' authentication pages are, on the origin of the return URL."""

WALLET_PAGES: Final = "/sandbox/wallet"
"""Where the wallets' pages are, likewise."""


def is_charge(entry: Entry, order: ChargeOrder) -> bool:
    """Whether the entry under a charge's key is that charge, and not another order under the same key."""
    ordered = (Kind.CHARGE, order.amount_minor, order.currency, order.capture, mask(order.card.number.reveal()))
    return (entry.kind, entry.amount_minor, entry.currency, entry.capture, entry.masked) == ordered


def is_collection(entry: Entry, order: CollectOrder) -> bool:
    """Likewise for a payment from a wallet."""
    ordered = (Kind.CHARGE, order.amount_minor, order.currency, order.method, order.product)
    return (entry.kind, entry.amount_minor, entry.currency, entry.method, entry.product) == ordered


def is_transfer(entry: Entry, order: TransferOrder) -> bool:
    """Likewise for a payout."""
    ordered = (Kind.TRANSFER, order.amount_minor, order.currency, order.method)
    return (entry.kind, entry.amount_minor, entry.currency, entry.method) == ordered


def is_follow_up(entry: Entry, kind: Kind, order: FollowOrder) -> bool:
    """Likewise for the orders about a charge. What a reversal or a close moves is decided here, not
    ordered."""
    if entry.kind == Kind.TOMBSTONE:
        return True
    if (entry.kind, entry.original_id) != (kind, order.original):
        return False
    decided_here = kind in {Kind.REVERSE, Kind.CLOSE}
    return decided_here or (entry.amount_minor, entry.currency) == (order.amount_minor, order.currency)


def is_challenged(entry: Entry) -> bool:
    """Whether the payer has to answer on the authentication page, instead of passing through it unseen."""
    return scenarios.SCENARIOS[entry.scenario].insists


def reply_about(entry: Entry, now_ms: int) -> Reply:
    """What there is to say about an entry now."""
    match standing(entry, now_ms=now_ms):
        case State.APPROVED:
            return Reply(status="approved", reference=entry.reference, details=details_in(entry))
        case State.DECLINED:
            details = replace(
                details_in(entry), auth_code="", arn="", network_transaction_id="", payer="", bank_reference=""
            )
            came_back = "the receiver's bank sent it back" if entry.scenario == RETURNED else ""
            said = entry.decline.replace("_", " ") or came_back
            return Reply("declined", reference=entry.reference, reason=entry.decline, said=said, details=details)
        case State.PROCESSING:
            return Reply("processing", reference=entry.reference, check_after_ms=entry.due_ms - now_ms)
        case State.AWAITING if entry.method:
            return Reply(
                "payer",
                reference=entry.reference,
                url=page_of(entry),
                action=wallets.action(Method(entry.method), Product(entry.product)),
                code=entry.code,
                info=wallets.info(entry),
            )
        case State.AWAITING:
            challenge = "Y" if is_challenged(entry) else "N"
            return Reply("payer", reference=entry.reference, url=page_of(entry), challenge=challenge)
        case _:
            return Reply(status="unknown attempt")


def page_of(entry: Entry) -> str:
    """The address at which the payer acts."""
    home = urlsplit(entry.return_url)
    path = f"{WALLET_PAGES if entry.method else ACS_PAGES}/{entry.merchant_id}/{entry.attempt_id}"
    return f"{home.scheme}://{home.netloc}{path}?{urlencode({'key': entry.key})}"
