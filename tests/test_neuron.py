"""One neuron: numbers by hand, slopes, the Keras twin, what training does, verdicts of every kind, errors."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from largemodels.gradcheck import check_gradient
from largemodels.neuron import (
    ACTIVATIONS,
    LEARNING_RATE,
    TARGETS,
    activate,
    gradient_step,
    loss_gradient,
    mean_loss,
    run_neuron,
    train_neuron,
    visible_line,
)
from largemodels.points import DATASETS, PointSet, load_points

TRAINABLE = tuple(name for name in ACTIVATIONS if name != "step")
weights = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 10.0, -10.0]), st.floats(-10, 10))


def test_and_by_hand():
    run = run_neuron("and", 1, 1, -1.5, "sigmoid")
    np.testing.assert_array_equal(run.z, [-1.5, -0.5, -0.5, 0.5])
    np.testing.assert_allclose(run.outputs, [1 / (1 + math.exp(-z)) for z in (-1.5, -0.5, -0.5, 0.5)], rtol=1e-15)
    assert run.num_right == run.num_points == 4
    assert run.turned_right == 0
    assert run.verdict == "separates"
    expected = (math.log(1 + math.exp(-1.5)) + 3 * math.log(1 + math.exp(-0.5))) / 4
    assert run.loss == pytest.approx(expected, rel=1e-14)
    # x1 + x2 = 1.5 meets the window's border where one of them is 1.6 and the other -0.1.
    np.testing.assert_allclose(sorted(run.segment.tolist()), [[-0.1, 1.6], [1.6, -0.1]], rtol=1e-14)


def test_one_step_by_hand():
    # z = 0 at every point of AND: errors 1/2, 1/2, 1/2, -1/2, times x1, x2 and 1, over 4.
    run = run_neuron("and", 0, 0, 0, "sigmoid")
    assert run.gradient == (0.0, 0.0, 0.25)
    assert run.next == (0.0, 0.0, -LEARNING_RATE / 4)
    # Identity against -1 and 1: errors 1, 1, 1, -1, doubled.
    assert run_neuron("and", 0, 0, 0, "identity").gradient == (0.0, 0.0, 1.0)


def test_a_sum_of_zero_says_class_0():
    run = run_neuron("or", 0, 0, 0, "step")
    assert run.outputs.tolist() == [0, 0, 0, 0]
    assert run.right.tolist() == [True, False, False, False]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("activation", TRAINABLE)
def test_the_slopes_agree_with_central_differences(dataset, activation):
    points = load_points(dataset)
    for w in ([0.31, -0.72, 0.153], [-1.37, 0.41, 0.617], [0.02, 0.03, -0.011]):
        w = np.array(w)
        gradient = np.array(loss_gradient(points, *w, activation))
        check_gradient(lambda w: mean_loss(points, *w, activation), w, gradient, name=activation)


@pytest.mark.parametrize("activation", TRAINABLE)
def test_ten_steps_equal_those_of_the_keras_twin(activation):
    points = load_points("tumours")
    start = (0.3, 1.2, -0.3)
    dense = keras.layers.Dense(1, activation=None if activation == "identity" else activation, dtype="float64")
    dense.build((None, 2))
    dense.set_weights([np.array([[start[0]], [start[1]]]), np.array([start[2]])])
    optimizer = keras.optimizers.SGD(LEARNING_RATE)
    optimizer.build(dense.trainable_variables)
    low, high = TARGETS[activation]
    targets = np.where(points.y == 1, float(high), float(low))[:, None]
    lossy = keras.losses.binary_crossentropy if activation == "sigmoid" else keras.losses.mean_squared_error
    weights = start
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(lossy(tf.constant(targets), dense(points.X)))
        # Keras keeps probabilities 1e-7 away from 0 and 1, and the learning rate in 32 bits.
        assert mean_loss(points, *weights, activation) == pytest.approx(float(loss), rel=1e-3)
        slopes = tape.gradient(loss, dense.trainable_variables)
        np.testing.assert_allclose(
            loss_gradient(points, *weights, activation),
            np.concatenate([np.ravel(slope) for slope in slopes]),
            atol=2e-3,
        )
        optimizer.apply(slopes)
        weights = gradient_step(points, *weights, activation)
    np.testing.assert_allclose(weights, np.concatenate([np.ravel(w) for w in dense.get_weights()]), atol=1e-3)


def test_the_path_of_training_is_made_of_single_steps():
    points = load_points("digits")
    path = train_neuron("digits", 0.5, 0.5, 0.0, "tanh", 12)
    assert path.shape == (13, 3)
    for before, after in itertools.pairwise(path):
        assert tuple(after) == gradient_step(points, *before, "tanh")
        np.testing.assert_allclose(after, np.round(after, 4), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dataset", ["tumours", "digits", "and", "or"])
def test_training_a_sigmoid_lowers_the_loss_and_comes_near_the_best_line(dataset):
    path = train_neuron(dataset, 0.3, 1.2, -0.3, "sigmoid", 300)
    first, last = (run_neuron(dataset, *path[at], "sigmoid") for at in (0, -1))
    assert last.loss < 0.5 * first.loss
    assert last.num_right >= 0.97 * last.most_right


def test_training_on_xor_ends_where_the_neuron_says_one_half_to_everything():
    path = train_neuron("xor", 1.0, 1.0, -0.5, "sigmoid", 1000)
    run = run_neuron("xor", *path[-1], "sigmoid")
    assert run.training == "at_rest"
    np.testing.assert_allclose(run.outputs, 0.5, atol=2e-3)
    assert run.loss == pytest.approx(math.log(2), abs=1e-6)


@settings(max_examples=200)
@given(w1=weights, w2=weights, b=weights)
def test_no_neuron_gets_more_of_xor_than_three(w1, w2, b):
    run = run_neuron("xor", w1, w2, b, "step")
    assert run.num_right <= 3
    assert run.loss == pytest.approx(1 - run.num_right / 4)


@pytest.mark.parametrize(
    ("dataset", "w", "activation", "verdict", "line", "training"),
    [
        ("tumours", (0, 0, 1), "sigmoid", "no_line", "none", "moves"),
        ("or", (1, 1, -0.5), "step", "separates", "inside", "no_slope"),
        ("xor", (1, 1, -0.5), "tanh", "as_good_as_a_line_gets", "inside", "moves"),
        ("tumours", (0.3, 1.2, -0.3), "sigmoid", "in_between", "inside", "moves"),
        ("tumours", (0.5, -1, 0.5), "identity", "no_better_than_constant", "inside", "moves"),
        ("tumours", (1, 1, -10), "relu", "no_better_than_constant", "outside", "dead"),
        ("tumours", (1, 1, 10), "relu", "no_better_than_constant", "outside", "moves"),
        ("or", (1, 1, -0.5), "identity", "separates", "inside", "at_rest"),
        ("or", (10, 10, -2.5), "sigmoid", "separates", "inside", "moves"),
    ],
)
def test_every_verdict_and_every_state_of_training_occurs(dataset, w, activation, verdict, line, training):
    run = run_neuron(dataset, *w, activation)
    assert (run.verdict, run.line, run.training) == (verdict, line, training)


def test_at_the_limit_a_step_that_would_lead_outside_changes_nothing():
    far = PointSet("far", np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, 0]), (-2, 2), 2)
    path = train_neuron(far, 9.9, 0.0, 0.0, "sigmoid", 5)
    assert run_neuron(far, *path[-1], "sigmoid").training == "at_rest"  # its slope is below four decimals
    apart = PointSet("apart", np.array([[0.01, 0.0], [-0.01, 0.0]]), np.array([1, 0]), (-2, 2), 2)
    run = run_neuron(apart, 10.0, 0.0, 0.0, "sigmoid")
    assert run.training == "at_limit"
    assert run.next == (10.0, 0.0, 0.0)


@settings(max_examples=300)
@given(
    w1=st.one_of(weights, st.sampled_from([5e-324, -1e-300, 1e-12])),
    w2=st.one_of(weights, st.sampled_from([5e-324, -1e-300, 1e-12])),
    b=st.one_of(weights, st.sampled_from([5e-324, 1e-300])),
)
@pytest.mark.filterwarnings("error")
def test_the_visible_line_ends_on_the_windows_border_and_the_sum_is_zero_along_it(w1, w2, b):
    window = (-2.6, 3.4)
    line, segment = visible_line(w1, w2, b, window)
    if line != "inside":
        assert segment is None
        assert line == ("none" if w1 == 0 and w2 == 0 else "outside")
        return
    assert np.all((segment >= -2.6) & (segment <= 3.4))
    size = math.hypot(w1, w2)
    if size > 1e-300:
        np.testing.assert_allclose((segment @ [w1, w2] + b) / size, 0, atol=1e-9)
        at_border = np.minimum(np.abs(segment + 2.6), np.abs(segment - 3.4)).min(axis=1)
        np.testing.assert_allclose(at_border, 0, atol=1e-9)


def test_the_step_has_no_gradient_and_says_why():
    with pytest.raises(ValueError, match="the step has no gradient to follow: its slope is 0 wherever it has one"):
        loss_gradient(load_points("and"), 1, 1, 0, "step")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w1": math.nan}, "w1 must be from -10 to 10; got nan"),
        ({"b": 10.5}, "b must be from -10 to 10; got 10.5"),
        ({"activation": "gelu"}, "activation must be one of step, sigmoid, tanh, relu, identity; got 'gelu'"),
        ({"dataset": "moons"}, "dataset must be one of tumours, digits, and, or, xor; got 'moons'"),
    ],
)
def test_a_bad_setting_is_refused_with_what_was_expected(change, message):
    chosen = {"dataset": "and", "w1": 1, "w2": 1, "b": 0, "activation": "step"} | change
    with pytest.raises(ValueError) as error:
        run_neuron(**chosen)
    assert str(error.value) == message


def test_no_sum_is_too_large_for_any_activation():
    z = np.array([-1e3, -0.0, 0.0, 1e3])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert activate("sigmoid", z).tolist() == [0.0, 0.5, 0.5, 1.0]
    assert activate("step", z).tolist() == [0, 0, 0, 1]
    assert activate("relu", z).tolist() == [0, 0, 0, 1000]
    assert activate("tanh", z).tolist() == [-1, 0, 0, 1]
    assert activate("identity", z).tolist() == z.tolist()
