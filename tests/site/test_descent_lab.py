"""DescentLab on its page: every control by mouse and by key, and what it shows held against NumPy."""

import math
import re

import numpy as np
import pytest

from largemodels.descent import run_descent
from tests.site.descent_lab import NUMBER, DescentLabOnPage, fragment, read_number, read_numbers
from tests.site.pages import CHAPTER

# Here the readout follows the run, so each setting changes it.
SENSITIVE = {"surface": "curved", "optimizer": "adam", "learning_rate": 0.05, "momentum": 0.9, "num_steps": 60}


@pytest.fixture
def open_lab(open_page):
    def open_with(over="http", options=None, **settings):
        return DescentLabOnPage(open_page(CHAPTER, fragment(**settings), over=over, **(options or {})))

    return open_with


# ---------------------------------------------------------------------------------------------------------
# Every control, by mouse and by key


@pytest.mark.parametrize("over", ["http", "file"])
def test_the_lab_is_drawn_when_the_reader_scrolls_to_it(open_page, over):
    page = open_page(CHAPTER, over=over)
    page.locator("#DescentLab").scroll_into_view_if_needed()
    lab = DescentLabOnPage(page)
    assert lab.readout().startswith("Converges smoothly")
    box = lab.root.locator(".lm-contour").bounding_box()
    assert box["width"] > 200
    colours = "new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    assert lab.root.locator("canvas").evaluate(f"canvas => {colours}") > 10, "the contour lines are not painted"


@pytest.mark.parametrize("over", ["http", "file"])
@pytest.mark.parametrize("by", ["mouse", "key"])
def test_every_control_changes_the_readout(open_lab, by, over):
    lab = open_lab(over, **SENSITIVE)
    keyboard = lab.page.keyboard

    def choose(select):
        if by == "mouse":
            select.click()
            keyboard.press("ArrowUp")  # the opened list is no part of the page, so a key picks from it
            keyboard.press("Enter")
        else:
            select.focus()
            keyboard.press("ArrowUp")

    def slide(slider):
        if by == "mouse":
            lab.drag(slider, 40)
        else:
            slider.focus()
            keyboard.press("ArrowRight")

    def move_start():
        if by == "mouse":
            lab.drag(lab.handle, 25, 15)
        else:
            lab.handle.focus()
            keyboard.press("ArrowRight")

    def step_field(field):
        if by == "mouse":
            field.hover()  # which scrolls it into view
            box = field.bounding_box()
            lab.page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2 - 6)  # its upper arrow
        else:
            field.focus()
            keyboard.press("ArrowUp")

    acts = {
        "surface": lambda: choose(lab.surface),
        "optimizer": lambda: choose(lab.optimizer),
        **{f"{name} slider": lambda name=name: slide(lab.sliders[name]) for name in lab.sliders},
        **{f"{name} field": lambda name=name: step_field(lab.fields[name]) for name in lab.fields},
        "start handle": move_start,
    }
    for name, act in acts.items():
        before, settings = lab.readout(), lab.settings()
        act()
        assert lab.readout() != before, f"{name} did not change the readout"
        changed = {key for key, value in lab.settings().items() if value != settings[key]}
        assert changed == {{"w1": "start", "w2": "start", "start": "start"}.get(name.split()[0], name.split()[0])}
        lab.go_to(**SENSITIVE)


def test_a_typed_number_takes_effect_and_every_field_says_what_it_clamps(open_lab):
    lab = open_lab()
    lab.type_into(lab.fields["learning_rate"], "0.45")
    assert lab.readout().startswith("Diverges: η = 0.45 > 2/λmax = 0.40.")
    lab.optimizer.select_option("momentum")
    ranges = {"learning_rate": (0.001, 10), "momentum": (0, 0.99), "num_steps": (1, 200), "w1": (-2, 2), "w2": (-2, 2)}
    for name, (low, high) in ranges.items():
        for typed, used in (("-7", low), ("1e4", high)):
            lab.type_into(lab.fields[name], typed)
            said = lab.readout().replace("−", "-")
            assert re.match(rf".* goes from {low} to {high}: .*{used}.* is used\.", said), (name, said)
            assert float(lab.fields[name].input_value()) == used
            assert lab.fields[name].evaluate("field => field.checkValidity()")


def test_reset_by_key_and_mouse_leads_to_the_state_that_the_page_was_built_with(open_lab):
    lab = open_lab(**SENSITIVE)
    button = lab.page.get_by_role("button", name="Reset")
    button.click()
    first = lab.settings()
    assert (first["surface"], first["start"]) == ("narrow", (-1.8, 1.2))
    lab.type_into(lab.fields["w1"], "1.5")
    button.focus()
    lab.page.keyboard.press("Enter")
    assert lab.settings() == first


