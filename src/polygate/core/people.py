"""People who use the console: their accounts, sessions and wrong guesses, and the rules about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.core.access import Role
from polygate.core.ids import MerchantId

NO_MERCHANT: Final = MerchantId(0)
"""The merchant of operators, who belong to none."""

IDLE_MS: Final = 12 * 3_600_000
"""A session that nobody used for so long is over."""
SESSION_MS: Final = 7 * 86_400_000
"""No session lives longer, however busy."""
HALF_OPEN_MS: Final = 10 * 60_000
"""How long the one-time code may take after the password."""
CODE_FRESH_MS: Final = 10 * 60_000
"""How long a one-time code counts as just given, for what asks for one."""

PASSWORD_MIN_LENGTH: Final = 12
PASSWORD_MAX_LENGTH: Final = 128
"""Longer ones would only keep the server busy."""
_PASSWORD_LEAST_DIFFERENT: Final = 5
_LOGIN: Final = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_LOGIN_MAX_LENGTH: Final = 128
_NAME_MAX_LENGTH: Final = 64

_FREE_GUESSES: Final = 5
_FIRST_LOCK_MS: Final = 60_000
_LONGEST_LOCK_MS: Final = 3_600_000


class User(msgspec.Struct, frozen=True):
    """Somebody who may sign in. What proves it is kept hashed or sealed."""

    merchant_id: MerchantId
    """Whose people they belong to; `NO_MERCHANT` for operators."""
    user_id: int
    login: str
    """In the form of an e-mail address; unique among everybody."""
    name: str
    role: Role
    enabled: bool
    password_hash: str
    """Argon2id, in its own notation."""
    must_change_password: bool
    """Set where somebody else has seen the password: on the way in, a new one is asked for first."""
    created_ms: int
    sealed_code_secret: bytes = b""
    """What the one-time codes are made from (RFC 6238); empty as long as there are none."""
    last_code_step: int = 0
    """The time step of the last code given: that one, and any before, are worth nothing any more."""
    recovery_hashes: tuple[str, ...] = ()
    """Of the recovery codes left."""
    epoch: int = 1
    """Sessions remember it: another number ends them all."""
    language: str = ""
    """Of the pages; empty for what the browser asks for."""
    timezone: str = "UTC"
    """An IANA name."""
    version: int = 1

    @property
    def has_codes(self) -> bool:
        return bool(self.sealed_code_secret)


class Session(msgspec.Struct, frozen=True):
    """One browser that is signed in. Its token is known by its hash only."""

    merchant_id: MerchantId
    session_id: int
    user_id: int
    token_hash: bytes
    epoch: int
    """The user's when it began."""
    created_ms: int
    seen_ms: int
    """When it was last used, to the minute."""
    address: str
    user_agent: str
    code_wanted: bool
    """The password was right, and the one-time code is yet to come: until then it opens nothing."""
    code_ms: int = 0
    """When a one-time code was last given; 0 for never."""
    ended_ms: int = 0
    flash: tuple[str, ...] = ()
    """What to tell on the next page: kind, key of the text, and its values one by one as name and value."""
    version: int = 1

    def is_alive(self, user: User, now_ms: int) -> bool:
        """Whether it still opens anything to its user."""
        used = now_ms - self.seen_ms < IDLE_MS and now_ms - self.created_ms < SESSION_MS
        used = used and not (self.code_wanted and now_ms - self.created_ms >= HALF_OPEN_MS)
        return used and not self.ended_ms and user.enabled and self.epoch == user.epoch

    def has_fresh_code(self, now_ms: int) -> bool:
        return now_ms - self.code_ms < CODE_FRESH_MS


class AuditEntry(msgspec.Struct, frozen=True):
    """Who did what. Written once and never changed; nothing secret is in it."""

    merchant_id: MerchantId
    """Whose matter it is; `NO_MERCHANT` for those of the gateway itself."""
    entry_id: int
    at_ms: int
    user_id: int
    """0 for the command line and for somebody unknown."""
    login: str
    role: str
    action: str
    """Dotted, e.g. `user.invited`: what it is about, and what became of it."""
    about: str
    """What it was done to: a login name, an app id, a number."""
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    """The fields that changed, as they were and as they are."""
    address: str


class Guesses(msgspec.Struct, frozen=True):
    """Wrong guesses in a row at one login name, known or not, or at one user's codes."""

    who: str
    """A hash, because people type their passwords into the wrong field."""
    count: int
    locked_until_ms: int
    changed_ms: int
    version: int = 1


def guessed(before: Guesses, now_ms: int) -> Guesses:
    """One more guess. It counts before anybody looks whether it is right, so that many at once gain nothing."""
    count = before.count + 1
    over = count - _FREE_GUESSES
    lock_ms = min(_FIRST_LOCK_MS << min(over, 10), _LONGEST_LOCK_MS) if over >= 0 else 0
    return Guesses(before.who, count, now_ms + lock_ms if lock_ms else 0, now_ms, before.version + 1)


def login_name(text: str) -> str:
    """The one spelling of a login name. Raises ValueError with the key of what is wrong."""
    login = text.strip().lower()
    if len(login) > _LOGIN_MAX_LENGTH or not _LOGIN.fullmatch(login):
        raise ValueError("login")
    return login


def person_name(text: str) -> str:
    """A name that can be shown. Raises ValueError with the key of what is wrong."""
    name = " ".join(text.split())
    if not 0 < len(name) <= _NAME_MAX_LENGTH or not name.isprintable():
        raise ValueError("name")
    return name


def password_fault(password: str, login: str) -> str:
    """The key of what is wrong with a new password; empty for a good one."""
    if len(password) < PASSWORD_MIN_LENGTH:
        return "short"
    if len(password) > PASSWORD_MAX_LENGTH:
        return "long"
    if login.partition("@")[0] in password.lower() or len(set(password)) < _PASSWORD_LEAST_DIFFERENT:
        return "guessable"
    return ""
