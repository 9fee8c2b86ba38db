"""What holds for every call: callers, bodies, encryption, types, paths, and an answer to whatever is wrong."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polygate.assembly import House
from polygate.operations.administer import disable_app, enable_app, set_merchant_enabled
from polygate.operations.rotation import rotate_access_key
from polygate.protocols.channel import Code, encrypt
from polygate.protocols.channel.routes import ENDPOINTS
from polygate.store.contract import Busy
from tests.channel_api.client import HERE, HTTP_STATUS, RECEIVER, Client, client_in
from tests.protocols.channel.faulty import FAULTY
from tests.support.house import MovableClock, house_at, rows

pytestmark = pytest.mark.anyio

PLAIN = ("Credit/Set", "Credit/Get", "Debit/Set", "Debit/Get")
SEALED = ("Credit/Place", "Credit/GetV2", "Debit/Place", "Debit/GetV2")
QUERY = {"sourceNo": "NO-1"}
KIB = 1024


def test_the_codes_are_those_of_the_contract() -> None:
    """Section 10, with the HTTP status of each."""
    assert [(code.code, code.http_status, code.message) for code in Code] == [
        (0, 200, ""),
        (1001, 401, "unauthorized"),
        (1002, 403, "ip not allowed"),
        (1003, 200, "merchant disabled"),
        (1004, 200, "interface disabled"),
        (1101, 400, "invalid json"),
        (1102, 200, "invalid data"),
        (1103, 200, "invalid parameter"),
        (1201, 200, "sourceNo already exists"),
        (1202, 200, "order not found"),
        (1203, 200, "insufficient balance"),
        (1204, 200, "no channel available"),
        (1205, 200, "amount out of range"),
        (1404, 404, "not found"),
        (1405, 405, "method not allowed"),
        (9999, 500, "system error"),
    ]
    assert set(ENDPOINTS) == {*PLAIN, *SEALED}


# --- who calls (section 3) ---


@pytest.mark.parametrize("path", [*PLAIN, *SEALED, "Merchant/Balance"])
async def test_whoever_is_not_known_is_unauthorized(client: Client, path: str) -> None:
    """With the same answer whatever is wrong, before the body is looked at."""
    method = "GET" if path == "Merchant/Balance" else "POST"
    for headers in (
        {},
        {"Authorization": ""},
        {"Authorization": "99999999999999"},
        {"Authorization": "0" * 32},
        {"Authorization": client.key.reveal().upper()},
        {"Authorization": f"Bearer {client.key.reveal()}"},
        {"Authorization": f"{client.merchant_id} x"},
        {"Authorization": "\uff11\uff12\uff13"},
        {"X-Authorization": client.key.reveal()},
        [("Authorization", client.key.reveal()), ("Authorization", client.key.reveal())],
    ):
        sent = headers if isinstance(headers, list) else list(headers.items())
        raw = [(name.encode(), value.encode()) for name, value in sent]
        answer = await client.call(path, content=b"{", headers=raw, method=method)
        assert answer == {"code": 1001, "errorDesc": "unauthorized", "result": None}


async def test_the_key_does_not_open_encrypted_calls(client: Client) -> None:
    """Not even from a listed address."""
    await client.allow(HERE)
    for path in SEALED:
        assert await client.code(path, {"data": encrypt(json.dumps(QUERY), client.key)}) == 1001


async def test_the_number_opens_encrypted_calls_from_anywhere_but_not_others_addresses(client: Client) -> None:
    assert (await client.sealed("Debit/GetV2", QUERY))["code"] == 1202
    await client.allow("198.51.100.1")
    assert (await client.sealed("Debit/GetV2", QUERY))["code"] == 1002


async def test_the_balance_is_told_to_key_and_listed_number(client: Client) -> None:
    """One client asks with the number."""
    by_number: dict[str, Any] = {"method": "GET", "headers": {"Authorization": client.merchant_id}}
    assert await client.code("Merchant/Balance", method="GET") == 0
    assert await client.code("Merchant/Balance", **by_number) == 1001
    await client.allow(HERE)
    assert await client.code("Merchant/Balance", **by_number) == 0


async def test_a_disabled_merchant_is_told_so_before_its_address(house: House, client: Client) -> None:
    await client.allow("198.51.100.1")
    await set_merchant_enabled(house.context.store, client.merchant, enabled=False)

    assert await client.code("Debit/Get", content=b"{") == 1003
    assert (await client.sealed("Debit/GetV2", QUERY))["code"] == 1003
    # The number alone, from another address, tells nobody that there is such a merchant.
    assert await client.code("Debit/Get", QUERY, headers={"Authorization": client.merchant_id}) == 1001


async def test_a_disabled_app_disables_its_orders(house: House, client: Client) -> None:
    await disable_app(house.context.store, client.app)
    assert await client.code("Debit/Get", QUERY) == 1003
    await enable_app(house.context.store, client.app)
    assert await client.code("Debit/Get", QUERY) == 1202


async def test_a_new_key_ends_the_old_one_at_once(house: House, client: Client) -> None:
    old, client.key = client.key, await rotate_access_key(house.context, client.merchant)

    assert (await client.sealed("Debit/GetV2", QUERY))["code"] == 1202
    assert (await client.sealed("Debit/GetV2", QUERY, key=old))["code"] == 1102
    assert await client.code("Debit/Get", QUERY) == 1202
    assert await client.code("Debit/Get", QUERY, headers={"Authorization": old.reveal()}) == 1001


async def test_keys_are_kept_sealed(house: House, client: Client) -> None:
    """Neither the key nor anything it could be guessed from lies in the database."""
    ((stored,),) = await house.context.store.fetch(
        "SELECT access_key_hash || hex(sealed_access_key) FROM merchants WHERE merchant_no = %s", (client.merchant_id,)
    )
    assert client.key.reveal() not in stored
    assert client.key.reveal().encode().hex() not in stored.lower()


async def test_plain_calls_can_be_switched_off(tmp_path: Any, clock: MovableClock) -> None:
    """For the whole gateway; the balance stays."""
    async with (
        house_at(tmp_path / "other.db", clock, channel_plain_calls=False) as house,
        client_in(house) as client,
    ):
        for path in PLAIN:
            assert await client.code(path, content=b"{") == 1004
        assert await client.code("Merchant/Balance", method="GET") == 0
        assert (await client.sealed("Debit/GetV2", QUERY))["code"] == 1202


# --- paths and methods ---


@pytest.mark.parametrize(
    "path", ["", "Credit", "credit/set", "Credit/Set/", "Credit//Set", "Debit/Set%20", "Merchant/balance"]
)
async def test_an_unknown_path_is_1404(client: Client, path: str) -> None:
    assert await client.code(path, QUERY) == 1404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_1405(client: Client, method: str) -> None:
    response = await client.ask("Debit/Get", method=method)
    assert (response.json()["code"], response.headers["allow"]) == (1405, "POST")
    if method != "GET":
        response = await client.ask("Merchant/Balance", method=method)
        assert (response.json()["code"], response.headers["allow"]) == (1405, "GET")


# --- bodies (section 2) ---

NO_OBJECTS: list[bytes] = [
    b"", b" ", b"{", b"[]", b"null", b"7", b'"text"', b"{}{}", b"{'a':1}", b'{"a":NaN}', b'{"a":01}', b'{"a":1.}',
    b"\xef\xbb\xbf[]", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"a=1", b'{"a":' * 50_000, b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("body", NO_OBJECTS, ids=lambda body: repr(body[:16]))
async def test_what_is_no_json_object_is_1101(client: Client, body: bytes) -> None:
    """In both versions."""
    before = await rows(client.house.context.store)
    assert await client.code("Debit/Set", content=body) == 1101
    assert await client.code("Debit/Place", content=body, headers={"Authorization": client.merchant_id}) == 1101
    assert await rows(client.house.context.store) == before


async def test_a_body_of_more_than_64_kib_is_refused(client: Client) -> None:
    def of(size: int) -> bytes:
        body = b'{"sourceNo":"NO-1","more":"' + b"x" * (size - 29) + b'"}'
        assert len(body) == size
        return body

    assert await client.code("Debit/Get", content=of(64 * KIB)) == 1202
    assert await client.code("Debit/Get", content=of(64 * KIB + 1)) == 1101


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8", ""])
async def test_json_is_understood(client: Client, media_type: str) -> None:
    headers = {"Authorization": client.key.reveal()} | ({"Content-Type": media_type} if media_type else {})
    assert await client.code("Debit/Get", content=json.dumps(QUERY).encode(), headers=headers) == 1202


async def test_forms_are_not(client: Client) -> None:
    headers = {"Authorization": client.key.reveal(), "Content-Type": "application/x-www-form-urlencoded"}
    assert await client.code("Debit/Get", content=json.dumps(QUERY).encode(), headers=headers) == 1101


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("850", b"850"), ("850.0", b"850"), ("850.50", b"850.5"), ("8.5e2", b"850"), ("85000E-2", b"850"),
        ("0.01", b"0.01"),
        ("850.05", b"850.05"), ("1.10", b"1.1"), ("8.50000000000000000000", b"8.5"),
    ],
)  # fmt: skip
async def test_amounts_are_decimal_numbers(client: Client, text: str, shown: bytes) -> None:
    """Read and written digit by digit: no binary fraction comes near them (section 2)."""
    body = f'{{"amount":{text},"sourceNo":"PO-1"}}'
    plain = await client.ask("Debit/Set", content=body.encode())
    sealed = await client.sealed("Debit/Place", body.replace("PO-1", "PO-2"))

    assert b'"fiatAmount":' + shown + b',"tokenAmount":' + shown + b"," in plain.content
    assert sealed["code"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "0", "0.00", "-0", "-5", "1.001", "1e-3", "1000000000000", "99999999999.99", "1e12", "1e400", "1e-400",
        "1e999999999", "-1e999999999", "123456789012345678901234567890", "0." + "0" * 400 + "1", "9" * 5_000,
        "true", "null", '"5"', "[5]", "{}",
    ],
)  # fmt: skip
async def test_what_is_no_such_amount_is_refused(client: Client, text: str) -> None:
    for path in ("Debit/Set", "Credit/Set"):
        answer = await client.call(path, content=f'{{"amount":{text},"sourceNo":"NO-1"}}'.encode())
        assert (answer["code"], answer["errorDesc"]) in {(1103, "invalid parameter: amount"), (1101, "invalid json")}
    sealed = await client.sealed("Debit/Place", f'{{"amount":{text},"sourceNo":"NO-1"}}')
    assert sealed["code"] in {1103, 1102}


@pytest.mark.parametrize("amount", ["999999999999", "9999999999.99"])
async def test_twelve_digits_are_enough(client: Client, amount: str) -> None:
    body = f'{{"amount":{amount},"sourceNo":"PO-1"}}'.encode()
    assert await client.code("Debit/Set", content=body) == 1203
    assert await client.code("Credit/Set", content=body) == 0


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("sourceNo", {"sourceNo": None}),
        ("sourceNo", {"sourceNo": ""}),
        ("sourceNo", {"sourceNo": " \t"}),
        ("sourceNo", {"sourceNo": 7}),
        ("sourceNo", {"sourceNo": ["NO-1"]}),
        ("sourceNo", {"sourceNo": "x" * 65}),
        ("sourceNo", {"sourceNo": "a\0b"}),
        ("callbackUrl", {"callbackUrl": ""}),
        ("callbackUrl", {"callbackUrl": 7}),
        ("callbackUrl", {"callbackUrl": "shop.example/cb"}),
        ("callbackUrl", {"callbackUrl": "ftp://shop.example/cb"}),
        ("callbackUrl", {"callbackUrl": "http://"}),
        ("callbackUrl", {"callbackUrl": "http://shop.example:port/"}),
        ("callbackUrl", {"callbackUrl": "http://shop.example/a b"}),
        ("callbackUrl", {"callbackUrl": "http://shop.example/" + "x" * 493}),
    ],
)
@pytest.mark.parametrize("path", ["Debit/Set", "Credit/Set"])
async def test_a_wrong_member_is_named(client: Client, path: str, field: str, change: dict[str, Any]) -> None:
    """In both versions, and nothing is stored."""
    body = {"amount": 5, "sourceNo": "NO-1", "callbackUrl": None} | change
    before = await rows(client.house.context.store)
    refused = {"code": 1103, "errorDesc": f"invalid parameter: {field}", "result": None}

    assert await client.call(path, body) == refused
    assert await client.sealed(path.replace("Set", "Place"), body) == refused
    assert await rows(client.house.context.store) == before


@pytest.mark.parametrize("payers", ["text", {}, [7], [None], [{"accountName": 7}], [{"mobile": "x" * 129}], [{}] * 101])
async def test_payers_are_checked_for_their_types_only(client: Client, payers: Any) -> None:
    answer = await client.call("Credit/Set", {"amount": 5, "sourceNo": "PI-1", "payerAccountDetailList": payers})
    assert answer["code"] == 1103
    assert answer["errorDesc"].startswith("invalid parameter: payerAccountDetailList")


async def test_members_that_nobody_asked_for_are_ignored(client: Client) -> None:
    """Also outside `data`: one client sends its number there (section 2)."""
    body = {"amount": 5, "sourceNo": "PO-1", "token": "x", "payeeAccountDetail": RECEIVER | {"ifsc": 7}}
    headers = {"Authorization": client.merchant_id}
    outer = {"data": encrypt(json.dumps(body), client.key), "sourceNo": 7, "more": [1]}

    assert await client.code("Debit/Place", outer, headers=headers) == 0
    assert await client.code("Debit/Set", body | {"sourceNo": "PO-2"}) == 0


async def test_a_number_is_kept_as_it_was_sent(client: Client) -> None:
    """Blanks and all, up to 64 characters of any script."""
    for number in (" PO 1 ", "ऑर्डर-१", "x" * 64, "'; DROP TABLE payouts; --"):
        result = await client.debit(number)
        assert result["channelDebitOrderSimpleInfo"]["merchantSourceNo"] == number
        assert await client.query("Debit", number) == result


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ({}, "sourceNo"),
        ({"sourceNo": None}, "sourceNo"),
        ({"sourceNo": " "}, "sourceNo"),
        ({"sourceNo": 7}, "sourceNo"),
        ({"ID": "7"}, "ID"),
        ({"ID": 7.5}, "ID"),
        ({"ID": True}, "ID"),
        ({"ID": 0}, "ID"),
        ({"ID": -7}, "ID"),
        ({"ID": 2**53}, "ID"),
        ({"ID": 2**70, "sourceNo": "NO-1"}, "ID"),
    ],
)
@pytest.mark.parametrize("direction", ["Credit", "Debit"])
async def test_a_query_names_an_order(client: Client, direction: str, name: dict[str, Any], field: str) -> None:
    own = f"channel{direction}OrderId"
    body = {own if key == "ID" else key: value for key, value in name.items()}
    answer = await client.call(f"{direction}/Get", body)

    assert answer["errorDesc"] == f"invalid parameter: {own if field == 'ID' else field}"


@pytest.mark.parametrize("direction", ["Credit", "Debit"])
async def test_an_order_is_queried_by_both_clients_habits(client: Client, direction: str) -> None:
    """With null, or without the member."""
    order_id = (await (client.credit if direction == "Credit" else client.debit)("NO-1"))[
        f"channel{direction}OrderSimpleInfo"
    ]["id"]
    own = f"channel{direction}OrderId"
    for body in ({own: order_id, "sourceNo": None}, {own: None, "sourceNo": "NO-1"}, {own: order_id}, QUERY):
        assert await client.code(f"{direction}/Get", body) == 0
        assert (await client.sealed(f"{direction}/GetV2", body))["code"] == 0
    assert await client.code(f"{direction}/Get", {own: 2**53 - 1}) == 1202


# --- encryption (section 4) ---


@pytest.mark.parametrize("path", SEALED)
async def test_whatever_cannot_be_decrypted_is_one_error(published: Client, path: str) -> None:
    """Were faults told apart, a stranger could find out plaintexts by trying."""
    headers = {"Authorization": published.merchant_id}
    before = await rows(published.house.context.store)
    answers = {fault: await published.ask(path, json={"data": data}, headers=headers) for fault, data in FAULTY.items()}

    first = next(iter(answers.values()))
    assert first.json() == {"code": 1102, "errorDesc": "invalid data", "result": None}
    told = {fault: (answer.content, [*answer.headers]) for fault, answer in answers.items()}
    assert [fault for fault, answer in told.items() if answer != (first.content, [*first.headers])] == []
    assert await rows(published.house.context.store) == before


@pytest.mark.parametrize("data", [None, "", "  ", 7, True, [], {}])
async def test_without_data_there_is_nothing_to_decrypt(client: Client, data: Any) -> None:
    answer = await client.call("Debit/GetV2", {"data": data}, headers={"Authorization": client.merchant_id})
    assert (answer["code"], answer["errorDesc"]) == (1103, "invalid parameter: data")


async def test_line_breaks_in_base64_do_not_matter(client: Client) -> None:
    data = encrypt(json.dumps(QUERY), client.key)
    folded = "\r\n".join(data[place : place + 20] for place in range(0, len(data), 20))
    assert (
        await client.code("Debit/GetV2", {"data": f" {folded}\n"}, headers={"Authorization": client.merchant_id})
        == 1202
    )


async def test_order_and_blanks_of_the_plaintext_do_not_matter(client: Client) -> None:
    texts = [
        '{"sourceNo":"PO-1","amount":5}',
        '{ "amount" : 5.00 ,\n "sourceNo" : "PO-2" }',
        '\t{"amount":5,"sourceNo":"PO\\u002d3"}',
    ]
    for text in texts:
        assert (await client.sealed("Debit/Place", text))["code"] == 0
    assert await client.code("Debit/Get", {"sourceNo": "PO-3"}) == 0


async def test_answers_are_never_encrypted(client: Client) -> None:
    """Both versions of a call are answered alike."""
    sealed = await client.sealed("Debit/Place", {"amount": 5, "sourceNo": "PO-1"})
    assert sealed["result"] == (await client.call("Debit/Get", {"sourceNo": "PO-1"}))["result"]
    assert (await client.sealed("Debit/GetV2", {"sourceNo": "PO-1"}))["result"] == sealed["result"]


NAMES = ["amount", "sourceNo", "callbackUrl", "payeeAccountDetail", "payerAccountDetailList", "data", "accountName",
         "bankNo", "bankAccount", "accountType", "channelDebitOrderId", "channelCreditOrderId"]  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(body=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(NAMES) | st.text(max_size=5),
        inner, max_size=6),
    max_leaves=12,
))  # fmt: skip
async def test_no_body_is_a_fault_of_ours(client: Client, body: Any) -> None:
    """Whatever is sent, in either version, has a row of the table for an answer that is not 9999."""
    for path in PLAIN:
        assert await client.code(path, content=json.dumps(body).encode()) != 9999
    for path in SEALED:
        assert (await client.sealed(path, body))["code"] != 9999


# --- faults ---


async def test_a_fault_is_9999(house: House, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the envelope's form, and without a word about what it is."""

    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(house.context.reads, "payout_by_number", broken)
    assert await client.call("Debit/Get", QUERY) == {"code": 9999, "errorDesc": "system error", "result": None}


