"""People of the console, and what they did."""

from __future__ import annotations

from polygate.core.ids import MerchantId
from polygate.core.people import AuditEntry, Guesses, Session, User
from polygate.core.saved_views import SavedView
from polygate.store.reads.questions import Questions


class PeopleReads(Questions):
    async def saved_views(self, merchant_id: MerchantId, user_id: int, place: str) -> list[SavedView]:
        """Those of one person, in the order in which they were made."""
        where = "user_id = %s AND merchant_id = %s AND place = %s ORDER BY view_id"
        return await self._many(SavedView, where, user_id, merchant_id, place)

    async def user(self, merchant_id: MerchantId, user_id: int) -> User | None:
        return await self._one(User, "merchant_id = %s AND user_id = %s", merchant_id, user_id)

    async def user_by_login(self, login: str) -> User | None:
        return await self._one(User, "login = %s", login)

    async def users(self, merchant_id: MerchantId) -> list[User]:
        """A merchant's people, or the operators; oldest first."""
        return await self._many(User, "merchant_id = %s ORDER BY user_id", merchant_id)

    async def all_users(self, *, after: int = 0, limit: int) -> list[User]:
        """Everybody, oldest first; for operators only."""
        return await self._many(User, "user_id > %s ORDER BY user_id LIMIT %s", after, limit)

    async def session(self, token_hash: bytes) -> tuple[Session, User] | None:
        """The session of a token, alive or not, and whose it is."""
        session = await self._one(Session, "token_hash = %s", token_hash)
        user = await self.user(session.merchant_id, session.user_id) if session else None
        return (session, user) if session and user else None

    async def sessions(self, user: User) -> list[Session]:
        """Those of one user that were not ended, the latest first. Some may have run out."""
        where = "merchant_id = %s AND user_id = %s AND ended_ms = 0 AND epoch = %s ORDER BY session_id DESC LIMIT 50"
        return await self._many(Session, where, user.merchant_id, user.user_id, user.epoch)

    async def guesses(self, who: str) -> Guesses | None:
        return await self._one(Guesses, "who = %s", who)

    async def audit_entries(
        self, *, merchant_id: MerchantId | None, before: int, limit: int, action: str = "", user_id: int = 0
    ) -> list[AuditEntry]:
        """Newest first, of one merchant or (for operators only) of all; of actions that begin so, and of one user."""
        given = {
            "entry_id < %s": before,
            "merchant_id = %s": merchant_id,
            "substr(action, 1, %s) = %s": (len(action), action) if action else None,
            "user_id = %s": user_id or None,
        }
        wanted = {condition: value for condition, value in given.items() if value is not None}
        params = [each for value in wanted.values() for each in (value if isinstance(value, tuple) else (value,))]
        where = f"{' AND '.join(wanted)} ORDER BY entry_id DESC LIMIT %s"
        return await self._many(AuditEntry, where, *params, limit)
