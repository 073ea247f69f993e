"""BackpropLab in a page of its own, without the site: what its elements do."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from largemodels.widgets.backprop_lab import BackpropLab

HAND_WORKED = {"graph": "two_paths", "activation": "relu"}


@pytest.fixture
def open_lab(open_lab_page):
    """A function that opens a page with the lab; see the fixture ``open_lab_page``."""

    def open_page(settings=None, address=None, context=None, **traits):
        lab = BackpropLab(**(settings or {}), **traits)
        return open_lab_page(lab, ".lm-backprop .lm-bp-edge[d^=M]", address, **(context or {}))

    return open_page


def readout(page):
    return page.text_content(".lm-readout").strip()


def saved(page, name):
    """What the model holds after the next frame, in which the lab hands its changes over."""
    return page.evaluate("name => new Promise(done => setTimeout(() => done(model.get(name)), 60))", name)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def node(page, name):
    """The box of a node in the picture, by the name that it shows."""
    return page.locator(".lm-bp-node").filter(has=page.locator(f".lm-bp-name:text-is('{name}')"))


# ---------------------------------------------------------------------------------------------------------
# Stepping


def test_steps_go_back_node_by_node_and_are_undone(open_lab):
    page = open_lab(HAND_WORKED)
    assert readout(page).startswith("0 of 7 nodes visited:")
    press(page, "Step back")
    assert readout(page) == "1 of 7 nodes visited: ∂L/∂L = 1, where every backward pass starts."
    press(page, "All")
    assert readout(page).startswith("7 of 7 nodes visited: ∂L/∂x = 2.00.")
    press(page, "Step back")
    assert saved(page, "step") == 7
    for _ in range(2):
        press(page, "Undo")
    assert readout(page).startswith("5 of 7 nodes visited: ∂L/∂w = 4.50, the sum of 2 paths.")
    for _ in range(6):
        press(page, "Undo")
    assert saved(page, "step") == 0


def test_a_gradient_appears_in_the_picture_when_its_node_is_visited(open_lab):
    page = open_lab(HAND_WORKED, step=4)
    gradient = node(page, "w").locator(".lm-bp-gradient")
    edges = "nodes => nodes.filter(node => node.dataset.sign === 'positive').length"
    assert gradient.text_content() == ""
    assert node(page, "w").get_attribute("data-state") == "next"
    assert page.eval_on_selector_all(".lm-bp-graph .lm-bp-edge", edges) == 3
    press(page, "Step back")
    assert gradient.text_content() == "4.50"
    assert node(page, "w").get_attribute("data-state") == "current"
    assert page.eval_on_selector_all(".lm-bp-graph .lm-bp-edge", edges) == 5


def test_an_edge_is_as_wide_as_the_root_of_what_flows_back_along_it(open_lab):
    page = open_lab(HAND_WORKED, step=7)
    widths = page.eval_on_selector_all(
        ".lm-bp-graph .lm-bp-edge", "nodes => nodes.map(node => Number(node.getAttribute('stroke-width')))"
    )
    # Flows 1 (p), 3 (a), 3 (z), 1.5 and 3 (w), 3 (b), 2 (x); the widest is 11.
    expected = [1.5 + 9.5 * (flow / 3) ** 0.5 for flow in (1, 3, 3, 1.5, 3, 3, 2)]
    assert widths == pytest.approx(expected, abs=0.006)


def test_playing_visits_the_nodes_one_by_one_and_a_change_ends_it(open_lab):
    page = open_lab(HAND_WORKED)
    page.clock.install()
    press(page, "Play")
    for visited in (1, 2, 3):
        page.clock.run_for(900)
        assert readout(page).startswith(f"{visited} of 7 ")
    page.get_by_label("Activation").select_option("tanh")
    page.clock.run_for(5000)
    assert readout(page).startswith("3 of 7 ")
    press(page, "Play")
    page.clock.run_for(20000)
    assert readout(page).startswith("7 of 7 ")
    assert page.get_by_role("button", name="Play").is_visible()


def test_there_is_no_play_where_less_motion_is_wanted(open_lab):
    page = open_lab(context={"reduced_motion": "reduce"})
    assert page.get_by_role("button", name="Play").count() == 0


# ---------------------------------------------------------------------------------------------------------
# Nodes


def test_a_value_is_dragged_by_mouse_and_stays_in_its_range(open_lab):
    page = open_lab(HAND_WORKED, step=5)
    box = node(page, "w").bounding_box()
    x, y = box["x"] + 20, box["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y - 20, steps=4)
    assert saved(page, "w")[0] == 3
    page.mouse.move(x - 20, y + 20, steps=4)
    assert saved(page, "w")[0] == 1
    page.mouse.move(2, 890)
    page.mouse.up()
    assert saved(page, "w")[0] == -3
    page.mouse.move(x, y)
    assert saved(page, "w")[0] == -3, "the value followed the pointer after it was let go"
    assert page.evaluate("model.get('w').slice(1)") == [1, 1, 1.5, 1.2, -0.8, -0.7, 0.9]


def test_a_value_is_dragged_by_touch_without_scrolling_the_page(open_lab):
    page = open_lab(HAND_WORKED, context={"has_touch": True, "viewport": {"width": 400, "height": 500}})
    box = node(page, "x").bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + 20, box["y"] + 20
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for shift in range(10, 50, 10):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + shift}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert saved(page, "x") == [0.5, -1]
    assert page.evaluate("scrollY") == 0


def test_a_value_moves_by_keys_and_says_itself_and_its_gradient(open_lab):
    page = open_lab(HAND_WORKED, step=5)
    weight = page.get_by_role("slider", name="w", exact=True)
    weight.focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowDown", "Shift+ArrowLeft", "PageUp"):
        page.keyboard.press(key)
    assert saved(page, "w")[0] == 2.05
    assert weight.get_attribute("aria-valuetext") == "w = 2.05; ∂L/∂w = 4.65"
    page.keyboard.press("End")
    assert weight.get_attribute("aria-valuenow") == "3"
    page.keyboard.press("Home")
    assert saved(page, "w")[0] == -3


def test_a_value_is_typed_in_the_table(open_lab):
    page = open_lab(HAND_WORKED, step=5)
    field = page.get_by_label("w, value")
    field.fill("1.25")
    assert saved(page, "w")[0] == 1.25
    field.fill("7")
    page.keyboard.press("Tab")
    assert readout(page).startswith("Weights w goes from -3 to 3: 3, 1, 1, 1.5, 1.2, −0.8, −0.7, 0.9 is used.")
    assert field.input_value() == "3"


def test_a_node_is_shown_in_detail_when_it_is_chosen_and_a_step_leads_on(open_lab):
    page = open_lab(HAND_WORKED, step=5)
    node(page, "z").click()
    assert page.text_content(".lm-bp-title") == "∂L/∂z = 3.00"
    assert node(page, "z").get_attribute("aria-pressed") == "true"
    page.get_by_role("slider", name="b", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.text_content(".lm-bp-title") == "∂L/∂b = ?"
    assert saved(page, "selected") == "b"
    press(page, "Undo")
    assert page.text_content(".lm-bp-title") == "∂L/∂z = 3.00"


@pytest.mark.parametrize("graph", ["neuron", "two_paths", "network", "chain"])
@pytest.mark.parametrize("width", [320, 760])
def test_nodes_overlap_nowhere_and_stay_in_the_picture(open_lab, graph, width):
    page = open_lab(graph=graph, depth=12, step=14, context={"viewport": {"width": width, "height": 900}})
    overlaps = page.evaluate("""() => {
        const inner = document.querySelector(".lm-bp-graph").getBoundingClientRect();
        const nodes = [...document.querySelectorAll(".lm-bp-node")];
        const boxes = nodes.map(node => [node.textContent, node.getBoundingClientRect()]);
        const wrong = [];
        for (const [name, a] of boxes) {
          if (a.left < inner.left || a.right > inner.right) wrong.push(name);
          if (a.top < inner.top || a.bottom > inner.bottom) wrong.push(name);
          for (const [other, b] of boxes)
            if (name < other && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
              wrong.push(name + "|" + other);
        }
        return wrong;
    }""")
    assert overlaps == []


@pytest.mark.parametrize("width", [320, 760])
@pytest.mark.parametrize("graph", ["neuron", "two_paths", "network", "chain"])
@pytest.mark.parametrize("values", [{"x": (-2.75, -2.75), "w": (-2.35,) * 8, "b": (-1.85,) * 4}, {"w": (2.05,) * 8}])
def test_the_longest_numbers_stay_inside_their_nodes(open_lab, graph, width, values):
    page = open_lab(
        values,
        graph=graph,
        activation="tanh",
        step=14,
        context={"viewport": {"width": width, "height": 900}},
    )
    for depth in ("4", "12") if graph == "chain" else ("8",):
        page.evaluate("depth => model.set('depth', Number(depth))", depth)
        wide = page.eval_on_selector_all(
            ".lm-bp-node",
            """nodes => nodes.filter(node => [...node.querySelectorAll("span")].some(
                part => part.offsetWidth > node.clientWidth + 2)).map(node => node.textContent)""",
        )
        assert wide == []


# ---------------------------------------------------------------------------------------------------------
# Mistakes and guesses


def test_a_planted_mistake_is_marked_at_the_first_wrong_gradient(open_lab):
    page = open_lab(graph="network", activation="tanh", step=9)
    assert page.locator("[data-wrong=first]").count() == 0
    page.get_by_label("Planted mistake").select_option("one_path")
    assert node(page, "a₁").get_attribute("data-wrong") == "first"
    assert node(page, "a₂").get_attribute("data-wrong") == "true"
    assert node(page, "z₃").get_attribute("data-wrong") == "false"
    assert "The first that disagrees is ∂L/∂a₁" in readout(page)
    row = page.locator(".lm-bp-scroll tr[data-first=true]")
    assert row.locator("th").text_content() == "a₁"
    red = row.locator("td").nth(2).evaluate("cell => getComputedStyle(cell).color")
    black = page.locator(".lm-bp-scroll tbody tr td").nth(2).evaluate("cell => getComputedStyle(cell).color")
    assert red != black
    assert page.get_attribute(".lm-readout", "data-tone") == "bad"


def test_a_guess_is_judged_and_forgotten_at_the_next_step(open_lab):
    page = open_lab(HAND_WORKED, step=4)
    field = page.get_by_label("Predict ∂L/∂w")
    said = page.locator(".lm-said").first
    for guess, answer in (("1.5", "That is one path alone"), ("-4.5", "The size is right"), ("", "Type a number")):
        field.fill(guess)
        press(page, "Check")
        assert said.text_content().startswith(answer)
    field.fill("4.5")
    page.keyboard.press("Enter")
    assert said.text_content() == "Right. Step back to see it."
    assert saved(page, "step") == 4
    press(page, "Step back")
    assert said.text_content() == ""
    assert page.get_by_label("Predict ∂L/∂b").input_value() == ""
    press(page, "All")
    assert page.get_by_label("Predict –").is_disabled()


# ---------------------------------------------------------------------------------------------------------
# Settings


def test_another_graph_starts_before_the_first_step(open_lab):
    page = open_lab(HAND_WORKED, step=5, selected="w")
    page.get_by_role("combobox", name="Graph").select_option("chain")
    assert readout(page).startswith("0 of 10 nodes visited:")
    assert saved(page, "selected") == "current"
    assert page.locator(".lm-bp-node").count() == 11  # x, eight units, L, and one handle for all weights


def test_controls_that_a_graph_does_not_use_are_off_and_say_what_holds(open_lab):
    page = open_lab(HAND_WORKED)
    loss = page.get_by_role("combobox", name="Loss")
    assert loss.is_disabled()
    assert loss.evaluate("select => select.selectedOptions[0].textContent") == "L = p · a"
    assert page.get_by_role("slider", name="Target y not used here").is_disabled()
    assert page.get_by_role("slider", name="Units in the chain chain only").is_disabled()
    page.get_by_role("combobox", name="Graph").select_option("neuron")
    loss.select_option("cross_entropy")
    activation = page.get_by_label("Activation")
    assert activation.is_disabled()
    assert activation.input_value() == "sigmoid"
    assert page.get_by_role("slider", name="Target y").is_enabled()


def test_changes_from_python_show_in_every_control(open_lab):
    page = open_lab()
    page.evaluate("""() => {
        model.set("graph", "chain"); model.set("activation", "tanh"); model.set("mistake", "missing_slope");
        model.set("depth", 3); model.set("step", 3); model.set("h", 0.01); model.set("target", 0.25);
        model.set("x", [0.5, 1]); model.set("w", [1.25, 1, 1, 1, 1, 1, 1, 1]);
    }""")
    assert readout(page).startswith("3 of 5 nodes visited: ∂L/∂a₂ = ")
    shown = page.eval_on_selector_all(".lm-backprop :is(input, select)", "nodes => nodes.map(node => node.value)")
    assert shown == [
        *("chain", "tanh", "fixed", "missing_slope", ""),
        *("1.25", "1.25", "1.25", "0.5"),
        *("20", "0.01", "5", "0.25", "1", "3"),
    ]
    assert page.evaluate("model.saves") == 0, "a change that came from Python went back to it"


def test_the_step_of_the_finite_difference_is_chosen_on_a_logarithmic_slider(open_lab):
    page = open_lab(step=7)
    slider = page.get_by_role("slider", name="Step h of the finite difference")
    slider.focus()
    page.keyboard.press("End")
    assert saved(page, "h") == 1
    assert "because h is large" in readout(page)
    page.keyboard.press("Home")
    assert saved(page, "h") == 1e-12
    assert "rounding drowns it" in readout(page)


def test_many_changes_within_a_frame_reach_the_model_once(open_lab):
    page = open_lab()
    page.evaluate("""() => {
        const slider = document.querySelector(".lm-slider");
        for (const at of [2, 4, 6, 8]) { slider.value = at; slider.dispatchEvent(new Event("input")); }
    }""")
    assert saved(page, "h") == 1e-8
    assert page.evaluate("model.saves") == 1


def test_reset_leads_to_what_the_lab_was_made_with(open_lab):
    page = open_lab(settings={"graph": "chain", "depth": 3}, address={"graph": "network", "step": "4"})
    assert readout(page).startswith("4 of 9 nodes visited: ∂L/∂a₁ = ")
    press(page, "Reset")
    assert readout(page).startswith("0 of 5 nodes visited")
    assert saved(page, "graph") == "chain"


def test_the_address_sets_the_lab_and_what_makes_no_sense_in_it_is_said(open_lab):
    page = open_lab(address={"step": "2", "depth": "99", "x": "1,oops", "selected": "<b>", "w": "1,1,1,1,1,1,1,9"})
    text = readout(page)
    assert "Units in the chain goes from 2 to 12: 12 is used." in text
    assert "Inputs x was not understood: 1.5, −1 is kept." in text
    assert "Node in detail was not understood: the one visited last is kept." in text
    assert "2 of 10 nodes visited" in text
    assert saved(page, "w") == [1, 1, 1, 1, 1, 1, 1, 3]


def test_the_link_is_shown_to_copy_by_hand_where_there_is_no_clipboard(open_lab):
    page = open_lab(address={"step": "3"})
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_label("Link to this setting").input_value()
    assert "step=3" in link
    assert "x=1.5%2C-1" in link


def test_a_notebook_has_no_link_button(open_lab):
    page = open_lab()
    assert page.get_by_role("button", name="Copy link").count() == 0
    assert "null" not in page.inner_text(".lm-lab")


# ---------------------------------------------------------------------------------------------------------
# The whole


def test_screen_readers_hear_the_readout_once_the_reader_pauses(open_lab):
    page = open_lab(HAND_WORKED)
    live = page.locator(".lm-live")
    for _ in range(3):
        press(page, "Step back")
    assert live.text_content() == ""
    page.wait_for_function("document.querySelector('.lm-live').textContent !== ''")
    assert live.text_content().strip() == readout(page)


def test_the_theme_follows_the_page(open_lab):
    page = open_lab(step=3)
    colours = "['.lm-bp-node', '.lm-bp-edge'].map(at => getComputedStyle(document.querySelector(at)).color).join()"
    light = page.evaluate(colours)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("document.querySelector('.lm-lab').dataset.lmTheme === 'dark'")
    assert page.evaluate(colours) != light


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("graph", ["neuron", "two_paths", "network", "chain"])
def test_axe_finds_nothing(open_lab, theme, graph):
    page = open_lab(address={"step": "99"}, graph=graph, mistake="missing_slope", activation="tanh")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate(
        "document.body.style.background = getComputedStyle(document.querySelector('.lm-lab')).backgroundColor"
    )
    found = Axe().run(page, context=".lm-lab").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_another_language_changes_every_word(open_lab):
    page = open_lab(graph="network", step=4)
    page.evaluate("model.set('language', 'zh')")
    assert readout(page).startswith("9 个节点中已访问 4 个：")
    words = re.findall(r"[A-Za-z]{3,}", page.inner_text(".lm-lab"))
    assert set(words) <= {"Softmax"}


def test_the_clean_up_leaves_nothing_behind(open_lab):
    page = open_lab()
    press(page, "Play")
    page.evaluate("cleanUp()")
    assert page.evaluate("document.getElementById('host').childElementCount") == 0
    assert page.evaluate("Object.values(model.listeners).every(listeners => listeners.size === 0)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'; model.set('step', 1)")
    page.wait_for_timeout(1000)
    assert page.evaluate("model.saves") == 0


@pytest.mark.parametrize("width", [320, 360, 760, 1100])
def test_nothing_is_thrown_nothing_overflows_and_nothing_moves_over_the_grid_of_extremes(open_lab, width):
    page = open_lab(context={"viewport": {"width": width, "height": 900}})
    seen = page.evaluate("""() => {
        const lab = document.querySelector(".lm-lab");
        const wrong = [], heights = {};
        for (const graph of ["neuron", "two_paths", "network", "chain"])
          for (const activation of ["sigmoid", "tanh", "relu"])
            for (const mistake of ["none", "one_path", "missing_slope", "forward_direction"])
              for (const h of [1e-12, 1e-6, 1])
                for (const value of [0, 1.35, -3, 3])
                  for (const step of [0, 4, 14]) {
                    const loss = step ? "squared_error" : "cross_entropy";
                    const all = { graph, activation, mistake, h, step, loss, depth: value > 1 ? 12 : 3 };
                    Object.assign(all, { x: [value, value], w: Array(8).fill(value), b: Array(4).fill(-value) });
                    Object.assign(model.values, all);
                    model.set("target", value ? 0 : 1);
                    if (/NaN|Infinity|undefined|null/.test(lab.outerHTML)) wrong.push(JSON.stringify(all));
                    heights[lab.offsetHeight] ??= JSON.stringify(all);
                  }
        const text = document.createElement("canvas").getContext("2d");
        const width = font => { text.font = `40px ${font}`; return text.measureText("mmmiii").width; };
        return {
          wrong,
          heights,
          overflows: document.documentElement.scrollWidth > innerWidth,
          hasArial: width("Arial, monospace") !== width("monospace"),
        };
    }""")
    assert seen["wrong"] == []
    assert not seen["overflows"]
    # Room is kept for the longest texts in Arial's widths; a wider font may need a line more here and there.
    heights = [int(height) for height in seen["heights"]]
    assert max(heights) - min(heights) <= (0 if seen["hasArial"] else 45), seen["heights"]


def test_where_a_gradient_is_a_sum_each_part_stands_beside_its_edge(open_lab):
    page = open_lab(HAND_WORKED, step=7)
    parts = page.eval_on_selector_all(".lm-bp-graph .lm-bp-flow", "nodes => nodes.map(node => node.textContent)")
    assert parts == ["1.50", "3.00"]
