import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.data import load_digits_28
from largemodels.network import accuracy, initialise_network, network_loss, network_loss_and_gradients
from largemodels.optimizers import SGD, Adam
from largemodels.schedules import warmup_cosine
from largemodels.training import minibatch_indices, train


def small_problem(num_examples=50, seed=0):
    """Three classes that a line in the plane does not separate well, and a network for them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(num_examples, 2))
    y = (np.linalg.norm(X, axis=1) > 1).astype(int) + (X[:, 0] > 1)
    return X, y, initialise_network([2, 8, 3], rng)


@given(num_examples=st.integers(1, 60), batch_size=st.integers(1, 70), seed=st.integers(0, 1000))
def test_mini_batches_hold_every_example_exactly_once_and_only_the_last_is_smaller(num_examples, batch_size, seed):
    batches = list(minibatch_indices(num_examples, batch_size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(num_examples))
    assert all(len(batch) == min(batch_size, num_examples) for batch in batches[:-1])
    assert 1 <= len(batches[-1]) <= batch_size


def test_mini_batches_are_shuffled_anew_every_epoch_and_repeat_with_the_seed():
    rng = np.random.default_rng(0)
    first, second = (np.concatenate(list(minibatch_indices(100, 10, rng))) for _ in range(2))
    again = np.concatenate(list(minibatch_indices(100, 10, np.random.default_rng(0))))
    assert first.tolist() != list(range(100))
    assert first.tolist() != second.tolist()
    assert first.tolist() == again.tolist()


def test_bad_batch_arguments_are_named_at_the_call():
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1; got 0"):
        minibatch_indices(10, 0, np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"batch_size must be a whole number of at least 1; got 2.5"):
        minibatch_indices(10, 2.5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="num_examples must be a whole number of at least 1; got 0"):
        minibatch_indices(0, 2, np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator.*; got 7"):
        minibatch_indices(10, 2, 7)


def test_one_epoch_of_full_batches_is_one_step_of_gradient_descent():
    X, y, parameters = small_problem()
    loss, gradients = network_loss_and_gradients(X, y, parameters)
    trained, history = train(parameters, X, y, SGD(0.5), 1, len(X), np.random.default_rng(0))
    for name, gradient in gradients.items():
        np.testing.assert_allclose(trained[name], parameters[name] - 0.5 * gradient, rtol=1e-12, atol=1e-15)
    assert history.losses == pytest.approx([loss])
    assert history.training_loss == pytest.approx([loss])


def test_history_records_every_step_and_every_epoch():
    X, y, parameters = small_problem(50)
    X_validation, y_validation, _ = small_problem(30, seed=1)
    schedule = warmup_cosine(0.2, 3, 9)
    optimizer = SGD(0.7, momentum=0.9)
    trained, history = train(
        parameters, X, y, optimizer, 3, 15, np.random.default_rng(0), X_validation, y_validation, schedule
    )
    assert history.losses.shape == (12,)  # 50 examples in batches of 15: four steps an epoch
    assert history.learning_rates.tolist() == [schedule(step) for step in range(12)]
    assert optimizer.learning_rate == schedule(11)
    by_epoch = history.losses.reshape(3, 4)
    assert history.training_loss == pytest.approx(by_epoch @ [0.3, 0.3, 0.3, 0.1])  # weighted by batch size
    assert history.validation_loss.shape == history.validation_accuracy.shape == (3,)
    assert history.validation_loss[-1] == network_loss(X_validation, y_validation, trained)
    assert history.validation_accuracy[-1] == accuracy(X_validation, y_validation, trained)
    assert history.diverged_at is None


def test_without_schedule_or_validation_the_rate_is_constant_and_the_validation_record_empty():
    X, y, parameters = small_problem()
    _, history = train(parameters, X, y, SGD(0.3), 2, 25, np.random.default_rng(0))
    assert history.learning_rates.tolist() == [0.3] * 4
    assert history.validation_loss.size == history.validation_accuracy.size == 0


def test_training_changes_no_array_that_is_passed_in_and_repeats_with_the_seed():
    X, y, parameters = small_problem()
    before = {name: array.copy() for name, array in parameters.items()}
    results = [train(parameters, X, y, Adam(0.01), 2, 16, np.random.default_rng(3)) for _ in range(2)]
    for name, array in parameters.items():
        np.testing.assert_array_equal(array, before[name])
        np.testing.assert_array_equal(results[0][0][name], results[1][0][name])
    np.testing.assert_array_equal(results[0][1].losses, results[1][1].losses)


@pytest.fixture
def float64_keras():
    """Keras takes the dtype of new layers from its policy, and that of data and learning rates from floatx."""
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


# NumPy's float64, because Keras rounds a Python float to float32 first.
@pytest.mark.parametrize(
    ("ours", "make_theirs"),
    [
        (SGD(0.1, momentum=0.9), lambda: keras.optimizers.SGD(0.1, momentum=np.float64(0.9))),
        (Adam(0.01), lambda: keras.optimizers.Adam(0.01, beta_1=np.float64(0.9), beta_2=np.float64(0.999))),
    ],
)
def test_training_equals_training_in_keras_with_the_same_weights_and_batches(ours, make_theirs, float64_keras):
    X, y, parameters = small_problem()
    trained, history = train(parameters, X, y, ours, 3, 16, np.random.default_rng(5))
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
    model.build((None, 2))
    model.set_weights(list(parameters.values()))
    model.compile(make_theirs(), keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    rng = np.random.default_rng(5)
    keras_losses = []
    for _ in range(3):
        for indices in minibatch_indices(len(X), 16, rng):
            model.reset_metrics()  # or train_on_batch returns a running mean
            keras_losses.append(float(model.train_on_batch(X[indices], y[indices])))
    np.testing.assert_allclose(history.losses, keras_losses, rtol=1e-9)
    for array, keras_array in zip(trained.values(), model.get_weights(), strict=True):
        np.testing.assert_allclose(array, keras_array, rtol=1e-9, atol=1e-12)


def test_a_small_network_learns_real_digits():
    splits = load_digits_28()
    X_train, X_test = (images.reshape(len(images), -1) for images in (splits.X_train, splits.X_test))
    parameters = initialise_network([784, 32, 10], np.random.default_rng(0), np.float32)
    assert network_loss(X_test, splits.y_test, parameters) == pytest.approx(np.log(10), abs=0.4)
    trained, history = train(parameters, X_train, splits.y_train, SGD(0.1, 0.9), 4, 64, np.random.default_rng(0))
    assert accuracy(X_test, splits.y_test, trained) > 0.9
    assert history.training_loss[-1] < 0.25
    assert {array.dtype for array in trained.values()} == {np.dtype(np.float32)}


def test_a_network_overfits_twenty_examples():
    X, _, parameters = small_problem(20)
    y = np.random.default_rng(9).integers(3, size=20)  # labels that say nothing about X
    parameters = initialise_network([2, 64, 3], np.random.default_rng(0))
    trained, _ = train(parameters, X, y, Adam(0.02), 500, 20, np.random.default_rng(0))
    assert accuracy(X, y, trained) == 1.0


@pytest.mark.filterwarnings("error")
def test_a_run_that_diverges_stops_says_where_and_records_finite_losses_only():
    X, y, parameters = small_problem()
    optimizer = SGD(1e200)
    trained, history = train(parameters, X, y, optimizer, 5, 10, np.random.default_rng(0), X, y)
    assert history.diverged_at == len(history.losses) == len(history.learning_rates)
    assert 1 <= history.diverged_at < 25
    assert np.isfinite(history.losses).all()
    assert len(history.training_loss) == len(history.validation_loss) == history.diverged_at // 5
    with np.errstate(all="ignore"):
        loss = network_loss(X, y, trained)
    assert not (np.isfinite(loss) and all(np.isfinite(array).all() for array in trained.values()))
    assert repr(history) == (
        "TrainingHistory(diverged: loss or parameters no longer finite at step "
        f"{history.diverged_at}, after a step with learning rate 1e+200)"
    )


@pytest.mark.filterwarnings("error")
def test_a_last_step_that_overflows_counts_as_diverged_though_no_loss_shows_it():
    X, y, parameters = small_problem()
    single = {name: array.astype(np.float32) for name, array in parameters.items()}
    trained, history = train(single, X, y, SGD(1e39), 1, len(X), np.random.default_rng(0), X, y)
    assert not all(np.isfinite(array).all() for array in trained.values())
    assert history.diverged_at == 1
    assert history.validation_loss.size == 0


def test_a_history_says_what_happened():
    X, y, parameters = small_problem()
    _, history = train(parameters, X, y, SGD(0.1), 2, 25, np.random.default_rng(0), X, y)
    assert repr(history) == (
        f"TrainingHistory(4 steps, 2 epochs, training loss {history.training_loss[-1]:.3f}, "
        f"validation loss {history.validation_loss[-1]:.3f}, validation accuracy {history.validation_accuracy[-1]:.3f})"
    )


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"num_epochs": 0}, ValueError, "num_epochs must be a whole number of at least 1; got 0"),
        ({"batch_size": 0}, ValueError, "batch_size must be a whole number of at least 1; got 0"),
        ({"rng": 0}, TypeError, "rng must be a numpy.random.Generator.*; got 0"),
        ({"y": np.zeros(49, int)}, ValueError, "X has 50 examples but y has 49"),
        ({"X_validation": np.zeros((5, 2))}, ValueError, "X_validation and y_validation must be given both or neither"),
        (
            {"X": np.where(np.arange(100).reshape(50, 2) == 15, np.nan, 1.0)},
            ValueError,
            "X holds nan or inf in 1 of 50 examples, first in row 7",
        ),
        (
            {"X_validation": np.full((5, 2), np.inf), "y_validation": np.zeros(5, int)},
            ValueError,
            "X_validation holds nan or inf in 5 of 5 examples, first in row 0",
        ),
        (
            {"parameters": {"W1": np.full((2, 3), np.nan), "b1": np.zeros(3)}},
            ValueError,
            "the loss is nan before the first step: look for nan, inf or huge values in the parameters",
        ),
        ({"schedule": lambda step: -1.0}, ValueError, "learning_rate must be a finite number, 0 or greater; got -1"),
    ],
)
def test_bad_arguments_are_named(changes, error, message):
    X, y, parameters = small_problem()
    arguments = {
        "parameters": parameters,
        "X": X,
        "y": y,
        "optimizer": SGD(0.1),
        "num_epochs": 1,
        "batch_size": 10,
        "rng": np.random.default_rng(0),
    }
    with pytest.raises(error, match=message):
        train(**{**arguments, **changes})
