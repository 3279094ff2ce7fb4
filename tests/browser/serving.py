"""A real server on a free port and a real Chromium in front of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.web.company_of_shops import PASSWORD

CHROMIUM = "/usr/bin/chromium"
expect.set_options(timeout=15_000)  # a page that stands still for longer than this is wrong; a machine with other work is slow

DESK, POCKET = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app over HTTP; the address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="console-under-test", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield chromium
        finally:
            chromium.close()


def context_for(
    chromium: Browser, address: str, language: str, *, small: bool = False, dark: bool = False, at_ms: int | None = None
) -> BrowserContext:
    """A browser of somebody in Shanghai. `at_ms`: its clock stands at that moment, as the server's does."""
    context = chromium.new_context(
        viewport=POCKET if small else DESK, locale="zh-CN" if language == "zh" else "en-GB", timezone_id="Asia/Shanghai",
        color_scheme="dark" if dark else "light",
    )  # fmt: skip
    context.add_cookies(
        [{"name": "language", "value": language, "url": address}, {"name": "zone", "value": "Asia/Shanghai", "url": address}]
    )
    if at_ms is not None:
        context.clock.set_fixed_time(at_ms / 1000)
    context.set_default_timeout(15_000)
    return context


# Playwright's own waiting asks the page to evaluate a text, which our policy forbids; `evaluate` is not bound by it.
_AT_REST = """async () => {
  const busy = () => document.readyState !== 'complete'
    || document.querySelector('.htmx-request') || [...document.images].some((image) => !image.complete);
  for (let turns = 0; busy(); turns += 1) {
    if (turns > 750) throw new Error('this page does not come to rest');
    await new Promise((on) => setTimeout(on, 20));
  }
  await document.fonts.ready;
}"""


def at_rest(page: Page) -> None:
    """Wait until the page is all there and waits for nothing it asked for itself. Not for half a second without a request, as
    Playwright's "networkidle" does: a page that looks for news every second need not be silent to be looked at."""
    page.evaluate(_AT_REST)


def sign_in(page: Page, address: str, login: str = "admin", password: str = PASSWORD) -> None:
    page.goto(f"{address}/console/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("button.main-act")
    page.wait_for_url("**/console/today*")
