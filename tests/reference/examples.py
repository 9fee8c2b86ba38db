"""The examples of a served reference page, taken off its HTML as a reader would copy them, and run."""

from __future__ import annotations

import os
import subprocess
from html.parser import HTMLParser
from typing import Final, NamedTuple

import httpx


class Shown(NamedTuple):
    """One example: under which call and title it stands, its code by language, and the answer beside it."""

    call: str
    title: str
    code: dict[str, str]
    answer: str


class ReferencePage(HTMLParser):
    """What a page shows: `starts` by language, and `examples` in the page's order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.starts: Final[dict[str, str]] = {}
        self.examples: Final[list[Shown]] = []
        self._section = ""
        self._language = ""
        self._is_title = False
        self._code: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "section":
            self._section = given["id"]
        elif tag == "div" and given.get("class") == "example":
            self.examples.append(Shown(self._section, "", {}, ""))
        elif tag == "h3":
            self._is_title = True
        elif tag == "figure":
            self._language = given.get("data-language", "")
        elif tag == "pre":
            self._code = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "h3":
            self._is_title = False
        elif tag == "pre":
            self._keep("".join(self._code or ()))
            self._code = None

    def handle_data(self, data: str) -> None:
        if self._code is not None:
            self._code.append(data)
        elif self._is_title and self.examples and self.examples[-1].call == self._section:
            self.examples[-1] = self.examples[-1]._replace(title=data)

    def _keep(self, code: str) -> None:
        if self._section == "before-the-first-call":
            self.starts[self._language] = code
        elif self.examples and self.examples[-1].call == self._section:
            if self._language:
                self.examples[-1].code[self._language] = code
            else:
                self.examples[-1] = self.examples[-1]._replace(answer=code)


MARK: Final = "=== done ==="


def run(command: list[str], script: str, credentials: dict[str, str]) -> list[str]:
    """What each part of a script printed; the parts end in a mark."""
    done = subprocess.run(
        [*command, script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **credentials},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(f"{MARK}\n")[:-1]


def read_page(url: str) -> ReferencePage:
    answer = httpx.get(url, timeout=10)
    assert answer.status_code == 200
    return ReferencePage(answer.text)
