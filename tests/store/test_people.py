"""What the console keeps, on both databases: sessions that are marked and forgotten, and a log that is filtered."""

from __future__ import annotations

import pytest

from polygate.core.ids import LAST
from polygate.core.people import AuditEntry, Guesses, Session, User
from polygate.store.contract import Change, Insert, Taken
from polygate.store.opened import Store
from tests.store.samples import MERCHANT, some

pytestmark = pytest.mark.anyio


async def test_a_session_is_found_with_its_user_and_marked(store: Store) -> None:
    """Marking keeps the version: it stands in nobody's way."""
    user = some(User, 3, user_id=5)
    session = some(Session, 4, user_id=5, ended_ms=0, epoch=user.epoch)
    await store.submit(Change((Insert(user), Insert(session))))

    await store.mark_session(session, seen_ms=77, flash='["good","account.saved"]')

    found = await store.reads.session(session.token_hash)
    assert found is not None
    assert (found[0].seen_ms, found[0].flash, found[0].version) == (77, ("good", "account.saved"), session.version)
    assert found[1] == user
    assert [each.session_id for each in await store.reads.sessions(user)] == [session.session_id]
    assert await store.reads.session(b"another") is None


async def test_nobody_has_two_accounts_under_one_login_name(store: Store) -> None:
    """Not even with two merchants."""
    await store.submit(Change((Insert(some(User, 1, login="amy@shop.example")),)))
    with pytest.raises(Taken):
        await store.submit(Change((Insert(some(User, 2, login="amy@shop.example", merchant_id=8)),)))


async def test_old_sessions_and_guesses_are_forgotten(store: Store) -> None:
    """Those that nobody used, those that went on for too long, and no others."""
    times = {1: (100, 100), 2: (100, 900), 3: (800, 900)}
    sessions = [some(Session, n, created_ms=begun, seen_ms=seen) for n, (begun, seen) in times.items()]
    guesses = [some(Guesses, n, changed_ms=n * 100) for n in (1, 2, 3)]
    await store.submit(Change(tuple(map(Insert, [*sessions, *guesses]))))

    assert await store.forget_sessions(unused_since_ms=500, begun_before_ms=200) == 2
    assert await store.forget_guesses(300) == 2
    assert await store.reads.session(sessions[2].token_hash) is None  # It has no user; its row is what counts.
    assert await store.fetch("SELECT session_id FROM sessions") == [(3,)]
    assert await store.fetch("SELECT who FROM guesses") == [(guesses[2].who,)]


async def test_the_log_is_read_by_merchant_subject_and_person(store: Store) -> None:
    """Newest first, from a key on."""
    actions = ["user.invited", "user_other.done", "sign_in.completed", "user.disabled"]
    entries = [some(AuditEntry, n, action=action, user_id=n % 2 + 1) for n, action in enumerate(actions, start=1)]
    others = [some(AuditEntry, 9, merchant_id=8, action="user.invited", user_id=1)]
    await store.submit(Change((), (*entries, *others)))

    async def ids(merchant_id: int | None = MERCHANT, before: int = LAST, **by: str | int) -> list[int]:
        found = await store.reads.audit_entries(merchant_id=merchant_id, before=before, limit=10, **by)  # type: ignore[arg-type]
        return [entry.entry_id for entry in found]

    assert await ids() == [4, 3, 2, 1]
    assert await ids(before=3) == [2, 1]
    assert await ids(action="user.") == [4, 1]
    assert await ids(user_id=1) == [4, 2]
    assert await ids(None, action="user.", user_id=1) == [9, 4]
