"""Every lab of the site, as a reader may treat it: opened by address, asked for nonsense, every control tried."""

import re
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.site.pages import REPOSITORY
from tests.site.stored_labs import stored_labs

LABS = stored_labs(REPOSITORY)

NO_NUMBER = re.compile(r"\b(?:NaN|Infinity|undefined|null)\b|\[object")
"""What a lab's text holds where a calculation went wrong."""


SPOKEN = """lab => [...lab.querySelectorAll("[aria-label], [aria-valuetext]")]
    .map(node => `${node.ariaLabel ?? ""} ${node.ariaValueText ?? ""}`).join("\\n")"""


COPY_LINK = "Copy link to this setting"


class LabOnPage:
    """A lab of an open page, alive and in view."""

    def __init__(self, page, name):
        self.page = page
        self.root = page.locator(f"#{name} .lm-lab:not([data-old])")
        self._link_button = self.root.get_by_role("button", name=COPY_LINK)
        self.wait()

    def wait(self):
        self.root.locator(".lm-readout").filter(has_text=re.compile(r"\w")).wait_for()

    def go_to(self, address):
        """Change the page's address without a reload, and wait for the lab that comes of it."""
        self.root.evaluate("lab => { lab.dataset.old = true }")
        self.page.evaluate("at => { location.hash = at }", address)
        self.wait()

    def readout(self):
        return self.root.locator(".lm-readout").text_content().strip()

    def text(self):
        """Return every word of the lab, for the eye and for the ear."""
        spoken = self.root.evaluate(SPOKEN)
        return f"{self.root.text_content()}\n{spoken}"

    def address(self):
        """Return the settings in the link of the lab's button, as ``{name: text}``."""
        self._link_button.click()
        shown = self.root.locator(".lm-link")
        self.root.locator(".lm-said").filter(has_text="copied").or_(shown).first.wait_for()
        link = shown.input_value() if shown.count() else self.page.evaluate("navigator.clipboard.readText()")
        return dict(parse_qsl(link.partition("?")[2], keep_blank_values=True))

    def try_everything(self):
        """Move every slider to its ends, take every choice, press every button, type nonsense into every field."""
        for slider in self.root.locator("input[type=range]").all():
            for key in ("Home", "End", "ArrowLeft"):
                if slider.is_enabled() and slider.is_visible():
                    slider.press(key)
                    yield f"slider, {key}"
        for field in self.root.locator("input[type=number]").all():
            for typed in ("1e99", "-1e99", ""):
                if field.is_enabled() and field.is_visible():
                    field.fill(typed)
                    field.press("Tab")
                    yield f"number field, {typed!r}"
        for box in self.root.locator("input[type=checkbox]").all():
            box.press("Space")
            yield "checkbox"
        for place in range(self.root.get_by_role("radio").count()):
            self.root.get_by_role("radio").nth(place).press("Space")
            yield f"choice {place}"
        for place in range(self.root.locator("select").count()):
            select = self.root.locator("select").nth(place)
            for value in select.evaluate("select => [...select.options].map(option => option.value)"):
                if select.is_enabled() and select.is_visible():
                    select.select_option(value)
                    yield f"option {value}"
            # What a button does may bring others, or take some away.
            for words in self.root.get_by_role("button").all_text_contents():
                press = self.root.get_by_role("button", name=words, exact=True)
                if words != COPY_LINK and press.count() == 1 and press.is_visible() and press.is_enabled():
                    press.press("Enter")
                    yield f"button {words}"


@pytest.fixture
def open_lab(open_page):
    def open_address(lab, query="", **options):
        options.setdefault("permissions", ["clipboard-read", "clipboard-write"])
        page = open_page(lab.page, f"#{lab.name}{query}", **options)
        return LabOnPage(page, lab.name)

    return open_address


def from_address(texts, settings):
    """Read the texts of an address as what the settings of the same names are: numbers, lists of numbers, or words."""

    def read(text, like):
        if isinstance(like, str):
            return text
        return [float(part) for part in text.split(",")] if isinstance(like, list | tuple) else float(text)

    return {name: read(text, settings[name]) for name, text in texts.items()}


def test_the_site_has_labs():
    assert len(LABS) > 0


@pytest.mark.parametrize("lab", LABS, ids=str)
def test_nonsense_in_a_labs_address_is_named_and_leaves_the_stored_settings(open_lab, lab):
    shown = open_lab(lab)
    stored_readout = shown.readout()
    assert from_address(shown.address(), lab.settings) == lab.settings
    nonsense = urlencode(dict.fromkeys(lab.settings, "<b>oops</b>"))
    shown.go_to(f"#{lab.name}?{nonsense}")
    assert shown.readout().count("was not understood") == len(lab.settings), shown.readout()
    assert shown.readout().endswith(stored_readout)
    assert from_address(shown.address(), lab.settings) == lab.settings


@pytest.mark.parametrize("lab", LABS, ids=str)
def test_whatever_the_controls_say_a_lab_shows_numbers_and_its_link_opens_the_same_again(open_lab, lab):
    shown = open_lab(lab, reduced_motion="reduce")
    assert NO_NUMBER.search(shown.text()) is None
    seen = set()
    for action in shown.try_everything():
        assert NO_NUMBER.search(shown.text()) is None, (action, NO_NUMBER.search(shown.text()))
        assert shown.readout(), action
        seen.add(shown.readout())
    assert len(seen) > 3, f"the controls changed nothing: {seen}"
    address = shown.address()
    readout = shown.readout()
    again = open_lab(lab, f"?{urlencode(address)}")
    assert again.address() == address
    reveal = again.root.get_by_role("button", name="Show results")
    if reveal.count() and reveal.is_visible():
        reveal.click()  # what was asked for, not that it was asked for, is in the link
    assert again.readout() == readout


@pytest.mark.parametrize("lab", LABS, ids=str)
def test_a_lab_works_from_disk_in_the_dark_on_a_narrow_phone(open_lab, lab):
    shown = open_lab(lab, over="file", color_scheme="dark", viewport={"width": 320, "height": 640})
    assert shown.root.get_attribute("data-lm-theme") == "dark"
    assert shown.root.evaluate("lab => lab.scrollWidth - lab.clientWidth") <= 0, "the lab is wider than its frame"
