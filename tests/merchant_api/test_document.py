"""The OpenAPI document and the reference page. Every answer of all other tests is held to the document as well."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import httpx
import jsonschema_rs
import pytest

from polygate.protocols.merchant import Code
from polygate.protocols.merchant.openapi import operation_id
from polygate.protocols.merchant.routes import ENDPOINTS, LISTINGS
from polygate.protocols.merchant.samples import SAMPLES
from polygate.protocols.merchant.snippets import CHECKS
from tests.merchant_api.client import DOCUMENT, ONE_ORDER
from tests.protocols.foreign.runtimes import CURL, RUNTIMES
from tests.protocols.merchant.examples import INTEROP, INTEROP_KEY, KEY, MESSAGES, NOTIFICATIONS
from tests.reference.examples import ReferencePage, read_page
from tests.support.server import Demo, Server, demo_server

pytestmark = pytest.mark.xdist_group("merchant_document")

EXAMPLES: Final = {
    "/checkout/payment": "checkout_payment",
    "/checkout/subscription": "checkout_subscription",
    "/api/payment": "payment",
    "/api/subscription": "subscription",
    "/api/refund": "refund",
    "/upload/trackingNumber": "upload_tracking",
}
MARK: Final = "=== done ==="


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Demo]]:
    with demo_server(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="module")
def page(demo: tuple[Server, Demo]) -> ReferencePage:
    return read_page(f"{demo[0].base_url}/docs/merchant")


def test_every_call_and_no_other_is_in_the_document() -> None:
    assert set(DOCUMENT.paths) == {*ENDPOINTS, *LISTINGS, ONE_ORDER}
    named = {code["code"] for item in DOCUMENT.paths.values() for one in item.values() for code in one["x-codes"]}
    # Which path there is, is told by the document itself.
    assert named == {str(code.value) for code in Code} - {"404"}


@pytest.mark.parametrize("path", EXAMPLES)
def test_published_requests_fit_their_schema(path: str) -> None:
    """And what is required is."""
    schema = DOCUMENT.request_schema(path)
    held = DOCUMENT.validator(schema)
    example: Any = MESSAGES[EXAMPLES[path]]["request"]

    assert [fault.message for fault in held.iter_errors(example)] == []
    for name in schema.get("required", ()):
        assert not held.is_valid({other: value for other, value in example.items() if other != name})


@pytest.mark.parametrize(("notice", "examples"), [
    ("payment", ("approved", "declined", "closed", "renewal")),
    ("refund", ("refunded", "refund_failed")),
    ("chargeback", ("chargeback",)),
])  # fmt: skip
def test_published_notifications_fit_their_schema(notice: str, examples: tuple[str, ...]) -> None:
    schema = DOCUMENT.whole["webhooks"][notice]["post"]["requestBody"]["content"]["application/json"]["schema"]
    held = jsonschema_rs.Draft202012Validator(schema)

    assert all(held.is_valid(NOTIFICATIONS[name]) for name in examples)


def test_the_page_shows_every_call_and_code(demo: tuple[Server, Demo], page: ReferencePage) -> None:
    text = httpx.get(f"{demo[0].base_url}/docs/merchant").text

    assert all(f"<code>{path}</code>" in text for path in DOCUMENT.paths)
    assert all(f"<code>{code.value}</code>" in text for code in Code)
    assert httpx.get(f"{demo[0].base_url}/docs/merchant/openapi.json").json()["openapi"] == "3.1.0"


def run(command: list[str], page: ReferencePage, language: str, mark: str, demo: Demo) -> list[Any]:
    """What each example printed, in one terminal."""
    shown = {(example.call, example.title): example.code[language] for example in page.examples}
    order = [(operation_id(sample.call), sample.title) for sample in SAMPLES]
    script = "\n".join([page.starts[language], *(f"{shown[name]}\n{mark}" for name in order)])
    merchant, app = demo.merchant, demo.app
    known = {"MERCHANT_NO": merchant["merchantNo"], "SECRET_KEY": merchant["secretKey"], "APP_ID": app["appId"]}
    done = subprocess.run(
        [*command, script], capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **known}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(part) for part in done.stdout.split(f"{MARK}\n")[:-1]]


def compare(printed: list[Any]) -> None:
    """Each answer has the members of the one that is shown, and its code."""
    assert len(printed) == len(SAMPLES)
    for sample, answer in zip(SAMPLES, printed, strict=True):
        assert list(answer) == list(sample.answer), sample.title
        assert answer["code"] == sample.answer["code"], (sample.title, answer)


def test_every_curl_example_runs_as_shown(demo: tuple[Server, Demo], page: ReferencePage) -> None:
    CURL.need()
    compare(run(["bash", "-euo", "pipefail", "-c"], page, "curl", f"echo '{MARK}'", demo[1]))


def test_every_python_example_runs_as_shown(demo: tuple[Server, Demo], page: ReferencePage) -> None:
    compare(run([sys.executable, "-I", "-c"], page, "python", f"print('{MARK}')", demo[1]))


CHECKERS: Final = {
    "Python": ([sys.executable, "-c"], "import sys\nprint(is_genuine(sys.stdin.buffer.read()))"),
    "Node": (["node", "-e"], 'console.log(isGenuine(require("fs").readFileSync(0, "utf8")));'),
    "PHP": (["php", "-r"], "echo is_genuine(stream_get_contents(STDIN)) ? 'true' : 'false';"),
}


@pytest.mark.parametrize("language", CHECKERS)
def test_the_shown_check_works_as_pasted(language: str) -> None:
    """In each language, with every notification of the contract and the vector from outside."""
    command, tail = CHECKERS[language]
    if language in RUNTIMES:
        RUNTIMES[language].need()
    script = re.sub(r"^<\?php\n", "", CHECKS[language]) + "\n" + tail

    def said(members: dict[str, Any], key: str) -> bool:
        done = subprocess.run(
            [*command, script], input=json.dumps(members), capture_output=True, text=True, check=False, timeout=30,
            env={"SECRET_KEY": key, "PATH": os.environ["PATH"]},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().lower() == "true"

    assert said(INTEROP, INTEROP_KEY.reveal())
    for members in NOTIFICATIONS.values():
        assert said(members, KEY.reveal())
    assert not said(NOTIFICATIONS["declined"] | {"code": 100}, KEY.reveal())
    assert not said(NOTIFICATIONS["approved"], "another key")
