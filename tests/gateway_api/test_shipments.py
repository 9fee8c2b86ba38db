"""Shipments: add (section 4.11), add many (4.12), change (4.13), read (4.14), and where a query shows them (4.8)."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.gateway_api.tables import GONE, Case
from tests.protocols.gateway.examples import SHIPPING, changed
from tests.support.house import Shop

pytestmark = pytest.mark.anyio

ADD: Final = "shipping/tracking"
BATCH: Final = "shipping/tracking-batch"
CHANGE: Final = "shipping/tracking-modify"
READ: Final = "shipping/retrieve"

ORDER: Final = "shipped-1"


def parcel(number: str = "Fb1", **changes: Any) -> dict[str, Any]:
    body = {
        "carrier": "2EBOX",
        "orderNo": ORDER,
        "shipmentDate": "2025-06-09",
        "shipmentDirection": "FORWARD",
        "shippingStatus": "SHIPPED",
        "trackingNo": number,
        "trackingNumberType": "CARRIER_PROVIDED",
    }
    return body | changes


def change(*iterms: tuple[str, str, str], number: str = "Fb1", **more: Any) -> dict[str, Any]:
    """Operation, path and value of each."""
    changes = [dict(zip(("op", "path", "value"), each, strict=True)) for each in iterms]
    return {"orderNo": ORDER, "trackingNo": number, "iterms": changes} | more


def moved(status: str, number: str = "Fb1") -> dict[str, Any]:
    return change(("replace", "/status", status), number=number)


async def read(shop: Shop, number: str = "Fb1") -> dict[str, Any]:
    return await shop.call(READ, {"orderNo": ORDER, "trackingNo": number})


async def kept(shop: Shop) -> list[tuple[str, int]]:
    """Number and version of every parcel in the store."""
    return await shop.house.context.store.fetch("SELECT tracking_no, version FROM shipments ORDER BY shipment_id")


async def sold(shop: Shop, **changes: Any) -> str:
    """A paid order; its `tradeNo`."""
    return str((await shop.pay(ORDER, **changes))["tradeNo"])


# --- adding, section 4.11 ---------------------------------------------------------------------------------------------


async def test_a_parcel_is_added_and_read(shop: Shop) -> None:
    """Under an id made of both numbers; every field as it was told."""
    trade_no = await sold(shop)
    url = "https://t.example.com/en#nums=Fb1"
    added = await shop.call(ADD, parcel(trackingUrl=url))
    assert added == {"desc": "1 accepted", "respCode": "0000", "respMsg": "success", "trackings": [f"{trade_no}-Fb1"]}
    assert await read(shop) == {
        **parcel(trackingUrl=url),
        "desc": "",
        "tradeNo": trade_no,
        "respCode": "0000",
        "respMsg": "success",
    }


async def test_an_order_has_any_number_of_parcels(shop: Shop, other_shop: Shop) -> None:
    """One number may be on parcels of two orders, or of two merchants; letters in another case are another number."""
    await sold(shop)
    await shop.pay("shipped-2")
    await other_shop.pay(ORDER)
    for client, body in (
        (shop, parcel("Fb1")),
        (shop, parcel("fb1")),
        (shop, parcel("Fb2", shipmentDirection="RETURN", trackingNumberType="E2E_PARTNER_PROVIDED")),
        (shop, parcel("Fb1", orderNo="shipped-2", carrier="UPS")),
        (other_shop, parcel("Fb1", carrier="DHL")),
    ):
        assert await client.code(ADD, body) == "0000", body
    assert [(await read(shop, number))["shipmentDirection"] for number in ("Fb1", "fb1", "Fb2")] == [
        *("FORWARD", "FORWARD", "RETURN"),
    ]
    assert (await read(other_shop))["carrier"] == "DHL"


async def test_an_equal_repeat_is_the_same_parcel_and_any_other_is_3022(shop: Shop) -> None:
    """A retry is safe; what differs is to be changed as such, and nothing is written."""
    trade_no = await sold(shop)
    first = await shop.call(ADD, parcel())
    assert await shop.call(ADD, parcel()) == first
    assert await shop.call(ADD, parcel(orderNo=None, tradeNo=trade_no, shippingStatus="shipped")) == first
    for name, value in (
        ("carrier", "UPS"),
        ("shipmentDate", "2025-06-10"),
        ("shipmentDirection", "RETURN"),
        ("shippingStatus", "DELIVERED"),
        ("trackingNumberType", "E2E_PARTNER_PROVIDED"),
        ("trackingUrl", "https://t.example.com/1"),
    ):
        refused = await shop.call(ADD, parcel(**{name: value}))
        assert (refused["respCode"], refused["trackings"], refused["desc"]) == ("3022", [], ""), name
    assert await kept(shop) == [("Fb1", 1)]


async def test_only_what_is_paid_or_authorized_is_shipped(shop: Shop) -> None:
    """3020 in every other state; a parcel that was told of in time stays, whatever becomes of the order."""
    await shop.pay("state-declined", card_no="4000000000000002")
    await shop.pay("state-silent", card_no="4000000000000119")
    await shop.pay("state-authorized", capture="manual")
    await shop.pay("state-captured")
    await shop.call("cashier/order", {"orderNo": "state-created", "amount": "1.00", "currency": "USD"})
    for state, code in (
        *(("created", "3020"), ("silent", "3020"), ("declined", "3020")),
        *(("authorized", "0000"), ("captured", "0000")),
    ):
        assert await shop.code(ADD, parcel(orderNo=f"state-{state}")) == code, state
    await shop.call("cancel", {"orderNo": "state-authorized"})
    assert await shop.code(ADD, parcel("Fb2", orderNo="state-authorized")) == "3020"
    assert await shop.code(ADD, parcel(orderNo="state-authorized")) == "0000"
    canceled = moved("CANCELLED") | {"orderNo": "state-authorized"}
    assert await shop.code(CHANGE, canceled) == "0000"


async def test_a_parcel_leaves_its_payment_alone(shop: Shop) -> None:
    """The payment's row keeps its version: a capture or refund under way is not disturbed. Nothing is announced."""
    await sold(shop)
    seen = "SELECT version FROM payments", "SELECT count(*) FROM webhooks"
    fetch = shop.house.context.store.fetch
    before = [await fetch(sql) for sql in seen]
    await shop.call(ADD, parcel())
    await shop.call(CHANGE, moved("DELIVERED"))
    assert before == [await fetch(sql) for sql in seen]


