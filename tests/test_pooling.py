"""Pooling: numbers by hand, Keras, gradients with and without ties, and what it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from largemodels.gradcheck import check_gradient
from largemodels.pooling import (
    global_mean_pool_forward,
    max_pool_backward,
    max_pool_forward,
    mean_pool_backward,
    mean_pool_forward,
)

NUMBERS = np.array([[1, 3, 2, 0], [4, 2, 1, 1], [0, 0, 5, 6], [1, 2, 7, 8.0]]).reshape(1, 4, 4, 1)
WINDOWS = [(2, None), (3, 2), (3, 1), (2, 3), ((2, 3), None), ((1, 2), (2, 1))]
PAIRS = [
    (max_pool_forward, max_pool_backward, keras.layers.MaxPooling2D, tf.nn.max_pool2d),
    (mean_pool_forward, mean_pool_backward, keras.layers.AveragePooling2D, tf.nn.avg_pool2d),
]


def test_four_windows_by_hand():
    assert max_pool_forward(NUMBERS).ravel().tolist() == [4, 2, 2, 8]
    assert mean_pool_forward(NUMBERS).ravel().tolist() == [2.5, 1, 0.75, 6.5]


def test_the_maximum_of_negative_numbers_is_negative():
    assert max_pool_forward(-NUMBERS).ravel().tolist() == [-1, 0, 0, -5]


@pytest.mark.parametrize(("size", "stride"), WINDOWS)
@pytest.mark.parametrize(("forward", "backward", "layer", "operation"), PAIRS)
def test_output_and_gradient_equal_tensorflow_s_ties_included(forward, backward, layer, operation, size, stride):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, size=(3, 7, 8, 2)).astype(float)  # few values: many ties
    assert np.allclose(forward(X, size, stride), layer(size, stride, dtype="float64")(X))
    with tf.GradientTape() as tape:
        variable = tf.Variable(X)
        Z = operation(variable, size, stride or size, "VALID")
        dZ = rng.normal(size=Z.shape)
        loss = tf.reduce_sum(Z * dZ)
    assert np.allclose(backward(dZ, X, size, stride), tape.gradient(loss, variable))


@pytest.mark.parametrize(("size", "stride"), WINDOWS)
@pytest.mark.parametrize(("forward", "backward", "layer", "operation"), PAIRS)
def test_without_ties_the_gradient_passes_a_check(forward, backward, layer, operation, size, stride):
    rng = np.random.default_rng(1)
    X = rng.permutation(2 * 6 * 7 * 2).reshape(2, 6, 7, 2) / 10.0
    dZ = rng.normal(size=forward(X, size, stride).shape)
    check_gradient(lambda x: np.sum(forward(x, size, stride) * dZ), X, backward(dZ, X, size, stride))


def test_in_a_tie_the_first_of_the_largest_gets_the_whole_gradient():
    tie = np.array([3, 3, 1, 3.0]).reshape(1, 2, 2, 1)
    assert max_pool_backward(np.ones((1, 1, 1, 1)), tie).ravel().tolist() == [1, 0, 0, 0]


def test_a_nan_is_not_hidden_by_the_maximum():
    X = NUMBERS.copy()
    X[0, 0, 1, 0] = np.nan
    assert np.isnan(max_pool_forward(X)[0, 0, 0, 0])


def test_the_global_mean_is_one_number_per_channel():
    X = np.random.default_rng(2).normal(size=(2, 5, 4, 3))
    assert np.allclose(global_mean_pool_forward(X), keras.layers.GlobalAveragePooling2D(dtype="float64")(X))


def test_pooling_leaves_its_input_as_it_is():
    X = NUMBERS.copy()
    max_pool_forward(X)
    max_pool_backward(np.ones((1, 2, 2, 1)), X)
    assert np.array_equal(X, NUMBERS)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: max_pool_forward(NUMBERS[0]), r"X must be a batch of images .* got \(4, 4, 1\)"),
        (lambda: mean_pool_forward(NUMBERS, 5), "does not fit .* reaches over 5 pixels, there are 4"),
        (lambda: max_pool_forward(NUMBERS, 0), "size must be a whole number of at least 1; got 0"),
        (lambda: max_pool_backward(np.ones((1, 4, 4, 1)), NUMBERS), r"output, \(1, 2, 2, 1\); got dZ \(1, 4, 4, 1\)"),
    ],
)
def test_an_error_says_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()
