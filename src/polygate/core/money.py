"""Amounts of money: whole minor units with their currency, never a float."""

from __future__ import annotations

from typing import Final

import msgspec

# ISO 4217 national currencies by the number of decimals of their minor unit.
_CODES_BY_EXPONENT: Final[dict[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
        "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
        "MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD "
        "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG "
        "YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}

EXPONENTS: Final[dict[str, int]] = {
    code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()
}
"""Decimals of each supported currency (ISO 4217)."""

CURRENCIES: Final[tuple[str, ...]] = tuple(sorted(EXPONENTS))


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in the smallest unit of its currency: `Money(1050, "USD")` is 10.50 US dollars."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __str__(self) -> str:
        return f"{plain(self)} {self.currency}"

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor


def plain(money: Money, *, decimals: int | None = None) -> str:
    """Decimal text of an amount, `"10.50"`; `decimals` overrides the currency's own number of places.

    Raises ValueError where fewer decimals than the amount needs are asked for: money is never rounded in passing.
    """
    exponent = EXPONENTS[money.currency]
    places = exponent if decimals is None else decimals
    sign, minor = ("-", -money.minor) if money.minor < 0 else ("", money.minor)
    if places < exponent:
        minor, rest = divmod(minor, 10 ** (exponent - places))
        if rest:
            raise ValueError(f"{money.minor} {money.currency} does not fit {places} decimals")
    else:
        minor *= 10 ** (places - exponent)
    if places == 0:
        return f"{sign}{minor}"
    whole, fraction = divmod(minor, 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}"


def parse(text: str, currency: str) -> Money:
    """The amount written as plain decimal text (`"10.5"`), exactly.

    Raises ValueError for anything but digits with at most one point, and for decimals other than zero that the
    currency does not have. `currency` must be one of CURRENCIES.
    """
    whole, point, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (fraction.isascii() and fraction.isdigit())):
        raise ValueError("not a plain decimal number")
    exponent = EXPONENTS[currency]
    kept, extra = fraction[:exponent], fraction[exponent:]
    if extra.strip("0"):
        raise ValueError(f"{currency} has {exponent} decimals")
    return Money(int(whole) * 10**exponent + int(kept.ljust(exponent, "0") or "0"), currency)


def share(money: Money, *, basis_points: int) -> Money:
    """A percentage of an amount, in hundredths of a percent; halves are rounded up.

    The remainder goes to the party that is owed the share (our fee income), because a fee is always positive.
    """
    whole, rest = divmod(money.minor * basis_points, 10_000)
    return Money(whole + (1 if rest * 2 >= 10_000 else 0), money.currency)
