"""The texts of the console, in both languages."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest

from polygate.console.words import LANGUAGES, words_wanted

FOLDER = Path(str(files("polygate.console")))
ENGLISH, CHINESE = LANGUAGES["en"].texts, LANGUAGES["zh-cn"].texts
TEMPLATES = "".join(path.read_text() for path in (FOLDER / "templates").rglob("*.html"))
MODULES = "".join(path.read_text() for path in FOLDER.glob("**/*.py"))
AREAS = "|".join(sorted({key.partition(".")[0] for key in ENGLISH}))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same() -> None:
    """The same keys with the same placeholders, and no text left empty or in English."""
    assert list(ENGLISH) == list(CHINESE)
    assert {key: placeholders(text) for key, text in ENGLISH.items()} == {
        key: placeholders(text) for key, text in CHINESE.items()
    }
    assert [key for key, text in (*ENGLISH.items(), *CHINESE.items()) if not text.strip()] == []
    assert [key for key in ENGLISH if not re.search(r"[\u4e00-\u9fff]", CHINESE[key])] == []


def test_every_text_that_is_asked_for_exists_and_every_text_is_asked_for() -> None:
    """By its whole key, or by the beginning of one that is put together: "roles." ~ role."""
    whole = set(re.findall(rf"""["']((?:{AREAS})\.[a-z0-9_.]*[a-z0-9])["']""", TEMPLATES + MODULES))
    begun = set(re.findall(rf"""["']((?:{AREAS})\.[a-z0-9_.]*)["'] ~""", TEMPLATES))
    begun |= set(re.findall(rf"""f"((?:{AREAS})\.[a-z0-9_.]*){{""", MODULES))

    assert whole - set(ENGLISH) == {"parts.html"}
    assert {key for key in ENGLISH if key not in whole and not key.startswith(tuple(begun))} == set()


@pytest.mark.parametrize(
    ("wanted", "language"), [("zh-CN,zh;q=0.9", "zh-cn"), ("de,zh;q=0.5", "zh-cn"), ("en-GB,zh", "en"), ("", "en")]
)
def test_the_browsers_language_is_the_first_that_we_speak(wanted: str, language: str) -> None:
    assert words_wanted(wanted).language == language