@pytest.mark.parametrize("by", ["mouse", "key"])
def test_play_takes_the_steps_one_after_another_and_ends_where_it_began(open_lab, by):
    lab = open_lab(**{**SENSITIVE, "num_steps": 20})
    whole = lab.readout()
    lab.page.evaluate("""() => {
        window.seen = new Set();
        const readout = document.querySelector("#DescentLab .lm-readout");
        const what = { subtree: true, childList: true, characterData: true };
        new MutationObserver(() => seen.add(readout.textContent)).observe(readout, what);
    }""")
    play = lab.page.get_by_role("button", name="Play")
    if by == "mouse":
        play.click()
    else:
        play.focus()
        lab.page.keyboard.press("Enter")
    # Played by the clock: a busy machine shows fewer of the steps, never one out of turn.
    lab.page.wait_for_function("seen.size > 3")
    lab.page.get_by_role("button", name="Play").wait_for()
    assert lab.readout() == whole
    steps = [int(step) for text in lab.page.evaluate("[...seen]") for step in re.findall(r"at step (\d+):", text)]
    assert len(steps) > 2
    assert steps == sorted(steps)
    assert steps[0] < 20


# ---------------------------------------------------------------------------------------------------------
# What is shown, held against NumPy

_NAMES = r"w₁(?: and w₂)?|w₂"
_BOUND = r"2(?:\(1\+β\))?/λ\w+"
_DECADE = rf"about every ({NUMBER}) steps \(largest factor ({NUMBER})\)\."

# Each verdict's sentence, with a group for each number, and the numbers as NumPy has them.
SENTENCES = {
    "at_rest_minimum": (r"At rest: the start is the minimum", lambda run, _: ()),
    "at_rest_saddle": (r"At rest: the start is the saddle point", lambda run, _: ()),
    "converges_at_once": (rf"Converges in one step: the factor along (?:{_NAMES}) is zero\.", lambda run, _: ()),
    "converges_smoothly": (rf"Converges smoothly: .* {_DECADE}", lambda run, _: (run.steps_per_decade, run.rate)),
    "converges_zigzagging": (
        rf"Converges, zigzagging along (?:{_NAMES}): .* {_DECADE}",
        lambda run, _: (run.steps_per_decade, run.rate),
    ),
    "converges_swinging": (
        rf"Converges, swinging past the minimum along (?:{_NAMES}): .* {_DECADE}",
        lambda run, _: (run.steps_per_decade, run.rate),
    ),
    "neither": (
        rf"Neither converges nor diverges: η = ({NUMBER}) equals {_BOUND} = ({NUMBER}),",
        lambda run, settings: (settings["learning_rate"], run.bound),
    ),
    "diverges": (
        rf"Diverges: η = ({NUMBER}) > {_BOUND} = ({NUMBER})\. Along .* ({NUMBER}) times as far as the last\.",
        lambda run, settings: (settings["learning_rate"], run.bound, run.factors[np.argmax(run.curvatures)]),
    ),
    "leaves_saddle": (
        rf"Leaves the saddle along w₂: (?:that part grows by the factor ({NUMBER})"
        rf"|at step ({NUMBER}) \|w₂\| is ({NUMBER}) and the loss ({NUMBER}))",
        lambda run, settings: (
            (run.rate,)
            if settings["optimizer"] != "adam"
            else (len(run.points) - 1, abs(run.points[-1, 1]), run.losses[-1])
        ),
    ),
    "stuck_on_ridge": (
        rf"Stuck on the ridge: with w₂ = 0 exactly it "
        rf"(?:converges to .* \(largest factor ({NUMBER})\)|arrives, by step ({NUMBER}),)",
        lambda run, settings: (run.rate if settings["optimizer"] != "adam" else run.reached_at,),
    ),
    "reached": (rf"Reaches the minimum: from step ({NUMBER}) on", lambda run, _: (run.reached_at,)),
    "still_falling": (
        rf"Still moving at step ({NUMBER}): the loss is ({NUMBER}) and falling",
        lambda run, _: (len(run.points) - 1, run.losses[-1]),
    ),
    "unsettled": (
        rf"Does not settle by step ({NUMBER}): .* the loss, ({NUMBER}), is not falling steadily",
        lambda run, _: (len(run.points) - 1, run.losses[-1]),
    ),
    "blew_up": (r"Blows up: ", lambda run, _: ()),
}

