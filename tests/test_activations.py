import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from largemodels import activations
from largemodels.gradcheck import check_gradient

# Away from 0 by more than the step of the central differences: ReLU has its kink there.
away_from_zero = st.floats(0.01, 8) | st.floats(-8, -0.01)
small_arrays = arrays.arrays(
    np.float64, arrays.array_shapes(min_dims=1, max_dims=3, max_side=4), elements=away_from_zero
)

PAIRS = {
    "relu": (activations.relu, activations.relu_backward, tf.nn.relu),
    "sigmoid": (activations.sigmoid, activations.sigmoid_backward, tf.math.sigmoid),
    "tanh": (activations.tanh, activations.tanh_backward, tf.math.tanh),
}


@pytest.fixture(params=PAIRS)
def pair(request):
    return PAIRS[request.param]


def test_activations_by_hand():
    Z = np.array([-2.0, 0.0, 3.0])
    assert activations.relu(Z).tolist() == [0.0, 0.0, 3.0]
    assert activations.sigmoid(np.log(np.array([1 / 3, 1.0, 3.0]))) == pytest.approx([0.25, 0.5, 0.75])
    assert activations.tanh(np.array([np.log(3.0)])) == pytest.approx([0.8])  # (9 - 1) / (9 + 1)
    assert activations.softmax(np.log(np.array([1.0, 2.0, 5.0]))) == pytest.approx([0.125, 0.25, 0.625])


def test_backward_forms_by_hand():
    dA = np.array([10.0, 10.0, 10.0])
    assert activations.relu_backward(dA, np.array([-2.0, 0.0, 3.0])).tolist() == [0.0, 0.0, 10.0]
    assert activations.sigmoid_backward(dA, np.log(np.array([1 / 3, 1.0, 3.0]))) == pytest.approx([1.875, 2.5, 1.875])
    assert activations.tanh_backward(np.array([10.0]), np.array([np.log(3.0)])) == pytest.approx([3.6])


@given(Z=small_arrays, seed=st.integers(0, 100))
def test_backward_forms_agree_with_central_differences(Z, seed):
    dA = np.random.default_rng(seed).normal(size=Z.shape)
    for forward, backward, _ in PAIRS.values():
        check_gradient(lambda z, forward=forward: np.sum(dA * forward(z)), Z, backward(dA, Z), name=forward.__name__)


def test_activations_and_their_slopes_equal_those_of_tensorflow(pair):
    forward, backward, tensorflow_forward = pair
    Z = np.array([[-1000.0, -40.0, -1.5, -1e-9, 0.0], [1e-9, 0.3, 2.0, 40.0, 1000.0]])
    dA = np.linspace(-2, 2, Z.size).reshape(Z.shape)
    Z_tensor = tf.constant(Z)
    with tf.GradientTape() as tape:
        tape.watch(Z_tensor)
        A = tensorflow_forward(Z_tensor)
    np.testing.assert_allclose(forward(Z), A, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(backward(dA, Z), tape.gradient(A, Z_tensor, tf.constant(dA)), rtol=1e-12, atol=1e-15)


@pytest.mark.filterwarnings("error")
def test_no_activation_overflows_and_float32_is_kept():
    Z = np.array([[-1000.0, 0.0, 1000.0]], np.float32)
    for function in (activations.relu, activations.sigmoid, activations.tanh, activations.softmax):
        A = function(Z)
        assert np.isfinite(A).all()
        assert A.dtype == np.float32
    for _, backward, _ in PAIRS.values():
        assert backward(np.ones_like(Z), Z).dtype == np.float32


@given(logits=small_arrays, shift=st.floats(-500, 500))
def test_softmax_sums_to_one_and_ignores_a_shift_of_the_logits(logits, shift):
    probabilities = activations.softmax(logits)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(activations.softmax(logits + shift), probabilities, rtol=1e-10)


def test_a_backward_form_refuses_shapes_that_would_broadcast(pair):
    _, backward, _ = pair
    with pytest.raises(ValueError, match=r"dA and Z must have the same shape; got dA \(3,\), Z \(3, 1\)"):
        backward(np.ones(3), np.ones((3, 1)))
