"""System pages: keys that are shown once, rights, addresses, and who changed them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from polygate.assembly import House
from polygate.core.access import Role
from polygate.core.cards import Secret
from polygate.core.merchants import App, Merchant
from polygate.core.people import AuditEntry
from polygate.operations.credentials import merchant_with_key, verified_app, verified_merchant
from polygate.operations.rotation import rotate_app_secret
from tests.support.console import Window, signed_in
from tests.support.house import MovableClock

pytestmark = pytest.mark.anyio

Merchants = tuple[Merchant, Merchant]
_SHOWN: Final = re.compile(r"<code>([0-9a-fA-F]{32,64})</code>")
HOUR: Final = 3_600_000


@pytest.fixture
async def owner(house: House, clock: MovableClock, merchants: Merchants) -> AsyncIterator[Window]:
    async with signed_in(house, clock, Role.OWNER, merchants[0].merchant_id) as (browser, _):
        yield browser


def at(merchant: Merchant, place: str) -> str:
    return f"/console/m/{merchant.merchant_no}/system/{place}"


async def audited(house: House, merchant: Merchant) -> AuditEntry:
    """The newest entry."""
    found = await house.context.reads.audit_entries(merchant_id=merchant.merchant_id, before=2**63 - 1, limit=1)
    return found[0]


async def the_app(house: House, merchant: Merchant) -> App:
    return (await house.context.reads.apps(merchant.merchant_id))[0]


def shown(text: str) -> str:
    found = _SHOWN.search(text)
    assert found, text
    return found[1]


async def test_the_number_is_shown_and_the_keys_are_not(house: House, merchants: Merchants, owner: Window) -> None:
    page = (await owner.get(at(merchants[0], "basic-information"))).text
    assert f"<code>{merchants[0].merchant_no}</code>" in page
    assert not _SHOWN.search(page)


@pytest.mark.parametrize("what", ["secret-key", "access-key"])
async def test_a_new_key_is_shown_once_and_the_one_before_goes_on(
    house: House, clock: MovableClock, merchants: Merchants, owner: Window, what: str
) -> None:
    """For as long as was chosen; every change is in the audit log, and no key is."""
    own, _ = merchants
    path = at(own, "basic-information")
    first = await owner.post(f"{path}/{what}", overlap="0")
    assert "has ended" in first.text
    old = shown(first.text)
    second = await owner.post(f"{path}/{what}", overlap="1")
    new = shown(second.text)
    assert old != new
    page = (await owner.get(path)).text
    assert "still accepted" in page
    assert new not in page

    async def good(key: str) -> bool:
        if what == "access-key":
            return await merchant_with_key(house.context, Secret(key)) is not None
        return await verified_merchant(house.context, own.merchant_no, key) is not None

    assert (await good(old), await good(new)) == (True, True)
    entry = await audited(house, own)
    assert entry.action == f"merchant.{what.replace('-', '_')}_rotated"
    assert entry.about == own.merchant_no
    assert new not in repr(entry)
    listed = (await owner.get(f"/console/m/{own.merchant_no}/audit", subject="merchant")).text
    assert ("New secret key" in listed) is (what == "secret-key")

    clock.move(hours=1)
    assert (await good(old), await good(new)) == (False, True)
    assert "still accepted" not in (await owner.get(path)).text


async def test_an_overlap_is_ended_in_the_console(house: House, merchants: Merchants, owner: Window) -> None:
    own, _ = merchants
    path = at(own, "basic-information")
    old = shown((await owner.post(f"{path}/secret-key", overlap="0")).text)
    await owner.post(f"{path}/secret-key", overlap="24")
    told = await owner.follow(await owner.post(f"{path}/end-overlap"))
    assert "Only the newest is accepted" in told.text
    assert await verified_merchant(house.context, own.merchant_no, old) is None


async def test_an_overlap_that_is_not_offered_is_the_usual_one(
    house: House, merchants: Merchants, owner: Window
) -> None:
    """A form that was tampered with cannot make a key last forever."""
    own, _ = merchants
    await owner.post(f"{at(own, 'basic-information')}/secret-key", overlap="99999")
    stored = await house.context.reads.merchant(own.merchant_id)
    assert stored is not None
    assert stored.previous_secret_key_until_ms == house.context.clock() + 24 * HOUR


async def test_an_app_is_added_with_a_secret_that_is_shown_once(
    house: House, merchants: Merchants, owner: Window
) -> None:
    """Its methods are those that the operator gave the merchant's apps already."""
    own, _ = merchants
    path = at(own, "website-app")
    form = (await owner.get(f"{path}/new")).text
    assert re.findall(r'name="method" value="(\w+)"', form) == ["card", "wechat"]
    for fields, said in (({"name": ""}, "1 to 128"), ({"name": "Till"}, "at least one way to pay")):
        wrong = await owner.post(f"{path}/new", fields)
        assert (wrong.status_code, said in wrong.text) == (422, True)
    made = await owner.post(f"{path}/new", name="Till", method="card")
    secret = shown(made.text)
    app_id = next(each.app_id for each in await house.context.reads.apps(own.merchant_id) if each.name == "Till")
    verified = await verified_app(house.context, app_id, secret)
    assert verified is not None
    assert verified.app.methods == ("card",)
    entry = await audited(house, own)
    assert (entry.action, entry.about, entry.after) == ("app.created", app_id, {"name": "Till", "methods": "card"})
    listed = (await owner.get(path)).text
    assert app_id in listed
    assert secret not in listed + (await owner.get(f"{path}/{app_id}")).text
    # What the operator did not give is not taken.
    await owner.post(f"{path}/new", name="More", method="pix")
    assert all(each.name != "More" for each in await house.context.reads.apps(own.merchant_id))


