"""What a form or a query says: text without the blanks around it, some fields more than once."""

from __future__ import annotations

from collections.abc import Iterable

from polygate.core.cards import Secret


class Form:
    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, text in fields:
            self._fields.setdefault(name, []).append(text)

    def __call__(self, name: str) -> str:
        """A field's text; empty for one that is not there."""
        return self._fields.get(name, [""])[-1].strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Everything chosen under one name."""
        return tuple(text.strip() for text in self._fields.get(name, []))

    def secret(self, name: str) -> Secret:
        """A password, exactly as it was typed."""
        return Secret(self._fields.get(name, [""])[-1])

    def fields(self, *, without: frozenset[str]) -> list[tuple[str, str]]:
        """Everything as it came, to be sent once more."""
        return [(name, text) for name, texts in self._fields.items() if name not in without for text in texts]

    def __contains__(self, name: str) -> bool:
        return name in self._fields
