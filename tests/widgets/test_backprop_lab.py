"""BackpropLab: all that it shows equals NumPy's truth, its traits refuse bad values, its words are whole."""

import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import traitlets
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import largemodels.widgets.backprop_lab as backprop_lab_module
from largemodels.graphs import (
    ACTIVATIONS,
    GRAPHS,
    LARGEST_DEPTH,
    LOSSES,
    MISTAKES,
    STEEPEST,
    build_graph,
    central_difference,
    judge,
    judge_guess,
    run_backward,
    softmax_of_two,
)
from largemodels.widgets.backprop_lab import BackpropLab
from largemodels.widgets.lab import joined_source

MODULE_PATH = Path(backprop_lab_module.__file__).with_suffix(".js")
DEFAULTS = BackpropLab().settings()


@pytest.fixture(scope="module")
def lab_js(javascript):
    return javascript(MODULE_PATH)


@pytest.fixture(scope="module")
def texts(lab_js):
    return lab_js.call("STRINGS")


# ---------------------------------------------------------------------------------------------------------
# What is shown, against NumPy's truth

values = st.one_of(st.sampled_from([0.0, 1.0, -3.0, 3.0, 1e-9]), st.floats(-3, 3))
lab_settings = st.fixed_dictionaries(
    {
        "graph": st.sampled_from(GRAPHS),
        "activation": st.sampled_from(ACTIVATIONS),
        "loss": st.sampled_from(LOSSES),
        "x": st.tuples(values, values),
        "w": st.tuples(*[values] * 8),
        "b": st.tuples(*[values] * 4),
        "target": st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)),
        "depth": st.integers(2, LARGEST_DEPTH),
        "step": st.integers(0, LARGEST_DEPTH + 2),
        "selected": st.sampled_from(BackpropLab.selected.choices),
        "h": st.one_of(st.sampled_from([1e-12, 1e-6, 1.0]), st.floats(-12, 0).map(lambda exponent: 10**exponent)),
        "mistake": st.sampled_from(MISTAKES),
    }
)