async def test_an_apps_secret_is_replaced_while_the_old_one_goes_on(
    house: House, clock: MovableClock, merchants: Merchants, owner: Window
) -> None:
    own, _ = merchants
    app = await the_app(house, own)
    path = f"{at(own, 'website-app')}/{app.app_id}"
    old = await rotate_app_secret(house.context, app)
    new = shown((await owner.post(f"{path}/rotate", overlap="72")).text)
    for secret in (old.secret.reveal(), new):
        assert await verified_app(house.context, app.app_id, secret) is not None
    assert (await audited(house, own)).action == "app.secret_rotated"
    assert "being replaced" in (await owner.get(at(own, "website-app"))).text

    clock.move(hours=1)
    await owner.post("/console/account/confirm", code=owner.next_code())
    assert "Only the newest secret" in (await owner.follow(await owner.post(f"{path}/end-overlap"))).text
    assert await verified_app(house.context, app.app_id, old.secret.reveal()) is None


async def test_settings_are_changed_and_mended(house: House, merchants: Merchants, owner: Window) -> None:
    """Each wrong field is named, nothing of the form is lost, and the audit log has before and after."""
    own, _ = merchants
    app = await the_app(house, own)
    path = f"{at(own, 'website-app')}/{app.app_id}"
    wrong = await owner.post(path, name=" ", subscribe_url="ftp://x", addresses="203.0.113.7\n10.0.0.1/8")
    assert wrong.status_code == 422
    for said in ("Give it a name", "begin with http", "10.0.0.1/8 is neither", "ftp://x", "203.0.113.7"):
        assert said in wrong.text
    assert await the_app(house, own) == app

    right = {
        "name": "New name",
        "subscribe_url": "https://shop.example.com/hook",
        "addresses": "203.0.113.7, 2001:db8::/32\n203.0.113.7",
    }
    assert "Saved." in (await owner.follow(await owner.post(path, right))).text
    stored = await the_app(house, own)
    assert (stored.name, stored.subscribe_url) == ("New name", "https://shop.example.com/hook")
    assert stored.allowed_addresses == ("203.0.113.7", "2001:db8::/32")
    entry = await audited(house, own)
    assert entry.action == "app.changed"
    assert entry.before == {"name": app.name, "allowedAddresses": "", "subscribeUrl": ""}
    assert entry.after == {
        "name": "New name",
        "allowedAddresses": "203.0.113.7, 2001:db8::/32",
        "subscribeUrl": "https://shop.example.com/hook",
    }


async def test_an_app_is_disabled_and_enabled(house: House, merchants: Merchants, owner: Window) -> None:
    own, _ = merchants
    app = await the_app(house, own)
    path = f"{at(own, 'website-app')}/{app.app_id}"
    assert "It is disabled." in (await owner.follow(await owner.post(f"{path}/disable"))).text
    stored = await the_app(house, own)
    assert (stored.enabled, stored.secret_version > app.secret_version) == (False, True)
    assert (await audited(house, own)).action == "app.disabled"
    assert "It may call again." in (await owner.follow(await owner.post(f"{path}/enable"))).text
    assert (await the_app(house, own)).enabled


async def test_only_operators_grant_rights(
    house: House, clock: MovableClock, merchants: Merchants, owner: Window
) -> None:
    own, _ = merchants
    app = await the_app(house, own)
    path = f"{at(own, 'website-app')}/{app.app_id}"
    assert "/rights" not in (await owner.get(path)).text
    assert (await owner.post(f"{path}/rights", method="pix")).status_code == 403
    async with signed_in(house, clock, Role.OPERATOR) as (operator, _):
        assert "/rights" in (await operator.get(path)).text
        fields: dict[str, Any] = {"method": ["pix", "card", "none-such"], "initiate": "1"}
        assert "Saved." in (await operator.follow(await operator.post(f"{path}/rights", fields))).text
    stored = await the_app(house, own)
    assert stored.methods == ("card", "pix")
    assert (stored.may_initiate, stored.may_set_statement) == (True, False)
    entry = await audited(house, own)
    assert (entry.action, entry.role, entry.after["methods"]) == ("app.rights_changed", "operator", "card, pix")


async def test_nobody_reaches_another_merchants_app(house: House, merchants: Merchants, owner: Window) -> None:
    """Not even below one's own address."""
    own, foreign = merchants
    theirs = await the_app(house, foreign)
    path = f"{at(own, 'website-app')}/{theirs.app_id}"
    assert "There is no such website or app" in (await owner.follow(await owner.get(path))).text
    for action in ("", "/rotate", "/end-overlap", "/disable", "/enable"):
        await owner.post(f"{path}{action}", name="Mine now", overlap="0")
    assert await the_app(house, foreign) == theirs


async def test_finance_sees_settings_and_no_buttons(house: House, clock: MovableClock, merchants: Merchants) -> None:
    own, _ = merchants
    app = await the_app(house, own)
    async with signed_in(house, clock, Role.FINANCE, own.merchant_id) as (browser, _):
        for place in ("basic-information", "website-app", f"website-app/{app.app_id}"):
            page = await browser.get(at(own, place))
            assert page.status_code == 200
            assert 'method="post" action="/console/m' not in page.text
