import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given
from hypothesis import strategies as st

from largemodels.gradcheck import check_gradient
from largemodels.network import accuracy, initialise_network, network_forward, network_loss, network_loss_and_gradients

layer_sizes_of_any_depth = st.lists(st.integers(1, 4), min_size=2, max_size=5)


def random_case(layer_sizes, num_examples, seed, dtype=np.float64):
    """A network with biases other than zero, inputs and labels."""
    rng = np.random.default_rng(seed)
    parameters = initialise_network(layer_sizes, rng, dtype)
    for name in parameters:
        if name.startswith("b"):
            parameters[name] = rng.normal(scale=0.5, size=parameters[name].shape).astype(dtype)
    X = rng.normal(size=(num_examples, layer_sizes[0])).astype(dtype)
    return X, rng.integers(layer_sizes[-1], size=num_examples), parameters


def test_loss_gradients_and_accuracy_by_hand():
    # One example, one ReLU unit that is on and one that is off; both logits are 2, so both probabilities are 1/2.
    parameters = {
        "W1": np.array([[1.0, -1.0]]),
        "b1": np.array([1.0, 0.0]),
        "W2": np.array([[1.0, 1.0], [5.0, 7.0]]),
        "b2": np.array([0.0, 0.0]),
    }
    X, y = np.array([[1.0]]), np.array([0])
    logits, _ = network_forward(X, parameters)
    assert logits.tolist() == [[2.0, 2.0]]
    loss, gradients = network_loss_and_gradients(X, y, parameters)
    assert loss == pytest.approx(np.log(2))
    assert gradients["W2"].tolist() == [[-1.0, 1.0], [0.0, 0.0]]  # activations (2, 0) times dlogits (-1/2, 1/2)
    assert gradients["b2"].tolist() == [-0.5, 0.5]
    assert gradients["W1"].tolist() == [[0.0, 0.0]]  # the unit that is on feeds both logits equally
    parameters["W2"] = np.array([[1.0, 3.0], [5.0, 7.0]])  # logits (2, 6)
    assert accuracy(np.ones((4, 1)), np.array([1, 1, 1, 0]), parameters) == 0.75


@given(layer_sizes=layer_sizes_of_any_depth, num_examples=st.integers(1, 4), seed=st.integers(0, 10_000))
def test_gradients_of_a_network_of_any_depth_agree_with_central_differences(layer_sizes, num_examples, seed):
    X, y, parameters = random_case(layer_sizes, num_examples, seed)
    _, cache = network_forward(X, parameters)
    # A central difference across the kink of ReLU mixes two slopes; the gradient there is not wrong.
    assume(all(np.abs(Z).min() > 1e-3 for _, Z in cache[:-1]))
    loss, gradients = network_loss_and_gradients(X, y, parameters)
    assert loss == network_loss(X, y, parameters)
    assert list(gradients) == list(parameters)
    for name, parameter in parameters.items():
        check_gradient(
            lambda value, name=name: network_loss(X, y, {**parameters, name: value}),
            parameter,
            gradients[name],
            name=f"d{name}",
        )


