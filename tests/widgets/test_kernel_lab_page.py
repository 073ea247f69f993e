"""KernelLab in a page of its own, without the site: what its elements do."""

import itertools
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from largemodels.kernels import KERNELS, run_kernel
from largemodels.widgets.kernel_lab import KernelLab

DEFAULTS = KernelLab().settings()
DIGIT = {"picture": "digit", "row": 12, "column": 10}


@pytest.fixture
def open_lab(open_lab_page):
    """A function that opens a page with the lab; see the fixture ``open_lab_page``."""

    def open_page(address=None, context=None, **traits):
        return open_lab_page(KernelLab(**traits), ".lm-kernel-lab .lm-taps[d^=M]", address, **(context or {}))

    return open_page


def readout(page):
    return page.text_content(".lm-readout").strip()


def saved(page, *names):
    """What the model holds after the next frame, in which the lab hands its changes over."""
    values = page.evaluate(
        "names => new Promise(done => setTimeout(() => done(names.map(name => model.get(name))), 60))", names
    )
    return values if len(values) > 1 else values[0]


def place_of(page, which, row, column, size):
    """Where the middle of a pixel of the input (0) or the output (1) is in the page; ``size`` is that picture's."""
    box = page.locator(".lm-picture").nth(which).bounding_box()
    pixel = box["width"] / max(size)
    left, top = ((box["width"] - side * pixel) / 2 for side in (size[1], size[0]))
    return box["x"] + left + (column + 0.5) * pixel, box["y"] + top + (row + 0.5) * pixel


def greys(page, which):
    """All pixels of a picture's canvas, (height, width, 3)."""
    height, width, values = page.evaluate(
        """which => {
        const canvas = document.querySelectorAll(".lm-picture canvas")[which];
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [canvas.height, canvas.width, [...data]];
    }""",
        which,
    )
    return np.array(values).reshape(height, width, 4)[:, :, :3]


def outline(page, which, name="lm-taps"):
    return page.locator(".lm-picture").nth(which).locator(f".{name}").get_attribute("d")


# ---------------------------------------------------------------------------------------------------------
# Pictures


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"picture": "flower", "kernel": KERNELS["sharpen"], "stride": 2, "pooling": "mean"},
        {"picture": "digit", "kernel": KERNELS["laplacian"], "padding": 2, "dilation": 2, "pooling": "max"},
        {"picture": "pagoda", "relu": "relu", "bias": -0.5},
    ],
)
def test_every_pixel_is_drawn_in_the_grey_of_its_value(open_lab, settings):
    page = open_lab(**settings)
    run = run_kernel(**{**DEFAULTS, **settings})
    padding = settings.get("padding", 0)
    drawn = greys(page, 0)
    assert drawn.shape[:2] == run.padded.shape
    inside = drawn[padding : drawn.shape[0] - padding, padding : drawn.shape[1] - padding]
    np.testing.assert_array_equal(inside, np.repeat(np.rint(255 * run.image)[:, :, None], 3, axis=2))
    low, high = run.scale
    for which, values in ((1, run.output), (2, run.pooled)):
        if values is not None:
            expected = np.floor(255 * np.clip((values - low) / (high - low), 0, 1) + 0.5)
            np.testing.assert_array_equal(greys(page, which)[:, :, 0], expected)


def test_the_padding_is_a_frame_that_no_picture_has(open_lab):
    page = open_lab(picture="dot", padding=2)
    drawn = greys(page, 0)
    assert drawn.shape == (13, 13, 3)
    frame = np.concatenate([drawn[:2].reshape(-1, 3), drawn[:, :2].reshape(-1, 3)])
    assert len(np.unique(frame, axis=0)) == 2
    assert np.any(frame[:, 2] > frame[:, 0]), "no colour in the frame"
    assert outline(page, 0, "lm-border") == "M2,2h9v9h-9z"
    assert "padded to 13 × 13" in page.text_content(".lm-caption >> nth=0")


