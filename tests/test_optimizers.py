import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from largemodels.optimizers import (
    SGD,
    Adam,
    AdamW,
    RMSProp,
    adam_step,
    gradient_descent_step,
    momentum_step,
    nesterov_step,
    rmsprop_step,
)

# Keras casts a Python float to float32 on its way to a float64 variable: its 0.9 is 0.8999999762. It keeps a NumPy
# float64 as it is.
double = np.float64

# Each of our optimizers beside the Keras one that it must equal, step by step.
TWINS = {
    "gradient descent": (lambda: SGD(0.1), lambda: keras.optimizers.SGD(0.1)),
    "momentum": (lambda: SGD(0.1, momentum=0.9), lambda: keras.optimizers.SGD(0.1, momentum=double(0.9))),
    "Nesterov": (
        lambda: SGD(0.1, momentum=0.9, nesterov=True),
        lambda: keras.optimizers.SGD(0.1, momentum=double(0.9), nesterov=True),
    ),
    "SGD with weight decay": (
        lambda: SGD(0.1, momentum=0.9, weight_decay=0.05),
        lambda: keras.optimizers.SGD(0.1, momentum=double(0.9), weight_decay=double(0.05)),
    ),
    "RMSProp": (lambda: RMSProp(0.01), lambda: keras.optimizers.RMSprop(0.01)),
    "RMSProp with all its arguments": (
        lambda: RMSProp(0.01, decay=0.7, epsilon=1e-3, weight_decay=0.05),
        lambda: keras.optimizers.RMSprop(0.01, rho=0.7, epsilon=1e-3, weight_decay=double(0.05)),
    ),
    "Adam": (
        lambda: Adam(0.01),
        lambda: keras.optimizers.Adam(0.01, beta_1=double(0.9), beta_2=double(0.999)),
    ),
    "Adam with all its arguments": (
        lambda: Adam(0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-3),
        lambda: keras.optimizers.Adam(0.01, beta_1=double(0.8), beta_2=double(0.95), epsilon=1e-3),
    ),
    "AdamW": (
        lambda: AdamW(0.01),
        lambda: keras.optimizers.AdamW(0.01, beta_1=double(0.9), beta_2=double(0.999), weight_decay=double(0.004)),
    ),
    "AdamW with strong decay": (
        lambda: AdamW(0.01, weight_decay=0.5),
        lambda: keras.optimizers.AdamW(0.01, beta_1=double(0.9), beta_2=double(0.999), weight_decay=0.5),
    ),
}

# The defaults, too, must be those of Keras.
DEFAULTS = {
    "SGD": (SGD(0.1), keras.optimizers.SGD(0.1), {"momentum": "momentum", "nesterov": "nesterov"}),
    "RMSProp": (RMSProp(0.1), keras.optimizers.RMSprop(0.1), {"decay": "rho", "epsilon": "epsilon"}),
    "Adam": (Adam(0.1), keras.optimizers.Adam(0.1), {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}),
    "AdamW": (AdamW(0.1), keras.optimizers.AdamW(0.1), {"weight_decay": "weight_decay", "beta_2": "beta_2"}),
}


def gradients_of_mixed_scales(seed, step):
    """Gradients of W1 (3, 2) and b1 (2,) with the scales that separate right from nearly right."""
    rng = np.random.default_rng([seed, step])
    scales_W = np.array([[1.0, 1e-9], [1e4, 0.0], [1e-4, 3e-4]])
    scales_b = np.array([1e-7, 1e-3])
    gradients = {"W1": rng.normal(size=(3, 2)) * scales_W, "b1": rng.normal(size=2) * scales_b}
    if step % 7 == 3:
        gradients["W1"] = np.zeros((3, 2))
    return gradients


