"""What changed, in the reader's words: the audit log keeps the spellings of the core, whatever the reader speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from polygate.console import books, shown
from polygate.console.visit import Visit
from polygate.core.people import AuditEntry

_STATES: Final = {
    "attempt": "unknown.state_",
    "payout": "payouts.state_",
    "stored_card": "stored_cards.state_",
    "subscription": "subscriptions.state_",
}
"""What an action begins with → where the states of its subject have their names."""


def value_text(entry: AuditEntry, name: str, value: Any, visit: Visit) -> str:
    """The value of one field of an entry. What we have no words for stays as it was written down."""
    words = visit.words
    if isinstance(value, bool):
        return words("parts.yes" if value else "parts.no")
    if value in (None, ""):
        return "\N{EN DASH}"
    text = str(value)
    if name == "state":
        return _named(f"{_STATES.get(entry.action.partition('.')[0], '')}{text}", text, visit)
    return _TELLS.get(name, _as_it_stands)(text, visit)


def _as_it_stands(text: str, _visit: Visit) -> str:
    return text


def _named(key: str, text: str, visit: Visit) -> str:
    return visit.words(key) if visit.words.has(key) else text


def _each(area: str) -> Callable[[str, Visit], str]:
    """For lists like `card, wechat`."""
    return lambda text, visit: ", ".join(_named(f"{area}{each}", each, visit) for each in text.split(", "))


def _amount(text: str, visit: Visit) -> str:
    return shown.amount_kept(text, visit.words)


def _moment(text: str, visit: Visit) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return visit.exact_moment(int(at.timestamp() * 1_000))


def _receiver(text: str, visit: Visit) -> str:
    """`bank_account Asha Rao …5678`: the kind of account, and whose."""
    method, _, whose = text.partition(" ")
    key = f"payouts.method_{method}"
    return f"{visit.words(key)} {whose}" if visit.words.has(key) else text


def _acquirer(text: str, visit: Visit) -> str:
    return books.acquirer_name(text, visit.words)


_TELLS: Final[Mapping[str, Callable[[str, Visit], str]]] = {
    "accessKeyBeforeUntil": _moment,
    "acquirer": _acquirer,
    "amount": _amount,
    "fee": _amount,
    "kind": _each("blocks.kind_"),
    "methods": _each("methods."),
    "payoutMethods": _each("payouts.method_"),
    "receiver": _receiver,
    "role": _each("roles."),
    "secretBeforeUntil": _moment,
    "secretKeyBeforeUntil": _moment,
    "until": _moment,
}
"""Fields whose values have names, are amounts, or are times."""
