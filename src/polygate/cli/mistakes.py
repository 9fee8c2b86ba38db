"""What a user can get wrong, said in a sentence."""

from __future__ import annotations


class Mistake(Exception):
    """Something the caller can mend: an unknown number, a missing option."""


def explained() -> tuple[type[Exception], ...]:
    """Failures whose own words are good enough for the terminal."""
    from polygate.settings import SettingError
    from polygate.store.contract import StoreError
    from polygate.store.vault import WrongMasterKey

    return (SettingError, StoreError, WrongMasterKey)
