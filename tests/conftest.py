"""What tests of several folders use: a real browser without a network, and properties without a time limit."""

import os
import shutil
from urllib.parse import urlsplit

import hypothesis
import pytest

# A busy machine is no reason to fail. In CI, hypothesis by itself also takes the same examples every time.
hypothesis.settings.register_profile("course", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("course")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LOCAL_SCHEMES = {"file", "data", "blob", "about"}
_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}


def pytest_collection_modifyitems(items):
    for item in items:
        if "chromium_path" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium_path():
    """The path of the machine's Chromium or Chrome. Without one the test is skipped; in CI it fails."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    reason = f"no browser found; looked for {', '.join(CHROMIUM_NAMES)} on the path"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# Of a module, not of the session: while a browser is open, Playwright's event loop runs in this thread, and
# whatever another test file starts with asyncio.run would fail, depending on the order of the files.
@pytest.fixture(scope="module")
def browser(chromium_path):
    """A running Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def external_requests():
    """The addresses on other hosts that the test's pages asked for; none of them was let through."""
    return []


@pytest.fixture
def new_context(browser, external_requests):
    """A function that opens a browser context (Playwright's options) which reaches this machine only."""

    def let_through_or_record(route):
        address = urlsplit(route.request.url)
        if address.scheme in _LOCAL_SCHEMES or address.hostname in _LOCAL_HOSTS:
            route.continue_()
        else:
            external_requests.append(route.request.url)
            route.abort()

    contexts = []

    def open_context(**options):
        context = browser.new_context(service_workers="block", **options)
        context.route("**/*", let_through_or_record)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