ADD_CASES: list[Case] = [
    ("carrier", "2002", [GONE, None, "", "  "]),
    ("carrier", "2003", ["x" * 65, "a\x00b"]),
    ("carrier", "0000", ["x", "中通快递", 17, "x" * 64]),
    ("shipmentDate", "2002", [GONE, None]),
    ("shipmentDate", "2003", ["2025-02-30", "09.06.2025", "2025-6-9", "2025-06-09T00:00:00", 20250609]),
    ("shipmentDate", "0000", ["2024-02-29", "2025-12-31"]),
    ("shipmentDirection", "2002", [GONE, ""]),
    ("shipmentDirection", "2004", ["BACK", "FORWARD、RETURN"]),
    ("shipmentDirection", "0000", ["return", "Forward"]),
    ("shippingStatus", "2002", [GONE]),
    ("shippingStatus", "2004", ["CANCELLED", "cancelled", "CANCELED", "LOST", "SHIPPED、CANCELLED、DELIVERED", True]),
    ("shippingStatus", "0000", ["in_transit", "ON_HOLD", "LOCAL_PICKUP", "DELIVERED", "RETURNED"]),
    ("trackingNo", "2002", [GONE, None, ""]),
    ("trackingNo", "2003", ["x" * 65, "a\x1bb"]),
    ("trackingNumberType", "2002", [GONE]),
    ("trackingNumberType", "2004", ["MINE"]),
    ("trackingNumberType", "0000", ["e2e_partner_provided"]),
    ("trackingUrl", "2009", ["t.example.com", "ftp://t.example.com", "https://t.example.com/a b", "x" * 513]),
    ("trackingUrl", "0000", [GONE, None, "http://t.example.com/?n=1"]),
    ("orderNo", "2010", [GONE, None, ""]),
    ("orderNo", "2003", ["1234", "x" * 65, "with blank"]),
    ("orderNo", "3001", ["no-such-order"]),
    ("carrier", "2001", [{}, ["2EBOX"]]),
]


