"""What holds for every page of the site: it is complete in itself."""

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

_LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
_STYLE_ADDRESS = re.compile(r"""(?:url\(|@import\s+)["']?([^"')]+)""")


def _pages(site):
    # Files of this kind under _static are the theme's templates, which it copies with its scripts.
    return [path for path in site.folder.rglob("*.html") if "_static" not in path.parts]


def _loaded_addresses(site):
    """Yield (file, address) for everything that a page or a style sheet makes a browser fetch."""
    for path in _pages(site):
        for element in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find_all(list(_LOADED)):
            address = element.get(_LOADED[element.name])
            # Links of these kinds lead on; they fetch nothing.
            if address and not {"next", "prev", "search", "author"} & set(element.get("rel", [])):
                yield path, address
    for path in site.folder.rglob("*.css"):
        for address in _STYLE_ADDRESS.findall(path.read_text(encoding="utf-8")):
            yield path, address


def test_no_page_or_style_sheet_loads_anything_from_another_host(site):
    hosts = {urlsplit(address).netloc for _, address in _loaded_addresses(site)}
    assert hosts == {""}


def test_everything_that_a_page_or_style_sheet_loads_is_in_the_site(site):
    # The theme's style sheet still names its icon font, which no element uses (icons.css).
    missing = {
        (str(path.relative_to(site.folder)), address)
        for path, address in _loaded_addresses(site)
        if not address.startswith("data:")
        and "fontawesome" not in address
        and not (path.parent / urlsplit(address).path).exists()
    }
    assert not missing


def test_no_page_mentions_the_widget_manager_or_thebe(site):
    for path in _pages(site):
        text = path.read_text(encoding="utf-8")
        for word in ("require.min.js", "html-manager", "vnd.jupyter.widget", "thebe", "THEBE", "MathJax"):
            assert word not in text, f"{path.name} has {word}"


def test_a_second_build_without_a_change_succeeds(site):
    again = type(site)(site.book, **site.environment)
    assert again.exit_code == 0, again.log
    assert "0 added, 0 changed, 0 removed" in again.log


def test_a_build_with_faults_fails_again_when_nothing_has_changed(faulty_site):
    assert faulty_site.exit_code != 0
    again = type(faulty_site)(faulty_site.book)
    assert again.exit_code != 0
    assert "cannot typeset the formula" in again.log
