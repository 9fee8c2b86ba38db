"""Every question the product asks the store, by name. The SQL is plain enough to serve both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from polygate.core.agreements import Agreement
from polygate.core.attempts import Attempt
from polygate.core.blocks import Block, BlockKind
from polygate.core.calls import NOBODY, Call
from polygate.core.chargebacks import Chargeback
from polygate.core.facts import Fact
from polygate.core.groups import PaidGroup
from polygate.core.ids import DIGITS_MAX, LAST, AttemptId, MerchantId, PaymentId, PayoutId, RefundId
from polygate.core.ledger import PostingRow
from polygate.core.merchants import App, Merchant, Token, UsedNonce
from polygate.core.methods import SETTLED_AT_ONCE
from polygate.core.outcomes import Decline
from polygate.core.payments import OrderDetails, Payment
from polygate.core.payouts import Payout, Reserve
from polygate.core.people import AuditEntry, Guesses, Session, User
from polygate.core.refunds import Refund
from polygate.core.risk import Counts, RiskPolicy
from polygate.core.saved_views import SavedView
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.transitions import AgreementState
from polygate.core.webhooks import Webhook, WebhookTry
from polygate.store.contract import Fetch, Rows
from polygate.store.rows import table_of
from polygate.store.vault import DataKey, VaultCard

Row = TypeVar("Row", bound=msgspec.Struct)


class Caller(msgspec.Struct, frozen=True):
    """Who holds a token: everything a request needs to know about its sender, in one read."""

    token: Token
    app: App
    merchant: Merchant


class Reads:
    def __init__(self, rows: Rows, *, shared: Fetch | None = None) -> None:
        """`shared` reads what every request asks for; without it such a read is like any other."""
        self._rows = rows
        self._shared = shared or rows.fetch

    # --- who ---

    async def caller(self, token_hash: bytes) -> Caller | None:
        token, app, merchant = table_of(Token), table_of(App), table_of(Merchant)
        columns = ", ".join(
            f"{alias}.{column}"
            for alias, table in (("t", token), ("a", app), ("m", merchant))
            for column in table.columns
        )
        found = await self._shared(
            f"SELECT {columns} FROM tokens t JOIN apps a ON a.merchant_id = t.merchant_id AND a.app_id = t.app_id "
            "JOIN merchants m ON m.merchant_id = t.merchant_id WHERE t.token_hash = %s",
            (token_hash,),
        )
        if not found:
            return None
        first, second = len(token.columns), len(token.columns) + len(app.columns)
        row = found[0]
        return Caller(token.decode(row[:first]), app.decode(row[first:second]), merchant.decode(row[second:]))

    async def app(self, app_id: str) -> App | None:
        return await self._one(App, "app_id = %s", app_id)

    async def apps(self, merchant_id: MerchantId) -> list[App]:
        return await self._many(App, "merchant_id = %s ORDER BY app_id", merchant_id)

    async def apps_after(self, app_id: str, *, limit: int, merchant_id: MerchantId | None = None) -> list[App]:
        """In the order of their ids, of one merchant or (for operators only) of all."""
        if merchant_id is None:
            return await self._many(App, "app_id > %s ORDER BY app_id LIMIT %s", app_id, limit)
        where = "merchant_id = %s AND app_id > %s ORDER BY app_id LIMIT %s"
        return await self._many(App, where, merchant_id, app_id, limit)

    async def is_nonce_used(self, app: App, nonce: str) -> bool:
        """Whether a signed call of an app brought it lately."""
        where = "merchant_id = %s AND app_id = %s AND nonce = %s"
        return await self._one(UsedNonce, where, app.merchant_id, app.app_id, nonce) is not None

    async def merchant(self, merchant_id: MerchantId) -> Merchant | None:
        return await self._one(Merchant, "merchant_id = %s", merchant_id)

    async def merchant_by_no(self, merchant_no: str) -> Merchant | None:
        return await self._one(Merchant, "merchant_no = %s", merchant_no)

    async def merchant_by_access_key(self, key_hash: str) -> Merchant | None:
        """Whose access key, or whose access key before, has a hash."""
        where = "access_key_hash = %s OR previous_access_key_hash = %s"
        return await self._one(Merchant, where, key_hash, key_hash)

    async def first_app(self, merchant_id: MerchantId) -> App | None:
        """The oldest; the one of APIs that know merchants only."""
        return await self._one(App, "merchant_id = %s ORDER BY created_ms, app_id LIMIT 1", merchant_id)

    async def app_by_domain(self, merchant_id: MerchantId, domain: str) -> App | None:
        """The oldest, should several have it."""
        where = "merchant_id = %s AND domain = %s AND domain <> '' ORDER BY created_ms, app_id LIMIT 1"
        return await self._one(App, where, merchant_id, domain)

    async def merchants(self, *, after: int = 0, limit: int = 100) -> list[Merchant]:
        return await self._many(Merchant, "merchant_id > %s ORDER BY merchant_id LIMIT %s", after, limit)

    # --- payments ---

    async def payment(self, merchant_id: MerchantId, payment_id: PaymentId) -> Payment | None:
        return await self._one(Payment, "merchant_id = %s AND payment_id = %s", merchant_id, payment_id)

    async def payment_by_order(
        self, merchant_id: MerchantId, protocol: str, order_no: str, scope: str = ""
    ) -> Payment | None:
        """`scope` is the app in APIs that number by app."""
        where = "merchant_id = %s AND protocol = %s AND order_no = %s AND number_scope = %s"
        return await self._one(Payment, where, merchant_id, protocol, order_no, scope)

    async def payments_numbered(self, number: str) -> list[Payment]:
        """Whoever's payments carry a number, ours or a merchant's; for operators only."""
        if our_id := _identifier(number):
            found = await self._many(Payment, "payment_id = %s", our_id)
            if found:
                return found
        return await self._many(Payment, "order_no = %s ORDER BY payment_id LIMIT 20", number)

    async def search_payments(
        self,
        merchant_id: MerchantId,
        protocol: str,
        *,
        payment_id: PaymentId | None,
        order_no: str | None,
        group_no: str | None,
        from_ms: int | None,
        to_ms: int | None,
        offset: int,
        limit: int,
    ) -> tuple[int, list[Payment]]:
        """How many a merchant has of an API with groups that fit in everything that is given, and a page of them, the
        newest first."""
        given = {
            "merchant_id = %s": merchant_id,
            "protocol = %s": protocol,
            "payment_id = %s": payment_id,
            "order_no = %s": order_no,
            "group_no = %s": group_no,
            "created_ms >= %s": from_ms,
            "created_ms <= %s": to_ms,
            "group_no <> %s": "",
        }
        return await self._page(Payment, given, "created_ms DESC, payment_id DESC", offset, limit)

    async def search_refunds(
        self,
        merchant_id: MerchantId,
        protocol: str,
        *,
        payment_id: PaymentId | None,
        refund_id: RefundId | None,
        number: str | None,
        from_ms: int | None,
        to_ms: int | None,
        offset: int,
        limit: int,
    ) -> tuple[int, list[Refund]]:
        """Likewise."""
        given = {
            "merchant_id = %s": merchant_id,
            "protocol = %s": protocol,
            "payment_id = %s": payment_id,
            "refund_id = %s": refund_id,
            "number = %s": number,
            "created_ms >= %s": from_ms,
            "created_ms <= %s": to_ms,
        }
        return await self._page(Refund, given, "created_ms DESC, refund_id DESC", offset, limit)

    async def order_details(self, merchant_id: MerchantId, payment_id: PaymentId) -> OrderDetails | None:
        return await self._one(OrderDetails, "merchant_id = %s AND payment_id = %s", merchant_id, payment_id)

    async def attempt(self, merchant_id: MerchantId, attempt_id: AttemptId) -> Attempt | None:
        return await self._one(Attempt, "merchant_id = %s AND attempt_id = %s", merchant_id, attempt_id)

    async def attempts(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Attempt]:
        return await self._many(
            Attempt, "merchant_id = %s AND payment_id = %s ORDER BY attempt_id", merchant_id, payment_id
        )

    async def agreement(self, merchant_id: MerchantId, agreement_id: int) -> Agreement | None:
        return await self._one(Agreement, "merchant_id = %s AND agreement_id = %s", merchant_id, agreement_id)

    async def agreement_by_card(self, merchant_id: MerchantId, fingerprint: str) -> Agreement | None:
        """The newest of a card that lives."""
        where = "merchant_id = %s AND fingerprint = %s AND state = %s ORDER BY agreement_id DESC LIMIT 1"
        return await self._one(Agreement, where, merchant_id, fingerprint, AgreementState.LIVE.value)

    async def living_agreements(self, merchant_id: MerchantId, fingerprint: str) -> list[Agreement]:
        """All about a card under which it may be charged."""
        where = "merchant_id = %s AND fingerprint = %s AND state = %s ORDER BY agreement_id"
        return await self._many(Agreement, where, merchant_id, fingerprint, AgreementState.LIVE.value)

    async def agreement_by_id(self, agreement_id: int) -> Agreement | None:
        """Whoever's agreement has an id; for operators only."""
        return await self._one(Agreement, "agreement_id = %s", agreement_id)

    async def kept_card(self, agreement: Agreement) -> VaultCard | None:
        """The sealed number of an agreement's card."""
        where = "merchant_id = %s AND payment_id = %s AND fingerprint = %s"
        return await self._one(VaultCard, where, agreement.merchant_id, agreement.payment_id, agreement.fingerprint)

    async def payments_by_orders(self, merchant_id: MerchantId, protocol: str, numbers: Sequence[str]) -> list[Payment]:
        """Those with one of these numbers, oldest first."""
        places = ", ".join(["%s"] * len(numbers))
        where = f"merchant_id = %s AND protocol = %s AND order_no IN ({places}) ORDER BY payment_id"
        return await self._many(Payment, where, merchant_id, protocol, *numbers) if numbers else []

    # --- refunds ---

    async def refund(self, merchant_id: MerchantId, refund_id: RefundId) -> Refund | None:
        return await self._one(Refund, "merchant_id = %s AND refund_id = %s", merchant_id, refund_id)

    async def refund_by_number(
        self, merchant_id: MerchantId, protocol: str, number: str, scope: str = ""
    ) -> Refund | None:
        """`scope` is the app in APIs that number by app."""
        where = "merchant_id = %s AND protocol = %s AND number = %s AND number_scope = %s"
        return await self._one(Refund, where, merchant_id, protocol, number, scope)

    async def refunds(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Refund]:
        """Oldest first."""
        return await self._many(
            Refund, "merchant_id = %s AND payment_id = %s ORDER BY refund_id", merchant_id, payment_id
        )

    # --- chargebacks ---

    async def chargebacks(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Chargeback]:
        """Oldest first."""
        where = "payment_id = %s AND merchant_id = %s ORDER BY chargeback_id"
        return await self._many(Chargeback, where, payment_id, merchant_id)

    async def chargeback_by_case(
        self, merchant_id: MerchantId, payment_id: PaymentId, case_no: str
    ) -> Chargeback | None:
        where = "payment_id = %s AND merchant_id = %s AND case_no = %s"
        return await self._one(Chargeback, where, payment_id, merchant_id, case_no)

    # --- several tries to pay for the same ---

    async def paid_group(self, merchant_id: MerchantId, protocol: str, group_no: str) -> PaidGroup | None:
        where = "merchant_id = %s AND protocol = %s AND group_no = %s"
        return await self._one(PaidGroup, where, merchant_id, protocol, group_no)

    async def unpaid_of_group(self, merchant_id: MerchantId, protocol: str, group_no: str) -> list[Payment]:
        """Its tries that are not over yet, renewals aside; oldest first."""
        where = (
            "merchant_id = %s AND group_no = %s AND group_no <> '' AND protocol = %s "
            "AND state IN ('created', 'pending') AND (agreement_id = 0 OR keep_card <> '') ORDER BY payment_id"
        )
        return await self._many(Payment, where, merchant_id, group_no, protocol)

    # --- payouts ---

    async def payout(self, merchant_id: MerchantId, payout_id: PayoutId) -> Payout | None:
        return await self._one(Payout, "merchant_id = %s AND payout_id = %s", merchant_id, payout_id)

    async def payout_by_number(self, merchant_id: MerchantId, protocol: str, app_id: str, number: str) -> Payout | None:
        where = "number = %s AND merchant_id = %s AND protocol = %s AND app_id = %s"
        return await self._one(Payout, where, number, merchant_id, protocol, app_id)

    async def payouts_among(self, merchant_id: MerchantId, identifiers: Sequence[int]) -> frozenset[int]:
        """Which of these are payouts of a merchant."""
        if not identifiers:
            return frozenset()
        places = ", ".join(["%s"] * len(identifiers))
        found = await self._rows.fetch(
            f"SELECT payout_id FROM payouts WHERE merchant_id = %s AND payout_id IN ({places})",
            (merchant_id, *identifiers),
        )
        return frozenset(int(payout_id) for (payout_id,) in found)

    async def reserve(self, merchant_id: MerchantId, currency: str) -> Reserve | None:
        return await self._one(Reserve, "merchant_id = %s AND currency = %s", merchant_id, currency)

    async def available(self, merchant_id: MerchantId, currency: str, *, after: int, up_to: int) -> int:
        """What the postings with identifiers above `after` and up to `up_to` did to the available balance, in minor
        units."""
        found = await self._rows.fetch(
            "SELECT COALESCE(SUM(CASE WHEN credit = 'merchant:available' THEN amount_minor ELSE -amount_minor END), 0) "
            "FROM postings WHERE merchant_id = %s AND currency = %s AND posting_id > %s AND posting_id <= %s "
            "AND (credit = 'merchant:available' OR debit = 'merchant:available')",
            (merchant_id, currency, after, up_to),
        )
        return int(found[0][0])

    async def funds(self, merchant_id: MerchantId, currency: str, *, after: int) -> tuple[int, int, int]:
        """In minor units, all at one moment: what postings above `after` did to the available balance, what payouts
        under way hold of it, and what refunds under way do."""
        instant = sorted(SETTLED_AT_ONCE)
        found = await self._rows.fetch(
            "SELECT (SELECT COALESCE(SUM(CASE WHEN credit = 'merchant:available' THEN amount_minor "
            "ELSE -amount_minor END), 0) FROM postings WHERE merchant_id = %s AND currency = %s AND posting_id > %s "
            "AND (credit = 'merchant:available' OR debit = 'merchant:available')), "
            "(SELECT COALESCE(SUM(amount_minor + fee_minor), 0) FROM payouts "
            "WHERE merchant_id = %s AND currency = %s AND state IN ('waiting', 'sent')), "
            "(SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r JOIN payments p "
            "ON p.merchant_id = r.merchant_id AND p.payment_id = r.payment_id WHERE r.merchant_id = %s "
            f"AND r.currency = %s AND r.state = 'accepted' AND p.method IN ({', '.join(['%s'] * len(instant))}))",
            (merchant_id, currency, after, merchant_id, currency, merchant_id, currency, *instant),
        )
        available, paying, refunding = (int(minor) for minor in found[0])
        return available, paying, refunding

    async def payouts_numbered(self, number: str) -> list[Payout]:
        """Whoever's payouts carry a number, ours or a merchant's; for operators only."""
        if our_id := _identifier(number):
            found = await self._many(Payout, "payout_id = %s", our_id)
            if found:
                return found
        return await self._many(Payout, "number = %s ORDER BY payout_id LIMIT 20", number)

    async def payout_referenced(self, reference: str) -> Payout | None:
        """One that was paid under a bank's number, whoever's it is; for operators only."""
        return await self._one(Payout, "reference = %s AND reference <> '' LIMIT 1", reference)

    # --- subscriptions ---

    async def subscription(self, merchant_id: MerchantId, subscription_id: int) -> Subscription | None:
        return await self._one(Subscription, "merchant_id = %s AND subscription_id = %s", merchant_id, subscription_id)

    async def subscription_of(self, merchant_id: MerchantId, payment_id: PaymentId) -> Subscription | None:
        """The one that a first payment started."""
        return await self._one(Subscription, "payment_id = %s AND merchant_id = %s", payment_id, merchant_id)

    async def subscriptions_numbered(self, number: str) -> list[Subscription]:
        """Whoever's subscriptions carry a number, ours or that of their first payment; for operators only."""
        if our_id := _identifier(number):
            found = await self._many(Subscription, "subscription_id = %s OR payment_id = %s", our_id, our_id)
            if found:
                return found
        return await self._many(Subscription, "number = %s ORDER BY subscription_id LIMIT 20", number)

    async def renewals(self, first: Payment) -> list[Payment]:
        """The payments that charge the first one's card again for the same, oldest first."""
        where = (
            "merchant_id = %s AND group_no = %s AND group_no <> '' AND protocol = %s AND agreement_id = %s "
            "AND keep_card = '' ORDER BY payment_id"
        )
        return await self._many(Payment, where, first.merchant_id, first.group_no, first.protocol, first.agreement_id)

    # --- shipments ---

    async def shipment(self, merchant_id: MerchantId, payment_id: PaymentId, tracking_no: str) -> Shipment | None:
        return await self._one(
            Shipment, "payment_id = %s AND tracking_no = %s AND merchant_id = %s", payment_id, tracking_no, merchant_id
        )

    async def shipments(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Shipment]:
        """Oldest first."""
        return await self._many(
            Shipment, "payment_id = %s AND merchant_id = %s ORDER BY shipment_id", payment_id, merchant_id
        )

    # --- ledger and timeline ---

    async def balances(self, merchant_id: MerchantId) -> dict[tuple[str, str], int]:
        """(account, currency) → credits less debits in minor units, summed from the postings."""
        sums = await self._rows.fetch(
            "SELECT account, currency, SUM(amount) FROM ("
            "SELECT credit AS account, currency, amount_minor AS amount FROM postings WHERE merchant_id = %s "
            "UNION ALL SELECT debit, currency, -amount_minor FROM postings WHERE merchant_id = %s"
            ") AS sides GROUP BY account, currency",
            (merchant_id, merchant_id),
        )
        return {(account, currency): int(total) for account, currency, total in sums}

    async def postings(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[PostingRow]:
        return await self._many(
            PostingRow, "merchant_id = %s AND payment_id = %s ORDER BY posting_id", merchant_id, payment_id
        )

    async def facts(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Fact]:
        return await self._many(Fact, "merchant_id = %s AND payment_id = %s ORDER BY fact_id", merchant_id, payment_id)

    # --- outbox ---

    async def webhook(self, merchant_id: MerchantId, webhook_id: int) -> Webhook | None:
        return await self._one(Webhook, "merchant_id = %s AND webhook_id = %s", merchant_id, webhook_id)

    async def webhook_by_id(self, webhook_id: int) -> Webhook | None:
        """Whoever's webhook has an id; for operators only."""
        return await self._one(Webhook, "webhook_id = %s", webhook_id)

    async def webhooks(self, merchant_id: MerchantId, payment_id: PaymentId) -> list[Webhook]:
        return await self._many(
            Webhook, "merchant_id = %s AND payment_id = %s ORDER BY webhook_id", merchant_id, payment_id
        )

    async def last_status(self, merchant_id: MerchantId, payment_id: int) -> int:
        """The HTTP status of the latest try to tell of a payment or payout; 0 before, and where none came back."""
        found = await self._rows.fetch(
            "SELECT t.status FROM webhook_tries t JOIN webhooks w ON w.merchant_id = t.merchant_id "
            "AND w.webhook_id = t.webhook_id WHERE w.merchant_id = %s AND w.payment_id = %s "
            "ORDER BY t.at_ms DESC, t.webhook_id DESC, t.try_no DESC LIMIT 1",
            (merchant_id, payment_id),
        )
        return int(found[0][0]) if found else 0

    async def webhook_tries(self, merchant_id: MerchantId, webhook_id: int) -> list[WebhookTry]:
        return await self._many(
            WebhookTry, "merchant_id = %s AND webhook_id = %s ORDER BY try_no", merchant_id, webhook_id
        )

    # --- the log of calls ---

    async def call(self, call_id: int) -> Call | None:
        """Whoever's call has an identifier."""
        return await self._one(Call, "call_id = %s AND left_out = 0", call_id)

    async def calls(
        self,
        *,
        merchant_id: MerchantId | None,
        before: int,
        after: int = 0,
        limit: int,
        protocol: str = "",
        app_id: str = "",
        order_no: str = "",
        code: str = "",
        refused: bool | None = None,
    ) -> list[Call]:
        """Newest first, of one merchant or (for operators only) of all; `after` and `before` bound the identifiers."""
        given = {
            "call_id < %s": before,
            "call_id > %s": after,
            "merchant_id = %s": merchant_id,
            "protocol = %s": protocol or None,
            "app_id = %s": app_id or None,
            "order_no = %s": order_no or None,
            "code = %s": code or None,
            "refused = %s": refused,
        }
        wanted = {condition: value for condition, value in given.items() if value is not None}
        where = f"left_out = 0 AND {' AND '.join(wanted)} ORDER BY call_id DESC LIMIT %s"
        return await self._many(Call, where, *wanted.values(), limit)

    async def calls_left_out(self, *, after: int, before: int) -> int:
        """How many calls are missing between two identifiers: anybody's, they were never looked at."""
        found = await self._rows.fetch(
            "SELECT COALESCE(SUM(left_out), 0) FROM calls WHERE merchant_id = %s AND call_id > %s AND call_id < %s",
            (NOBODY, after, before),
        )
        return int(found[0][0])

    # --- risk ---

    async def blocks(self) -> list[Block]:
        """All that operators have blocked, oldest first."""
        return await self._many(Block, "1 = 1 ORDER BY block_id")

    async def block(self, block_id: int) -> Block | None:
        return await self._one(Block, "block_id = %s", block_id)

    async def block_on(self, merchant_id: MerchantId, kind: BlockKind, value: str) -> Block | None:
        return await self._one(Block, "kind = %s AND value = %s AND merchant_id = %s", kind.value, value, merchant_id)

    async def risk_policies(self) -> dict[MerchantId, RiskPolicy]:
        """Those of the merchants who do not live with the defaults."""
        rows = await self._rows.fetch("SELECT merchant_id, risk FROM merchants WHERE risk <> '{}'", ())
        return {MerchantId(merchant_id): msgspec.json.decode(risk, type=RiskPolicy) for merchant_id, risk in rows}

    async def risk_counts(
        self,
        merchant_id: MerchantId,
        *,
        fingerprint: str,
        client_ip: str,
        app_id: str,
        since_ms: int,
        per_card: int,
        per_address: int,
        per_app: int,
    ) -> Counts:
        """A merchant's checked payments that were not stopped; more than a limit is not counted.

        Without a fingerprint (a wallet) or an address nothing is counted for it.
        """
        recent = "e.merchant_id = %s AND e.at_ms > %s AND NOT e.stopped"
        of = f"SELECT count(*) FROM (SELECT 1 FROM risk_events e WHERE {recent} AND e.{{}} = %s LIMIT %s) AS counted"
        found = await self._rows.fetch(
            f"SELECT ({of.format('fingerprint')}), ({of.format('client_ip')}), ({of.format('app_id')}), "
            # An order on the hosted page has several tries and one decline, which counts for each of them. No join:
            # before PostgreSQL has statistics it would read all of the merchant's payments.
            f"(SELECT count(*) FROM risk_events e WHERE {recent} AND e.fingerprint = %s AND (SELECT p.decline "
            "FROM payments p WHERE p.merchant_id = e.merchant_id AND p.payment_id = e.payment_id) NOT IN ('', %s)), "
            "(SELECT count(DISTINCT e.fingerprint) FROM risk_events e "
            f"WHERE {recent} AND e.client_ip = %s AND e.fingerprint NOT IN ('', %s))",
            (
                *(merchant_id, since_ms, fingerprint or None, per_card),
                *(merchant_id, since_ms, client_ip or None, per_address),
                *(merchant_id, since_ms, app_id, per_app),
                *(merchant_id, since_ms, fingerprint or None, Decline.CANCELED_BY_PAYER.value),
                *(merchant_id, since_ms, client_ip or None, fingerprint),
            ),
        )
        return Counts(*found[0])

    # --- people of the console ---

    async def saved_views(self, merchant_id: MerchantId, user_id: int, place: str) -> list[SavedView]:
        """Those of one person, in the order in which they were made."""
        where = "user_id = %s AND merchant_id = %s AND place = %s ORDER BY view_id"
        return await self._many(SavedView, where, user_id, merchant_id, place)

    async def user(self, merchant_id: MerchantId, user_id: int) -> User | None:
        return await self._one(User, "merchant_id = %s AND user_id = %s", merchant_id, user_id)

    async def user_by_login(self, login: str) -> User | None:
        return await self._one(User, "login = %s", login)

    async def users(self, merchant_id: MerchantId) -> list[User]:
        """A merchant's people, or the operators; oldest first."""
        return await self._many(User, "merchant_id = %s ORDER BY user_id", merchant_id)

    async def all_users(self, *, after: int = 0, limit: int) -> list[User]:
        """Everybody, oldest first; for operators only."""
        return await self._many(User, "user_id > %s ORDER BY user_id LIMIT %s", after, limit)

    async def session(self, token_hash: bytes) -> tuple[Session, User] | None:
        """The session of a token, alive or not, and whose it is."""
        session = await self._one(Session, "token_hash = %s", token_hash)
        user = await self.user(session.merchant_id, session.user_id) if session else None
        return (session, user) if session and user else None

    async def sessions(self, user: User) -> list[Session]:
        """Those of one user that were not ended, the latest first. Some may have run out."""
        where = "merchant_id = %s AND user_id = %s AND ended_ms = 0 AND epoch = %s ORDER BY session_id DESC LIMIT 50"
        return await self._many(Session, where, user.merchant_id, user.user_id, user.epoch)

    async def guesses(self, who: str) -> Guesses | None:
        return await self._one(Guesses, "who = %s", who)

    async def audit_entries(
        self, *, merchant_id: MerchantId | None, before: int, limit: int, action: str = "", user_id: int = 0
    ) -> list[AuditEntry]:
        """Newest first, of one merchant or (for operators only) of all; of actions that begin so, and of one user."""
        given = {
            "entry_id < %s": before,
            "merchant_id = %s": merchant_id,
            "substr(action, 1, %s) = %s": (len(action), action) if action else None,
            "user_id = %s": user_id or None,
        }
        wanted = {condition: value for condition, value in given.items() if value is not None}
        params = [each for value in wanted.values() for each in (value if isinstance(value, tuple) else (value,))]
        where = f"{' AND '.join(wanted)} ORDER BY entry_id DESC LIMIT %s"
        return await self._many(AuditEntry, where, *params, limit)

    # --- keys and nodes ---

    async def data_keys(self) -> list[DataKey]:
        return await self._many(DataKey, "1 = 1 ORDER BY created_ms")

    async def ping(self) -> None:
        """Raises Unavailable if the database does not answer."""
        await self._rows.fetch("SELECT 1", ())

    # --- how ---

    async def _page(
        self, row_type: type[Row], given: Mapping[str, Any], order: str, offset: int, limit: int
    ) -> tuple[int, list[Row]]:
        """What is None is not asked for."""
        wanted = {condition: value for condition, value in given.items() if value is not None}
        where = " AND ".join(wanted)
        counted = await self._rows.fetch(
            f"SELECT count(*) FROM {table_of(row_type).name} WHERE {where}", tuple(wanted.values())
        )
        total = int(counted[0][0])
        if offset >= total:
            return total, []
        rows = await self._many(
            row_type, f"{where} ORDER BY {order} LIMIT %s OFFSET %s", *wanted.values(), limit, offset
        )
        return total, rows

    async def _one(self, row_type: type[Row], where: str, *params: Any) -> Row | None:
        found = await self._many(row_type, where, *params)
        return found[0] if found else None

    async def _many(self, row_type: type[Row], where: str, *params: Any) -> list[Row]:
        table = table_of(row_type)
        rows = await self._rows.fetch(f"SELECT {table.column_list} FROM {table.name} WHERE {where}", params)
        return [table.decode(row) for row in rows]


def _identifier(number: str) -> int:
    """The identifier of ours that a number can be; 0 for one that is a merchant's in any case."""
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX):
        return 0
    return int(number) if int(number) <= LAST else 0
