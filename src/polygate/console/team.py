"""A merchant's people: who they are, and what they may do. The area to copy from for a new one."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import MERCHANT_ROLES, Permission, Role
from polygate.core.people import User, login_name, person_name
from polygate.operations import people
from polygate.store.contract import Taken

TEAM: Final = f"{MERCHANT}/team"


async def team(visit: Visit) -> Response:
    found = await visit.context.reads.users(visit.merchant_id)
    return visit.show("team/list", people=found)


async def show_invite(visit: Visit) -> Response:
    return _invite(visit)


async def invite(visit: Visit) -> Response:
    """The new password is on the answer itself: it is shown once."""
    faults = {}
    login = name = ""
    try:
        login = login_name(visit.form("login"))
    except ValueError:
        faults["login"] = visit.words("team.login_wrong")
    try:
        name = person_name(visit.form("name"))
    except ValueError:
        faults["name"] = visit.words("team.name_wrong")
    role = _role(visit.form("role"))
    if role is None:
        faults["role"] = visit.words("team.role_wrong")
    if not faults and role is not None:
        try:
            made = await people.add_user(
                visit.context, visit.actor, merchant_id=visit.merchant_id, login=login, name=name, role=role
            )
        except Taken:
            faults["login"] = visit.words("team.login_taken")
        else:
            return visit.show("team/password", person=made.user, password=made.password.reveal(), is_new=True)
    return _invite(visit, faults)


async def person(visit: Visit) -> Response:
    found = await _person(visit)
    return visit.show("team/person", person=found, roles=MERCHANT_ROLES) if found else _gone(visit)


async def set_role(visit: Visit) -> Response:
    found, role = await _person(visit), _role(visit.form("role"))
    if found is None or role is None:
        return _gone(visit)
    try:
        await people.set_role(visit.context, visit.actor, found, role)
    except people.LastOwner:
        return await visit.go(_path(visit, found), "team.last_owner", kind="bad")
    return await visit.go(_path(visit, found), "team.role_changed", name=found.name)


async def disable(visit: Visit) -> Response:
    found = await _person(visit)
    if found is None:
        return _gone(visit)
    if found.user_id == visit.user.user_id:
        return await visit.go(_path(visit, found), "team.not_yourself", kind="bad")
    try:
        await people.set_enabled(visit.context, visit.actor, found, enabled=False)
    except people.LastOwner:
        return await visit.go(_path(visit, found), "team.last_owner", kind="bad")
    return await visit.go(_path(visit, found), "team.disabled_done", name=found.name)


async def enable(visit: Visit) -> Response:
    found = await _person(visit)
    if found is None:
        return _gone(visit)
    await people.set_enabled(visit.context, visit.actor, found, enabled=True)
    return await visit.go(_path(visit, found), "team.enabled_done", name=found.name)


async def reset(visit: Visit) -> Response:
    """For whoever lost the password or the authenticator: both are set up anew at the next sign-in."""
    found = await _person(visit)
    if found is None:
        return _gone(visit)
    if found.user_id == visit.user.user_id:
        return await visit.go(_path(visit, found), "team.not_yourself", kind="bad")
    made = await people.reset_password(visit.context, visit.actor, found)
    await people.reset_codes(visit.context, visit.actor, made.user)
    return visit.show("team/password", person=made.user, password=made.password.reveal(), is_new=False)


def _invite(visit: Visit, faults: dict[str, str] | None = None) -> Response:
    values = {name: visit.form(name) for name in ("login", "name", "role")}
    status = 422 if faults else 200
    return visit.show("team/invite", status, values=values, roles=MERCHANT_ROLES, faults=faults or {})


async def _person(visit: Visit) -> User | None:
    """One of this merchant's own people."""
    named = visit.part("user_id")
    return next((u for u in await visit.context.reads.users(visit.merchant_id) if str(u.user_id) == named), None)


def _gone(visit: Visit) -> Response:
    return visit.lost("team.gone", visit.at("team"))


def _role(text: str) -> Role | None:
    return next((role for role in MERCHANT_ROLES if role == text), None)


def _path(visit: Visit, user: User) -> str:
    return visit.at(f"team/{user.user_id}")


_PERSON: Final = f"{TEAM}/{{user_id}}"
PAGES: Final = (
    Page("GET", TEAM, team, Permission.MANAGE_TEAM),
    Page("GET", f"{TEAM}/invite", show_invite, Permission.MANAGE_TEAM),
    Page("POST", f"{TEAM}/invite", invite, Permission.MANAGE_TEAM),
    Page("GET", _PERSON, person, Permission.MANAGE_TEAM),
    Page("POST", f"{_PERSON}/role", set_role, Permission.MANAGE_TEAM),
    Page("POST", f"{_PERSON}/disable", disable, Permission.MANAGE_TEAM),
    Page("POST", f"{_PERSON}/enable", enable, Permission.MANAGE_TEAM),
    Page("POST", f"{_PERSON}/reset", reset, Permission.MANAGE_TEAM, needs_code=True),
)
