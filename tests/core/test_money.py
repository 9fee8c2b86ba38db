"""Amounts of money: exact, never rounded in passing, never mixed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from operator import add, ge, gt, le, lt, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.money import CURRENCIES, EXPONENTS, Money, parse, plain, share
from tests.core.tables import Row, table

WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
SUPPORTED = st.sampled_from(CURRENCIES)
AMOUNTS = st.builds(Money, st.integers(0, 10**15), SUPPORTED)


def test_currencies_have_the_decimals_of_iso_4217() -> None:
    """Sixteen currencies have no minor unit, seven divide by a thousand, all others by a hundred."""
    by_exponent = {exponent: {code for code in CURRENCIES if EXPONENTS[code] == exponent} for exponent in range(5)}

    assert by_exponent[0] == set(WHOLE.split())
    assert by_exponent[3] == set(THOUSANDTHS.split())
    assert by_exponent[1] == by_exponent[4] == set()
    assert by_exponent[2] >= {"AUD", "BRL", "CHF", "CNY", "EUR", "GBP", "HKD", "HUF", "IDR", "INR", "MGA", "MXN", "USD"}
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)


def test_funds_metals_and_test_codes_are_no_currencies() -> None:
    """ISO 4217 lists codes nobody pays with; the ones with four decimals are among them."""
    assert not {"CLF", "UYW", "UYI", "XAU", "XAG", "XDR", "XTS", "XXX", "USN", "CHE", "CHW", "BOV"} & EXPONENTS.keys()


WRITTEN = """
    # minor        currency   text
      0            USD        0.00
      1            USD        0.01
      10           USD        0.10
      100          USD        1.00
      1050         USD        10.50
      -1           USD        -0.01
      -1050        USD        -10.50
      999999999    USD        9999999.99
      0            JPY        0
      1050         JPY        1050
      -7           JPY        -7
      1            KWD        0.001
      1050         KWD        1.050
"""


@pytest.mark.parametrize("row", table(WRITTEN), ids=str)
def test_an_amount_is_written_with_its_currencys_decimals(row: Row) -> None:
    """Neither more nor fewer, and the sign comes first."""
    money = Money(int(row.minor), row.currency)

    assert row.text == plain(money)
    assert f"{row.text} {row.currency}" == str(money)


REWRITTEN = """
    # minor    currency  decimals   text
      1050     JPY       2          1050.00
      1050     USD       3          10.500
      1050     USD       2          10.50
      1050     USD       1          10.5
      1000     USD       0          10
      1050     KWD       2          1.05
      -1050    KWD       2          -1.05
      1051     KWD       2          refused    # a thousandth would be lost
      1050     USD       0          refused
      1        USD       1          refused
"""


@pytest.mark.parametrize("row", table(REWRITTEN), ids=str)
def test_an_amount_is_never_rounded_to_fit_fewer_decimals(row: Row) -> None:
    """Where a protocol wants another number of decimals, the text is exact or refused."""
    money, decimals = Money(int(row.minor), row.currency), int(row.decimals)
    if row.text == "refused":
        with pytest.raises(ValueError, match="does not fit"):
            plain(money, decimals=decimals)
    else:
        assert row.text == plain(money, decimals=decimals)


READ = """
    # text              currency   minor
      10                USD        1000
      10.5              USD        1050
      10.50             USD        1050
      10.500            USD        1050      # zeros beyond the currency's decimals say nothing
      0.01              USD        1
      007.70            USD        770
      0                 USD        0
      10.501            USD        refused
      0.001             USD        refused
      10                JPY        10
      10.00             JPY        10
      10.01             JPY        refused
      1.05              KWD        1050
      1.0501            KWD        refused
      1.                USD        refused
      .5                USD        refused
      .                 USD        refused
      1.2.3             USD        refused
      -1                USD        refused
      +1                USD        refused
      1e3               USD        refused
      1E3               USD        refused
      1,000             USD        refused
      1_000             USD        refused
      0x10              USD        refused
      1.5e2             USD        refused
      1.-5              USD        refused
      1.+5              USD        refused
      NaN               USD        refused
      Infinity          USD        refused
