"""Account holders and their shops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.core import addresses
from polygate.core.ids import MerchantId
from polygate.core.money import Money, share
from polygate.core.payouts import Receiver
from polygate.core.risk import RiskPolicy

OVERLAP_HOURS: Final = 24
"""How long a key or secret that was replaced goes on, unless somebody says otherwise."""
OVERLAP_HOURS_MAX: Final = 30 * 24


class FeeRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the operator earns on a captured payment: a share of it and a fixed part. Both are zero by default."""

    basis_points: int = 0
    fixed_minor: int = 0

    def fee(self, captured: Money) -> Money:
        """Never more than what was captured."""
        wanted = share(captured, basis_points=self.basis_points).minor + self.fixed_minor
        return Money(min(wanted, captured.minor), captured.currency)


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """Between which amounts an order has to be, both included; 0 for no bound."""

    least_minor: int = 0
    most_minor: int = 0

    def allow(self, amount: Money) -> bool:
        return self.least_minor <= amount.minor and (not self.most_minor or amount.minor <= self.most_minor)


class ChannelTerms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a merchant and the operator agreed on for the Channel API."""

    credit_url: str = ""
    """Where callbacks about collections go that name no address."""
    debit_url: str = ""
    """Likewise about payouts."""
    receiver: Receiver | None = None
    """Where payouts go that name nobody."""
    credit_limits: Limits = Limits()
    debit_limits: Limits = Limits()


class Merchant(msgspec.Struct, frozen=True):
    """An account holder. The two keys belong to the protocols that sign or encrypt with them; they are kept sealed."""

    merchant_id: MerchantId
    merchant_no: str
    """14 digits."""
    name: str
    mcc: str
    """Merchant category code, 4 digits (ISO 18245)."""
    enabled: bool
    access_key_hash: str
    """SHA-256 of the access key as hex digits: finds the merchant who shows the key."""
    sealed_secret_key: bytes
    fees: Mapping[str, FeeRule]
    """By currency; `*` for all others."""
    created_ms: int
    risk: RiskPolicy = RiskPolicy()
    version: int = 1
    sealed_access_key: bytes = b""
    """32 lower-case hex digits; empty where the merchant has to be given a new one first."""
    payout_fees: Mapping[str, FeeRule] = {}
    """What a payout costs beside its amount, by currency; `*` for all others."""
    channel: ChannelTerms = ChannelTerms()
    sealed_previous_secret_key: bytes = b""
    """The key before, which is good until `previous_secret_key_until_ms`; likewise the access key's."""
    previous_secret_key_until_ms: int = 0
    sealed_previous_access_key: bytes = b""
    previous_access_key_hash: str = ""
    previous_access_key_until_ms: int = 0

    def fee_rule(self, currency: str) -> FeeRule:
        return _rule(self.fees, currency)

    def payout_fee_rule(self, currency: str) -> FeeRule:
        return _rule(self.payout_fees, currency)


def _rule(rules: Mapping[str, FeeRule], currency: str) -> FeeRule:
    return rules.get(currency) or rules.get("*") or FeeRule()


class App(msgspec.Struct, frozen=True):
    """One shop of a merchant, with a credential pair of its own."""

    merchant_id: MerchantId
    app_id: str
    """15 digits without a leading zero, below 2**53 so that it is exact in every JSON reader."""
    name: str
    enabled: bool
    sealed_secret: bytes
    secret_version: int
    """Tokens remember it. Those of the version before live as long as the secret before does, all others have ended."""
    methods: tuple[str, ...]
    """Payment methods the operator enabled, e.g. `card`."""
    may_set_statement: bool
    website_id: str
    subscribe_url: str
    created_ms: int
    version: int = 1
    allowed_addresses: tuple[str, ...] = ()
    """Addresses and networks from which its calls may come; none for anywhere."""
    may_initiate: bool = False
    """Whether it may charge cards that no payer gave in this very moment (gateway contract, 4.6)."""
    payout_methods: tuple[str, ...] = ()
    """Ways to pay out that the operator enabled, for the APIs that name one."""
    sealed_previous_secret: bytes = b""
    """The secret before, which is good until `previous_secret_until_ms`."""
    previous_secret_until_ms: int = 0
    is_test: bool = True
    """Whether its payments go to simulated acquirers only; otherwise none of them does."""
    domain: str = ""
    """Its main domain in lower case, shown on statements, and its name where a merchant gives no app's number."""

    def accepts(self, token: Token, now_ms: int) -> bool:
        """Whether a token was got with a secret that is still good."""
        before = self.secret_version - 1 if now_ms < self.previous_secret_until_ms else self.secret_version
        return before <= token.secret_version <= self.secret_version

    def may_call_from(self, address: str) -> bool:
        return not self.allowed_addresses or addresses.is_within(address, self.allowed_addresses)


class Token(msgspec.Struct, frozen=True):
    """An access token of the Gateway API, remembered by its SHA-256 only."""

    token_hash: bytes
    merchant_id: MerchantId
    app_id: str
    secret_version: int
    expires_ms: int


class UsedNonce(msgspec.Struct, frozen=True):
    """A number that an app signed a call with: it is good for that one call, in whichever process."""

    merchant_id: MerchantId
    app_id: str
    nonce: str
    used_ms: int
