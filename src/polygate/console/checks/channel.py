"""Channel API: who is named, and at which step the envelope does not open (sections 3 and 4)."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from polygate.console.checks.found import Found, Pasted, Report, finding, which_secret
from polygate.console.visit import Visit
from polygate.core.cards import Secret
from polygate.core.masking import masked_body
from polygate.operations.credentials import live_access_keys, merchant_with_key
from polygate.protocols.channel import InvalidData, decrypt, decrypt_object

_BLOCK_BYTES: Final = 16


async def check(visit: Visit, pasted: Pasted) -> Report:
    findings = [await _caller(visit, pasted)]
    try:
        body: Any = msgspec.json.decode(pasted.body)
    except (msgspec.DecodeError, UnicodeError):
        return Report((*findings, finding(visit, "bad", "body_no_json")))
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, str) or not data:
        return Report((*findings, finding(visit, "info", "no_data")))
    if fault := _outer_fault(visit, data):
        return Report((*findings, fault))
    findings.append(finding(visit, "good", "data_blocks"))
    try:
        live = live_access_keys(visit.context, visit.merchant)
    except LookupError:
        return Report((*findings, finding(visit, "bad", "no_access_key")))
    opened = [(key, text) for key in live if (text := _opened(data, key)) is not None]
    if not opened:
        return Report((*findings, finding(visit, "bad", "not_decrypted", visit.words("signature.not_decrypted_why"))))
    key, text = opened[0]
    findings.append(which_secret(visit, live, key))
    parts = ((visit.words("signature.decrypted"), masked_body(text.encode())),)
    try:
        decrypt_object(data, key)
    except InvalidData:
        return Report((*findings, finding(visit, "bad", "data_no_object")), parts)
    return Report((*findings, finding(visit, "good", "data_object")), parts)


async def _caller(visit: Visit, pasted: Pasted) -> Found:
    shown = pasted.all("authorization")
    if len(shown) != 1:
        return finding(visit, "bad", "authorization_once", count=len(shown))
    if shown[0] == visit.merchant.merchant_no:
        return finding(visit, "good", "names_merchant")
    whose = await merchant_with_key(visit.context, Secret(shown[0]))
    if whose is not None and whose.merchant_id == visit.merchant_id:
        return finding(visit, "good", "shows_access_key")
    return finding(visit, "bad", "names_nobody")


def _outer_fault(visit: Visit, data: str) -> Found | None:
    try:
        sealed = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return finding(visit, "bad", "data_no_base64")
    if not sealed or len(sealed) % _BLOCK_BYTES:
        return finding(visit, "bad", "data_no_blocks", size=len(sealed))
    return None


def _opened(data: str, key: Secret) -> str | None:
    try:
        return decrypt(data, key)
    except InvalidData:
        return None
