"""Signing in and out: a password, then a one-time code from those who have set them up."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from polygate.console.door import CODE, SIGN_IN, SIGN_OUT, safe_next
from polygate.console.navigation import first_place
from polygate.console.page import ROOT, Page
from polygate.console.rendering import PRIVATE
from polygate.console.visit import Visit, csrf_of
from polygate.operations import sign_in as verbs
from polygate.operations.guesses import Locked
from polygate.operations.sign_in import Wrong


async def home(visit: Visit) -> Response:
    """Where whoever is signed in belongs."""
    merchant = visit.merchant_here
    there = first_place(visit.user, merchant.merchant_no if merchant else "", visit.pages)
    return RedirectResponse(there, 303, PRIVATE)


async def show_sign_in(visit: Visit) -> Response:
    if visit.found is not None:
        return RedirectResponse(safe_next(visit.query("next")) or ROOT, 303, PRIVATE)
    if visit.token:
        return visit.show(
            "sign_in/password", csrf=visit.csrf, onward=visit.query("next"), said=visit.query("said"), login=""
        )
    token = verbs.new_token()
    page = visit.show(
        "sign_in/password", csrf=csrf_of(token.reveal()), onward=visit.query("next"), said=visit.query("said"), login=""
    )
    return visit.keep_token(page, token)


async def sign_in(visit: Visit) -> Response:
    """The same words for a wrong password and for nobody by that name."""
    if visit.found is not None:
        return RedirectResponse(ROOT, 303, PRIVATE)
    login = visit.form("login").lower()
    onward = safe_next(visit.form("next"))
    fault, minutes = "sign_in.wrong", 0
    try:
        done = await verbs.sign_in(visit.context, login, visit.form.secret("password"), visit.entrance)
    except Wrong:
        pass
    except Locked as locked:
        fault, minutes = "sign_in.locked", _minutes(locked, visit.now_ms)
    else:
        if done.session.code_wanted:
            return visit.come_in(f"{CODE}?next={quote(onward)}" if onward else CODE, done.token)
        return visit.come_in(onward or ROOT, done.token)
    values = {"csrf": visit.csrf, "onward": onward, "said": "", "login": login}
    return visit.show("sign_in/password", 422, fault=visit.words(fault, minutes=minutes), **values)


async def show_code(visit: Visit) -> Response:
    if not visit.session.code_wanted:
        return RedirectResponse(ROOT, 303, PRIVATE)
    return visit.show("sign_in/code", onward=visit.query("next"))


async def give_code(visit: Visit) -> Response:
    if not visit.session.code_wanted:
        return RedirectResponse(ROOT, 303, PRIVATE)
    onward = safe_next(visit.form("next"))
    try:
        done = await verbs.give_code(visit.context, visit.session, visit.user, visit.form("code"), visit.entrance)
    except Wrong:
        fault = visit.words("account.code_wrong")
    except Locked as locked:
        fault = visit.words("sign_in.locked", minutes=_minutes(locked, visit.now_ms))
    else:
        return visit.come_in(onward or ROOT, done.token)
    return visit.show("sign_in/code", 422, fault=fault, onward=onward)


async def sign_out(visit: Visit) -> Response:
    await verbs.end_session(visit.context, visit.actor, visit.session, about=visit.user.login)
    return visit.leave(f"{SIGN_IN}?said=signed_out")


def _minutes(locked: Locked, now_ms: int) -> int:
    return max((locked.until_ms - now_ms + 59_999) // 60_000, 1)


PAGES: Final = (
    Page("GET", ROOT, home),
    Page("GET", SIGN_IN, show_sign_in, anybody=True),
    Page("POST", SIGN_IN, sign_in, anybody=True),
    Page("GET", CODE, show_code),
    Page("POST", CODE, give_code),
    Page("POST", SIGN_OUT, sign_out),
)
