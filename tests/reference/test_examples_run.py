"""Every example of the reference is run as it is shown, in one terminal, against a real server."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import pytest

from polygate.protocols.gateway.documentation.openapi import operation_id
from polygate.protocols.gateway.documentation.samples import SAMPLES
from tests.protocols.foreign.runtimes import CURL
from tests.reference.examples import MARK, ReferencePage, read_page, run
from tests.support.server import Demo, Server

pytestmark = pytest.mark.xdist_group("reference")

ORDER: Final = [(operation_id(sample.path), sample.title) for sample in SAMPLES]
"""Each one where the variables it uses are set."""


@pytest.fixture(scope="module")
def page(docs: str) -> ReferencePage:
    return read_page(f"{docs}/gateway")


def credentials(demo: Demo) -> dict[str, str]:
    return {"APP_ID": demo.app["appId"], "APP_SECRET": demo.app["appSecret"]}


def parts(page: ReferencePage, language: str, mark: str) -> str:
    shown = {(example.call, example.title): example.code[language] for example in page.examples}
    return "\n".join([page.starts[language], *(f"{shown[name]}\n{mark}" for name in ORDER)])


def compare(printed: list[str], page: ReferencePage) -> None:
    """Each answer has the fields of the one that is shown, and the same states and codes."""
    assert len(printed) == len(ORDER)
    shown = {(example.call, example.title): json.loads(example.answer) for example in page.examples}
    for name, text in zip(ORDER[1:], printed[1:], strict=True):
        answer = json.loads(text)
        assert form(answer) == form(shown[name]), name


SAID: Final = {"respCode", "respMsg", "orderStatus", "lastEvent", "shippingStatus", "amount", "currency"}
LATER: Final = {"finishTime", "completeTime"}
"""There two seconds after the refund, which a slow machine may need for the examples in between."""


def form(value: Any, name: str = "") -> Any:
    """An answer without what is made up anew each time."""
    match value:
        case dict():
            return {key: form(each, key) for key, each in sorted(value.items()) if key not in LATER}
        case list():
            return [form(each) for each in value]
        case _:
            return value if name in SAID else type(value)


def test_every_example_of_the_samples_is_on_the_page(page: ReferencePage) -> None:
    assert sorted((example.call, example.title) for example in page.examples) == sorted(ORDER)


def test_every_curl_example_runs_as_shown(demo: tuple[Server, Demo], page: ReferencePage) -> None:
    """In one shell; each prints the answer that is shown beside it."""
    CURL.need()
    script = "set -euo pipefail\n" + parts(page, "curl", f"echo; echo '{MARK}'")
    compare(run(["bash", "-c"], script, credentials(demo[1])), page)


def test_every_python_example_runs_as_shown(demo: tuple[Server, Demo], page: ReferencePage) -> None:
    """In one interpreter, with nothing but its own library; each prints the answer that is shown beside it."""
    script = parts(page, "python", f"print('{MARK}')")
    compare(run([sys.executable, "-I", "-c"], script, credentials(demo[1])), page)


def test_the_examples_name_this_server(demo: tuple[Server, Demo], page: ReferencePage) -> None:
    """They can be pasted as they are."""
    assert all(demo[0].base_url in start for start in page.starts.values())
    assert sorted(page.starts) == ["curl", "python"]