async def test_a_full_queue_is_9999_with_a_time_to_come_back(
    house: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any, **__: Any) -> None:
        raise Busy("the queue is full")

    monkeypatch.setattr(house.context.store, "submit", busy)
    response = await client.ask("Debit/Set", json={"amount": 5, "sourceNo": "PO-1"})
    assert (response.json()["code"], response.headers["retry-after"]) == (9999, "1")


async def test_of_two_equal_calls_at_once_one_wins(client: Client) -> None:
    for path in ("Debit/Set", "Credit/Set"):
        answers = await asyncio.gather(*(client.code(path, {"amount": 5, "sourceNo": "NO-1"}) for _ in range(8)))
        assert sorted(answers) == [0, *[1201] * 7]


async def test_a_second_version_of_the_same_call_makes_no_second_order(client: Client) -> None:
    """One client tries the encrypted call and, on any failure, the plain one with the same number (section 10)."""
    body = {"amount": 5, "sourceNo": "PO-1"}
    assert (await client.sealed("Debit/Place", body))["code"] == 0
    assert await client.code("Debit/Set", body) == 1201
    assert await client.code("Debit/Set", body | {"amount": 6}) == 1201


def test_every_status_is_in_the_table() -> None:
    assert {code.code: code.http_status for code in Code if code.http_status != 200} == HTTP_STATUS