SETTINGS = [
    *(
        {"surface": surface, "optimizer": optimizer, "learning_rate": learning_rate}
        for surface in ("round", "narrow", "saddle", "curved")
        for optimizer in ("gradient_descent", "momentum", "adam")
        for learning_rate in (0.001, 0.05, 0.3, 0.45, 3.4, 10)
    ),
    {"surface": "narrow", "learning_rate": 0.4},
    {"surface": "round", "learning_rate": 1, "start": (1, 0)},
    {"surface": "round", "optimizer": "momentum", "momentum": 0, "learning_rate": 0.6},
    {"surface": "saddle", "start": (1, 0)},
    {"surface": "saddle", "start": (0, 0)},
    {"surface": "saddle", "optimizer": "adam", "start": (1, 0), "num_steps": 200, "momentum": 0},
    {"surface": "curved", "optimizer": "adam", "learning_rate": 0.3, "num_steps": 200},
    {"surface": "curved", "start": (1, 1)},
    {"surface": "curved", "optimizer": "momentum", "momentum": 0.99, "num_steps": 1, "start": (-2, -2)},
]

# Everything that the lab shows: its texts, and as numbers where path and curve go within which frames.
SHOWN = r"""lab => {
    const text = (selector) => [...lab.querySelectorAll(selector)].map(node => node.textContent);
    const frame = /^M([\d.-]+),([\d.-]+)V([\d.-]+)H([\d.-]+)/;
    const [contour, loss] = [...lab.querySelectorAll(".lm-axis")].map(axis => {
        const [, left, top, bottom, right] = axis.getAttribute("d").match(frame).map(Number);
        return { left, top, bottom, right };
    });
    const pair = (text) => text.split(/[,h]/).slice(0, 2).map(Number);
    const pairs = (path, sign) => (path.getAttribute("d") ?? "").split(sign).filter(Boolean).map(pair);
    const ticks = [...lab.querySelectorAll(".lm-loss .lm-tick[text-anchor=end]")];
    return {
        readout: text(".lm-readout")[0].trim(),
        curvatures: text("tbody td:nth-child(2)"),
        factors: text("tbody td:nth-child(3)"),
        bound: text(".lm-bound")[0],
        worked: text(".lm-arithmetic > div").join(" "),
        labels: [...lab.querySelectorAll("svg")].map(svg => svg.getAttribute("aria-label")),
        contour,
        loss,
        path: pairs(lab.querySelector(".lm-contour .lm-dots"), "M"),
        curve: pairs(lab.querySelector(".lm-loss .lm-path"), /[ML]/),
        ticks: ticks.map(tick => [Number(tick.getAttribute("y")) - 4, tick.textContent]),
    };
}"""


def agree(shown, exact, digits=4):
    """Whether numbers as shown, rounded to that many digits, are the exact ones."""
    return len(shown) == len(exact) and all(
        math.isclose(number, float(value), rel_tol=0.6 * 10.0 ** (1 - digits), abs_tol=1e-300)
        for number, value in zip(shown, exact, strict=True)
    )


def check_against_numpy(lab):
    """Hold everything that the lab shows against NumPy's run of its controls' values; return the run."""
    settings = lab.settings()
    run = run_descent(**settings)
    shown = lab.root.evaluate(SHOWN)
    check_words(shown, run, settings)
    check_numbers(shown, run)
    check_path(shown, run)
    check_curve(shown, run, settings)
    return run


def check_words(shown, run, settings):
    pattern, numbers = SENTENCES[run.verdict]
    said = re.match(pattern, shown["readout"])
    assert said, f"{settings}: NumPy says {run.verdict}, the lab says {shown['readout']!r}"
    # Numbers that tell a bound from a rate just above it have more digits, a count of steps has three.
    assert agree([read_number(text) for text in said.groups() if text], numbers(run, settings), digits=3), settings
    assert ("Stopped at step" in shown["readout"]) == (run.stopped_at is not None)
    assert run.stopped_at is None or f"Stopped at step {run.stopped_at}," in shown["readout"]


def check_numbers(shown, run):
    assert agree([read_number(text) for text in shown["curvatures"]], run.curvatures)
    if run.factors is None:
        assert shown["factors"] == ["–", "–"]
        assert "no such bound" in shown["bound"]
    else:
        assert agree([read_number(text) for text in shown["factors"]], run.factors)
        assert agree(read_numbers(shown["bound"].partition(" = ")[2])[:1], [run.bound])
    *points, step = read_numbers(shown["labels"][0].partition("path of descent")[2])
    assert step == len(run.points) - 1
    assert agree(points, [*run.points[0], *run.points[-1]])
    first, last, _, lowest = read_numbers(shown["labels"][1])
    assert agree([first, last, lowest], [run.losses[0], run.losses[-1], run.losses.min()])
    if len(run.points) > 1:
        name, after = re.search(rf"(w[₁₂]): ({NUMBER}) ←", shown["worked"]).groups()
        assert agree([read_number(after)], [run.points[-1][0 if name == "w₁" else 1]])


