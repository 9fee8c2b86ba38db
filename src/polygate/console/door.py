"""The one way into every page: session, duties, merchant, role, rate, forms from our own pages, and one-time codes.

A page declares what it needs (`Page`); nothing of this is left to its handler.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from polygate.console.cookie import Cookie
from polygate.console.form import Form
from polygate.console.navigation import ACCOUNT
from polygate.console.page import ROOT, Page
from polygate.console.rendering import PRIVATE
from polygate.console.visit import Flash, Visit
from polygate.console.words import Words, words_in, words_wanted
from polygate.core.access import may
from polygate.core.addresses import subscriber
from polygate.core.cards import Secret
from polygate.core.merchants import Merchant
from polygate.core.people import NO_MERCHANT, Session, User
from polygate.operations.context import Context
from polygate.operations.guesses import Locked
from polygate.operations.rates import Rate
from polygate.operations.sign_in import Wrong, confirm
from polygate.pages.forms import NUL, Unfit, read_fields, refuse_foreign
from polygate.store.contract import Busy, TooLong, Unavailable
from polygate.store.vault import hash_of

SIGN_IN: Final = f"{ROOT}/sign-in"
CODE: Final = f"{SIGN_IN}/code"
SIGN_OUT: Final = f"{ROOT}/sign-out"
CONFIRM: Final = f"{ACCOUNT}/confirm"
PASSWORD: Final = f"{ACCOUNT}/password"
CODES: Final = f"{ACCOUNT}/codes"
NEW_CODES: Final = f"{CODES}/new"

_FIELDS_MAX: Final = 128
_SENT_ANEW: Final = frozenset({"code", "csrf"})
"""Fields that a form which is sent once more gets afresh."""
_SEEN_EVERY_MS: Final = 60_000
# What one address may try before it is signed in: twenty forms at once, then one in three seconds.
_STRANGERS_PER_S: Final = 1 / 3
_STRANGERS_BURST_S: Final = 60
# What one session may ask for: far more than anybody clicks.
_REQUESTS_PER_S: Final = 20
_REQUESTS_BURST_S: Final = 10

Pages = Mapping[str, Mapping[str, Page]]
"""By path, then by method."""


class Door:
    def __init__(self, context: Context, pages: Sequence[Page], *, codes_required: bool) -> None:
        """`codes_required` lets nobody in for good who has set up no one-time codes."""
        self.pages: Final = by_path(pages)
        self._context = context
        self._codes_required = codes_required
        self._cookie = Cookie(context.links.base_url)
        self._strangers = Rate(_STRANGERS_PER_S, burst_s=_STRANGERS_BURST_S)
        self._sessions = Rate(_REQUESTS_PER_S, burst_s=_REQUESTS_BURST_S)

    def routes(self) -> list[BaseRoute]:
        """Fixed parts of a path go before those that could be anything."""
        ordered = sorted(self.pages, key=lambda path: [(part.startswith("{"), part) for part in path.split("/")])
        return [*(self._route(path, self.pages[path]) for path in ordered), self._route(ROOT + "/{rest:path}", {})]

    def _route(self, path: str, methods: Mapping[str, Page]) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            return await self._answer(request, methods)

        # A list of methods would leave the others to somebody else's words.
        route = Route(path, endpoint)
        route.methods = None
        return route

    async def _answer(self, request: Request, methods: Mapping[str, Page]) -> Response:
        token = self._cookie.read(request)
        visit = self._visit(request, None, token)
        try:
            _refuse_unwritable(request)
            found = await self._signed_in(token)
            page = methods.get("GET" if request.method == "HEAD" else request.method)
            merchant = await self._merchant(request, found, page)
            visit = self._visit(request, page, token, found=found, merchant=merchant)
            if page is None:
                return self._refused(visit, 405 if methods else 404, allow=methods)
            if (stopped := self._stopped(visit, page)) is not None:
                return stopped
            if page.method == "POST":
                visit = await self._with_form(visit, page, token)
            if page.needs_code and not visit.has_fresh_code:
                coded = await self._with_code(visit, page, token)
                if isinstance(coded, Response):
                    return coded
                visit = coded
            response = await page.handler(visit)
            await self._note(visit, response)
        except Unfit as unfit:
            return self._refused(visit, unfit.status)
        except TooLong:
            return self._refused(visit, 504)
        except (Busy, Unavailable):
            return self._refused(visit, 503)
        return response

    def _visit(
        self,
        request: Request,
        page: Page | None,
        token: str,
        *,
        found: tuple[Session, User] | None = None,
        merchant: Merchant | None = None,
        form: Form | None = None,
    ) -> Visit:
        words = self._words(request, found[1] if found else None)
        return Visit(
            context=self._context,
            request=request,
            page=page,
            words=words,
            token=token,
            found=found,
            merchant=merchant,
            form=form,
            flashes=_flashes(found[0], words) if found and not found[0].code_wanted else (),
            pages=self.pages,
            cookie=self._cookie,
            duty=self._duty(*found) if found else "",
        )

    def _words(self, request: Request, user: User | None) -> Words:
        chosen = (user.language if user else "") or request.query_params.get("language", "")
        return words_in(chosen) or words_wanted(request.headers.get("accept-language", ""))

    async def _signed_in(self, token: str) -> tuple[Session, User] | None:
        found = await self._context.reads.session(hash_of(Secret(token))) if token else None
        return found if found and found[0].is_alive(found[1], self._context.clock()) else None

    async def _merchant(
        self, request: Request, found: tuple[Session, User] | None, page: Page | None
    ) -> Merchant | None:
        """The merchant of the path if it is theirs to see; elsewhere the one they belong to."""
        if found is None or found[0].code_wanted:
            return None
        user = found[1]
        if page is None or not page.is_of_merchant:
            return None if user.merchant_id == NO_MERCHANT else await self._context.reads.merchant(user.merchant_id)
        merchant = await self._context.reads.merchant_by_no(request.path_params["merchant_no"])
        if merchant is None or user.merchant_id not in {NO_MERCHANT, merchant.merchant_id}:
            return None
        return merchant

    def _stopped(self, visit: Visit, page: Page) -> Response | None:
        """Why the visit ends here, before anything that it brings is read."""
        if self._too_often(visit, page):
            return self._refused(visit, 429)
        if page.anybody:
            return None
        if visit.found is None:
            return _to_sign_in(visit)
        if visit.duty and page.path not in {visit.duty, SIGN_OUT}:
            return RedirectResponse(visit.duty, 303, PRIVATE)
        if page.is_of_merchant and visit.merchant_here is None:
            return self._refused(visit, 404)
        return None if may(visit.user.role, page.permission) else self._refused(visit, 403)

    def _too_often(self, visit: Visit, page: Page) -> bool:
        if visit.found is None:
            stranger = subscriber(visit.entrance.address)
            return page.method == "POST" and bool(self._strangers.wait_ms(stranger, visit.now_ms))
        return bool(self._sessions.wait_ms(str(visit.session.session_id), visit.now_ms))

    def _duty(self, session: Session, user: User) -> str:
        """The one page open to whoever has not come in for good yet; empty for those who have."""
        if session.code_wanted:
            return CODE
        if user.must_change_password:
            return PASSWORD
        return NEW_CODES if self._codes_required and not user.has_codes else ""

    async def _with_form(self, visit: Visit, page: Page, token: str) -> Visit:
        """Raises Unfit for a form that does not come from a page of ours, opened in this very browser."""
        refuse_foreign(visit.request, self._context.links.base_url)
        form = Form(await read_fields(visit.request, most=_FIELDS_MAX))
        if not token or not hmac.compare_digest(form("csrf").encode(), visit.csrf.encode()):
            raise Unfit(403)
        return self._visit(visit.request, page, token, found=visit.found, merchant=visit.merchant_here, form=form)

    async def _with_code(self, visit: Visit, page: Page, token: str) -> Visit | Response:
        """The visit with the code that its form brings; else where to give one."""
        back = page.path.format_map(visit.request.path_params) if "GET" in self.pages[page.path] else _came_from(visit)
        if not visit.user.has_codes:
            return await visit.go(CODES, "account.codes_needed", kind="bad")
        if page.method == "GET":
            return await visit.go(f"{CONFIRM}?next={quote(back)}")
        if not visit.form("code"):
            return _code_asked(visit, back)
        try:
            session = await confirm(self._context, visit.session, visit.user, visit.form("code"), visit.entrance)
        except Wrong:
            return _code_asked(visit, back, visit.words("account.code_wrong"))
        except Locked:
            return await visit.go(back, "account.code_locked", kind="bad")
        found = session, visit.user
        return self._visit(visit.request, page, token, found=found, merchant=visit.merchant_here, form=visit.form)

    async def _note(self, visit: Visit, response: Response) -> None:
        """That the session was used, and that what was to be told has been."""
        if visit.found is None or visit.token_ended:
            return
        told = visit.session.flash and visit.request.method == "GET" and response.status_code < 300
        if told or (not visit.told and visit.now_ms - visit.session.seen_ms >= _SEEN_EVERY_MS):
            await visit.mark(replace(visit.session, flash=() if told else visit.session.flash))

    def _refused(self, visit: Visit, status: int, *, allow: Iterable[str] = ()) -> Response:
        response = visit.show("error", status, code=status)
        if status == 405:
            response.headers["Allow"] = ", ".join(allow)
        if status == 429:
            response.headers["Retry-After"] = "3"
        return response


def by_path(pages: Iterable[Page]) -> Pages:
    """Raises ValueError where two pages have one address and method."""
    found: dict[str, dict[str, Page]] = {}
    for page in pages:
        methods = found.setdefault(page.path, {})
        if page.method in methods:
            raise ValueError(f"two pages for {page.method} {page.path}")
        methods[page.method] = page
    return found


def safe_next(path: str) -> str:
    """Where to go on after signing in, if it is a page of ours; else empty."""
    ours = path == ROOT or path.startswith(f"{ROOT}/")
    odd = "//" in path or "\\" in path or not path.isascii() or not path.isprintable()
    return path if ours and not odd else ""


def _refuse_unwritable(request: Request) -> None:
    """Raises Unfit for an address that nothing of ours can have, and for a query that nobody can type."""
    if NUL in request.scope["path"]:
        raise Unfit(404)
    if any(NUL in text for _, text in request.query_params.multi_items()):
        raise Unfit(400)


def _to_sign_in(visit: Visit) -> Response:
    """With the way back, unless it was a form: nobody wants to post one unseen."""
    url = visit.request.url
    there = f"{url.path}?{url.query}" if url.query else url.path
    query = f"?next={quote(there)}" if visit.request.method == "GET" and url.path != ROOT else ""
    return RedirectResponse(f"{SIGN_IN}{query}", 303, PRIVATE)


def _code_asked(visit: Visit, back: str, fault: str = "") -> Response:
    """A page that asks for a one-time code and sends the same form again with it: nobody has to type it twice."""
    url = visit.request.url
    action = f"{url.path}?{url.query}" if url.query else url.path
    fields = visit.form.fields(without=_SENT_ANEW)
    return visit.show("account/code_asked", 422, action=action, fields=fields, back=back, fault=fault)


def _came_from(visit: Visit) -> str:
    """The page with the form, as the browser names it."""
    return safe_next(urlsplit(visit.request.headers.get("referer", "")).path) or ROOT


def _flashes(session: Session, words: Words) -> tuple[Flash, ...]:
    if len(session.flash) < 2 or not words.has(session.flash[1]):
        return ()
    kind, key, *pairs = session.flash
    return (Flash(kind, words(key, **dict(zip(pairs[::2], pairs[1::2], strict=True)))),)
