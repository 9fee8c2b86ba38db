"""The reference of the Merchant API: its OpenAPI document, runnable examples, and what is to be known besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.protocols.contract import ApiReference, Chapter, Example, Table
from polygate.protocols.documenting.printed import by_operation, durations, json_text
from polygate.protocols.documenting.samples import Sample
from polygate.protocols.merchant import webhook
from polygate.protocols.merchant.bodies import METHODS
from polygate.protocols.merchant.door import BODY_MAX_BYTES
from polygate.protocols.merchant.errors import Code
from polygate.protocols.merchant.openapi import document, operation_id
from polygate.protocols.merchant.samples import SAMPLES
from polygate.protocols.merchant.schemas import PAGE_MOST
from polygate.protocols.merchant.snippets import CHECKS, curl, curl_start, python, python_start
from polygate.protocols.merchant.states import DECLINED

TITLE: Final = "Merchant API"
ABOUT: Final = (
    "Hosted checkout, card payments, subscriptions and refunds, with HTTP Basic on every call. The outcome is in "
    "`code`; whether a payment succeeded is told for good by the `code` of its notification."
)
_APPEARS: Final[Mapping[Code, str]] = {
    Code.APPROVED: "payments, searches, notifications",
    Code.DECLINED: "payments, searches, notifications",
    Code.PENDING: "payments, searches",
    Code.CLOSED: "searches, notifications",
    Code.REFUND_ACCEPTED: "refunds, searches",
    Code.REFUNDED: "refunds, searches, notifications",
    Code.REFUND_FAILED: "refunds that failed or are refused, searches, notifications",
    Code.FOUND: "list searches",
    Code.NOT_FOUND: "searches that are refused, or find nothing by a number",
    Code.UPLOADED: "tracking",
    Code.NOT_UPLOADED: "tracking that is refused",
    Code.NOT_ACTIVE: "any call of a merchant who is disabled",
    Code.REDIRECT: "new transactions",
    Code.FAILED: "calls that cannot be read (HTTP 400, 405, 413, 415, 429); an order that is paid already",
    Code.UNAUTHORIZED: "any call, with HTTP 401",
    Code.NO_SUCH_INTERFACE: "paths that there are not, with HTTP 404",
    Code.BAD_PARAMETER: "new transactions",
    Code.NUMBER_TAKEN: "new transactions",
    Code.SYSTEM_ERROR: "any call, with HTTP 500",
}


def reference(base_url: str) -> ApiReference:
    return ApiReference(
        title=TITLE,
        about=ABOUT,
        document=document(base_url, title=TITLE, about=ABOUT),
        examples=by_operation((operation_id(sample.call), _example(sample)) for sample in SAMPLES),
        before=(_start(base_url), _input()),
        after=(_subscriptions(), _notifications(), _test_mode(), _methods(), _codes()),
        decline_codes=DECLINED,
    )


def _example(sample: Sample) -> Example:
    shown = {"curl": curl(sample), "Python": python(sample)}
    return Example(sample.title, shown, json_text(sample.answer), sample.after)


def _start(base_url: str) -> Chapter:
    return Chapter(
        "Before the first call",
        (
            "Put the merchant's number, its secret key and the app's number into the environment, as in "
            "`export MERCHANT_NO=... SECRET_KEY=... APP_ID=...`; `polygate demo` prints all three. Then run one of "
            "these, once in each terminal: all examples on this page rest on it.",
        ),
        snippets={"curl": curl_start(base_url), "Python": python_start(base_url)},
    )


def _input() -> Chapter:
    return Chapter(
        "How calls are read",
        (
            f"Bodies are JSON in UTF-8, at most {BODY_MAX_BYTES // 1024} KiB, with `Content-Type: application/json`. "
            "Missing, `null` and empty mean the same. Identifiers may be whole numbers, amounts numbers or texts; no "
            "digit of an amount is lost, and zeros at its end do not count. The first field that is wrong is named in "
            "`message`. Fields that are not known are ignored.",
            "A `transactionId` is used once for ever; several of them may share an `orderId`, and at most one of those "
            "succeeds. Once one has, the others are closed with 103, and whatever a bank still takes for them goes "
            "back. What is refused leaves its number free.",
            f"Searches list {PAGE_MOST} rows of a page at most, within a month, and only the caller's own.",
        ),
    )


def _subscriptions() -> Chapter:
    return Chapter(
        "Subscriptions",
        (
            "The first charge is made at once. Later ones have the same amount, at its time and some cycles later; a "
            "month that lacks the day has its last day instead. Each is a transaction of its own: its `transactionId` "
            "is that of the first with `-2`, `-3` and so on behind it, and is told like any other, with "
            "`originalUniqueId` and `subscriptionIndex` besides.",
            "A decline does not end a subscription, three in a row do. The operator can cancel one.",
        ),
    )


def _notifications() -> Chapter:
    tries = durations(webhook.RETRY_DELAYS_S)
    return Chapter(
        "Receiving notifications",
        (
            "The end of every transaction and refund, and every chargeback, is told by a `POST` to the "
            f"transaction's `notificationUrl`. Answer with status 200 within {webhook.TIMEOUT_S:.0f} seconds, whatever "
            f"the body; after any other answer it comes again, the same to the byte, {tries} after the first failure. "
            "It may come twice, and in any order.",
            "`sign` is the SHA-256 of the values of all members, in the order of their names and one behind the other, "
            "and the secret key at the end; `sign` itself and what is empty do not count. The key is the one of the "
            "moment of the event. Compare without regard to case, and do not rely on a fixed list of members.",
            "The browser comes back to `callbackUrl` with `code` and a `sign` of the same kind. That is for the page "
            "it shows, and no proof of payment.",
        ),
        snippets=CHECKS,
    )


def _test_mode() -> Chapter:
    rows = (
        ("`001` to `599`", "100, approved"),
        ("`600` to `699`", "102, pending; approved after a while"),
        ("`700` to `799`", "301, a simulated page of 3-D Secure"),
        ("`800` to `999`, `000`", "101, declined"),
    )
    return Chapter(
        "Test mode",
        (
            "Apps in test mode have `isTest`, and no real bank hears of their payments. The last three digits of the "
            "security code decide, with any card; `4300 0000 0000 0000` is a good one. Renewals have no code, and are "
            "decided by the card's number as the list of test cards says. A refund whose `remark` is `FAIL` fails.",
        ),
        tables=(Table(("Security code", "Outcome"), rows),),
    )


def _methods() -> Chapter:
    rows = tuple((f"`{name}`", method.value) for name, method in METHODS.items())
    return Chapter("Payment methods", tables=(Table(("`transactionMethod`", "In the operator's settings"), rows),))


def _codes() -> Chapter:
    rows = tuple((f"`{code.value}`", code.message, _APPEARS[code]) for code in Code)
    return Chapter("Codes", tables=(Table(("`code`", "`message`", "In"), rows),))