async def test_every_field_of_a_parcel_is_judged(shop: Shop) -> None:
    """The code, and the field's name first in the message; an error answer has the fields of an ordinary one."""
    await sold(shop)
    number = 0
    for place, code, values in ADD_CASES:
        for value in values:
            number += 1
            answer = await shop.call(ADD, changed(parcel(f"Fb-{number}"), place, value))
            told = f"{place} = {value!r}: {answer['respMsg']}"
            assert answer["respCode"] == code, told
            if code[0] == "2":
                assert answer["respMsg"].split(":")[0] == place, told


async def test_a_tracking_number_has_up_to_64_characters(shop: Shop) -> None:
    """Of any script; blanks around it are none of its own."""
    await sold(shop)
    for number in ("1", "x" * 64, "运单-1", "a b/c?d#e"):
        assert await shop.code(ADD, parcel(f" {number} ")) == "0000"
        assert (await read(shop, number))["trackingNo"] == number


async def test_required_comes_before_format_and_format_before_values(shop: Shop) -> None:
    """The check order of section 4.1, and the order's state last."""
    body = parcel(carrier=None, shipmentDate="soon", shippingStatus="LOST", orderNo="no-such-order")
    codes = []
    for name, good in (("carrier", "x"), ("shipmentDate", "2025-06-09"), ("shippingStatus", "SHIPPED")):
        codes.append(await shop.code(ADD, body))
        body[name] = good
    assert [*codes, await shop.code(ADD, body)] == ["2002", "2003", "2004", "3001"]


ABOUT_A_PARCEL: Final[dict[str, dict[str, Any]]] = {
    ADD: parcel(),
    CHANGE: moved("DELIVERED"),
    READ: {"trackingNo": "Fb1"},
}


@pytest.mark.parametrize("path", ABOUT_A_PARCEL)
async def test_a_parcels_order_is_found_by_one_number_or_both(shop: Shop, path: str) -> None:
    """As every order (section 1.5)."""
    here = await sold(shop)
    await shop.call(ADD, parcel())
    there = (await shop.pay("shipped-2"))["tradeNo"]
    for given, code in (
        ({"orderNo": None}, "2010"),
        ({"orderNo": ORDER}, "0000"),
        ({"orderNo": None, "tradeNo": here}, "0000"),
        ({"orderNo": ORDER, "tradeNo": here}, "0000"),
        ({"orderNo": ORDER, "tradeNo": there}, "3003"),
        ({"orderNo": "shipped-3"}, "3001"),
        ({"orderNo": ORDER, "tradeNo": "1"}, "2003"),
    ):
        assert await shop.code(path, {**ABOUT_A_PARCEL[path], **given}) == code, given


@pytest.mark.parametrize("path", ABOUT_A_PARCEL)
async def test_a_foreign_order_is_as_if_absent(shop: Shop, other_shop: Shop, path: str) -> None:
    """By either number; and its parcel stays as it was."""
    trade_no = await sold(other_shop)
    await other_shop.call(ADD, parcel())
    for given in ({"orderNo": ORDER}, {"orderNo": None, "tradeNo": trade_no}):
        assert await shop.code(path, {**ABOUT_A_PARCEL[path], **given}) == "3001"
    assert await kept(other_shop) == [("Fb1", 1)]


# --- adding many, section 4.12 ----------------------------------------------------------------------------------------


async def test_a_batch_of_good_ones_is_all_accepted(shop: Shop) -> None:
    """The ids in their order, and no `errors`; again, they are the same parcels."""
    trade_no = await sold(shop)
    batch = [parcel(f"Fb{n}") for n in (3, 1, 2)]
    answer = await shop.call(BATCH, batch)
    assert answer == {
        "desc": "3 accepted",
        "respCode": "0000",
        "respMsg": "success",
        "trackings": [f"{trade_no}-Fb{n}" for n in (3, 1, 2)],
    }
    assert await shop.call(BATCH, batch) == answer
    assert len(await kept(shop)) == 3


