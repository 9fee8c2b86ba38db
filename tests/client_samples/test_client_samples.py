"""Integrations written from the original documents, run as they are: only host, credentials and values are real.

Each program is built like the documents' sample in its language, with the same library and the same headers, and sends
the documents' sample bodies (`requests/`), in which every placeholder has become a value.
"""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.client_samples.runtimes import REQUESTS, RUNTIMES
from tests.support.receiver import Receiver
from tests.support.server import Demo

# The languages share one server, and one installation of what they need.
pytestmark = pytest.mark.xdist_group("client_samples")

Answers = dict[str, dict[str, Any]]
"""Path → what was answered."""


@pytest.fixture(scope="module", params=RUNTIMES)
def answers(request: pytest.FixtureRequest, demo: Demo, merchant: Receiver) -> Answers:
    """What the program of one language was told, call by call."""
    runtime = RUNTIMES[request.param]
    if not runtime.is_ready():
        pytest.skip(f"{request.param} is not here and could not be installed: {', '.join(runtime.packages)}")
    printed = runtime.run(
        {
            "BASE_URL": demo.base_url,
            "APP_ID": demo.app["appId"],
            "SECRET": demo.app["appSecret"],
            "ORDER_NO": order_no(request.param),
            "NOTIFICATION_URL": merchant.url,
        }
    )
    return {path: json.loads(answer) for path, answer in (line.split("\t") for line in printed.splitlines())}


@pytest.fixture
def order(answers: Answers) -> str:
    return str(answers["payment"]["orderNo"])


def order_no(language: str) -> str:
    return f"20220828000002-{language}"


def test_every_call_of_the_documents_is_understood(answers: Answers) -> None:
    """The fourteen calls of the first document and the second one's subscription, each with `0000`."""
    told = {path: (answer["respCode"], answer["respMsg"]) for path, answer in answers.items()}
    assert len(told) == len(list(REQUESTS.iterdir()))
    assert {path: said for path, said in told.items() if said[0] != "0000"} == {}


def test_the_token_comes_although_an_authorization_is_sent_with_the_call(answers: Answers) -> None:
    assert answers["connect/token"]["expiresIn"] == 3600


def test_the_card_is_charged_and_the_objects_of_all_other_methods_are_ignored(answers: Answers) -> None:
    """Authorized, then captured in part, with the same numbers throughout."""
    paid, captured = answers["payment"], answers["capture"]
    assert (paid["orderStatus"], paid["lastEvent"], paid["amount"]) == ("authorized", "AUTHORIZED", "199.68")
    assert (captured["orderStatus"], captured["amount"]) == ("successed", "100.55")
    assert captured["tradeNo"] == paid["tradeNo"]


def test_texts_arrive_as_they_were_written(answers: Answers) -> None:
    """Whether a library escapes them or not: Chinese, quotes and ampersands."""
    query = answers["query"]
    assert query["order"]["payName"] == "四 李"
    assert query["shipping"]["address"]["line1"] == "中环一号"
    assert query["billing"]["email"] == "amy@example.com"
    assert query["order"]["payNo"] == "621245******4690"
    assert query["extend"]["dsInfo"]["eci"] == "01"


def test_the_whole_captured_amount_goes_back(answers: Answers, order: str) -> None:
    refund, seen = answers["refund"], answers["refundQuery"]
    assert (refund["refundStatus"], refund["amount"], refund["refundOrderNo"]) == ("accepted", "100.55", f"{order}-R")
    assert seen["refundTradeNo"] == refund["refundTradeNo"]


def test_parcels_are_tracked(answers: Answers) -> None:
    """Added one by one and as a list, changed by `iterms`, read back."""
    trade_no = answers["payment"]["tradeNo"]
    assert answers["shipping/tracking"]["trackings"] == [f"{trade_no}-Fb202208290000001"]
    assert answers["shipping/tracking-batch"]["trackings"] == [f"{trade_no}-Fb202208290000002"]
    seen = answers["shipping/retrieve"]
    assert (seen["carrier"], seen["shippingStatus"]) == ("2EBOX", "CANCELLED")


def test_the_kept_card_is_charged_again(answers: Answers) -> None:
    """By the identifier of the first payment; the merchant's own charge names its card in full."""
    again, own = answers["subscriptionPayment"], answers["mitPayment"]
    assert again["transactionIdentifier"] == answers["payment"]["transactionIdentifier"]
    assert (again["orderStatus"], again["currency"]) == ("successed", "USD")
    assert own["orderStatus"] == "successed"


def test_a_hosted_order_is_opened_and_closed(answers: Answers, order: str, demo: Demo) -> None:
    opened, closed = answers["cashier/order"], answers["cancel"]
    assert opened["redirectUrl"].startswith(f"{demo.base_url}/h5/en-us/cashier.html?token=")
    assert opened["expiresIn"] == 14400
    assert (closed["orderNo"], closed["orderStatus"]) == (f"{order}-C", "canceled")


def test_the_results_are_notified(answers: Answers, order: str, merchant: Receiver) -> None:
    """To the address that the bodies name."""
    expected = {(order, "authorized"), (order, "successed"), (f"{order}-C", "canceled")}
    give_up_at = time.monotonic() + 10
    told: set[tuple[str, str]] = set()
    while not expected <= told and time.monotonic() < give_up_at:
        time.sleep(0.05)
        bodies = [json.loads(each.raw) for each in merchant.received]
        told = {(body["orderNo"], body["orderStatus"]) for body in bodies if body["notifyType"] == "payment"}
    assert expected <= told


AS_PRINTED = [
    ("Python, whose sample sends no body", {"Content-Type": "application/json"}, b"", (200, "2001")),
    ("PHP, whose sample sends an empty array", {"Content-Type": "application/json"}, b"[]", (200, "2001")),
    ("Java, whose sample names no type", {"Content-Type": "application/x-www-form-urlencoded"}, b"{}", (415, "9415")),
    (
        "Ruby, whose sample takes its headers for a form",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"headers[Content-Type]=application%2Fjson",
        (415, "9415"),
    ),
    ("JavaScript without its headers", {"Content-Type": "text/plain;charset=UTF-8"}, b"{}", (415, "9415")),
]


@pytest.mark.parametrize(
    ("headers", "body", "expected"), [case[1:] for case in AS_PRINTED], ids=[c[0] for c in AS_PRINTED]
)
def test_a_sample_that_was_not_completed_is_told_what_it_lacks(
    demo: Demo, headers: dict[str, str], body: bytes, expected: tuple[int, str]
) -> None:
    """Pasted as printed: a word about the body or its type, and neither silence nor a fault."""
    assert post(demo, "connect/token", body, headers | {"Accept": "*/*", "Authorization": "API_KEY"}) == expected


def test_a_body_without_any_type_is_read(demo: Demo) -> None:
    """Some clients forget to say that they send JSON."""
    pair = json.dumps({"appId": demo.app["appId"], "secret": demo.app["appSecret"]}).encode()
    assert post(demo, "connect/token", pair, {}) == (200, "0000")


def post(demo: Demo, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(demo.base_url).netloc, timeout=10)
    connection.request("POST", f"/gateway/v1/{path}", body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer["respCode"]
