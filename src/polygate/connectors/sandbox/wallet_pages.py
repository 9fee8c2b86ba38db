"""The wallets' side of a payment: the page on which the payer pays, and one that stands in for a wallet's camera."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polygate.connectors.sandbox.acquirer import SandboxAcquirer
from polygate.connectors.sandbox.book import Choice, Entry, State
from polygate.connectors.sandbox.frame import FormTargets, amount_of, away, entry_at, lost, page, words_of
from polygate.connectors.sandbox.replies import WALLET_PAGES
from polygate.connectors.sandbox.wallet_words import WALLET_WORDS, WalletWords
from polygate.connectors.sandbox.wallets import NAMES
from polygate.core.emv_qr import BadCode
from polygate.core.methods import Method

SCAN_PAGE: Final = "/sandbox/scan"

_OUR_LINK: Final = re.compile(r"https?://[^/?#\s]+(/q/[\w-]+)", re.ASCII)
"""Only its path is followed: whatever is scanned, the browser stays here."""


class WalletPages:
    def __init__(self, acquirer: SandboxAcquirer, form_targets: FormTargets) -> None:
        self._acquirer = acquirer
        self._form_targets = form_targets
        path: Final = f"{WALLET_PAGES}/{{merchant:int}}/{{attempt:int}}"
        self.routes: Final = [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.choose, methods=["POST"]),
            Route(SCAN_PAGE, self.hold_up, methods=["GET"]),
            Route(SCAN_PAGE, self.scan, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """What is to be paid, with a button for each way it can end; afterwards, how it ended."""
        entry = await entry_at(request, self._acquirer)
        if entry is None or not entry.method:
            return lost(request, said=_said(request))
        words = _said(request)
        facts = {"entry": entry, "wallet": NAMES[Method(entry.method)], "amount": amount_of(entry)}
        if entry.state == State.AWAITING:
            choices = (Choice.PASS, words.pays), (Choice.FAIL, words.fails), (Choice.CANCEL, words.cancels)
            targets = await self._form_targets(entry)
            return page(request, "wallet.html", targets=targets, content={"said": words, "choices": choices, **facts})
        title, lead = await self._end(entry, words)
        return page(request, "wallet_end.html", content={"said": words, "title": title, "lead": lead, **facts})

    async def choose(self, request: Request) -> Response:
        """Do as the button says and send the browser back; for any other form, show the page again."""
        async with request.form(max_files=0, max_fields=4) as form:
            pressed = form.get("choice")
        entry = await entry_at(request, self._acquirer)
        if entry is not None and entry.method and pressed in tuple(Choice):
            entry = await self._acquirer.choose(entry.merchant_id, entry.attempt_id, entry.key, Choice(str(pressed)))
            if entry is not None and entry.payer_choice == pressed:
                return away(entry.return_url)
        return await self.show(request)

    async def hold_up(self, request: Request) -> Response:
        """A field for the text of a code."""
        return page(request, "scan.html", content={"said": _said(request), "code": "", "unknown": False})

    async def scan(self, request: Request) -> Response:
        """To the payment that the text belongs to."""
        async with request.form(max_files=0, max_fields=4) as form:
            code = str(form.get("code", "")).strip()
        if ours := _OUR_LINK.fullmatch(code):
            return away(ours[1])
        try:
            if found := await self._acquirer.scan(code):
                return away(found)
        except BadCode:
            pass  # It may be anything; which rule it breaks helps nobody with a camera.
        return page(request, "scan.html", status=422, content={"said": _said(request), "code": code, "unknown": True})

    async def _end(self, entry: Entry, words: WalletWords) -> tuple[str, str]:
        if entry.state == State.APPROVED and not await self._acquirer.is_reversed(entry):
            return words.paid_title, words.paid
        if entry.payer_choice == Choice.FAIL:
            return words.failed_title, words.failed
        if entry.payer_choice == Choice.CANCEL:
            return words.canceled_title, words.canceled
        return words.closed_title, words.closed


def _said(request: Request) -> WalletWords:
    return WALLET_WORDS[words_of(request).language]