async def test_each_element_of_a_batch_is_judged_alone(shop: Shop, other_shop: Shop) -> None:
    """Good ones are accepted around the bad ones, each of which has its place, its numbers and its reason."""
    trade_no = await sold(shop)
    await other_shop.pay("foreign-1")
    await shop.pay("declined-1", card_no="4000000000000002")
    await shop.call(ADD, parcel("taken"))
    answer = await shop.call(
        BATCH,
        [
            parcel("Fb1"),
            parcel("Fb2", orderNo="foreign-1"),
            parcel("Fb3", carrier=None),
            7,
            parcel("Fb4", shippingStatus="CANCELLED"),
            parcel("Fb5", orderNo="declined-1"),
            parcel("taken", carrier="UPS"),
            parcel("Fb6", trackingUrl="nowhere"),
            parcel("Fb7", orderNo=None),
            parcel("Fb8", orderNo="1234"),
            parcel("Fb9"),
        ],
    )
    assert (answer["respCode"], answer["respMsg"], answer["desc"]) == ("0000", "success", "2 accepted, 9 rejected")
    assert answer["trackings"] == [f"{trade_no}-Fb1", f"{trade_no}-Fb9"]
    assert [(e["index"], e["orderNo"], e["trackingNo"], e["respCode"]) for e in answer["errors"]] == [
        (1, "foreign-1", "Fb2", "3001"),
        (2, ORDER, "Fb3", "2002"),
        (3, "", "", "2001"),
        (4, ORDER, "Fb4", "2004"),
        (5, "declined-1", "Fb5", "3020"),
        (6, ORDER, "taken", "3022"),
        (7, ORDER, "Fb6", "2009"),
        (8, "", "Fb7", "2010"),
        (9, "1234", "Fb8", "2003"),
    ]
    assert [e["respMsg"].split(":")[0] for e in answer["errors"]][1] == "carrier"


async def test_a_batch_without_a_good_one_has_the_code_of_the_first(shop: Shop) -> None:
    """And its message, with all of them in `errors`."""
    answer = await shop.call(BATCH, [parcel(carrier=""), parcel("Fb2", orderNo="no-such-order")])
    assert (answer["respCode"], answer["respMsg"]) == ("2002", "carrier: is required")
    assert (answer["desc"], answer["trackings"]) == ("0 accepted, 2 rejected", [])
    assert [e["respCode"] for e in answer["errors"]] == ["2002", "3001"]


async def test_of_two_with_one_number_the_first_counts(shop: Shop) -> None:
    """An equal second one is the same parcel, another one is 3022."""
    trade_no = await sold(shop)
    answer = await shop.call(BATCH, [parcel(), parcel(), parcel(carrier="UPS")])
    assert answer["trackings"] == [f"{trade_no}-Fb1"] * 2
    assert [(e["index"], e["respCode"]) for e in answer["errors"]] == [(2, "3022")]
    assert (await read(shop))["carrier"] == "2EBOX"


async def test_a_single_object_counts_as_a_batch_of_one(shop: Shop) -> None:
    trade_no = await sold(shop)
    assert (await shop.call(BATCH, parcel()))["trackings"] == [f"{trade_no}-Fb1"]
    alone = await shop.call(BATCH, parcel(carrier=None))
    assert (alone["respCode"], [e["index"] for e in alone["errors"]]) == ("2002", [0])


async def test_a_batch_has_1_to_100_elements(shop: Shop) -> None:
    """2012 outside of that, and nothing is looked at; what is neither array nor object is 2001."""
    await sold(shop)
    assert await shop.code(BATCH, []) == "2012"
    assert await shop.code(BATCH, [parcel(f"Fb{n}") for n in range(101)]) == "2012"
    assert await kept(shop) == []
    full = await shop.call(BATCH, [parcel(f"Fb{n}") for n in range(100)])
    assert (full["desc"], len(full["trackings"])) == ("100 accepted", 100)
    headers = {"Authorization": shop.token, "Content-Type": "application/json"}
    for body in (b"", b"null", b"7", b'"x"', b"[1", b"[" * 100_000):
        refused = (await shop.ask(BATCH, content=body, headers=headers)).json()
        assert (refused["respCode"], refused["trackings"], refused["desc"]) == ("2001", [], "")


@pytest.mark.parametrize("path", [ADD, CHANGE, READ])
async def test_only_a_batch_is_an_array(shop: Shop, path: str) -> None:
    assert await shop.code(path, [ABOUT_A_PARCEL[path] | {"orderNo": ORDER}]) == "2001"


# --- changing, section 4.13 -------------------------------------------------------------------------------------------


async def test_a_parcel_is_canceled_with_a_word_about_it(shop: Shop) -> None:
    trade_no = await sold(shop)
    await shop.call(ADD, parcel())
    answer = await shop.call(CHANGE, moved("CANCELLED") | {"matedata": {"ticket": "77"}})
    assert answer == {"desc": "updated", "respCode": "0000", "respMsg": "success", "trackings": [f"{trade_no}-Fb1"]}
    found = await read(shop)
    assert (found["shippingStatus"], found["matedata"]) == ("CANCELLED", {"ticket": "77"})


