"""A merchant's people: invited, given roles, disabled, let in again."""

from __future__ import annotations

import asyncio
import re

import pytest

from polygate.assembly import House
from polygate.core.access import Role
from polygate.core.merchants import Merchant
from polygate.core.people import NO_MERCHANT
from polygate.operations.audit import Actor
from polygate.operations.people import LastOwner, set_enabled, set_role
from tests.support.console import signed_in, somebody, window
from tests.support.house import MovableClock

pytestmark = pytest.mark.anyio
Merchants = tuple[Merchant, Merchant]
TESTER = Actor(login="test")


async def test_an_invited_colleague_comes_in_and_is_put_out_again(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """With a password shown once; a new role holds from the next click, and so does being disabled."""
    shop = merchants[0]
    team = f"/console/m/{shop.merchant_no}/team"
    async with (
        signed_in(house, clock, Role.OWNER, shop.merchant_id) as (owner, _),
        window(house, clock) as colleague,
    ):
        await owner.get(f"{team}/invite")
        answer = await owner.post(f"{team}/invite", login="Amy@Shop.example", name="Amy Lee", role="owner")
        password = re.search(r"<code>(\w{5}(?:-\w{5}){3})</code>", answer.text)
        assert password, answer.text
        assert "amy@shop.example" in answer.text
        await colleague.sign_in("amy@shop.example", password[1])
        own = {"old": password[1], "new": "eleven odd teapots", "again": "eleven odd teapots"}
        await colleague.get("/console/account/password")
        assert (await colleague.post("/console/account/password", own)).is_redirect
        await colleague.enrol()
        assert (await colleague.get(team)).status_code == 200

        amy = await house.context.reads.user_by_login("amy@shop.example")
        assert amy
        await owner.get(f"{team}/{amy.user_id}")
        assert (
            "another role" in (await owner.follow(await owner.post(f"{team}/{amy.user_id}/role", role="support"))).text
        )
        assert (await colleague.get(team)).status_code == 403
        await owner.post(f"{team}/{amy.user_id}/disable")
        assert (await colleague.get("/console/account")).headers["location"].startswith("/console/sign-in")
        assert "is not right" in (await colleague.sign_in("amy@shop.example", "eleven odd teapots")).text
        await owner.post(f"{team}/{amy.user_id}/enable")
        assert (await colleague.sign_in("amy@shop.example", "eleven odd teapots")).is_redirect

        clock.move(minutes=11)
        colleague.http.cookies.clear()
        for _ in range(5):
            await colleague.sign_in("amy@shop.example", "forgotten")
        assert "Too many wrong tries" in (await colleague.sign_in("amy@shop.example", "forgotten")).text
        asked = await owner.post(f"{team}/{amy.user_id}/reset", code=owner.code())
        again = re.search(r"<code>(\w{5}(?:-\w{5}){3})</code>", asked.text)
        assert again, asked.text
        assert again[1] != password[1]
        answer = await colleague.follow(await colleague.sign_in("amy@shop.example", again[1]))
        assert "Choose a password" in answer.text
    entries = await house.context.reads.audit_entries(
        merchant_id=shop.merchant_id, before=2**63 - 1, limit=100, action="user."
    )
    told = [(entry.action, entry.before, entry.after) for entry in reversed(entries) if entry.about == amy.login]
    assert ("user.role_changed", {"role": "owner"}, {"role": "support"}) in told
    assert ("user.disabled", {"enabled": True}, {"enabled": False}) in told
    assert [action for action, _, _ in told][-2:] == ["user.password_reset", "user.codes_reset"]


async def test_what_is_wrong_with_an_invitation_is_said_field_by_field(
    house: House, clock: MovableClock, merchants: Merchants
) -> None:
    """And what was typed is still there."""
    shop = merchants[0]
    invite = f"/console/m/{shop.merchant_no}/team/invite"
    async with signed_in(house, clock, Role.OWNER, shop.merchant_id) as (owner, user):
        await owner.get(invite)
        answer = await owner.post(invite, login="amy", name="", role="operator")
        assert answer.status_code == 422
        assert answer.text.count('class="problem"') == 3
        assert 'value="amy"' in answer.text
        taken = await owner.post(invite, login=user.login, name="Amy", role="support")
        assert "Somebody has this login name already." in taken.text


async def test_nobody_touches_another_merchants_people(house: House, clock: MovableClock, merchants: Merchants) -> None:
    """Not even under an address of their own merchant."""
    own, foreign = merchants
    other = (await somebody(house, Role.OWNER, foreign.merchant_id)).user
    team = f"/console/m/{own.merchant_no}/team"
    async with signed_in(house, clock, Role.OWNER, own.merchant_id) as (owner, _):
        assert (await owner.get(f"{team}/{other.user_id}")).status_code == 404
        for verb in ("role", "disable", "enable", "reset"):
            await owner.get("/console/account")
            answer = await owner.post(f"{team}/{other.user_id}/{verb}", role="support")
            assert answer.status_code == 404
        assert other.login not in (await owner.get(team)).text
    assert await house.context.reads.user(other.merchant_id, other.user_id) == other


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
async def test_two_who_disable_each_other_at_once_do_not_both_succeed(
    house: House, merchants: Merchants, role: Role
) -> None:
    """Somebody is left who may let the others in."""
    merchant_id = merchants[0].merchant_id if role is Role.OWNER else NO_MERCHANT
    one, two = [(await somebody(house, role, merchant_id)).user for _ in range(2)]

    done = await asyncio.gather(
        *(set_enabled(house.context, TESTER, user, enabled=False) for user in (one, two)), return_exceptions=True
    )

    assert [type(each) for each in done].count(LastOwner) == 1
    found = await house.context.reads.users(one.merchant_id)
    assert sum(user.enabled for user in found) == 1


async def test_the_last_owner_stays_one(house: House, merchants: Merchants) -> None:
    """Neither disabled nor given another role."""
    owner = (await somebody(house, Role.OWNER, merchants[0].merchant_id)).user
    await somebody(house, Role.DEVELOPER, merchants[0].merchant_id)
    with pytest.raises(LastOwner):
        await set_role(house.context, TESTER, owner, Role.SUPPORT)
    with pytest.raises(LastOwner):
        await set_enabled(house.context, TESTER, owner, enabled=False)
