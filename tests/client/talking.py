"""Holding a conversation by hand: what a client would send, and what it makes of an answer."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Sequence
from typing import Any, Final, TypeVar, cast

import msgspec

from polygate.client.calls import Conversation, Request, Response

T = TypeVar("T")

JSON: Final = (("content-type", "application/json"),)


def asked(conversation: Conversation[Any]) -> Request:
    """The first request."""
    return next(conversation)


def told(
    conversation: Conversation[T], answer: object, *, status: int = 200, headers: Sequence[tuple[str, str]] = JSON
) -> T:
    """The result of a conversation of one question; `answer` is an object to be written, or the very bytes."""
    next(conversation)
    body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    try:
        conversation.send(Response(status, headers, body))
    except StopIteration as end:
        return cast(T, end.value)
    raise AssertionError("it asks again")


async def settled(result: T | Awaitable[T]) -> T:
    """The result of a call of either kind of client."""
    if inspect.isawaitable(result):
        return cast(T, await result)
    return result


def compact(value: object) -> bytes:
    """An example as clients send it: without blanks."""
    return msgspec.json.encode(value)
