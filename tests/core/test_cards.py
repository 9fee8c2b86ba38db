"""Payment cards: brands, check digits, and numbers that never show themselves."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from io import StringIO
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from polygate.core.cards import Brand, Card, Secret, brand_of, is_card_number, mask, passes_luhn, without_card_numbers
from tests.core.tables import Row, table

NUMBER = "4444333322221111"
CODE = "7391"
CARD = Card(Secret(NUMBER), "Amy", "Lee", Secret(CODE), 12, 2030)
BODIES = st.text("0123456789", min_size=12, max_size=18)

BRANDS = """
    # prefix   brand
      4        VISA
      2220     VISA         # one below the range
      2221     MASTERCARD
      2500     MASTERCARD
      2720     MASTERCARD
      2721     VISA         # one above it
      50       VISA
      51       MASTERCARD
      55       MASTERCARD
      56       VISA
      33       VISA
      34       AMEX
      37       AMEX
      35       JCB
      30       DINERS
      31       VISA
      36       DINERS
      38       DINERS
      39       VISA
      6010     VISA
      6011     DISCOVER
      6012     VISA
      61       VISA
      62       UNIONPAY
      63       VISA
      64       DISCOVER
      65       DISCOVER
      66       VISA
      80       VISA
      81       UNIONPAY
      82       VISA
      0        VISA
      9        VISA
"""


@pytest.mark.parametrize("row", table(BRANDS), ids=str)
def test_the_brand_follows_from_the_first_digits(row: Row) -> None:
    """The table of the gateway contract, section 12, on both sides of every range; all else is Visa."""
    assert Brand(row.brand) is brand_of(row.prefix.ljust(16, "0"))


def test_every_brand_has_a_number() -> None:
    """No brand is out of reach."""
    assert set(Brand) == {Brand(row.brand) for row in table(BRANDS)}


def luhn_fits(number: str) -> bool:
    """The rule in its textbook form: digits on even places from the right count double, by their digit sum."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


@given(BODIES)
def test_exactly_one_check_digit_fits(body: str) -> None:
    """And it is the one of ISO/IEC 7812-1."""
    fitting = [digit for digit in "0123456789" if passes_luhn(body + digit)]

    assert len(fitting) == 1
    assert luhn_fits(body + fitting[0])


@given(BODIES, st.data())
def test_one_wrong_digit_is_noticed(body: str, data: st.DataObject) -> None:
    """Wherever it is."""
    number = next(body + digit for digit in "0123456789" if passes_luhn(body + digit))
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))

    assert not passes_luhn(number[:place] + wrong + number[place + 1 :])


NUMBERS = """
    # number                  is_one
      4444333322221111        yes
      5555555555554444        yes
      3566002020360505        yes
      378282246310005         yes      # 15 digits
      30569309025904          yes      # 14 digits
      4222222222222           yes      # 13 digits
      6011000990139424        yes
      4000000000000000006     yes      # 19 digits
      4444333322221112        no       # wrong check digit
      6212454545454690        yes      # UnionPay numbers are issued without a check digit
      6200000000000005        yes
      8100000000000001        yes
      621245454545            no       # but not without a length
      62124545454546901234    no
      400000000002            no       # 12 digits, check digit right
      40000000000000000002    no       # 20 digits, check digit right
      4444-3333-2222-1111     no
      444433332222111x        no
      +444333322221111        no
      -                       no
"""


@pytest.mark.parametrize("row", table(NUMBERS), ids=str)
def test_a_card_number_has_13_to_19_digits_and_its_check_digit(row: Row) -> None:
    """UnionPay alone is let through without a check (gateway contract, 3.6)."""
    assert (row.is_one == "yes") is is_card_number(row.number)


@pytest.mark.parametrize(
    "text", ["", " ", " 4444333322221111", "4444333322221111\n", "4444 3333 2222 1111", "\uff14444333322221111"]
)
def test_only_plain_digits_are_a_card_number(text: str) -> None:
    """The front door takes blanks out before it asks; digits of other scripts are none."""
    assert not is_card_number(text)


@given(st.text("0123456789", min_size=13, max_size=19))
def test_a_masked_number_keeps_six_and_four_digits(number: str) -> None:
    """And its length."""
    masked = mask(number)

    assert (number[:6], number[-4:], len(number)) == (masked[:6], masked[-4:], len(masked))
    assert set(masked[6:-4]) == {"*"}


def test_a_card_shows_its_brand_and_its_masked_number() -> None:
    """All that may be kept in the clear."""
    assert (CARD.masked, CARD.bin, CARD.brand, CARD.holder) == ("444433******1111", "444433", Brand.VISA, "Amy Lee")
    assert msgspec.structs.replace(CARD, first_name="").holder == "Lee"


