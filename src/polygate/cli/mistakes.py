"""What goes wrong in ways that need no traceback, and the exit status that tells whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Mistake(Exception):
    """Something the caller can mend: an unknown number, a missing option."""


@contextmanager
def refusals_told() -> Iterator[None]:
    """What the core declines to do is for the caller to mend, and told in the core's words. Raises Mistake."""
    from polygate.core.refusals import Refused

    try:
        yield
    except Refused as refused:
        raise Mistake(refused.said) from None


def exit_status(error: Exception) -> int | None:
    """2 for what the caller can mend, 1 for what failed, None for what nobody foresaw.

    The first two say in their own words what is the matter.
    """
    if isinstance(error, Mistake):
        return 2
    # Asked only now, because naming these failures imports the store.
    from polygate.settings import SettingError
    from polygate.store.contract import StoreError
    from polygate.store.vault import WrongMasterKey

    if isinstance(error, SettingError | WrongMasterKey):
        return 2
    return 1 if isinstance(error, StoreError) else None


def states(text: str, known: type[StrEnum]) -> tuple[str, ...]:
    """What `--state` narrows a list to. Raises Mistake for a state that nothing has."""
    if text and text not in [state.value for state in known]:
        raise Mistake(f"--state must be one of {', '.join(known)}")
    return (text,) if text else ()
