"""Lists, newest first: page by page, narrowed by filters, of one merchant or (for operators) of all.

A page costs the same on the first day and at five million payments. It goes on below the last identifier shown, and
identifiers are ordered by time, so nothing is skipped or shown twice while new rows arrive. What no index narrows is
looked for in so many rows only; a page that is short because of that says how far it looked, and where to go on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from polygate.core import ids
from polygate.core.agreements import Agreement
from polygate.core.chargebacks import Chargeback
from polygate.core.facts import Fact
from polygate.core.ids import MerchantId
from polygate.core.ledger import PostingRow
from polygate.core.payments import Payment
from polygate.core.payouts import Payout
from polygate.core.refunds import Refund
from polygate.core.shipments import Shipment
from polygate.core.subscriptions import Subscription
from polygate.core.webhooks import Webhook
from polygate.store.contract import Fetch
from polygate.store.rows import table_of

Row = TypeVar("Row", bound=msgspec.Struct)

LOOK: Final = 25_000
"""How many rows one page looks at, at most, for some that no index finds."""
_MARGIN_MS: Final = 10_000
"""Between the making of an identifier and the time its row says: a busy process borrows ticks, and decides again."""
_EMPTY: Final = ((), None)


class Filter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a list is narrowed to. Empty narrows nothing; several values of one field are alternatives.

    `NARROWED_BY` says which list knows which field.
    """

    state: tuple[str, ...] = ()
    """For shipments their status."""
    method: tuple[str, ...] = ()
    app_id: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    """Of the ledger, on either side of a posting."""
    least_minor: int | None = None
    """In the currency's minor unit, included."""
    most_minor: int | None = None
    from_ms: int | None = None
    """Made at or after it, in milliseconds since 1970."""
    until_ms: int | None = None
    """Made before it."""


_ALL: Final = Filter()


class Page(msgspec.Struct, Generic[Row], frozen=True):
    rows: tuple[Row, ...]
    before: int
    """Where the next page goes on; 0 where there is none."""
    looked_to_ms: int = 0
    """Set where the page is short although the list may go on: how far back it looked."""


class _List(NamedTuple):
    key: str
    at: str
    columns: Mapping[str, str]
    """The filters it knows, and the column of each, or the columns any of which may have it."""
    amount: bool = False
    bands: tuple[ids.Band, ...] = ids.BANDS
    """The lengths that its identifiers have."""
    few: tuple[str, ...] = ()
    """States with an index of their own."""
    few_where: str = ""
    """The condition of that index, word for word."""


_ANY: Final = ids.Band(0, ids.LAST)
"""For what has identifiers of one length only."""


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_LISTS: Final[Mapping[type[Any], _List]] = {
    Payment: _List(
        "payment_id",
        "created_ms",
        _same("state", "method", "app_id", "protocol", "currency"),
        amount=True,
        few=("created", "pending", "authorized", "capturing", "voiding"),
        few_where="state IN ('created', 'pending', 'authorized', 'capturing', 'voiding')",
    ),
    Refund: _List("refund_id", "created_ms", _same("state", "protocol", "currency"), amount=True),
    Payout: _List(
        "payout_id",
        "created_ms",
        _same("state", "app_id", "protocol", "currency"),
        amount=True,
        few=("waiting", "sent"),
        few_where="state IN ('waiting', 'sent')",
    ),
    Subscription: _List("subscription_id", "created_ms", _same("state", "app_id", "protocol", "currency"), amount=True),
    Agreement: _List("agreement_id", "created_ms", _same("state", "app_id", "currency") | {"kind": "plan"}),
    Shipment: _List("shipment_id", "created_ms", {"state": "status"}),
    Webhook: _List(
        "webhook_id",
        "at_ms",
        _same("state", "app_id", "protocol", "kind"),
        few=("waiting", "given_up"),
        few_where="state IN ('waiting', 'given_up')",
        bands=(_ANY,),
    ),
    Fact: _List("fact_id", "at_ms", _same("kind"), bands=(_ANY,)),
    PostingRow: _List("posting_id", "at_ms", _same("currency") | {"account": "debit credit"}, bands=(_ANY,)),
    Chargeback: _List("chargeback_id", "created_ms", _same("currency"), amount=True),
}

NARROWED_BY: Final[Mapping[type[Any], frozenset[str]]] = {
    row_type: frozenset({*each.columns, "from_ms", "until_ms", *(("least_minor", "most_minor") if each.amount else ())})
    for row_type, each in _LISTS.items()
}
"""The fields of `Filter` that a list of a type knows."""


class _Range(NamedTuple):
    """Identifiers from `first` on, below `end`."""

    first: int
    end: int


class _Look(NamedTuple, Generic[Row]):
    rows: list[Row]
    horizon: int
    """Below it nobody has looked; 0 where everything was looked at that is needed."""


