"""Reading request bodies by declaration: what a body may hold is data, and one reader serves every endpoint.

The base rules 6 to 10 of the Gateway API (section 1) and its check order (section 4.1) live here and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, ClassVar, Final, NoReturn, TypeAlias

import msgspec

from polygate.protocols.gateway.errors import Code, Rejected

CHECK_ORDER: Final[tuple[tuple[Code, ...], ...]] = (
    (Code.WRONG_SHAPE,),
    (Code.MISSING, Code.NO_ORDER_NAMED, Code.METHOD_MISFIT),
    (Code.MALFORMED, Code.BAD_AMOUNT, Code.BAD_CARD_NUMBER, Code.BAD_EXPIRY, Code.BAD_URL, Code.BAD_LIST),
    (Code.NOT_ALLOWED, Code.CURRENCY_NOT_SUPPORTED),
)
"""A fault of an earlier row is told before any of a later one; within a row, the order of declaration decides."""

_RANKS: Final = {code: rank for rank, codes in enumerate(CHECK_ORDER) for code in codes}

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


class Wrong(Exception):
    """One fault of one field. `name` is for rules; a field's own kind need not give it."""

    def __init__(self, code: Code, said: str, name: str = "") -> None:
        super().__init__(code.code, said)
        self.code = code
        self.said = said
        self.name = name


class Reading:
    """One pass over a body: the time it is judged at (ms since 1970) and the faults met so far."""

    __slots__ = ("faults", "now_ms")

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.faults: list[tuple[Code, str]] = []

    def note(self, code: Code, path: str, said: str) -> None:
        self.faults.append((code, f"{path}: {said}"))


class Scalar(msgspec.Struct, frozen=True):
    """A kind of single value. Its attributes are its limits, for the reader and for the documentation alike."""

    secret: ClassVar[bool] = False
    faults: ClassVar[tuple[Code, ...]] = (Code.MALFORMED,)
    """How a value that is not accepted is told."""

    def accept(self, text: str) -> Any:
        """The value of a trimmed text that is not empty. Raises Wrong."""
        raise NotImplementedError


class ListOf(msgspec.Struct, frozen=True):
    """A JSON array of objects."""

    shape: Shape
    longest: int
    shortest: int = 0

    def enter(self, value: object, path: str, reading: Reading) -> list[Found]:
        if not isinstance(value, list):
            reading.note(Code.WRONG_SHAPE, path, "must be a list")
            return []
        if not self.shortest <= len(value) <= self.longest:
            # The elements are not looked at: a body of a million of them must not cost more than saying so.
            length = f"{self.shortest} to" if self.shortest else "at most"
            reading.note(Code.BAD_LIST, path, f"must have {length} {self.longest} elements")
            return []
        return [self.shape.enter(element, f"{path}[{index}]", reading) for index, element in enumerate(value)]


class AnyJson(msgspec.Struct, frozen=True):
    """A kind of value that may be sent as any JSON; its subclass says what is made of it."""

    faults: ClassVar[tuple[Code, ...]] = ()
    """How a value that is not accepted is told."""
    schema: ClassVar[Mapping[str, Any]] = {}
    """What JSON Schema can say of it."""
    rule: ClassVar[str] = ""
    """The same in words."""

    def enter(self, value: object, path: str, reading: Reading) -> Any:
        """What is read of a value that is there; faults go to `reading`."""
        raise NotImplementedError


class Rule(msgspec.Struct, frozen=True):
    """A check over several fields, judged at its place among them."""

    check: Check
    about: str
    faults: tuple[Code, ...]
    """The codes it refuses by."""
    schema: Mapping[str, Any]
    """What JSON Schema can say of it; empty for what it cannot."""


def rule(*faults: Code, schema: Mapping[str, Any] | None = None) -> Callable[[Check], Rule]:
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
    missing: Code = Code.MISSING
    """How the absence of a required field is told."""