@pytest.mark.parametrize("layer_sizes", [[6, 4], [6, 8, 4], [6, 8, 7, 5, 4]])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-13)])
def test_logits_loss_and_gradients_equal_those_of_keras_with_the_same_weights(layer_sizes, dtype, tolerance):
    X, y, parameters = random_case(layer_sizes, 20, seed=0, dtype=dtype)
    model = keras.Sequential(
        [keras.layers.Dense(size, activation="relu", dtype=dtype) for size in layer_sizes[1:-1]]
        + [keras.layers.Dense(layer_sizes[-1], dtype=dtype)]
    )
    model.build((None, layer_sizes[0]))
    model.set_weights(list(parameters.values()))
    with tf.GradientTape() as tape:
        keras_logits = model(tf.constant(X))
        keras_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype=dtype)(y, keras_logits)
    keras_gradients = tape.gradient(keras_loss, [variable.value for variable in model.trainable_variables])
    logits, _ = network_forward(X, parameters)
    loss, gradients = network_loss_and_gradients(X, y, parameters)
    np.testing.assert_allclose(logits, keras_logits, rtol=tolerance, atol=tolerance)
    assert loss == pytest.approx(float(keras_loss), rel=tolerance)
    for ours, theirs in zip(gradients.values(), keras_gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    assert accuracy(X, y, parameters) == pytest.approx(np.mean(np.argmax(keras_logits, axis=1) == y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("input_dtype", [np.uint8, np.float32, np.float64])
def test_everything_is_computed_in_the_dtype_of_the_parameters(dtype, input_dtype):
    _, y, parameters = random_case([3, 5, 2], 4, seed=0, dtype=dtype)
    X = np.arange(12).reshape(4, 3).astype(input_dtype)
    logits, cache = network_forward(X, parameters)
    _, gradients = network_loss_and_gradients(X, y, parameters)
    arrays = [logits, *gradients.values(), *(array for pair in cache for array in pair)]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_nothing_that_is_passed_in_is_changed():
    X, y, parameters = random_case([3, 5, 2], 4, seed=0)
    before = {name: array.copy() for name, array in {**parameters, "X": X, "y": y}.items()}
    network_loss_and_gradients(X, y, parameters)
    for name, array in {**parameters, "X": X, "y": y}.items():
        np.testing.assert_array_equal(array, before[name])


@given(seed=st.integers(0, 1000))
def test_the_order_of_the_examples_does_not_matter(seed):
    X, y, parameters = random_case([3, 4, 3], 6, seed)
    order = np.random.default_rng(seed).permutation(6)
    loss, gradients = network_loss_and_gradients(X, y, parameters)
    loss_reordered, gradients_reordered = network_loss_and_gradients(X[order], y[order], parameters)
    assert loss_reordered == pytest.approx(loss, rel=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradients_reordered[name], gradient, rtol=1e-10, atol=1e-14)


def test_initial_weights_have_variance_two_over_the_number_of_inputs_and_biases_are_zero():
    parameters = initialise_network([400, 300, 10], np.random.default_rng(0))
    assert {name: array.shape for name, array in parameters.items()} == {
        "W1": (400, 300),
        "b1": (300,),
        "W2": (300, 10),
        "b2": (10,),
    }
    assert parameters["W1"].var() == pytest.approx(2 / 400, rel=0.03)
    assert parameters["W2"].var() == pytest.approx(2 / 300, rel=0.1)
    assert abs(parameters["W1"].mean()) < 1e-3
    assert not parameters["b1"].any()
    assert not parameters["b2"].any()


def test_the_size_of_the_activations_is_about_the_same_after_ten_layers():
    rng = np.random.default_rng(0)
    parameters = initialise_network([200] * 11, rng)
    X = rng.normal(size=(100, 200))
    _, cache = network_forward(X, parameters)
    first, last = cache[0][1], cache[-1][1]
    assert 0.3 < last.std() / first.std() < 3  # half or twice the variance would give a factor of 1/23 or 23


def test_networks_of_two_dtypes_start_from_the_same_numbers():
    single = initialise_network([5, 4, 3], np.random.default_rng(7), np.float32)
    double = initialise_network([5, 4, 3], np.random.default_rng(7))
    for name, array in double.items():
        assert single[name].dtype == np.float32
        np.testing.assert_array_equal(single[name], array.astype(np.float32))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([5, 3], 0), TypeError, r"rng must be a numpy.random.Generator, such as np.random.default_rng\(0\); got 0"),
        (([5], np.random.default_rng(0)), ValueError, r"at least an input and an output size; got \[5\]"),
        (([5, 0, 3], np.random.default_rng(0)), ValueError, r"layer_sizes\[1\] must be a whole number of at least 1"),
        (([5, 2.5], np.random.default_rng(0)), TypeError, r"layer_sizes\[1\] must be a whole number.*; got 2.5"),
        (([5, 3], np.random.default_rng(0), np.int64), TypeError, "floating-point dtype; got int64"),
    ],
)
def test_initialise_network_names_what_is_not_allowed(arguments, error, message):
    with pytest.raises(error, match=message):
        initialise_network(*arguments)


def test_inputs_and_parameters_that_do_not_fit_are_named():
    _, y, parameters = random_case([784, 5, 3], 2, seed=0)
    with pytest.raises(ValueError, match=r"shape \(N, 784\); got \(2, 28, 28\); X.reshape\(len\(X\), -1\) flattens"):
        network_forward(np.zeros((2, 28, 28)), parameters)
    with pytest.raises(ValueError, match=r"X has 64 features but W expects 784; got X \(2, 64\), W \(784, 5\)"):
        network_forward(np.zeros((2, 64)), parameters)
    with pytest.raises(ValueError, match=r"W1 gives 5 features but W2 expects 4; got W1 \(784, 5\), W2 \(4, 3\)"):
        network_forward(np.zeros((2, 784)), {**parameters, "W2": np.zeros((4, 3))})
    for names in (["W1"], ["W1", "b1", "W3", "b3"], ["W1", "b1", "W2"], []):
        with pytest.raises(ValueError, match="parameters must be named W1, b1, W2, b2, …; got "):
            network_forward(np.zeros((2, 784)), {name: np.zeros((784, 784)) for name in names})
    with pytest.raises(ValueError, match=r"y must hold one class per example, shape \(2,\); got \(2, 1\)"):
        accuracy(np.zeros((2, 784)), y[:, np.newaxis], parameters)