def test_the_window_and_the_output_pixel_are_outlined_and_dilated_taps_stand_apart(open_lab):
    page = open_lab(**DIGIT, stride=2, padding=1, dilation=2)
    run = run_kernel(**{**DEFAULTS, **DIGIT, "stride": 2, "padding": 1, "dilation": 2})
    assert (run.row, run.column) == (12, 10)
    assert outline(page, 0) == "M20,24h5v5h-5z"
    taps = re.findall(r"M(\d+),(\d+)h1v1h-1z", outline(page, 0, "lm-dilated"))
    assert [(int(row), int(column)) for column, row in taps] == list(
        itertools.product(run.window_rows, run.window_columns)
    )
    assert outline(page, 1) == "M10,12h1v1h-1z"
    page.evaluate("model.set('dilation', 1)")
    assert outline(page, 0, "lm-dilated") == ""


def test_pooling_outlines_its_four_outputs_and_what_comes_of_them(open_lab):
    page = open_lab(**DIGIT, pooling="max")
    assert outline(page, 1, "lm-pool-window") == "M10,12h2v2h-2z"
    assert outline(page, 2) == "M5,6h1v1h-1z"
    assert page.text_content(".lm-after .lm-caption") == "Pooled 13 × 13"
    assert page.text_content(".lm-sum tr:last-child th") == "max of 4: [6, 5]"
    page.evaluate("model.set('pooling', 'none')")
    assert outline(page, 1, "lm-pool-window") == ""
    assert page.text_content(".lm-after .lm-caption") == "No pooling"


# ---------------------------------------------------------------------------------------------------------
# Choosing a pixel


def test_the_pixel_under_the_mouse_is_spelled_out_and_the_chosen_one_comes_back(open_lab):
    page = open_lab(**DIGIT)
    page.mouse.move(*place_of(page, 1, 3, 20, (26, 26)))
    run = run_kernel(**{**DEFAULTS, "picture": "digit", "row": 3, "column": 20})
    assert "Output [3, 20]" in readout(page)
    assert outline(page, 0) == "M20,3h3v3h-3z"
    products = [text.replace("−", "-") for text in page.locator(".lm-products td").all_text_contents()]
    assert [float(text) for text in products] == pytest.approx(run.products.ravel().tolist(), abs=0.005)
    page.mouse.move(2, 2)
    assert "Output [12, 10]" in readout(page)
    assert page.evaluate("model.saves") == 0


def test_over_the_input_the_window_stands_around_the_pointer(open_lab):
    page = open_lab(**DIGIT, stride=2, padding=1)
    # Padded to 30 × 30; the window of output [5, 7] has its centre at row 11, column 15.
    page.mouse.move(*place_of(page, 0, 11, 15, (30, 30)))
    assert "Output [5, 7]" in readout(page)
    page.mouse.move(*place_of(page, 0, 29, 29, (30, 30)))
    assert "Output [13, 13]" in readout(page), "the last window"


def test_a_click_chooses_the_pixel(open_lab):
    page = open_lab(picture="flower")
    page.mouse.click(*place_of(page, 1, 40, 5, (46, 62)))
    assert saved(page, "row", "column") == [40, 5]
    page.mouse.move(2, 2)
    assert "Output [40, 5]" in readout(page)
    page.mouse.click(*place_of(page, 0, 20, 30, (48, 64)))
    assert saved(page, "row", "column") == [19, 29]


