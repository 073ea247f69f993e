"""DescentLab in a page of its own, without the site: what its elements do."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from largemodels.widgets.descent_lab import DescentLab


@pytest.fixture
def open_lab(open_lab_page):
    """A function that opens a page with the lab; see the fixture ``open_lab_page``."""

    def open_page(settings=None, address=None, context=None, **traits):
        lab = DescentLab(**(settings or {}), **traits)
        return open_lab_page(lab, ".lm-descent .lm-path[d^=M]", address, **(context or {}))

    return open_page


def readout(page):
    return page.text_content(".lm-readout").strip()


def saved(page, name):
    """What the model holds after the next frame, in which the lab hands its changes over."""
    return page.evaluate("name => new Promise(done => setTimeout(() => done(model.get(name)), 60))", name)


def test_the_start_is_dragged_by_mouse_and_stays_within_the_plot(open_lab):
    page = open_lab()
    box = page.locator(".lm-handle").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 30, steps=4)
    w1, w2 = saved(page, "start")
    assert w1 > -1.4
    assert w2 < 1.4
    page.mouse.move(5, 5)
    page.mouse.up()
    assert saved(page, "start") == [-2, 2]
    box = page.locator(".lm-handle").bounding_box()
    for shift in (14, 22):
        page.mouse.move(box["x"] + shift, box["y"] + shift)
    assert saved(page, "start") == [-2, 2], "the start followed the pointer after it was let go"


def test_the_start_is_dragged_by_touch_without_scrolling_the_page(open_lab):
    page = open_lab(start=(0.0, 0.0), context={"has_touch": True, "viewport": {"width": 400, "height": 500}})
    box = page.locator(".lm-handle").bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + 14, box["y"] + 14
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for shift in range(10, 90, 10):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - shift}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    w1, w2 = saved(page, "start")
    assert w1 == 0
    assert w2 > 0.8
    assert page.evaluate("scrollY") == 0


def test_the_start_moves_by_arrow_keys_and_says_where_it_is(open_lab):
    page = open_lab(start=(0.95, 0.0))
    page.focus(".lm-handle")
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert saved(page, "start") == [1, -0.45]
    assert "w₁ = 1.00, w₂ = −0.45" in page.get_attribute(".lm-handle", "aria-label")
    assert page.get_by_label("Start, w₂").input_value() == "-0.45"


@pytest.mark.parametrize(
    ("typed", "used", "said"),
    [
        ("0.45", 0.45, "Diverges: η = 0.45 > 2/λmax = 0.40."),
        ("50", 10, "Learning rate η goes from 0.001 to 10: 10 is used. Diverges"),
        ("-1", 0.001, "Learning rate η goes from 0.001 to 10: 0.001 is used. Converges"),
        ("e", 0.1, "Learning rate η was not understood: 0.1 is kept. Converges"),
    ],
)
def test_a_typed_learning_rate_is_taken_or_clamped_and_said(open_lab, typed, used, said):
    page = open_lab()
    field = page.get_by_label("Learning rate η, as a number")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(typed)
    page.keyboard.press("Tab")
    assert readout(page).startswith(said)
    assert saved(page, "learning_rate") == used
    assert field.input_value() == str(used)


def test_a_number_is_not_rewritten_while_it_is_typed(open_lab):
    page = open_lab()
    field = page.get_by_label("Learning rate η, as a number")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("0.0500")
    assert field.input_value() == "0.0500"
    assert saved(page, "learning_rate") == 0.05


def test_changes_from_python_show_in_every_control(open_lab):
    page = open_lab()
    page.evaluate("""() => {
        model.set("surface", "saddle"); model.set("optimizer", "momentum"); model.set("learning_rate", 0.25);
        model.set("momentum", 0.5); model.set("start", [1, 0]); model.set("num_steps", 7);
    }""")
    assert readout(page).startswith("Stuck on the ridge:")
    values = page.eval_on_selector_all(".lm-descent :is(input, select)", "nodes => nodes.map(node => node.value)")
    assert values == ["saddle", "momentum", "240", "0.25", "50", "0.5", "6", "7", "1", "0"]
    assert page.evaluate("model.saves") == 0, "a change that came from Python went back to it"


def test_many_changes_within_a_frame_reach_the_model_once(open_lab):
    page = open_lab()
    page.evaluate("""() => {
        const slider = document.querySelector(".lm-slider");
        for (const at of [100, 150, 200, 250]) { slider.value = at; slider.dispatchEvent(new Event("input")); }
    }""")
    assert saved(page, "learning_rate") == 0.316
    assert page.evaluate("model.saves") == 1


def test_momentum_is_switched_off_for_plain_descent_and_says_why(open_lab):
    page = open_lab()
    slider = page.get_by_role("slider", name="Momentum β none in plain descent")
    assert slider.is_disabled()
    page.get_by_label("Optimizer").select_option("adam")
    assert page.get_by_role("slider", name="Adam's β₁").is_enabled()


def test_reset_leads_to_what_the_lab_was_made_with(open_lab):
    page = open_lab(settings={"learning_rate": 0.3, "surface": "round"}, address={"surface": "saddle"})
    assert readout(page).startswith("Leaves the saddle")
    page.get_by_role("button", name="Reset").click()
    assert saved(page, "surface") == "round"
    assert saved(page, "learning_rate") == 0.3


def test_the_address_sets_the_lab_and_what_makes_no_sense_in_it_is_said(open_lab):
    page = open_lab(address={"learning_rate": "0.45", "start": "1,oops", "num_steps": "9999", "optimizer": "<b>"})
    text = readout(page)
    assert "Start was not understood: −1.5, 1.5 is kept." in text
    assert "Steps shown goes from 1 to 200: 200 is used." in text
    assert "Optimizer was not understood: gradient descent is kept." in text
    assert "Diverges: η = 0.45 > 2/λmax = 0.40." in text
    assert saved(page, "learning_rate") == 0.45


def test_the_link_is_shown_to_copy_by_hand_where_there_is_no_clipboard(open_lab):
    page = open_lab(address={})
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_label("Link to this setting").input_value()
    assert "learning_rate=0.1" in link
    assert "start=-1.5%2C1.5" in link


def test_playing_takes_the_steps_one_by_one_and_a_change_ends_it(open_lab):
    page = open_lab(num_steps=200)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("/Step [2-9], /.test(document.querySelector('.lm-arithmetic').textContent)")
    assert page.evaluate("model.saves") == 0
    page.get_by_label("Surface").select_option("round")
    assert page.text_content(".lm-arithmetic").startswith("Step 200, ")
    assert page.get_by_role("button", name="Play").is_visible()


def test_there_is_no_play_where_less_motion_is_wanted(open_lab):
    page = open_lab(context={"reduced_motion": "reduce"})
    assert page.get_by_role("button", name="Play").count() == 0


def test_screen_readers_hear_the_readout_once_the_reader_pauses(open_lab):
    page = open_lab()
    live = page.locator(".lm-live")
    slider = page.get_by_role("slider", name="Learning rate η")
    slider.focus()
    for _ in range(12):
        page.keyboard.press("PageUp")
    assert live.text_content() == ""
    page.wait_for_function("document.querySelector('.lm-live').textContent !== ''")
    assert live.text_content().strip() == readout(page)


def test_the_theme_follows_the_page(open_lab):
    page = open_lab()
    paper = "getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    light = page.evaluate(paper)
    corner = "[...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data].join()"
    light_corner = page.evaluate(corner)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("document.querySelector('.lm-lab').dataset.lmTheme === 'dark'")
    assert page.evaluate(paper) != light
    assert page.evaluate(corner) != light_corner


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_axe_finds_nothing_serious(open_lab, theme, optimizer):
    page = open_lab(address={"num_steps": "0"}, optimizer=optimizer)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate(
        "document.body.style.background = getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    )
    found = Axe().run(page, context=".lm-lab").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_another_language_changes_every_word(open_lab):
    page = open_lab()
    page.evaluate("model.set('language', 'zh')")
    assert readout(page).startswith("平稳收敛：")
    words = re.findall(r"[A-Za-z]{3,}", page.inner_text(".lm-lab"))
    assert set(words) <= {"Adam", "max"}


def test_the_clean_up_leaves_nothing_behind(open_lab):
    page = open_lab()
    page.evaluate("cleanUp()")
    assert page.evaluate("document.getElementById('host').childElementCount") == 0
    assert page.evaluate("Object.values(model.listeners).every(listeners => listeners.size === 0)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'; model.set('learning_rate', 1)")


@pytest.mark.parametrize("width", [320, 360, 760, 1100])
def test_nothing_is_thrown_nothing_overflows_and_nothing_moves_over_the_grid_of_extremes(open_lab, width):
    page = open_lab(context={"viewport": {"width": width, "height": 900}})
    seen = page.evaluate("""() => {
        const [surface, optimizer] = document.querySelectorAll(".lm-lab select");
        const [rate, beta, steps, w1, w2] = document.querySelectorAll(".lm-lab input[type=number]");
        const lab = document.querySelector(".lm-lab");
        const choose = (control, value) => { control.value = value; control.dispatchEvent(new Event("change")); };
        const wrong = [], heights = new Set();
        for (const s of ["round", "narrow", "saddle", "curved"])
          for (const o of ["gradient_descent", "momentum", "adam"])
            for (const [r, b] of [["0.001", "0"], ["0.4", "0.99"], ["10", "0"], ["10", "0.99"]])
              for (const start of [["0", "0"], ["1", "0"], ["0", "1"], ["-2", "2"], ["1", "1"]])
                for (const t of ["1", "200"]) {
                  choose(surface, s); choose(optimizer, o); choose(rate, r);
                  if (!beta.disabled) choose(beta, b);
                  choose(steps, t); choose(w1, start[0]); choose(w2, start[1]);
                  if (/NaN|Infinity|undefined|null/.test(lab.outerHTML)) wrong.push([s, o, r, b, start, t].join());
                  heights.add(lab.offsetHeight);
                }
        const text = document.createElement("canvas").getContext("2d");
        const width = font => { text.font = `40px ${font}`; return text.measureText("mmmiii").width; };
        return {
          wrong,
          heights: [...heights],
          overflows: document.documentElement.scrollWidth > innerWidth,
          hasArial: width("Arial, monospace") !== width("monospace"),
        };
    }""")
    assert seen["wrong"] == []
    assert not seen["overflows"]
    # Room is kept for the longest texts in Arial's widths; a wider font may need a line more here and there.
    allowed = 0 if seen["hasArial"] else 45
    assert max(seen["heights"]) - min(seen["heights"]) <= allowed, seen["heights"]
