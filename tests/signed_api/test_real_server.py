"""A real server asked by others: our typed client, programs in other languages, the examples of its own reference."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from polygate.client import ApiError, AuthenticationFailed, Money, Secret, SignedClient
from polygate.client.signed import Payer, PaymentOrder, PayMethod, PayoutMethod, PayoutOrder, RefundOrder
from polygate.protocols.signed.documentation.samples import SAMPLES
from polygate.protocols.signed.documentation.snippets import curl, python, starts
from tests.protocols.foreign.runtimes import RUNTIMES
from tests.signed_api.client import v2_sign
from tests.support.server import Demo, Server, demo_server

pytestmark = pytest.mark.xdist_group("signed_server")

PAYER = Payer(user_id="1", name="Asha Rao", email="asha@example.com", phone="9876543210")
NOTIFY = "http://127.0.0.1:9/notify"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Demo]]:
    trusting = {"POLYGATE_TRUSTED_PROXIES": "127.0.0.1"}
    with demo_server(tmp_path_factory.mktemp("signed"), environment=trusting) as running:
        yield running
    assert "Traceback" not in running[0].log


def credentials(demo: Demo) -> tuple[str, str]:
    return demo.app["appId"], demo.app["appSecret"]


@pytest.mark.parametrize("prefix", ["/v2", "/pg/v2"])
def test_our_own_client_does_everything(demo: tuple[Server, Demo], prefix: str) -> None:
    app_id, secret = credentials(demo[1])
    number = f"own{prefix.replace('/', '-')}"
    with SignedClient(demo[0].base_url, app_id=app_id, secret=Secret(secret), prefix=prefix) as shop:
        order = PaymentOrder(
            merchant_trade_no=number, amount=Money(10_000, "INR"), description="Top-up", payer=PAYER,
            pay_method=PayMethod(type="UPI"), notify_url=NOTIFY,
        )  # fmt: skip
        created = shop.create_payment(order)
        assert created == shop.create_payment(order)
        assert created.action is not None
        with httpx.Client() as payer:
            wallet = payer.get(created.action.url.removesuffix("/page"), follow_redirects=True)
            payer.post(wallet.url, data={"choice": "pass"}, follow_redirects=True)
        assert shop.query_payment(payment_no=created.payment_no).is_paid
        refund = shop.create_refund(
            RefundOrder(
                merchant_refund_no=number, payment_no=created.payment_no, amount=Money(100, "INR"), description="x"
            )
        )
        account = PayoutMethod(type="BANK_ACCOUNT", bank_code="HDFC0001234", account_number="1", payee_name="Asha")
        payout = shop.create_payout(
            PayoutOrder(
                merchant_trade_no=number, amount=Money(25_000, "INR"), description="x", payout_method=account,
                notify_url=NOTIFY,
            )
        )  # fmt: skip
        give_up_at = time.monotonic() + 15
        while not shop.query_payout(payout_no=payout.payout_no).is_paid and time.monotonic() < give_up_at:
            time.sleep(0.2)
        assert shop.query_payout(merchant_trade_no=number).is_paid
        assert shop.query_refund(refund_no=refund.refund_no).status in {"PROCESSING", "REFUNDED"}
        assert [balance.currency for balance in shop.query_balance("INR", "BRL")] == ["INR", "BRL"]
        with pytest.raises(ApiError, match=r"Payment\.Trade\.NotFound"):
            shop.query_payment(merchant_trade_no="nothing")
    with (
        SignedClient(demo[0].base_url, app_id=app_id, secret=Secret("wrong")) as stranger,
        pytest.raises(AuthenticationFailed),
    ):
        stranger.query_balance("INR")


@pytest.mark.parametrize("language", RUNTIMES)
def test_programs_in_other_languages_are_believed(demo: tuple[Server, Demo], language: str) -> None:
    """Written from the published rules alone; their JSON has its slashes escaped, as PHP writes it."""
    app_id, secret = credentials(demo[1])
    url = f"{demo[0].base_url}/pg/v2/payment/query"
    body = rb'{"merchantTradeNo":"a\/b\u00e9"}'
    now, nonce = str(time.time_ns() // 1_000_000), secrets.token_hex(16)
    question = {"appId": app_id, "appSecret": secret, "method": "POST", "timestamp": now, "nonce": nonce}
    sign = RUNTIMES[language].run("signed", question | {"url": url.encode(), "body": body})
    headers = {"Authorization": f"V2_SHA256 appId={app_id},sign={sign},timestamp={now},nonce={nonce}"}
    answer = httpx.post(url, content=body, headers=headers)

    assert answer.json()["code"] == "Payment.Trade.NotFound"
    said = dict(pair.split("=", 1) for pair in answer.headers["authorization"].partition(" ")[2].split(","))
    answered = question | {"timestamp": said["timestamp"], "nonce": said["nonce"]}
    assert RUNTIMES[language].run("signed", answered | {"url": url.encode(), "body": answer.content}) == said["sign"]


def test_a_trusted_proxy_tells_where_it_was_called(demo: tuple[Server, Demo]) -> None:
    """Scheme and host as the caller wrote them (section 2.3)."""
    app_id, secret = credentials(demo[1])
    body, now, nonce = b'{"currencies":"INR"}', str(time.time_ns() // 1_000_000), secrets.token_hex(16)
    url = "https://api.example.com/v2/balance/query"
    sign = v2_sign(app_id, secret, "POST", url, now, nonce, body=body)
    headers = {
        "Authorization": f"V2_SHA256 appId={app_id},sign={sign},timestamp={now},nonce={nonce}",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "api.example.com, inner.example.com",
        "X-Forwarded-For": "203.0.113.9",
    }
    answer = httpx.post(f"{demo[0].base_url}/v2/balance/query", content=body, headers=headers)

    assert answer.json()["code"] == "OK"


def shown(language: str, url: str) -> str:
    return re.sub(r"^<\?php\n", "", starts(url)[language])


TAILS = {
    "Node": 'call("balance/query", { currencies: ["INR"] }).then((said) => console.log(said.code));',
    "PHP": "echo call('balance/query', ['currencies' => ['INR']])['code'];",
}
COMMANDS = {"Node": ["node", "-e"], "PHP": ["php", "-r"]}


@pytest.mark.parametrize("language", TAILS)
def test_the_shown_signing_works_as_pasted(demo: tuple[Server, Demo], language: str) -> None:
    command = COMMANDS[language]
    RUNTIMES[language].need()
    script = f"{shown(language, demo[0].base_url + '/v2')}\n{TAILS[language]}"

    assert ran(command, script, demo[1]).strip() == "OK"


MARK = "=== done ==="


@pytest.mark.parametrize("language", ["curl", "Python"])
def test_every_example_runs_as_shown(demo: tuple[Server, Demo], language: str) -> None:
    """In one terminal; each prints the fields of the answer that is shown beside it, in the same states."""
    write, mark = (curl, f"echo; echo '{MARK}'") if language == "curl" else (python, f"print('{MARK}')")
    parts = [starts(demo[0].base_url + "/v2")[language], *(f"{write(sample)}\n{mark}" for sample in SAMPLES)]
    command = ["bash", "-c"] if language == "curl" else [sys.executable, "-I", "-c"]
    script = "\n".join(["set -euo pipefail" if language == "curl" else "", *parts])
    printed = ran(command, script, demo[1]).split(f"{MARK}\n")[:-1]

    for sample, text in zip(SAMPLES, printed, strict=True):
        assert form(json.loads(text)) == form(sample.answer), text


def form(value: object, name: str = "") -> object:
    """An answer without what is made up anew each time."""
    match value:
        case dict():
            return {key: form(each, key) for key, each in value.items()}
        case list():
            return [form(each) for each in value]
        case _:
            return value if name in {"code", "status", "currency", "type", "amount"} else type(value)


def ran(command: list[str], script: str, demo: Demo) -> str:
    app_id, secret = credentials(demo)
    done = subprocess.run(
        [*command, script], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "APP_ID": app_id, "APP_SECRET": secret},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
