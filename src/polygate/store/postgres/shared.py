"""One read for all who ask the same at the same moment.

Every request of a busy merchant asks who holds the same token. Whoever asks while a read is under way waits for the
next one: what is answered was read after it was asked, so a token that was just revoked is never taken for a live one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Question = tuple[str, tuple[Any, ...]]
"""SQL and parameters."""
Answer = list[tuple[Any, ...]]


class SharedReads:
    def __init__(self, read: Callable[[tuple[str, Sequence[Any]]], Awaitable[Answer]]) -> None:
        self._read = read
        self._under_way: dict[Question, asyncio.Task[Answer]] = {}
        self._next: dict[Question, asyncio.Task[Answer]] = {}

    async def read(self, question: Question) -> Answer:
        """Raises what the read raises, to each who shares it."""
        task = self._next.get(question)
        if task is None:
            task = self._next[question] = asyncio.create_task(self._after_the_one_under_way(question))
        # One caller who goes away must not take the answer from the others.
        return await asyncio.shield(task)

    async def _after_the_one_under_way(self, question: Question) -> Answer:
        if (before := self._under_way.get(question)) is not None:
            await asyncio.wait((before,))
        # This one begins now: who asks from here on needs another.
        task = self._under_way[question] = self._next.pop(question)
        try:
            return await self._read(question)
        finally:
            if self._under_way.get(question) is task:
                del self._under_way[question]