# A failing case is twelve settings, and needs no minutes of shrinking to be understood.
@settings(max_examples=700, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(chosen=lab_settings, language=st.sampled_from(["en", "zh"]))
@example(chosen={**DEFAULTS, "graph": "two_paths", "activation": "relu", "step": 5}, language="en")
def test_everything_shown_equals_what_numpy_computes(lab_js, texts, chosen, language):
    assert_shown_equals_numpy(lab_js, texts[language], chosen, language)


def test_everything_shown_equals_numpy_over_the_grid_of_extremes(lab_js, texts):
    count = 0
    for graph, activation, loss, target, mistake in itertools.product(
        GRAPHS, ACTIVATIONS, LOSSES, (0.0, 1.0), ("none", "one_path", "missing_slope")
    ):
        for value, h, step in ((3.0, 1e-12, 14), (-3.0, 1.0, 5), (0.0, 1e-6, 1), (1.0, 1e-6, 0)):
            chosen = {**DEFAULTS, "graph": graph, "activation": activation, "loss": loss, "target": target}
            chosen |= {"x": (value,) * 2, "w": (value,) * 8, "b": (value,) * 4, "depth": 12, "h": h, "step": step}
            assert_shown_equals_numpy(lab_js, texts["en"], {**chosen, "mistake": mistake}, "en")
            count += 1
    assert count == 576


def test_without_exponentials_every_number_is_the_same_to_the_bit(lab_js):
    for graph, mistake, h in itertools.product(("neuron", "two_paths", "chain"), MISTAKES, (1e-9, 1e-3)):
        chosen = {**DEFAULTS, "graph": graph, "activation": "relu", "mistake": mistake, "h": h, "step": 14}
        shown, run = lab_js.call("describe", chosen), run_backward(**chosen)
        for name in ("values", "gradients", "exact", "differences", "errors", "digits", "verdicts"):
            assert shown[name] == getattr(run, name), name
        assert [tuple(edge.values()) for edge in shown["edges"]] == list(run.edges)


def assert_shown_equals_numpy(lab_js, strings, chosen, language):
    shown = lab_js.call("describe", chosen, language)
    run = run_backward(**chosen)
    assert_all_finite(shown)
    words = shown.pop("words")

    assert shown.pop("order") == list(run.order)
    listing = shown.pop("listing")
    assert listing == list(run.listing)
    assert shown.pop("visited") == list(run.visited)
    assert shown.pop("current") == run.current
    assert shown.pop("upcoming") == run.upcoming
    assert shown.pop("selected") == run.selected
    assert shown.pop("paths") == {name: list(run.paths[name]) for name in listing}

    # Exponentials may differ in the last bit; 1 - a loses digits where a is near 1.
    sensitivity = 1.0
    if chosen["graph"] == "neuron" and chosen["loss"] == "cross_entropy":
        sensitivity = 1 / (run.values["a"] * (1 - run.values["a"]))
    largest = max(1.0, *(abs(value) for value in run.gradients.values()))

    def near(expected, scale=largest):
        return pytest.approx(expected, rel=1e-9 + 1e-15 * sensitivity, abs=1e-14 * scale)

    assert shown["values"] == {name: near(value, 1.0) for name, value in run.values.items()}
    assert shown["gradients"] == {name: near(run.gradients[name]) for name in listing}
    assert shown["exact"] == {name: near(run.exact[name]) for name in listing}
    edges = shown.pop("edges")
    assert len(edges) == len(run.edges)
    for edge, (start, end, derivative, flow, counted) in zip(edges, run.edges, strict=True):
        expected = {"from": start, "to": end, "derivative": near(derivative), "flow": near(flow), "counted": counted}
        assert edge == expected
    assert shown.pop("largestFlow") == near(run.largest_flow)
    noise = 1e-14 * sensitivity * (1 + max(map(abs, run.values.values()))) / chosen["h"]
    for name in listing:
        difference = shown["differences"][name]
        assert (difference is None) == (run.differences[name] is None)
        if difference is not None:
            assert difference == pytest.approx(run.differences[name], rel=1e-8, abs=noise), name
    numbers = {name: shown.pop(name) for name in ("values", "gradients", "exact", "differences")}

    # What follows from these numbers is judged by the numbers shown, whose last bits a tiny h makes large.
    graph = build_graph(
        **{name: chosen[name] for name in ("graph", "activation", "loss", "x", "w", "b", "target", "depth")}
    )
    judged = {}
    for name in listing:
        difference, crossed = central_difference(graph, name, chosen["h"])
        if not isinstance(difference, str):
            difference = numbers["differences"][name]
        judged[name] = judge(numbers["gradients"][name], numbers["exact"][name], difference, chosen["h"], crossed)
    for i, part in enumerate(("errors", "digits", "verdicts")):
        assert shown[part] == {name: judged[name][i] for name in listing}, part
    verdicts = shown["verdicts"]
    assert shown["firstWrong"] == next((name for name in run.visited if verdicts[name] == "mistake"), None)
    assert shown["hasEffect"] == run.has_effect
    decay = shown["decay"]
    assert (decay is None) == (run.decay is None)
    if decay:
        near_share = pytest.approx(run.decay[1], rel=1e-6, abs=1e-14)
        assert decay == {"units": run.decay[0], "share": near_share, "limit": pytest.approx(run.decay[2])}

    facts = {**numbers, **shown, "edges": edges}
    assert_words(words, facts, run, chosen, strings)
    for name in ("errors", "digits", "verdicts", "firstWrong", "hasEffect", "decay"):
        shown.pop(name)
    assert shown == {}, "parts of the state that no assertion here looked at"


def assert_all_finite(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            assert_all_finite(part)
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, str):
        assert not re.search(r"NaN|Infinity|undefined|null|[{}]", value), value


# ---------------------------------------------------------------------------------------------------------
# Words: a text is compared with a list of literal parts and numbers

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NUMBER = r"\(?(−?)(\d+(?:\.\d+)?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?\)?"
FUNCTIONS = {"sigmoid": "σ", "tanh": "tanh", "relu": "ReLU"}
MARKS = {"agrees": "✓", "agrees_coarsely": "✓", "mistake": "✗", "kink": "≠", "truncation": "≠", "rounding": "≠"}


def label(name):
    return name.translate(SUBSCRIPTS)


def ratio(above, below):
    return f"∂{label(above)}/∂{label(below)}"


def assert_says(text, *parts, digits=3):
    """The text is these parts; a number is shown to within half of its last place, and to about ``digits`` digits."""
    numbers = [part for part in parts if not isinstance(part, str)]
    match = re.fullmatch("".join(re.escape(part) if isinstance(part, str) else NUMBER for part in parts), text)
    assert match, f"{text!r} is not made of {parts!r}"
    for k, expected in enumerate(numbers):
        sign, size, exponent = match.groups()[3 * k : 3 * k + 3]
        scale = 10.0 ** int((exponent or "0").translate(FROM_SUPERSCRIPT))
        said = float(size) * scale * (-1 if sign else 1)
        last_place = 10.0 ** -len(size.partition(".")[2]) * scale
        allowed = min(last_place / 2, abs(expected) * 0.5 * 10.0 ** (1 - digits))
        assert abs(said - expected) <= allowed * (1 + 1e-9) + 1e-300, f"{text!r} says {said} for {expected!r}"


def template_parts(template, facts):
    """Split a template into parts, with numbers and lists of parts in the place of its names."""
    parts = []
    for literal, name in re.findall(r"([^{]*)(?:\{(\w+)\})?", template):
        parts.append(literal)
        if name:
            value = facts[name]
            parts += value if isinstance(value, list) else [value]
    return parts


def assert_words(words, facts, run, chosen, strings):
    step, count = min(chosen["step"], len(run.order)), len(run.order)
    assert words.pop("graphLabel") == strings["graph_label"].format(step=step, count=count)
    largest = max(abs(edge["flow"]) for edge in facts["edges"])
    for text, flow in zip(words.pop("legend"), (largest, largest / 16), strict=True):
        assert_says(text, flow, digits=2)
    for text, edge in zip(words.pop("flows"), facts["edges"], strict=True):
        assert_says(text, *([edge["flow"]] if edge["from"] in run.visited else []))
    assert words.pop("guess") == strings["guess"].format(name=ratio("L", run.upcoming) if run.upcoming else "–")

    nodes = words.pop("nodes")
    assert nodes.keys() == set(run.listing)
    for name, node in nodes.items():
        known = name in run.visited
        assert node.pop("label") == label(name)
        assert_says(node.pop("value"), facts["values"][name])
        gradient = [facts["gradients"][name]] if known else []
        assert_says(node.pop("gradient"), *gradient)
        assert_says(node.pop("shortValue"), facts["values"][name], digits=2)
        assert_says(node.pop("shortGradient"), *gradient, digits=1)
        rest = [f"{ratio('L', name)} = ", facts["gradients"][name]] if known else [strings["not_visited"]]
        assert_says(node.pop("spoken"), f"{label(name)} = ", facts["values"][name], "; ", *rest, digits=4)
        assert node == {}

    rows = words.pop("rows")
    for name, row in zip(run.listing, rows, strict=True):
        known = name in run.visited
        has_difference = known and facts["differences"][name] is not None
        assert row.pop("label") == label(name)
        assert_says(row.pop("value"), facts["values"][name], digits=4)
        assert_says(row.pop("gradient"), facts["gradients"][name] if known else "–", digits=4)
        assert_says(row.pop("difference"), facts["differences"][name] if has_difference else "–", digits=4)
        error = [f"{MARKS[facts['verdicts'][name]]} ", facts["errors"][name]] if has_difference else ["–"]
        assert_says(row.pop("error"), *error, digits=2)
        assert row == {}

    assert_says(words.pop("readout"), *readout_parts(facts, run, chosen, strings), digits=2)
    assert_panel(words.pop("panel"), facts, run, chosen, strings)
    assert words == {}, "words that no assertion here looked at"


def verdict_parts(name, facts, strings):
    said = {"difference": facts["differences"][name], "digits": str(facts["digits"][name])}
    return template_parts(strings[f"says_{facts['verdicts'][name]}"], said)


def readout_parts(facts, run, chosen, strings):
    step = min(chosen["step"], len(run.order))
    said = {"step": str(step), "count": str(len(run.order)), "loss": facts["values"]["L"]}
    if step == 0:
        return template_parts(strings["reads_nothing"], said)
    if step == 1:
        sentences = [template_parts(strings["reads_start"], said)]
    else:
        paths = len(run.paths[run.current])
        said |= {"name": ratio("L", run.current), "gradient": facts["gradients"][run.current], "paths": str(paths)}
        sentences = [template_parts(strings["reads_sum" if paths > 1 else "reads"], said)]
        sentences.append(verdict_parts(run.current, facts, strings))
    if chosen["mistake"] != "none":
        if facts["firstWrong"]:
            said["name"] = ratio("L", facts["firstWrong"])
            sentences.append(template_parts(strings["first_wrong"], said))
        else:
            sentences.append([strings["not_seen" if run.has_effect else "no_effect"]])
    elif facts["decay"]:
        said = {**facts["decay"], "units": str(facts["decay"]["units"]), "steepest": STEEPEST[activation_of(chosen)]}
        sentences.append(template_parts(strings["decay"], said))
    return [
        part
        for k, sentence in enumerate(sentences)
        for part in ([strings["between_sentences"]] if k else []) + sentence
    ]


def activation_of(chosen):
    forced = chosen["graph"] == "neuron" and chosen["loss"] == "cross_entropy"
    return "sigmoid" if forced else chosen["activation"]


def assert_panel(panel, facts, run, chosen, strings):
    name, gradients = run.selected, facts["gradients"]
    known = name in run.visited
    nodes = {
        node.name: node
        for node in build_graph(
            *(chosen[key] for key in ("graph", "activation", "loss", "x", "w", "b", "target", "depth"))
        ).nodes
    }
    title = f"{ratio('L', name)} = "
    assert_says(panel.pop("title"), title, gradients[name] if known else "?", digits=4)
    assert_says(panel.pop("computes"), *computes_parts(nodes[name], facts["values"], chosen, strings))

    lines = panel.pop("lines")
    edges = [edge for edge in facts["edges"] if edge["from"] == name]
    for edge in edges:
        line, user = lines.pop(0), edge["to"]
        why = why_parts(nodes[user], name, edge, facts["values"], chosen, strings)
        if user == "L":
            assert line["why"] == ""
            if not known:
                expected = [strings["direct"]]
            elif chosen["mistake"] == "forward_direction":
                before = nodes[name].inputs[0]
                said = {"gradient": ratio("L", name), "backward": ratio("L", before), "ratio": ratio(before, name)}
                expected = template_parts(strings["reversed"], said)
            else:
                expected = [f"{ratio('L', name)} = ", *why]
            assert_says(line["text"], *expected)
            continue
        said = {"user": label(user), "product": f"{ratio('L', user)} × {ratio(user, name)}"}
        if not known:
            assert line == {"text": strings["through_open"].format(**said), "why": ""}
            continue
        said |= {"upstream": gradients[user], "derivative": edge["derivative"], "flow": edge["flow"]}
        expected = template_parts(strings["through"], said)
        if not edge["counted"]:
            expected = template_parts(strings["not_added"], {"line": expected})
        assert_says(line["text"], *expected)
        assert_says(line["why"], f"{ratio(user, name)} = ", *why)
    if name == "L" and known:
        assert lines.pop(0) == {"text": strings["start"], "why": ""}
    if known and len(edges) > 1:
        added = [edge["flow"] for edge in edges if edge["counted"]]
        terms = [part for k, flow in enumerate(added) for part in ([" + "] if k else []) + [flow]]
        total = [" = ", gradients[name]] if len(added) > 1 else []
        assert_says(lines.pop(0)["text"], title, *terms, *total)
    assert lines == []

    assert_says(panel.pop("check"), *(verdict_parts(name, facts, strings) if known else [strings["not_visited"]]))
    measured = panel.pop("measured")
    error = facts["errors"][name]
    if not known:
        assert measured == ""
    else:
        template = strings["not_measured" if error is None else "measured"]
        measured = re.sub(r"= 10(?=[⁻⁰])", "= 1×10", measured)  # a bare power of ten
        assert_says(measured, *template_parts(template, {"h": chosen["h"], "error": error}), digits=2)
    assert panel == {}


def joined(parts, separator):
    return [part for k, one in enumerate(parts) for part in ([separator] if k else []) + [one]]


def computes_parts(node, values, chosen, strings):
    """What a node computes: letters, then numbers."""
    name, rule, y = label(node.name), node.rule, chosen["target"]
    v = [values[i] for i in node.inputs]
    letters = [label(i) for i in node.inputs]
    f = FUNCTIONS[activation_of(chosen)]
    result = [" = ", values[node.name]]
    if rule == "leaf":
        template = strings["an_input" if node.name[0] == "x" else "a_parameter"]
        return template_parts(template, {"name": name, "value": values[node.name]})
    if rule == "product":
        return [f"{name} = {letters[0]} · {letters[1]} = ", v[0], " × ", v[1], *result]
    if rule == "sum":
        return [f"{name} = {' + '.join(letters)} = ", *joined(v, " + "), *result]
    if rule == "weighted_sum":
        a, u, b, w, c = letters
        numbers = [v[1], " × ", v[0], " + ", v[3], " × ", v[2], " + ", v[4]]
        return [f"{name} = {u} · {a} + {w} · {b} + {c} = ", *numbers, *result]
    if rule == "activation":
        return [f"{name} = {f}({letters[0]}) = {f}(", v[0], ")", *result]
    if rule == "unit":
        return [f"{name} = {f}({letters[1]} · {letters[0]}) = {f}(", v[1], " × ", v[0], ")", *result]
    if rule == "squared_error":
        return [f"L = ½ ({letters[0]} − y)² = ½ (", v[0], " − ", y, ")²", *result]
    if rule == "cross_entropy":
        return ["L = −y ln a − (1 − y) ln(1 − a)", *result, ", y = ", y]
    first, second = softmax_of_two(*v)
    return [
        "ŷ = softmax(z₃, z₄) = (",
        first,
        ", ",
        second,
        "), y = (",
        1 - y,
        ", ",
        y,
        "), L = −y₁ ln ŷ₁ − y₂ ln ŷ₂",
        *result,
    ]


def why_parts(node, name, edge, values, chosen, strings):
    """Where the derivative of an edge comes from."""
    at = node.inputs.index(name)
    a, out, y = label(node.name), values[node.name], chosen["target"]
    activation, left_out = activation_of(chosen), chosen["mistake"] == "missing_slope"
    result = [" = ", edge["derivative"]]
    if node.rule == "product":
        other = node.inputs[1 - at]
        return [f"{label(other)} = ", values[other]]
    if node.rule == "sum":
        return ["1"]
    if node.rule == "weighted_sum":
        if at == 4:
            return ["1"]
        other = node.inputs[{0: 1, 1: 0, 2: 3, 3: 2}[at]]
        return [f"{label(other)} = ", values[other]]
    if node.rule == "activation":
        if left_out:
            return [f"1 ({strings['slope_left_out']})"]
        if activation == "relu":
            return [f"1 ({label(name)} > 0)" if values[name] > 0 else f"0 ({label(name)} ≤ 0)"]
        if activation == "tanh":
            return [f"1 − {a}² = 1 − ", out, "²", *result]
        return [f"{a}(1 − {a}) = ", out, " × ", 1 - out, *result]
    if node.rule == "unit":
        other = node.inputs[1 - at]
        if left_out:
            return [f"{label(other)} = ", values[other], f" ({strings['slope_left_out']})"]
        slope = {"sigmoid": out * (1 - out), "tanh": 1 - out * out, "relu": float(out > 0)}[activation]
        formula = {"sigmoid": f"{a}(1 − {a})", "tanh": f"(1 − {a}²)", "relu": "1" if slope else "0"}[activation]
        return [f"{formula} · {label(other)} = ", slope, " × ", values[other], *result]
    if node.rule == "squared_error":
        return [f"{label(name)} − y = ", values[name], " − ", y, *result]
    if node.rule == "cross_entropy":
        a = values["a"]
        return ["(a − y) / (a(1 − a)) = ", a - y, " / ", a * (1 - a), *result]
    share = softmax_of_two(values["z3"], values["z4"])[at]
    number = "₁₂"[at]
    return [f"ŷ{number} − y{number} = ", share, " − ", y if at else 1 - y, *result]


def test_the_words_for_a_weight_on_two_paths_are_these(lab_js):
    chosen = {**DEFAULTS, "graph": "two_paths", "activation": "relu", "step": 5}
    words = lab_js.call("describe", chosen)["words"]
    assert words["readout"] == (
        "5 of 7 nodes visited: ∂L/∂w = 4.50, the sum of 2 paths. The finite difference 4.50 agrees to 11 digits."
    )
    assert [line["text"] for line in words["panel"]["lines"]] == [
        "through p: ∂L/∂p × ∂p/∂w = 1.00 × 1.50 = 1.50",
        "through z: ∂L/∂z × ∂z/∂w = 3.00 × 1.00 = 3.00",
        "∂L/∂w = 1.50 + 3.00 = 4.50",
    ]


# ---------------------------------------------------------------------------------------------------------
# Guesses


@settings(max_examples=300, deadline=None)
@given(chosen=lab_settings, factor=st.sampled_from([1.0, -1.0, 0.5, 2.0]), which=st.integers(0, 5))
def test_guesses_are_judged_as_in_python(lab_js, texts, chosen, factor, which):
    run = run_backward(**{**chosen, "mistake": "none"})
    candidates = [1.0]
    if run.upcoming:
        edges = [edge for edge in run.edges if edge[0] == run.upcoming]
        candidates += [run.gradients[run.upcoming], *(edge[2] for edge in edges), *(edge[3] for edge in edges)]
    guess = factor * candidates[which % len(candidates)]
    judged = lab_js.call("judgeGuess", chosen, guess, "zh")
    assert judged == {"code": judge_guess(guess, **chosen), "text": texts["zh"][f"guess_{judged['code']}"]}


def test_what_is_no_number_is_said_to_be_none(lab_js, texts):
    judged = lab_js.call("judgeGuess", DEFAULTS, None)
    assert judged == {"code": "unreadable", "text": texts["en"]["guess_unreadable"]}


# ---------------------------------------------------------------------------------------------------------
# The module and its words


def test_the_joined_source_computes_what_the_module_computes(javascript, lab_js, tmp_path):
    joined_path = tmp_path / "backprop_lab.mjs"
    joined_path.write_text(joined_source("backprop_lab", ".js"), encoding="utf-8")
    joined_js = javascript(joined_path)
    assert joined_js.call("STRINGS") == lab_js.call("STRINGS")
    for graph, activation in itertools.product(GRAPHS, ACTIVATIONS):
        chosen = {**DEFAULTS, "graph": graph, "activation": activation, "step": 4}
        assert joined_js.call("describe", chosen, "zh") == lab_js.call("describe", chosen, "zh")


def test_the_joined_source_imports_nothing_and_ends_in_anywidgets_form():
    source = joined_source("backprop_lab", ".js")
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.endswith("export default { render };\n")


def test_every_text_stands_in_both_languages_with_the_same_placeholders(texts):
    assert texts.keys() == {"en", "zh"}
    assert texts["en"].keys() == texts["zh"].keys()
    for key, english in texts["en"].items():
        names = [sorted(re.findall(r"\{(\w+)\}", texts[language][key])) for language in ("en", "zh")]
        assert names[0] == names[1], key
        if key not in ("between_sentences", "loss_two_paths"):
            assert texts["zh"][key] != english, f"{key} is not translated"


def test_the_page_and_python_agree_on_settings_ranges_and_choices(lab_js):
    schema = lab_js.call("SCHEMA")
    traits = BackpropLab.class_traits(setting=True)
    assert list(schema) == list(BackpropLab().settings())
    for name, rule in schema.items():
        if "choices" in rule:
            assert tuple(rule["choices"]) == traits[name].choices
        else:
            assert (rule["minimum"], rule["maximum"]) == (traits[name].minimum, traits[name].maximum)
            assert rule.get("size") == getattr(traits[name], "size", None)


def test_every_node_of_every_graph_can_be_selected():
    for graph in GRAPHS:
        names = run_backward(**{**DEFAULTS, "graph": graph, "depth": LARGEST_DEPTH}).listing
        assert set(names) <= set(BackpropLab.selected.choices)


# ---------------------------------------------------------------------------------------------------------
# The Python object


@pytest.mark.parametrize(
    ("trait", "value", "allowed"),
    [
        ("graph", "tree", "one of neuron, two_paths, network, chain"),
        ("activation", "gelu", "one of sigmoid, tanh, relu"),
        ("loss", "hinge", "one of squared_error, cross_entropy"),
        ("x", (1.0,), "2 finite numbers from -3 to 3"),
        ("w", (1.0,) * 7, "8 finite numbers from -3 to 3"),
        ("b", (1.0, 1.0, 1.0, math.nan), "4 finite numbers from -3 to 3"),
        ("target", 1.1, "a finite number from 0 to 1"),
        ("depth", 13, "a whole number from 2 to 12"),
        ("step", -1, "a whole number from 0 to 14"),
        ("h", 0, "a finite number from 1e-12 to 1"),
        ("mistake", "typo", "one of none, one_path, overwritten, missing_slope, forward_direction"),
    ],
)
def test_a_bad_setting_is_refused_and_the_last_good_one_stays(trait, value, allowed):
    lab = BackpropLab()
    before = getattr(lab, trait)
    with pytest.raises(traitlets.TraitError) as error:
        setattr(lab, trait, value)
    assert str(error.value) == f"BackpropLab.{trait} must be {allowed}; got {value!r}"
    assert getattr(lab, trait) == before


def test_the_text_form_is_stable_and_makes_the_same_lab():
    lab = BackpropLab(graph="two_paths", activation="relu", step=3)
    assert repr(lab) == (
        "BackpropLab(graph='two_paths', activation='relu', loss='squared_error', x=(1.5, -1.0), "
        "w=(2.0, 1.0, 1.0, 1.5, 1.2, -0.8, -0.7, 0.9), b=(-1.0, 0.5, 0.25, 0.0), target=1.0, depth=8, step=3, "
        "selected='current', h=1e-06, mistake='none')"
    )
    assert eval(repr(lab)).settings() == lab.settings()


def test_settings_go_into_run_backward_as_they_are():
    lab = BackpropLab(graph="two_paths", activation="relu", step=5)
    assert run_backward(**lab.settings()).gradients["w"] == 4.5


def test_numpys_numbers_are_taken_and_become_pythons():
    lab = BackpropLab(x=np.array([1.0, 2.0]), depth=np.int64(3), h=np.float64(0.1))
    assert json.loads(json.dumps(lab.settings()))["x"] == [1.0, 2.0]
    assert repr(lab.settings()) == repr(BackpropLab(x=(1, 2), depth=3, h=0.1).settings())


def test_the_reset_leads_to_what_the_lab_was_made_with():
    lab = BackpropLab(graph="chain")
    lab.graph = "network"
    assert lab.get_state("initial")["initial"]["graph"] == "chain"


def test_every_setting_says_what_it_is():
    for name, trait in BackpropLab.class_traits(setting=True).items():
        assert trait.help, name
