"""Style and script. Their addresses carry a hash of their content, so browsers may keep them for good."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

PATH: Final = "/docs/static"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS: Final = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def _hashed(name: str, content: bytes) -> str:
    path = PurePath(name)
    return f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}"


_FILES: Final = {file.name: file.read_bytes() for file in files(__package__).joinpath("static").iterdir()}
_ADDRESSED: Final = {_hashed(name, content): name for name, content in _FILES.items()}
_ADDRESSES: Final = {name: f"{PATH}/{hashed}" for hashed, name in _ADDRESSED.items()}


def asset(name: str) -> str:
    """The address of a file. Raises KeyError for one we do not have."""
    return _ADDRESSES[name]


async def serve(request: Request) -> Response:
    name = _ADDRESSED.get(request.path_params["name"])
    if name is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    return Response(_FILES[name], media_type=_TYPES[PurePath(name).suffix], headers=_HEADERS)