def check_path(shown, run):
    inside = shown["contour"]
    visible = run.points[np.all(np.abs(run.points) <= 2.2, axis=1)]  # (V, 2), as far as the picture goes
    across = inside["left"] + (visible[:, 0] + 2.2) / 4.4 * (inside["right"] - inside["left"])
    down = inside["bottom"] - (visible[:, 1] + 2.2) / 4.4 * (inside["bottom"] - inside["top"])
    # Pixels are written with one decimal.
    np.testing.assert_allclose(np.reshape(shown["path"], (-1, 2)), np.stack([across, down], axis=1), rtol=0, atol=0.06)


def check_curve(shown, run, settings):
    inside, curve = shown["loss"], np.array(shown["curve"])  # (T + 1, 2)
    across = inside["left"] + np.arange(len(run.losses)) / settings["num_steps"] * (inside["right"] - inside["left"])
    np.testing.assert_allclose(curve[:, 0], across, rtol=0, atol=0.06)
    if settings["surface"] == "saddle":
        return  # its axis is symmetric about zero; on the others the ticks are powers of ten
    (low, low_text), *_, (high, high_text) = shown["ticks"]
    low_power, high_power = (math.log10(read_number(f"1×{text}")) for text in (low_text, high_text))
    powers_per_pixel = (high_power - low_power) / (high - low)
    expected = low + (np.log10(np.maximum(run.losses, 1e-16)) - low_power) / powers_per_pixel
    np.testing.assert_allclose(curve[:, 1], expected, rtol=0, atol=0.06)


def test_words_numbers_and_pictures_are_those_of_numpy_for_the_controls_values(open_lab):
    lab = open_lab()
    seen = set()
    for asked in SETTINGS:
        lab.go_to(**asked)
        settings = lab.settings()
        assert settings == {**settings, **asked}
        seen.add(check_against_numpy(lab).verdict)
    assert set(SENTENCES) - seen == set(), "no setting leads to these verdicts"


def test_after_real_input_what_is_shown_is_still_numpys(open_lab):
    lab = open_lab()
    for optimizer in ("momentum", "adam", "gradient_descent"):
        lab.optimizer.select_option(optimizer)
        for slider in lab.sliders.values():
            if slider.is_enabled():
                lab.drag(slider, 17)
        lab.drag(lab.handle, 31, -9)
        check_against_numpy(lab)


def test_over_the_grid_of_all_controls_extremes_nothing_is_thrown_and_nothing_is_not_a_number(open_lab):
    lab = open_lab()
    wrong, count = lab.root.evaluate("""lab => {
        const [surface, optimizer] = lab.querySelectorAll("select");
        const [rate, beta, steps, w1, w2] = lab.querySelectorAll(".lm-number");
        const enter = (control, value) => { control.value = value; control.dispatchEvent(new Event("change")); };
        const starts = [[w1.min, w2.min], [w1.min, w2.max], [w1.max, w2.min], [w1.max, w2.max], "00", "10", "11"];
        const wrong = [];
        let count = 0;
        for (const s of [...surface.options].map(option => option.value))
          for (const o of [...optimizer.options].map(option => option.value))
            for (const b of [beta.min, beta.max])
              for (const t of [steps.min, steps.max])
                for (const [a, c] of starts)
                  for (const r of [rate.min, rate.max]) {
                    if (b !== beta.min && o === "gradient_descent") continue; // switched off
                    const wanted = [[surface, s], [optimizer, o], [beta, b], [steps, t], [w1, a], [w2, c], [rate, r]];
                    for (const [control, value] of wanted) {
                      if (control.value !== value && !control.disabled) enter(control, value);
                    }
                    count += 1;
                    const found = lab.outerHTML.match(/.{0,40}(NaN|Infinity|undefined|\\bnull\\b).{0,40}/);
                    const said = lab.querySelector(".lm-readout").textContent.trim();
                    if (found || !said) wrong.push([s, o, b, t, a, c, r, found?.[0]].join(" "));
                  }
        return [wrong, count];
    }""")
    assert wrong == []
    assert count == 4 * 5 * 2 * 7 * 2