def required(name: str, kind: Kind, about: str, *, missing: Code = Code.MISSING) -> Field:
    return Field(name, kind, True, about, missing=missing)


def optional(name: str, kind: Kind, about: str, *, default: str | None = None) -> Field:
    return Field(name, kind, False, about, default=default)


_Step = tuple[
    str,
    Callable[[str], Any] | None,
    Callable[[object, str, Reading], Any] | None,
    Check | None,
    Code | None,
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
        """All known fields of a decoded body that were given; defaults are not filled in. Raises Rejected."""
        reading = Reading(now_ms)
        found = self.enter(given, "", reading)
        if reading.faults:
            code, said = min(reading.faults, key=lambda fault: _RANKS[fault[0]])
            raise Rejected(code, said, self._echo(given))
        return found

    def enter(self, value: object, path: str, reading: Reading) -> Found:
        """Read one object at `path`; faults go to `reading` and leave a gap in the result."""
        found: Found = {}
        if not isinstance(value, dict):
            reading.note(Code.WRONG_SHAPE, path, "must be an object")
            return found
        prefix = f"{path}." if path else ""
        for name, accept, enter, check, missing in self._plan:
            try:
                if accept is not None:
                    text = text_of(value.get(name))
                    if text:
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
                reading.note(wrong.code, prefix + (wrong.name or name), wrong.said)
        return found

    def _echo(self, given: Given) -> dict[str, str]:
        """The top-level texts an error answer may repeat; nothing secret, unwritable or long."""
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


def absent(value: object) -> bool:
    """Whether a field counts as not given: missing, null or blank (base rules 7 and 9)."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(value: object) -> str:
    """The trimmed text of a scalar, empty where it is absent. Raises Wrong."""
    if isinstance(value, str):
        if not value.isprintable() and _UNWRITABLE.search(value):
            raise Wrong(Code.MALFORMED, "contains a control character or broken text")
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Wrong(Code.WRONG_SHAPE, "must be a text")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_EXPONENT_MAX: Final = 20


def _plain(number: str) -> str:
    """A JSON number as plain decimal text: some libraries write 100 as `1E+2` (base rule 8)."""
    if "e" not in number and "E" not in number:
        return number
    exact = Decimal(number)
    # No field takes a number so long: it is refused as it stands, and not written out first.
    return f"{exact:f}" if abs(exact.adjusted()) <= _EXPONENT_MAX else number


# Numbers stay text: no float ever sees an amount, and no digit is spent on a huge one.
_DECODER: Final = json.JSONDecoder(parse_float=_plain, parse_int=str, parse_constant=_refuse_constant)


def decode(body: bytes) -> Given:
    """The JSON object in a request body; a leading byte order mark is tolerated (RFC 8259, section 8.1).

    Raises Rejected for anything else, and for nesting deeper than the interpreter's stack.
    """
    decoded = _decoded(body)
    if not isinstance(decoded, dict):
        raise Rejected(Code.WRONG_SHAPE)
    return decoded


def decode_list(body: bytes, *, longest: int) -> list[object]:
    """The elements of the JSON array in a request body, 1 to `longest` of whatever kind; an object alone counts as one.

    Raises Rejected for anything else, as `decode` does.
    """
    decoded = _decoded(body)
    if isinstance(decoded, dict):
        return [decoded]
    if not isinstance(decoded, list):
        raise Rejected(Code.WRONG_SHAPE, "the body must be a JSON array in UTF-8")
    if not 1 <= len(decoded) <= longest:
        raise Rejected(Code.BAD_LIST, f"the list must have 1 to {longest} elements")
    return decoded


def _decoded(body: bytes) -> object:
    """The JSON in a body; None, which no endpoint takes, for what is none."""
    # The exception holds the whole body, card number and all: it must not become the cause of the next one.
    with suppress(ValueError, RecursionError):
        return _DECODER.decode(str(body, "utf-8-sig"))
    return None
