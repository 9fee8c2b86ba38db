"""The texts of the console, in both languages."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import pytest

from polygate.checkout.words import LANGUAGES as CHECKOUT
from polygate.connectors import sandbox
from polygate.connectors.contract import Trial
from polygate.console import books
from polygate.console.operator.home import MATTERS
from polygate.console.trial_words import in_words
from polygate.console.words import LANGUAGES, words_wanted
from polygate.core import ledger
from polygate.core.access import Role
from polygate.core.attempts import AttemptKind
from polygate.core.blocks import BlockKind
from polygate.core.facts import ANNOUNCED, FactKind
from polygate.core.methods import Method
from polygate.core.outcomes import Decline
from polygate.core.payouts import PayoutMethod
from polygate.core.subscriptions import Cycle
from polygate.core.transitions import (
    AgreementState,
    AttemptState,
    PaymentState,
    PayoutState,
    RefundState,
    ShipmentState,
    SubscriptionState,
)
from polygate.core.webhooks import WebhookState
from polygate.store.attention import OF_MERCHANTS
from polygate.store.search import By

FOLDER = Path(str(files("polygate.console")))
ENGLISH, CHINESE = LANGUAGES["en"].texts, LANGUAGES["zh-cn"].texts
TEMPLATES = "".join(path.read_text() for path in (FOLDER / "templates").rglob("*.html"))
MODULES = "".join(path.read_text() for path in FOLDER.glob("**/*.py"))
OWN_NAMES = {"merchants.tab_channel"} | {
    f"methods.{name}" for name in Method if name not in {"card", "wechat", "alipay", "upay"}
}
"""Ways to pay, and an API, that are called the same everywhere."""
AREAS = "|".join(sorted({key.partition(".")[0] for key in ENGLISH}))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same() -> None:
    """The same keys with the same placeholders, and no text left empty or in English."""
    assert [key for key in ENGLISH if not of_one(key)] == list(CHINESE)
    assert {key: placeholders(CHINESE[key]) for key in CHINESE} == {key: placeholders(ENGLISH[key]) for key in CHINESE}
    assert [key for key, text in (*ENGLISH.items(), *CHINESE.items()) if not text.strip()] == []
    assert [key for key, text in CHINESE.items() if not is_chinese(text) and key not in OWN_NAMES] == []


def is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def test_chinese_has_one_word_for_one_thing() -> None:
    """A payment is not called by two names, nor is a payout, or whoever acquires; our APIs go by their own names."""
    for name, texts in {"console": CHINESE, "checkout": CHECKOUT["zh-cn"].texts}.items():
        others = re.compile("付出款|收单方|通道 API|签名 API|(?<!分期)付款(?![人码])")
        found = {key for key, text in texts.items() if others.search(text)}
        assert {
            key for key in found if not key.startswith("payouts.") and key != "audit.payout.marked_paid"
        } == set(), name


def test_the_core_has_names_in_every_language() -> None:
    """Accounts and events of the ledger, what shops are told of, and each sentence of the sandbox's tables."""
    accounts = [*ledger.ACCOUNTS, ledger.receivable("x"), ledger.held_by("x"), ledger.charged_back_at("x")]
    events = re.findall(r'Posting\([^"]+"([a-z ]+)"\)', Path(str(files("polygate.core") / "ledger.py")).read_text())
    trials = [
        text
        for group in sandbox.TRIALS
        for text in (group.title, group.about, group.head, *(each for trial in group.trials for each in told(trial)))
    ]
    assert len(events) > 20
    for words in LANGUAGES.values():
        named = [books.account(each, words) for each in accounts] + [books.event(each, words) for each in events]
        named += [words(f"webhooks.event_{kind}") for kind in ANNOUNCED]
        assert set(named).isdisjoint({*accounts, *events, *ANNOUNCED})
    untold = {
        text for text in trials if text.strip("`0123456789") and not is_chinese(in_words(text, LANGUAGES["zh-cn"]))
    }
    assert untold == set(), "these belong into locale/trials.zh-cn.json"


def told(trial: Trial) -> tuple[str, str]:
    return trial.sent, trial.about


def of_one(key: str) -> bool:
    """Whether English says this of one thing, where Chinese makes no difference."""
    return key.endswith("_one") and key.removesuffix("_one") in ENGLISH


def test_one_is_not_told_of_in_the_plural() -> None:
    """Whether the number is one or the text of one."""
    words = LANGUAGES["en"]
    assert words("home.refunds_note", count="1") == words("home.refunds_note", count=1) == "1 refund paid"
    assert words("home.refunds_note", count="2") == "2 refunds paid"
    assert LANGUAGES["zh-cn"]("home.refunds_note", count=1).startswith("1 ")
    plural = {key for key, text in ENGLISH.items() if re.match(r"\{count\} \w+s ", text)}
    assert {key for key in plural if f"{key}_one" not in ENGLISH} == set()


def test_every_text_that_is_asked_for_exists_and_every_text_is_asked_for() -> None:
    """By its whole key, or by the beginning of one that is put together: "roles." ~ role."""
    whole = set(re.findall(rf"""["']((?:{AREAS})\.[a-z0-9_.]*[a-z0-9])["']""", TEMPLATES + MODULES))
    begun = set(re.findall(rf"""["']((?:{AREAS})\.[a-z0-9_.]*)["'] ~""", TEMPLATES))
    begun |= set(re.findall(rf"""f"((?:{AREAS})\.[a-z0-9_.]*){{""", MODULES))

    assert whole - set(ENGLISH) == {"parts.html"}
    asked = {key for key in ENGLISH if key in whole or key.startswith(tuple(begun))}
    assert {key for key in ENGLISH if key not in asked and not of_one(key)} == set()


@pytest.mark.parametrize(
    ("begun", "values"),
    [
        ("story.webhook_", WebhookState), ("webhooks.state_", WebhookState), ("story.attempt_", AttemptState),
        ("unknown.state_", AttemptState), ("story.kind_", AttemptKind), ("unknown.kind_", AttemptKind),
        ("unknown.next_", AttemptKind), ("story.fact_", FactKind), ("refunds.state_", RefundState),
        ("payments.state_", PaymentState), ("payouts.state_", PayoutState), ("payouts.means_", PayoutState),
        ("payouts.method_", PayoutMethod), ("stored_cards.state_", AgreementState), ("declines.", Decline),
        ("shipments.state_", ShipmentState), ("subscriptions.state_", SubscriptionState), ("methods.", Method),
        ("subscriptions.cycle_", Cycle), ("roles.", Role), ("roles.about_", Role), ("blocks.kind_", BlockKind),
        ("blocks.value_wrong_", BlockKind), ("payments.by_", By), ("home.concern_", OF_MERCHANTS),
        ("operator.matter_", MATTERS), ("operator.about_", MATTERS), ("operator.name_", MATTERS),
    ],
)  # fmt: skip
def test_every_value_that_a_text_is_put_together_with_has_one(begun: str, values: Iterable[StrEnum]) -> None:
    """A value without a text would break the page that shows it."""
    assert {value for value in values if begun + value not in ENGLISH} == set()


@pytest.mark.parametrize(
    ("wanted", "language"), [("zh-CN,zh;q=0.9", "zh-cn"), ("de,zh;q=0.5", "zh-cn"), ("en-GB,zh", "en"), ("", "en")]
)
def test_the_browsers_language_is_the_first_that_we_speak(wanted: str, language: str) -> None:
    assert words_wanted(wanted).language == language
