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
    "leaky_relu": (activations.leaky_relu, activations.leaky_relu_backward, tf.nn.leaky_relu),
    "gelu": (activations.gelu, activations.gelu_backward, lambda Z: tf.nn.gelu(Z, approximate=False)),
    "gelu_tanh": (activations.gelu_tanh, activations.gelu_tanh_backward, lambda Z: tf.nn.gelu(Z, approximate=True)),
    "silu": (activations.silu, activations.silu_backward, tf.nn.silu),
    "softplus": (activations.softplus, activations.softplus_backward, tf.math.softplus),
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
    assert activations.log_softmax(np.log(np.array([1.0, 2.0, 5.0]))) == pytest.approx(np.log([0.125, 0.25, 0.625]))
    assert activations.log_sum_exp(np.log(np.array([1.0, 2.0, 5.0]))) == pytest.approx(np.log(8))
    assert activations.leaky_relu(Z).tolist() == [-0.4, 0.0, 3.0]
    assert activations.leaky_relu(Z, negative_slope=0.01).tolist() == [-0.02, 0.0, 3.0]
    assert activations.silu(np.log(np.array([3.0]))) == pytest.approx([0.75 * np.log(3)])
    assert activations.softplus(np.log(np.array([3.0]))) == pytest.approx([np.log(4)])
    assert activations.gelu(np.array([1.0])) == pytest.approx([0.841345], abs=1e-6)  # 84.1345 % lie below 1


def test_backward_forms_by_hand():
    dA = np.array([10.0, 10.0, 10.0])
    assert activations.relu_backward(dA, np.array([-2.0, 0.0, 3.0])).tolist() == [0.0, 0.0, 10.0]
    assert activations.sigmoid_backward(dA, np.log(np.array([1 / 3, 1.0, 3.0]))) == pytest.approx([1.875, 2.5, 1.875])
    assert activations.tanh_backward(np.array([10.0]), np.array([np.log(3.0)])) == pytest.approx([3.6])


@given(Z=small_arrays, seed=st.integers(0, 100))
def test_backward_forms_agree_with_central_differences(Z, seed):
    dA = np.random.default_rng(seed).normal(size=Z.shape)
    for forward, backward, _ in PAIRS.values():
        A = forward(Z)  # taken off, so that one entry's change is not rounded to the size of the whole sum
        check_gradient(
            lambda z, forward=forward, A=A: np.sum(dA * (forward(z) - A)), Z, backward(dA, Z), name=forward.__name__
        )


def test_activations_and_their_slopes_equal_those_of_tensorflow(pair):
    forward, backward, tensorflow_forward = pair
    Z = np.array([[-1000.0, -40.0, -1.5, -1e-9, 0.0], [1e-9, 0.3, 2.0, 40.0, 1000.0]])
    dA = np.linspace(-2, 2, Z.size).reshape(Z.shape)
    Z_tensor = tf.constant(Z)
    with tf.GradientTape() as tape:
        tape.watch(Z_tensor)
        A = tensorflow_forward(Z_tensor)
    # TensorFlow takes the constants of these three, such as the leak 0.2, from 32-bit numbers.
    rtol = 1e-6 if forward in (activations.leaky_relu, activations.gelu, activations.gelu_tanh) else 1e-12
    np.testing.assert_allclose(forward(Z), A, rtol, atol=1e-15)
    np.testing.assert_allclose(backward(dA, Z), tape.gradient(A, Z_tensor, tf.constant(dA)), rtol, atol=1e-15)


@pytest.mark.filterwarnings("error")
def test_no_activation_overflows_and_float32_is_kept():
    Z = np.array([[-1000.0, 0.0, 1000.0]], np.float32)
    along_an_axis = (activations.softmax, activations.log_softmax, activations.log_sum_exp)
    for function in (*(forward for forward, _, _ in PAIRS.values()), *along_an_axis):
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


def test_log_softmax_and_log_sum_exp_are_finite_where_the_probability_underflows():
    logits = np.array([[1000.0, 0.0], [-1000.0, -1000.0]])
    assert activations.log_softmax(logits) == pytest.approx(np.array([[0, -1000], [-np.log(2), -np.log(2)]]))
    assert activations.log_sum_exp(logits) == pytest.approx([1000, -1000 + np.log(2)])


@pytest.mark.filterwarnings("error")
def test_log_sum_exp_of_nothing_possible_is_minus_infinity_and_a_masked_logit_counts_for_nothing():
    assert activations.log_sum_exp(np.array([-np.inf, -np.inf])) == -np.inf
    assert activations.log_sum_exp(np.array([-np.inf, 2.0])) == 2.0


@given(logits=small_arrays, seed=st.integers(0, 100))
def test_log_sum_exp_works_along_every_axis_and_lies_just_above_the_largest(logits, seed):
    axis = seed % logits.ndim
    result = activations.log_sum_exp(logits, axis=axis)
    largest = logits.max(axis=axis)
    assert result.shape == largest.shape
    assert np.all(result >= largest)
    assert np.all(result <= largest + np.log(logits.shape[axis]) + 1e-12)
    kept = activations.log_sum_exp(logits, axis=axis, keepdims=True)
    np.testing.assert_array_equal(kept, np.expand_dims(result, axis))
    np.testing.assert_allclose(result, tf.reduce_logsumexp(tf.constant(logits), axis=axis), rtol=1e-12, atol=1e-14)


@given(logits=small_arrays, seed=st.integers(0, 100))
def test_backward_forms_along_the_classes_agree_with_central_differences(logits, seed):
    dA = np.random.default_rng(seed).normal(size=logits.shape)
    for forward, backward in (
        (activations.softmax, activations.softmax_backward),
        (activations.log_softmax, activations.log_softmax_backward),
    ):
        dlogits = backward(dA, logits)
        check_gradient(lambda z, forward=forward: np.sum(dA * forward(z)), logits, dlogits, name=forward.__name__)
        np.testing.assert_allclose(dlogits.sum(axis=-1), 0, atol=1e-12)


def test_the_tanh_form_of_gelu_is_within_half_a_thousandth_of_the_exact_one():
    Z = np.linspace(-10, 10, 10_001)
    gap = np.abs(activations.gelu(Z) - activations.gelu_tanh(Z)).max()
    assert 0.0004 < gap < 0.0005


@pytest.mark.parametrize("backward", [activations.softmax_backward, activations.log_softmax_backward])
def test_backward_forms_along_the_classes_refuse_shapes_that_would_broadcast(backward):
    with pytest.raises(ValueError, match=r"dA and logits must have the same shape; got dA \(3,\), logits \(2, 3\)"):
        backward(np.ones(3), np.ones((2, 3)))