@pytest.fixture
def float64_keras():
    """Keras keeps its learning rate in floatx: in float32, 0.1 is off by 1.5e-9 and the twins drift apart."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


@pytest.mark.parametrize("name", TWINS)
def test_every_optimizer_follows_its_keras_twin_for_a_hundred_steps(name, float64_keras):
    ours, theirs = (make() for make in TWINS[name])
    rng = np.random.default_rng(0)
    parameters = {"W1": rng.normal(size=(3, 2)), "b1": rng.normal(size=2)}
    variables = [tf.Variable(array) for array in parameters.values()]
    for step in range(100):
        if step == 60:
            ours.learning_rate = 0.003
            theirs.learning_rate = 0.003
        gradients = gradients_of_mixed_scales(seed=0, step=step)
        before = {key: array.copy() for key, array in parameters.items()}
        updated = ours.step(parameters, gradients)
        theirs.apply_gradients(zip([tf.constant(g) for g in gradients.values()], variables, strict=True))
        for key, variable in zip(parameters, variables, strict=True):
            np.testing.assert_array_equal(parameters[key], before[key])
            # Relative to the step itself as well as to the value: a wrong epsilon changes only tiny steps.
            np.testing.assert_allclose(updated[key], variable.numpy(), rtol=1e-12, atol=1e-14)
        parameters = updated


@pytest.mark.parametrize("name", TWINS)
def test_every_optimizer_follows_its_keras_twin_from_zero_with_tiny_gradients(name, float64_keras):
    # Starting at 0 a parameter is nothing but the sum of its steps, so even steps of 1e-10 are compared to nine digits.
    ours, theirs = (make() for make in TWINS[name])
    scales = np.array([0.0, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3, 1.0])
    parameters, variable = {"w": np.zeros(7)}, tf.Variable(np.zeros(7))
    for step in range(60):
        gradient = np.abs(np.random.default_rng(step).normal(size=7)) * scales
        parameters = ours.step(parameters, {"w": gradient})
        theirs.apply_gradients([(tf.constant(gradient), variable)])
        np.testing.assert_allclose(parameters["w"], variable.numpy(), rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", DEFAULTS)
def test_default_arguments_are_those_of_keras(name):
    ours, theirs, names = DEFAULTS[name]
    for our_name, keras_name in names.items():
        assert getattr(ours, our_name) == getattr(theirs, keras_name)


def test_gradient_descent_by_hand():
    assert gradient_descent_step(np.array([3.0, -1.0]), np.array([2.0, 4.0]), 0.5).tolist() == [2.0, -3.0]


def test_momentum_and_nesterov_by_hand():
    # velocity = 0.5 * 4 - 0.25 * 8 = 0: momentum stands still, Nesterov moves by 0.5 * 0 - 0.25 * 8.
    arguments = np.array([1.0]), np.array([4.0]), np.array([8.0]), 0.25, 0.5
    assert [array.tolist() for array in momentum_step(*arguments)] == [[1.0], [0.0]]
    assert [array.tolist() for array in nesterov_step(*arguments)] == [[-1.0], [0.0]]
    # velocity = 0.5 * 4 - 0.25 * 4 = 1
    arguments = np.array([1.0]), np.array([4.0]), np.array([4.0]), 0.25, 0.5
    assert [array.tolist() for array in momentum_step(*arguments)] == [[2.0], [1.0]]
    assert [array.tolist() for array in nesterov_step(*arguments)] == [[0.5], [1.0]]


def test_rmsprop_by_hand():
    # mean_square = 0.75 * 4 + 0.25 * 36 = 12; root of 12 + 4 is 4; step 0.5 * 6 / 4.
    parameter, mean_square = rmsprop_step(np.array([1.0]), np.array([4.0]), np.array([6.0]), 0.5, 0.75, 4.0)
    assert (parameter.tolist(), mean_square.tolist()) == ([0.25], [12.0])


def test_adam_by_hand():
    # Step 2 with both betas 1/2: first 0.5 * 2 + 0.5 * 6 = 4, second 0.5 * 14 + 0.5 * 36 = 25,
    # alpha = 3 * sqrt(3/4) / (3/4) = 2 sqrt(3), divisor 5 + 1.
    arguments = np.array([1.0]), np.array([2.0]), np.array([14.0]), np.array([6.0]), 2, 3.0, 0.5, 0.5, 1.0
    parameter, first_moment, second_moment = adam_step(*arguments)
    assert (first_moment.tolist(), second_moment.tolist()) == ([4.0], [25.0])
    assert parameter == pytest.approx([1 - 8 * np.sqrt(3) / 6])


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_scale_of_the_gradient():
    gradient = np.array([1e-2, -1.0, 1e6])
    zeros = np.zeros(3)
    parameter, _, _ = adam_step(zeros, zeros, zeros, gradient, 1, 0.1)
    np.testing.assert_allclose(parameter, [-0.1, 0.1, -0.1], rtol=1e-3)


@given(
    momentum=st.floats(0, 0.99), learning_rate=st.floats(1e-4, 1), scale=st.floats(0.1, 10), seed=st.integers(0, 1000)
)
def test_momentum_is_linear_in_parameter_velocity_and_gradient(momentum, learning_rate, scale, seed):
    parameter, velocity, gradient = np.random.default_rng(seed).normal(size=(3, 4))
    for rule in (momentum_step, nesterov_step):
        plain = rule(parameter, velocity, gradient, learning_rate, momentum)
        scaled = rule(scale * parameter, scale * velocity, scale * gradient, learning_rate, momentum)
        np.testing.assert_allclose(scaled, scale * np.array(plain), rtol=1e-9, atol=1e-12)


OPTIMIZERS = {
    "SGD(learning_rate=0.1)": lambda: SGD(0.1),
    "SGD(learning_rate=0.1, momentum=0.9)": lambda: SGD(0.1, momentum=0.9),
    "SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)": lambda: SGD(0.1, 0.9, True, 0.01),
    "RMSProp(learning_rate=0.1, decay=0.9)": lambda: RMSProp(0.1),
    "Adam(learning_rate=0.1, beta_1=0.9, beta_2=0.999)": lambda: Adam(0.1),
    "AdamW(learning_rate=0.1, beta_1=0.9, beta_2=0.999, weight_decay=0.004)": lambda: AdamW(0.1),
}


@pytest.fixture(params=OPTIMIZERS)
def optimizer(request):
    return OPTIMIZERS[request.param]()


@pytest.mark.parametrize("text", OPTIMIZERS)
def test_an_optimizer_says_what_it_is(text):
    assert repr(OPTIMIZERS[text]()) == text


def test_float32_stays_float32_whatever_type_the_numbers_have(optimizer):
    parameters = {"W1": np.ones((2, 2), np.float32)}
    optimizer.learning_rate = np.float64(0.05)
    for gradient_dtype in (np.float32, np.float64):
        parameters = optimizer.step(parameters, {"W1": np.ones((2, 2), gradient_dtype)})
        assert parameters["W1"].dtype == np.float32
    array, rate = np.ones(2, np.float32), np.float64(0.1)
    results = [
        gradient_descent_step(array, array, rate),
        *momentum_step(array, array, array, rate, np.float64(0.9)),
        *nesterov_step(array, array, array, rate, np.float64(0.9)),
        *rmsprop_step(array, array, array, rate, np.float64(0.9), np.float64(1e-7)),
        *adam_step(array, array, array, array, 1, rate, np.float64(0.9), np.float64(0.999), np.float64(1e-7)),
    ]
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


def test_parameters_keep_their_names_and_order_and_are_new_arrays(optimizer):
    parameters = {"W2": np.ones((2, 2)), "b1": np.ones(2), "W1": np.ones((3, 2))}
    updated = optimizer.step(parameters, {name: np.ones_like(parameters[name]) for name in sorted(parameters)})
    assert list(updated) == ["W2", "b1", "W1"]
    for name, array in parameters.items():
        assert np.all(array == 1)
        assert np.all(updated[name] < 1)


def test_the_state_of_one_parameter_does_not_leak_into_another(optimizer):
    # Equal arrays of zeros at the start must not be one array.
    parameters = {"W1": np.zeros(2), "W2": np.zeros(2)}
    for _ in range(3):
        parameters = optimizer.step(parameters, {"W1": np.ones(2), "W2": np.zeros(2)})
    assert np.all(parameters["W1"] < 0)
    assert np.all(parameters["W2"] == 0)


def test_weight_decay_shrinks_every_parameter_biases_included_and_stays_out_of_the_state():
    parameters = {"W1": np.array([[8.0]]), "b1": np.array([4.0])}
    zeros = {"W1": np.array([[0.0]]), "b1": np.array([0.0])}
    for make in (
        lambda: SGD(0.5, 0.9, weight_decay=0.5),
        lambda: RMSProp(0.5, weight_decay=0.5),
        lambda: AdamW(0.5, 0.5),
    ):
        optimizer = make()
        once = optimizer.step(parameters, zeros)
        assert (once["W1"].item(), once["b1"].item()) == (6.0, 3.0)
        # In the velocity or the moments, the first decay would act again.
        assert optimizer.step(once, zeros)["W1"].item() == 4.5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.1])
def test_a_learning_rate_that_is_not_finite_or_is_negative_is_refused_and_the_last_good_one_kept(value, optimizer):
    zero = np.zeros(1)
    with pytest.raises(ValueError, match="learning_rate must be a finite number greater than 0; got"):
        type(optimizer)(value)
    with pytest.raises(ValueError, match="learning_rate must be a finite number, 0 or greater; got"):
        optimizer.learning_rate = value
    assert optimizer.learning_rate == 0.1
    for step in (
        lambda: gradient_descent_step(zero, zero, value),
        lambda: momentum_step(zero, zero, zero, value, 0.9),
        lambda: nesterov_step(zero, zero, zero, value, 0.9),
        lambda: rmsprop_step(zero, zero, zero, value),
        lambda: adam_step(zero, zero, zero, zero, 1, value),
    ):
        with pytest.raises(ValueError, match="learning_rate must be a finite number, 0 or greater; got"):
            step()


def test_zero_is_no_learning_rate_to_begin_with_but_a_schedule_may_end_there(optimizer):
    with pytest.raises(ValueError, match="learning_rate must be a finite number greater than 0; got 0"):
        type(optimizer)(0)
    optimizer.learning_rate = 0
    assert optimizer.step({"w": np.ones(2)}, {"w": np.ones(2)})["w"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("value", ["0.1", None, True, np.array([0.1]), 1j])
def test_a_learning_rate_that_is_no_number_is_refused(value, optimizer):
    with pytest.raises(TypeError, match="learning_rate must be a finite number, 0 or greater; got"):
        optimizer.learning_rate = value


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0.1, momentum=1.0), "momentum must be a number from 0 up to but not including 1; got 1"),
        (lambda: SGD(0.1, momentum=-0.1), "momentum must be .*; got -0.1"),
        (lambda: SGD(0.1, momentum=np.nan), "momentum must be .*; got nan"),
        (lambda: SGD(0.1, nesterov=True), "nesterov=True needs a momentum greater than 0; got momentum=0"),
        (lambda: SGD(0.1, weight_decay=-1), "weight_decay must be a finite number, 0 or greater; got -1"),
        (lambda: RMSProp(0.1, decay=1), "decay must be a number from 0 up to but not including 1; got 1"),
        (lambda: RMSProp(0.1, epsilon=0), "epsilon must be a finite number greater than 0; got 0"),
        (lambda: Adam(0.1, beta_1=1), "beta_1 must be a number from 0 up to but not including 1; got 1"),
        (lambda: Adam(0.1, beta_2=1.5), "beta_2 must be .*; got 1.5"),
        (lambda: Adam(0.1, epsilon=-1e-7), "epsilon must be a finite number greater than 0; got -1e-07"),
        (lambda: AdamW(0.1, weight_decay=np.inf), "weight_decay must be a finite number, 0 or greater; got inf"),
        (lambda: momentum_step(0.0, 0.0, 0.0, 0.1, 1.0), "momentum must be .*; got 1"),
        (lambda: nesterov_step(0.0, 0.0, 0.0, 0.1, 1.0), "momentum must be .*; got 1"),
        (lambda: rmsprop_step(0.0, 0.0, 0.0, 0.1, decay=1.0), "decay must be .*; got 1"),
        (lambda: rmsprop_step(0.0, 0.0, 0.0, 0.1, epsilon=0.0), "epsilon must be .*; got 0"),
        (lambda: adam_step(0.0, 0.0, 0.0, 0.0, 0, 0.1), "step must be a whole number of at least 1; got 0"),
        (lambda: adam_step(0.0, 0.0, 0.0, 0.0, 1, 0.1, beta_1=1.0), "beta_1 must be .*; got 1"),
        (lambda: adam_step(0.0, 0.0, 0.0, 0.0, 1, 0.1, beta_2=1.0), "beta_2 must be .*; got 1"),
        (lambda: adam_step(0.0, 0.0, 0.0, 0.0, 1, 0.1, epsilon=0.0), "epsilon must be .*; got 0"),
    ],
)
def test_an_argument_out_of_range_is_named_with_its_value_and_the_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_step_functions_refuse_shapes_that_would_broadcast():
    row, column = np.zeros(3), np.zeros((3, 1))
    for step in (
        lambda: gradient_descent_step(column, row, 0.1),
        lambda: momentum_step(column, column, row, 0.1, 0.9),
        lambda: nesterov_step(column, column, row, 0.1, 0.9),
        lambda: rmsprop_step(column, column, row, 0.1),
        lambda: adam_step(column, column, column, row, 1, 0.1),
    ):
        with pytest.raises(ValueError, match=r"must have the same shape; got parameter \(3, 1\),.* gradient \(3,\)"):
            step()


@pytest.mark.parametrize("text", OPTIMIZERS)
def test_gradients_that_do_not_fit_are_named_and_leave_no_trace(text):
    optimizer, untouched = OPTIMIZERS[text](), OPTIMIZERS[text]()
    parameters = {"W1": np.ones((3, 2)), "b1": np.ones(2)}
    good = {"W1": np.ones((3, 2)), "b1": np.ones(2)}
    with pytest.raises(ValueError, match="names of the parameters, W1, b1; missing: b1; extra: B1, x"):
        optimizer.step(parameters, {"W1": good["W1"], "B1": good["b1"], "x": good["b1"]})
    with pytest.raises(ValueError, match=r"W1 has shape \(3, 2\) but its gradient has \(2, 3\)"):
        optimizer.step(parameters, {"W1": np.ones((2, 3)), "b1": good["b1"]})
    with pytest.raises(ValueError, match=r"b1 has shape \(2,\) but its gradient has \(1, 2\)"):
        optimizer.step(parameters, {"W1": good["W1"], "b1": np.ones((1, 2))})
    with pytest.raises(TypeError, match="b1 must have a floating-point dtype; got int64"):
        optimizer.step({**parameters, "b1": np.ones(2, np.int64)}, good)
    after_refusals, expected = optimizer.step(parameters, good), untouched.step(parameters, good)
    for name, array in expected.items():
        np.testing.assert_array_equal(after_refusals[name], array)


def test_state_that_belongs_to_another_network_is_refused():
    optimizer = Adam(0.1)
    optimizer.step({"W1": np.ones(2)}, {"W1": np.ones(2)})
    with pytest.raises(ValueError, match="holds the state of W1 but was given W1, W2; make a new optimizer"):
        optimizer.step({"W1": np.ones(2), "W2": np.ones(2)}, {"W1": np.ones(2), "W2": np.ones(2)})
    with pytest.raises(
        ValueError, match=r"state of shape \(2,\) for W1, which now has shape \(3,\); make a new optimizer"
    ):
        optimizer.step({"W1": np.ones(3)}, {"W1": np.ones(3)})
