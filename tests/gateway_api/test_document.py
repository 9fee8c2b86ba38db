"""The OpenAPI document, held against the contract's tables: names, what is required, limits, values and codes."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest

from polygate.core.cards import Secret
from polygate.core.money import CURRENCIES
from polygate.protocols.gateway import webhook
from polygate.protocols.gateway.answers import LAST_EVENT, ORDER_STATUS, REFUND_STATUS
from polygate.protocols.gateway.documentation.reference import calls
from polygate.protocols.gateway.documentation.samples import SAMPLES
from polygate.protocols.gateway.routes import ENDPOINTS
from polygate.protocols.gateway.states import EVENTS, ORDER_STATES, REFUND_STATES
from polygate.protocols.reading.fields import Scalar
from tests.gateway_api import contract_tables as contract
from tests.gateway_api.answers import ANSWERS, DOCUMENT, ECHOED

PATHS: Final = ("connect/token", *ENDPOINTS)

GOOD_AND_BAD: Final[dict[str, tuple[list[Any], list[Any]]]] = {
    contract.AMOUNT: (
        ["0.01", "1", "1.5", "100.99", "9999999.99"],
        ["0", "0.00", "-1", "1.234", "1e3", "10000000", ""],
    ),
    contract.CARD_NUMBER: (["4444333322221111", "6" * 13, "6" * 19], ["6" * 12, "6" * 20, "4444-3333"]),
    contract.COUNTRY: (["US", "CN"], ["USA", "1A", ""]),
    contract.CURRENCY: (["USD", "JPY"], ["US", "XXX", ""]),
    contract.DATE: (["2025-06-09"], ["2025-6-9", "2025-13-01", "09.06.2025", ""]),
    contract.FLAG: ([True, False], ["yes", 2]),
    contract.FREE: (["x", "https://shop.example.com/x"], [["x"], {}]),
    contract.ANYTHING: (["x", 1, {}, [], None], []),
    contract.IP: (["203.0.113.9", "::1"], ["203.0.113", "localhost", ""]),
    contract.MINUTES: (["1", "60", "14400"], ["", "soon", "1.5", "144000"]),
    contract.MONTH: (["01", "12", "6"], ["00", "13", ""]),
    contract.POSITIVE: (["1", "25"], ["0", "-1", "1.5", ""]),
    contract.TEXTS: ([{}, {"ticket": "77"}], [{"ticket": []}]),
    contract.URL: (
        ["https://shop.example.com/done?a=b#c", "http://[::1]:8080/x", "http://x/" + "y" * 503],
        ["shop.example.com", "ftp://shop.example.com", "https://shop example.com", "http://x/" + "y" * 504],
    ),
    contract.YEAR: (["2027", "27"], ["027", "20277", ""]),
}
"""What each word of the tables lets through, and what it does not."""


def test_every_endpoint_is_in_the_document() -> None:
    """And nothing else is."""
    assert {path.removeprefix(DOCUMENT.prefix) for path in DOCUMENT.paths} == {*PATHS} == {*calls()}


@pytest.mark.parametrize("path", PATHS)
def test_every_endpoint_says_what_it_is_for(path: str) -> None:
    """It has a title, a description, both schemas and an example that fits the schema of its request."""
    told = DOCUMENT.operation(path)
    assert told["summary"]
    assert told["description"].endswith(".")
    asked = DOCUMENT.request_schema(path)
    assert DOCUMENT.resolved(asked).get("properties") or asked["type"] == "array"
    assert DOCUMENT.answer_schema(path, 200)["oneOf"][0]["properties"]
    examples = told["requestBody"]["content"]["application/json"]["examples"]
    assert examples
    for title, example in examples.items():
        assert faults(asked, example["value"]) == [], title


@pytest.mark.parametrize("path", contract.REQUESTS)
def test_requests_are_those_of_the_contract(path: str) -> None:
    """Names, what is required, limits and values, at every depth; a batch is a list of what one call takes."""
    schema = DOCUMENT.request_schema(path)
    if path == "shipping/tracking-batch":
        assert (schema["type"], schema["minItems"], schema["maxItems"]) == ("array", 1, contract.BATCH_MOST)
        schema = schema["items"]
    compare(path, schema, contract.REQUESTS[path])


def compare(where: str, schema: dict[str, Any], fields: contract.Fields) -> None:
    schema = DOCUMENT.resolved(schema)
    assert set(schema["properties"]) == {name.rstrip("!") for name in fields}, where
    must = {name.rstrip("!") for name in fields if name.endswith("!")}
    assert set(schema.get("required", ())) == must, f"{where}: required"
    for name, limits in fields.items():
        place = f"{where}.{name.rstrip('!')}"
        compare_limits(place, DOCUMENT.resolved(schema["properties"][name.rstrip("!")]), limits)


def compare_limits(where: str, schema: dict[str, Any], limits: Any) -> None:
    match limits:
        case (int(least), int(most)):
            assert (schema["type"], schema["minLength"], schema["maxLength"]) == ("string", least, most), where
        case (dict(fields), int(most)):
            assert (schema["type"], schema["maxItems"]) == ("array", most), where
            compare(where, schema["items"], fields)
        case list():
            assert sorted(schema["enum"]) == sorted(limits), where
        case dict():
            compare(where, schema, limits)
        case _:
            good, bad = GOOD_AND_BAD[limits]
            assert [value for value in good if faults(schema, value) and not is_path(where)] == [], where
            assert [value for value in bad if not faults(schema, value)] == [], where


def is_path(where: str) -> bool:
    """The paths of changes are listed in the contract, and judged in the tests about shipments."""
    return where.endswith("iterms.path")


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    return [fault.message for fault in DOCUMENT.validator(schema).iter_errors(value)]


@pytest.mark.parametrize(
    ("path", "body", "fits"),
    [
        ("capture", {"captureAmount": "1"}, False),
        ("capture", {"captureAmount": "1", "tradeNo": "589327510105956352"}, True),
        ("subscriptionPayment", {"orderNo": "12345", "amount": "1"}, False),
        ("subscriptionPayment", {"orderNo": "12345", "amount": "1", "cardNo": "4444333322221111"}, False),
        ("subscriptionPayment", {"orderNo": "12345", "amount": "1", "transactionIdentifier": "12345"}, True),
    ],
)
def test_what_is_required_together_is_in_the_schemas(path: str, body: dict[str, str], fits: bool) -> None:
    """One of two numbers; a stored card's expiry beside its number."""
    assert (faults(DOCUMENT.request_schema(path), body) == []) is fits


