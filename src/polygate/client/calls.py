"""One description of each call for both kinds of client, and the two drivers that carry it out.

A call is a conversation: a generator that yields requests, is sent the responses and returns what was found out. It
does no input or output. `@endpoint` makes a conversation a method that blocks on a `Blocking` client and is awaited
on an `Awaiting` one, with the same arguments and the same result.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Concatenate, Final, Generic, ParamSpec, Self, TypeVar, overload

import httpx
import msgspec

from polygate import __version__
from polygate.client.errors import NetworkUnknown, NotSent

TIMEOUT_S: Final = 30.0
"""How long a silent server is waited for, unless the caller brings an HTTP client of its own."""

T = TypeVar("T")
P = ParamSpec("P")
Http = TypeVar("Http", bound=httpx.Client | httpx.AsyncClient)


class Request(msgspec.Struct, frozen=True):
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url})"  # The rest holds credentials and cards.


class Response(msgspec.Struct, frozen=True):
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


Conversation = Generator[Request, Response, T]


class Caller(ABC, Generic[Http]):
    """What both kinds of client share: whom they call, and what they call with.

    An HTTP client that the caller brought is the caller's to close.
    """

    def __init__(self, base_url: str, http: Http | None) -> None:
        # As the HTTP client will write it, because some protocols sign the address.
        self.base_url: Final = str(httpx.URL(base_url)).rstrip("/")
        self._http: Http = self._new_http() if http is None else http
        self._closes_http: Final = http is None

    @abstractmethod
    def _new_http(self) -> Http: ...


class Blocking(Caller[httpx.Client]):
    """Carries conversations out, one after the other. Threads may share it."""

    def _new_http(self) -> httpx.Client:
        return httpx.Client(timeout=TIMEOUT_S)

    def hold(self, conversation: Conversation[T]) -> T:
        """Raises NotSent and NetworkUnknown, besides what the conversation raises."""
        try:
            request = next(conversation)
            while True:
                with _faults():
                    response = _read(self._http.request(**_options(request)))
                request = conversation.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    def close(self) -> None:
        if self._closes_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Awaiting(Caller[httpx.AsyncClient]):
    """Carries conversations out on an event loop; tasks may share it."""

    def _new_http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT_S)

    async def hold(self, conversation: Conversation[T]) -> T:
        """Raises NotSent and NetworkUnknown, besides what the conversation raises."""
        try:
            request = next(conversation)
            while True:
                with _faults():
                    response = _read(await self._http.request(**_options(request)))
                request = conversation.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    async def aclose(self) -> None:
        if self._closes_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()


class endpoint(Generic[P, T]):  # noqa: N801  # A decorator, as `property` is.
    """A method of a client, written once as a conversation."""

    def __init__(self, conversation: Callable[Concatenate[Any, P], Conversation[T]]) -> None:
        self.conversation: Final = conversation
        functools.update_wrapper(self, conversation)  # type: ignore[arg-type]  # It is called through `__get__`.

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, client: Blocking | Awaiting | None, owner: type) -> Any:
        if client is None:
            return self

        @functools.wraps(self.conversation)
        def call(*args: P.args, **kwargs: P.kwargs) -> T | Coroutine[Any, Any, T]:
            return client.hold(self.conversation(client, *args, **kwargs))

        return call


def _options(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.url,
        "headers": {"User-Agent": f"Polygate-Client/{__version__}", **request.headers},
        "content": request.body or None,
        "follow_redirects": False,
    }


def _read(response: httpx.Response) -> Response:
    return Response(response.status_code, response.headers.multi_items(), response.content)


@contextmanager
def _faults() -> Iterator[None]:
    """Tell what was never sent from what may have arrived."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as fault:
        raise NotSent(str(fault) or type(fault).__name__) from fault
    except httpx.RequestError as fault:
        raise NetworkUnknown(str(fault) or type(fault).__name__) from fault
