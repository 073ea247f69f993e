"""DescentLab on a page of the site, as a reader uses it: find its parts, read what it shows."""

import re
from urllib.parse import urlencode

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

NUMBER = r"−?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴-⁹]+)?"
"""A number as the lab writes it, such as −1.52 or 3.4×10⁻⁵, as a regular expression."""

SLIDERS = {"learning_rate": 0, "momentum": 1, "num_steps": 2}
"""The position of each slider among the lab's sliders; its number field has the same among the number fields."""


def read_number(text):
    """Return the value of a number as the lab writes it."""
    mantissa, _, power = text.replace("−", "-").partition("×10")
    return float(mantissa) * 10.0 ** int(power.translate(_SUPERSCRIPTS) or 0)


def read_numbers(text):
    """Return all numbers in a text of the lab."""
    return [read_number(number) for number in re.findall(NUMBER, text)]


def fragment(**settings):
    """Return the part of an address, from ``#`` on, that opens the lab with these settings."""
    texts = {name: ",".join(map(str, value)) if name == "start" else value for name, value in settings.items()}
    return f"#DescentLab?{urlencode(texts)}" if settings else "#DescentLab"


class DescentLabOnPage:
    """The lab of an open page, drawn and in view.

    Parameters
    ----------
    page : playwright.sync_api.Page
        Opened at an address that ends in ``fragment(...)``.
    """

    def __init__(self, page):
        self.page = page
        self.root = page.locator("#DescentLab .lm-lab:not([data-old])")
        self._visits = 0
        self._wait()
        self.surface, self.optimizer = (self.root.locator("select").nth(i) for i in range(2))
        self.sliders = {name: self.root.locator(".lm-slider").nth(i) for name, i in SLIDERS.items()}
        self.fields = {name: self.root.locator(".lm-number").nth(i) for name, i in SLIDERS.items()}
        self.fields |= {"w1": self.root.locator(".lm-number").nth(3), "w2": self.root.locator(".lm-number").nth(4)}
        self.handle = self.root.locator(".lm-handle")

    def _wait(self):
        # The last thing to appear: the curve, once the page has laid the lab out.
        self.root.locator(".lm-loss .lm-path[d^=M]").wait_for(state="attached")

    def go_to(self, **settings):
        """Change the page's address to these settings, without a reload."""
        self.go_to_query(fragment(**settings).partition("?")[2])

    def go_to_query(self, query):
        """Change what stands after the question mark in the page's address, without a reload."""
        self._visits += 1  # a name that the lab does not know makes each address a new one
        self.root.evaluate("lab => { lab.dataset.old = true }")
        self.page.evaluate("at => { location.hash = at }", f"#DescentLab?{query}&visit={self._visits}")
        self._wait()

    def readout(self):
        """Return the line that says what is shown."""
        return self.root.locator(".lm-readout").text_content().strip()

    def settings(self):
        """Return what the controls say, as arguments of ``run_descent``."""
        values = self.root.evaluate("lab => [...lab.querySelectorAll('select, .lm-number')].map(node => node.value)")
        surface, optimizer, learning_rate, momentum, num_steps, w1, w2 = values
        return {
            "surface": surface,
            "optimizer": optimizer,
            "learning_rate": float(learning_rate),
            "momentum": float(momentum),
            "num_steps": int(num_steps),
            "start": (float(w1), float(w2)),
        }

    def drag(self, element, across, down=0):
        """Take an element at its middle (a slider at its thumb) and drag it by that many pixels, in real steps."""
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        if element.get_attribute("type") == "range":
            share = element.evaluate("slider => slider.value / slider.max")
            thumb = 16  # a slider's thumb travels from half its width to half its width before the end
            x = box["x"] + thumb / 2 + share * (box["width"] - thumb)
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + across, y + down, steps=4)
        mouse.up()

    def type_into(self, field, text):
        """Replace what a field holds, key by key, and leave the field."""
        field.focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")
