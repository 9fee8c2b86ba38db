"""Windows of a real browser, and a shop on another origin to come back to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, Page

DESK: Final = (1280, 800)
PHONE: Final = (390, 844)


@contextmanager
def visit(browser: Browser, size: tuple[int, int] = DESK, **options: Any) -> Iterator[Page]:
    """A window whose console must stay silent: no errors, no violations of the policy."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # Chromium counts the answer to a form with mistakes as a failed load.
        if message.type in {"error", "warning"} and "422 (Unprocessable" not in message.text:
            complaints.append(message.text)

    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    page = context.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def fits(page: Page) -> None:
    """Nothing to scroll sideways, nothing too small for a thumb, no text outside landmarks, no reload unasked."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """[...document.querySelectorAll("button, input, summary, nav a, a.primary, a.secondary")]
            .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
            .map((each) => each.outerHTML)"""
    )
    assert small == []
    assert outside_landmarks(page) == []
    assert page.locator("meta[http-equiv=refresh]").count() == 0


def outside_landmarks(page: Page) -> list[str]:
    """Texts that no landmark holds: who moves from one to the next with a screen reader misses them."""
    found: list[str] = page.evaluate(
        """() => {
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const left = [];
            while (walk.nextNode()) {
                const each = walk.currentNode.parentElement;
                const exempt = each.closest("header, main, nav, footer, script, noscript, [role=search], a.skip");
                if (walk.currentNode.data.trim() && !exempt) left.push(walk.currentNode.data.trim());
            }
            return left;
        }"""
    )
    return found


class _Shop(BaseHTTPRequestHandler):
    """The merchant's site: any address answers with a page."""

    def do_GET(self) -> None:  # The library's name for it.
        body = b"<!doctype html><title>Shop</title><h1>Welcome back</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # The library's name for it.
        pass


@contextmanager
def shop_site() -> Iterator[str]:
    """The origin of the merchant's site."""
    site = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}"
    site.shutdown()
    site.server_close()
