"""Writing the pages. They change only with the program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from polygate.connectors.contract import Trials
from polygate.pages.assets import Assets
from polygate.protocols.contract import ApiReference
from polygate.reference.calls import anchor, calls, grouped, notices

_CODE: Final = re.compile(r"`([^`]+)`")
_TOKEN: Final = re.compile(
    r"""(?P<name>"[^"\n]*"(?=:))"""
    r"""|(?P<text>"[^"\n]*"|'[^'\n]*')"""
    r"""|(?P<variable>\$[A-Z_]+)"""
    r"""|(?P<number>\b[0-9]+(?:\.[0-9]+)?\b)"""
    r"""|(?P<word>\b(?:as|curl|def|echo|import|return|with)\b)"""
)
"""Enough of every language on the pages: colors are all that hangs on it."""


def _pieces(text: str) -> list[tuple[bool, str]]:
    """A text in pieces, each with whether it is `code` between backticks."""
    return [(place % 2 == 1, piece) for place, piece in enumerate(_CODE.split(text)) if piece]


def _tokens(code: str) -> list[tuple[str, str]]:
    """Code in pieces, each with the kind of its color; plain pieces have none."""
    pieces, done = [], 0
    for match in _TOKEN.finditer(code):
        pieces += [("", code[done : match.start()]), (match.lastgroup or "", match[0])]
        done = match.end()
    return [*pieces, ("", code[done:])]


_TEMPLATES: Final = Environment(
    loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
ASSETS: Final = Assets(__package__, "/docs/static")
_TEMPLATES.globals["asset"] = ASSETS.address
_TEMPLATES.filters |= {"anchor": anchor, "pieces": _pieces, "tokens": _tokens}


def api_page(name: str, apis: Mapping[str, ApiReference]) -> str:
    api = apis[name]
    pages = calls(api)
    return _page("api", here=name, apis=apis, api=api, groups=grouped(pages), notices=notices(api))


def trials_page(trials: Sequence[Trials], apis: Mapping[str, ApiReference]) -> str:
    return _page("test_cards", here="test-cards", apis=apis, trials=trials)


def index_page(apis: Mapping[str, ApiReference]) -> str:
    return _page("index", here="", apis=apis)


def _page(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(f"{template}.html").render(**values)
