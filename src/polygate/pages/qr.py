"""Codes to scan, drawn into the page: no picture to load, and sharp at every size."""

from __future__ import annotations

from typing import Final

import segno

_QUIET_MODULES: Final = 4
"""The white margin that scanners need (ISO/IEC 18004)."""


def code_svg(text: str) -> str:
    """A QR code that says `text`, as an SVG element: black on white in either theme."""
    # Level M bears a reflection on the screen. Micro codes would be smaller, but telephones do not read them.
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(
        border=_QUIET_MODULES, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff"
    )
    return str(drawn)
