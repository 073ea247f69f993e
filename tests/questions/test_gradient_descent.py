"""Exercises of chapter 4: the references are right, solutions pass, stubs and mistakes are told apart."""

import inspect
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from largemodels.questions import gradient_descent
from largemodels.schedules import warmup_cosine
from tests.questions.exercises_of import exercises_of, flat

EXERCISES = exercises_of(gradient_descent)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


# ---------------------------------------------------------------------------------------------------------
# Other right and wrong answers


def test_the_chapter_has_nine_exercises_from_easy_to_hard():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 2, 2, 2, 3, 2, 3]


def batches_of(order, batch_size):
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def drops_the_last(num_examples, batch_size, rng):
    order = rng.permutation(num_examples)
    return [order[batch * batch_size : (batch + 1) * batch_size] for batch in range(num_examples // batch_size)]


def with_replacement(num_examples, batch_size, rng):
    return batches_of(rng.integers(num_examples, size=num_examples), batch_size)


def not_shuffled(num_examples, batch_size, rng):
    return batches_of(np.arange(num_examples), batch_size)


def own_seed(num_examples, batch_size, rng):
    return batches_of(np.random.default_rng(0).permutation(num_examples), batch_size)


def other_randomness(num_examples, batch_size, rng):
    return batches_of(np.random.default_rng().permutation(num_examples), batch_size)


def batches_shuffled(num_examples, batch_size, rng):
    batches = batches_of(np.arange(num_examples), batch_size)
    if len(batches[-1]) < batch_size:
        last = batches.pop()
        rng.shuffle(batches)
        return [*batches, last]
    return [batches[index] for index in rng.permutation(len(batches))]


def counted_from_one(num_examples, batch_size, rng):
    return batches_of(rng.permutation(num_examples) + 1, batch_size)


def equal_parts(num_examples, batch_size, rng):
    return np.array_split(rng.permutation(num_examples), math.ceil(num_examples / batch_size))


def endless(num_examples, batch_size, rng):
    while True:
        yield rng.permutation(num_examples)[:batch_size]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (drops_the_last, "Hint: the last, incomplete batch is dropped, and 1 examples with it."),
        (with_replacement, "Hint: drawing each batch anew samples with replacement."),
        (not_shuffled, "Hint: shuffle the indices with `rng.permutation`."),
        (own_seed, "Hint: use the `rng` that is handed in, not a new one with a seed of its own."),
        (other_randomness, "Hint: take all randomness from `rng`"),
        (batches_shuffled, "Hint: shuffle the examples before cutting them into batches"),
        (counted_from_one, "has the index 10; 10 examples have the indices 0 to 9"),
        (equal_parts, "has batches of [3, 3, 2, 2] examples expected [3, 3, 3, 1]"),
        (endless, "expected [3, 3, 3, 1]"),
        (lambda num_examples, batch_size, rng: 3, "returned 3 expected a list or a generator of index arrays"),
        (lambda num_examples, batch_size, rng: [[0, 1]], "batch 0 is [0, 1] expected a one-dimensional array"),
        (lambda num_examples, batch_size, rng: [rng.normal(size=3)], "expected a one-dimensional array of whole"),
        (lambda num_examples, batch_size, rng: [np.zeros((2, 2), int)], "expected a one-dimensional array of whole"),
        (lambda num_examples, batch_size, rng: [], "has batches of [] examples expected [3, 3, 3, 1]"),
    ],
)
def test_each_wrong_way_to_cut_batches_is_told_apart(answer, words):
    assert words in flat(gradient_descent.check_minibatches(answer))


def test_other_right_solutions_are_correct():
    def steps_by_walking(learning_rate, curvature, factor):
        rate, weight, steps = abs(1 - learning_rate * curvature), 1.0, 0
        while rate < 1 and weight > 1 / factor:
            weight, steps = weight * rate, steps + 1
        return steps if rate < 1 else math.inf

    def minibatches_by_generator(num_examples, batch_size, rng):
        order = np.arange(num_examples)
        rng.shuffle(order)
        for start in range(0, num_examples, batch_size):
            yield order[start : start + batch_size]

    def accumulated_by_sums(gradient_of, indices, micro_batch_size):
        parts = np.split(indices, range(micro_batch_size, len(indices), micro_batch_size))
        sums = [{name: len(part) * gradient for name, gradient in gradient_of(part).items()} for part in parts]
        return {name: sum(part[name] for part in sums) / len(indices) for name in sums[0]}

    def floor_by_iteration(learning_rate, curvature, noise_variance):
        variance = 0.0
        for _ in range(20_000):
            variance = (1 - learning_rate * curvature) ** 2 * variance + learning_rate**2 * noise_variance
            if variance > 1e6 or learning_rate * curvature >= 2:
                return math.inf
        return 0.5 * curvature * variance

    def clip_with_minimum(gradients, max_norm):
        norm = np.linalg.norm(np.concatenate([gradient.ravel() for gradient in gradients.values()]))
        return {name: gradient * min(1, max_norm / (norm + 1e-300)) for name, gradient in gradients.items()}

    assert gradient_descent.check_steps_to_shrink(steps_by_walking).passed
    assert gradient_descent.check_minibatches(minibatches_by_generator).passed
    assert gradient_descent.check_accumulated_gradient(accumulated_by_sums).passed
    assert gradient_descent.check_noise_floor(floor_by_iteration).passed
    assert gradient_descent.check_clip_by_global_norm(clip_with_minimum).passed


@pytest.mark.parametrize("name", ["nesterov_step", "adamw_step", "clip_by_global_norm"])
def test_updating_arrays_in_place_is_named(name):
    exercise = EXERCISES[f"check_{name}"]

    def in_place(*arguments, **keywords):
        result = exercise.reference(*arguments, **keywords)
        first = arguments[0]
        for array in first.values() if isinstance(first, dict) else [first]:
            array *= 0.5
        return result

    in_place.__signature__ = inspect.signature(exercise.reference)
    assert "in place" in flat(exercise(in_place))


