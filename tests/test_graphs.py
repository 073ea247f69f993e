"""Computational graphs: gradients by hand, by central differences, and by TensorFlow; planted mistakes; verdicts."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from largemodels.gradcheck import numerical_gradient, relative_error
from largemodels.graphs import (
    ACTIVATIONS,
    GRAPHS,
    LARGEST_DEPTH,
    LOSSES,
    MISTAKES,
    NODE_NAMES,
    build_graph,
    judge_guess,
    run_backward,
)

X, W, B = (1.5, -1.0), (2.0, 1.0, 1.0, 1.5, 1.2, -0.8, -0.7, 0.9), (-1.0, 0.5, 0.25, 0.0)
ALL = 99


def run(graph, **more):
    return run_backward(graph, **{"x": X, "w": W, "b": B, "step": ALL, **more})


# ---------------------------------------------------------------------------------------------------------
# By hand


def test_two_paths_adds_the_contributions_worked_by_hand():
    # p = 2 · 1.5 = 3, z = 2 - 1 = 1, a = 1, L = 3. Through p: 1 · 1.5. Through z: 3 · 1 · 1.
    result = run("two_paths", activation="relu")
    assert result.values == {"x": 1.5, "b": -1, "w": 2, "z": 1, "a": 1, "p": 3, "L": 3}
    assert result.gradients == {"L": 1, "p": 1, "a": 3, "z": 3, "w": 4.5, "b": 3, "x": 2}
    assert [edge for edge in result.edges if edge[0] == "w"] == [("w", "p", 1.5, 1.5, True), ("w", "z", 1, 3, True)]


def test_a_neuron_gives_the_gradients_worked_by_hand():
    # z = 2 · 0.5 - 1 · 1 + 0 = 0, a = 1/2, slope 1/4, L = (1/2)²/2; ∂L/∂a = -1/2, ∂L/∂z = -1/8.
    result = run("neuron", x=(0.5, 1.0), w=(2.0, -1.0), b=(0.0,))
    assert result.values["L"] == 0.125
    gradients = {"L": 1, "a": -0.5, "z": -0.125, "p1": -0.125, "p2": -0.125, "b": -0.125}
    gradients |= {"w1": -0.0625, "x1": -0.25, "w2": -0.125, "x2": 0.125}
    assert result.gradients == gradients


def test_sigmoid_and_cross_entropy_together_give_output_minus_target():
    result = run("neuron", loss="cross_entropy", target=0.0, activation="relu")
    assert result.gradients["z"] == pytest.approx(result.values["a"], rel=1e-14)


def test_equal_logits_give_half_minus_target():
    result = run("network", w=(0.0,) * 8, b=(0.0,) * 4, target=1.0)
    assert result.values["L"] == pytest.approx(math.log(2), rel=1e-15)
    assert (result.gradients["z3"], result.gradients["z4"]) == (0.5, -0.5)


def test_a_chain_of_relu_units_multiplies_the_gradient_by_w_each_time():
    # a₁ … a₄ = 3, 6, 12, 24; ∂L/∂a₄ = 24 - 1.
    result = run("chain", activation="relu", depth=4)
    assert [result.gradients[name] for name in ("a4", "a3", "a2", "a1", "x")] == [23, 46, 92, 184, 368]
    assert [result.gradients[f"w{k}"] for k in (1, 2, 3, 4)] == [184 * 1.5, 92 * 3, 46 * 6, 23 * 12]
    assert result.decay == (4, 16.0, 2.0)


# ---------------------------------------------------------------------------------------------------------
# Against central differences and TensorFlow


def activate(name, z, library):
    if name == "sigmoid":
        return 1 / (1 + library.exp(-z))
    return library.tanh(z) if name == "tanh" else library.maximum(z, 0)


def loss_in_one_line(leaves, graph, activation, loss, target, depth, library=np):
    """The loss of each graph, written without its nodes."""
    v = leaves

    def f(z):
        return activate(activation, z, library)

    if graph == "neuron":
        if loss == "cross_entropy":
            a = activate("sigmoid", v["w1"] * v["x1"] + v["w2"] * v["x2"] + v["b"], library)
            return -target * library.log(a) - (1 - target) * library.log(1 - a)
        return (f(v["w1"] * v["x1"] + v["w2"] * v["x2"] + v["b"]) - target) ** 2 / 2
    if graph == "two_paths":
        return v["w"] * v["x"] * f(v["w"] + v["b"])
    if graph == "network":
        hidden = [f(v["x1"] * v[f"w1{j}"] + v["x2"] * v[f"w2{j}"] + v[f"b{j}"]) for j in (1, 2)]
        logits = [hidden[0] * v[f"w1{k}"] + hidden[1] * v[f"w2{k}"] + v[f"b{k}"] for k in (3, 4)]
        log_total = library.log(library.exp(logits[0]) + library.exp(logits[1]))
        return log_total - (1 - target) * logits[0] - target * logits[1]
    a = v["x"]
    for k in range(1, depth + 1):
        a = f(a * v[f"w{k}"])
    return (a - target) ** 2 / 2


values = st.floats(-1.5, 1.5)
graph_settings = st.fixed_dictionaries(
    {
        "graph": st.sampled_from(GRAPHS),
        "activation": st.sampled_from(ACTIVATIONS),
        "loss": st.sampled_from(LOSSES),
        "x": st.tuples(values, values),
        "w": st.tuples(*[values] * 8),
        "b": st.tuples(*[values] * 4),
        "target": st.floats(0, 1),
        "depth": st.integers(2, LARGEST_DEPTH),
    }
)


@settings(max_examples=300)
@given(chosen=graph_settings)
def test_gradients_equal_central_differences_of_the_loss_written_without_nodes(chosen):
    result = run_backward(**chosen, step=ALL)
    assume(distance_to_a_kink(result, chosen) > 1e-4)
    names = [name for name in result.listing if name in build_graph(**chosen).leaves]
    rest = {name: chosen[name] for name in ("graph", "activation", "loss", "target", "depth")}

    def loss_of(leaf_values):
        return np.asarray(loss_in_one_line(dict(zip(names, leaf_values, strict=True)), **rest), dtype=np.float64)

    leaf_values = np.array([result.values[name] for name in names])
    assert result.values["L"] == pytest.approx(float(loss_of(leaf_values)), rel=1e-9, abs=1e-12)
    numerical = numerical_gradient(loss_of, leaf_values, step=1e-5)
    assert relative_error(np.array([result.gradients[name] for name in names]), numerical, floor=1e-3) < 1e-5


def distance_to_a_kink(result, chosen):
    if chosen["activation"] != "relu":
        return math.inf
    nodes = build_graph(**chosen).nodes
    inputs = [math.prod(result.values[name] for name in n.inputs) for n in nodes if n.rule in ("activation", "unit")]
    return min(abs(z) for z in inputs)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("graph", GRAPHS)
def test_leaf_gradients_equal_those_of_gradient_tape(graph, activation, loss):
    import tensorflow as tf

    class Library:
        exp, tanh, log = tf.exp, tf.tanh, tf.math.log
        maximum = staticmethod(lambda z, zero: tf.nn.relu(z))

    result = run(graph, activation=activation, loss=loss, target=0.3, depth=5)
    leaves = build_graph(graph, activation, loss, X, W, B, 0.3, 5).leaves
    variables = {name: tf.Variable(value, dtype=tf.float64) for name, value in leaves.items()}
    with tf.GradientTape() as tape:
        value = loss_in_one_line(variables, graph, activation, loss, 0.3, 5, Library)
    for name, gradient in tape.gradient(value, variables).items():
        assert result.gradients[name] == pytest.approx(float(gradient), rel=1e-11, abs=1e-16), name


def test_gradients_of_inner_nodes_equal_those_of_gradient_tape():
    import tensorflow as tf

    result = run("network", activation="tanh")
    x, W1, W2 = (tf.constant(v, tf.float64) for v in ([X], np.reshape(W[:4], (2, 2)), np.reshape(W[4:], (2, 2))))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        Z1 = x @ W1 + tf.constant(B[:2], tf.float64)
        A1 = tf.tanh(Z1)
        Z2 = A1 @ W2 + tf.constant(B[2:], tf.float64)
        loss = tf.nn.softmax_cross_entropy_with_logits(tf.constant([[0.0, 1.0]], tf.float64), Z2)[0]
    for array, names in ((Z2, ("z3", "z4")), (A1, ("a1", "a2")), (Z1, ("z1", "z2")), (x, ("x1", "x2"))):
        ours = [result.gradients[name] for name in names]
        np.testing.assert_allclose(ours, tape.gradient(loss, array).numpy()[0], rtol=1e-12)


# ---------------------------------------------------------------------------------------------------------
# Visiting


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_node_is_visited_once_and_after_all_that_use_it(graph):
    result = run(graph)
    assert sorted(result.listing) == sorted(result.values)
    assert result.order[0] == "L"
    for name, user, *_ in result.edges:
        assert result.listing.index(user) < result.listing.index(name)
    assert set(result.listing) <= set(NODE_NAMES)


def test_the_gradients_of_weights_on_edges_are_known_once_their_unit_has_been_visited():
    result = run("network", step=2)
    assert (result.current, result.upcoming) == ("z3", "z4")
    assert result.visited == ("L", "z3", "w13", "w23", "b3")


def test_the_ends_of_the_walk_have_no_current_or_no_upcoming_node():
    start, end = run("neuron", step=0), run("neuron", step=ALL)
    assert (start.current, start.upcoming, start.visited, start.selected) == (None, "L", (), "L")
    assert (end.current, end.upcoming, end.visited) == ("x2", None, end.listing)


def test_a_selected_node_that_the_graph_lacks_stands_for_the_one_visited_last():
    assert run("neuron", step=3, selected="w13").selected == "z"
    assert run("neuron", step=3, selected="w1").selected == "w1"


# ---------------------------------------------------------------------------------------------------------
# Mistakes and verdicts


@pytest.mark.parametrize(
    ("graph", "mistake", "first_wrong"),
    [
        ("two_paths", "one_path", "w"),
        ("two_paths", "overwritten", "w"),
        ("two_paths", "missing_slope", "z"),
        ("two_paths", "forward_direction", "p"),
        ("network", "one_path", "a1"),
        ("network", "overwritten", "a1"),
        ("network", "missing_slope", "z1"),
        ("network", "forward_direction", "z3"),
        ("chain", "missing_slope", "w8"),
        ("chain", "forward_direction", "a8"),
        ("neuron", "missing_slope", "z"),
        ("neuron", "forward_direction", "a"),
    ],
)
def test_the_first_gradient_that_disagrees_is_the_one_that_the_mistake_is_in(graph, mistake, first_wrong):
    result = run(graph, mistake=mistake, activation="sigmoid")
    assert result.first_wrong == first_wrong
    assert result.has_effect
    before = result.listing[: result.listing.index(first_wrong)]
    assert all(result.verdicts[name].startswith("agrees") for name in before)
    assert result.exact == run(graph, activation="sigmoid").gradients


def test_a_sum_of_two_paths_loses_one_of_them_by_either_mistake():
    assert run("two_paths", activation="relu", mistake="one_path").gradients["w"] == 1.5
    assert run("two_paths", activation="relu", mistake="overwritten").gradients["w"] == 3


@pytest.mark.parametrize(
    ("graph", "activation", "mistake"),
    [
        ("neuron", "sigmoid", "one_path"),
        ("chain", "tanh", "overwritten"),
        ("two_paths", "relu", "missing_slope"),  # z = 1, where the slope is 1
        ("neuron", "sigmoid", "none"),
    ],
)
def test_a_mistake_that_the_graph_does_not_meet_changes_nothing(graph, activation, mistake):
    result = run(graph, activation=activation, mistake=mistake)
    assert not result.has_effect
    assert result.first_wrong is None


@pytest.mark.parametrize("graph", GRAPHS)
def test_without_a_mistake_every_gradient_agrees_at_the_usual_step(graph):
    for activation in ACTIVATIONS:
        assert {verdict[:6] for verdict in run(graph, activation=activation).verdicts.values()} == {"agrees"}


def test_a_large_step_is_off_by_truncation_and_a_tiny_one_by_rounding():
    assert run("neuron", h=1.0).verdicts["w1"] == "truncation"
    assert run("neuron", h=1e-12).verdicts["w1"] == "rounding"
    errors = [run("neuron", h=h).errors["w1"] for h in (1e-1, 1e-3, 1e-5, 1e-9, 1e-12)]
    assert errors[0] > errors[1] > errors[2] < errors[3] < errors[4]


def test_a_step_across_a_kink_is_said_to_be_one():
    result = run("two_paths", activation="relu", w=(1.0,), b=(-1.0,))  # z = 0, where ReLU's slope is taken as 0
    assert result.gradients["z"] == 0
    assert result.differences["z"] == pytest.approx(0.75)
    assert result.verdicts["z"] == "kink"


def test_there_is_no_finite_difference_outside_the_logarithms_domain_or_where_the_step_is_lost():
    outside = run("neuron", loss="cross_entropy", h=1.0)
    assert (outside.verdicts["a"], outside.differences["a"], outside.errors["a"]) == ("outside", None, None)
    lost = run("chain", activation="relu", w=(3.0,), depth=12, h=1e-12)
    assert (lost.verdicts["a12"], lost.differences["a12"], lost.digits["a12"]) == ("lost", None, None)


def test_gradients_too_small_for_a_finite_difference_agree_coarsely():
    result = run("chain", activation="tanh", depth=12)
    assert result.verdicts["x"] == "agrees_coarsely"
    assert result.errors["x"] > 1e-5


# ---------------------------------------------------------------------------------------------------------
# Guesses


@pytest.mark.parametrize(
    ("graph", "step", "guess", "code"),
    [
        ("two_paths", 4, 4.5, "right"),
        ("two_paths", 4, 4.57, "right"),
        ("two_paths", 4, 4.6, "wrong"),
        ("two_paths", 4, -4.5, "sign"),
        ("two_paths", 4, 1.5, "one_path"),
        ("two_paths", 4, 3.0, "one_path"),
        ("two_paths", 4, 2.5, "not_multiplied"),
        ("two_paths", 1, 3.0, "own_factor"),
        ("two_paths", 7, 1.0, "done"),
        ("neuron", 2, -0.0529, "right"),
        ("neuron", 2, -0.269, "no_slope"),
        ("neuron", 2, 0.1966, "not_multiplied"),
        ("neuron", 0, 1.0, "right"),
        ("neuron", 0, 2.0, "wrong"),
    ],
)
def test_a_guess_is_judged_and_known_mistakes_are_named(graph, step, guess, code):
    activation = "relu" if graph == "two_paths" else "sigmoid"
    assert judge_guess(guess, graph=graph, activation=activation, x=X, w=W, b=B, step=step, mistake="one_path") == code


# ---------------------------------------------------------------------------------------------------------
# Errors


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"graph": "tree"}, "graph must be one of neuron, two_paths, network, chain; got 'tree'"),
        ({"activation": "gelu"}, "activation must be one of sigmoid, tanh, relu; got 'gelu'"),
        ({"loss": "hinge"}, "loss must be one of squared_error, cross_entropy; got 'hinge'"),
        ({"mistake": "typo"}, f"mistake must be one of {', '.join(MISTAKES)}; got 'typo'"),
        ({"graph": "network", "w": (1.0, 2.0)}, "network needs 8 values in w; got 2"),
        ({"step": -1}, "step must be a whole number from 0; got -1"),
        ({"h": 0.0}, "h must be a positive number; got 0.0"),
    ],
)
def test_a_bad_argument_is_named_with_what_is_allowed(bad, message):
    with pytest.raises(ValueError, match="^" + message.replace("(", r"\(") + "$"):
        run_backward(**{"graph": "neuron", "x": X, "w": W, "b": B, **bad})
