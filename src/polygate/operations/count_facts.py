"""Count facts into the days of their merchants, and of all merchants together, a chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

import msgspec

from polygate.core import ids
from polygate.core.ids import MerchantId
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.people import NO_MERCHANT
from polygate.core.statistics import BusinessDay, Counted, business_day
from polygate.store.contract import Change, Insert, Stale, Taken, Update
from polygate.store.opened import Store


async def count_facts(store: Store, merchants: Sequence[MerchantId], *, now_ms: int) -> int:
    """How many of the merchants have more to count at once. Of two who count at once, one changes nothing."""
    statistics = store.statistics
    # The guards are read first: what somebody else counts meanwhile changes them, and then this count is thrown away.
    guarded = await statistics.counted((NO_MERCHANT, *merchants))
    up_to = ids.first_at(now_ms - COUNTING_LAG_MS)
    counts = {}
    for merchant_id in merchants:
        before = guarded.get(merchant_id, _NOTHING)
        if count := await statistics.count(merchant_id, after=before.counted_to, up_to=up_to):
            counts[merchant_id] = count
    if not counts:
        return 0
    everybody = guarded.get(NO_MERCHANT, _NOTHING)
    guards = [_next(everybody, NO_MERCHANT, everybody.counted_to)]
    guards += [_next(guarded.get(each, _NOTHING), each, count.counted_to) for each, count in counts.items()]
    found = [day for count in counts.values() for day in count.days]
    found += [msgspec.structs.replace(day, merchant_id=NO_MERCHANT) for day in found]
    try:
        await store.submit(Change(tuple(guards), tuple(await _added(store, found))))
    except (Stale, Taken):
        return len(counts)
    return sum(count.is_full for count in counts.values())


async def note_all_counted(store: Store, *, now_ms: int) -> None:
    """That nobody's facts are left to be counted; nothing where nothing was counted, or somebody counts right now."""
    everybody = (await store.statistics.counted((NO_MERCHANT,))).get(NO_MERCHANT)
    if everybody is not None and everybody.counted_to < await store.statistics.counted_furthest():
        up_to = ids.first_at(now_ms - COUNTING_LAG_MS)
        with suppress(Stale):
            await store.submit(Change((_next(everybody, NO_MERCHANT, up_to),)))


_NOTHING: Final = Counted(NO_MERCHANT, 0, version=0)


def _next(before: Counted, merchant_id: MerchantId, counted_to: int) -> Insert | Update:
    counted = Counted(merchant_id, counted_to, version=before.version + 1)
    return Update(counted) if before.version else Insert(counted)


async def _added(store: Store, found: Sequence[BusinessDay]) -> list[BusinessDay]:
    """Days with what they had before."""
    sums: dict[tuple[MerchantId, int, str], list[BusinessDay]] = {}
    for each in found:
        sums.setdefault((each.merchant_id, each.day, each.currency), []).append(each)
    for merchant_id in dict.fromkeys(each.merchant_id for each in found):
        days = [each.day for each in found if each.merchant_id == merchant_id]
        for kept in await store.statistics.kept(merchant_id, first_day=min(days), last_day=max(days)):
            if same := sums.get((merchant_id, kept.day, kept.currency)):
                same.insert(0, kept)
    return [business_day(*key, chain.from_iterable(each.lines for each in together)) for key, together in sums.items()]
