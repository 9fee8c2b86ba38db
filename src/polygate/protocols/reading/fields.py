"""Reading request bodies by declaration: what a body may hold is data, and one reader serves every endpoint.

The rules that the protocols share live here and nowhere else: fields nobody declared are ignored; missing, null and
blank are the same; numbers and booleans count as their text; texts are trimmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from polygate.protocols.reading.faults import Complaint, Fault, Unreadable, Wrong

# C0 and C1 controls except tab, LF and CR, and halves of surrogate pairs: neither databases nor pages can hold them.
_CONTROLS: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_UNWRITABLE: Final = re.compile(rf"[{_CONTROLS}\ud800-\udfff]")

_BLANK: Final = r"\s\x00-\x1f\x7f-\x9f"
CLEAN_TEXT: Final = f"[^{_BLANK}](?:[^{_CONTROLS}]*[^{_BLANK}])?"
"""A text that is read as it stands: blanks at its ends would be cut off, and controls are refused."""
TEXT_PATTERN: Final = f"^{CLEAN_TEXT}$"
"""The same for JSON Schema."""

# An answer never echoes more than this of a field it could not read; the longest number of ours has 64 characters.
_ECHO_MAX_LENGTH: Final = 128

Given = Mapping[str, object]
"""A JSON object as decoded, numbers being text."""

Found = dict[str, Any]
"""What a shape read: wire names, trimmed text (`Secret` for what must not leak), booleans, nested dicts and lists."""

Check = Callable[[Given, Found, int], None]
"""Looks at several fields; takes the time in ms since 1970, raises Wrong."""


class Reading:
    """One pass over a body: the time it is judged at (ms since 1970) and the complaints so far."""

    __slots__ = ("complaints", "now_ms")

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.complaints: list[Complaint] = []

    def note(self, fault: Fault, path: str, said: str) -> None:
        self.complaints.append(Complaint(fault, path, said))


class Scalar(msgspec.Struct, frozen=True):
    """A kind of single value. Its attributes are its limits, for the reader and for the documentation alike."""

    secret: ClassVar[bool] = False
    faults: ClassVar[tuple[Fault, ...]] = (Fault.MALFORMED,)
    """How a value that is not accepted is told."""

    def accept(self, text: str) -> Any:
        """The value of a trimmed text that is not empty. Raises Wrong."""
        raise NotImplementedError

    def schema(self) -> Mapping[str, Any]:
        """What JSON Schema (2020-12) can say of a value, spelled as it is read."""
        raise NotImplementedError

    def limits(self) -> str:
        """The same in words: a rule "must be 8 digits" is the limit "8 digits"."""
        return bare(getattr(self, "rule", ""))


class ListOf(msgspec.Struct, frozen=True):
    """A JSON array of objects."""

    shape: Shape
    longest: int
    shortest: int = 0

    def enter(self, value: object, path: str, reading: Reading) -> list[Found]:
        if not isinstance(value, list):
            reading.note(Fault.WRONG_SHAPE, path, "must be a list")
            return []
        if not self.shortest <= len(value) <= self.longest:
            # The elements are not looked at: a body of a million of them must not cost more than saying so.
            length = f"{self.shortest} to" if self.shortest else "at most"
            reading.note(Fault.BAD_LIST, path, f"must have {length} {self.longest} elements")
            return []
        return [self.shape.enter(element, f"{path}[{index}]", reading) for index, element in enumerate(value)]


class AnyJson(msgspec.Struct, frozen=True):
    """A kind of value that may be sent as any JSON; its subclass says what is made of it."""

    faults: ClassVar[tuple[Fault, ...]] = ()
    """How a value that is not accepted is told."""
    schema: ClassVar[Mapping[str, Any]] = {}
    """What JSON Schema can say of it."""
    rule: ClassVar[str] = ""
    """The same in words."""

    def enter(self, value: object, path: str, reading: Reading) -> Any:
        """What is read of a value that is there; complaints go to `reading`."""
        raise NotImplementedError


class Varied(AnyJson, frozen=True):
    """A JSON object whose `type` says which fields it has; each shape has that field too."""

    kind: Scalar
    """Reads the `type`."""
    shapes: Mapping[str, Shape]

    def enter(self, value: object, path: str, reading: Reading) -> Found:
        if not isinstance(value, dict):
            reading.note(Fault.WRONG_SHAPE, path, "must be an object")
            return {}
        try:
            text = text_of(value.get("type"))
            if not text:
                raise Wrong(Fault.MISSING, "is required")
            shape = self.shapes[self.kind.accept(text)]
        except Wrong as wrong:
            reading.note(wrong.fault, f"{path}.type", wrong.said)
            return {}
        return shape.enter(value, path, reading)


class Rule(msgspec.Struct, frozen=True):
    """A check over several fields, judged at its place among them."""

    check: Check
    about: str
    faults: tuple[Fault, ...]
    """What it raises."""
    schema: Mapping[str, Any]
    """What JSON Schema can say of it; empty for what it cannot."""


def rule(*faults: Fault, schema: Mapping[str, Any] | None = None) -> Callable[[Check], Rule]:
    """Make a rule of a function, whose docstring is what merchants read about it."""
    return lambda check: Rule(check, check.__doc__ or "", faults, schema or {})


Kind: TypeAlias = "Scalar | Shape | ListOf | AnyJson"


class Field(msgspec.Struct, frozen=True):
    """One declared field; `about` is its description, `default` what its absence means."""

    name: str
    kind: Kind
    required: bool
    about: str
    default: str | None = None
    missing: Fault = Fault.MISSING
    """How the absence of a required field is told."""


def required(name: str, kind: Kind, about: str, *, missing: Fault = Fault.MISSING) -> Field:
    return Field(name, kind, True, about, missing=missing)


def optional(name: str, kind: Kind, about: str, *, default: str | None = None) -> Field:
    return Field(name, kind, False, about, default=default)


_Step = tuple[
    str,
    Callable[[str], Any] | None,
    Callable[[object, str, Reading], Any] | None,
    Check | None,
    Fault | None,
]


def _step(part: Field | Rule) -> _Step:
    """A declaration as the reader's loop wants it: a name, one of accept, enter and check, how absence is told."""
    if isinstance(part, Rule):
        return "", None, None, part.check, None
    missing = part.missing if part.required else None
    if isinstance(part.kind, Scalar):
        return part.name, part.kind.accept, None, None, missing
    return part.name, None, part.kind.enter, None, missing


