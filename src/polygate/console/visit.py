"""One request to the console: who asks, about whose matters, and how to answer. It is all that a handler is given."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from polygate.console import paging, shown
from polygate.console.browsers import browser
from polygate.console.cookie import Cookie
from polygate.console.form import Form
from polygate.console.navigation import Place, places
from polygate.console.page import Page
from polygate.console.rendering import PRIVATE, render
from polygate.console.words import Words
from polygate.core.access import Permission, may
from polygate.core.cards import Secret
from polygate.core.ids import LAST, MerchantId
from polygate.core.merchants import Merchant
from polygate.core.money import Money
from polygate.core.people import NO_MERCHANT, AuditEntry, Session, User
from polygate.operations.audit import Actor, actor_of, entry
from polygate.operations.context import Context
from polygate.operations.sign_in import Entrance

_NOTHING: Final[Mapping[str, Any]] = {}


class Flash(msgspec.Struct, frozen=True):
    """What is told once, on the next page: `kind` is `good` or `bad`."""

    kind: str
    text: str


class Visit:
    """`user` and `session` are those of whoever is signed in, `merchant` is the one of the path."""

    def __init__(
        self,
        *,
        context: Context,
        request: Request,
        page: Page | None,
        words: Words,
        token: str,
        found: tuple[Session, User] | None = None,
        merchant: Merchant | None = None,
        form: Form | None = None,
        flashes: tuple[Flash, ...] = (),
        pages: Mapping[str, Mapping[str, Page]] = _NOTHING,
        cookie: Cookie,
        duty: str = "",
    ) -> None:
        self.context: Final = context
        self.request: Final = request
        self.page: Final = page
        self.words: Final = words
        self.form: Final = form or Form()
        self.query: Final = Form(request.query_params.multi_items())
        self.found: Final = found
        self.flashes: Final = flashes
        self.now_ms: Final = context.clock()
        self._token = token
        self._merchant = merchant
        self.pages: Final = pages
        self._cookie = cookie
        self.duty: Final = duty
        """The path of what has to be done before anything else; mostly empty."""
        self.told = False
        """Whether this visit left something to tell on the next page."""
        self.token_ended = False
        """Whether this visit ended the session that it came with."""

    # --- who asks, and about what ---

    @property
    def user(self) -> User:
        assert self.found is not None, "the door lets only signed-in people in here"
        return self.found[1]

    @property
    def session(self) -> Session:
        assert self.found is not None, "the door lets only signed-in people in here"
        return self.found[0]

    @property
    def merchant(self) -> Merchant:
        """The merchant of the path. Everything a handler reads, it reads with this merchant's id."""
        assert self._merchant is not None, "this is no page of a merchant"
        return self._merchant

    @property
    def merchant_id(self) -> MerchantId:
        return self.merchant.merchant_id

    @property
    def merchant_here(self) -> Merchant | None:
        """The merchant of the path, if it names one."""
        return self._merchant

    def may(self, permission: Permission | str) -> bool:
        """Whether to offer something: what a template shows is what the door would let through."""
        return self.found is not None and may(self.user.role, Permission(permission))

    def part(self, name: str) -> str:
        """A part of the path, as it stands there."""
        return str(self.request.path_params[name])

    def identifier(self, name: str) -> int:
        """A part of the path that is one of our identifiers; 0 for what can be none."""
        text = self.part(name)
        return int(text) if text.isascii() and text.isdecimal() and int(text[:20]) <= LAST else 0

    @property
    def before(self) -> int:
        """Where the page of a list begins."""
        return paging.before(self.query("before"))

    @property
    def entrance(self) -> Entrance:
        address = self.request.client.host if self.request.client else ""
        return Entrance(address=address, user_agent=self.request.headers.get("user-agent", ""))

    @property
    def actor(self) -> Actor:
        return actor_of(self.user, self.entrance.address)

    def entry(
        self,
        action: str,
        *,
        about: str = "",
        before: Mapping[str, Any] = _NOTHING,
        after: Mapping[str, Any] = _NOTHING,
        merchant_id: MerchantId | None = None,
    ) -> AuditEntry:
        """What this visit did, as a row to be put into the change that does it.

        An operators' page, whose path names no merchant to the door, says whose matter it is.
        """
        if merchant_id is None:
            merchant_id = self._merchant.merchant_id if self._merchant else self.user.merchant_id
        return entry(self.context, self.actor, action, merchant_id=merchant_id, about=about, before=before, after=after)

    # --- answers ---

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page from a template, which gets `visit`, `words` and the values."""
        given = {"visit": self, "words": self.words, **values}
        return render(template, status, tag=self.words.tag, values=given)

    def again(self, template: str, faults: Mapping[str, str], **values: Any) -> Response:
        """The page with the form, for somebody to mend it: field → what is wrong, in words."""
        return self.show(template, 422, faults=faults, **values)

    def lost(self, told: str, back: str) -> Response:
        """For what is not there, or is another merchant's: the two look alike. `back` is the list to look in."""
        return self.show("lost", 404, told=self.words(told), back=back)

    async def go(self, path: str, told: str = "", *, kind: str = "good", **values: object) -> Response:
        """On to another page, by GET; `told` is the key of what to tell there."""
        if told:
            flash = (kind, told, *(self._in_words(part) for pair in values.items() for part in pair))
            self.told = True
            await self.mark(replace(self.session, flash=flash))
        return RedirectResponse(path, 303, PRIVATE)

    def _in_words(self, part: object) -> str:
        return shown.amount_text(part, self.words) if isinstance(part, Money) else str(part)

    def come_in(self, path: str, token: Secret) -> Response:
        """On to another page with a new session."""
        self.token_ended = True
        response = RedirectResponse(path, 303, PRIVATE)
        self._cookie.put(response, token)
        return response

    def leave(self, path: str) -> Response:
        """On to another page without a session."""
        self.token_ended = True
        response = RedirectResponse(path, 303, PRIVATE)
        self._cookie.remove(response)
        return response

    def keep_token(self, response: Response, token: Secret) -> Response:
        """The answer, with a token for the forms on it, for a browser that has none yet."""
        self._cookie.put(response, token)
        return response

    def show_renewed(self, template: str, token: Secret, **values: Any) -> Response:
        """A page with a new session, for what cannot wait for the next one."""
        self.token_ended = True
        renewed = copy(self)
        renewed._token = token.reveal()  # The forms on it are the new session's.
        return self.keep_token(renewed.show(template, **values), token)

    async def mark(self, session: Session) -> None:
        flash = msgspec.json.encode(session.flash).decode()
        await self.context.store.mark_session(session, seen_ms=self.now_ms, flash=flash)

    def at(self, place: str = "") -> str:
        """The path of one of the merchant's pages: `at("team")`."""
        return f"/console/m/{self.merchant.merchant_no}/{place}"

    def with_query(self, **changes: object) -> str:
        """This page under a query that differs so; what is empty is left out."""
        kept = {name: value for name, value in self.request.query_params.items() if name not in changes}
        wanted = {name: value for name, value in {**kept, **changes}.items() if value not in {"", None}}
        return f"{self.request.url.path}?{urlencode(wanted)}" if wanted else self.request.url.path

    # --- for templates ---

    @property
    def token(self) -> str:
        """What the browser's cookie holds; empty before its first page."""
        return self._token

    @property
    def csrf(self) -> str:
        """What every form of ours carries: only a page that was opened with this cookie knows it."""
        return csrf_of(self._token)

    @property
    def has_fresh_code(self) -> bool:
        return self.session.has_fresh_code(self.now_ms)

    @property
    def places(self) -> tuple[tuple[str, tuple[Place, ...]], ...]:
        """The navigation: groups of what this user may open here."""
        merchant_no = self._merchant.merchant_no if self._merchant else ""
        return places(self.user, merchant_no, self.pages) if self.found else ()

    def is_here(self, path: str) -> bool:
        """Whether the page belongs below an entry of the navigation."""
        here = self.request.url.path
        return here == path or (here.startswith(f"{path}/") and not path.endswith("/"))

    def amount(self, minor: int, currency: str) -> shown.Amount:
        return shown.amount(Money(minor, currency), self.words)

    def count(self, number: int) -> str:
        return shown.count(number, self.words)

    def percent(self, share: float) -> str:
        return shown.percent(share, self.words)

    @property
    def zone(self) -> str:
        return self.user.timezone if self.found else "UTC"

    def moment(self, at_ms: int) -> str:
        return shown.moment(at_ms, self.zone, self.words, now_ms=self.now_ms)

    def exact_moment(self, at_ms: int) -> str:
        return shown.exact_moment(at_ms, self.zone, self.words)

    def day(self, at_ms: int) -> str:
        return shown.day(at_ms, self.zone, self.words)

    def date(self, day: date) -> str:
        return shown.date_of(day, self.words)

    def calendar_day(self, text: str) -> str:
        return shown.calendar_day(text, self.words)

    def iso(self, at_ms: int) -> str:
        return shown.iso(at_ms)

    def browser(self, user_agent: str) -> str:
        return browser(user_agent)

    @property
    def is_operators(self) -> bool:
        return self.found is not None and self.user.merchant_id == NO_MERCHANT


def csrf_of(token: str) -> str:
    return hmac.digest(token.encode(), b"console form", hashlib.sha256).hex()
