"""What can be said about the look of the pages without looking: contrast, and nothing from elsewhere."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from polygate.checkout.amounts import Amount, shown
from polygate.core.cards import Brand
from polygate.core.methods import Method
from polygate.core.money import CURRENCIES, Money

STATIC = files("polygate.checkout").joinpath("static")
STYLE = STATIC.joinpath("checkout.css").read_text()
TEXT_ON = [
    ("ink", "ground"),
    ("ink", "sheet"),
    ("ink", "field"),
    ("ink", "danger-tint"),
    ("soft", "ground"),
    ("soft", "sheet"),
    ("soft", "danger-tint"),
    ("ink", "tint"),
    ("accent", "ground"),
    ("accent", "tint"),
    ("danger", "sheet"),
    ("danger", "danger-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
]
SHAPES_ON = [("field-line", "sheet"), ("field-line", "field"), ("accent", "sheet"), ("accent", "tint")]


def themes() -> dict[str, dict[str, str]]:
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in STYLE.split(":root")[1:3])
    return {"light": light, "dark": light | dark}


def luminance(color: str) -> float:
    """Relative luminance of a color (WCAG 2.2)."""
    channels = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_shapes_stand_out(theme: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for borders of fields, focus rings and emblems; in both themes."""
    colors = themes()[theme]

    faint = {pair for pair in TEXT_ON if contrast(colors[pair[0]], colors[pair[1]]) < 4.5}
    faint |= {pair for pair in SHAPES_ON if contrast(colors[pair[0]], colors[pair[1]]) < 3}

    assert not faint


def test_nothing_comes_from_elsewhere() -> None:
    """No file names another host, and each brand and method has its mark."""
    names = {file.name for file in STATIC.iterdir()}
    assert {f"{brand.lower()}.svg" for brand in Brand} <= names
    assert {f"{method.lower()}.svg" for method in Method} <= names
    for file in STATIC.iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|data:", text), file.name


@pytest.mark.parametrize(
    ("money", "tag", "expected"),
    [
        (Money(10_099, "USD"), "en-US", Amount("$100.99", "USD")),
        (Money(10_099, "USD"), "zh-CN", Amount("US$100.99", "USD")),
        (Money(1_000_000_00, "CNY"), "zh-CN", Amount("¥1,000,000.00", "CNY")),
        (Money(5, "CNY"), "zh-HK", Amount("CN¥0.05", "CNY")),
        (Money(1_500, "JPY"), "en-US", Amount("¥1,500", "JPY")),
        (Money(1_500, "JPY"), "zh-CN", Amount("JP¥1,500", "JPY")),
        (Money(999, "CHF"), "en-US", Amount("CHF\N{NO-BREAK SPACE}9.99", "")),
        (Money(1_234_567, "KWD"), "zh-HK", Amount("KWD\N{NO-BREAK SPACE}1,234.567", "")),
    ],
)
def test_amounts_as_each_language_writes_them(money: Money, tag: str, expected: Amount) -> None:
    """A bare sign only where it can mean one currency; the code where there is no sign."""
    assert shown(money, tag) == expected


@pytest.mark.parametrize("tag", ["en-US", "zh-CN", "zh-HK"])
def test_no_two_currencies_look_alike(tag: str) -> None:
    """On no page can an amount be taken for one of another currency."""
    texts = [shown(Money(0, currency), tag).text.rstrip("0.") for currency in CURRENCIES]

    assert len(set(texts)) == len(texts)
