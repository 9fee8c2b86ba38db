"""The browser for the tests: the system's Chromium, installed once where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright

from tests.support.packages import apt_install, one_at_a_time, say, succeeds

PATH_VARIABLE: Final = "POLYGATE_CHROMIUM"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
# A test browser draws in software and speaks to nobody but the page it is shown.
ARGUMENTS: Final = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """A running headless browser; its sandbox is off only for root, for whom Chromium would not start with it."""
    return playwright.chromium.launch(
        executable_path=chromium_path(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
    )


def chromium_path() -> Path:
    """A Chromium that runs here: the one `POLYGATE_CHROMIUM` names, the system's, Playwright's, or a new one."""
    if named := os.environ.get(PATH_VARIABLE):
        return Path(named)
    with one_at_a_time("chromium"):
        found = _on_path() or _of_playwright() or _install_with_playwright() or _install_with_apt()
    if found is None:
        raise RuntimeError(f"no Chromium: install one, or name its executable in {PATH_VARIABLE}")
    return found


def _on_path() -> Path | None:
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path and _runs(Path(path))), None)


def _of_playwright() -> Path | None:
    """Playwright's own Chromium, if it was installed and the libraries it needs are here."""
    # Asked in a process of its own: in this one, Playwright would leave its event loop running.
    question = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True, timeout=60)
    path = Path(answer.stdout.strip())
    return path if path.exists() and _runs(path) else None


def _install_with_playwright() -> Path | None:
    say("installing Chromium with Playwright")
    return _of_playwright() if succeeds(sys.executable, "-m", "playwright", "install", "chromium") else None


def _install_with_apt() -> Path | None:
    return _on_path() if apt_install("chromium") else None


def _runs(path: Path) -> bool:
    """Whether the program starts; a Chromium without its system libraries is found, but does not."""
    return succeeds(str(path), "--version")