@pytest.mark.parametrize("op", ["replace", "add", "REPLACE"])
async def test_every_field_can_be_changed(shop: Shop, op: str) -> None:
    """By its path, with either operation; also one that was not told before."""
    await sold(shop)
    await shop.call(ADD, parcel())
    changes = {
        "/shippingStatus": "in_transit",
        "/carrier": " UPS ",
        "/trackingUrl": "https://t.example.com/2",
        "/shipmentDate": "2025-06-11",
        "/shipmentDirection": "return",
        "/trackingNumberType": "E2E_PARTNER_PROVIDED",
    }
    assert await shop.code(CHANGE, change(*((op, path, value) for path, value in changes.items()))) == "0000"
    expected = parcel(
        carrier="UPS",
        trackingUrl="https://t.example.com/2",
        shipmentDate="2025-06-11",
        shipmentDirection="RETURN",
        shippingStatus="IN_TRANSIT",
        trackingNumberType="E2E_PARTNER_PROVIDED",
    )
    assert expected.items() <= (await read(shop)).items()
    assert await kept(shop) == [("Fb1", 2)]


WORDS: Final = ("SHIPPED", "IN_TRANSIT", "ON_HOLD", "LOCAL_PICKUP", "DELIVERED", "RETURNED", "CANCELLED")
UNDER_WAY: Final = frozenset(WORDS[:4])


def may_follow(before: str, after: str) -> bool:
    """Section 5.4."""
    return before == after or before in UNDER_WAY or (before, after) == ("DELIVERED", "RETURNED")


@pytest.mark.parametrize("before", WORDS)
async def test_a_status_may_follow_another_or_not(shop: Shop, before: str) -> None:
    """3023 for what section 5.4 does not allow, and the parcel stays what it was; the same again is fine."""
    await sold(shop)
    for after in WORDS:
        number = f"{before}-{after}"
        await shop.call(ADD, parcel(number))
        assert await shop.code(CHANGE, moved(before, number)) == "0000"
        code = await shop.code(CHANGE, moved(after, number))
        assert code == ("0000" if may_follow(before, after) else "3023"), number
        assert (await read(shop, number))["shippingStatus"] == (after if code == "0000" else before)


async def test_all_changes_are_made_or_none(shop: Shop) -> None:
    """One that is not allowed, or not understood, takes the others and the texts with it."""
    await sold(shop)
    await shop.call(ADD, parcel())
    for bad, code in (
        (("replace", "/matedata/nothing", "x"), "2004"),
        (("replace", "/weight", "1"), "2004"),
        (("add", "/shipmentDate", "soon"), "2003"),
    ):
        iterms = ("add", "/carrier", "UPS"), ("replace", "/status", "DELIVERED"), bad
        assert await shop.code(CHANGE, change(*iterms, matedata={"a": "b"})) == code
    back = ("replace", "/status", "DELIVERED"), ("replace", "/status", "SHIPPED")
    assert await shop.code(CHANGE, change(("add", "/carrier", "UPS"), *back)) == "3023"
    assert await kept(shop) == [("Fb1", 1)]
    found = await read(shop)
    assert (found["carrier"], found["shippingStatus"], "matedata" in found) == ("2EBOX", "SHIPPED", False)


async def test_an_equal_change_again_changes_nothing(shop: Shop) -> None:
    """A retry is answered like the first, and makes no new version."""
    await sold(shop)
    await shop.call(ADD, parcel())
    body = change(("replace", "/status", "DELIVERED"), ("add", "/matedata/box", "A"), matedata={"ticket": "77"})
    first = await shop.call(CHANGE, body)
    assert await shop.call(CHANGE, body) == first
    assert await kept(shop) == [("Fb1", 2)]


async def test_a_parcel_nobody_told_of_is_3021(shop: Shop) -> None:
    """To change and to read; an error answer has the fields of an ordinary one, empty."""
    await sold(shop)
    await shop.call(ADD, parcel())
    for number in ("Fb2", "fb1", "Fb"):
        unknown = await shop.call(CHANGE, moved("DELIVERED", number))
        assert (unknown["respCode"], unknown["trackings"]) == ("3021", [])
        assert await read(shop, number) == {
            "respCode": "3021",
            "respMsg": "tracking not found",
            **dict.fromkeys(("shipmentDate", "shipmentDirection", "shippingStatus", "trackingNumberType"), ""),
        }


