"""The reference of the Channel API: its OpenAPI document, how to encrypt, and what is to be known besides."""

from __future__ import annotations

import json
from typing import Final

from polygate.protocols.channel import webhook
from polygate.protocols.channel.door import BODY_MAX_BYTES, PREFIX
from polygate.protocols.channel.errors import Code
from polygate.protocols.channel.openapi import document, operation_id
from polygate.protocols.channel.samples import SAMPLES, Call
from polygate.protocols.channel.snippets import snippets, starts
from polygate.protocols.channel.states import ProcessCode
from polygate.protocols.contract import ApiReference, Chapter, Example, Table
from polygate.protocols.documenting.printed import durations

TITLE: Final = "Channel API"
ABOUT: Final = (
    "Collections and payouts, as JSON that is encrypted with the merchant's access key. `code` 0 means that a call was "
    "carried out; where an order stands is in `processCode`."
)

_MEANINGS: Final = {
    ProcessCode.PENDING: ("Waits for the payer, or to be sent.", "no"),
    ProcessCode.CONFIRMED: ("The payer says to have paid, or the bank has the payout.", "no"),
    ProcessCode.COMPLETED: ("Paid.", "yes, but a payout may come back"),
    ProcessCode.FAILED: ("Failed, canceled, or not paid in time.", "yes"),
    ProcessCode.REVERSED: ("A payout that was paid has come back.", "yes"),
}


def reference(base_url: str) -> ApiReference:
    return ApiReference(
        title=TITLE,
        about=ABOUT,
        document=document(base_url, title=TITLE, about=ABOUT),
        examples={operation_id(sample.path): (_example(sample),) for sample in SAMPLES},
        before=(_start(base_url), _input()),
        after=(_callbacks(), _states(), _codes()),
        decline_codes={},
    )


def _example(sample: Call) -> Example:
    return Example(sample.title, snippets(sample), json.dumps(sample.answer, indent=2), sample.after)


def _start(base_url: str) -> Chapter:
    return Chapter(
        "Before the first call",
        (
            "Encrypted calls (V2) send the merchant's number in `Authorization` and prove with their `data` who sends "
            "them. Plain calls (V1) send the access key itself instead, and in the clear what would be encrypted. The "
            "key's 32 characters are its 32 bytes: they are not hex-decoded.",
            "The cipher is AES-256 in ECB mode, which hides no repeated block and proves little. Use TLS, and let the "
            "operator list the addresses that your calls come from.",
        ),
        snippets=starts(base_url, PREFIX),
    )


def _input() -> Chapter:
    return Chapter(
        "How calls are read",
        (
            f"Bodies are JSON objects in UTF-8, at most {BODY_MAX_BYTES // 1024} KiB. Types are strict: an amount is a "
            "JSON number and never a text. Amounts are read and written digit by digit, so nothing is lost to binary "
            "fractions. Members that are not known are ignored.",
            "A `sourceNo` is used once: repeated, it is refused whatever the rest says, and the query tells what "
            "became of the first. Collections and payouts count apart.",
        ),
    )


def _callbacks() -> Chapter:
    tries = durations(webhook.RETRY_DELAYS_S)
    return Chapter(
        "Receiving callbacks",
        (
            "An order that ends is told by a `POST` with `sourceNo` and encrypted `data`; a payout that comes back is "
            f"told once more. Answer with status 200 within {webhook.TIMEOUT_S:.0f} seconds, whatever the body; any "
            f"other answer is tried again after {tries}. Each try is encrypted with the key of that moment.",
            "There is no signature. Decrypt `data`, compare its `merchantSourceNo` with the outer `sourceNo`, and "
            "query the order before you move money: the blocks of a message can be rearranged.",
        ),
    )


def _states() -> Chapter:
    rows = ((f"`{code.value}`", about, final) for code, (about, final) in _MEANINGS.items())
    return Chapter("States", tables=(Table(("`processCode`", "Means", "Final"), tuple(rows)),))


def _codes() -> Chapter:
    rows = ((f"`{code.code}`", str(code.http_status), code.message) for code in Code)
    return Chapter("Codes", tables=(Table(("`code`", "HTTP", "`errorDesc`"), tuple(rows)),))
