"""schemathesis over the served OpenAPI document, against real servers on both stores.

Its command line runs in a process of its own: it looks for undocumented statuses, media types, headers and shapes, and
for faults, with data that fits the schemas and with data that does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from polygate.protocols.gateway.routes import ENDPOINTS
from tests.gateway_api.fuzzing import VARIABLE, Known
from tests.support.bodies import payment_body
from tests.support.server import Demo, Server, Shop, demo_server

ROOT: Final = Path(__file__).parents[2]
MOST: Final = "9999999.99"
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "what_the_document_allows_is_understood",
    "nothing_else_is_carried_out",
)
EXAMPLES: Final = 8
"""Random requests for each call, besides one for each limit in the document, of which there are thousands."""


@pytest.fixture(params=["sqlite", "postgres"])
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, Demo]]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    running: AbstractContextManager[tuple[Server, Demo]] = demo_server(tmp_path / "demo", database_url=url)
    with running as (server, credentials):
        yield server, credentials
    for word in ("Traceback", "internal_fault", "Exception in ASGI"):
        assert word not in server.log, server.log


@pytest.mark.timeout(240)
def test_the_server_keeps_to_its_document(demo: tuple[Server, Demo], tmp_path: Path) -> None:
    """Nothing undocumented is answered, and every call was carried out at least once on the way."""
    server, credentials = demo
    shop = Shop(server.base_url, credentials)
    with closing(shop.http):
        known = prepared(shop, tmp_path)
    (tmp_path / "known.json").write_bytes(msgspec.json.encode(known))

    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/docs/gateway/openapi.json"),
            *("--url", server.base_url, "--header", f"Authorization: {shop.http.headers['Authorization']}"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
            *("--checks", ",".join(CHECKS), "--seed", "20250703", "--generation-database", "none"),
            *("--warnings", "off", "--no-color", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.gateway_api.fuzzing",
            VARIABLE: str(tmp_path / "known.json"),
        },
    )

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    codes = seen(Path(known.seen))
    assert {path for path in (*ENDPOINTS, "connect/token") if "0000" not in codes[path]} == set()


def prepared(shop: Shop, directory: Path) -> Known:
    """Orders of each kind, large enough for any amount."""
    address = {"city": "Seattle", "country": "US", "line1": "109 Test Rd", "postcode": "98102", "state": "WA"}
    billing = {"address": address, "storedcredentials": "store"}
    kept = shop.call("payment", payment_body("fuzz-paid", amount=MOST, billing=billing))
    shop.pay("fuzz-held", amount=MOST, capture="manual")
    shop.call("cashier/order", {"amount": "1", "currency": "USD", "orderNo": "fuzz-open"})
    parcel: dict[str, Any] = {"orderNo": "fuzz-paid", "carrier": "X", "shipmentDate": "2025-06-09"}
    parcel |= {"shipmentDirection": "FORWARD", "shippingStatus": "SHIPPED", "trackingNo": "fuzz-parcel"}
    assert shop.call("shipping/tracking", parcel | {"trackingNumberType": "CARRIER_PROVIDED"})["respCode"] == "0000"
    refund = {"amount": "1", "clientIp": "::1", "orderNo": "fuzz-paid", "reason": "x", "refundNumber": "fuzz-refund"}
    assert shop.call("refund", refund)["respCode"] == "0000"
    paths = ("query", "refund", "refundQuery", "shipping/tracking", "shipping/retrieve", "shipping/tracking-modify")
    orders = dict.fromkeys(paths, "fuzz-paid") | {"capture": "fuzz-held", "cancel": "fuzz-open"}
    return Known(
        credentials={"appId": shop.demo.app["appId"], "secret": shop.demo.app["appSecret"]},
        card_no="4444333322221111",
        orders=orders,
        tracking_no="fuzz-parcel",
        identifier=kept["transactionIdentifier"],
        seen=str(directory / "seen.txt"),
    )


def seen(file: Path) -> dict[str, set[str]]:
    """The codes that each path has answered with."""
    codes: dict[str, set[str]] = defaultdict(set)
    for line in file.read_text().splitlines():
        path, _, code = line.rpartition(" ")
        codes[path].add(code)
    return codes
