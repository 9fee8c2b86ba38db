"""The bare HTTP floor: the gateway's server, its reading of a payment and an answer of the same size; no store.

What lies between it and the gateway is the price of doing the payment.
"""

from __future__ import annotations

import sys
from typing import Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.payment import PATH
from polygate.operations.context import wall_clock
from polygate.protocols.gateway.answers import amount
from polygate.protocols.gateway.schemas import read_payment

READY_PATH: Final = "/readyz"


async def _pay(request: Request) -> Response:
    asked = read_payment(await request.body(), wall_clock())
    answer = {
        "amount": amount(asked.amount),
        "authorizeCode": "123456",
        "currency": asked.amount.currency,
        "lastEvent": "CAPTURED",
        "orderNo": asked.order_no,
        "orderStatus": "successed",
        "tradeNo": "589327510105956352",
        "transactionTime": "2025-01-01T00:00:00Z",
        "respCode": "0000",
        "respMsg": "success",
    }
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(answer), 200, headers, "application/json; charset=utf-8")


async def _ready(_: Request) -> Response:
    return Response()


def main() -> None:
    """Serve on the loopback port that is the one argument."""
    app = Starlette(routes=[Route(PATH, _pay, methods=["POST"]), Route(READY_PATH, _ready)])
    # As `polygate serve` sets it up.
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
