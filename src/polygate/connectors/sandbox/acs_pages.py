"""The issuer's authentication page: a challenge with its buttons, or a check that passes unseen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polygate.connectors.sandbox.acquirer import SandboxAcquirer
from polygate.connectors.sandbox.book import Choice, Entry, State
from polygate.connectors.sandbox.frame import FormTargets, amount_of, away, entry_at, lost, page, words_of
from polygate.connectors.sandbox.replies import ACS_PAGES, is_challenged
from polygate.connectors.sandbox.scenarios import SCENARIOS


class AcsPages:
    def __init__(self, acquirer: SandboxAcquirer, form_targets: FormTargets) -> None:
        self._acquirer = acquirer
        self._form_targets = form_targets
        path: Final = f"{ACS_PAGES}/{{merchant:int}}/{{attempt:int}}"
        self.routes: Final = [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.choose, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The challenge; without one, or after the first choice, straight back."""
        entry = await entry_at(request, self._acquirer)
        if entry is None or entry.method:
            return lost(request)
        if entry.state == State.AWAITING and not entry.payer_choice:
            if is_challenged(entry):
                return _challenge(request, entry, await self._form_targets(entry))
            await self._acquirer.choose(entry.merchant_id, entry.attempt_id, entry.key, Choice.PASS)
        return away(entry.return_url)

    async def choose(self, request: Request) -> Response:
        """Record the button that was pressed and send the browser back; for any other form, show the page again."""
        async with request.form(max_files=0, max_fields=4) as form:
            pressed = form.get("choice")
        if pressed not in tuple(Choice):
            return await self.show(request)
        entry = await entry_at(request, self._acquirer)
        if entry is None or entry.method:
            return lost(request)
        await self._acquirer.choose(entry.merchant_id, entry.attempt_id, entry.key, Choice(str(pressed)))
        return away(entry.return_url)


def _challenge(request: Request, entry: Entry, targets: tuple[str, ...]) -> Response:
    words = words_of(request)
    cancel = ((Choice.CANCEL, words.cancels),) if SCENARIOS[entry.scenario].may_cancel else ()
    content = {
        "choices": ((Choice.PASS, words.passes), (Choice.FAIL, words.fails), *cancel),
        "amount": amount_of(entry),
        "last_four": entry.masked[-4:],
        "date": datetime.fromtimestamp(entry.created_ms / 1000, UTC).date().isoformat(),
    }
    return page(request, "challenge.html", content=content, targets=targets)
