"""NeuronLab in a page of its own, without the site: what its elements do."""

import itertools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from largemodels.neuron import ACTIVATIONS, run_neuron, train_neuron
from largemodels.points import DATASETS, load_points
from largemodels.widgets.neuron_lab import NeuronLab

DEFAULTS = NeuronLab().settings()


@pytest.fixture
def open_lab(open_lab_page):
    """A function that opens a page with the lab; see the fixture ``open_lab_page``."""

    def open_page(settings=None, address=None, context=None, **traits):
        lab = NeuronLab(**(settings or {}), **traits)
        return open_lab_page(lab, ".lm-neuron-lab .lm-ones[d^=M]", address, **(context or {}))

    return open_page


def readout(page):
    return page.text_content(".lm-readout").strip()


def saved(page, *names):
    """What the model holds after the next frame, in which the lab hands its changes over."""
    values = page.evaluate(
        "names => new Promise(done => setTimeout(() => done(names.map(name => model.get(name))), 60))", names
    )
    return values if len(values) > 1 else values[0]


def middle_of(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixel_of(page, x1, x2):
    """Where a point of the plane is in the page."""
    box = page.locator(".lm-plane canvas").bounding_box()
    dataset = page.evaluate("model.get('dataset')")
    low, high = load_points(dataset).window
    return (
        box["x"] + (x1 - low) / (high - low) * box["width"],
        box["y"] + (high - x2) / (high - low) * box["height"],
    )


# ---------------------------------------------------------------------------------------------------------
# The line and the arrow


def test_the_line_is_dragged_by_its_handle_and_only_the_bias_changes(open_lab):
    page = open_lab(dataset="or", w1=1.0, w2=1.0, b=-1.0)
    x, y = middle_of(page, ".lm-line-handle")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*pixel_of(page, 0.25, 0.25), steps=4)
    w1, w2, b = saved(page, "w1", "w2", "b")
    assert (w1, w2) == (1, 1)
    assert b == pytest.approx(-0.5, abs=0.02)
    assert readout(page).startswith("All 4 right:")
    page.mouse.move(2, 2)  # far outside: the line stays in the picture
    assert "outside" not in readout(page)
    page.mouse.up()
    before = saved(page, "b")
    page.mouse.move(*pixel_of(page, 0.25, 0.25), steps=2)
    assert saved(page, "b") == before, "the line followed the pointer after it was let go"


def test_the_line_is_dragged_at_any_place_of_it(open_lab):
    page = open_lab(dataset="or", w1=1.0, w2=1.0, b=-1.0)
    page.mouse.move(*pixel_of(page, 1.3, -0.3))
    page.mouse.down()
    page.mouse.move(*pixel_of(page, 1.0, -0.3), steps=4)
    assert saved(page, "b") == pytest.approx(-0.7, abs=0.02)
    page.mouse.up()


def test_the_arrow_is_dragged_and_turns_the_line_about_its_foot(open_lab):
    page = open_lab(dataset="xor", w1=1.0, w2=0.0, b=-0.5)
    foot = middle_of(page, ".lm-line-handle")
    x, y = middle_of(page, ".lm-arrow-handle")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(foot[0], foot[1] - (x - foot[0]), steps=6)  # a quarter turn, same length
    page.mouse.up()
    w1, w2, b = saved(page, "w1", "w2", "b")
    assert (w1, w2) == (pytest.approx(0, abs=0.03), pytest.approx(1, abs=0.03))
    assert b == pytest.approx(-0.5, abs=0.03)
    assert middle_of(page, ".lm-line-handle") == pytest.approx(foot, abs=1.5)


def test_pulling_the_arrow_longer_makes_the_weights_larger_and_keeps_the_line(open_lab):
    page = open_lab(w1=0.5, w2=0.5, b=0.1)
    x, y = middle_of(page, ".lm-arrow-handle")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y - 50, steps=5)
    page.mouse.up()
    w1, w2, b = saved(page, "w1", "w2", "b")
    assert w1 > 3
    assert w1 == pytest.approx(w2, rel=0.05)
    assert b / w1 == pytest.approx(0.2, abs=0.02)


