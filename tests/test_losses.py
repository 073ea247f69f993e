import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from largemodels.gradcheck import check_gradient
from largemodels.losses import (
    binary_cross_entropy,
    binary_cross_entropy_backward,
    mean_squared_error,
    mean_squared_error_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)


def test_loss_and_gradient_by_hand():
    # Probabilities 1/8, 2/8, 5/8 in both rows; the true ones are 1/8 and 5/8.
    logits = np.log(np.array([[1.0, 2.0, 5.0], [1.0, 2.0, 5.0]]))
    y = np.array([0, 2])
    assert softmax_cross_entropy(logits, y) == pytest.approx((math.log(8) + math.log(8 / 5)) / 2)
    expected = np.array([[-7, 2, 5], [1, 2, -3]]) / 16
    np.testing.assert_allclose(softmax_cross_entropy_backward(logits, y), expected, rtol=1e-14)


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes():
    assert softmax_cross_entropy(np.full((4, 10), 7.0), np.arange(4)) == pytest.approx(math.log(10))


@given(num_examples=st.integers(1, 5), num_classes=st.integers(1, 5), seed=st.integers(0, 1000))
def test_gradient_agrees_with_central_differences(num_examples, num_classes, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=3, size=(num_examples, num_classes))
    y = rng.integers(num_classes, size=num_examples)
    dlogits = softmax_cross_entropy_backward(logits, y)
    check_gradient(lambda z: softmax_cross_entropy(z, y), logits, dlogits, name="dlogits")
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-15)