def test_a_tap_chooses_and_a_finger_drags_the_ring_without_scrolling_the_page(open_lab):
    page = open_lab(**DIGIT, context={"has_touch": True, "viewport": {"width": 400, "height": 400}})
    page.touchscreen.tap(*place_of(page, 1, 20, 5, (26, 26)))
    assert saved(page, "row", "column") == [20, 5]
    box = page.locator(".lm-handle").bounding_box()
    x, y = box["x"] + 14, box["y"] + 14
    assert (x, y) == pytest.approx(place_of(page, 1, 20, 5, (26, 26)), abs=0.6)
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for way in range(6, 48, 6):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + way, "y": y - way}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    pixel = page.locator(".lm-picture").nth(1).bounding_box()["width"] / 26
    assert saved(page, "row", "column") == [int(20.5 - 42 / pixel), int(5.5 + 42 / pixel)]
    assert page.evaluate("scrollY") == 0
    page.touchscreen.tap(*place_of(page, 1, 2, 2, (26, 26)))
    assert saved(page, "row", "column") == [2, 2], "the drag had not ended"


def test_the_pixel_obeys_the_arrow_keys_and_says_what_it_is(open_lab):
    page = open_lab(**DIGIT)
    page.focus(".lm-handle")
    for key in ("ArrowUp", "ArrowRight", "Shift+ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert saved(page, "row", "column") == [19, 3]
    assert page.get_attribute(".lm-handle", "aria-label").startswith("Output pixel [19, 3] of 26 × 26, value ")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    assert saved(page, "row", "column") == [25, 0], "it stops at the edge"
    page.keyboard.press("Enter")
    assert saved(page, "row", "column") == [25, 0]


def test_a_pixel_that_a_larger_stride_leaves_no_room_for_becomes_the_last_one(open_lab):
    page = open_lab(picture="digit", row=25, column=25)
    page.get_by_label("Stride").select_option("3")
    assert outline(page, 1) == "M8,8h1v1h-1z"
    page.focus(".lm-handle")
    page.keyboard.press("ArrowUp")
    assert saved(page, "row", "column") == [7, 8]


# ---------------------------------------------------------------------------------------------------------
# The kernel


def test_an_entry_that_is_typed_takes_effect_at_once(open_lab):
    page = open_lab()
    page.get_by_label("Kernel entry [1, 1]").fill("0.1234")
    assert saved(page, "kernel") == [-1, 0, 1, -2, 0.1234, 2, -1, 0, 1]
    said = "Your own kernel: the entries sum to 0.123, so a flat area of grey x gives 0.123 · x."
    assert readout(page).startswith(said)
    field = page.get_by_label("Kernel entry [1, 1]")
    assert field.input_value() == "0.1234", "what is typed is left alone"
    assert field.get_attribute("data-sign") == "plus"
    field.fill("-99")
    field.press("Enter")
    assert saved(page, "kernel")[4] == -10
    assert re.match("Kernel goes from [-−]10 to 10", readout(page))


def test_presets_fill_the_grid_and_are_recognised(open_lab):
    page = open_lab()
    select = page.locator(".lm-preset select")
    select.select_option("mean")
    assert saved(page, "kernel") == [1 / 9] * 9
    assert page.get_by_label("Kernel entry [0, 0]").input_value() == "0.111"
    assert readout(page).startswith("Mean blur: the entries sum to 1, so flat areas keep their grey.")
    page.get_by_label("Kernel entry [0, 0]").fill("0")
    assert select.input_value() == "own"
    select.select_option("emboss")
    select.select_option("own")
    assert select.input_value() == "emboss", "a preset that is its own kernel is still a preset"


def test_the_flip_button_turns_the_kernel_and_says_what_that_changes(open_lab):
    page = open_lab()
    flip = page.get_by_role("button", name="Flip by 180°")
    assert page.text_content(".lm-flip").startswith("Its flip is its negative")
    flip.click()
    assert saved(page, "kernel") == [1, 0, -1, 2, 0, -2, 1, 0, -1]
    assert "Each sum has changed its sign." in page.text_content(".lm-flip")
    flip.click()
    assert saved(page, "kernel") == list(KERNELS["sobel_x"])
    assert page.text_content(".lm-flip").startswith("Its flip is its negative")
    page.evaluate("model.set('kernel', [0, 1, 0, 1, -4, 1, 0, 1, 0])")
    flip.click()
    assert page.text_content(".lm-flip") == "Flipped, and nothing changes: this kernel is its own flip."
    page.get_by_label("Kernel entry [0, 0]").fill("3")
    assert page.text_content(".lm-flip").startswith("Its flip is another kernel")


def test_a_kernel_that_python_sets_is_shown(open_lab):
    page = open_lab()
    page.evaluate("model.set('kernel', [0, 0, 0, 0, 0, 1, 0, 0, 0])")
    assert [field.input_value() for field in page.locator(".lm-kernel-grid input").all()] == list("000001000")
    assert page.evaluate("model.saves") == 0
    np.testing.assert_array_equal(greys(page, 1), greys(page, 0)[1:-1, 2:])


# ---------------------------------------------------------------------------------------------------------
# The lab as a whole


def test_the_formula_has_the_current_numbers(open_lab):
    page = open_lab(picture="flower")
    for name, value in (("Stride", "2"), ("Padding", "1"), ("Dilation", "3")):
        page.get_by_label(name).select_option(value)
    lines = page.locator(".lm-formula > div").all_text_contents()
    assert lines[1] == "height: ⌊(48 + 2 · 1 − 3 · (3 − 1) − 1) / 2⌋ + 1 = ⌊43 / 2⌋ + 1 = 22"
    assert lines[2] == "width: ⌊(64 + 2 · 1 − 3 · (3 − 1) − 1) / 2⌋ + 1 = ⌊59 / 2⌋ + 1 = 30"
    page.get_by_label("Pooling, 2 × 2").select_option("max")
    assert page.text_content(".lm-formula > div:last-child") == "pooled: ⌊22 / 2⌋ × ⌊30 / 2⌋ = 11 × 15"


def test_reset_leads_back_to_what_the_lab_was_made_with(open_lab):
    page = open_lab(picture="digit", bias=0.5, row=3)
    page.get_by_label("Picture").select_option("square")
    page.get_by_label("Activation").select_option("relu")
    page.get_by_role("button", name="Flip by 180°").click()
    assert saved(page, "picture", "relu") == ["square", "relu"]
    page.get_by_role("button", name="Reset").click()
    expected = KernelLab(picture="digit", bias=0.5, row=3).settings()
    assert saved(page, *expected) == [list(value) if isinstance(value, tuple) else value for value in expected.values()]


def test_the_address_sets_the_lab_and_a_link_to_it_can_be_copied(open_lab):
    page = open_lab(address={"kernel": "0,0,0,0,2,0,0,0,0", "picture": "dot", "bias": "99"})
    assert saved(page, "kernel", "picture", "bias") == [[0, 0, 0, 0, 2, 0, 0, 0, 0], "dot", 5]
    assert re.match("Bias goes from [-−]5 to 5: 5 is used.", readout(page))
    page.get_by_role("button", name="Copy link").click()
    # This page is not served, so there is no clipboard, and the link is shown to be copied by hand.
    link = page.get_by_label("Link to this setting").input_value()
    assert "kernel=0%2C0%2C0%2C0%2C2%2C0%2C0%2C0%2C0&bias=5&stride=1" in link


def test_the_line_for_numpy_does_what_it_says(open_lab):
    page = open_lab()
    lab = KernelLab(kernel=tuple(range(9)))
    line = page.text_content(".lm-code code")
    np.testing.assert_array_equal(eval(line, {"np": np, "lab": lab}), np.arange(9).reshape(3, 3))


def test_an_output_of_zeros_only_is_marked(open_lab):
    page = open_lab(relu="relu", bias=-5.0)
    assert page.get_attribute(".lm-readout", "data-tone") == "bad"
    page.get_by_label("Activation").select_option("none")
    assert page.get_attribute(".lm-readout", "data-tone") == "open"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("traits", [{"padding": 1, "row": 0, "column": 0}, {"picture": "digit", "pooling": "max"}])
def test_axe_finds_nothing(open_lab, theme, traits):
    page = open_lab(address={"bias": "99"}, **traits)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate(
        "document.body.style.background = getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    )
    found = Axe().run(page, context=".lm-lab").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_on_the_greys_of_the_window_can_be_read(open_lab, theme):
    """Axe does not look at colours that are set cell by cell under a number as closely as this."""
    page = open_lab(picture="flower")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    worst = page.evaluate("""() => {
        const light = css => {
          const parts = css.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255);
          const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        let worst = 21;
        for (let column = 0; column < 62; column += 1) {
          model.set("row", 20);
          model.set("column", column);
          for (const cell of document.querySelectorAll(".lm-window td")) {
            const style = getComputedStyle(cell);
            const [dark, bright] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
            worst = Math.min(worst, (bright + 0.05) / (dark + 0.05));
          }
        }
        return worst;
    }""")
    assert worst >= 4.5


def test_another_language_changes_every_word(open_lab):
    page = open_lab(padding=1, pooling="mean", relu="relu")
    page.evaluate("model.set('language', 'zh')")
    assert readout(page).startswith("竖直边缘（Sobel）：各元素之和为 0，")
    words = re.findall(r"[A-Za-z]{3,}", page.inner_text(".lm-lab"))
    assert set(words) <= {"Sobel", "ReLU", "NumPy", "array", "lab", "kernel", "reshape"}


def test_the_clean_up_leaves_nothing_behind(open_lab):
    page = open_lab()
    page.evaluate("cleanUp()")
    assert page.evaluate("document.getElementById('host').childElementCount") == 0
    assert page.evaluate("Object.values(model.listeners).every(listeners => listeners.size === 0)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'; model.set('bias', 1)")
    assert saved(page, "kernel") == list(KERNELS["sobel_x"])


@pytest.mark.parametrize("width", [320, 390, 560, 760])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_thrown_nothing_overflows_and_nothing_moves_over_the_grid_of_extremes(open_lab, width, language):
    page = open_lab(context={"viewport": {"width": width, "height": 900}}, address={}, language=language)
    own = [(0,) * 9, (10,) * 9, (-8.125, 7.5, -1.25, 3.33, -9.99, 1e-12, 0.123, -0.456, 5.555)]
    names = ("stride", "padding", "dilation", "relu", "pooling", "bias", "row", "column")
    geometries = [
        dict(zip(names, values, strict=True))
        for values in (
            (1, 0, 1, "none", "none", 0, 22, 16),
            (2, 2, 3, "relu", "max", -1.25, 0, 0),
            (1, 2, 2, "none", "mean", 1e-9, 65, 65),
            (3, 0, 3, "relu", "mean", 3.35, 5, 9),
        )
    ]
    settings = [
        {"picture": picture, "kernel": list(kernel), **geometry}
        for picture, kernel, geometry in itertools.product(
            ["pagoda", "flower", "dot"], [*KERNELS.values(), *own], geometries
        )
    ]
    seen = page.evaluate(
        """settings => {
        const lab = document.querySelector(".lm-lab");
        const wrong = [], heights = {};
        for (const { row, ...setting } of settings) {
          Object.assign(model.values, setting);
          model.set("row", row);
          if (/NaN|Infinity|undefined|null/.test(lab.outerHTML)) wrong.push(JSON.stringify(setting));
          heights[lab.offsetHeight] = JSON.stringify(setting);
        }
        const text = document.createElement("canvas").getContext("2d");
        const width = font => { text.font = `40px ${font}`; return text.measureText("mmmiii").width; };
        return {
          wrong,
          heights,
          overflows: document.documentElement.scrollWidth > innerWidth,
          hasArial: width("Arial, monospace") !== width("monospace"),
        };
    }""",
        settings,
    )
    assert seen["wrong"] == []
    assert not seen["overflows"]
    # Room is kept for the longest texts in Arial's widths; a wider font may need a line more here and there.
    heights = [int(height) for height in seen["heights"]]
    assert max(heights) - min(heights) <= (1 if seen["hasArial"] else 45), seen["heights"]
