"""The small network of chapter 2: numbers by hand, slopes, the Keras twin, presets, mistakes, errors."""

import math

import numpy as np
import pytest

from largemodels.activations import gelu, relu, sigmoid, softmax, tanh
from largemodels.forward import (
    ACTIVATIONS,
    LARGEST_INPUT,
    LARGEST_SLOPES,
    OUTPUTS,
    PRESETS,
    UNITS,
    activate,
    diagnose_guess,
    mistakes,
    run_forward,
    slope,
    unit_value,
)
from largemodels.layers import dense_forward

FUNCTIONS = {"identity": np.array, "sigmoid": sigmoid, "tanh": tanh, "relu": relu, "gelu": gelu, "softmax": softmax}


def preset(name, **changes):
    return run_forward(**{**PRESETS[name], **changes})


def test_a_unit_worked_by_hand():
    run = preset("small")
    # 1.0 · 0.8 + (-0.5) · 0.4 + 0.1
    assert run.Z1[0] == pytest.approx(0.7, rel=1e-15)
    assert run.products1[:, 0] == pytest.approx([0.8, -0.2])
    assert run.A1[0] == pytest.approx(0.604367777117, rel=1e-11)
    # 0.604 · 1.0 + (-0.862)(-0.9) + 0.762 · 0.5 + 0.2
    assert run.Z2[0] == pytest.approx(0.604368 + 0.775551 + 0.380797 + 0.2, abs=1e-6)
    assert run.Y[0] == pytest.approx(1 / (1 + math.exp(run.Z2[1] - run.Z2[0])))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_the_network_is_two_dense_layers_with_their_activations(activation, output):
    run = preset("small", activation=activation, output=output)
    A1 = FUNCTIONS[activation](dense_forward(run.x[None], run.W1, run.b1))
    Y = FUNCTIONS[output](dense_forward(A1, run.W2, run.b2))
    np.testing.assert_allclose(run.A1[None], A1, rtol=1e-14)
    np.testing.assert_allclose(run.Y[None], Y, rtol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_the_network_equals_its_keras_twin(activation, output):
    keras = pytest.importorskip("keras")
    run = preset("small", activation=activation, output=output)
    names = {"identity": "linear", "gelu": lambda z: keras.activations.gelu(z, approximate=False)}
    twin = keras.Sequential(
        [
            keras.layers.Input((2,), dtype="float64"),
            keras.layers.Dense(3, activation=names.get(activation, activation), dtype="float64"),
            keras.layers.Dense(2, activation=names.get(output, output), dtype="float64"),
        ]
    )
    twin.set_weights([run.W1, run.b1, run.W2, run.b2])
    # Keras's GELU divides by a square root of two in float32.
    np.testing.assert_allclose(np.asarray(twin(run.x[None]))[0], run.Y, rtol=1e-7 if activation == "gelu" else 1e-12)


@pytest.mark.parametrize("name", LARGEST_SLOPES)
def test_the_slope_is_the_central_difference_and_never_above_the_largest(name):
    h = 1e-6
    Z = np.array([[-6.1, 0.4], [-1.3, -2.0], [-0.7, 0.2], [0.3, 0.9], [1.4, 0.1], [7.2, 3.0]])
    for k in range(2):
        step = h * np.eye(2)[k]
        difference = (activate(name, Z + step) - activate(name, Z - step)) / (2 * h)
        np.testing.assert_allclose(slope(name, Z)[:, k], difference[:, k], atol=1e-9)
    everywhere = slope(name, np.column_stack([np.linspace(-9, 9, 20001)] * 2) * [1, -1])
    assert everywhere.max() == pytest.approx(LARGEST_SLOPES[name], rel=1e-6)
    assert everywhere.max() <= LARGEST_SLOPES[name] * (1 + 1e-12)


def test_the_slope_of_tanh_far_out_is_small_but_not_zero():
    assert slope("tanh", 30.0) == pytest.approx(4 * math.exp(-60), rel=1e-12)


def test_saturated_means_below_a_twentieth_of_the_largest_slope():
    # The sigmoid's slope a (1 - a) is 0.0125 where a = (1 + √0.95) / 2.
    a = (1 + math.sqrt(0.95)) / 2
    edge = math.log(a / (1 - a))
    for z, state in ((edge - 1e-6, "responds"), (edge + 1e-6, "saturated"), (-edge - 1e-6, "saturated")):
        run = run_forward((0, 0), [0] * 6, (z, 0, 0), [0] * 6, (0, 0), activation="sigmoid")
        assert run.states["h1"] == state, z


def test_gelu_is_flat_but_not_saturated_at_the_bottom_of_its_dip():
    states = run_forward((0, 0), [0] * 6, (-0.75, -4.0, -1.3), [0] * 6, (0, 0), activation="gelu").states
    assert [states[unit] for unit in UNITS[:3]] == ["dip", "saturated", "responds"]


def test_a_relu_is_dead_only_if_no_input_wakes_it():
    rng = np.random.default_rng(0)
    inputs = rng.uniform(-LARGEST_INPUT, LARGEST_INPUT, (2000, 2))
    inputs[:4] = [[3, 3], [3, -3], [-3, 3], [-3, -3]]
    seen = set()
    for _ in range(40):
        W1, b1 = rng.uniform(-1, 1, 6), rng.uniform(-5, 1, 3)
        run = run_forward((0, 0), W1, b1, [0] * 6, (0, 0), activation="relu")
        wakes = (inputs @ run.W1 + b1 > 0).any(axis=0)
        for j in range(3):
            assert (run.states[UNITS[j]] == "dead") == (not wakes[j])
            seen.add(run.states[UNITS[j]])
    assert seen == {"dead", "off", "on"}


def test_the_largest_share_of_the_lead_is_the_strongest_units():
    run = preset("small")
    assert run.winner == 0
    assert run.contributions.sum() + run.b2[0] - run.b2[1] == pytest.approx(run.Z2[0] - run.Z2[1])
    assert run.strongest == 1
    assert run.contributions == pytest.approx([1.7 * run.A1[0], -1.5 * run.A1[1], -0.6 * run.A1[2]])


def test_where_no_unit_speaks_for_the_winner_none_is_named():
    run = run_forward((1, 1), [1] * 6, (0, 0, 0), [-1, 1] * 3, (5, -5), activation="sigmoid")
    assert (run.winner, run.strongest) == (0, None)
    tie = run_forward((1, 1), [1] * 6, (0, 0, 0), [1] * 6, (0, 0), activation="sigmoid")
    assert (tie.winner, tie.focus) == (None, 0)
    other = run_forward((1, 1), [1] * 6, (0, 0, 0), [0, -1, 0, -3, 0, 2], (0, 0), "identity", "identity", "y2")
    assert (other.focus, other.strongest) == (1, 1)


# ---------------------------------------------------------------------------------------------------------
# Presets: each shows what it says


def test_every_preset_is_recognised_whatever_its_input():
    for name in PRESETS:
        assert preset(name).preset == name
        assert preset(name, x=(0.3, -2)).preset == name
        assert preset(name, b1=(0.05, 0.05, 0.05)).preset is None


@pytest.mark.parametrize(("x", "differ"), [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)])
def test_the_xor_preset_tells_whether_the_inputs_differ(x, differ):
    run = preset("xor", x=x)
    assert run.winner == differ
    np.testing.assert_allclose(run.Z2, [-1, 1] if differ else [1, -1])


