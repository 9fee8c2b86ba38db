"""Fee schedules, as options write them and as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from polygate.cli import printed
from polygate.cli.mistakes import Mistake

if TYPE_CHECKING:
    from polygate.core.merchants import FeeRule, Merchant

_PERCENT_MAX: Final = 100


def fee_schedule(percent: str, fixed: list[str], *, option: str = "--fee") -> dict[str, FeeRule]:
    """The schedule of the two options that begin so: by currency, `*` for all others. Raises Mistake."""
    from polygate.core.merchants import FeeRule
    from polygate.core.money import EXPONENTS

    whole, _, fraction = percent.removesuffix("%").partition(".")
    if not f"{whole}{fraction}".isdecimal() or not percent.isascii() or len(fraction) > 2:
        raise Mistake(f"{option}-percent must be a number with at most 2 decimals, e.g. 2.9")
    basis_points = int(whole or "0") * 100 + int(fraction.ljust(2, "0"))
    if basis_points > _PERCENT_MAX * 100:
        raise Mistake(f"{option}-percent must be at most 100")
    fees = {"*": FeeRule(basis_points=basis_points)} if basis_points else {}
    for text in fixed:
        currency, _, minor = text.partition(":")
        if currency.upper() not in EXPONENTS or not (minor.isascii() and minor.isdigit()):
            raise Mistake(
                f"{option}-fixed {printed.plain(text)}: write a currency and minor units, e.g. USD:30 for 0.30 USD"
            )
        fees[currency.upper()] = FeeRule(basis_points=basis_points, fixed_minor=int(minor))
    return fees


def fees_shown(merchant: Merchant) -> dict[str, str]:
    """By currency, `*` for all others."""
    from polygate.core.money import Money, plain

    shown = {}
    for currency, rule in sorted(merchant.fees.items()):
        percent = f"{rule.basis_points // 100}.{rule.basis_points % 100:02}%"
        shown[currency] = f"{percent} + {plain(Money(rule.fixed_minor, currency))}" if rule.fixed_minor else percent
    return shown
