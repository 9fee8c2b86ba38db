"""Who changed what. Each entry is committed together with the change that it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from polygate.core.ids import MerchantId
from polygate.core.people import NO_MERCHANT, AuditEntry, User
from polygate.operations.context import Context

_NOTHING: Final[Mapping[str, Any]] = {}
COMMAND_LINE: Final = "command line"
"""Stands for the login name of whoever has a shell on the machine."""


class Actor(msgspec.Struct, frozen=True):
    """Whoever does something: a user at some address, the command line, or somebody unknown."""

    user_id: int = 0
    login: str = ""
    role: str = ""
    address: str = ""


def actor_of(user: User, address: str) -> Actor:
    return Actor(user.user_id, user.login, user.role.value, address)


AT_COMMAND_LINE: Final = Actor(login=COMMAND_LINE)


def entry(
    context: Context,
    actor: Actor,
    action: str,
    *,
    merchant_id: MerchantId = NO_MERCHANT,
    about: str = "",
    before: Mapping[str, Any] = _NOTHING,
    after: Mapping[str, Any] = _NOTHING,
) -> AuditEntry:
    """A row to be put into the change it tells of. Only what differs between `before` and `after` is kept."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return AuditEntry(
        merchant_id=merchant_id,
        entry_id=context.mint(),
        at_ms=context.clock(),
        user_id=actor.user_id,
        login=actor.login,
        role=actor.role,
        action=action,
        about=about,
        before={name: before[name] for name in names if name in before},
        after={name: after[name] for name in names if name in after},
        address=actor.address,
    )
