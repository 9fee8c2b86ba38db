"""The way into the console: a password, a one-time code, and sessions.

Guesses are counted before anybody looks whether they are right.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from polygate.core.cards import Secret
from polygate.core.people import AuditEntry, Guesses, Session, User
from polygate.operations.audit import Actor, actor_of, entry
from polygate.operations.codes import Offer, accepted, spent
from polygate.operations.context import Context
from polygate.operations.guesses import codes_of, count, forgiven, password_of
from polygate.operations.passwords import hashed, is_right
from polygate.operations.people import change_user
from polygate.store.contract import Change, Insert, Stale, Update
from polygate.store.vault import hash_of

_TOKEN_BYTES: Final = 32
_AGENT_MAX_LENGTH: Final = 256


class Wrong(Exception):
    """Not the password of that login name, or not a code that is worth anything."""


class Entrance(msgspec.Struct, frozen=True):
    """From where somebody comes in."""

    address: str
    user_agent: str


class SignedIn(msgspec.Struct, frozen=True):
    session: Session
    user: User
    token: Secret
    """For the cookie, and nowhere else."""


def new_token() -> Secret:
    return Secret(secrets.token_urlsafe(_TOKEN_BYTES))


async def sign_in(context: Context, login: str, password: Secret, entrance: Entrance) -> SignedIn:
    """The first step. Raises Wrong or Locked, which tell nobody whether the login name is known."""
    guesses = await count(context, password_of(login))
    user = await context.reads.user_by_login(login)
    right = await is_right(password, user.password_hash if user and user.enabled else None)
    if user is None or not right:
        await context.store.submit(Change((), (_failure(context, user, "sign_in.wrong_password", entrance),)))
        raise Wrong
    action = "sign_in.password" if user.has_codes else "sign_in.completed"
    return await _open(context, user, entrance, action, code_wanted=user.has_codes, also=(forgiven(guesses),))


async def give_code(context: Context, session: Session, user: User, code: str, entrance: Entrance) -> SignedIn:
    """The second step, in a new session. Raises Wrong or Locked."""
    used, guesses = await _spend(context, user, code, entrance)
    ended = replace(session, ended_ms=context.clock(), version=session.version + 1)
    return await _open(
        context, used, entrance, "sign_in.completed", code_ms=context.clock(), ends=(ended,), also=(forgiven(guesses),)
    )


async def confirm(context: Context, session: Session, user: User, code: str, entrance: Entrance) -> Session:
    """A fresh code in a session that goes on. Raises Wrong or Locked."""
    _, guesses = await _spend(context, user, code, entrance)
    await context.store.submit(Change((), (forgiven(guesses),)))
    return await _change_session(context, session, lambda session: replace(session, code_ms=context.clock()))


async def change_password(context: Context, user: User, old: Secret, new: Secret, entrance: Entrance) -> SignedIn:
    """A new password: every session ends, and a new one begins. Raises Wrong if the old one is not right, or Locked."""
    guesses = await count(context, password_of(user.login))
    if not await is_right(old, user.password_hash):
        raise Wrong
    password_hash = await hashed(new)

    def changed(user: User) -> User:
        return replace(user, password_hash=password_hash, must_change_password=False, epoch=user.epoch + 1)

    actor = actor_of(user, entrance.address)
    user = await change_user(context, actor, user, "user.password_changed", changed, also=(forgiven(guesses),))
    return await _open(context, user, entrance, "sign_in.renewed")


async def set_up_codes(
    context: Context, session: Session, user: User, *, taken: Offer, code: str, entrance: Entrance
) -> tuple[SignedIn, tuple[str, ...]]:
    """Put an authenticator in force: every session ends, also of whoever came in with the password alone, and a new one
    goes on until the old one would have ended. With it come the recovery codes, to be shown once. Raises Wrong."""
    found = accepted(context, user, taken, code)
    if found is None:
        raise Wrong
    made, codes = found

    def equipped(user: User) -> User:
        return replace(
            user,
            sealed_code_secret=made.sealed_code_secret,
            last_code_step=made.last_code_step,
            recovery_hashes=made.recovery_hashes,
            epoch=user.epoch + 1,
        )

    user = await change_user(context, actor_of(user, entrance.address), user, "user.codes_set_up", equipped)
    done = await _open(context, user, entrance, "sign_in.renewed", code_ms=context.clock(), began_ms=session.created_ms)
    return done, codes


async def end_session(context: Context, actor: Actor, session: Session, *, about: str) -> None:
    """Without effect on one that has ended."""
    told = entry(context, actor, "session.ended", merchant_id=session.merchant_id, about=about)
    await _change_session(
        context, session, lambda session: replace(session, ended_ms=session.ended_ms or context.clock()), also=(told,)
    )


async def end_all_sessions(context: Context, session: Session, user: User, entrance: Entrance) -> SignedIn:
    """All but the browser in use, which gets a new one that ends when the old one would have."""
    actor = actor_of(user, entrance.address)
    user = await change_user(
        context, actor, user, "session.all_ended", lambda user: replace(user, epoch=user.epoch + 1)
    )
    return await _open(context, user, entrance, "sign_in.renewed", code_ms=session.code_ms, began_ms=session.created_ms)


async def _open(
    context: Context,
    user: User,
    entrance: Entrance,
    action: str,
    *,
    code_wanted: bool = False,
    code_ms: int = 0,
    began_ms: int = 0,
    ends: tuple[Session, ...] = (),
    also: tuple[Guesses, ...] = (),
) -> SignedIn:
    token = new_token()
    now_ms = context.clock()
    session = Session(
        merchant_id=user.merchant_id,
        session_id=context.mint(),
        user_id=user.user_id,
        token_hash=hash_of(token),
        epoch=user.epoch,
        created_ms=began_ms or now_ms,
        seen_ms=now_ms,
        address=entrance.address,
        user_agent=entrance.user_agent[:_AGENT_MAX_LENGTH],
        code_wanted=code_wanted,
        code_ms=code_ms,
    )
    actor = actor_of(user, entrance.address)
    told = entry(context, actor, action, merchant_id=user.merchant_id, about=user.login)
    guards: tuple[Insert | Update, ...] = (Insert(session), *map(Update, ends))
    try:
        await context.store.submit(Change(guards, (told, *also)))
    except Stale:
        raise Wrong from None  # Two browsers of one half-open session: one of them came in.
    return SignedIn(session, user, token)


async def _spend(context: Context, user: User, code: str, entrance: Entrance) -> tuple[User, Guesses]:
    """The user without the code that was just used up; its version settles who was first. Raises Wrong or Locked."""
    guesses = await count(context, codes_of(user))
    while True:
        user = await context.reads.user(user.merchant_id, user.user_id) or user
        used = spent(context, user, code)
        if used is None:
            await context.store.submit(Change((), (_failure(context, user, "sign_in.wrong_code", entrance),)))
            raise Wrong
        used = replace(used, version=user.version + 1)
        try:
            await context.store.submit(Change((Update(used),)))
        except Stale:
            continue
        return used, guesses


def _failure(context: Context, user: User | None, action: str, entrance: Entrance) -> AuditEntry:
    """Tells of a known user by name; what somebody else typed may be a password, and is not repeated."""
    if user is None:
        return entry(context, Actor(address=entrance.address), action)
    return entry(context, Actor(address=entrance.address), action, merchant_id=user.merchant_id, about=user.login)


async def _change_session(
    context: Context, session: Session, change: Callable[[Session], Session], *, also: tuple[AuditEntry, ...] = ()
) -> Session:
    while True:
        found = await context.reads.session(session.token_hash)
        before = found[0] if found else session
        changed = replace(change(before), version=before.version + 1)
        try:
            await context.store.submit(Change((Update(changed),), also))
        except Stale:
            if found is None:
                return session  # Forgotten meanwhile.
            continue
        return changed
