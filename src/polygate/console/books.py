"""The ledger in the reader's words: what its accounts hold, and what its postings are for."""

from __future__ import annotations

from polygate.console.words import Words
from polygate.core import ledger
from polygate.core.attempts import BY_HAND


def account(name: str, words: Words) -> str:
    """`merchant:pending` as "Pending"; one of a chart that is newer than our texts, as it stands."""
    if name in ledger.ACCOUNTS:
        return words(f"ledger.account_{name.replace(':', '_')}")
    owner, _, rest = name.partition(":")
    acquirer, _, holds = rest.rpartition(":")
    key = f"ledger.acquirer_{holds}"
    return words(key, acquirer=acquirer_name(acquirer, words)) if owner == "acquirer" and words.has(key) else name


def event(why: str, words: Words) -> str:
    """What a posting is for: `capture reserved` as "Capture reserved"."""
    key = f"ledger.why_{why.replace(' ', '_')}"
    return words(key) if words.has(key) else why


def acquirer_name(name: str, words: Words) -> str:
    """Acquirers go by their own names; operators who pay by hand are none."""
    return words("payouts.acquirer_by_hand") if name == BY_HAND else name