def logged(value: object) -> str:
    """What the standard library's logging writes, once as an argument and once inside a message."""
    out = StringIO()
    logger = logging.Logger("cards")
    logger.addHandler(logging.StreamHandler(out))
    logger.warning("card %s, or %r", value, value)
    logger.warning(f"card {value}")
    return out.getvalue()


def structured(value: object) -> str:
    """What structlog writes as JSON and for the console."""
    event = {"event": "payment", "card": value, "cards": [value]}
    as_json = structlog.processors.JSONRenderer()(None, "info", dict(event))
    return f"{as_json!r} {structlog.dev.ConsoleRenderer(colors=False)(None, 'info', dict(event))}"


def raised(value: object) -> str:
    """An exception that quotes it, with the local variables of every frame."""

    def take_payment(card: object) -> None:
        raise ValueError("cannot charge", card)

    try:
        take_payment(value)
    except ValueError as error:
        richly = StringIO()
        Console(file=richly, width=200).print(Traceback(show_locals=True))
        plainly = traceback.TracebackException.from_exception(error, capture_locals=True)
        return f"{error} {error!r} {''.join(plainly.format())} {richly.getvalue()}"
    raise AssertionError("the exception came")


WAYS_OUT: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "format": lambda value: f"{value} {value!r} {value!s} {value!a}",
    "percent": lambda value: "%s %r %a" % (value, value, value),  # noqa: UP031 - the old way leaks no more
    "container": lambda value: f"{[value]} { ({'card': value}) } {(value,)}",
    "json": lambda value: json.dumps({"card": value}, default=str),
    "msgspec": lambda value: msgspec.json.encode({"card": value}, enc_hook=repr).decode(),
    "rich": pretty_repr,
    "logging": logged,
    "structlog": structured,
    "exception": raised,
}


@pytest.mark.parametrize("way", WAYS_OUT)
@pytest.mark.parametrize("value", [CARD.number, CARD.security_code, CARD], ids=["number", "security code", "card"])
def test_a_secret_shows_stars_wherever_it_is_written(way: str, value: object) -> None:
    """In text, logs, JSON with a fallback and tracebacks with local variables alike."""
    written = WAYS_OUT[way](value)

    assert NUMBER not in written
    assert CODE not in written


@pytest.mark.parametrize(
    "serialize",
    [
        *(
            lambda value, protocol=protocol: pickle.dumps(value, protocol)
            for protocol in range(pickle.HIGHEST_PROTOCOL)
        ),
        json.dumps,
        msgspec.json.encode,
        msgspec.msgpack.encode,
        msgspec.to_builtins,
        copy.deepcopy,
    ],
)
@pytest.mark.parametrize("value", [CARD.number, [CARD.number], CARD], ids=["alone", "in a list", "in a card"])
def test_a_secret_is_not_serialized(serialize: Callable[[object], object], value: object) -> None:
    """Rows are JSON and caches are pickles; a card that strays into one is an error, which does not tell it either."""
    with pytest.raises(TypeError) as refused:
        serialize(value)

    assert NUMBER not in f"{refused.value!r}"


def test_a_padded_secret_shows_stars() -> None:
    """A format with a width is no way round."""
    assert f"{CARD.number:>40}" == repr(CARD.number)


def test_a_secret_has_no_attributes_to_dump() -> None:
    """Tools that walk over attributes find none."""
    with pytest.raises(TypeError):
        vars(CARD.number)


def test_a_secret_is_given_away_only_when_asked() -> None:
    """And it is equal to another of the same text, so that cards compare."""
    assert Secret("x").reveal() == "x"
    assert Secret("x") == Secret("x") != Secret("y")
    assert Secret("x") != "x"
    assert len({Secret("x"), Secret("x"), Secret("y")}) == 2


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("charged to 4444333322221111, thanks", "charged to 444433******1111, thanks"),
        ("4444 3333 2222 1111", "444433******1111"),
        ("5555-5555-5555-4444 and 378282246310005", "555555******4444 and 378282*****0005"),
        ("order 4444333322221112", "order 4444333322221112"),  # The check digit is wrong: it is no card's.
        ("tel. +65 6123 4567, 20220828000002", "tel. +65 6123 4567, 20220828000002"),
        ("204039467827202048", "204039467827202048"),  # 18 digits are an identifier of ours.
        ("", ""),
    ],
)
def test_a_card_number_in_a_text_is_masked(written: str, kept: str) -> None:
    """And nothing else is touched."""
    assert without_card_numbers(written) == kept
