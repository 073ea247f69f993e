"""DigitLab in a page of its own, without the site: what its elements do."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from largemodels.drawings import decode_drawing, encode_drawing
from largemodels.widgets.digit_lab import DigitLab, sample_digits

SEVEN = np.zeros((28, 28))
SEVEN[5:8, 7:21] = 1
for _row in range(8, 24):
    SEVEN[_row, 19 - (_row - 8) // 2 : 22 - (_row - 8) // 2] = 1
SEVEN = encode_drawing(SEVEN)


@pytest.fixture
def open_lab(open_lab_page):
    """A function that opens a page with the lab; see the fixture ``open_lab_page``."""

    def open_page(address=None, context=None, **settings):
        drawn = '.lm-digit-lab .lm-digit-radio[aria-checked="true"]'
        return open_lab_page(DigitLab(**settings), drawn, address, **(context or {}))

    return open_page


def readout(page):
    return page.text_content(".lm-readout").strip()


def settled(page):
    """Wait for two frames: a stroke reaches the lab in one, the model in the next."""
    page.evaluate("() => new Promise(done => setTimeout(done, 80))")


def saved(page, name):
    settled(page)
    return page.evaluate("name => model.get(name)", name)


def drawing(page):
    return decode_drawing(saved(page, "drawing"))


def place(page, row, column):
    """Where a pixel of the sheet has its middle in the page."""
    box = page.locator(".lm-digit-sheet canvas").bounding_box()
    return box["x"] + (column + 0.5) / 28 * box["width"], box["y"] + (row + 0.5) / 28 * box["height"]


def pixel_sum(page, selector):
    """The sum of the reds of a canvas: less is more ink, in the light."""
    return page.evaluate(
        """selector => {
            const canvas = document.querySelector(selector);
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return data.reduce((sum, value, at) => sum + (at % 4 ? 0 : value), 0);
        }""",
        selector,
    )


# ---------------------------------------------------------------------------------------------------------
# Drawing


def test_a_stroke_of_the_mouse_inks_the_sheet_and_the_answer_follows(open_lab):
    page = open_lab(sample=-1)
    assert readout(page).startswith("Empty sheet:")
    blank = pixel_sum(page, ".lm-digit-input canvas")
    page.mouse.move(*place(page, 4, 14))
    page.mouse.down()
    page.mouse.move(*place(page, 23, 14), steps=6)
    image = drawing(page)
    assert (image[4:24, 14] == 1).all()
    assert not image[:, :11].any()
    assert readout(page).startswith("I read 1:")
    assert pixel_sum(page, ".lm-digit-input canvas") < blank
    page.mouse.up()
    page.mouse.move(*place(page, 23, 3), steps=2)
    assert not drawing(page)[:, :11].any(), "ink without a pressed button"


def test_shift_erases(open_lab):
    page = open_lab(sample=-1, drawing=SEVEN)
    before = drawing(page)
    page.keyboard.down("Shift")
    page.mouse.move(*place(page, 6, 7))
    page.mouse.down()
    page.mouse.move(*place(page, 6, 12), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    after = drawing(page)
    assert not after[6, 7:13].any()
    assert (after <= before).all()


def test_drawing_goes_on_from_the_sample_as_it_was_moved(open_lab):
    page = open_lab(sample=7, shift_x=2)
    page.mouse.move(*place(page, 26, 2))
    page.mouse.down()
    page.mouse.up()
    image = drawing(page)
    digit = sample_digits()[0][7]
    assert image[26, 2] == 1
    assert np.abs(image[:24, 2:] - digit[:24, :26]).max() <= 0.5 / 15 + 1e-6
    assert saved(page, "sample") == -1
    assert saved(page, "shift_x") == 0
    assert "you know" in readout(page)


def test_a_stroke_by_touch_does_not_scroll_the_page(open_lab):
    page = open_lab(sample=-1, context={"has_touch": True, "viewport": {"width": 400, "height": 500}})
    touch = page.context.new_cdp_session(page)
    points = [dict(zip("xy", place(page, row, 14), strict=True)) for row in range(22, 3, -3)]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert (drawing(page)[4:23, 14] == 1).all()
    assert page.evaluate("scrollY") == 0


def test_keys_move_a_cursor_that_inks_and_erases_and_says_what_is_there(open_lab):
    page = open_lab(sample=-1)
    cursor = page.locator(".lm-digit-cursor")
    cursor.focus()
    assert "Row 14, column 14: ink 0 %." in cursor.get_attribute("aria-label")
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert "Row 12, column 13: ink 100 %." in cursor.get_attribute("aria-label")
    assert drawing(page)[12, 13] == 1
    page.keyboard.press("Shift+Space")
    assert "Row 12, column 13: ink 0 %." in cursor.get_attribute("aria-label")
    for _ in range(30):
        page.keyboard.press("ArrowDown")
    assert "Row 27, column 13" in cursor.get_attribute("aria-label")


def test_clear_and_undo_go_to_and_fro_stroke_by_stroke(open_lab):
    page = open_lab(sample=-1, drawing=SEVEN)
    undo = page.get_by_role("button", name="Undo")
    undo.click()
    assert readout(page).startswith("There is nothing to undo.")
    page.mouse.move(*place(page, 2, 2))
    page.mouse.down()
    page.mouse.move(*place(page, 2, 8), steps=5)
    page.mouse.up()
    assert saved(page, "drawing") != SEVEN
    page.get_by_role("button", name="Clear").click()
    assert saved(page, "drawing") == ""
    undo.click()
    assert drawing(page)[2, 2] == 1
    undo.click()
    assert saved(page, "drawing") == SEVEN, "one stroke was undone in several parts"


# ---------------------------------------------------------------------------------------------------------
# Samples, moves, centring


def test_samples_are_chosen_by_mouse_and_by_arrow_keys_and_one_is_a_tab_stop(open_lab):
    page = open_lab(shift_x=3)
    samples = page.get_by_role("radiogroup", name="Sample digits").get_by_role("radio")
    assert samples.count() == 20
    samples.nth(3).click()
    assert saved(page, "sample") == 3
    assert saved(page, "shift_x") == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert saved(page, "sample") == 4
    assert samples.nth(4).get_attribute("aria-checked") == "true"
    assert "The true class is 4." in readout(page)
    tab_stops = samples.evaluate_all("nodes => nodes.map(node => node.tabIndex)")
    assert tab_stops == [0 if index == 4 else -1 for index in range(20)]
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Sample 4: true class 4, read as 4")


def test_a_misread_sample_says_so(open_lab):
    page = open_lab(sample=10)
    assert "so this is wrong" in readout(page)
    assert page.get_attribute(".lm-readout", "data-tone") == "bad"
    true_class = int(sample_digits()[1][10])
    marked = page.eval_on_selector_all(
        ".lm-digit-bars th", "nodes => nodes.flatMap((node, at) => node.querySelector('span').hidden ? [] : [at])"
    )
    assert marked == [true_class]


def test_moves_are_undone_by_centring_and_stop_at_eight(open_lab):
    page = open_lab(sample=4, centre="yes")
    before = pixel_sum(page, ".lm-digit-input canvas")
    for name in ("Move right", "Move up", "Move up"):
        page.get_by_role("button", name=name).click()
    assert (saved(page, "shift_x"), saved(page, "shift_y")) == (1, -2)
    assert readout(page).endswith("Moved by 1 right, 2 up.")
    assert pixel_sum(page, ".lm-digit-input canvas") == before
    page.get_by_label("Centre it for me").select_option("no")
    assert saved(page, "centre") == "no"
    assert "pixels off (14, 14)" in page.text_content(".lm-digit-placement")
    for _ in range(9):
        page.get_by_role("button", name="Move left").click()
    assert saved(page, "shift_x") == -8
    page.get_by_role("button", name="Move left").click()
    assert "goes from -8 to 8" in readout(page)


# ---------------------------------------------------------------------------------------------------------
# Maps, covering


def test_maps_are_looked_at_by_mouse_and_keys(open_lab):
    page = open_lab()
    kernel_size = "(({ width, height }) => [width, height])(document.querySelector('.lm-digit-kernels canvas'))"
    assert page.evaluate(kernel_size) == [3, 3]
    page.get_by_role("radio", name="Conv 1, map 2").click()
    assert (saved(page, "layer"), saved(page, "channel")) == ("conv1", 2)
    weights = page.eval_on_selector_all(".lm-digit-weights span", "nodes => nodes.map(node => node.textContent)")
    assert all(re.fullmatch(r"−?\d\.\d\d", weight) for weight in weights)
    page.keyboard.press("ArrowDown")
    assert (saved(page, "layer"), saved(page, "channel")) == ("pool1", 2)
    page.keyboard.press("ArrowDown")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    assert (saved(page, "layer"), saved(page, "channel")) == ("conv2", 14)
    assert page.evaluate("document.activeElement.ariaLabel") == "Conv 2, map 14"
    assert page.evaluate(kernel_size) == [15, 7], "eight kernels in two rows, with gaps"
    page.keyboard.press("ArrowUp")
    assert (saved(page, "layer"), saved(page, "channel")) == ("pool1", 7)
    assert page.text_content(".lm-digit-details .lm-digit-head") == "Pool 1, map 7"


def test_covering_runs_over_frames_and_starts_anew_when_the_picture_changes(open_lab):
    page = open_lab(sample=11)
    page.get_by_label("Cover patches").select_option("yes")
    page.wait_for_function("document.querySelector('.lm-digit-covered').textContent.startsWith('Orange')")
    first = page.text_content(".lm-digit-covered")
    page.get_by_role("radio", name="Conv 1, map 5").click()
    assert page.text_content(".lm-digit-covered") == first, "another map made it cover again"
    page.get_by_role("radio", name="Sample 3:").click()
    page.wait_for_function("document.querySelector('.lm-digit-covered').textContent.includes('probability of 3')")
    page.get_by_label("Cover patches").select_option("no")
    assert page.text_content(".lm-digit-covered") == ""


# ---------------------------------------------------------------------------------------------------------
# What labs do


def test_changes_from_python_show(open_lab):
    page = open_lab()
    page.evaluate(
        """seven => {
            model.set("sample", -1); model.set("drawing", seven); model.set("layer", "pool2"); model.set("channel", 9);
            model.set("centre", "no");
        }""",
        SEVEN,
    )
    assert readout(page).startswith("I read 7:")
    assert page.get_by_role("radio", name="Pool 2, map 9").get_attribute("aria-checked") == "true"
    assert page.get_by_label("Centre it for me").input_value() == "no"
    assert page.evaluate("model.saves") == 0, "a change that came from Python went back to it"


def test_a_drawings_link_opens_it_again_and_nonsense_is_said(open_lab):
    page = open_lab(address={"sample": "-1", "drawing": SEVEN, "layer": "conv2"})
    assert readout(page).startswith("I read 7:")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy link").click()
    assert f"drawing={SEVEN}&" in page.get_by_label("Link to this setting").input_value()

    page = open_lab(address={"sample": "99", "drawing": "<b>", "layer": "x"})
    text = readout(page)
    assert "Sample digit goes from -1 to 19: 19 is used." in text
    assert "Layer was not understood: Conv 1 is kept." in text
    assert "The drawing in the address was not understood" in text


def test_reset_leads_to_what_the_lab_was_made_with(open_lab):
    page = open_lab(sample=5)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Reset").click()
    assert saved(page, "sample") == 5


def test_screen_readers_hear_the_readout_once_the_reader_pauses(open_lab):
    page = open_lab()
    live = page.locator(".lm-live")
    page.get_by_role("button", name="Move left").click()
    assert live.text_content() == ""
    page.wait_for_function("document.querySelector('.lm-live').textContent !== ''")
    assert live.text_content().strip() == readout(page)


def test_the_theme_follows_the_page(open_lab):
    page = open_lab()
    corners = """[".lm-digit-sheet canvas", ".lm-digit-radio canvas", ".lm-digit-maps canvas"].map(selector =>
        [...document.querySelector(selector).getContext("2d").getImageData(0, 0, 1, 1).data].join())"""
    light = page.evaluate(corners)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("document.querySelector('.lm-lab').dataset.lmTheme === 'dark'")
    assert all(now != before for now, before in zip(page.evaluate(corners), light, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_serious(open_lab, theme, width):
    page = open_lab(sample=10, address={"channel": "99"}, context={"viewport": {"width": width, "height": 900}})
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate(
        "document.body.style.background = getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    )
    found = Axe().run(page, context=".lm-lab").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_another_language_changes_every_word(open_lab):
    page = open_lab(sample=10)
    page.evaluate("model.set('language', 'zh')")
    assert readout(page).startswith("我读作")
    spoken = page.eval_on_selector_all("[aria-label]", "nodes => nodes.map(node => node.ariaLabel).join(' ')")
    words = re.findall(r"[A-Za-z]{3,}", page.inner_text(".lm-lab") + spoken)
    assert set(words) <= {"MNIST", "ReLU", "Shift"}


def test_the_clean_up_leaves_nothing_behind(open_lab):
    page = open_lab(occlusion="yes")
    page.evaluate("cleanUp()")
    assert page.evaluate("document.getElementById('host').childElementCount") == 0
    assert page.evaluate("Object.values(model.listeners).every(listeners => listeners.size === 0)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'; model.set('sample', 1)")
    settled(page)


@pytest.mark.parametrize("width", [320, 360, 760, 1100])
def test_nothing_is_thrown_nothing_overflows_and_nothing_moves_over_the_grid_of_extremes(open_lab, width):
    page = open_lab(context={"viewport": {"width": width, "height": 900}})
    seen = page.evaluate(
        """seven => {
            const wrong = [], heights = {};
            const full = "Z".repeat(37) + "L";
            for (const language of ["en", "zh"]) {
              model.set("language", language);
              const root = document.querySelector(".lm-lab");
              const sheets = [[0, ""], [-1, ""], [-1, seven], [-1, full], [-1, "f"], [11, ""], [19, ""]];
              for (const [sample, drawing] of sheets)
                for (const [x, y] of [[0, 0], [8, -8], [-8, 8]])
                  for (const centre of ["yes", "no"])
                    for (const [layer, channel] of [["conv1", 0], ["pool1", 7], ["conv2", 15], ["pool2", 3]]) {
                      const asked = { sample, drawing, shift_x: x, shift_y: y, centre, layer, channel };
                      for (const [name, value] of Object.entries(asked)) model.set(name, value);
                      if (/NaN|Infinity|undefined|null/.test(root.outerHTML)) wrong.push(JSON.stringify(asked));
                      (heights[root.offsetHeight] ??= []).push(JSON.stringify([language, asked]));
                    }
            }
            const text = document.createElement("canvas").getContext("2d");
            const width = font => { text.font = `40px ${font}`; return text.measureText("mmmiii").width; };
            return {
              wrong,
              heights: Object.entries(heights).map(([height, all]) => [Number(height), all.length, all[0]]),
              overflows: document.documentElement.scrollWidth > innerWidth,
              hasArial: width("Arial, monospace") !== width("monospace"),
            };
        }""",
        SEVEN,
    )
    assert seen["wrong"] == []
    assert not seen["overflows"]
    heights = [height for height, _, _ in seen["heights"]]
    # Room is kept for the longest texts in Arial's widths; a wider font may need a line more here and there.
    allowed = 0 if seen["hasArial"] else 45
    assert max(heights) - min(heights) <= allowed, seen["heights"]
