"""The log of calls: heard while they are answered, written a moment later, never in anybody's way.

What is heard waits in memory, a bounded lot of it. A round writes a bounded number at once, so that the log takes a
small part of the time at most, however many calls come. What finds no place is left out, and how much that was is
written down instead. Calls that were refused find a place longer than those that went well.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import structlog

from polygate.core.calls import NOBODY, Call, CallLogMode, CallWords
from polygate.core.ids import MerchantId
from polygate.core.masking import masked_body, masked_query, masked_text, masked_value
from polygate.core.merchants import Merchant
from polygate.operations.context import Context
from polygate.store.contract import Change, StoreError

BODY_MAX_BYTES: Final = 32 * 1024
"""Of longer bodies only the size is remembered."""
_ROUND_MAX: Final = 200
_WAITING_MAX: Final = 1_000
_WAITING_MAX_DONE: Final = 600
"""For calls that went well."""
_WAITING_MAX_BYTES: Final = 16 * 1024 * 1024
_AT_A_TIME: Final = 10
"""Calls that are masked before others get their turn."""
_TEXT_MAX_LENGTH: Final = 256
_ORDER_MAX_LENGTH: Final = 64
_log = structlog.get_logger(__name__)


class Heard(msgspec.Struct, gc=False):
    """A call that was answered, as it came and went: what is in it may be secret."""

    call_id: int
    at_ms: int
    protocol: str
    words: CallWords
    method: str
    path: str
    query: str
    address: str
    merchant: Merchant | None = None
    app_id: str = ""
    merchant_no: str = ""
    opened: Mapping[str, Any] | None = None
    status: int = 0
    duration_us: int = 0
    request: bytes | None = b""
    """None if it was too long, as `answer`."""
    answer: bytes | None = b""

    @property
    def size(self) -> int:
        return len(self.request or b"") + len(self.answer or b"")


class _Verdict(msgspec.Struct):
    """The code and the text of an answer, empty where it has none."""

    word: str = ""
    said: str = ""


_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class CallLog:
    """What one process has heard and not written yet."""

    def __init__(self, context: Context, mode: CallLogMode) -> None:
        self.mode: Final = mode
        self._context = context
        self._waiting: deque[tuple[Heard, _Verdict, bool]] = deque()
        self._waiting_bytes = 0
        self._left_out = 0

    def next_id(self) -> int:
        """For a call that begins."""
        return self._context.mint()

    def now_ms(self) -> int:
        return self._context.clock()

    def hear(self, call: Heard) -> None:
        """A call that has ended. Costs a few microseconds."""
        verdict = _verdict(call)
        refused = call.status >= 400 or not call.status or verdict.word not in call.words.done
        if self.mode is CallLogMode.OFF or (self.mode is CallLogMode.REFUSED and not refused):
            return
        room = _WAITING_MAX if refused else _WAITING_MAX_DONE
        if len(self._waiting) >= room or self._waiting_bytes + call.size > _WAITING_MAX_BYTES:
            self._left_out += 1
            return
        self._waiting.append((call, verdict, refused))
        self._waiting_bytes += call.size

    async def write(self) -> int:
        """One round: up to 200 of those that wait, as one change. Returns how many were written."""
        count = min(len(self._waiting), _ROUND_MAX)
        rows, known = [], _Known(self._context)
        if self._left_out:
            rows.append(_gap(self.next_id(), self.now_ms(), self._left_out))
            _log.warning("calls_left_out_of_the_log", count=self._left_out)
            self._left_out = 0
        for place in range(count):
            heard, verdict, refused = self._waiting.popleft()
            self._waiting_bytes -= heard.size
            rows.append(await _row(heard, verdict, refused, known))
            if place % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        if rows:
            try:
                await self._context.store.submit(Change((), tuple(rows)))
            except StoreError:
                self._left_out += sum(row.left_out or 1 for row in rows)
                raise
        return count

    async def write_all(self) -> None:
        """Before the process ends."""
        while await self.write():
            pass


class _Known:
    """Whom callers said to be, looked up once a round."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._found: dict[tuple[str, str], MerchantId] = {}

    async def merchant_id(self, app_id: str, merchant_no: str) -> MerchantId:
        key = app_id, merchant_no
        if key not in self._found:
            self._found[key] = await self._ask(app_id, merchant_no)
        return self._found[key]

    async def _ask(self, app_id: str, merchant_no: str) -> MerchantId:
        reads = self._context.reads
        if app_id and (app := await reads.app(app_id)):
            return app.merchant_id
        if merchant_no and (merchant := await reads.merchant_by_no(merchant_no)):
            return merchant.merchant_id
        return NOBODY


async def _row(heard: Heard, verdict: _Verdict, refused: bool, known: _Known) -> Call:
    app_id = _text(heard.app_id, _ORDER_MAX_LENGTH)
    merchant_no = _text(heard.merchant_no, _ORDER_MAX_LENGTH)
    if heard.merchant is not None:
        merchant_id = heard.merchant.merchant_id
    else:
        merchant_id = await known.merchant_id(app_id, merchant_no)
    query = f"?{masked_query(heard.query)}" if heard.query else ""
    return Call(
        merchant_id=merchant_id,
        call_id=heard.call_id,
        at_ms=heard.at_ms,
        protocol=heard.protocol,
        app_id=app_id,
        proven=heard.merchant is not None,
        address=heard.address,
        method=_text(heard.method, _ORDER_MAX_LENGTH),
        path=_text(heard.path + query, _TEXT_MAX_LENGTH),
        status=heard.status,
        code=_text(verdict.word, _ORDER_MAX_LENGTH),
        said=_text(verdict.said, _TEXT_MAX_LENGTH),
        refused=refused,
        duration_us=heard.duration_us,
        order_no=_order_no(heard),
        request=_body(heard.request, heard.opened),
        answer=_body(heard.answer, None),
    )


def _gap(call_id: int, at_ms: int, left_out: int) -> Call:
    return Call(
        merchant_id=NOBODY, call_id=call_id, at_ms=at_ms, protocol="", app_id="", proven=False, address="", method="",
        path="", status=0, code="", said="", refused=False, duration_us=0, order_no="", request="", answer="",
        left_out=left_out,
    )  # fmt: skip


def _body(body: bytes | None, opened: Mapping[str, Any] | None) -> str:
    if opened is not None:
        return masked_value(dict(opened))
    return f"(more than {BODY_MAX_BYTES:,} bytes)" if body is None else masked_body(body)


def _order_no(heard: Heard) -> str:
    """The order that a call named: in its body, as far as that can be read, or in its query."""
    said: Mapping[str, Any] = heard.opened or _fields(heard.request, heard.words.orders) or dict(parse_qsl(heard.query))
    found = (said.get(name) for name in heard.words.orders)
    named = next((each for each in found if isinstance(each, str | int) and not isinstance(each, bool) and each), "")
    return _text(str(named).strip(), _ORDER_MAX_LENGTH)


def _text(text: str, longest: int) -> str:
    """As every database can hold it."""
    return masked_text(text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}"))[:longest]


def _verdict(heard: Heard) -> _Verdict:
    code, said = heard.words.code, heard.words.said
    found = _fields(heard.answer, (code, said))
    return _Verdict(_plain(found.get(code)), _plain(found.get(said)))


def _fields(body: bytes | None, names: Iterable[str]) -> dict[str, Any]:
    """Some fields of a JSON object; of the others nothing is read."""
    try:
        fields = _FIELDS.decode(body or b"{}")
        return {name: msgspec.json.decode(fields[name]) for name in names if name in fields}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _plain(found: Any) -> str:
    return "" if found is None else str(found)