class Listing:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def page(
        self,
        row_type: type[Row],
        filter_: Filter = _ALL,
        *,
        merchant_id: MerchantId | None,
        before: int = ids.LAST,
        limit: int,
    ) -> Page[Row]:
        """At most `limit` rows made before the one named by `before`. Only operators leave the merchant out.

        Nobody lists all merchants' facts or postings. Raises ValueError for that and for a filter that this list does
        not know, Unavailable or TooLong.
        """
        known = _LISTS[row_type]
        _check(row_type, filter_)
        if row_type in {Fact, PostingRow} and merchant_id is None:
            raise ValueError("facts and postings are listed of one merchant")
        looks = [
            await self._look(row_type, filter_, range_, merchant_id=merchant_id, limit=limit + 1)
            for range_ in _ranges(known, filter_, before)
        ]
        # A row that is older than what another look reached has to wait: something newer may lie between.
        horizon = max((look.horizon for look in looks), key=ids.age, default=0)
        seen = (row for look in looks for row in look.rows)
        aged = sorted(((ids.age(_key(known, row)), row) for row in seen), key=lambda pair: pair[0], reverse=True)
        found = [row for age, row in aged if age >= ids.age(horizon)]
        rows = tuple(found[:limit])
        if len(found) > limit:
            return Page(rows, _key(known, rows[-1]))
        return Page(rows, horizon, ids.made_at_ms(horizon) if horizon else 0)

    async def pages(
        self,
        row_type: type[Row],
        filter_: Filter = _ALL,
        *,
        merchant_id: MerchantId | None,
        before: int = ids.LAST,
        limit: int,
    ) -> AsyncIterator[Page[Row]]:
        """One page after the other, to the end of the list."""
        while before:
            page = await self.page(row_type, filter_, merchant_id=merchant_id, before=before, limit=limit)
            yield page
            before = page.before

    async def newest(
        self,
        row_type: type[Row],
        filter_: Filter = _ALL,
        *,
        merchant_id: MerchantId | None,
        before: int = ids.LAST,
        limit: int,
    ) -> list[Row]:
        """As many as asked for, if there are so many, however long that takes."""
        found: list[Row] = []
        async for page in self.pages(row_type, filter_, merchant_id=merchant_id, before=before, limit=limit):
            found += page.rows
            if len(found) >= limit:
                break
        return found[:limit]

    async def _look(
        self, row_type: type[Row], filter_: Filter, range_: _Range, *, merchant_id: MerchantId | None, limit: int
    ) -> _Look[Row]:
        """The newest rows in a range of identifiers."""
        known = _LISTS[row_type]
        # The plus keeps the merchant out of the planners' sight where another index than the primary key is meant.
        own = "+merchant_id = %s AND " if _are_few(known, filter_) else "merchant_id = %s AND "
        whose, who = (own, (merchant_id,)) if merchant_id is not None else ("", ())
        table = table_of(row_type)
        within = f"FROM {table.name} WHERE {whose}{known.key} >= %s AND {known.key} < %s"
        floor = 0
        if _must_look(known, filter_):
            looked = await self._fetch(
                f"SELECT count(*), min({known.key}) FROM "
                f"(SELECT {known.key} {within} ORDER BY {known.key} DESC LIMIT %s) AS looked",
                (*who, *range_, LOOK),
            )
            count, lowest = looked[0]
            floor = lowest if count == LOOK else 0
        narrow, values = _conditions(known, filter_)
        found = await self._fetch(
            f"SELECT {table.column_list} {within}{narrow} ORDER BY {known.key} DESC LIMIT %s",
            (*who, max(range_.first, floor), range_.end, *values, limit),
        )
        rows = [table.decode(row) for row in found]
        return _Look(rows, floor if len(rows) < limit else 0)


def _check(row_type: type[Any], filter_: Filter) -> None:
    given = {name for name in Filter.__struct_fields__ if getattr(filter_, name) not in _EMPTY}
    if unknown := given - NARROWED_BY[row_type]:
        raise ValueError(f"a list of {row_type.__name__} is not narrowed by {', '.join(sorted(unknown))}")


def _ranges(known: _List, filter_: Filter, before: int) -> list[_Range]:
    """The identifiers to look at, of each length."""
    from_ms = (filter_.from_ms or 0) - _MARGIN_MS
    ranges = [_Range(band.at(from_ms), band.below(before)) for band in known.bands]
    if filter_.until_ms is not None:
        until_ms = filter_.until_ms + _MARGIN_MS
        ends = (band.at(until_ms + band.tick_ms) for band in known.bands)
        ranges = [_Range(each.first, min(each.end, end)) for each, end in zip(ranges, ends, strict=True)]
    return [each for each in ranges if each.first < each.end]


def _must_look(known: _List, filter_: Filter) -> bool:
    """Whether rows are wanted that neither an index finds nor a range of identifiers."""
    return not _are_few(known, filter_) and any(
        getattr(filter_, name) not in _EMPTY for name in (*known.columns, "least_minor", "most_minor")
    )


def _are_few(known: _List, filter_: Filter) -> bool:
    return bool(filter_.state) and set(filter_.state) <= set(known.few)


def _conditions(known: _List, filter_: Filter) -> tuple[str, list[Any]]:
    """SQL that follows a WHERE, and its values."""
    narrow = [known.few_where] if _are_few(known, filter_) else []
    values: list[Any] = []
    for name, column in known.columns.items():
        if wanted := getattr(filter_, name):
            alternatives = [f"{each} IN ({', '.join(['%s'] * len(wanted))})" for each in column.split()]
            narrow.append(f"({' OR '.join(alternatives)})")
            values += wanted * len(alternatives)
    bounds = {
        "amount_minor >= %s": filter_.least_minor,
        "amount_minor <= %s": filter_.most_minor,
        f"{known.at} >= %s": filter_.from_ms,
        f"{known.at} < %s": filter_.until_ms,
    }
    given = {condition: value for condition, value in bounds.items() if value is not None}
    return "".join(f" AND {each}" for each in (*narrow, *given)), [*values, *given.values()]


def _key(known: _List, row: msgspec.Struct) -> int:
    return int(getattr(row, known.key))
