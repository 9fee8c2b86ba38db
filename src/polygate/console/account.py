"""One's own account: name, language and zone, password, one-time codes, and the browsers that are signed in."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from polygate.console.door import CODES, CONFIRM, NEW_CODES, PASSWORD, safe_next
from polygate.console.navigation import ACCOUNT
from polygate.console.page import ROOT, Page
from polygate.console.shown import zones
from polygate.console.visit import Visit
from polygate.console.words import LANGUAGES
from polygate.core.people import password_fault, person_name
from polygate.operations import codes as code_verbs
from polygate.operations import people, sign_in
from polygate.operations.guesses import Locked
from polygate.operations.sign_in import Wrong
from polygate.pages.qr import code_svg

SESSIONS: Final = f"{ACCOUNT}/sessions"


async def profile(visit: Visit) -> Response:
    user = visit.user
    values = {"name": user.name, "language": user.language, "zone": user.timezone}
    return visit.show("account/profile", languages=_languages(visit), zones=zones(), values=values, faults={})


async def save_profile(visit: Visit) -> Response:
    values = {"name": visit.form("name"), "language": visit.form("language"), "zone": visit.form("zone")}
    faults = {}
    try:
        name = person_name(values["name"])
    except ValueError:
        name = ""
        faults["name"] = visit.words("account.name_wrong")
    if values["zone"] not in zones():
        faults["zone"] = visit.words("account.zone_wrong")
    if faults:
        return visit.again("account/profile", faults, languages=_languages(visit), zones=zones(), values=values)
    language = values["language"] if values["language"] in LANGUAGES else ""
    await people.set_preferences(
        visit.context, visit.actor, visit.user, name=name, language=language, zone=values["zone"]
    )
    return await visit.go(ACCOUNT, "account.saved")


async def show_password(visit: Visit) -> Response:
    return visit.show("account/password", faults={})


async def change_password(visit: Visit) -> Response:
    old, new, again = (visit.form.secret(name) for name in ("old", "new", "again"))
    faults = {}
    if fault := password_fault(new.reveal(), visit.user.login):
        faults["new"] = visit.words(f"account.password_{fault}")
    elif new.reveal() == old.reveal():
        faults["new"] = visit.words("account.password_same")
    elif new.reveal() != again.reveal():
        faults["again"] = visit.words("account.password_differs")
    if not faults:
        try:
            done = await sign_in.change_password(visit.context, visit.user, old, new, visit.entrance)
        except Wrong:
            faults["old"] = visit.words("account.password_wrong")
        except Locked:
            faults["old"] = visit.words("account.code_locked")
        else:
            return visit.come_in(ROOT if visit.duty else PASSWORD, done.token)
    return visit.again("account/password", faults)


async def show_codes(visit: Visit) -> Response:
    return visit.show("account/codes")


async def show_new_codes(visit: Visit) -> Response:
    if visit.user.has_codes and not visit.has_fresh_code:
        return await visit.go(f"{CONFIRM}?next={NEW_CODES}")
    return _enrolment(visit, code_verbs.offer(visit.context, visit.user))


async def set_up_codes(visit: Visit) -> Response:
    """The recovery codes are on the answer itself: they are shown once, and kept nowhere."""
    if visit.user.has_codes and not visit.has_fresh_code:
        return await visit.go(f"{CONFIRM}?next={NEW_CODES}")
    taken = code_verbs.offered(visit.context, visit.user, visit.form("offer"))
    if taken is None:
        return await visit.go(NEW_CODES, "account.offer_lost", kind="bad")
    try:
        done, recovery = await sign_in.set_up_codes(
            visit.context, visit.session, visit.user, taken=taken, code=visit.form("code"), entrance=visit.entrance
        )
    except Wrong:
        return _enrolment(visit, taken, fault=visit.words("account.code_wrong"))
    return visit.show_renewed("account/recovery", done.token, recovery=recovery)


def _enrolment(visit: Visit, offer: code_verbs.Offer, *, fault: str = "") -> Response:
    return visit.show(
        "account/new_codes", 422 if fault else 200, offer=offer, picture=code_svg(offer.address), fault=fault
    )


async def show_confirm(visit: Visit) -> Response:
    if not visit.user.has_codes:
        return await visit.go(CODES, "account.codes_needed", kind="bad")
    return visit.show("account/confirm", onward=safe_next(visit.query("next")), fault="")


async def confirm(visit: Visit) -> Response:
    onward = safe_next(visit.form("next")) or ROOT
    try:
        await sign_in.confirm(visit.context, visit.session, visit.user, visit.form("code"), visit.entrance)
    except Wrong:
        fault = visit.words("account.code_wrong")
    except Locked:
        fault = visit.words("account.code_locked")
    else:
        return await visit.go(onward)
    return visit.show("account/confirm", 422, onward=onward, fault=fault)


async def sessions(visit: Visit) -> Response:
    found = await visit.context.reads.sessions(visit.user)
    alive = [session for session in found if session.is_alive(visit.user, visit.now_ms)]
    return visit.show("account/sessions", sessions=alive)


async def end_session(visit: Visit) -> Response:
    named = visit.part("session_id")
    found = await visit.context.reads.sessions(visit.user)
    session = next((each for each in found if str(each.session_id) == named), None)
    if session is None:
        return visit.lost("account.session_gone", SESSIONS)
    await sign_in.end_session(visit.context, visit.actor, session, about=visit.user.login)
    return await visit.go(SESSIONS, "account.session_ended")


async def end_all_sessions(visit: Visit) -> Response:
    done = await sign_in.end_all_sessions(visit.context, visit.session, visit.user, visit.entrance)
    return visit.come_in(SESSIONS, done.token)


def _languages(visit: Visit) -> list[tuple[str, str]]:
    named = [(language, words("account.language_name")) for language, words in LANGUAGES.items()]
    return [("", visit.words("account.language_browser")), *named]


PAGES: Final = (
    Page("GET", ACCOUNT, profile),
    Page("POST", ACCOUNT, save_profile),
    Page("GET", PASSWORD, show_password),
    Page("POST", PASSWORD, change_password),
    Page("GET", CODES, show_codes),
    Page("GET", NEW_CODES, show_new_codes),
    Page("POST", NEW_CODES, set_up_codes),
    Page("GET", CONFIRM, show_confirm),
    Page("POST", CONFIRM, confirm),
    Page("GET", SESSIONS, sessions),
    Page("POST", f"{SESSIONS}/end-all", end_all_sessions),
    Page("POST", f"{SESSIONS}/{{session_id}}/end", end_session),
)