# ---------------------------------------------------------------------------------------------------------
# The references are right


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_descent_converges_just_below_the_bound_and_diverges_just_above(momentum):
    curvatures = np.array([8.0, 0.5])

    def distance_after(learning_rate):
        parameter, velocity = np.ones(2), np.zeros(2)
        for _ in range(5000):
            velocity = momentum * velocity - learning_rate * curvatures * parameter
            parameter = parameter + velocity
            if np.abs(parameter).max() > 1e6:
                break
        return np.abs(parameter).max()

    bound = reference("learning_rate_bound")([8.0, 0.5], momentum)
    assert distance_after(0.99 * bound) < 1e-6
    assert distance_after(1.01 * bound) > 1e6


@pytest.mark.parametrize(("learning_rate", "curvature", "factor"), [(0.1, 1.0, 10), (0.2, 8.0, 10), (0.3, 3.0, 7.5)])
def test_the_weight_has_shrunk_after_the_steps_and_not_one_earlier(learning_rate, curvature, factor):
    steps = reference("steps_to_shrink")(learning_rate, curvature, factor)
    rate = abs(1 - learning_rate * curvature)
    assert rate**steps <= 1 / factor < rate ** (steps - 1)


def steps_of_keras(optimizer, start, gradients):
    """Return the variable after each of the optimizer's steps, in float64."""
    variable = keras.Variable(start, dtype="float64")
    seen = []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient, dtype=tf.float64)], [variable])
        seen.append(variable.value.numpy())
    return seen


START = np.array([1.5, -0.5, 2.0])
GRADIENTS = [np.array([0.5, -3.0, 1e-6]), np.array([-0.1, 2.0, 0.0]), np.array([4.0, 0.1, -1e-7])]


def test_nesterov_step_equals_keras():
    optimizer = keras.optimizers.SGD(learning_rate=0.125, momentum=0.75, nesterov=True)
    parameter, velocity = START, np.zeros(3)
    for gradient, expected in zip(GRADIENTS, steps_of_keras(optimizer, START, GRADIENTS), strict=True):
        parameter, velocity = reference("nesterov_step")(parameter, velocity, gradient, 0.125, 0.75)
        np.testing.assert_allclose(parameter, expected, rtol=1e-12)


def test_adamw_step_equals_keras_near_a_zero_gradient_too():
    # Keras casts Python floats to float32 on their way; NumPy's and 0.125, which is exact, come through.
    betas = {"beta_1": np.float64(0.9), "beta_2": np.float64(0.999)}
    optimizer = keras.optimizers.AdamW(learning_rate=0.125, weight_decay=0.25, **betas)
    parameter, first_moment, second_moment = START, np.zeros(3), np.zeros(3)
    expected = steps_of_keras(optimizer, START, GRADIENTS)
    for step, gradient in enumerate(GRADIENTS, start=1):
        parameter, first_moment, second_moment = reference("adamw_step")(
            parameter, first_moment, second_moment, gradient, step, learning_rate=0.125, weight_decay=0.25
        )
        np.testing.assert_allclose(parameter, expected[step - 1], rtol=1e-8)


@pytest.mark.parametrize(("warmup_steps", "total_steps"), [(10, 110), (0, 50), (5, 6)])
def test_warmup_cosine_equals_the_packages_schedule(warmup_steps, total_steps):
    schedule = warmup_cosine(0.5, warmup_steps, total_steps - warmup_steps)
    for step in range(total_steps + 20):
        expected = schedule(step)
        assert reference("warmup_cosine")(step, warmup_steps, total_steps, 0.5) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("max_norm", [0.5, 5.0, 50.0])
def test_clipping_equals_tensorflow(max_norm):
    gradients = {"W1": np.array([[3.0, -1.0], [0.5, 4.0]]), "b1": np.array([12.0, 0.0])}
    expected, _ = tf.clip_by_global_norm([tf.constant(value) for value in gradients.values()], max_norm)
    clipped = reference("clip_by_global_norm")(gradients, max_norm)
    for got, wanted in zip(clipped.values(), expected, strict=True):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-12)


def test_steps_to_shrink_forgives_rounding_where_the_last_step_lands_exactly_on_the_factor():
    # η λ = 1.1, so that |w| shrinks exactly tenfold a step, but 1 - 1.1 is a little more than -0.1 in size.
    assert [reference("steps_to_shrink")(1.1, 1.0, 10.0**power) for power in (1, 2, 3, 6)] == [1, 2, 3, 6]


@pytest.mark.parametrize(("learning_rate", "curvature", "noise_variance"), [(0.4, 1.0, 1.0), (0.3, 5.0, 0.5)])
def test_the_noise_floor_is_where_a_long_noisy_run_settles(learning_rate, curvature, noise_variance):
    rng = np.random.default_rng(5)
    weights = np.zeros(20_000)  # as many runs side by side
    for _ in range(200):
        noise = np.sqrt(noise_variance) * rng.normal(size=weights.size)
        weights = weights - learning_rate * (curvature * weights + noise)
    floor = reference("noise_floor")(learning_rate, curvature, noise_variance)
    assert np.mean(0.5 * curvature * weights**2) == pytest.approx(floor, rel=0.05)


def test_accumulation_never_asks_for_more_than_the_memory_holds():
    def all_at_once(gradient_of, indices, micro_batch_size):
        return gradient_of(indices)

    assert "the memory holds 1 to 4 examples at a time; got 12" in flat(
        gradient_descent.check_accumulated_gradient(all_at_once)
    )
