"""Count a merchant's facts into its statistics, a chunk at a time."""

from __future__ import annotations

from polygate.core import ids
from polygate.core.ids import MerchantId
from polygate.core.payouts import COUNTING_LAG_MS
from polygate.core.statistics import Counted, Statistic, added
from polygate.store.contract import Change, Insert, Stale, Taken, Update
from polygate.store.opened import Store


async def count_facts(store: Store, merchant_id: MerchantId, *, now_ms: int) -> bool:
    """Whether there is more to count at once. Of two who count the same at once, one changes nothing."""
    statistics = store.statistics
    # The guard is read first: what somebody else counts meanwhile changes it, and then this count is thrown away.
    before = await statistics.counted(merchant_id) or Counted(merchant_id, 0, version=0)
    up_to = ids.first_at(now_ms - COUNTING_LAG_MS)
    count = await statistics.count(merchant_id, after=before.counted_to, up_to=up_to)
    if count is None:
        return False
    counted = Counted(merchant_id, count.counted_to, version=before.version + 1)
    guard = Insert(counted) if before.version == 0 else Update(counted)
    days = [each.day for each in count.statistics]
    kept = await statistics.kept(merchant_id, first_day=min(days), last_day=max(days)) if days else []
    by_key = {_key(each): each for each in kept}
    puts = [added(by_key[_key(each)], each) if _key(each) in by_key else each for each in count.statistics]
    try:
        await store.submit(Change((guard,), tuple(puts)))
    except (Stale, Taken):
        return True
    return count.is_full


def _key(statistic: Statistic) -> tuple[object, ...]:
    one = statistic
    return one.day, one.kind, one.method, one.currency, one.held, one.why
