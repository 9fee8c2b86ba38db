"""What can go wrong for a caller. A declined payment is none of it: that is a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Every error that a client raises by itself."""


class ApiError(ClientError):
    """The gateway understood the call and did not carry it out.

    `code` and `message` are the protocol's own, `status` is HTTP's, and `answer` is all that was said.
    """

    def __init__(self, code: str, message: str, *, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.answer = answer


class AuthenticationFailed(ApiError):
    """The credentials, or the proof made with them, were not accepted."""


class InvalidSignature(ClientError):
    """An answer or a notification does not prove where it comes from: do not act on it.

    After an answer, whether the call was carried out is not known.
    """


class NotSent(ClientError):
    """The call did not leave this side; it may be repeated."""


class NetworkUnknown(ClientError):
    """Nobody knows whether the call was carried out: ask about it before repeating it."""
