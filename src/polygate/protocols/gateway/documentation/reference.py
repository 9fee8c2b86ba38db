"""The reference of the Gateway API: its OpenAPI document, runnable examples, and what is to be known besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.protocols.contract import ApiReference, Chapter, Example, Table
from polygate.protocols.documenting.printed import by_operation, durations, json_text
from polygate.protocols.documenting.samples import Sample
from polygate.protocols.gateway import descriptions, webhook
from polygate.protocols.gateway.documentation.openapi import document, operation_id
from polygate.protocols.gateway.documentation.responses import Call
from polygate.protocols.gateway.documentation.samples import SAMPLES
from polygate.protocols.gateway.documentation.snippets import curl, curl_start, python, python_start
from polygate.protocols.gateway.door import BODY_MAX_BYTES, PREFIX
from polygate.protocols.gateway.errors import DECLINED, Code
from polygate.protocols.gateway.routes import ENDPOINTS
from polygate.protocols.gateway.states import EVENTS, ORDER_STATES, REFUND_STATES, Meaning

TITLE: Final = "Gateway API"
ABOUT: Final = (
    "Access tokens, and JSON over `POST`. `respCode` `0000` means that a request was carried out; whether a payment "
    "succeeded stands in `orderStatus`."
)
LENIENT: Final = (
    "The schemas say what to send. More is understood: numbers and booleans where texts are asked for, any letter case "
    "in enumerations and in codes of currencies and countries, blanks around a text, and fields that are not known."
)
CURL: Final = "curl"
PYTHON: Final = "Python"


def calls() -> Mapping[str, Call]:
    """Every endpoint by its path below the prefix, in the order of the page."""
    token = {"connect/token": Call(descriptions.TOKEN, (), ())}
    return token | {path: Call(each.about, each.echoes, each.lists) for path, each in ENDPOINTS.items()}


def reference(base_url: str) -> ApiReference:
    return ApiReference(
        title=TITLE,
        about=ABOUT,
        document=document(calls(), base_url=base_url, prefix=PREFIX, title=TITLE, about=f"{ABOUT} {LENIENT}"),
        examples=by_operation((operation_id(sample.path), _example(sample)) for sample in SAMPLES),
        before=(_start(base_url), _input()),
        after=(_notifications(), _states(), _codes()),
        decline_codes={why: code.code for why, code in DECLINED.items()},
        no_answer_code=Code.NO_ANSWER_YET.code,
    )


def _example(sample: Sample) -> Example:
    shown = {CURL: curl(sample), PYTHON: python(sample)}
    return Example(sample.title, shown, json_text(sample.answer), sample.after)


def _start(base_url: str) -> Chapter:
    return Chapter(
        "Before the first call",
        (
            "Put the app's credentials into the environment, as in `export APP_ID=086666075137001 APP_SECRET=...`; "
            "`polygate demo` prints both. Then run one of these, once in each terminal: all examples on this page rest "
            "on it, and on the access token that the first call gets.",
        ),
        snippets={CURL: curl_start(base_url, PREFIX), PYTHON: python_start(base_url, PREFIX)},
    )


def _input() -> Chapter:
    return Chapter(
        "How requests are read",
        (
            f'Bodies are JSON in UTF-8, at most {BODY_MAX_BYTES // 2**20} MiB. Missing, `null` and `""` mean the '
            "same. Blanks around a text are cut off, and lengths count the characters that are left. Where a text is "
            "asked for, a number or a boolean does as well; amounts lose no digit on the way. Values of enumerations "
            "match in any case. Fields that are not known are ignored, at every level.",
            "The first failure is the answer: token, shape of the body, required fields, formats, values, state of the "
            "order, acquirer. A refusal repeats the order's fields as they were sent. `respMsg` names the field; it "
            "is for people, so do not parse it.",
            "All clock values are in UTC+08:00. Fields without a value are left out of answers.",
        ),
    )


def _states() -> Chapter:
    return Chapter(
        "States",
        ("An order stands in `orderStatus`, a refund in `refundStatus`; `lastEvent` says what to do next.",),
        (
            _state_table("orderStatus", ORDER_STATES),
            Table(("`lastEvent`", "What to do"), tuple((f"`{event}`", about) for event, about in EVENTS.items())),
            _state_table("refundStatus", REFUND_STATES),
        ),
    )


def _state_table(field: str, states: Mapping[str, Meaning]) -> Table:
    rows = ((f"`{name}`", state.about, "yes" if state.final else "no") for name, state in states.items())
    return Table((f"`{field}`", "Means", "Final"), tuple(rows))


def _codes() -> Chapter:
    rows = ((f"`{code.code}`", str(code.http_status), code.message) for code in Code)
    return Chapter(
        "Codes",
        (
            "1xxx to 3xxx: nothing new was made, nothing was charged, and the `orderNo` stays free. 4xxx: an order "
            "exists and was not paid. 9002: the outcome is not known yet, so query the order.",
        ),
        (Table(("`respCode`", "HTTP", "`respMsg`, unless a field is named"), tuple(rows)),),
    )


def _notifications() -> Chapter:
    tries = durations(webhook.RETRY_DELAYS_S)
    return Chapter(
        "Receiving notifications",
        (
            "A notification is a `POST` with a signed JSON body, sent whenever an order becomes `authorized`, "
            "`successed`, `failed`, `canceled` or `expired`, and when a refund ends. Answer with any 2xx within "
            f"{webhook.TIMEOUT_S:.0f} seconds; otherwise it is tried again after {tries}. The body stays the same on "
            "every try, timestamp, nonce and signature are new. One may arrive twice, or out of order: `notifyId` "
            "tells them apart.",
            "`X-Sign` is the HMAC-SHA256 of timestamp, line feed, nonce, line feed and the body's bytes, under the "
            "app's secret, in hex. Refuse timestamps that are more than five minutes off.",
        ),
        snippets={PYTHON: VERIFICATION},
    )


VERIFICATION: Final = '''\
import hashlib
import hmac


def is_genuine(secret, headers, body):
    """Whether a notification, its body as bytes, comes from the gateway."""
    message = f"{headers['X-Timestamp']}\\n{headers['X-Nonce']}\\n".encode() + body
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers["X-Sign"])'''
