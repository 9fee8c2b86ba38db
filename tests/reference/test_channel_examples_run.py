"""Every example of the Channel API's page is run as it is shown, in each of its languages, against a real server."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import msgspec
import pytest

from polygate.protocols.channel.openapi import operation_id
from polygate.protocols.channel.routes import BALANCE, ENDPOINTS
from polygate.protocols.channel.samples import SAMPLES
from tests.protocols.channel.vectors import KEY, QUERY
from tests.protocols.foreign.runtimes import CURL, RUNTIMES
from tests.reference.examples import MARK, ReferencePage, read_page, run
from tests.support.server import Demo, Server

pytestmark = pytest.mark.xdist_group("reference")


class Runner(msgspec.Struct, frozen=True):
    """How a language runs a script, ends a part of it, and shows both ways of the cipher."""

    command: list[str]
    mark: str
    ciphers: str


RUNNERS: Final = {
    "curl": Runner(
        ["bash", "-euo", "pipefail", "-c"],
        f"echo; echo '{MARK}'",
        "printf %s '{text}' | encrypt; echo; printf %s '{data}' | decrypt; echo",
    ),
    "python": Runner(
        [sys.executable, "-I", "-c"],
        f"print('{MARK}')",
        "print(encrypt('{text}'))\nprint(decrypt('{data}'))",
    ),
    "node": Runner(
        ["node", "--input-type=module", "-e"],
        f"console.log('{MARK}');",
        "console.log(encrypt('{text}'));\nconsole.log(decrypt('{data}'));",
    ),
    "php": Runner(
        ["php", "-r"],
        f"echo PHP_EOL, '{MARK}', PHP_EOL;",
        "echo encrypt('{text}'), PHP_EOL, decrypt('{data}'), PHP_EOL;",
    ),
}
SAID: Final = {"code", "errorDesc", "fiatAmount", "tokenAmount", "bankAccount", "paid"}
"""What an answer has as it is shown; of all else, only the form."""


@pytest.fixture(scope="module")
def page(docs: str) -> ReferencePage:
    return read_page(f"{docs}/channel")


def runner_of(language: str) -> Runner:
    needed = {"curl": CURL, "node": RUNTIMES["Node"], "php": RUNTIMES["PHP"]}
    if language in needed:
        needed[language].need()
    return RUNNERS[language]


def start_of(page: ReferencePage, language: str) -> str:
    return page.starts[language].removeprefix("<?php\n")


def form(value: Any, name: str = "") -> Any:
    """An answer without what is made up anew each time."""
    match value:
        case dict():
            return {key: form(each, key) for key, each in value.items()}
        case list():
            return [form(each) for each in value]
        case _:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if name in SAID else "number" if number else type(value)


def test_the_page_shows_every_call_in_each_language(page: ReferencePage) -> None:
    assert {shown.call for shown in page.examples} == {operation_id(path) for path in (*ENDPOINTS, BALANCE)}
    assert list(page.starts) == list(RUNNERS)
    for shown in page.examples:
        assert list(shown.code) == list(RUNNERS)


@pytest.mark.parametrize("language", RUNNERS)
def test_the_shown_encryption_works_as_pasted(page: ReferencePage, language: str) -> None:
    """With the contract's own vector."""
    runner = runner_of(language)
    ciphers = runner.ciphers.format(text=QUERY.text, data=QUERY.data)
    script = "\n".join([start_of(page, language), ciphers, runner.mark])
    (printed,) = run(runner.command, script, {"ACCESS_KEY": KEY.reveal(), "MERCHANT_ID": "1"})

    assert printed.split() == [QUERY.data, QUERY.text]


@pytest.mark.parametrize("language", RUNNERS)
def test_every_example_runs_as_shown(demo: tuple[Server, Demo], page: ReferencePage, language: str) -> None:
    """One after the other, with variables going on; each prints the answer that is shown beside it."""
    runner = runner_of(language)
    shown = {example.call: example for example in page.examples}
    order = [operation_id(sample.path) for sample in SAMPLES]
    parts = [f"{shown[call].code[language]}\n{runner.mark}" for call in order]
    merchant = demo[1].merchant
    credentials = {"ACCESS_KEY": merchant["accessKey"], "MERCHANT_ID": merchant["merchantNo"]}
    printed = run(runner.command, "\n".join([start_of(page, language), *parts]), credentials)

    assert len(printed) == len(order)
    for call, text in zip(order, printed, strict=True):
        assert form(json.loads(text)) == form(json.loads(shown[call].answer)), call
