"""The convolution: numbers by hand, TensorFlow, central differences, equivariance, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d

from largemodels.conv import conv2d_backward, conv2d_forward, im2col
from largemodels.gradcheck import check_gradient

STEPS = st.integers(1, 3)


@st.composite
def convolutions(draw):
    """Images, kernels, biases and settings that fit."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    padding = draw(st.sampled_from([0, 1, 2, (0, 1), ((0, 1), (2, 0)), "valid", "same"]))
    size = tuple(d * (k - 1) + 1 + draw(st.integers(0, 4)) for k, d in zip(kernel, dilation, strict=True))
    C_in, C_out = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    X = rng.normal(size=(draw(st.integers(1, 3)), *size, C_in))
    W, b = rng.normal(size=(*kernel, C_in, C_out)), rng.normal(size=C_out)
    return X, W, b, {"stride": draw(st.tuples(STEPS, STEPS)), "padding": padding, "dilation": dilation}


def padded_by_hand(X, kernel_size, stride, padding, dilation):
    """Pad as the settings say, each rule written out once more."""
    sides = []
    for axis in range(2):
        if padding == "same":
            size = X.shape[1 + axis]
            reach = dilation[axis] * (kernel_size[axis] - 1) + 1
            outputs = int(np.ceil(size / stride[axis]))
            total = max((outputs - 1) * stride[axis] + reach - size, 0)
            sides.append((total // 2, total - total // 2))
        elif padding == "valid":
            sides.append((0, 0))
        elif isinstance(padding, int):
            sides.append((padding, padding))
        else:
            sides.append(padding[axis] if isinstance(padding[axis], tuple) else (padding[axis],) * 2)
    return np.pad(X, ((0, 0), *sides, (0, 0)))


def by_loops(X, W, b, stride, padding, dilation):
    """Equation (5.3), index by index."""
    KH, KW, _, C_out = W.shape
    X = padded_by_hand(X, (KH, KW), stride, padding, dilation)
    height = (X.shape[1] - dilation[0] * (KH - 1) - 1) // stride[0] + 1
    width = (X.shape[2] - dilation[1] * (KW - 1) - 1) // stride[1] + 1
    Z = np.zeros((len(X), height, width, C_out)) + b
    for i, j, u, v in np.ndindex(height, width, KH, KW):
        Z[:, i, j] += X[:, stride[0] * i + dilation[0] * u, stride[1] * j + dilation[1] * v] @ W[u, v]
    return Z


def test_a_window_of_two_channels_by_hand():
    X = np.array([[[[1, 0], [2, 1]], [[3, 1], [4, 0.0]]]])
    W = np.array([[[[1], [0]], [[0], [2]]], [[[0], [2]], [[1], [0.0]]]])
    assert conv2d_forward(X, W, np.array([-1.0])).item() == 8  # 1 + 4, plus 2 + 2, minus 1


def test_it_is_a_cross_correlation_and_does_not_flip_the_kernel():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(6, 7)), rng.normal(size=(3, 2))
    Z = conv2d_forward(image[None, :, :, None], kernel[:, :, None, None], np.zeros(1))
    assert np.allclose(Z[0, :, :, 0], correlate2d(image, kernel, "valid"))


@settings(max_examples=150, deadline=None)
@given(convolutions())
def test_forward_equals_the_formula_index_by_index(convolution):
    X, W, b, setting = convolution
    assert np.allclose(conv2d_forward(X, W, b, **setting), by_loops(X, W, b, **setting))


@settings(max_examples=40, deadline=None)
@given(convolutions())
def test_backward_passes_a_gradient_check_in_every_setting(convolution):
    X, W, b, setting = convolution
    dZ = np.random.default_rng(1).normal(size=conv2d_forward(X, W, b, **setting).shape)
    dX, dW, db = conv2d_backward(dZ, X, W, **setting)
    check_gradient(lambda x: np.sum(conv2d_forward(x, W, b, **setting) * dZ), X, dX, name="dX")
    check_gradient(lambda w: np.sum(conv2d_forward(X, w, b, **setting) * dZ), W, dW, name="dW")
    check_gradient(lambda c: np.sum(conv2d_forward(X, W, c, **setting) * dZ), b, db, name="db")


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(("C_in", "size"), [(1, 9), (3, 10), (6, 11)])
def test_all_three_gradients_and_the_output_equal_tensorflow_s(padding, stride, C_in, size):
    rng = np.random.default_rng(2)
    X, W, b = rng.normal(size=(3, size, 8, C_in)), rng.normal(size=(3, 2, C_in, 4)), rng.normal(size=4)
    with tf.GradientTape() as tape:
        in_tf = [tf.Variable(array) for array in (X, W, b)]
        Z = tf.nn.conv2d(in_tf[0], in_tf[1], stride, padding.upper()) + in_tf[2]
        dZ = rng.normal(size=Z.shape)
        loss = tf.reduce_sum(Z * dZ)
    assert np.allclose(conv2d_forward(X, W, b, stride, padding), Z, atol=1e-12)
    ours = conv2d_backward(dZ, X, W, stride, padding)
    for gradient, theirs in zip(ours, tape.gradient(loss, in_tf), strict=True):
        assert np.allclose(gradient, theirs, atol=1e-12)


def test_same_padding_puts_the_odd_zero_at_the_bottom_and_right():
    rng = np.random.default_rng(3)
    X, W, b = rng.normal(size=(1, 28, 28, 2)), rng.normal(size=(3, 3, 2, 2)), np.zeros(2)
    same = conv2d_forward(X, W, b, stride=2, padding="same")
    assert np.array_equal(same, conv2d_forward(X, W, b, stride=2, padding=((0, 1), (0, 1))))
    assert not np.allclose(same, conv2d_forward(X, W, b, stride=2, padding=1))


def test_moving_the_picture_moves_the_output_by_as_much():
    rng = np.random.default_rng(4)
    X, W, b = rng.normal(size=(1, 12, 12, 3)), rng.normal(size=(3, 3, 3, 2)), rng.normal(size=2)
    assert np.allclose(conv2d_forward(X[:, 2:, 1:], W, b), conv2d_forward(X, W, b)[:, 2:, 1:])


def test_blocks_do_not_change_the_result():
    rng = np.random.default_rng(5)
    X, W, b = rng.normal(size=(50, 28, 28, 8)), rng.normal(size=(3, 3, 8, 4)), rng.normal(size=4)  # several blocks
    Z = conv2d_forward(X, W, b)
    assert np.allclose(Z[-1:], conv2d_forward(X[-1:], W, b))
    _, dW, db = conv2d_backward(Z, X, W)
    parts = [conv2d_backward(Z[[n]], X[[n]], W) for n in range(len(X))]
    assert np.allclose(dW, sum(part[1] for part in parts))
    assert np.allclose(db, sum(part[2] for part in parts))


def test_the_gradient_of_the_image_can_be_left_out():
    rng = np.random.default_rng(6)
    X, W = rng.normal(size=(2, 5, 5, 1)), rng.normal(size=(3, 3, 1, 2))
    dZ = rng.normal(size=(2, 3, 3, 2))
    dX, dW, db = conv2d_backward(dZ, X, W, needs_dX=False)
    assert dX is None
    for ours, full in zip((dW, db), conv2d_backward(dZ, X, W)[1:], strict=True):
        assert np.array_equal(ours, full)


@pytest.mark.parametrize("C", [1, 6])
def test_the_rows_of_im2col_are_windows_in_the_order_of_the_weights(C):
    X = np.arange(2 * 4 * 5 * C, dtype=float).reshape(2, 4, 5, C)
    columns = im2col(X, (3, 2), stride=(1, 2))
    assert columns.shape == (2 * 2 * 2, 3 * 2 * C)
    assert np.array_equal(columns[-1], X[1, 1:4, 2:4].ravel())


def test_float32_stays_float32_and_arguments_stay_as_they_are():
    X, W, b = np.ones((1, 4, 4, 1), np.float32), np.ones((2, 2, 1, 1), np.float32), np.ones(1, np.float32)
    Z = conv2d_forward(X, W, b, padding=1)
    assert Z.dtype == np.float32
    assert all(gradient.dtype == np.float32 for gradient in conv2d_backward(Z, X, W, padding=1))
    assert np.array_equal(X, np.ones((1, 4, 4, 1))) and np.array_equal(W, np.ones((2, 2, 1, 1)))


X, W, b = np.zeros((2, 6, 5, 3)), np.zeros((3, 3, 3, 4)), np.zeros(4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: conv2d_forward(X[0], W, b), r"X must be a batch of images .* got \(6, 5, 3\)"),
        (lambda: conv2d_forward(X, W[..., 0], b), r"W must be kernels .* got \(3, 3, 3\)"),
        (lambda: conv2d_forward(X[..., :2], W, b), r"X has 2 channels but W expects 3; got X \(2, 6, 5, 2\)"),
        (lambda: conv2d_forward(np.zeros((2, 3, 6, 5)), W, b), "are the channels first"),
        (lambda: conv2d_forward(X, W, np.zeros(1)), r"b must have the shape \(4,\)"),
        (lambda: conv2d_forward(X, W, b, dilation=3), "does not fit .* reaches over 7 pixels, there are 6"),
        (lambda: conv2d_forward(X, W, b, padding="full"), "'valid' or 'same'; got 'full'"),
        (lambda: conv2d_forward(X, W, b, stride=0), "stride must be a whole number of at least 1; got 0"),
        (lambda: conv2d_forward(X, W, b, stride=(1, 2, 3)), "stride must be one whole number or two"),
        (lambda: conv2d_forward(X, W, b, padding=((1, 2), (1, 2), (0, 0))), r"padding must be \(\(top, bottom\)"),
        (
            lambda: conv2d_backward(np.zeros((2, 4, 4, 4)), X, W),
            r"dZ must have the shape of the output, \(2, 4, 3, 4\)",
        ),
    ],
)
def test_an_error_says_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_stride_that_is_not_whole_is_refused():
    with pytest.raises(TypeError, match="stride must be a whole number"):
        conv2d_forward(X, W, b, stride=1.5)
