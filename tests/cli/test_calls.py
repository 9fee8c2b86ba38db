"""The log of calls, listed and shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from polygate import settings
from polygate.assembly import open_house
from polygate.operations.call_log import Heard
from polygate.protocols.registry import protocols
from tests.cli.command import Command
from tests.doctor.story import Told


def test_calls_are_listed_and_shown(polygate: Command, told: Told, data_dir: Path) -> None:
    """Found by whose they are, how they ended, and the identifier that the answer carried."""

    async def call() -> list[str]:
        chosen = settings.read(
            {}, database_url=f"sqlite:///{data_dir / 'polygate.db'}", master_key=told.master_key, base_url="http://x"
        )
        async with (
            open_house(chosen, as_server=False) as house,
            httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://x") as http,
        ):
            guess = {"appId": told.app_id, "secret": "guessed"}
            answers = [
                await http.post("/gateway/v1/connect/token", json=guess),
                await http.post("/gateway/v1/query", json={"orderNo": "order-1"}),
            ]
            words = protocols()["gateway"].call_words
            for _ in range(601):
                house.call_log.hear(
                    Heard(call_id=house.call_log.next_id(), at_ms=0, protocol="gateway", words=words, method="POST",
                          path="/", query="", address="", status=200, answer=b'{"respCode":"0000"}')
                )  # fmt: skip
            await house.call_log.write_all()
            return [answer.headers["x-request-id"] for answer in answers]

    guessed, asked = asyncio.run(call())
    refused = polygate.succeed("call", "list", "--refused", "--json").json
    assert [(row["id"], row["code"]) for row in refused] == [(asked, "1002"), (guessed, "1001")]
    (own,) = polygate.succeed("call", "list", "--merchant", told.merchant_no, "--json").json
    assert (own["id"], own["merchantNo"], own["appId"]) == (guessed, f"({told.merchant_no})", told.app_id)

    listed = polygate.succeed("call", "list", "--limit", "2")
    assert "3 more were not written down" in listed.err
    assert "polygate call list --before" in listed.err

    shown = polygate.succeed("call", "show", guessed)
    assert "guessed" not in shown.out
    assert '"secret":"***"' in shown.out
    # Whoever shows nothing is refused before the body is read.
    assert polygate.succeed("call", "show", asked, "--json").json["request"] == ""
    ran = polygate("call", "show", "1")
    assert (ran.status, "there is no call 1" in ran.err) == (2, True)
