"""What is forgotten, on both databases: old calls in lots, and keys whose time is over."""

from __future__ import annotations

import pytest

from polygate.core.calls import Call
from polygate.core.ids import LAST
from polygate.core.merchants import App, Merchant
from polygate.store.contract import Change, Insert
from polygate.store.opened import Store
from tests.store.samples import some

pytestmark = pytest.mark.anyio


async def test_the_oldest_calls_go_first_and_only_so_many_at_once(store: Store) -> None:
    """Whosever they are."""
    rows = tuple(some(Call, 1, merchant_id=n % 2, call_id=n, left_out=0, refused=n == 5) for n in range(1, 8))
    await store.submit(Change((), rows))
    assert await store.forget_calls(6, at_most=3) == 3
    assert [call.call_id for call in await store.reads.calls(merchant_id=None, before=LAST, limit=9)] == [7, 6, 5, 4]
    assert await store.forget_calls(6, at_most=3) == 2
    assert await store.forget_calls(6, at_most=3) == 0
    assert [call.call_id for call in await store.reads.calls(merchant_id=None, before=7, limit=9)] == [6]
    assert await store.reads.calls(merchant_id=None, before=LAST, limit=9, refused=True) == []
    assert len(await store.reads.calls(merchant_id=None, before=LAST, limit=9, refused=False)) == 2


async def test_keys_before_are_forgotten_when_their_time_is_over(store: Store) -> None:
    """To the millisecond; each key for itself."""
    merchant = some(
        Merchant, 3, sealed_previous_secret_key=b"s", previous_secret_key_until_ms=100,
        sealed_previous_access_key=b"a", previous_access_key_hash="h", previous_access_key_until_ms=101,
    )  # fmt: skip
    app = some(App, 4, merchant_id=merchant.merchant_id, sealed_previous_secret=b"s", previous_secret_until_ms=100)
    await store.submit(Change((Insert(merchant), Insert(app))))
    assert await store.forget_previous_keys(99) == 0
    assert await store.forget_previous_keys(100) == 2
    kept, kept_app = await store.reads.merchant(merchant.merchant_id), await store.reads.app(app.app_id)
    assert kept is not None
    assert kept_app is not None
    assert (kept.sealed_previous_secret_key, kept.previous_secret_key_until_ms) == (b"", 0)
    assert (kept.sealed_previous_access_key, kept.previous_access_key_hash) == (b"a", "h")
    assert (kept_app.sealed_previous_secret, kept_app.previous_secret_until_ms) == (b"", 0)
    assert await store.forget_previous_keys(101) == 1
    assert await store.forget_previous_keys(102) == 0
