"""Merchant API: the credentials of a call, and the values that a notification's sign is made of (2.1 and 7.4)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from polygate.console.checks.found import Found, Pasted, Report, compared, finding, which_secret
from polygate.console.visit import Visit
from polygate.core.cards import Secret
from polygate.core.masking import masked_text
from polygate.operations.credentials import fitting, live_merchant_secrets
from polygate.protocols.merchant import is_signed, notification_signature, signed_values


async def check(visit: Visit, pasted: Pasted) -> Report:
    live = live_merchant_secrets(visit.context, visit.merchant)
    findings = [_credentials(visit, pasted, live)] if pasted.header("authorization") else []
    try:
        members: Any = msgspec.json.decode(pasted.body or "{}")
    except (msgspec.DecodeError, UnicodeError):
        return Report((*findings, finding(visit, "bad", "body_no_json")))
    if not isinstance(members, dict):
        return Report((*findings, finding(visit, "bad", "body_no_object")))
    if "sign" not in members:
        return Report((*findings, finding(visit, "info" if findings else "bad", "no_sign")))
    try:
        values = signed_values(members)
    except ValueError:
        return Report((*findings, finding(visit, "bad", "fraction")))
    right = fitting(live, lambda secret: is_signed(members, secret))
    findings.append(compared(visit, notification_signature(members, right or live[0]), str(members["sign"])))
    if right:
        findings.append(which_secret(visit, live, right))
    else:
        findings.append(finding(visit, "bad", "values_differ", visit.words("signature.values_why")))
    shown = tuple((name, masked_text(value)) for name, value in values)
    return Report(tuple(findings), (*shown, (visit.words("signature.line_secret"), "***")))


def _credentials(visit: Visit, pasted: Pasted, live: tuple[Secret, ...]) -> Found:
    scheme, _, encoded = pasted.header("authorization").partition(" ")
    try:
        number, colon, key = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return finding(visit, "bad", "basic_malformed")
    if scheme.lower() != "basic" or not colon:
        return finding(visit, "bad", "basic_malformed")
    if number != visit.merchant.merchant_no:
        return finding(visit, "bad", "basic_other_number", number=masked_text(number[:64]))
    fits = fitting(live, lambda secret: secret == Secret(key))
    return which_secret(visit, live, fits) if fits else finding(visit, "bad", "basic_wrong_key")