def test_the_line_is_dragged_by_touch_without_scrolling_the_page(open_lab):
    page = open_lab(context={"has_touch": True, "viewport": {"width": 400, "height": 400}}, w1=0.0, w2=1.0, b=0.0)
    x, y = middle_of(page, ".lm-line-handle")
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for shift in range(10, 90, 10):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - shift}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert saved(page, "b") < -0.8
    assert page.evaluate("scrollY") == 0


def test_the_line_and_the_arrow_obey_the_arrow_keys_and_say_what_they_are(open_lab):
    page = open_lab(dataset="and", w1=0.0, w2=2.0, b=-1.0)
    page.focus(".lm-line-handle")
    page.keyboard.press("Shift+ArrowUp")
    b = saved(page, "b")
    assert b == pytest.approx(-1 - 2 * 0.22, abs=1e-3)
    assert f"b = −{-b:.3g}".rstrip("0") in page.get_attribute(".lm-line-handle", "aria-label")
    page.keyboard.press("Shift+ArrowDown")
    assert saved(page, "b") == pytest.approx(-1, abs=1e-3)

    page.focus(".lm-arrow-handle")
    page.keyboard.press("ArrowUp")
    assert saved(page, "w2") == pytest.approx(2.2, abs=1e-3)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    w1, w2 = saved(page, "w1", "w2")
    assert (w1, w2) == (pytest.approx(2.2, abs=0.02), pytest.approx(0, abs=0.02))
    assert "w₁ = 2.2" in page.get_attribute(".lm-arrow-handle", "aria-label")


@pytest.mark.parametrize("w", [(0.05, 0.0), (10.0, -10.0), (0.03, 0.04)])
def test_even_the_smallest_and_largest_weights_turn_by_keys(open_lab, w):
    page = open_lab(w1=w[0], w2=w[1], b=0.0)
    page.focus(".lm-arrow-handle")
    page.keyboard.press("ArrowLeft")
    assert saved(page, "w1", "w2") != list(w)
    before = saved(page, "b")
    page.focus(".lm-line-handle")
    page.keyboard.press("ArrowUp")
    assert saved(page, "b") != before


def test_without_weights_there_is_no_line_but_an_arrow_can_be_pulled_out(open_lab):
    page = open_lab(w1=0.0, w2=0.0, b=1.0)
    assert readout(page).startswith(
        "No line: both weights are 0, so every point has the sum 1.00 and is called malignant."
    )
    assert not page.locator(".lm-line-handle").is_visible()
    x, y = middle_of(page, ".lm-arrow-handle")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    w1, w2 = saved(page, "w1", "w2")
    assert w1 > 0.5
    assert w2 == pytest.approx(0, abs=0.01)


def test_a_line_outside_the_picture_is_said_in_words_and_its_arrow_can_still_be_turned(open_lab):
    page = open_lab(w1=1.0, w2=1.0, b=-9.0)
    assert "Line outside the picture: every point is called benign, 100 of 160 are right." in readout(page)
    assert not page.locator(".lm-line-handle").is_visible()
    page.focus(".lm-arrow-handle")
    page.keyboard.press("Shift+ArrowUp")
    assert saved(page, "w1", "b") == [1.5, -9]


# ---------------------------------------------------------------------------------------------------------
# Points


def test_the_point_under_the_mouse_is_spelled_out(open_lab):
    page = open_lab(dataset="xor", w1=1.0, w2=1.0, b=-0.5)
    assert "Point 4 of 4: 0 (false)" in page.text_content(".lm-sum")
    page.mouse.move(*pixel_of(page, 0.0, 1.0))
    text = page.text_content(".lm-sum")
    assert "Point 2 of 4: 1 (true)" in text
    assert "= 0.00 + 1.00 − 0.50 = 0.50" in text
    page.mouse.move(*pixel_of(page, 0.4, 1.3))
    assert "Point 2 of 4" in page.text_content(".lm-sum"), "the last point stays"
    assert page.evaluate("model.saves") == 0


