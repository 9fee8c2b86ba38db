"""Accounts, sessions and wrong guesses: the rules."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from polygate.core.people import (
    HALF_OPEN_MS,
    IDLE_MS,
    SESSION_MS,
    Guesses,
    Session,
    User,
    guessed,
    login_name,
    password_fault,
    person_name,
)
from tests.store.samples import some

NOW = 1_000_000_000_000


def locks(count: int) -> list[int]:
    """How long each of so many wrong guesses locks, in seconds, each made as soon as the last lock is over."""
    guesses, now, found = Guesses("x", 0, 0, 0), NOW, []
    for _ in range(count):
        guesses = guessed(guesses, now)
        found.append(max(guesses.locked_until_ms - now, 0) // 1_000)
        now = max(now, guesses.locked_until_ms)
    return found


def test_five_guesses_are_free_and_each_lock_is_longer_up_to_an_hour() -> None:
    assert locks(14) == [0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"seen_ms": NOW - IDLE_MS + 1}, True),
        ({"seen_ms": NOW - IDLE_MS}, False),
        ({"created_ms": NOW - SESSION_MS + 1}, True),
        ({"created_ms": NOW - SESSION_MS}, False),
        ({"ended_ms": NOW - 1}, False),
        ({"epoch": 2}, False),
        ({"code_wanted": True, "created_ms": NOW - HALF_OPEN_MS + 1}, True),
        ({"code_wanted": True, "created_ms": NOW - HALF_OPEN_MS}, False),
    ],
)
def test_when_a_session_is_over(changes: dict[str, int], expected: bool) -> None:
    user = replace(some(User), enabled=True, epoch=3)
    usual = {"epoch": 3, "created_ms": NOW, "seen_ms": NOW, "ended_ms": 0, "code_wanted": False}
    session = replace(some(Session), **(usual | changes))
    assert session.is_alive(user, NOW) is expected
    assert not session.is_alive(replace(user, enabled=False), NOW)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("eleven char", "short"),
        ("twelve chars", ""),
        ("x" * 129, "long"),
        ("aaaaaaaaaaaabb", "guessable"),
        ("amy and 9 friends", "guessable"),
        ("correct horse battery", ""),
    ],
)
def test_passwords(password: str, fault: str) -> None:
    assert password_fault(password, "amy@shop.example") == fault


def test_login_names_have_one_spelling() -> None:
    assert login_name("  Amy.Lee+x@Shop.Example ") == "amy.lee+x@shop.example"
    for text in ("", "amy", "amy@", "@shop", "a b@shop.example", "ämy@shop.example", "a@b@c", "x" * 130 + "@a"):
        with pytest.raises(ValueError, match="login"):
            login_name(text)


def test_names_can_be_shown() -> None:
    assert person_name("  Amy   Lee ") == "Amy Lee"
    for text in ("", " ", "x" * 65, "A\u202emy"):
        with pytest.raises(ValueError, match="name"):
            person_name(text)