CHANGE_CASES: list[Case] = [
    ("iterms", "2002", [GONE, None, ""]),
    ("iterms", "2001", [{}, "x", 7]),
    ("iterms", "2012", [[], [{"op": "add", "path": "/carrier", "value": "x"}] * 21]),
    ("iterms", "0000", [[{"op": "add", "path": "/carrier", "value": "x"}] * 20]),
    ("iterms[0]", "2001", ["x", []]),
    ("iterms[0].op", "2002", [GONE, None]),
    ("iterms[0].op", "2004", ["remove", "move", "replace、add"]),
    ("iterms[0].path", "2002", [GONE, ""]),
    ("iterms[0].path", "2004", ["status", "/", "/orderNo", "/trackingNo", "/status/x", "/matedata", "/matedata/"]),
    ("iterms[0].path", "2004", ["/matedata/" + "k" * 65, "/metadata/k", "x" * 5_000]),
    ("iterms[0].value", "2002", [GONE, None, " "]),
    ("iterms[0].value", "2004", ["LOST", "CANCELED"]),
    ("trackingNo", "2002", [GONE]),
    ("orderNo", "2010", [GONE]),
    ("matedata", "2003", ["x" * 256, "a\x00b", {"k" * 65: "x"}, {"": "x"}, ["\ud800"]]),
    ("matedata", "2012", [{f"k{n}": "x" for n in range(51)}]),
    ("matedata.k", "2003", [{"k": "x" * 256}, {"k": ["x" * 254]}, {"k": "a\x1bb"}]),
]

WRONG_VALUES: list[tuple[str, str, list[str]]] = [
    ("/status", "2004", ["LOST"]),
    ("/shippingStatus", "2004", ["gone"]),
    ("/carrier", "2003", ["x" * 65]),
    ("/trackingUrl", "2009", ["nowhere", "https://t.example.com/" + "x" * 500]),
    ("/shipmentDate", "2003", ["2025-02-30"]),
    ("/shipmentDirection", "2004", ["BACK"]),
    ("/trackingNumberType", "2004", ["MINE"]),
    ("/matedata/k", "2003", ["x" * 256]),
]


async def test_every_field_of_a_change_is_judged(shop: Shop) -> None:
    """The code, and the field's place first in the message."""
    await sold(shop)
    await shop.call(ADD, parcel())
    for place, code, values in CHANGE_CASES:
        for value in values:
            target = "matedata" if place == "matedata.k" else place
            body = changed(moved("SHIPPED"), target, value)
            content = json.dumps(body).encode()
            headers = {"Authorization": shop.token, "Content-Type": "application/json"}
            answer = (await shop.ask(CHANGE, content=content, headers=headers)).json()
            assert answer["respCode"] == code, f"{place} = {str(value)[:80]}: {answer['respMsg']}"
            if code[0] == "2":
                assert answer["respMsg"].split(":")[0] == place, answer["respMsg"]
    for path, code, wrong in WRONG_VALUES:
        for value in wrong:
            answer = await shop.call(CHANGE, change(("add", path, value)))
            assert (answer["respCode"], answer["respMsg"].split(":")[0]) == (code, "iterms[0].value"), path


async def test_the_words_that_were_meant_are_understood(shop: Shop) -> None:
    """`items` and `metadata` do what `iterms` and `matedata` do, which win where both are there."""
    await sold(shop)
    await shop.call(ADD, parcel())
    body = moved("IN_TRANSIT")
    meant = {"items": body.pop("iterms"), "metadata": {"a": "1"}}
    assert await shop.code(CHANGE, body | meant) == "0000"
    both = body | moved("ON_HOLD") | {"items": 7, "matedata": {"b": "2"}, "metadata": {"c": "3"}}
    assert await shop.code(CHANGE, both) == "0000"
    found = await read(shop)
    assert (found["shippingStatus"], found["matedata"]) == ("ON_HOLD", {"a": "1", "b": "2"})
    wrong = await shop.call(CHANGE, body | {"items": "x"})
    assert (wrong["respCode"], wrong["respMsg"].split(":")[0]) == ("2001", "iterms")


