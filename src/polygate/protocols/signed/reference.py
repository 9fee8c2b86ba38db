"""The reference of the Signed API: its OpenAPI document, runnable examples, and what is to be known besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from polygate.protocols.contract import ApiReference, Chapter, Example, Table
from polygate.protocols.documenting.printed import by_operation, durations, json_text
from polygate.protocols.documenting.samples import Sample
from polygate.protocols.signed import states, webhook
from polygate.protocols.signed.documentation import snippets
from polygate.protocols.signed.documentation.openapi import document, operation_id
from polygate.protocols.signed.documentation.samples import SAMPLES
from polygate.protocols.signed.door import BODY_MAX_BYTES, PREFIXES
from polygate.protocols.signed.errors import Code
from polygate.protocols.signed.methods import COUNTRIES, PAY_TYPES
from polygate.protocols.signed.signature import CLOCK_WINDOW_MS

TITLE: Final = "Signed API"
ABOUT: Final = (
    "Local payments, payouts, refunds and balances, as JSON over `POST`; calls, answers and notifications are signed. "
    "`code` `OK` means that a call was carried out; where a payment or payout stands is in `data.status`."
)

_PAYMENT_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "PROCESSING": ("Waits for the payer or the channel.", "no"),
    "PAID": ("The money was received; refunds do not change that.", "yes"),
    "FAILED": ("Refused by the channel.", "yes"),
    "CANCELLED": ("The payer gave up.", "yes"),
    "EXPIRED": ("Not paid in time.", "yes, but money that comes late makes it `PAID`"),
}
_PAYOUT_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "PROCESSING": ("Accepted; the balance holds amount and fee.", "no"),
    "PAID": ("The payee has the money.", "yes"),
    "FAILED": ("Not paid; the money is back in the balance.", "yes"),
}
_REFUND_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "PROCESSING": ("Accepted; the balance holds the amount.", "no"),
    "REFUNDED": ("The payer has the money.", "yes"),
    "FAILED": ("Not refunded; the money is back in the balance.", "yes"),
}


def reference(base_url: str) -> ApiReference:
    return ApiReference(
        title=TITLE,
        about=ABOUT,
        document=document(base_url, title=TITLE, about=ABOUT),
        examples=by_operation((operation_id(sample.path), _example(sample)) for sample in SAMPLES),
        before=(_start(base_url), _signing(), _input()),
        after=(_notifications(), _return(), _states(), _countries(), _codes()),
        decline_codes={},
    )


def _example(sample: Sample) -> Example:
    shown = {"curl": snippets.curl(sample), "Python": snippets.python(sample)}
    return Example(sample.title, shown, json_text(sample.answer), sample.after)


def _start(base_url: str) -> Chapter:
    return Chapter(
        "Before the first call",
        (
            "Put the app's credentials into the environment, as in `export APP_ID=086666075137001 APP_SECRET=...`; "
            "`polygate demo` prints both. Then run one of these, once in each terminal: all examples on this page rest "
            "on it.",
        ),
        snippets=snippets.starts(base_url + PREFIXES[0]),
    )


def _signing() -> Chapter:
    return Chapter(
        "How to sign",
        (
            "`sign` is the SHA-256, in hex, of seven lines, each ended by one line feed, also the last: appId, "
            "appSecret, method, URL, timestamp, nonce, body. The URL is the full one as you call it, with the prefix "
            "that you call. The body is the very bytes you send: do not write the JSON anew after signing it.",
            f"A timestamp may be {CLOCK_WINDOW_MS // 1_000} seconds off. A nonce is good for one call: sign anew to "
            "try again. Answers with HTTP 200 are signed alike, with the method and URL of the question and their own "
            "timestamp and nonce; notifications with `POST` and your `notifyUrl`, exactly as you sent it.",
            "Live apps are served over HTTPS only, apps in test mode over plain HTTP too.",
        ),
    )


def _input() -> Chapter:
    return Chapter(
        "How calls are read",
        (
            f"Both prefixes, `{PREFIXES[0]}` and `{PREFIXES[1]}`, do the same. Bodies are JSON objects in UTF-8, at "
            f'most {BODY_MAX_BYTES // 1024} KiB. Missing, `null` and `""` mean the same; blanks around a text are cut '
            "off before its length counts. A number or a boolean does where a text is asked for. Types and currencies "
            "match in any case. Fields that are not known are ignored.",
            "The first fault is the answer: signature, JSON, fields in their order, rules. `errorMessage` names the "
            "field; it is for people, so do not parse it.",
            "A number is used once for each app, and apart for payments, payouts and refunds. The same number with the "
            "same amount, currency and method gives what there is already, and nothing is done twice; with anything "
            "else it is `Duplicated`. A call that was refused leaves its number free, but for the two `Rejected`.",
        ),
    )


def _notifications() -> Chapter:
    tries = durations(webhook.RETRY_DELAYS_S)
    return Chapter(
        "Receiving notifications",
        (
            "The end of a payment or payout is told by a signed `POST` to its `notifyUrl`, that of a refund only if it "
            "has one of its own. `data` is what a query answers. Trades that are refused inside their own call are not "
            "told again.",
            f'Answer with 2xx and `{{"code": "OK"}}` within {webhook.TIMEOUT_S:.0f} seconds; anything else is tried '
            f"again after {tries}. The body stays the same, timestamp, nonce and signature are new on each try. One "
            "may arrive twice. A newer state replaces an older one that was not received.",
        ),
    )


def _return() -> Chapter:
    return Chapter(
        "The payer's way back",
        (
            "At the end the payer's browser is sent to `returnUrl` with `paymentNo`, `merchantTradeNo`, `amount`, "
            "`currency`, `status`, and `merchantAttach` if there is one, then `appId`, `timestamp`, `nonce` and "
            "`sign`. Signed are `GET`, the `returnUrl` as you sent it, and as the body the query from `paymentNo=` up "
            "to `&appId=`. Browsers get lost: only a notification or a query counts.",
        ),
    )


def _states() -> Chapter:
    tables = (
        _state_table("payments", _PAYMENT_STATES),
        _state_table("payouts", _PAYOUT_STATES),
        _state_table("refunds", _REFUND_STATES),
    )
    return Chapter("States", tables=tables)


def _state_table(whose: str, meanings: Mapping[str, tuple[str, str]]) -> Table:
    rows = ((f"`{name}`", about, final) for name, (about, final) in meanings.items())
    return Table((f"`status` of {whose}", "Means", "Final"), tuple(rows))


def _countries() -> Chapter:
    def listed(names: tuple[str, ...]) -> str:
        return ", ".join(f"`{name}`" for name in names)

    paid = {
        currency: tuple(name for name, kind in PAY_TYPES.items() if kind.currency == currency) for currency in COUNTRIES
    }
    rows = (
        (country, f"`{currency}`", listed(paid[currency]), listed(payouts))
        for currency, (country, payouts) in COUNTRIES.items()
    )
    return Chapter("Countries", tables=(Table(("Country", "Currency", "Payments", "Payouts"), tuple(rows)),))


def _codes() -> Chapter:
    reasons = {**states.PAYMENT_REASONS, **states.PAYOUT_REASONS, **states.REFUND_REASONS}
    return Chapter(
        "Codes",
        ("The `code` of an answer, and the `errorCode` of a trade that did not succeed.",),
        (
            Table(
                ("`code`", "HTTP", "`errorMessage`, unless a field is named"),
                tuple((f"`{code.code}`", str(code.http_status), code.message) for code in Code),
            ),
            Table(("`errorCode`", "`errorInfo`"), tuple((f"`{code}`", about) for code, about in reasons.items())),
        ),
    )
