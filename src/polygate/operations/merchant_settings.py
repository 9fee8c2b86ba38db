"""What operators change about a merchant in the console, with an entry of the audit log for each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from polygate.core.merchants import FeeRule, Limits, Merchant
from polygate.core.people import AuditEntry
from polygate.operations.administer import change_merchant
from polygate.operations.audit import Actor, entry
from polygate.operations.context import Context


async def change_settings(
    context: Context, actor: Actor, merchant: Merchant, change: Callable[[Merchant], Merchant], *, action: str
) -> Merchant:
    """The merchant as it is after the change. What changes nothing is neither written nor told."""

    def tell(before: Merchant, after: Merchant) -> AuditEntry:
        return entry(
            context, actor, action, merchant_id=after.merchant_id, about=after.merchant_no,
            before=shown(before), after=shown(after),
        )  # fmt: skip

    return await change_merchant(context.store, merchant, change, tell=tell)


def shown(merchant: Merchant) -> dict[str, Any]:
    """What the audit log may hold of a merchant: no keys, and of a bank account its last digits only."""
    terms, risk = merchant.channel, merchant.risk
    account = terms.receiver
    return {
        "name": merchant.name,
        "mcc": merchant.mcc,
        "enabled": merchant.enabled,
        "fees": _fees(merchant.fees),
        "payoutFees": _fees(merchant.payout_fees),
        "riskPerCard": risk.per_card,
        "riskPerAddress": risk.per_address,
        "riskPerApp": risk.per_app,
        "riskAuthenticateAt": risk.authenticate_at,
        "riskStopAt": risk.stop_at,
        "riskAlways": risk.always,
        "creditUrl": terms.credit_url,
        "debitUrl": terms.debit_url,
        "payoutAccount": f"{account.method.value} {account.name} …{account.account[-4:]}" if account else "",
        "creditLimits": _limits(terms.credit_limits),
        "debitLimits": _limits(terms.debit_limits),
    }


def _fees(fees: Mapping[str, FeeRule]) -> str:
    """As in `*: 2.90% + 0; USD: 2.90% + 30`, the fixed part in minor units."""
    return "; ".join(
        f"{currency}: {rule.basis_points // 100}.{rule.basis_points % 100:02}% + {rule.fixed_minor}"
        for currency, rule in sorted(fees.items())
    )


def _limits(limits: Limits) -> str:
    """In minor units, `0` for no bound."""
    return f"{limits.least_minor} to {limits.most_minor}" if limits != Limits() else ""