def test_a_card_is_required_for_card_payments_only() -> None:
    example = DOCUMENT.operation("payment")["requestBody"]["content"]["application/json"]["examples"]
    bodies = [each["value"] for each in example.values()]
    by_card = next(body for body in bodies if body["paymentMethodType"] == "card")
    otherwise = next(body for body in bodies if body["paymentMethodType"] != "card")

    assert faults(DOCUMENT.request_schema("payment"), {name: by_card[name] for name in by_card if name != "card"})
    assert faults(DOCUMENT.request_schema("payment"), otherwise) == []


@pytest.mark.parametrize("path", ANSWERS)
def test_answers_are_those_of_the_contract(path: str) -> None:
    """Names at every depth, and what is always there."""
    compare_answer(path, DOCUMENT.answer_schema(path, 200)["oneOf"][0], ANSWERS[path])


def compare_answer(where: str, schema: dict[str, Any], fields: dict[str, Any]) -> None:
    schema = DOCUMENT.resolved(schema)
    named = {name.rstrip("!"): form for name, form in fields.items()}
    assert set(schema["properties"]) == set(named), where
    assert set(schema.get("required", ())) == {name.rstrip("!") for name in fields if name.endswith("!")}, where
    for name, form in named.items():
        inner = DOCUMENT.resolved(schema["properties"][name])
        if isinstance(form, dict) and "properties" in inner:
            compare_answer(f"{where}.{name}", inner, form)
        if isinstance(form, list) and isinstance(form[0], dict):
            compare_answer(f"{where}.{name}", inner["items"], form[0])


@pytest.mark.parametrize("path", ANSWERS)
def test_refusals_echo_what_is_always_there(path: str) -> None:
    """Section 1.3."""
    _, refusal = DOCUMENT.answer_schema(path, 200)["oneOf"]
    echoed = {"respCode", "respMsg"} if path == "connect/token" else ECHOED[path]
    assert set(DOCUMENT.resolved(refusal)["required"]) == echoed


@pytest.mark.parametrize("name", contract.NOTICES)
def test_notifications_are_those_of_the_contract(name: str) -> None:
    """Section 10.4."""
    notice = DOCUMENT.whole["webhooks"][name]["post"]
    schema = notice["requestBody"]["content"]["application/json"]["schema"]
    fields = contract.NOTICES[name]
    assert set(schema["properties"]) == {field.rstrip("!") for field in fields}
    assert set(schema["required"]) == {field.rstrip("!") for field in fields if field.endswith("!")}
    signed = webhook.sign(b"", app_id="1", secret=Secret("s"), now_ms=1, nonce="0")
    assert [each["name"] for each in notice["parameters"]] == [name for name in signed if name.startswith("X-")]


