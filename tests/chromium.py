"""A Chromium for the tests: the system's, else Debian's package (as root), else playwright's own, else what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a browser to drive; None: let playwright use the one it installed."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Without a screen, whichever it is. Playwright's own is taken whole: the smaller one that it would take by itself
    knows neither notifications nor installed applications."""
    path = find()
    return playwright.chromium.launch(executable_path=path, channel=None if path else "chromium", args=SWITCHES)


def ensure() -> None:
    if find() or _is_installed_by_playwright():
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
        if find():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if not _is_installed_by_playwright():
        sys.exit("The tests need a Chromium: install your system's package `chromium`, or set CHROMIUM to one's path.")


def _is_installed_by_playwright() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return os.path.exists(playwright.chromium.executable_path)


if __name__ == "__main__":
    ensure()
