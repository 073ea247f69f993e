"""What the site's files say, without a browser: nothing is loaded from elsewhere, and every link leads somewhere."""

import os
import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tests.site.pages import CHAPTER, PAGES, SITE, why_unusable

# Links of these kinds fetch nothing by themselves.
_ONLY_LEAD_ON = {"next", "prev", "search", "author", "index", "canonical"}
_STYLE_ADDRESS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
# Code that fetches. The quotes stand behind a backslash where a module travels as text.
_FETCHING_CODE = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom|\bfetch\s*\(|\bimportScripts\s*\(|\.src\s*=|\.href\s*=|\bnew\s+(?:Worker|WebSocket)\s*\()"""
    r"""\s*\\?["'`]((?:(?:https?|wss?):)?//[^"'`\\]+)"""
)

pytestmark = pytest.mark.usefixtures("site_folder")


@cache
def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def html_files():
    # The theme leaves two of its own templates, which no page shows, among its style sheets.
    return [path for path in SITE.rglob("*.html") if "_static" not in path.relative_to(SITE).parts]


def loaded_addresses(path):
    """Yield every address that a browser asks for by itself when it shows the page."""
    for element in parsed(path).find_all(True):
        if element.name == "a":
            continue
        for attribute in ("src", "poster", "data", "href", "xlink:href", "action"):
            if attribute == "href" and _ONLY_LEAD_ON & set(element.get("rel", [])):
                continue
            if element.get(attribute):
                yield element[attribute]
        for candidate in element.get("srcset", "").split(","):
            if candidate.strip():
                yield candidate.split()[0]
        yield from style_addresses(element.get("style", ""))
        if element.name == "style":
            yield from style_addresses(element.get_text())
        if element.name == "script":
            yield from _FETCHING_CODE.findall(element.get_text())


def style_addresses(text):
    return [first or second for first, second in _STYLE_ADDRESS.findall(text)]


def is_elsewhere(address):
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def test_the_site_holds_the_pages_of_the_table_of_contents_and_no_others():
    assert {str(path.relative_to(SITE)) for path in html_files()} == {*PAGES, "index.html"}


def test_no_page_style_sheet_or_script_loads_anything_from_another_host():
    found = {(path.name, address) for path in html_files() for address in loaded_addresses(path)}
    for path in SITE.rglob("*.css"):
        found |= {(path.name, address) for address in style_addresses(path.read_text(encoding="utf-8"))}
    for path in SITE.rglob("*.svg"):
        found |= {(path.name, address) for address in style_addresses(path.read_text(encoding="utf-8"))}
    for path in SITE.rglob("*.js"):
        found |= {(path.name, address) for address in _FETCHING_CODE.findall(path.read_text(encoding="utf-8"))}
    assert found, "the scan found nothing that a page loads, which cannot be"
    assert {(name, address) for name, address in found if is_elsewhere(address)} == set()


def test_every_link_within_the_site_leads_to_a_page_and_a_place_that_exist():
    dead = set()
    for path in html_files():
        for element in parsed(path).find_all(["a", "link", "form", "meta"]):
            address = element.get("href") or element.get("action") or ""
            if element.get("http-equiv", "").lower() == "refresh":
                address = element["content"].partition("url=")[2]
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            target = path.parent / unquote(parts.path) if parts.path else path
            place = unquote(parts.fragment).partition("?")[0]
            if not target.is_file() or (place and target.suffix == ".html" and place not in places(target.resolve())):
                dead.add((str(path.relative_to(SITE)), address))
    assert dead == set()


@cache
def places(path):
    named = parsed(path).find_all(lambda element: element.get("id") or (element.name == "a" and element.get("name")))
    return {element.get("id") or element["name"] for element in named}


def test_every_link_to_another_host_is_a_well_formed_secure_address():
    links = {
        (path.name, link["href"])
        for path in html_files()
        for link in parsed(path).find_all("a", href=True)
        if urlsplit(link["href"]).scheme or urlsplit(link["href"]).netloc
    }
    bad = set()
    for name, address in links:
        parts = urlsplit(address)
        is_host = re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", parts.netloc)
        if parts.scheme != "https" or not is_host or re.search(r"[\s<>\"{}|\\^`]", address):
            bad.add((name, address))
    assert links, "no page cites anything on another host, which cannot be"
    assert bad == set()


def test_every_page_says_its_language_and_its_title():
    for name in PAGES:
        page = parsed(SITE / name)
        assert page.html.get("lang") == "en", name
        assert page.title.get_text().strip(), name
        assert len(page.select("article h1, .bd-search-container h1")) == 1, name


def test_every_figure_has_a_text_alternative_and_keeps_its_place_while_it_loads():
    for name in PAGES:
        for picture in parsed(SITE / name).select("main img"):
            assert picture.get("alt", "").strip(), f"{name}: {picture}"
            style = picture.get("style", "")
            assert picture.get("width") or re.search(r"\bwidth:", style), f"{name}: {picture}"
            assert picture.get("height") or re.search(r"\bheight:", style), f"{name}: {picture}"


def test_mathematics_is_typeset_in_the_file_and_none_is_left_raw():
    num_formulas = 0
    for name in PAGES:
        main = parsed(SITE / name).find("main")
        formulas = main.select(".katex")
        num_formulas += len(formulas)
        assert main.select(".katex-error, .MathJax, .math.notranslate:not(:has(.katex))") == [], name
        assert all(formula.select(".katex-mathml math") for formula in formulas), name
        raw = [
            text.strip()
            for text in main.find_all(string=re.compile(r"\$|\\[a-zA-Z({\[]"))
            if not text.find_parent(["pre", "code", "script", "style", "annotation"])
        ]
        assert raw == [], name
    assert num_formulas > 100
    assert len(parsed(SITE / CHAPTER).select("[id^=eq-4-]")) > 10


def test_no_file_names_a_path_of_the_machine_that_built_the_site():
    for path in SITE.rglob("*"):
        if path.suffix in {".html", ".js", ".css", ".json", ".ipynb", ".md"}:
            assert str(SITE.parents[1]) not in path.read_text(encoding="utf-8"), path


def test_a_site_that_is_missing_or_older_than_its_sources_is_refused(tmp_path):
    source = tmp_path / "chapters" / "04.ipynb"
    source.parent.mkdir()
    source.touch()
    site = tmp_path / "html"
    assert why_unusable(site, tmp_path) == f"There is no built site in {site}. Build it first: make book"
    site.mkdir()
    index = site / "searchindex.js"
    index.touch()
    os.utime(source, (1000, 1000))
    os.utime(index, (2000, 2000))
    assert why_unusable(site, tmp_path) is None
    os.utime(source, (3000, 3000))
    assert why_unusable(site, tmp_path).startswith("chapters/04.ipynb has changed since the site")