"""


@pytest.mark.parametrize("row", table(READ), ids=str)
def test_only_plain_decimal_text_is_an_amount(row: Row) -> None:
    """What looks like a number to a programming language is not yet one on a bill."""
    if row.minor == "refused":
        with pytest.raises(ValueError, match=r"not a plain decimal|has \d decimals"):
            parse(row.text, row.currency)
    else:
        assert Money(int(row.minor), row.currency) == parse(row.text, row.currency)


@pytest.mark.parametrize(
    "text",
    ["\uff11\uff10", "\u0661\u0660", "1.\u0660", "\u00b2"],
    ids=["full-width", "Arabic-Indic", "Arabic-Indic decimals", "superscript"],
)
def test_digits_of_other_scripts_are_no_amount(text: str) -> None:
    """Python's own int() would take most of them."""
    with pytest.raises(ValueError, match="not a plain decimal"):
        parse(text, "USD")


@pytest.mark.parametrize("text", ["", " ", " 1", "1 ", "1 0", "1\n", "1.5\n", "\x00", "1\x00"])
def test_blanks_are_not_part_of_an_amount(text: str) -> None:
    """Cutting blanks off is the front door's business."""
    with pytest.raises(ValueError, match="not a plain decimal"):
        parse(text, "USD")


@given(AMOUNTS)
def test_what_is_written_reads_as_the_same_amount(money: Money) -> None:
    """In every currency, to the last minor unit."""
    assert money == parse(plain(money), money.currency)


@given(st.integers(-(10**15), 10**15), SUPPORTED, st.integers(0, 6))
def test_more_decimals_never_change_the_value(minor: int, currency: str, more: int) -> None:
    """The text is worth the minor units divided by the power of ten, exactly."""
    text = plain(Money(minor, currency), decimals=EXPONENTS[currency] + more)

    assert Decimal(minor).scaleb(-EXPONENTS[currency]) == Decimal(text)


@given(st.text(alphabet="0123456789.+-eE_, \u0663\uff11", max_size=12), SUPPORTED)
def test_reading_agrees_with_exact_arithmetic_or_refuses(text: str, currency: str) -> None:
    """Whatever is accepted has the value that exact decimal arithmetic gives it."""
    try:
        money = parse(text, currency)
    except ValueError:
        return
    assert Decimal(text).scaleb(EXPONENTS[currency]) == money.minor


@pytest.mark.parametrize("operation", [add, sub, lt, le, gt, ge])
def test_two_currencies_do_not_mix(operation: Callable[[Money, Money], object]) -> None:
    """Neither added nor compared: there is no rate in the core."""
    with pytest.raises(ValueError, match="cannot mix"):
        operation(Money(1, "USD"), Money(1, "EUR"))


def test_the_same_number_in_two_currencies_is_two_amounts() -> None:
    """Equality asks for the currency too."""
    assert Money(1, "USD") != Money(1, "EUR")
    assert len({Money(1, "USD"), Money(1, "USD"), Money(1, "EUR")}) == 2


@given(st.integers(), st.integers(), SUPPORTED)
def test_amounts_of_one_currency_add_and_compare_like_their_minor_units(a: int, b: int, currency: str) -> None:
    """Adding and taking away again changes nothing."""
    first, second = Money(a, currency), Money(b, currency)

    assert Money(a + b, currency) == first + second
    assert first == first + second - second
    assert (a < b, a <= b, a > b, a >= b) == (first < second, first <= second, first > second, first >= second)


SHARES = """
    # minor    basis_points   share
      100_00   0              0
      100_00   1              1
      100_00   250            2_50
      100_00   10_000         100_00
      19       250            0         # 0.475
      20       250            1         # 0.5 goes up
      59       250            1         # 1.475
      60       250            2         # 1.5 goes up
      1        4_999          0
      1        5_000          1
      0        10_000         0
"""


@pytest.mark.parametrize("row", table(SHARES), ids=str)
def test_half_a_minor_unit_goes_to_the_party_that_is_owed_the_share(row: Row) -> None:
    """Halves are rounded up."""
    assert Money(int(row.share), "USD") == share(Money(int(row.minor), "USD"), basis_points=int(row.basis_points))


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_a_share_is_exact_but_for_the_last_minor_unit(minor: int, basis_points: int) -> None:
    """The same as exact decimal arithmetic rounded half up; never more than the whole."""
    exact = Decimal(minor) * basis_points / 10_000
    taken = share(Money(minor, "EUR"), basis_points=basis_points).minor

    assert int(exact.quantize(Decimal(1), ROUND_HALF_UP)) == taken
    assert 0 <= taken <= minor