def test_loss_and_gradient_equal_those_of_keras_for_small_and_huge_logits():
    rng = np.random.default_rng(0)
    y = rng.integers(5, size=8)
    for scale in (1e-6, 1.0, 30.0, 1000.0):
        logits = rng.normal(scale=scale, size=(8, 5))
        logits_tensor = tf.constant(logits)
        with tf.GradientTape() as tape:
            tape.watch(logits_tensor)
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, logits_tensor, from_logits=True))
        assert softmax_cross_entropy(logits, y) == pytest.approx(float(loss), rel=1e-12)
        dlogits = tape.gradient(loss, logits_tensor)
        np.testing.assert_allclose(softmax_cross_entropy_backward(logits, y), dlogits, rtol=1e-12, atol=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_a_thousand_give_a_finite_loss_and_gradient_of_the_same_dtype(dtype):
    logits = np.array([[1000.0, -1000.0], [1000.0, -1000.0]], dtype)
    assert softmax_cross_entropy(logits, np.array([0, 1])) == 1000.0  # mean of 0 and 2000
    dlogits = softmax_cross_entropy_backward(logits, np.array([0, 1]))
    assert dlogits.tolist() == [[0.0, 0.0], [0.5, -0.5]]
    assert dlogits.dtype == dtype


def test_the_gradient_leaves_the_logits_as_they_were():
    logits = np.zeros((2, 3))
    softmax_cross_entropy_backward(logits, np.array([0, 1]))
    assert not logits.any()


@pytest.mark.parametrize("function", [softmax_cross_entropy, softmax_cross_entropy_backward])
@pytest.mark.parametrize(
    ("logits", "y", "error", "message"),
    [
        (np.zeros((3, 4)), np.array([0, 4, 1]), ValueError, r"classes from 0 to 3; got y\[1\] = 4"),
        (np.zeros((3, 4)), np.array([0, 1, -1]), ValueError, r"classes from 0 to 3; got y\[2\] = -1"),
        (np.zeros((3, 4)), np.eye(4)[:3], ValueError, r"shape \(N,\); got \(3, 4\); y.argmax\(axis=1\) turns one-hot"),
        (np.zeros((3, 4)), np.zeros((3, 1), int), ValueError, r"shape \(N,\); got \(3, 1\)$"),
        (np.zeros(4), np.array([0]), ValueError, r"logits must have the shape \(N, K\); got \(4,\)"),
        (np.zeros((3, 4)), np.array([0, 1]), ValueError, r"3 examples but y has 2; got logits \(3, 4\), y \(2,\)"),
        (np.zeros((0, 4)), np.zeros(0, int), ValueError, "at least one example"),
        (np.zeros((2, 4)), np.array([0.0, 1.0]), TypeError, "integers, the classes; got dtype float64"),
    ],
)
def test_bad_labels_and_shapes_are_named(function, logits, y, error, message):
    with pytest.raises(error, match=message):
        function(logits, y)


# ---------------------------------------------------------------------------------------------------------
# Binary cross-entropy and squared error


def test_binary_cross_entropy_and_its_gradient_by_hand():
    # Probabilities 3/4 and 1/4, targets yes and no: both get 3/4.
    logits, y = np.log(np.array([3.0, 1 / 3])), np.array([1.0, 0.0])
    assert binary_cross_entropy(logits, y) == pytest.approx(math.log(4 / 3))
    np.testing.assert_allclose(binary_cross_entropy_backward(logits, y), [-0.125, 0.125], rtol=1e-14)
    assert binary_cross_entropy(np.zeros((2, 3)), np.ones((2, 3))) == pytest.approx(math.log(2))


def test_mean_squared_error_and_its_gradient_by_hand():
    y_hat, y = np.array([[1.0], [4.0]]), np.array([[3.0], [3.0]])
    assert mean_squared_error(y_hat, y) == 2.5
    assert mean_squared_error_backward(y_hat, y).tolist() == [[-2.0], [1.0]]


@given(num_examples=st.integers(1, 5), num_labels=st.integers(1, 4), seed=st.integers(0, 1000))
def test_gradients_of_yes_or_no_and_of_numbers_agree_with_central_differences(num_examples, num_labels, seed):
    rng = np.random.default_rng(seed)
    outputs = rng.normal(scale=3, size=(num_examples, num_labels))
    y = rng.random(size=outputs.shape)
    check_gradient(lambda z: binary_cross_entropy(z, y), outputs, binary_cross_entropy_backward(outputs, y))
    check_gradient(lambda z: mean_squared_error(z, y), outputs, mean_squared_error_backward(outputs, y))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize(
    ("loss", "backward", "in_keras"),
    [
        (
            binary_cross_entropy,
            binary_cross_entropy_backward,
            lambda y, z: keras.ops.binary_crossentropy(y, z, from_logits=True),
        ),
        (mean_squared_error, mean_squared_error_backward, keras.losses.mean_squared_error),
    ],
    ids=["binary_cross_entropy", "mean_squared_error"],
)
def test_losses_of_yes_or_no_and_of_numbers_equal_those_of_keras(loss, backward, in_keras, scale):
    rng = np.random.default_rng(1)
    outputs, y = rng.normal(scale=scale, size=(8, 3)), rng.integers(2, size=(8, 3)).astype(float)
    tensor = tf.constant(outputs)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        keras_loss = tf.reduce_mean(in_keras(tf.constant(y), tensor))
    assert loss(outputs, y) == pytest.approx(float(keras_loss), rel=1e-12)
    np.testing.assert_allclose(backward(outputs, y), tape.gradient(keras_loss, tensor), rtol=1e-12, atol=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_logit_of_a_thousand_costs_a_thousand_on_the_wrong_side_and_nothing_on_the_right_one(dtype):
    logits = np.array([1000.0, -1000.0], dtype)
    assert binary_cross_entropy(logits, np.array([0, 1])) == 1000.0
    assert binary_cross_entropy(logits, np.array([1, 0])) == 0.0
    for backward in (binary_cross_entropy_backward, mean_squared_error_backward):
        assert backward(logits, np.array([0, 1])).dtype == dtype


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (binary_cross_entropy, "logits"),
        (binary_cross_entropy_backward, "logits"),
        (mean_squared_error, "y_hat"),
        (mean_squared_error_backward, "y_hat"),
    ],
)
def test_shapes_that_would_broadcast_are_refused(function, name):
    with pytest.raises(ValueError, match=rf"same shape; got {name} \(4, 1\), y \(4,\)"):
        function(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(ValueError, match=r"at least one entry; got .* of shape \(0,\)"):
        function(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("function", [binary_cross_entropy, binary_cross_entropy_backward])
@pytest.mark.parametrize("target", [2.0, -1.0, np.nan])
def test_a_target_that_is_no_probability_is_named(function, target):
    with pytest.raises(ValueError, match=rf"targets from 0 to 1; got {target}"):
        function(np.zeros(2), np.array([0.5, target]))