def test_the_saturated_preset_hardly_moves_with_its_input():
    run = preset("saturated")
    assert [run.states[unit] for unit in UNITS[:3]] == ["saturated", "saturated", "responds"]
    nearby = preset("saturated", x=(2.3, -1.8))
    assert np.abs(nearby.A1 - run.A1)[:2].max() < 1e-3


def test_the_dead_preset_has_one_unit_that_no_input_wakes():
    assert preset("dead").states == {"h1": "on", "h2": "dead", "h3": "on", "y1": "responds", "y2": "responds"}


def test_without_an_activation_one_layer_does_the_same():
    run = preset("linear")
    assert run.collapsed_W.shape == (2, 2)
    assert run.x @ run.collapsed_W + run.collapsed_b == pytest.approx(run.Z2, rel=1e-14)
    assert preset("small").collapsed_W is None


def test_equal_units_compute_equal_numbers_until_a_weight_changes():
    run = preset("twins")
    assert run.identical == (0, 1, 2)
    assert len(set(run.A1)) == 1
    assert preset("twins", W1=(0.7, 0.6, 0.6, -0.4, -0.4, -0.4)).identical == (1, 2)


def test_both_layers_take_twelve_multiplications_and_twelve_additions():
    run = preset("small")
    assert run.num_multiplications == 2 * 3 + 3 * 2
    assert run.num_additions == (2 - 1) * 3 + (3 - 1) * 2 + 3 + 2


