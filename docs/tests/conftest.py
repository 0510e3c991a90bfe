"""The built site, served on this machine, and a browser to open it with."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

HTML = Path(__file__).parents[1] / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def html():
    """Return the folder of the built site."""
    if not (HTML / "index.html").is_file():
        pytest.fail(f"There is no site in {HTML}: build it with make docs.")
    return HTML


@pytest.fixture(scope="session")
def address(html):
    """Serve the site, and return where it is, with a slash at the end."""
    handler = functools.partial(QuietHandler, directory=html)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser():
    """Start the system's Chromium, without a window."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail(
            "No Chromium was found. Install it (Debian, Ubuntu: apt-get install "
            "chromium), so that one of these is on the PATH: " + ", ".join(BROWSERS)
        )
    with sync_playwright() as playwright:
        # As root, as in containers, Chromium's own sandbox does not start.
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(address, browser):
    """Return a function that opens a page and collects what goes wrong on it."""
    contexts = []

    def open_page(name, width=1280, height=900):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.troubles = []

        def on_response(response):
            if response.status >= 400:
                page.troubles.append(f"{response.status} {response.url}")

        def on_request(request):
            if not request.url.startswith((address, "data:", "blob:")):
                page.troubles.append(f"from elsewhere: {request.url}")

        def on_console(message):
            if message.type in ("error", "warning"):
                page.troubles.append(f"console {message.type}: {message.text}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("request", on_request)
        page.on("response", on_response)
        page.on(
            "requestfailed",
            lambda request: page.troubles.append(f"failed: {request.url}"),
        )
        page.goto(address + name, wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