def test_a_point_is_chosen_by_a_tap(open_lab):
    page = open_lab(dataset="xor", context={"has_touch": True})
    page.touchscreen.tap(*pixel_of(page, 0.02, 0.03))
    assert "Point 1 of 4" in page.text_content(".lm-sum")


def test_points_are_chosen_by_the_arrow_keys(open_lab):
    page = open_lab(dataset="xor", w1=1.0, w2=1.0, b=-0.5)
    page.focus(".lm-point-handle")
    page.keyboard.press("ArrowLeft")
    assert "Point 2 of 4" in page.text_content(".lm-sum")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute(".lm-point-handle", "aria-label").startswith("Point 1 of 4: 0 (false), x₁ = 0.00")
    assert page.text_content(".lm-neuron").count("−0.50") == 2  # the bias and, there, the sum


def test_every_wrong_point_is_ringed_and_no_other(open_lab):
    page = open_lab()
    run = run_neuron(**DEFAULTS)
    rings = page.get_attribute(".lm-plane .lm-wrong-marks", "d").count("M")
    assert rings == run.num_points - run.num_right
    marks = [page.get_attribute(f".lm-plane .{name}", "d").count("M") for name in ("lm-ones", "lm-zeros")]
    assert marks == [60, 100]


SHADES = """([places]) => {
    const canvas = document.querySelector(".lm-plane canvas");
    const image = canvas.getContext("2d");
    return places.map(([u, v]) => [...image.getImageData(u * canvas.width, v * canvas.height, 1, 1).data]);
}"""


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_shading_changes_across_the_line_as_the_output_does(open_lab, activation):
    page = open_lab(dataset="xor", w1=3.0, w2=0.0, b=-1.5, activation=activation)
    shares = [0.02, 0.3, 0.47, 0.53, 0.7, 0.98]
    pixels = page.evaluate(SHADES, [[[share, 0.2] for share in shares]])
    below = page.evaluate(SHADES, [[[share, 0.9] for share in shares]])
    # Along the line nothing changes, but for the browser's dithering.
    assert (
        max(abs(a - b) for one, other in zip(pixels, below, strict=True) for a, b in zip(one, other, strict=True)) <= 2
    )
    blueness = [blue - red for red, _, blue, _ in pixels]  # class 0 is blue, class 1 orange
    if activation == "step":
        assert max(blueness[:3]) - min(blueness[:3]) <= 2
        assert max(blueness[3:]) - min(blueness[3:]) <= 2
        assert blueness[2] > 20
        assert blueness[3] < -20
    if activation == "relu":
        assert max(map(abs, blueness[:3])) <= 3
    else:
        assert blueness[0] > 20
    assert all(after <= before + 2 for before, after in itertools.pairwise(blueness))
    assert blueness[-1] < -20


# ---------------------------------------------------------------------------------------------------------
# Training


def test_one_gradient_step_is_numpys_and_is_counted(open_lab):
    page = open_lab()
    path = train_neuron(**DEFAULTS, num_steps=2)
    for step, expected in enumerate(path[1:], start=1):
        page.get_by_role("button", name="One gradient step").click()
        assert saved(page, "w1", "w2", "b") == list(expected)
        assert page.text_content(".lm-training").startswith(f"Steps taken: {step}.")
    page.get_by_label("Weight w₁, as a number").fill("1")
    assert not page.text_content(".lm-training").startswith("Steps")


