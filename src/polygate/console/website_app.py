"""System → Websites and apps: a merchant's shops with their APP IDs, secrets, addresses and rights."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from polygate.console import overlap
from polygate.console.page import MERCHANT, Page
from polygate.console.visit import Visit
from polygate.core.access import Permission
from polygate.core.addresses import network
from polygate.core.merchants import App
from polygate.core.methods import Method
from polygate.core.payouts import PayoutMethod
from polygate.operations import rotation
from polygate.operations.administer import disabled_app
from polygate.operations.app_settings import change_settings
from polygate.operations.new_accounts import create_app
from polygate.protocols.channel import is_callback_url

_PLACE: Final = "system/website-app"
APPS: Final = f"{MERCHANT}/{_PLACE}"
NAME_MAX_LENGTH: Final = 128
NETWORKS_MAX: Final = 100


async def apps(visit: Visit) -> Response:
    return visit.show("apps/list", apps=await visit.context.reads.apps(visit.merchant_id))


async def show_new(visit: Visit) -> Response:
    return await _new(visit, {}, chosen=await _grantable(visit))


async def create(visit: Visit) -> Response:
    """The secret is on the answer itself: it is shown once."""
    grantable = await _grantable(visit)
    chosen = tuple(method for method in grantable if method in visit.form.all("method"))
    faults = {}
    if fault := _name_fault(visit, visit.form("name")):
        faults["name"] = fault
    if not chosen:
        faults["method"] = visit.words("apps.method_wrong")
    if faults:
        return await _new(visit, faults, chosen=chosen)
    made = await create_app(visit.context, visit.merchant, name=visit.form("name"), methods=chosen, actor=visit.actor)
    return visit.show("apps/new_secret", app=made.app, secret=made.secret.reveal(), until_ms=0, is_new=True)


async def app(visit: Visit) -> Response:
    found = await _app(visit)
    return _one(visit, found, _Said.of(found), {}) if found else _gone(visit)


async def save(visit: Visit) -> Response:
    """Name, addresses and notifications: what the merchant decides."""
    found = await _app(visit)
    if found is None:
        return _gone(visit)
    said = _Said(visit.form("name"), visit.form("addresses"), visit.form("subscribe_url"))
    faults: dict[str, str] = {}
    if fault := _name_fault(visit, said.name):
        faults["name"] = fault
    if said.subscribe_url and not is_callback_url(said.subscribe_url):
        faults["subscribe_url"] = visit.words("apps.url_wrong")
    networks = _networks(visit, said.addresses, faults)
    if faults:
        return _one(visit, found, said, faults)
    await change_settings(
        visit.context,
        visit.actor,
        found,
        lambda app: replace(app, name=said.name, allowed_addresses=networks, subscribe_url=said.subscribe_url),
    )
    return await visit.go(_path(visit, found), "apps.saved")


async def save_rights(visit: Visit) -> Response:
    """What the operator grants."""
    found = await _app(visit)
    if found is None:
        return _gone(visit)
    methods = tuple(str(method) for method in Method if method in visit.form.all("method"))
    if not methods:
        return await visit.go(_path(visit, found), "apps.method_wrong", kind="bad")
    await change_settings(
        visit.context,
        visit.actor,
        found,
        lambda app: replace(
            app,
            methods=methods,
            payout_methods=tuple(str(method) for method in PayoutMethod if method in visit.form.all("payout_method")),
            may_set_statement="statement" in visit.form,
            may_initiate="initiate" in visit.form,
        ),
        action="app.rights_changed",
    )
    return await visit.go(_path(visit, found), "apps.saved")


async def rotate(visit: Visit) -> Response:
    """The new secret is on the answer itself: it is shown once."""
    found = await _app(visit)
    if found is None:
        return _gone(visit)
    made = await rotation.rotate_app_secret(
        visit.context, found, overlap_ms=overlap.chosen_ms(visit), actor=visit.actor
    )
    until_ms = made.app.previous_secret_until_ms
    return visit.show("apps/new_secret", app=made.app, secret=made.secret.reveal(), until_ms=until_ms, is_new=False)


async def end_overlap(visit: Visit) -> Response:
    found = await _app(visit)
    if found is None:
        return _gone(visit)
    await rotation.end_app_overlap(visit.context, found, actor=visit.actor)
    return await visit.go(_path(visit, found), "apps.overlap_ended")


async def disable(visit: Visit) -> Response:
    found = await _app(visit)
    if found is None:
        return _gone(visit)
    await change_settings(visit.context, visit.actor, found, disabled_app, action="app.disabled")
    return await visit.go(_path(visit, found), "apps.disabled_done")


async def enable(visit: Visit) -> Response:
    found = await _app(visit)
    if found is None:
        return _gone(visit)
    await change_settings(
        visit.context, visit.actor, found, lambda app: replace(app, enabled=True), action="app.enabled"
    )
    return await visit.go(_path(visit, found), "apps.enabled_done")


class _Said(msgspec.Struct, frozen=True):
    """The form of an app's settings."""

    name: str
    addresses: str
    subscribe_url: str

    @classmethod
    def of(cls, app: App) -> _Said:
        return cls(app.name, "\n".join(app.allowed_addresses), app.subscribe_url)


