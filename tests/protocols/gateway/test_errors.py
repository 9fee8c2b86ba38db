"""The `respCode` table and the words for what the core and the acquirers say."""

from __future__ import annotations

import pytest

from polygate.core.outcomes import ABOUT_RECEIVERS, Decline
from polygate.core.refusals import Reason
from polygate.protocols.gateway.errors import DECLINED, REFUSED, Code, Rejected
from polygate.protocols.gateway.reading import CHECK_ORDER, CODES

PUBLISHED = """
    0000 1001 1002 1003 1004 1005 1006 1007
    2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012
    3001 3002 3003 3004 3005 3006 3007 3008 3009 3010 3011 3012 3013 3014 3020 3021 3022 3023 3030 3031
    4001 4002 4003 4004 4005 4006 4007 4008 4009 4010 4011 4012 4013 4014
    9001 9002 9003 9404 9405 9413 9415 9429
"""


def test_the_table_has_exactly_the_published_codes() -> None:
    """A code outside the published list would mean nothing to a merchant, and none of it may be lost."""
    assert [code.code for code in Code] == PUBLISHED.split()


def test_http_status_follows_the_class_of_the_code() -> None:
    """Business errors and declines travel with 200; only access, transport and our own faults have a status."""
    by_status = {status: [row.code for row in Code if row.http_status == status] for status in (401, 403, 500, 503)}
    assert by_status == {
        401: ["1001", "1002", "1003", "1004"],
        403: ["1005", "1006", "1007"],
        500: ["9001"],
        503: ["9003"],
    }
    for row in Code:
        if row.code[0] in "0234":
            assert row.http_status == 200
        if row.code[:2] == "94":
            assert row.http_status == int(row.code[1:])
    assert Code.NO_ANSWER_YET.http_status == 200


def test_every_row_has_a_short_message_of_its_own() -> None:
    """Messages are for people: present, one line, and different for every code."""
    messages = [row.message for row in Code]
    assert all(message and message.isprintable() and len(message) < 80 for message in messages)
    assert len(set(messages)) == len(messages)


ELSEWHERE = {
    Reason.BALANCE_TOO_SMALL,
    Reason.PAYOUT_NOT_NOW,
    Reason.SUBSCRIPTION_OVER,
    Reason.GROUP_PAID,
    Reason.CHARGEBACK_NOT_NOW,
    Reason.CHARGEBACK_TOO_LARGE,
    Reason.CHARGEBACK_TAKEN,
}
"""What is refused to callers of other APIs, and to operators."""


def test_every_refusal_has_a_code() -> None:
    """A new reason of the core cannot be forgotten here, and none of them tells of an order that was made."""
    assert set(REFUSED) == set(Reason) - ELSEWHERE
    assert all(row.code[0] in "1239" for row in REFUSED.values())


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.NOT_FOUND, "3001"),
        (Reason.ORDER_TAKEN, "3002"),
        (Reason.DIFFERENT_ORDERS, "3003"),
        (Reason.CAPTURE_NOT_NOW, "3004"),
        (Reason.CAPTURE_TOO_LARGE, "3005"),
        (Reason.ALREADY_CAPTURED, "3006"),
        (Reason.AUTHORIZATION_TOO_OLD, "3007"),
        (Reason.VOID_NOT_NOW, "3008"),
        (Reason.SESSION_CLOSED, "3009"),
        (Reason.REFUND_NOT_NOW, "3010"),
        (Reason.REFUND_TOO_LARGE, "3011"),
        (Reason.REFUND_NUMBER_TAKEN, "3012"),
        (Reason.REFUND_TOO_LATE, "3013"),
        (Reason.REFUND_NOT_FOUND, "3014"),
        (Reason.METHOD_NOT_ENABLED, "1006"),
        (Reason.TRACKING_NOT_NOW, "3020"),
        (Reason.TRACKING_NOT_FOUND, "3021"),
        (Reason.TRACKING_TAKEN, "3022"),
        (Reason.TRACKING_CHANGE_NOT_ALLOWED, "3023"),
        (Reason.TRACKING_DATA_NOT_ALLOWED, "2004"),
        (Reason.ADDRESS_NOT_ALLOWED, "1007"),
        (Reason.BUSY, "9003"),
    ],
)
def test_a_refusal_is_told_by_its_published_code(reason: Reason, code: str) -> None:
    assert REFUSED[reason].code == code


def test_every_decline_has_a_code_of_its_own() -> None:
    """All declines are told, none is told by another's code, and no 4xxx row is without a decline."""
    assert set(DECLINED) == set(Decline) - ABOUT_RECEIVERS
    assert sorted(row.code for row in DECLINED.values()) == [row.code for row in Code if row.code.startswith("4")]


@pytest.mark.parametrize(
    ("decline", "code"),
    [
        (Decline.NO_REASON, "4001"),
        (Decline.INSUFFICIENT_FUNDS, "4002"),
        (Decline.EXPIRED_CARD, "4003"),
        (Decline.WRONG_SECURITY_CODE, "4004"),
        (Decline.LOST_OR_STOLEN, "4005"),
        (Decline.NOT_PERMITTED, "4006"),
        (Decline.OVER_LIMIT, "4007"),
        (Decline.AUTHENTICATION_FAILED, "4008"),
        (Decline.AUTHENTICATION_REQUIRED, "4009"),
        (Decline.SUSPECTED_FRAUD, "4010"),
        (Decline.ADDRESS_MISMATCH, "4011"),
        (Decline.CANCELED_BY_PAYER, "4012"),
        (Decline.WRONG_CODE, "4013"),
        (Decline.UNREACHABLE, "4014"),
    ],
)
def test_a_decline_is_told_by_its_published_code(decline: Decline, code: str) -> None:
    assert DECLINED[decline].code == code


def test_the_check_order_places_every_shape_code() -> None:
    """Each 2xxx code belongs to exactly one step of the check order, or a fault could not be ranked."""
    placed = [fault for row in CHECK_ORDER for fault in row]
    assert sorted(CODES[fault].code for fault in placed) == [row.code for row in Code if row.code.startswith("2")]


def test_a_rejection_without_words_of_its_own_says_what_its_code_means() -> None:
    rejected = Rejected(Code.WRONG_SHAPE)
    assert rejected.said == Code.WRONG_SHAPE.message
    assert rejected.fields == {}
