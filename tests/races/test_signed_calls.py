"""A signed call is carried out once, whichever processes it reaches at the same moment."""

import asyncio
import json
import secrets
import time
from collections import Counter

import pytest

from tests.signed_api.client import v2_sign
from tests.support.crowd import Crowd
from tests.support.houses import House

pytestmark = pytest.mark.xdist_group("races")


async def test_of_equal_calls_to_all_processes_one_is_believed(house: House, crowd: Crowd) -> None:
    """Each process sees the call under its own address; what is signed is the public one of the first."""
    url = f"{house.base_urls[0]}/v2/balance/query"
    body = json.dumps({"currencies": ["INR"]}).encode()
    for _ in range(5):
        now, nonce, app_id = str(time.time_ns() // 1_000_000), secrets.token_hex(16), house.demo.app["appId"]
        sign = v2_sign(app_id, house.demo.app["appSecret"], "POST", url, now, nonce, body=body)
        proof = f"V2_SHA256 appId={app_id},sign={sign},timestamp={now},nonce={nonce}"
        headers = {"Authorization": proof, "Host": url.split("/")[2]}
        answers = await asyncio.gather(
            *(client.post("/v2/balance/query", content=body, headers=headers) for client in crowd.clients * 8)
        )
        codes = Counter(answer.json()["code"] for answer in answers)

        assert codes == {"OK": 1, "Auth.Nonce.Reused": len(answers) - 1}