def codes(path: str) -> dict[str, int]:
    """The codes of an operation with their HTTP statuses, as its schemas say."""
    found: dict[str, int] = {}
    for status, response in DOCUMENT.operation(path)["responses"].items():
        schema = response["content"]["application/json"]["schema"]
        for each in schema.get("oneOf", [schema]):
            found |= dict.fromkeys(each["properties"]["respCode"]["enum"], int(status))
    return found


ELSEWHERE: Final = {"9404": "on any other path", "3009": "on the hosted page", "4012": "by notification"}


def test_every_code_of_the_contract_is_documented_with_its_status() -> None:
    """On some call at least, apart from those that no call can give."""
    table = {code: status for status, row in contract.CODES.items() for code in row.split()}
    told = {code: status for path in PATHS for code, status in codes(path).items()}
    assert told == {code: status for code, status in table.items() if code not in ELSEWHERE}
    notice = DOCUMENT.whole["webhooks"]["payment"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "4012" in notice["properties"]["respCode"]["enum"]


@pytest.mark.parametrize("path", PATHS)
def test_the_list_of_codes_is_that_of_the_schemas(path: str) -> None:
    listed = {each["code"]: each["status"] for each in DOCUMENT.operation(path)["x-codes"]}
    assert listed == codes(path)


@pytest.mark.parametrize("path", PATHS)
def test_only_the_token_call_needs_no_token(path: str) -> None:
    """The others name both ways to send it."""
    needs = DOCUMENT.operation(path).get("security", DOCUMENT.whole["security"])
    assert needs == ([] if path == "connect/token" else [{"bearer": []}, {"bare": []}])
    assert ("1001" in codes(path)) == (path == "connect/token")
    assert ("1002" in codes(path)) == (path != "connect/token")


def secrets(schema: dict[str, Any], name: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every field that the contract keeps from being shown."""
    schema = DOCUMENT.resolved(schema)
    if "items" in schema:
        return secrets(schema["items"], name)
    if name in {"secret", "cardNo", "cvc", "authCode"}:
        return [(name, schema)]
    return [each for inner, field in schema.get("properties", {}).items() for each in secrets(field, inner)]


@pytest.mark.parametrize(("path", "count"), [("connect/token", 1), ("payment", 6), ("mitPayment", 2)])
def test_secrets_are_marked(path: str, count: int) -> None:
    """Tools that read the document neither show nor expect them in answers."""
    found = secrets(DOCUMENT.request_schema(path))
    assert len(found) == count
    assert [name for name, schema in found if not schema.get("writeOnly") or schema.get("format") != "password"] == []


def test_states_have_their_meanings() -> None:
    """Each state and event that an answer can name is explained, and no other."""
    assert set(ORDER_STATES) == set(ORDER_STATUS.values())
    assert set(REFUND_STATES) == set(REFUND_STATUS.values())
    assert set(EVENTS) == {*filter(None, LAST_EVENT.values()), "REDIRECT", "QRCODE", "SDK"}


def test_currencies_are_those_that_are_read() -> None:
    assert DOCUMENT.whole["components"]["schemas"]["Currency"]["enum"] == list(CURRENCIES)


def test_every_reference_leads_somewhere() -> None:
    """And everything named is referred to."""
    named = set(DOCUMENT.whole["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT.whole))) == named


def test_operation_ids_are_unique() -> None:
    """Code generators make functions of them."""
    ids = [DOCUMENT.operation(path)["operationId"] for path in PATHS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", each) for each in ids)


def test_samples_are_in_an_order_that_runs() -> None:
    """Each one comes after the one whose variables it goes on with."""
    titles: list[str] = []
    for sample in SAMPLES:
        assert not sample.after or sample.after in titles
        titles.append(sample.title)
    assert len(set(titles)) == len(titles)


def test_every_rule_over_several_fields_has_words() -> None:
    """They stand on the page, so that nobody has to find them out."""
    for call in calls().values():
        shapes = getattr(call.about.request, "shapes", {"": getattr(call.about.request, "shape", call.about.request)})
        for shape in shapes.values():
            assert all(rule.about.endswith(".") and rule.faults for rule in shape.rules)
            assert all(isinstance(field.about, str) and field.about.endswith(".") for field in shape.fields)
            assert all(not isinstance(field.kind, Scalar) or field.kind.faults for field in shape.fields)
