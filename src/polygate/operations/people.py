"""The people of the console: who they are, what they may do, and what they prove it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from polygate.core.access import Role
from polygate.core.cards import Secret
from polygate.core.ids import MerchantId
from polygate.core.people import User
from polygate.operations.audit import Actor, entry
from polygate.operations.codes import without_codes
from polygate.operations.context import Context
from polygate.operations.guesses import pardon
from polygate.operations.passwords import hashed, new_password
from polygate.store.contract import Change, Insert, Stale, Update


class NewUser(msgspec.Struct, frozen=True):
    """Somebody with a password that is shown once."""

    user: User
    password: Secret


class LastOwner(Exception):
    """A merchant would be left without anybody who may manage its people."""


async def add_user(
    context: Context,
    actor: Actor,
    *,
    merchant_id: MerchantId,
    login: str,
    name: str,
    role: Role,
    keeps_password: bool = False,
) -> NewUser:
    """Somebody new, with a password to be changed at the first sign-in. Raises Taken if the login name is used."""
    password = new_password()
    user = User(
        merchant_id=merchant_id,
        user_id=context.mint(),
        login=login,
        name=name,
        role=role,
        enabled=True,
        password_hash=await hashed(password),
        must_change_password=not keeps_password,
        created_ms=context.clock(),
    )
    told = entry(context, actor, "user.invited", merchant_id=merchant_id, about=login, after=shown(user))
    await context.store.submit(Change((Insert(user),), (told,)))
    return NewUser(user, password)


async def set_role(context: Context, actor: Actor, user: User, role: Role) -> User:
    """Raises LastOwner."""
    return await change_user(context, actor, user, "user.role_changed", lambda user: replace(user, role=role))


async def set_enabled(context: Context, actor: Actor, user: User, *, enabled: bool) -> User:
    """Whoever is disabled is signed out everywhere at once. Raises LastOwner."""

    def switched(user: User) -> User:
        return user if user.enabled is enabled else replace(user, enabled=enabled, epoch=user.epoch + 1)

    return await change_user(context, actor, user, "user.enabled" if enabled else "user.disabled", switched)


async def reset_password(context: Context, actor: Actor, user: User) -> NewUser:
    """A password to be changed at the next sign-in; all sessions end, and so does a lock after wrong guesses."""
    password = new_password()
    password_hash = await hashed(password)

    def renewed(user: User) -> User:
        return replace(user, password_hash=password_hash, must_change_password=True, epoch=user.epoch + 1)

    free = await pardon(context, user)
    return NewUser(await change_user(context, actor, user, "user.password_reset", renewed, also=free), password)


async def reset_codes(context: Context, actor: Actor, user: User) -> User:
    """For whoever lost the authenticator and the recovery codes: it is set up anew at the next sign-in."""

    def bare(user: User) -> User:
        return replace(without_codes(user), epoch=user.epoch + 1) if user.has_codes else user

    return await change_user(context, actor, user, "user.codes_reset", bare, also=await pardon(context, user))


async def set_preferences(context: Context, actor: Actor, user: User, *, name: str, language: str, zone: str) -> User:
    """What the pages call them, in which language, and in whose time."""

    def preferring(user: User) -> User:
        return replace(user, name=name, language=language, timezone=zone)

    return await change_user(context, actor, user, "user.preferences_changed", preferring)


async def change_user(
    context: Context,
    actor: Actor,
    user: User,
    action: str,
    change: Callable[[User], User],
    *,
    also: tuple[Any, ...] = (),
) -> User:
    """The user as it is after the change, made on whatever it is by then; what changes nothing is not written.

    Raises LastOwner.
    """
    while True:
        user = await context.reads.user(user.merchant_id, user.user_id) or user
        changed = change(user)
        if changed == user:
            return user
        guards = [Update(changed := replace(changed, version=user.version + 1))]
        if _is_owner(user) and not _is_owner(changed):
            guards += await _another_owner(context, user)
        told = entry(
            context, actor, action, merchant_id=user.merchant_id, about=user.login,
            before=shown(user), after=shown(changed),
        )  # fmt: skip
        try:
            await context.store.submit(Change(tuple(guards), (told, *also)))
        except Stale:
            continue
        return changed


async def _another_owner(context: Context, user: User) -> list[Update]:
    """A guard that somebody else stays an owner: two owners who disable each other at once do not both succeed."""
    others = [each for each in await context.reads.users(user.merchant_id) if each.user_id != user.user_id]
    left = next((each for each in others if _is_owner(each)), None)
    if left is None:
        raise LastOwner
    return [Update(replace(left, version=left.version + 1))]


def _is_owner(user: User) -> bool:
    """Also the last operator stays: nobody could make another one from inside."""
    return user.enabled and user.role in {Role.OWNER, Role.OPERATOR}


def shown(user: User) -> dict[str, Any]:
    """What the audit tells of somebody: nothing that proves anything."""
    return {
        "name": user.name,
        "role": user.role.value,
        "enabled": user.enabled,
        "language": user.language,
        "timezone": user.timezone,
        "codes": user.has_codes,
        "passwordTemporary": user.must_change_password,
    }
