"""Who is believed: the header, the clock, the nonce, the address, the very bytes (section 2)."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from starlette.types import ASGIApp

from polygate.assembly import House
from polygate.jobs.upkeep import upkeep_round
from polygate.operations.administer import allow_addresses, disable_app, enable_app, set_merchant_enabled, set_test_mode
from polygate.operations.rotation import rotate_app_secret
from polygate.web.proxies import BehindProxies
from tests.signed_api.client import HERE, Client, client_in, payment_body, v2_sign
from tests.support.house import BASE_URL, MovableClock, house_at

pytestmark = pytest.mark.anyio

PATH = "payment/query"
URL = f"{BASE_URL}/v2/{PATH}"
BODY = b'{"merchantTradeNo": "T-1"}'
DONE = "Payment.Trade.NotFound"
"""What a call is told that was believed."""


async def code(client: Client, header: str | None = None, body: bytes = BODY, **options: Any) -> str:
    return str((await client.send(PATH, body, header=header, **options)).json()["code"])


async def test_a_signed_call_is_believed_under_either_prefix(client: Client) -> None:
    """Acceptance 3, and 6: no User-Agent is needed."""
    for prefix in ("/v2", "/pg/v2"):
        client.prefix = prefix
        assert await code(client, headers={"User-Agent": ""}) == DONE
        other = "/pg/v2" if prefix == "/v2" else "/v2"
        crossed = client.header(f"{BASE_URL}{other}/{PATH}", BODY)
        assert await code(client, crossed) == "Auth.Signature.Invalid"


async def test_every_byte_counts(client: Client) -> None:
    for place in range(0, len(BODY), 5):
        header = client.header(URL, BODY)
        flipped = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert await code(client, header, flipped) == "Auth.Signature.Invalid"


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        ('{"merchantTradeNo": "T-1", "paymentNo": ""}', '{"paymentNo": "", "merchantTradeNo": "T-1"}'),
        ('{"merchantTradeNo":"T-1"}', '{"merchantTradeNo": "T-1"}'),
        ('{"merchantTradeNo": "T-1"}', '{"merchantTradeNo": "T-1"}\n'),
        (r'{"merchantTradeNo": "a\/b"}', '{"merchantTradeNo": "a/b"}'),
        (r'{"merchantTradeNo": "\u00e9"}', '{"merchantTradeNo": "é"}'),
        ('{"merchantTradeNo": "é"}', unicodedata.normalize("NFD", '{"merchantTradeNo": "é"}')),
        ('{"merchantTradeNo": 1.0}', '{"merchantTradeNo": 1}'),
        ('{"merchantTradeNo": 100}', '{"merchantTradeNo": 1e2}'),
        ('{"merchantTradeNo": "T-1"}', '{"merchantTradeNo": "T-1", "merchantTradeNo": "T-1"}'),
        ("\ufeff{}", "{}"),
    ],
)
async def test_what_a_proxy_wrote_anew_is_not_believed(client: Client, sent: str, signed: str) -> None:
    """Neither direction: what is signed is what is sent, and then it is believed as it stands (acceptance 2)."""
    for body, proof in ((sent, signed), (signed, sent)):
        assert await code(client, client.header(URL, proof.encode()), body.encode()) == "Auth.Signature.Invalid"
        assert not (await code(client, None, body.encode())).startswith("Auth")


@pytest.mark.parametrize(
    ("header", "refused"),
    [
        ("", "Missing"),
        ("   ", "Missing"),
        ("V2_SHA256", "Malformed"),
        ("Bearer x", "Malformed"),
        ("V1_SHA256 {pairs}", "Malformed"),
        ("V2_SHA256{pairs}", "Malformed"),
        ("V2_SHA256 {pairs},", "Malformed"),
        ("V2_SHA256 {pairs},nonce=1", "Malformed"),
        ("V2_SHA256 {pairs};other=1", "Malformed"),
        ("V2_SHA256 appId={appId},sign={sign},timestamp={timestamp}", "Malformed"),
        ("V2_SHA256 appid={appId},sign={sign},timestamp={timestamp},nonce={nonce}", "Malformed"),
        ("V2_SHA256 appId={appId},sign={sign},timestamp=1,nonce={nonce}", "Malformed"),
        ("V2_SHA256 appId={appId},sign={sign},timestamp={timestamp},nonce=a b", "Malformed"),
        ('V2_SHA256 appId="{appId}",sign={sign},timestamp={timestamp},nonce={nonce}', "Malformed"),
    ],
)
async def test_headers_of_no_use(client: Client, header: str, refused: str) -> None:
    pairs = client.header(URL, BODY).partition(" ")[2]
    values = dict(pair.split("=", 1) for pair in pairs.split(","))

    assert await code(client, header.format(pairs=pairs, **values)) == f"Auth.Header.{refused}"


@pytest.mark.parametrize(
    "form",
    [
        "v2_sha256 {pairs}",
        "V2_SHA256   {pairs}",
        "V2_SHA256 nonce={nonce}, timestamp={timestamp} ,\tsign={sign},appId={appId}",
        "V2_SHA256 {pairs},version=3",
        "V2_SHA256 appId={appId},sign={upper},timestamp={timestamp},nonce={nonce}",
    ],
)
async def test_headers_that_are_read_all_the_same(client: Client, form: str) -> None:
    """Section 2.1."""
    pairs = client.header(URL, BODY).partition(" ")[2]
    values = dict(pair.split("=", 1) for pair in pairs.split(","))

    assert await code(client, form.format(pairs=pairs, upper=values["sign"].upper(), **values)) == DONE


async def test_two_headers_prove_nothing(client: Client) -> None:
    lines = [("Authorization", client.header(URL, BODY)) for _ in range(2)]
    answer = await client.http.post(f"/v2/{PATH}", content=BODY, headers=lines)

    assert answer.json()["code"] == "Auth.Header.Malformed"


async def test_the_clock_may_be_five_minutes_off(client: Client, clock: MovableClock) -> None:
    """Acceptance 5, to the millisecond."""
    for off_ms, believed in ((-300_000, True), (300_000, True), (-300_001, False), (300_001, False)):
        header = client.header(URL, BODY, timestamp=str(clock.now_ms + off_ms))
        assert await code(client, header) == (DONE if believed else "Auth.Timestamp.Expired")


async def test_a_nonce_is_good_for_one_call(client: Client, clock: MovableClock) -> None:
    """Acceptance 4. A wrong sign uses up nothing, upper case is another nonce, and another app has its own."""
    wrong = client.header(URL, b"else", nonce="abc")
    assert await code(client, wrong) == "Auth.Signature.Invalid"
    for nonce in ("abc", "ABC"):
        header = client.header(URL, BODY, nonce=nonce)
        assert await code(client, header) == DONE
        assert await code(client, header) == "Auth.Nonce.Reused"
        clock.move(seconds=1)
        assert await code(client, client.header(URL, BODY, nonce=nonce)) == "Auth.Nonce.Reused"
    async with client_in(client.house, name="Third") as third:
        assert await code(third, third.header(URL, BODY, nonce="abc")) == DONE


async def test_a_nonce_is_remembered_as_long_as_its_call_could_be_repeated(
    house: House, client: Client, clock: MovableClock
) -> None:
    """Fifteen minutes; even a call whose clock is five minutes ahead is too old by then."""
    ahead = client.header(URL, BODY, timestamp=str(clock.now_ms + 300_000))
    assert await code(client, ahead) == DONE
    for minutes, said in ((10, "Auth.Nonce.Reused"), (5, "Auth.Timestamp.Expired"), (1, "Auth.Timestamp.Expired")):
        clock.move(minutes=minutes)
        await upkeep_round(house.context)
        assert await code(client, ahead) == said
    assert await house.context.store.fetch("SELECT count(*) FROM used_nonces") == [(0,)]


async def test_of_equal_calls_at_once_one_is_believed(client: Client) -> None:
    header = client.header(URL, BODY)
    codes = await asyncio.gather(*(code(client, header) for _ in range(16)))

    assert sorted(codes) == ["Auth.Nonce.Reused"] * 15 + [DONE]


async def test_nobody_can_sign_for_another_app(client: Client, other: Client) -> None:
    """Nor is told whether there is such an app."""
    foreign = client.header(URL, BODY, secret=other.secret.reveal())
    nobody = client.header(URL, BODY, appId="nobody")
    answers = [await client.send(PATH, BODY, header=header) for header in (foreign, nobody)]

    assert {answer.json()["code"] for answer in answers} == {"Auth.Signature.Invalid"}
    assert answers[0].content == answers[1].content


async def test_disabled_callers_look_like_strangers(house: House, client: Client) -> None:
    """As do those from addresses that are not listed."""
    store = house.context.store
    await disable_app(store, client.app)
    assert await code(client) == "Auth.Signature.Invalid"
    await enable_app(store, client.app)
    await set_merchant_enabled(store, client.merchant, enabled=False)
    assert await code(client) == "Auth.Signature.Invalid"
    await set_merchant_enabled(store, client.merchant, enabled=True)
    await allow_addresses(store, client.app, ("198.51.100.0/24",))
    assert await code(client) == "Auth.Signature.Invalid"
    await allow_addresses(store, client.app, (HERE,))
    assert await code(client) == DONE


async def test_the_secret_before_goes_on_for_a_while(house: House, client: Client, clock: MovableClock) -> None:
    """And answers are signed by the one that the call was signed by."""
    before = client.secret
    made = await rotate_app_secret(house.context, client.app, overlap_ms=3_600_000)
    assert await code(client) == DONE
    client.secret = made.secret
    assert await code(client) == DONE
    client.secret = before
    clock.move(hours=1)
    assert await code(client) == "Auth.Signature.Invalid"


@pytest.mark.parametrize(
    "url",
    [
        "https://gateway.test:80/v2/payment/query",
        "http://elsewhere.test/v2/payment/query",
        "/v2/payment/query",
        "http://gateway.test/v2/payment/query/",
        "http://gateway.test/v2/payment/query?x=1",
        "HTTP://gateway.test/v2/payment/query",
        "http://gateway.test/v2/payment%2Fquery",
        "http://gateway.test/v2/payment/query#top",
    ],
)
async def test_other_addresses_are_not_believed(client: Client, url: str) -> None:
    assert await code(client, client.header(url, BODY)) == "Auth.Signature.Invalid"


async def test_addresses_that_a_caller_may_have_used(tmp_path: Path, clock: MovableClock) -> None:
    """The public ones of the settings, the one in the `Host`, each with and without the default port (section 2.3)."""
    further = "https://api.example.com/, http://10.0.0.1:8080/pay"
    async with (
        house_at(tmp_path / "house.db", clock, public_base_urls=further) as house,
        client_in(house) as client,
    ):
        for url in (
            "http://gateway.test/v2/payment/query",
            "http://gateway.test:80/v2/payment/query",
            "https://api.example.com/v2/payment/query",
            "https://api.example.com:443/v2/payment/query",
            "http://10.0.0.1:8080/pay/v2/payment/query",
        ):
            response = await client.http.post(
                f"/v2/{PATH}", content=BODY, headers={"Authorization": client.header(url, BODY)}
            )
            assert response.json()["code"] == DONE, url
            client.verify(response.headers["authorization"], "POST", url, response.content)
        seen = "http://internal:8000/v2/payment/query"
        headers = {"Authorization": client.header(seen, BODY), "Host": "internal:8000"}
        assert (await client.http.post(f"/v2/{PATH}", content=BODY, headers=headers)).json()["code"] == DONE


async def test_forwarded_hosts_are_believed_of_nobody_here(client: Client) -> None:
    """No proxy is trusted in this house."""
    url = "http://api.example.com/v2/payment/query"
    headers = {"Authorization": client.header(url, BODY), "X-Forwarded-Host": "api.example.com"}
    answer = await client.http.post(f"/v2/{PATH}", content=BODY, headers=headers)

    assert answer.json()["code"] == "Auth.Signature.Invalid"


async def test_live_apps_are_served_over_https_only(house: House, client: Client) -> None:
    """What came so is what the connection says, or a proxy that the operator trusts; never the caller itself."""
    await set_test_mode(house.context.store, client.app, is_test=False)
    behind = BehindProxies(house.app, HERE)
    headers = {"X-Forwarded-Proto": "https"}

    async def told(app: ASGIApp, base: str, signed: str, **headers: str) -> str:
        transport = httpx.ASGITransport(app, client=(HERE, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=base) as http:
            shown = {"Authorization": client.header(f"{signed}/v2/{PATH}", BODY)} | headers
            answer = await http.post(f"/v2/{PATH}", content=BODY, headers=shown)
            again = await http.post(f"/v2/{PATH}", content=BODY, headers=shown)
        assert again.json()["code"] == "Auth.Nonce.Reused"
        return str(answer.json()["code"])

    secure = BASE_URL.replace("http:", "https:")
    plain = "Common.Transport.Insecure"
    assert await told(house.app, secure, secure) == DONE
    assert await told(house.app, BASE_URL, BASE_URL) == plain
    assert await told(house.app, BASE_URL, BASE_URL, **headers) == plain
    assert await told(behind, BASE_URL, secure, **headers) == DONE
    assert await told(behind, BASE_URL, BASE_URL) == plain
    assert await told(behind, secure, BASE_URL, **{"X-Forwarded-Proto": "http"}) == plain
    await set_test_mode(house.context.store, client.app, is_test=True)
    assert await told(house.app, BASE_URL, BASE_URL) == DONE


async def test_the_target_counts_as_it_was_spelled(client: Client) -> None:
    """With its query, undecoded."""
    for target in ("/v2/payment/query?a=%7E&b=", "/v2/payment%2Fquery"):
        url = httpx.URL(BASE_URL).copy_with(raw_path=target.encode())
        header = client.header(BASE_URL + target, BODY)
        answer = await client.http.post(url, content=BODY, headers={"Authorization": header})
        assert answer.json()["code"] == DONE, answer.text
        client.verify(answer.headers["authorization"], "POST", BASE_URL + target, answer.content)


async def test_checks_come_in_the_order_of_the_contract(client: Client, clock: MovableClock) -> None:
    """Section 2.5: of several faults the first one is told."""
    stale = str(clock.now_ms - 400_000)

    async def told(path: str = PATH, body: bytes = BODY, **options: Any) -> str:
        return str((await client.send(path, body, **options)).json()["code"])

    wrong: dict[str, Any] = {"header": "", "headers": {"Content-Type": "text/plain"}}
    huge = b" " * (256 * 1024 + 1)
    assert await told("payment/nothing", huge, method="GET", **wrong) == "Common.Path.NotFound"
    assert await told(body=huge, method="GET", **wrong) == "Common.Method.NotAllowed"
    assert await told(body=huge, **wrong) == "Common.Request.TooLarge"
    assert await told(**wrong) == "Common.Request.UnsupportedType"
    assert await told(header="") == "Auth.Header.Missing"
    assert await told(header=client.header(URL, b"else", appId="x", timestamp=stale)) == "Auth.Signature.Invalid"
    assert await told(header=client.header(URL, b"else", timestamp=stale)) == "Auth.Timestamp.Expired"
    assert await told(body=b"no json", header=client.header(URL, b"else")) == "Auth.Signature.Invalid"
    assert await told(body=b"no json") == "Common.Request.InvalidJson"


async def test_an_answer_belongs_to_its_question(client: Client) -> None:
    """Signed by the address and the method of the call, with a nonce and a time of its own (section 2.6)."""
    header = client.header(URL, BODY)
    answer = await client.send(PATH, BODY, header=header)
    said = client.verify(answer.headers["authorization"], "POST", URL, answer.content)

    asked = dict(pair.split("=", 1) for pair in header.partition(" ")[2].split(","))
    assert said["nonce"] != asked["nonce"]
    with pytest.raises(AssertionError):
        client.verify(answer.headers["authorization"], "POST", URL.replace("/v2", "/pg/v2"), answer.content)


async def test_a_user_agent_can_be_asked_for(tmp_path: Path, clock: MovableClock) -> None:
    """Section 1.2; then it is checked before the signature."""
    async with house_at(tmp_path / "house.db", clock, require_user_agent=True) as house, client_in(house) as client:
        assert await code(client, "", headers={"User-Agent": " "}) == "Common.UserAgent.Missing"
        assert await code(client, headers={"User-Agent": "shop/1"}) == DONE


async def test_too_many_calls(tmp_path: Path, clock: MovableClock) -> None:
    """Counted for each app, once it has shown who it is; the nonce of a call that came too soon is not used up."""
    async with house_at(tmp_path / "house.db", clock, requests_per_second=1) as house, client_in(house) as client:
        assert [await code(client) for _ in range(3)] == [DONE, DONE, "Common.Rate.Limited"]
        header = client.header(URL, BODY)
        limited = await client.send(PATH, BODY, header=header)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
        clock.move(seconds=1)
        assert await code(client, header) == DONE


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_only_post(client: Client, method: str) -> None:
    """Acceptance 14."""
    answer = await client.send(PATH, b"", method=method)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_paths_there_are_not(client: Client) -> None:
    for path in ("/v2", "/pg/v2", "/v2/", "/v2/payment/query/", "/v2/payment", "/pg/v2/x", "/v2/PAYMENT/QUERY"):
        answer = await client.http.post(path, content=BODY)
        assert (answer.status_code, answer.json()["code"]) == (404, "Common.Path.NotFound"), path


@pytest.mark.parametrize(
    ("media_type", "status"),
    [("application/json", 200), ("Application/JSON; charset=utf-8", 200), ("", 200), ("text/json", 415)],
)
async def test_media_types(client: Client, media_type: str, status: int) -> None:
    assert (await client.send(PATH, BODY, headers={"Content-Type": media_type})).status_code == status


async def test_a_fault_of_ours_is_signed_too(house: House, client: Client) -> None:
    """Section 1.4: whoever is known can believe that the outcome is unknown."""
    body = json.dumps(payment_body()).encode()
    broken = replace(house.context.signed, payment_life_ms="soon")
    object.__setattr__(house.context, "signed", broken)
    answer = await client.send("payment/create", body)

    assert (answer.status_code, answer.json()["code"]) == (500, "System.Internal.Error")
    client.verify(answer.headers["authorization"], "POST", f"{BASE_URL}/v2/payment/create", answer.content)


def test_our_signature_is_the_contracts() -> None:
    """The client of these tests signs by the contract's own code: its published sign."""
    sign = v2_sign(
        "483f6c9c743b4a9bbd34bee0c9c81eb71", "b7f0a3c19d5e4826a1c4f7e2d98035bb", "POST",
        "https://gateway.example.com/v2/payment/create", "1715670758482", "CEAE7940ADEEE91C5A1207F1BB78BE7F",
        body=b'{"key1": "value1", "key2": "value2"}',
    )  # fmt: skip

    assert sign == "bd77426bd1544f0c35858e4b2caa0959c05afb5e6b221c03724a6568a56a936c"
