"""Single values: what each kind accepts, how it reads it, and by which code it says no."""

from __future__ import annotations

import re

import pytest

from polygate.core.cards import Secret
from polygate.core.money import CURRENCIES
from polygate.protocols.gateway.kinds import Amount, ExpiryMonth, ExpiryYear
from polygate.protocols.gateway.reading import CODES
from polygate.protocols.reading.faults import Wrong
from polygate.protocols.reading.fields import Scalar
from polygate.protocols.reading.kinds import (
    CardNumber,
    Choice,
    Country,
    Currency,
    Date,
    Flag,
    IpAddress,
    SecretText,
    Text,
    Url,
    Whole,
)


def wide(text: str) -> str:
    """The full-width twins of ASCII characters: digits to Unicode, but not to any bank."""
    return text.translate({ordinal: ordinal + 0xFEE0 for ordinal in range(0x21, 0x7F)})


HOST = "https://shop.example.com/"
TRADE_NO = Text(18, 18, re.compile("[1-9][0-9]*"), "must be digits")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Text(5, 7), "12345", "12345"),
        (Text(5, 7), "1234567", "1234567"),
        (Text(1, 2), "\U0001f600\U0001f600", "\U0001f600\U0001f600"),
        (TRADE_NO, "589327510105956352", "589327510105956352"),
        (Amount(), "0.01", "0.01"),
        (Amount(), "0.1", "0.10"),
        (Amount(), "1", "1.00"),
        (Amount(), "100.99", "100.99"),
        (Amount(), "007.5", "7.50"),
        (Amount(), "9999999.99", "9999999.99"),
        (Amount(), "9999999", "9999999.00"),
        (Currency(), "USD", "USD"),
        (Currency(), "usd", "USD"),
        (Currency(), "Jpy", "JPY"),
        (Country(), "HK", "HK"),
        (Country(), "us", "US"),
        (Choice(("no", "auto", "standard")), "AUTO", "auto"),
        (Choice(("Y", "N")), "y", "Y"),
        (Choice(("alipayPlus", "upay"), {"upi": "upay"}), "ALIPAYPLUS", "alipayPlus"),
        (Choice(("alipayPlus", "upay"), {"upi": "upay"}), "UPI", "upay"),
        (Flag(), "true", True),
        (Flag(), "FALSE", False),
        (Whole(1, 14_400), "1", "1"),
        (Whole(1, 14_400), "14400", "14400"),
        (Whole(1, 14_400), "0060", "60"),
        (Date(), "1990-08-01", "1990-08-01"),
        (Date(), "2024-02-29", "2024-02-29"),
        (IpAddress(), "203.0.113.9", "203.0.113.9"),
        (IpAddress(), "2001:db8::1", "2001:db8::1"),
        (IpAddress(), "::ffff:10.1.1.1", "::ffff:10.1.1.1"),
        (Url(), "https://shop.example.com", "https://shop.example.com"),
        (Url(), "http://localhost:8080/done?x=1#y", "http://localhost:8080/done?x=1#y"),
        (Url(), "HTTPS://Shop.Example.com/Done", "HTTPS://Shop.Example.com/Done"),
        (Url(), "http://[::1]:80/", "http://[::1]:80/"),
        (Url(), "http://203.0.113.9:65535", "http://203.0.113.9:65535"),
        (Url(), "https://www.xxx.com?status=订单状态&amount=金额", "https://www.xxx.com?status=订单状态&amount=金额"),
        (Url(), "https://例え.jp/", "https://例え.jp/"),
        (Url(), "https://my_shop.local/a@b", "https://my_shop.local/a@b"),
        (Url(), HOST + "x" * (512 - len(HOST)), HOST + "x" * (512 - len(HOST))),
        (ExpiryMonth(), "01", "01"),
        (ExpiryMonth(), "6", "06"),
        (ExpiryMonth(), "10", "10"),
        (ExpiryMonth(), "12", "12"),
        (ExpiryYear(), "2027", "2027"),
        (ExpiryYear(), "27", "2027"),
        (SecretText(3, 4, re.compile("[0-9]+"), "must be digits"), "4012", Secret("4012")),
        (CardNumber(), "4444333322221111", Secret("4444333322221111")),
        (CardNumber(), "4444 3333-2222 1111", Secret("4444333322221111")),
        (CardNumber(), "4222222222222", Secret("4222222222222")),
        (CardNumber(), "378282246310005", Secret("378282246310005")),
        (CardNumber(), "6212454545454690", Secret("6212454545454690")),
        (CardNumber(), "8100000000000001", Secret("8100000000000001")),
        (CardNumber(), "6200000000000000001", Secret("6200000000000000001")),
    ],
)
def test_accepted_and_read_in_our_spelling(kind: Scalar, text: str, value: object) -> None:
    assert kind.accept(text) == value


