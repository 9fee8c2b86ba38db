"""Wrong guesses are counted before anybody looks whether they are right: so many at once gain nothing.

What is guessed at may be the password of a login name, known or not, or the codes of a user.
"""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from polygate.core.people import Guesses, User, guessed
from polygate.operations.context import Context
from polygate.store.contract import Change, Insert, Stale, Taken, Update


class Locked(Exception):
    """Too many wrong guesses in a row."""

    def __init__(self, until_ms: int) -> None:
        super().__init__(until_ms)
        self.until_ms = until_ms


def password_of(login: str) -> str:
    return hashlib.sha256(f"login:{login}".encode()).hexdigest()


def codes_of(user: User) -> str:
    return hashlib.sha256(f"codes:{user.user_id}".encode()).hexdigest()


async def count(context: Context, who: str) -> Guesses:
    """One more guess, durable on return. Raises Locked, which counts nothing."""
    while True:
        now_ms = context.clock()
        before = await context.reads.guesses(who)
        if before is not None and before.locked_until_ms > now_ms:
            raise Locked(before.locked_until_ms)
        counted = guessed(before or Guesses(who, 0, 0, now_ms, version=0), now_ms)
        try:
            await context.store.submit(Change((Update(counted) if before else Insert(counted),)))
        except (Stale, Taken):
            continue
        return counted


def forgiven(guesses: Guesses) -> Guesses:
    """A row to be put: the last guess was right, and the next wrong one is the first."""
    return replace(guesses, count=0, locked_until_ms=0, version=guesses.version + 1)


async def pardon(context: Context, user: User) -> tuple[Guesses, ...]:
    """Rows to be put: whatever was guessed about somebody does not lock them out any more."""
    found = [await context.reads.guesses(who) for who in (password_of(user.login), codes_of(user))]
    return tuple(forgiven(guesses) for guesses in found if guesses is not None)