class Shape:
    """A JSON object: its fields, and the rules over several of them, in the order in which they are judged."""

    __slots__ = ("_plan", "defaults", "fields", "rules")

    def __init__(self, *parts: Field | Rule) -> None:
        self.fields: Final = tuple(part for part in parts if isinstance(part, Field))
        self.rules: Final = tuple(part for part in parts if isinstance(part, Rule))
        self.defaults: Final[Found] = {field.name: field.default for field in self.fields if field.default is not None}
        self._plan: Final = tuple(_step(part) for part in parts)

    def read(self, given: Given, now_ms: int = 0) -> Found:
        """All known fields of a decoded body that were given; defaults are not filled in. Raises Unreadable."""
        reading = Reading(now_ms)
        found = self.enter(given, "", reading)
        if reading.complaints:
            raise Unreadable(reading.complaints)
        return found

    def enter(self, value: object, path: str, reading: Reading) -> Found:
        """Read one object at `path`; complaints go to `reading` and leave a gap in the result."""
        found: Found = {}
        if not isinstance(value, dict):
            reading.note(Fault.WRONG_SHAPE, path, "must be an object")
            return found
        prefix = f"{path}." if path else ""
        for name, accept, enter, check, missing in self._plan:
            try:
                if accept is not None:
                    given = value.get(name)
                    if given is not None and (text := text_of(given)):
                        found[name] = accept(text)
                    elif missing is not None:
                        raise Wrong(missing, "is required")
                elif enter is not None:
                    nested = value.get(name)
                    if not absent(nested):
                        found[name] = enter(nested, prefix + name, reading)
                    elif missing is not None:
                        raise Wrong(missing, "is required")
                elif check is not None:
                    check(value, found, reading.now_ms)
            except Wrong as wrong:
                reading.note(wrong.fault, prefix + (wrong.name or name), wrong.said)
        return found

    def echo(self, given: Given) -> dict[str, str]:
        """The top-level texts that an error answer may repeat; nothing secret, unwritable or long."""
        echo: dict[str, str] = {}
        for field in self.fields:
            if not isinstance(field.kind, Scalar) or field.kind.secret:
                continue
            try:
                text = text_of(given.get(field.name))
                echo[field.name] = text
                echo[field.name] = str(field.kind.accept(text))
            except Wrong:
                continue
        return {name: text for name, text in echo.items() if text and len(text) <= _ECHO_MAX_LENGTH}


def bare(rule: str) -> str:
    """A rule as the limit it sets."""
    return rule.removeprefix("must be ").removeprefix("must have ")


def absent(value: object) -> bool:
    """Whether a field counts as not given: missing, null or blank."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(value: object) -> str:
    """The trimmed text of a scalar, empty where it is absent. Raises Wrong."""
    if isinstance(value, str):
        if not value.isprintable() and _UNWRITABLE.search(value):
            raise Wrong(Fault.MALFORMED, "contains a control character or broken text")
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Wrong(Fault.WRONG_SHAPE, "must be a text")
