"""Style, scripts and pictures. Their addresses carry a hash of their content, so browsers may keep them for good."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_HEADERS: Final = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files in a package's folder `static`, served below a path."""

    def __init__(self, package: str, path: str) -> None:
        self._path = path
        self._files = {file.name: file.read_bytes() for file in files(package).joinpath("static").iterdir()}
        self._addressed = {_hashed(name, content): name for name, content in self._files.items()}
        self._addresses = {name: f"{path}/{hashed}" for hashed, name in self._addressed.items()}

    def address(self, name: str) -> str:
        """The address of a file. Raises KeyError for one we do not have."""
        return self._addresses[name]

    def route(self) -> BaseRoute:
        return Route(self._path + "/{name}", self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        name = self._addressed.get(request.path_params["name"])
        if name is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        return Response(self._files[name], media_type=_TYPES[PurePath(name).suffix], headers=_HEADERS)


def _hashed(name: str, content: bytes) -> str:
    path = PurePath(name)
    return f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}"
