"""Translates the gateway's orders into the sandbox acquirer's words, and its answers into outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from polygate.connectors.contract import Answer, Ask, Charge, Connector, Conversation, Follow, Transfer, WalletOrder
from polygate.connectors.sandbox import transfers
from polygate.connectors.sandbox.messages import (
    CardData,
    ChargeOrder,
    CollectOrder,
    FollowOrder,
    Reply,
    TransferOrder,
    read,
    write,
)
from polygate.connectors.sandbox.wallets import OFFER
from polygate.core.cards import Card
from polygate.core.outcomes import Approved, Decline, Declined, NeedsPayer, NotSent, Outcome, Pending, Unknown

BY_CODE: Final = frozenset({"merchant"})
"""The APIs whose payments go by the security code (merchant contract, section 10)."""


class SandboxConnector:
    name = "sandbox"
    timeout_s = 2.0
    is_simulated = True
    offer = OFFER
    payout_offer = transfers.OFFER

    def authorize(self, order: Charge) -> Conversation:
        return outcome_of((yield Ask("charge", _charge(order), moves_money=True)))

    def collect(self, order: WalletOrder) -> Conversation:
        return outcome_of((yield Ask("collect", _collect(order), moves_money=True)))

    def complete(self, order: Follow) -> Conversation:
        return outcome_of((yield Ask("complete", _follow(order), moves_money=True)))

    def capture(self, order: Follow) -> Conversation:
        return outcome_of((yield Ask("capture", _follow(order), moves_money=True)))

    def void(self, order: Follow) -> Conversation:
        return outcome_of((yield Ask("reverse", _follow(order), moves_money=True)))

    def close(self, order: Follow) -> Conversation:
        return outcome_of((yield Ask("close", _follow(order))))

    def refund(self, order: Follow) -> Conversation:
        return outcome_of((yield Ask("refund", _follow(order), moves_money=True)))

    def pay_out(self, order: Transfer) -> Conversation:
        return outcome_of((yield Ask("transfer", _transfer(order), moves_money=True)))

    def inquire(self, order: Follow) -> Conversation:
        return outcome_of((yield Ask("status", _follow(order))))


CONNECTOR: Final[Connector] = SandboxConnector()


def outcome_of(answer: Answer) -> Outcome:
    """What an answer means. Raises msgspec.ValidationError for one that is no reply at all."""
    reply = read(answer.body, Reply)
    match reply.status:
        case "approved":
            return Approved(reference=reply.reference, details=reply.details)
        case "declined":
            return Declined(why=_why(reply.reason), said=reply.said, reference=reply.reference, details=reply.details)
        case "processing":
            return Pending(reference=reply.reference, check_after_ms=reply.check_after_ms)
        case "payer":
            return NeedsPayer(
                reference=reply.reference,
                url=reply.url,
                challenge=reply.challenge,
                action=reply.action,
                code=reply.code,
                info=reply.info,
            )
        case "unknown attempt":
            return NotSent(said="never seen, and never will be carried out")
        case other:
            # A word we have not met is a question, not a refusal: money may have moved.
            return Unknown(said=f"status {other[:40]!r}")


def _why(reason: str) -> Decline:
    """A decline stays one even if its reason is new to us."""
    try:
        return Decline(reason)
    except ValueError:
        return Decline.NO_REASON


def _charge(order: Charge) -> dict[str, Any]:
    return write(
        ChargeOrder(
            merchant=order.merchant,
            key=order.attempt,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            card=_card(order.card),
            capture=order.capture,
            three_ds=order.three_ds,
            authentication=order.authentication,
            cavv=order.cryptogram.value if order.cryptogram else None,
            ds_trans_id=order.cryptogram.directory_id if order.cryptogram else "",
            xid=order.cryptogram.xid if order.cryptogram else "",
            fraud_check=order.fraud_check,
            street=_of_address(order.billing, "line1"),
            postcode=_of_address(order.billing, "postcode"),
            statement=order.statement,
            client_ip=order.client_ip,
            return_url=order.return_url,
            initiator=order.initiator,
            plan=order.plan,
            first_reference=order.first_reference,
            by_code=order.protocol in BY_CODE,
        )
    )


def _collect(order: WalletOrder) -> dict[str, Any]:
    return write(
        CollectOrder(
            merchant=order.merchant,
            key=order.attempt,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            method=order.method,
            product=order.product,
            code=order.code,
            payer_id=order.payer_id,
            app_id=order.app_id,
            store=order.store,
            credit_allowed=order.credit_allowed,
            description=order.description,
            client_ip=order.client_ip,
            return_url=order.return_url,
            expires_ms=order.expires_ms,
            number=order.number,
            note=order.note,
        )
    )


def _card(card: Card) -> CardData:
    expiry = f"{card.expiry_year}-{card.expiry_month:02d}" if card.expiry_month and card.expiry_year else ""
    return CardData(number=card.number, cvc=card.security_code, expiry=expiry, holder=card.holder)


def _of_address(billing: Mapping[str, Any] | None, name: str) -> str:
    """A part of the billing address (gateway contract, 3.3); the sandbox checks the street and the postcode."""
    address = (billing or {}).get("address")
    return str(address.get(name) or "") if isinstance(address, Mapping) else ""


def _transfer(order: Transfer) -> dict[str, Any]:
    receiver = order.receiver
    return write(
        TransferOrder(
            merchant=order.merchant,
            key=order.attempt,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            method=receiver.method,
            name=receiver.name,
            account=receiver.account,
            bank_code=receiver.bank_code,
            mode=receiver.mode,
            description=order.description,
        )
    )


def _follow(order: Follow) -> dict[str, Any]:
    return write(
        FollowOrder(
            merchant=order.merchant,
            key=order.attempt,
            original=order.original,
            reference=order.reference,
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            by_code=order.protocol in BY_CODE,
            remark=order.remark,
            payer_says_paid=order.payer_says_paid,
        )
    )