def test_training_moves_the_line_by_itself_and_can_be_stopped(open_lab):
    page = open_lab()
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("/Steps taken: ([5-9]|\\d\\d)/.test(document.querySelector('.lm-training').textContent)")
    page.get_by_role("button", name="Stop").click()
    taken = int(re.search(r"\d+", page.text_content(".lm-training")).group())
    assert saved(page, "w1", "w2", "b") == list(train_neuron(**DEFAULTS, num_steps=taken)[-1])
    assert page.get_by_role("button", name="Train").is_visible()


def test_a_change_by_hand_ends_the_training(open_lab):
    page = open_lab()
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("/Steps taken/.test(document.querySelector('.lm-training').textContent)")
    page.get_by_role("combobox", name="Points").select_option("xor")
    assert page.get_by_role("button", name="Train").is_visible()
    w = saved(page, "w1", "w2", "b")
    page.wait_for_timeout(100)
    assert saved(page, "w1", "w2", "b") == w


def test_where_less_motion_is_wanted_training_jumps_to_its_end(open_lab):
    page = open_lab(context={"reduced_motion": "reduce"})
    page.get_by_role("button", name="Train").click()
    assert page.text_content(".lm-training").startswith("Steps taken: 300.")
    assert saved(page, "w1", "w2", "b") == list(train_neuron(**DEFAULTS, num_steps=300)[-1])
    assert page.evaluate("model.saves") == 1


def test_training_ends_by_itself_where_the_loss_is_flat(open_lab):
    page = open_lab(dataset="and", activation="identity", w1=0.9, w2=0.9, b=-1.4)
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("document.querySelector('.lm-training').textContent.includes('so flat that')")
    page.get_by_role("button", name="Train").wait_for()


def test_the_step_function_cannot_be_trained_and_says_why(open_lab):
    page = open_lab(activation="step")
    assert page.get_by_role("button", name="Train").is_disabled()
    assert page.get_by_role("button", name="One gradient step").is_disabled()
    assert "no slope to follow" in page.text_content(".lm-training")
    page.get_by_label("Activation").select_option("sigmoid")
    assert page.get_by_role("button", name="Train").is_enabled()


# ---------------------------------------------------------------------------------------------------------
# Controls, Python, words


@pytest.mark.parametrize(
    ("typed", "used", "said"),
    [
        ("2.5", 2.5, "1"),
        ("50", 10, "Weight w₁ goes from -10 to 10: 10 is used. "),
        ("e", 0.3, "Weight w₁ was not understood: 0.3 is kept. 130 of 160 right"),
    ],
)
def test_a_typed_weight_is_taken_or_clamped_and_said(open_lab, typed, used, said):
    page = open_lab()
    field = page.get_by_label("Weight w₁, as a number")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(typed)
    page.keyboard.press("Tab")
    assert readout(page).startswith(said)
    assert saved(page, "w1") == used
    assert field.input_value() == str(used)


def test_changes_from_python_show_in_every_control(open_lab):
    page = open_lab()
    page.evaluate("""() => {
        model.set("dataset", "xor"); model.set("w1", 1); model.set("w2", -1.5); model.set("b", 0.5);
        model.set("activation", "tanh");
    }""")
    values = page.eval_on_selector_all(".lm-lab :is(input, select)", "nodes => nodes.map(node => node.value)")
    assert values == ["xor", "tanh", "110", "1", "85", "-1.5", "105", "0.5"]
    assert "because the diagonal of the 1s crosses" in readout(page)
    assert page.evaluate("model.saves") == 0, "a change that came from Python went back to it"


def test_reset_leads_to_what_the_lab_was_made_with(open_lab):
    page = open_lab(settings={"dataset": "xor", "w1": 1, "w2": 1, "b": -0.5}, address={"dataset": "and", "b": "3"})
    assert page.get_by_role("combobox", name="Points").input_value() == "and"
    page.get_by_role("button", name="Reset").click()
    assert saved(page, "dataset", "b") == ["xor", -0.5]
    assert readout(page).startswith("3 of 4 right: no line gets more than 3")