@pytest.mark.parametrize(
    ("hide", "masked"), [("nothing", (False, False)), ("outputs", (False, True)), ("all", (True, True))]
)
def test_what_is_hidden(hide, masked):
    assert preset("small", hide=hide).masked == masked


# ---------------------------------------------------------------------------------------------------------
# Guesses


def test_a_guess_is_right_to_two_decimals():
    run = preset("small")
    assert diagnose_guess(run, 0.60, "h1") == "right"
    assert diagnose_guess(run, 0.609, "h1") == "right"
    assert diagnose_guess(run, 0.62, "h1") == "nearly"
    assert diagnose_guess(run, 3.0, "h1") == "wrong"


@pytest.mark.parametrize(
    ("unit", "guess", "verdict"),
    [
        ("h1", 0.54, "forgot_bias"),  # tanh(0.6)
        ("h1", 0.70, "forgot_activation"),
        ("h1", 0.60 + 0.0, "right"),
        ("h2", -1.1, "forgot_both"),
        ("h1", 0.46, "subtracted_bias"),  # tanh(0.5)
        ("h1", 0.80, "lost_sign"),  # tanh(0.8 + 0.2 + 0.1)
        ("h1", 0.82, "transposed"),  # tanh(1 · 0.8 + (-0.5)(-0.5) + 0.1)
        ("h1", -0.86, "other_weights_h2"),
        ("h1", 0.76, "other_weights_h3"),
        ("y1", 1.96, "forgot_activation"),
        ("y1", 0.10, "other_weights_y2"),
        ("y1", 7.10, "not_normalised"),  # exp(1.961)
        ("y1", 1.00, "not_normalised"),  # exp(0)
        ("y2", 0.45, "sigmoid_not_softmax"),  # σ(-0.202)
        ("y1", 0.94, "hidden_z"),  # softmax of (0.7, -1.3, 1.0) W2 + b2
    ],
)
def test_a_wrong_guess_is_matched_to_the_mistake_that_leads_to_it(unit, guess, verdict):
    run = preset("small")
    assert diagnose_guess(run, guess, unit) == verdict
    assert diagnose_guess(preset("small", selected=unit), guess) == verdict


def test_the_answer_itself_is_right_for_every_unit_of_every_preset():
    for name in PRESETS:
        for unit in UNITS:
            run = preset(name)
            assert diagnose_guess(run, round(unit_value(run, unit), 2), unit) == "right"
            assert all(math.isfinite(value) for _, value in mistakes(run, unit))


# ---------------------------------------------------------------------------------------------------------
# Errors


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": (1, 2, 3)}, r"x must have the shape \(2,\), or its entries row by row; got \(3,\)"),
        ({"W1": np.ones((3, 2))}, r"W1 must have the shape \(2, 3\), or its entries row by row; got \(3, 2\)"),
        ({"b2": (0, math.nan)}, r"b2 must hold finite numbers; got \[0.0, nan\]"),
        ({"activation": "softmax"}, "activation must be one of identity, sigmoid, tanh, relu, gelu; got 'softmax'"),
        ({"output": "tanh"}, "output must be one of identity, sigmoid, softmax; got 'tanh'"),
        ({"selected": "x1"}, "selected must be one of h1, h2, h3, y1, y2; got 'x1'"),
        ({"hide": True}, "hide must be one of nothing, outputs, all; got True"),
    ],
)
def test_an_argument_that_is_not_as_expected_is_named_with_what_came(changes, message):
    with pytest.raises(ValueError, match=message):
        preset("small", **changes)


def test_a_matrix_and_its_entries_row_by_row_are_the_same():
    flat = preset("small")
    nested = preset("small", W1=[[0.8, -0.5, 0.3], [0.4, 1.2, -0.6]], W2=flat.W2)
    np.testing.assert_array_equal(flat.Y, nested.Y)
