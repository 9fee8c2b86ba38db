"""The texts of the pages, in all their languages."""

from __future__ import annotations

import re
import string
from importlib.resources import files

import pytest

from polygate.checkout.phases import PHASES, RESULTS
from polygate.checkout.words import LANGUAGES, words_in
from polygate.core.cards import Brand
from polygate.core.methods import PRODUCTS, Method
from polygate.core.outcomes import Decline
from polygate.core.subscriptions import Cycle
from polygate.core.transitions import PaymentState
from polygate.operations.links import LOCALES

ENGLISH = LANGUAGES["en-us"].texts


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_everything(locale: str) -> None:
    """The same keys in the same order, with the same placeholders, and no text left empty."""
    texts = LANGUAGES[locale].texts

    assert list(texts) == list(ENGLISH)
    assert {key: placeholders(text) for key, text in texts.items()} == {
        key: placeholders(text) for key, text in ENGLISH.items()
    }
    assert all(text.strip() for text in texts.values())


def test_no_chinese_text_is_left_in_english() -> None:
    """All but names of brands, methods and apps are translated, and the two scripts are not mixed up."""
    simplified, traditional = LANGUAGES["zh-cn"].texts, LANGUAGES["zh-hk"].texts
    for key, english in ENGLISH.items():
        if not key.startswith(("brand.", "method.", "app.", "upi_app.")):
            assert simplified[key] != english
            assert traditional[key] != english
    assert not set("额账户请关闭确认银联发连") & set("".join(traditional.values()))
    assert not set("額戶請關閉確認銀聯發連") & set("".join(simplified.values()))


def test_every_decline_result_brand_and_method_has_words() -> None:
    """A new reason, result, brand or method cannot be forgotten."""
    assert {key for key in ENGLISH if key.startswith("decline.")} == {f"decline.{why}" for why in Decline}
    assert {key for key in ENGLISH if key.startswith("brand.")} == {f"brand.{brand}" for brand in Brand}
    assert {key for key in ENGLISH if key.startswith("method.")} == {f"method.{method}" for method in Method}
    assert {key for key in ENGLISH if key.startswith("terms.")} == {f"terms.{cycle}" for cycle in Cycle}
    assert {key for key in ENGLISH if key.startswith("app.")} == {f"app.{method}" for method in PRODUCTS}
    assert {f"{result}.{part}" for result in RESULTS for part in ("title", "lead")} <= set(ENGLISH)


def test_every_state_of_a_payment_has_its_page() -> None:
    """A new state cannot be forgotten either."""
    assert set(PHASES) == set(PaymentState)


def test_every_text_is_used() -> None:
    """Templates and code name every key, and no key that is not there."""
    folder = files("polygate.checkout")
    templates = [file.read_text() for file in folder.joinpath("templates").iterdir()]
    modules = [file.read_text() for file in folder.iterdir() if file.name.endswith(".py")]
    named = set(re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_]+)+)["']""", "".join(templates + modules)))
    families = "app brand decline method notice terms upi_app paid failed canceled expired"
    by_family = tuple(f"{family}." for family in families.split())

    expected = {key for key in ENGLISH if "." in key and not key.startswith(by_family)}

    assert expected <= named


@pytest.mark.parametrize(
    ("name", "locale"), [("zh-CN", "zh-cn"), ("ZH-HK", "zh-hk"), ("en-GB", "en-us"), ("", "en-us"), ("zh-TW", "en-us")]
)
def test_an_unknown_language_is_english(name: str, locale: str) -> None:
    """Language tags and paths in any case; what we do not speak falls back (gateway contract, 3.7 and 7.1)."""
    assert words_in(name).locale == locale