def test_the_address_sets_the_lab_and_what_makes_no_sense_in_it_is_said(open_lab):
    page = open_lab(address={"dataset": "moons", "w1": "2", "b": "-99", "activation": "<b>"})
    text = readout(page)
    assert "Points was not understood: tumours is kept." in text
    assert "Bias b goes from -10 to 10: −10 is used." in text
    assert "Activation f was not understood: sigmoid is kept." in text
    assert saved(page, "w1", "b") == [2, -10]


def test_the_link_holds_every_setting(open_lab):
    page = open_lab(address={})
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_label("Link to this setting").input_value()
    assert link == "page#dataset=tumours&w1=0.3&w2=1.2&b=-0.3&activation=sigmoid"


def test_screen_readers_hear_the_readout_once_the_reader_pauses(open_lab):
    page = open_lab()
    live = page.locator(".lm-live")
    page.get_by_role("slider", name="Weight w₁").focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    assert live.text_content() == ""
    page.wait_for_function("document.querySelector('.lm-live').textContent !== ''")
    assert live.text_content().strip() == readout(page)


def test_the_theme_follows_the_page(open_lab):
    page = open_lab()
    corner = "[...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data].join()"
    bar = "document.querySelector('.lm-scale-bar').style.background"
    paper = "getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    light = [page.evaluate(what) for what in (corner, bar, paper)]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("document.querySelector('.lm-lab').dataset.lmTheme === 'dark'")
    dark = [page.evaluate(what) for what in (corner, bar, paper)]
    assert all(before != after for before, after in zip(light, dark, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("traits", [{}, {"dataset": "xor", "activation": "step", "w1": 0.0, "w2": 0.0}])
def test_axe_finds_nothing(open_lab, theme, traits):
    page = open_lab(address={"b": "99"}, **traits)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate(
        "document.body.style.background = getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    )
    found = Axe().run(page, context=".lm-lab").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_another_language_changes_every_word(open_lab):
    page = open_lab()
    page.evaluate("model.set('language', 'zh')")
    assert readout(page).startswith("160 个点中 130 个正确：")
    words = re.findall(r"[A-Za-z]{3,}", page.inner_text(".lm-lab"))
    assert set(words) <= {"sigmoid", "tanh", "ReLU", "AND", "XOR"}


def test_the_clean_up_leaves_nothing_behind(open_lab):
    page = open_lab()
    page.get_by_role("button", name="Train").click()
    page.evaluate("cleanUp()")
    assert page.evaluate("document.getElementById('host').childElementCount") == 0
    assert page.evaluate("Object.values(model.listeners).every(listeners => listeners.size === 0)")
    w = saved(page, "w1")
    page.evaluate("document.documentElement.dataset.theme = 'dark'; model.set('b', 1)")
    assert saved(page, "w1") == w, "the training went on"


@pytest.mark.parametrize("width", [320, 360, 760, 1100])
def test_nothing_is_thrown_nothing_overflows_and_nothing_moves_over_the_grid_of_extremes(open_lab, width):
    page = open_lab(context={"viewport": {"width": width, "height": 900}})
    settings = [
        {"dataset": dataset, "activation": activation, "w1": w[0], "w2": w[1], "b": w[2]}
        for dataset, activation, w in itertools.product(
            DATASETS,
            ACTIVATIONS,
            [
                (0, 0, 0),
                (0, 0, -10),
                (10, -10, 0),
                (-0.333, -0.333, 0.125),
                (1e-12, 0, 0),
                (1, 1, 10),
                (-8.123, 7.5, -1.5),
            ],
        )
    ]
    seen = page.evaluate(
        """settings => {
        const lab = document.querySelector(".lm-lab");
        const wrong = [], heights = {};
        for (const setting of settings) {
          for (const [name, value] of Object.entries(setting)) model.set(name, value);
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
    assert max(heights) - min(heights) <= (0 if seen["hasArial"] else 45), seen["heights"]