@pytest.mark.parametrize(
    ("kind", "code", "texts"),
    [
        (Text(5, 7), "2003", ["1234", "12345678"]),
        (TRADE_NO, "2003", ["58932751010595635", "5893275101059563520", "08932751010595635x", "58932751010595635x"]),
        (TRADE_NO, "2003", ["089327510105956352", wide("589327510105956352")]),
        (
            Amount(),
            "2005",
            ["0", "0.0", "0.00", "0000000.00", "-1", "+1", "1.234", "1e3", "1E3", "10000000", "12345678"],
        ),
        (Amount(), "2005", ["1.", ".5", "1,5", "1 000", "1.2.3", "0x1", "NaN", "Infinity", "true", "free", wide("1")]),
        (Amount(), "2005", ["1\n", "9" * 1_000_000, "1.00 USD", "$1"]),
        (Currency(), "2003", ["US", "USDX", "U$D", "840", wide("USD"), "USD、SGD、HKD、ISO-4217"]),
        (Currency(), "2006", ["XXX", "XAU", "ABC", "BTC", "dem"]),
        (Country(), "2003", ["U", "USA", "U1", "ß", wide("US"), "中国"]),
        (Choice(("no", "auto")), "2004", ["no、auto、standard", "none", "n", "noauto", "true"]),
        (Flag(), "2003", ["yes", "1", "0", "truee"]),
        (Whole(1, 14_400), "2003", ["0", "14401", "-1", "1.0", "1e3", "60m", "٦٠", "9" * 1_000_000]),
        (
            Date(),
            "2003",
            ["1990-8-1", "19900801", "1990-02-30", "2023-02-29", "1990-13-01", "0000-01-01", "1990-W01-1"],
        ),
        (IpAddress(), "2003", ["203.0.113", "203.0.113.256", "203.0.113.09", "localhost", "fe80::1%eth0", ":::", "1"]),
        (IpAddress(), "2003", ["203.0.113.9/32", "203.0.113.9:80", "[::1]", "x" * 100_000]),
        (
            Url(),
            "2009",
            ["string", "shop.example.com", "//shop.example.com", "/done", "ftp://x.example", "javascript:x"],
        ),
        (Url(), "2009", ["https://", "https:///x", "https://?x", "https://a b", "https://a/b c", "https://a/b\nc"]),
        (Url(), "2009", ["https://a:b", "https://a:65536/", "https://a:0/", "https://a:/x", "https://[::1"]),
        (Url(), "2009", ["https://user:secret@shop.example.com/", "https://a\\@b/", "http\u017f://a/", "https://.a/"]),
        (Url(), "2009", [HOST + "x" * (513 - len(HOST)), "https://a/\u00a0b"]),
        (ExpiryMonth(), "2008", ["0", "00", "13", "006", "1.0", "Jan", "٦"]),
        (ExpiryYear(), "2008", ["7", "027", "20270", "2o27", "٢٧"]),
        (SecretText(3, 4, re.compile("[0-9]+"), "must be digits"), "2003", ["12", "12345", "12a", wide("123")]),
        (CardNumber(), "2007", ["4444333322221112", "444433332222", "44443333222211110000", "x", "--", "0"]),
        (
            CardNumber(),
            "2007",
            [wide("4444333322221111"), "4444.3333.2222.1111", "620000000000", "9" * 1_000_000],
        ),
    ],
)
def test_refused_by_its_code(kind: Scalar, code: str, texts: list[str]) -> None:
    """The wrong side of every limit; and no refusal repeats the value."""
    for text in texts:
        with pytest.raises(Wrong) as caught:
            kind.accept(text)
        assert CODES[caught.value.fault].code == code, text
        assert len(text) < 8 or text not in caught.value.said


def test_every_currency_of_the_core_is_accepted() -> None:
    assert all(Currency().accept(code.lower()) == code for code in CURRENCIES)
    assert Currency.values == CURRENCIES


def test_a_secret_is_read_as_something_that_does_not_show_itself() -> None:
    assert "4444" not in repr(CardNumber().accept("4444333322221111"))
    assert "401" not in repr(SecretText(3, 4).accept("401"))