async def _new(visit: Visit, faults: dict[str, str], *, chosen: tuple[str, ...]) -> Response:
    return visit.show(
        "apps/new",
        422 if faults else 200,
        name=visit.form("name"),
        methods=await _grantable(visit),
        chosen=chosen,
        faults=faults,
    )


def _one(visit: Visit, app: App, said: _Said, faults: dict[str, str]) -> Response:
    values: dict[str, Any] = {
        "app": app,
        "said": said,
        "faults": faults,
        "methods": tuple(Method),
        "payout_methods": tuple(PayoutMethod),
        "overlaps": overlap.choices(visit),
        "until_ms": app.previous_secret_until_ms if visit.now_ms < app.previous_secret_until_ms else 0,
    }
    return visit.show("apps/one", 422 if faults else 200, **values)


async def _grantable(visit: Visit) -> tuple[str, ...]:
    """What a new app may be given: all there is by an operator, else what another app of the merchant has."""
    if visit.may(Permission.OPERATE):
        return tuple(map(str, Method))
    granted = {method for app in await visit.context.reads.apps(visit.merchant_id) for method in app.methods}
    return tuple(str(method) for method in Method if method in granted) or (str(Method.CARD),)


def _name_fault(visit: Visit, name: str) -> str:
    right = 0 < len(name) <= NAME_MAX_LENGTH and name.isprintable()
    return "" if right else visit.words("apps.name_wrong", most=NAME_MAX_LENGTH)


def _networks(visit: Visit, text: str, faults: dict[str, str]) -> tuple[str, ...]:
    """One in a line, or between commas."""
    found = []
    for each in text.replace(",", "\n").split():
        try:
            found.append(network(each))
        except ValueError:
            faults["addresses"] = visit.words("apps.address_wrong", address=each[:64])
    if len(found) > NETWORKS_MAX:
        faults["addresses"] = visit.words("apps.addresses_too_many", most=NETWORKS_MAX)
    return tuple(dict.fromkeys(found))


async def _app(visit: Visit) -> App | None:
    """One of this merchant's own."""
    found = await visit.context.reads.app(visit.part("app_id"))
    return found if found and found.merchant_id == visit.merchant_id else None


def _gone(visit: Visit) -> Response:
    return visit.lost("apps.gone", visit.at(_PLACE))


def _path(visit: Visit, app: App) -> str:
    return visit.at(f"{_PLACE}/{app.app_id}")


_APP: Final = f"{APPS}/{{app_id}}"
PAGES: Final = (
    Page("GET", APPS, apps, Permission.VIEW_SETTINGS),
    Page("GET", f"{APPS}/new", show_new, Permission.ROTATE_SECRETS),
    Page("POST", f"{APPS}/new", create, Permission.ROTATE_SECRETS, needs_code=True),
    Page("GET", _APP, app, Permission.VIEW_SETTINGS),
    Page("POST", _APP, save, Permission.MANAGE_SETTINGS),
    Page("POST", f"{_APP}/rights", save_rights, Permission.OPERATE),
    Page("POST", f"{_APP}/rotate", rotate, Permission.ROTATE_SECRETS, needs_code=True),
    Page("POST", f"{_APP}/end-overlap", end_overlap, Permission.ROTATE_SECRETS, needs_code=True),
    Page("POST", f"{_APP}/disable", disable, Permission.MANAGE_SETTINGS),
    Page("POST", f"{_APP}/enable", enable, Permission.MANAGE_SETTINGS),
)