MATEDATA: list[tuple[Any, dict[str, str]]] = [
    ("K-V", {"text": "K-V"}),
    (77, {"text": "77"}),
    (1.50, {"text": "1.5"}),
    (True, {"text": "true"}),
    (["a", 1], {"text": '["a","1"]'}),
    ({"a": 1, "b": True, "c": {"d": "é"}, "e": []}, {"a": "1", "b": "true", "c": '{"d":"é"}', "e": "[]"}),
    ({"a": "", "b": None, " c ": " d "}, {"c": "d"}),
    ({}, {}),
    ("", {}),
    (None, {}),
]


@pytest.mark.parametrize(("sent", "texts"), MATEDATA, ids=json.dumps)
async def test_matedata_of_any_kind_is_kept_as_text(shop: Shop, sent: Any, texts: dict[str, str]) -> None:
    """An object by its keys, everything else under `text`; empty values are none (acceptance 10 among them)."""
    await sold(shop)
    await shop.call(ADD, parcel())
    assert await shop.code(CHANGE, moved("SHIPPED") | {"matedata": sent}) == "0000"
    assert (await read(shop)).get("matedata", {}) == texts


async def test_texts_are_merged(shop: Shop) -> None:
    """New keys join, known ones are replaced, others stay; a path reaches any one of them."""
    await sold(shop)
    await shop.call(ADD, parcel())
    await shop.call(CHANGE, moved("SHIPPED") | {"matedata": {"a": "1", "b": "2"}})
    await shop.call(CHANGE, moved("SHIPPED") | {"matedata": {"b": "3", "c": "4"}})
    iterms = ("replace", "/matedata/a", "5"), ("add", "/matedata/x/y z", "6"), ("add", "/matedata/c", "7")
    await shop.call(CHANGE, change(*iterms))
    assert (await read(shop))["matedata"] == {"a": "5", "b": "3", "c": "7", "x/y z": "6"}


async def test_texts_do_not_pile_up(shop: Shop) -> None:
    """2004 for what would be the 51st key."""
    await sold(shop)
    await shop.call(ADD, parcel())
    full = {f"k{n}": "x" * 255 for n in range(50)}
    assert await shop.code(CHANGE, moved("SHIPPED") | {"matedata": full}) == "0000"
    assert await shop.code(CHANGE, moved("SHIPPED") | {"matedata": {"one": "more"}}) == "2004"
    assert (await read(shop))["matedata"] == full


# --- reading, section 4.14, and the order query, section 4.8 ----------------------------------------------------------


@pytest.mark.parametrize("matedata", [{}, {"a": {"b": [1]}}, "K-V", [], 7, False, None, "x" * 5_000])
async def test_matedata_of_a_reader_is_ignored(shop: Shop, matedata: Any) -> None:
    await sold(shop)
    await shop.call(ADD, parcel())
    assert await shop.code(READ, {"orderNo": ORDER, "trackingNo": "Fb1", "matedata": matedata}) == "0000"


async def test_a_query_shows_the_newest_parcel_that_is_not_canceled(shop: Shop) -> None:
    """In place of what the order itself said, which comes back when every parcel is canceled."""
    await sold(shop, shipping=SHIPPING)

    async def shown() -> tuple[str, str]:
        block = (await shop.query(ORDER))["shipping"]
        told = block["carrier"], block["trackingNo"]
        assert block == {**SHIPPING, "carrier": told[0], "trackingNo": told[1]}, "the rest is as it was sent"
        return told

    assert await shown() == ("Fedex", "202208290000001")
    await shop.call(BATCH, [parcel("Fb1"), parcel("Fb2", carrier="UPS")])
    assert await shown() == ("UPS", "Fb2")
    await shop.call(CHANGE, moved("DELIVERED", "Fb1"))
    assert await shown() == ("UPS", "Fb2")
    await shop.call(CHANGE, moved("CANCELLED", "Fb2"))
    assert await shown() == ("2EBOX", "Fb1")
    await shop.call(ADD, parcel("Fb3", carrier="DHL"))
    await shop.call(CHANGE, moved("CANCELLED", "Fb3"))
    assert await shown() == ("2EBOX", "Fb1")


async def test_an_order_without_an_address_shows_no_parcel(shop: Shop) -> None:
    """The block is there only if it was sent."""
    await sold(shop)
    await shop.call(ADD, parcel())
    assert "shipping" not in await shop.query(ORDER)
