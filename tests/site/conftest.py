"""Pages of the built site in a browser that reaches nothing else, and that reports whatever goes wrong there."""

import pytest

from tests.site.pages import SITE, why_unusable
from tests.site.serving import served


@pytest.fixture(scope="session")
def site_folder():
    """The folder of the built site; a test that asks for it fails where the site is missing or out of date."""
    if reason := why_unusable():
        pytest.fail(reason, pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def site_address(site_folder):
    """The address of a throwaway server of the site, without a slash at the end."""
    with served(site_folder) as address:
        yield address


@pytest.fixture
def open_page(new_context, external_requests, site_folder, request):
    """A function that opens a page of the site, ``over`` "http" or "file" (from disk).

    When the test is over, it fails for each error in the console, uncaught exception, failed or refused request
    that its pages saw, and for each request that would have left the site.
    """
    problems = []

    def watch(page):
        page.on("console", lambda message: message.type == "error" and problems.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
        page.on("requestfailed", lambda asked: problems.append(f"failed: {asked.url} {asked.failure}"))
        page.on("response", lambda got: got.status >= 400 and problems.append(f"{got.status}: {got.url}"))

    def open_address(name, fragment="", over="http", before=None, **options):
        base = request.getfixturevalue("site_address") if over == "http" else site_folder.as_uri()
        page = new_context(**options).new_page()
        page.set_default_timeout(15_000)
        if before:
            page.add_init_script(before)
        watch(page)
        page.goto(f"{base}/{name}{fragment}")
        return page

    yield open_address
    assert problems == []
    assert external_requests == []
