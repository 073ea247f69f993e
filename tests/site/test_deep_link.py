"""A lab's address: it opens the state that it names, whatever it holds, and the lab's button makes such an address."""

import pytest

from tests.site.descent_lab import DescentLabOnPage, fragment
from tests.site.pages import CHAPTER

STORED = {
    "surface": "narrow",
    "optimizer": "gradient_descent",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "num_steps": 60,
    "start": (-1.8, 1.2),
}
"""The settings that the chapter's cell gives its lab."""

IN_VIEW = "host => { const box = host.getBoundingClientRect(); return 0 <= box.top && box.top < innerHeight / 2; }"


@pytest.fixture
def open_lab(open_page):
    def open_address(address, **options):
        return DescentLabOnPage(open_page(CHAPTER, address, **options))

    return open_address


@pytest.mark.parametrize("over", ["http", "file"])
def test_an_address_opens_the_lab_in_the_state_that_it_names_and_in_view(open_lab, over):
    wanted = {**STORED, "surface": "saddle", "learning_rate": 0.45, "start": (0.5, -1.25)}
    lab = open_lab(fragment(surface="saddle", learning_rate=0.45, start=(0.5, -1.25)), over=over)
    assert lab.settings() == wanted
    assert lab.readout().startswith("Leaves the saddle along w₂")
    lab.page.wait_for_function(f"({IN_VIEW})(document.getElementById('DescentLab'))")


def test_without_settings_the_address_opens_the_stored_state(open_lab):
    assert open_lab("#DescentLab").settings() == STORED


# What an address may hold, what the lab says about it first, and the settings that differ from the stored ones.
HOSTILE = [
    ("learning_rate=NaN", "Learning rate η was not understood: 0.1 is kept.", {}),
    ("learning_rate", "Learning rate η was not understood: 0.1 is kept.", {}),
    ("learning_rate=<script>alert(1)</script>", "Learning rate η was not understood: 0.1 is kept.", {}),
    ("learning_rate=1e999", "Learning rate η goes from 0.001 to 10: 10 is used.", {"learning_rate": 10}),
    ("learning_rate=-Infinity", "Learning rate η goes from 0.001 to 10: 0.001 is used.", {"learning_rate": 0.001}),
    ("momentum=1", "Momentum β goes from 0 to 0.99: 0.99 is used.", {"momentum": 0.99}),
    ("num_steps=1e9", "Steps shown goes from 1 to 200: 200 is used.", {"num_steps": 200}),
    ("num_steps=2.5", "Steps shown goes from 1 to 200: 3 is used.", {"num_steps": 3}),
    ("start=1", "Start was not understood: −1.8, 1.2 is kept.", {}),
    ("start=NaN,1", "Start was not understood: −1.8, 1.2 is kept.", {}),
    ("start=9,-9", "Start goes from -2 to 2: 2, −2 is used.", {"start": (2, -2)}),
    ("surface=<img src=x onerror=alert(1)>", "Surface was not understood: narrow bowl is kept.", {}),
    ("optimizer=constructor", "Optimizer was not understood: gradient descent is kept.", {}),
    ("__proto__=1&constructor=2&initial=3&language=zh", "Converges smoothly", {}),
    ("%E0%A4%A&=&&&", "Converges smoothly", {}),
]


def test_a_hostile_address_does_no_harm_and_what_was_wrong_is_said(open_lab):
    lab = open_lab("#DescentLab?learning_rate=NaN&start=oops&surface=<b>")
    assert lab.readout().count("was not understood") == 3
    assert lab.settings() == STORED
    for query, said, used in HOSTILE:
        lab.go_to_query(query)
        assert lab.readout().startswith(said), query
        assert lab.settings() == {**STORED, **used}, query
        assert lab.page.locator("#DescentLab :is(script:not([type='application/json']), img)").count() == 0
    lab.type_into(lab.fields["learning_rate"], "0.45")
    assert lab.readout().startswith("Diverges")


@pytest.mark.parametrize("address", ["#NoSuchLab?learning_rate=0.45", "#%?%"])
def test_an_address_of_nothing_leaves_the_page_as_it_is(open_page, address):
    page = open_page(CHAPTER, address)
    page.locator("#DescentLab").scroll_into_view_if_needed()
    assert DescentLabOnPage(page).settings() == STORED


def test_a_new_address_takes_effect_without_a_reload_and_back_goes_back(open_lab):
    lab = open_lab(fragment(learning_rate=0.3))
    lab.page.evaluate("window.sameDocument = true")
    lab.go_to(learning_rate=0.45)
    assert lab.settings() == {**STORED, "learning_rate": 0.45}
    assert lab.readout().startswith("Diverges")
    assert lab.page.locator("#DescentLab .lm-lab").count() == 1, "the old lab is still there"
    lab.root.evaluate("lab => { lab.dataset.old = true }")
    lab.page.go_back()
    lab.root.wait_for()
    assert lab.settings() == {**STORED, "learning_rate": 0.3}
    assert lab.page.evaluate("sameDocument")


@pytest.mark.parametrize("over", ["http", "file"])
def test_the_link_of_the_button_opens_the_same_state_again(open_page, open_lab, over):
    changed = {
        "surface": "curved",
        "optimizer": "momentum",
        "learning_rate": 0.0123,
        "momentum": 0.37,
        "num_steps": 111,
        "start": (-0.35, 1.05),
    }
    lab = open_lab("#DescentLab", over=over, permissions=["clipboard-read", "clipboard-write"])
    lab.surface.select_option("curved")
    lab.optimizer.select_option("momentum")
    typed = {"learning_rate": "0.0123", "momentum": "0.37", "num_steps": "111", "w1": "-0.35", "w2": "1.05"}
    for name, text in typed.items():
        lab.type_into(lab.fields[name], text)
    assert lab.settings() == changed
    lab.page.get_by_role("button", name="Copy link to this setting").click()
    said = lab.root.locator(".lm-said")
    said.filter(has_text="copied").or_(lab.root.locator(".lm-link")).first.wait_for()
    shown = lab.root.locator(".lm-link")
    link = shown.input_value() if shown.count() else lab.page.evaluate("navigator.clipboard.readText()")
    page_address, address = link.split("#")
    assert lab.page.url.startswith(page_address)
    again = open_lab(f"#{address}", over=over)
    assert again.settings() == changed
    assert again.readout() == lab.readout()
