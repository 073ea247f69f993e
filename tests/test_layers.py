import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from largemodels.gradcheck import check_gradient
from largemodels.layers import dense_backward, dense_forward


def test_dense_layer_by_hand():
    X = np.array([[1.0, 2.0], [0.0, -1.0]])
    W = np.array([[3.0, 0.0, 1.0], [1.0, 2.0, -1.0]])
    b = np.array([10.0, 20.0, 30.0])
    assert dense_forward(X, W, b).tolist() == [[15.0, 24.0, 29.0], [9.0, 18.0, 31.0]]
    dZ = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    dX, dW, db = dense_backward(dZ, X, W)
    assert dX.tolist() == [[5.0, -1.0], [1.0, 1.0]]
    assert dW.tolist() == [[1.0, 0.0, 2.0], [2.0, -1.0, 3.0]]
    assert db.tolist() == [1.0, 1.0, 3.0]


@given(
    num_examples=st.integers(1, 4),
    num_inputs=st.integers(1, 4),
    num_outputs=st.integers(1, 4),
    seed=st.integers(0, 999),
)
def test_dense_gradients_agree_with_central_differences(num_examples, num_inputs, num_outputs, seed):
    rng = np.random.default_rng(seed)
    X, W = rng.normal(size=(num_examples, num_inputs)), rng.normal(size=(num_inputs, num_outputs))
    b, dZ = rng.normal(size=num_outputs), rng.normal(size=(num_examples, num_outputs))
    dX, dW, db = dense_backward(dZ, X, W)
    check_gradient(lambda x: np.sum(dZ * dense_forward(x, W, b)), X, dX, name="dX")
    check_gradient(lambda w: np.sum(dZ * dense_forward(X, w, b)), W, dW, name="dW")
    check_gradient(lambda bias: np.sum(dZ * dense_forward(X, W, bias)), b, db, name="db")


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_dense_layer_equals_the_one_of_keras_with_the_same_weights(dtype, tolerance):
    rng = np.random.default_rng(0)
    X, W, b, dZ = (rng.normal(size=shape).astype(dtype) for shape in ((7, 5), (5, 3), (3,), (7, 3)))
    layer = keras.layers.Dense(3, dtype=dtype)
    layer.build((None, 5))
    layer.set_weights([W, b])
    X_tensor = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(X_tensor)
        Z = layer(X_tensor)
    sources = [X_tensor, *layer.trainable_variables]
    keras_gradients = tape.gradient(Z, [getattr(s, "value", s) for s in sources], tf.constant(dZ))
    np.testing.assert_allclose(dense_forward(X, W, b), Z, rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(dense_backward(dZ, X, W), keras_gradients, strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("X_shape", "W_shape", "b_shape", "message"),
    [
        ((4, 5), (3, 2), (2,), r"X has 5 features but W expects 3; got X \(4, 5\), W \(3, 2\)"),
        ((5,), (5, 2), (2,), r"X must be \(N, D_in\) and W \(D_in, D_out\); got X \(5,\), W \(5, 2\)"),
        ((4, 5), (5, 2), (1,), r"b must have the shape \(2,\), one entry per column of W \(5, 2\); got \(1,\)"),
        ((4, 5), (5, 2), (4, 1), r"b must have the shape \(2,\).*; got \(4, 1\)"),
    ],
)
def test_dense_forward_names_the_shapes_that_do_not_fit(X_shape, W_shape, b_shape, message):
    with pytest.raises(ValueError, match=message):
        dense_forward(np.zeros(X_shape), np.zeros(W_shape), np.zeros(b_shape))


@pytest.mark.parametrize(
    ("dZ_shape", "X_shape", "message"),
    [
        ((3, 2), (4, 5), r"dZ must have the shape of X W, \(4, 2\); got dZ \(3, 2\), X \(4, 5\), W \(5, 2\)"),
        ((2,), (4, 5), r"dZ must have the shape of X W, \(4, 2\); got dZ \(2,\)"),
        ((4, 2), (4, 3), r"X has 3 features but W expects 5"),
    ],
)
def test_dense_backward_names_the_shapes_that_do_not_fit(dZ_shape, X_shape, message):
    with pytest.raises(ValueError, match=message):
        dense_backward(np.zeros(dZ_shape), np.zeros(X_shape), np.zeros((5, 2)))
