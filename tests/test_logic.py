"""Networks trained on the corners: gradients, the Keras twin, and what training must and must not reach."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from largemodels.gradcheck import check_gradient
from largemodels.logic import CORNERS, corner_gradients, corner_outputs, train_on_corners

XOR = np.array([0.0, 1.0, 1.0, 0.0])


def start(num_starts=3, hidden_size=4):
    rng = np.random.default_rng(0)
    shapes = {"W1": (2, hidden_size), "b1": (1, hidden_size), "W2": (hidden_size, 1), "b2": (1, 1)}
    return {name: rng.normal(size=(num_starts, *shape)) for name, shape in shapes.items()}


def total_loss(parameters):
    output = corner_outputs(parameters)
    return -np.mean(XOR * np.log(output) + (1 - XOR) * np.log(1 - output), axis=1).sum()


def test_outputs_of_a_network_set_by_hand():
    # Hidden units x1 + x2 and x1 + x2 - 1, output 10 · (h1 - 2 h2 - 1/2).
    parameters = {
        "W1": np.ones((1, 2, 2)),
        "b1": np.array([[[0.0, -1.0]]]),
        "W2": np.array([[[10.0], [-20.0]]]),
        "b2": np.array([[[-5.0]]]),
    }
    expected = 1 / (1 + np.exp([5, -5, -5, 5]))
    np.testing.assert_allclose(corner_outputs(parameters), [expected])


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_gradients_pass_a_central_difference(name):
    parameters = start()
    gradient = corner_gradients(parameters, XOR)[name]
    check_gradient(lambda value: total_loss({**parameters, name: value}), parameters[name], gradient, name=name)


def test_a_network_and_its_gradients_equal_the_keras_twin():
    parameters = start(num_starts=1, hidden_size=3)
    hidden = keras.layers.Dense(3, activation="relu", dtype="float64")
    model = keras.Sequential([hidden, keras.layers.Dense(1, activation="sigmoid", dtype="float64")])
    model.build((None, 2))
    model.set_weights([parameters[name][0].reshape(-1) if "b" in name else parameters[name][0] for name in parameters])
    with tf.GradientTape() as tape:
        output = model(CORNERS)[:, 0]
        loss = -tf.reduce_mean(XOR * tf.math.log(output) + (1 - XOR) * tf.math.log(1 - output))
    np.testing.assert_allclose(corner_outputs(parameters)[0], output.numpy(), rtol=1e-12)
    expected = tape.gradient(loss, model.trainable_variables)
    for got, wanted in zip(corner_gradients(parameters, XOR).values(), expected, strict=True):
        np.testing.assert_allclose(got[0].reshape(wanted.shape), wanted.numpy(), rtol=1e-10, atol=1e-15)


def test_one_hidden_unit_never_learns_xor_and_many_nearly_always_do():
    solved = []
    for hidden_size in (1, 8):
        outputs, _ = train_on_corners(XOR, hidden_size, 100, 1000, 0.5, np.random.default_rng(1))
        solved.append(np.mean(((outputs > 0.5) == (XOR == 1)).all(axis=1)))
    assert solved[0] == 0
    assert solved[1] > 0.85


def test_starts_do_not_see_one_another():
    _, many = train_on_corners(XOR, 2, 5, 50, 0.5, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    W1, W2 = rng.standard_normal((5, 2, 2)), rng.standard_normal((5, 2, 1))
    alone = {"W1": W1[3:4], "b1": np.zeros((1, 1, 2)), "W2": W2[3:4], "b2": np.zeros((1, 1, 1))}
    for _ in range(50):
        gradients = corner_gradients(alone, XOR)
        alone = {name: alone[name] - 0.5 * gradients[name] for name in alone}
    for name in alone:
        np.testing.assert_allclose(many[name][3], alone[name][0], atol=1e-12)


@pytest.mark.parametrize("targets", [[0, 1], [0, 1, 2, 0], [[0, 1, 1, 0]]])
def test_targets_other_than_four_bits_are_refused(targets):
    with pytest.raises(ValueError, match="targets must be four numbers, 0 or 1; got"):
        train_on_corners(targets, 2, 1, 1, 0.5, np.random.default_rng(0))


def test_the_corners_cannot_be_overwritten():
    with pytest.raises(ValueError, match="read-only"):
        CORNERS[0, 0] = 5
