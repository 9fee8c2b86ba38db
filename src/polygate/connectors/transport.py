"""Drives a connector's conversation over its line, and knows what silence means.

Every message has the connector's deadline. What a failure says about the money:

| What happened                                             | Outcome |
| --------------------------------------------------------- | ------- |
| the line is down before the first message that moves money | NotSent |
| the deadline passed, or the connection broke              | Unknown |
| an answer the conversation cannot read                    | Unknown |
| anything else unforeseen                                  | Unknown |

A message that moves no money never yields NotSent here: for an inquiry, NotSent is the acquirer's promise about the
order asked after, and a line that is down promises nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from traceback import extract_tb

import structlog

from polygate.connectors.contract import Answer, Ask, Connector, Conversation
from polygate.core.outcomes import NotSent, Outcome, Unknown

Line = Callable[[Ask], Awaitable[Answer]]
"""Carries one message to an acquirer and its answer back."""

_log = structlog.get_logger(__name__)


class LineDown(Exception):
    """Raised by a line that certainly did not send the message."""


class Transport:
    """The lines to all acquirers, by connector name."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = lines

    async def run(self, connector: Connector, conversation: Conversation) -> Outcome:
        """The outcome of a conversation; never raises for what an acquirer, a line or a conversation does.

        Raises KeyError for a connector without a line, before anything is sent.
        """
        line = self._lines[connector.name]
        answer: Answer | None = None
        operation = ""
        money_asked = False
        while True:
            try:
                ask = next(conversation) if answer is None else conversation.send(answer)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            except Exception as error:
                _note(connector, operation, "conversation_failed", error)
                return Unknown(said="the answer was not understood" if operation else "the order was not understood")
            operation = ask.operation
            try:
                async with asyncio.timeout(connector.timeout_s):
                    answer = await line(ask)
            except LineDown as error:
                _note(connector, operation, "line_down", error)
                said = "the acquirer was not reached"
                return NotSent(said=said) if ask.moves_money and not money_asked else Unknown(said=said)
            except TimeoutError as error:
                _note(connector, operation, "acquirer_silent", error)
                return Unknown(said=f"no answer within {connector.timeout_s:g} s")
            except OSError as error:
                _note(connector, operation, "connection_lost", error)
                return Unknown(said="the connection was lost")
            except Exception as error:
                _note(connector, operation, "line_failed", error)
                return Unknown(said="the line failed")
            money_asked = money_asked or ask.moves_money


def _note(connector: Connector, operation: str, event: str, error: Exception) -> None:
    """Log where it went wrong, but neither bodies nor the error's own text, which may quote them."""
    frames = extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
    _log.warning(event, connector=connector.name, operation=operation, error=type(error).__name__, where=where)
