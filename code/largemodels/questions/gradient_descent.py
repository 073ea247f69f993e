"""Checkers of the practice exercises of chapter 4, gradient descent.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import itertools
import math

import numpy as np

from largemodels.questions.checking import Case, Exercise, Mistake, Wrong, describe

# ---------------------------------------------------------------------------------------------------------
# 1. The largest stable learning rate


def _learning_rate_bound(curvatures, momentum=0.0):
    if min(curvatures) <= 0:
        raise ValueError(f"every curvature must be positive; got {describe(curvatures)}")
    return 2 * (1 + momentum) / max(curvatures)


check_learning_rate_bound = Exercise(
    "learning_rate_bound",
    difficulty=1,
    reference=_learning_rate_bound,
    task="Return the largest stable learning rate of the bowl, and raise a ValueError if a curvature is not positive.",
    success="the bound agrees for one curvature and for several, with momentum and without, and a curvature that is "
    "not positive is refused.",
    cases=[
        Case([4.0]),
        Case([8.0, 0.5]),
        Case([0.5, 2.0, 1.0]),
        Case([8.0, 0.5], momentum=0.9),
        Case([0.01, 0.02], momentum=0.5),
        Case([1.0, -2.0]),
        Case([0.0, 3.0], momentum=0.9),
    ],
    mistakes=[
        Mistake(
            lambda curvatures, momentum=0.0: 2 * (1 + momentum) / min(curvatures),
            "you divide by the smallest curvature. The steepest direction, with the largest one, diverges first.",
        ),
        Mistake(
            lambda curvatures, momentum=0.0: (1 + momentum) / max(curvatures),
            "1/λmax is where the steepest direction reaches its floor in one step. It converges up to twice that.",
        ),
        Mistake(
            lambda curvatures, momentum=0.0: 2 / max(curvatures),
            "that is the bound without momentum. With momentum β it grows by the factor 1 + β.",
        ),
        Mistake(
            lambda curvatures, momentum=0.0: 2 * (1 - momentum) / max(curvatures),
            "the factor is 1 + β, not 1 − β: momentum damps the hops across the valley, so it allows larger steps.",
        ),
        Mistake(
            lambda curvatures, momentum=0.0: 2 * (1 + momentum) / np.mean(curvatures),
            "the mean curvature sets no bound. Each direction has its own, and the steepest has the lowest.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 2. How many steps


def _steps_to_shrink(learning_rate, curvature, factor):
    rate = abs(1 - learning_rate * curvature)
    if rate >= 1:
        return math.inf
    if rate == 0:
        return 1
    # Where the last step lands exactly on 1/factor, the rounding of the rate must not add a step.
    return math.ceil(math.log(factor) / -math.log(rate) - 1e-9)


def _signed_rate(learning_rate, curvature, factor):
    rate = 1 - learning_rate * curvature
    if rate >= 1:
        return math.inf
    if rate == 0:
        return 1
    return math.ceil(math.log(factor) / -math.log(rate))


def _steps_from_rate(steps):
    """Make a version of the right answer that differs in the number of steps of a rate between 0 and 1."""

    def version(learning_rate, curvature, factor):
        rate = abs(1 - learning_rate * curvature)
        if rate >= 1:
            return math.inf
        return 1 if rate == 0 else steps(rate, factor)

    return version


check_steps_to_shrink = Exercise(
    "steps_to_shrink",
    difficulty=1,
    reference=_steps_to_shrink,
    task="Return the smallest whole number k with |1 − ηλ|ᵏ ≤ 1/factor, or math.inf if there is none.",
    success="the number of steps agrees below 1/λ, at it, between 1/λ and 2/λ, and is infinite where nothing shrinks.",
    cases=[
        Case(0.1, 1.0, 10.0),
        Case(0.1, 5.0, 8.0),
        Case(0.01, 2.0, 1e6),
        Case(0.5, 2.0, 100.0),
        Case(0.2, 8.0, 10.0),
        Case(0.0, 3.0, 10.0),
        Case(0.5, 4.0, 10.0),
        Case(0.5, 5.0, 10.0),
    ],
    mistakes=[
        Mistake(
            _signed_rate,
            "1 − ηλ is negative when a step overshoots, and a negative number has no logarithm. What shrinks is |w|: "
            "take the absolute value.",
        ),
        Mistake(
            _steps_from_rate(lambda rate, factor: math.floor(math.log(factor) / -math.log(rate))),
            "you round down, so |w| has not yet shrunk enough after your last step. Round up.",
        ),
        Mistake(
            _steps_from_rate(lambda rate, factor: math.floor(math.log(factor) / -math.log(rate)) + 1),
            "adding 1 instead of rounding up is one step too many where the last step lands exactly on 1/factor.",
        ),
        Mistake(
            _steps_from_rate(lambda rate, factor: math.ceil(-math.log(rate) / math.log(factor))),
            "your fraction of logarithms is upside down: k · log|1 − ηλ| ≤ −log(factor).",
        ),
        Mistake(
            _steps_from_rate(lambda rate, factor: math.ceil(math.log(factor))),
            "that divides by nothing that depends on η and λ: k · log|1 − ηλ| ≤ −log(factor).",
        ),
        Mistake(
            _steps_from_rate(lambda rate, factor: math.ceil(math.log(factor) / math.log(rate))),
            "the logarithm of a number below 1 is negative, and so is your number of steps: mind the sign.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. Mini-batches


def _minibatches(num_examples, batch_size, rng):
    order = rng.permutation(num_examples)
    return [order[start : start + batch_size] for start in range(0, num_examples, batch_size)]


def _judge_minibatches(attempt):
    for num_examples, batch_size in [(10, 3), (12, 4), (5, 8), (1, 1), (3500, 64)]:
        _judge_sizes(attempt, num_examples, batch_size)
    _judge_order(attempt, num_examples=3500, batch_size=64)


def _index_arrays(attempt, case):
    """Return the reader's batches as a list, at most a few more than there should be: a generator may never end."""
    num_examples, batch_size, _ = case.arguments
    most = num_examples // batch_size + 10
    call_text = attempt.exercise.call_text(case)

    def finish(result):
        return list(itertools.islice(result, most)) if hasattr(result, "__iter__") else result

    batches = attempt.call(case, finish)
    if not isinstance(batches, list):
        raise Wrong(f"{call_text}\nreturned {describe(batches)}\nexpected a list or a generator of index arrays")
    for position, batch in enumerate(batches):
        indices = batch if isinstance(batch, np.ndarray) else None
        if indices is None or indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise Wrong(
                f"{call_text}\nbatch {position} is {describe(batch)}\nexpected a one-dimensional array of whole numbers"
            )
    return batches


def _judge_sizes(attempt, num_examples, batch_size):
    case = Case(num_examples, batch_size, np.random.default_rng(0))
    call_text = attempt.exercise.call_text(case)
    batches = _index_arrays(attempt, case)
    sizes = [len(batch) for batch in batches]
    expected_sizes = [min(batch_size, num_examples - start) for start in range(0, num_examples, batch_size)]
    indices = np.concatenate([*batches, np.array([], dtype=int)])
    outside = indices[(indices < 0) | (indices >= num_examples)]
    if outside.size:
        raise Wrong(
            f"{call_text}\nhas the index {outside[0]}; {num_examples} examples have the indices 0 to {num_examples - 1}"
        )
    sizes_text = f"{call_text}\nhas batches of {describe(sizes)} examples\nexpected       {describe(expected_sizes)}"
    if expected_sizes[-1] < batch_size and sizes == expected_sizes[:-1]:
        raise Wrong(
            f"{sizes_text}\nHint: the last, incomplete batch is dropped, and {expected_sizes[-1]} examples with it."
        )
    if sizes != expected_sizes:
        raise Wrong(sizes_text)
    counts = np.bincount(indices, minlength=num_examples)
    if np.any(counts != 1):
        raise Wrong(
            f"{call_text}\nuses example {np.argmax(counts)} {counts.max()} times and leaves out {np.sum(counts == 0)}"
            "\nHint: drawing each batch anew samples with replacement. Shuffle all indices once, then cut them up."
        )


def _judge_order(attempt, num_examples, batch_size):
    def order(seed):
        batches = _index_arrays(attempt, Case(num_examples, batch_size, np.random.default_rng(seed)))
        return np.concatenate(batches)

    first, again, other = order(0), order(0), order(1)
    if np.array_equal(first, np.arange(num_examples)):
        raise Wrong("the examples come in the order of the data.\nHint: shuffle the indices with `rng.permutation`.")
    if not np.array_equal(first, again):
        raise Wrong(
            "two generators with the same seed give different batches.\n"
            "Hint: take all randomness from `rng`, so that a run can be repeated."
        )
    if np.array_equal(first, other):
        raise Wrong(
            "two generators with different seeds give the same batches, so every epoch would have the same order.\n"
            "Hint: use the `rng` that is handed in, not a new one with a seed of its own."
        )
    steps = np.diff(first)
    if np.mean(steps == 1) > 0.5:
        raise Wrong(
            "most examples are followed by their neighbour in the data.\n"
            "Hint: shuffle the examples before cutting them into batches, not the batches after that."
        )


check_minibatches = Exercise(
    "minibatches",
    difficulty=2,
    reference=_minibatches,
    task="Shuffle the indices 0 to num_examples − 1 with rng, and cut them into arrays of batch_size.",
    success="every example comes exactly once, the last batch may be smaller, and the order is shuffled by rng.",
    judge=_judge_minibatches,
)


# ---------------------------------------------------------------------------------------------------------
# 4. Nesterov's momentum


def _nesterov_step(parameter, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + momentum * velocity - learning_rate * gradient, velocity


def _plain_momentum_step(parameter, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + velocity, velocity


def _nesterov_uphill_step(parameter, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity + learning_rate * gradient
    return parameter + momentum * velocity + learning_rate * gradient, velocity


def _nesterov_step_with_opposite_velocity(parameter, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity + learning_rate * gradient
    return parameter - momentum * velocity - learning_rate * gradient, velocity


def _nesterov_step_without_new_velocity(parameter, velocity, gradient, learning_rate, momentum):
    return _nesterov_step(parameter, velocity, gradient, learning_rate, momentum)[0], velocity


def _nesterov_step_in_torch_form(parameter, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity + gradient
    return parameter - learning_rate * (gradient + momentum * velocity), velocity


check_nesterov_step = Exercise(
    "nesterov_step",
    difficulty=2,
    reference=_nesterov_step,
    task="Update the velocity first, then move the parameter by momentum times the new velocity and by the gradient.",
    success="parameter and velocity agree with Keras's form for numbers and arrays, with momentum and without.",
    outputs=("parameter", "velocity"),
    cases=[
        Case(np.array([1.0, -2.0]), np.array([0.0, 0.0]), np.array([2.0, 4.0]), learning_rate=0.1, momentum=0.9),
        Case(np.array([1.0, -2.0]), np.array([0.5, -0.25]), np.array([2.0, 4.0]), learning_rate=0.1, momentum=0.9),
        Case(np.array([[3.0], [1.0]]), np.array([[0.1], [0.2]]), np.array([[0.5], [-1.0]]), 0.5, 0.5),
        Case(2.0, 1.0, -3.0, learning_rate=0.01, momentum=0.0),
    ],
    mistakes=[
        Mistake(
            _plain_momentum_step,
            "that is heavy-ball momentum. Nesterov's step adds momentum times the new velocity, and subtracts the "
            "gradient's part once more.",
        ),
        Mistake(_nesterov_uphill_step, "the gradient is subtracted, in the velocity and in the parameter."),
        Mistake(
            _nesterov_step_with_opposite_velocity,
            "your velocity points uphill. In Keras's form it holds the step itself, momentum · velocity − "
            "learning_rate · gradient, and is added to the parameter.",
        ),
        Mistake(
            _nesterov_step_without_new_velocity,
            "the parameter is right, but you return the old velocity: the next step would start without memory.",
        ),
        Mistake(
            _nesterov_step_in_torch_form,
            "that is PyTorch's form, whose velocity gathers gradients. In Keras's form the velocity gathers steps: the "
            "learning rate is inside it.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. AdamW


def _adamw_step(
    parameter,
    first_moment,
    second_moment,
    gradient,
    step,
    learning_rate,
    weight_decay,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=1e-7,
):
    parameter = parameter - learning_rate * weight_decay * parameter
    first_moment = beta_1 * first_moment + (1 - beta_1) * gradient
    second_moment = beta_2 * second_moment + (1 - beta_2) * gradient**2
    corrected_rate = learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    return parameter - corrected_rate * first_moment / (np.sqrt(second_moment) + epsilon), first_moment, second_moment


def _adam_with_l2_step(parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay, **settings):
    gradient = gradient + weight_decay * parameter
    return _adamw_step(parameter, first_moment, second_moment, gradient, step, learning_rate, 0.0, **settings)


def _adamw_step_unscaled(parameter, *moments_gradient_step, learning_rate, weight_decay, **settings):
    # Shrinking by weight_decay itself is shrinking by learning_rate · (weight_decay / learning_rate).
    decay = weight_decay / learning_rate
    return _adamw_step(parameter, *moments_gradient_step, learning_rate=learning_rate, weight_decay=decay, **settings)


def _adamw_step_uncorrected(parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay):
    # Both corrections are 1 after very many steps.
    return _adamw_step(parameter, first_moment, second_moment, gradient, math.inf, learning_rate, weight_decay)


def _adamw_step_shifted(shift):
    def version(parameter, first_moment, second_moment, gradient, step, **settings):
        return _adamw_step(parameter, first_moment, second_moment, gradient, step + shift, **settings)

    return version


def _adamw_step_decaying_last(parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay):
    moved, *moments = _adamw_step(parameter, first_moment, second_moment, gradient, step, learning_rate, 0.0)
    return moved - learning_rate * weight_decay * moved, *moments


def _adamw_step_with_corrected_moments(
    parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay
):
    _, first_moment, second_moment = _adamw_step(
        parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay
    )
    corrected_first, corrected_second = first_moment / (1 - 0.9**step), second_moment / (1 - 0.999**step)
    parameter = parameter - learning_rate * weight_decay * parameter
    return parameter - learning_rate * corrected_first / (np.sqrt(corrected_second) + 1e-7), first_moment, second_moment


def _adamw_step_returning_corrected_moments(
    parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay
):
    moved, first_moment, second_moment = _adamw_step(
        parameter, first_moment, second_moment, gradient, step, learning_rate, weight_decay
    )
    return moved, first_moment / (1 - 0.9**step), second_moment / (1 - 0.999**step)


_STEP_HINT = "`step` counts from 1: in the first update the corrections are 1 − β₁ and 1 − β₂, so use it as it comes."

check_adamw_step = Exercise(
    "adamw_step",
    difficulty=2,
    reference=_adamw_step,
    task="Decay the parameter, update both moments with the gradient, then move by the corrected ratio.",
    success="parameter and both moments agree with Keras's AdamW in the first and in later steps, and near a zero "
    "gradient.",
    outputs=("parameter", "first_moment", "second_moment"),
    cases=[
        Case(
            np.array([2.0, -1.0]),
            np.array([0.0, 0.0]),
            np.array([0.0, 0.0]),
            np.array([0.5, -3.0]),
            1,
            learning_rate=0.1,
            weight_decay=0.2,
        ),
        Case(
            np.array([2.0, -1.0]),
            np.array([0.1, 0.3]),
            np.array([0.02, 0.5]),
            np.array([0.5, -3.0]),
            7,
            learning_rate=0.1,
            weight_decay=0.2,
        ),
        Case(
            np.array([[1.0, 0.5]]),
            np.array([[0.0, 0.0]]),
            np.array([[0.0, 0.0]]),
            np.array([[1e-6, 0.0]]),
            1,
            learning_rate=0.05,
            weight_decay=0.0,
        ),
    ],
    mistakes=[
        Mistake(
            _adam_with_l2_step,
            "you add the decay to the gradient, so it goes through the moments and is divided by √s: that is an L2 "
            "penalty. Decoupled decay shrinks the parameter itself and leaves the moments alone.",
        ),
        Mistake(
            _adamw_step_unscaled, "the decay is multiplied by the learning rate too: learning_rate · weight_decay."
        ),
        Mistake(
            _adamw_step_uncorrected,
            "the bias correction is missing. The moments start at zero, so early ones are too small by 1 − βᵗ.",
        ),
        Mistake(_adamw_step_shifted(1), _STEP_HINT),
        Mistake(_adamw_step_shifted(-1), _STEP_HINT),
        Mistake(
            _adamw_step_decaying_last,
            "you decay the parameter after Adam's step. In Keras's order the decay comes first.",
        ),
        Mistake(
            _adamw_step_with_corrected_moments,
            "you add ε to the root of the corrected second moment, as in the paper. Keras adds ε to the root of the "
            "uncorrected one, which matters where the gradient is near zero.",
        ),
        Mistake(
            _adamw_step_returning_corrected_moments,
            "the parameter is right, but you return the corrected moments. The next step needs the running ones.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 6. Warm-up and cosine


def _warmup_cosine(step, warmup_steps, total_steps, peak):
    if step < warmup_steps:
        return peak * step / warmup_steps
    progress = min(1.0, (step - warmup_steps) / (total_steps - warmup_steps))
    return peak * (1 + math.cos(math.pi * progress)) / 2


def _cosine_unclamped(step, warmup_steps, total_steps, peak):
    if step < warmup_steps:
        return peak * step / warmup_steps
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    return peak * (1 + math.cos(math.pi * progress)) / 2


def _cosine_of(angle):
    """Make a version of the right answer with another angle in the cosine."""

    def version(step, warmup_steps, total_steps, peak):
        if step < warmup_steps:
            return peak * step / warmup_steps
        if step >= total_steps:
            return 0.0
        return peak * (1 + math.cos(angle(step, warmup_steps, total_steps))) / 2

    return version


def _warmup_cosine_from_one(step, warmup_steps, total_steps, peak):
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    return _warmup_cosine(step, warmup_steps, total_steps, peak)


def _warmup_line(step, warmup_steps, total_steps, peak):
    if step < warmup_steps:
        return peak * step / warmup_steps
    return peak * max(0.0, (total_steps - step) / (total_steps - warmup_steps))


def _warmup_cosine_unhalved(step, warmup_steps, total_steps, peak):
    rate = _warmup_cosine(step, warmup_steps, total_steps, peak)
    return rate if step < warmup_steps else 2 * rate


check_warmup_cosine = Exercise(
    "warmup_cosine",
    difficulty=2,
    reference=_warmup_cosine,
    task="Rise on a line from 0 at step 0 to peak at warmup_steps, then fall along half a cosine to 0 at total_steps.",
    success="the rate agrees during the warm-up, at the peak, on the cosine, at its end and after it, and without any "
    "warm-up.",
    # At its end the rate is exactly 0; elsewhere the results are of the size of the peak.
    cases=[
        Case(0, 10, 110, 0.5),
        Case(4, 10, 110, 0.5),
        Case(9, 10, 110, 0.5),
        Case(10, 10, 110, 0.5),
        Case(35, 10, 110, 0.5),
        Case(60, 10, 110, 0.5),
        Case(109, 10, 110, 0.5),
        Case(110, 10, 110, 0.5),
        Case(150, 10, 110, 0.5),
        Case(0, 0, 50, 0.1),
        Case(20, 0, 50, 0.1),
    ],
    mistakes=[
        Mistake(
            _cosine_unclamped,
            "after total_steps the cosine rises again. The rate must stay at 0: let the progress end at 1.",
        ),
        Mistake(
            _cosine_of(lambda step, warmup_steps, total_steps: math.pi * step / total_steps),
            "the cosine starts at step 0, so the rate jumps at the end of the warm-up. Count its steps from "
            "warmup_steps, out of total_steps − warmup_steps.",
        ),
        Mistake(
            _cosine_of(lambda step, warmup_steps, total_steps: math.pi * (step - warmup_steps) / total_steps),
            "the cosine lasts total_steps − warmup_steps, so that it ends at total_steps.",
        ),
        Mistake(
            _cosine_of(
                lambda step, warmup_steps, total_steps: 180 * (step - warmup_steps) / (total_steps - warmup_steps)
            ),
            "the cosine takes radians: half a turn is π, not 180.",
        ),
        Mistake(
            _cosine_of(lambda step, warmup_steps, total_steps: (step - warmup_steps) / (total_steps - warmup_steps)),
            "half a turn is missing: the cosine goes from 0 to π, not from 0 to 1.",
        ),
        Mistake(
            _cosine_of(
                lambda step, warmup_steps, total_steps: (
                    2 * math.pi * (step - warmup_steps) / (total_steps - warmup_steps)
                )
            ),
            "a whole turn comes back to the peak. Half a turn, π, is needed.",
        ),
        Mistake(
            _warmup_cosine_from_one,
            "in the warm-up your rate is one step ahead: at step 0 it is 0, and at warmup_steps it is the peak.",
        ),
        Mistake(_warmup_line, "after the warm-up you fall on a straight line; half a cosine is asked for."),
        Mistake(
            _warmup_cosine_unhalved,
            "1 + cos goes from 2 to 0, so the rate starts at twice the peak: halve it.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 7. Clipping by the global norm


def _global_norm(gradients):
    return math.sqrt(sum(np.sum(gradient**2) for gradient in gradients.values()))


def _scaled(gradients, factor):
    return {name: gradient * factor for name, gradient in gradients.items()}


def _clip_by_global_norm(gradients, max_norm):
    norm = _global_norm(gradients)
    return _scaled(gradients, max_norm / norm if norm > max_norm else 1.0)


def _clip_each(gradients, max_norm):
    return {name: _clip_by_global_norm({name: gradient}, max_norm)[name] for name, gradient in gradients.items()}


def _clip_values(gradients, max_norm):
    return {name: np.clip(gradient, -max_norm, max_norm) for name, gradient in gradients.items()}


def _always_to_max_norm(gradients, max_norm):
    # NumPy's division, so that a zero norm gives nan, as it would in the reader's code.
    return _scaled(gradients, np.divide(max_norm, _global_norm(gradients)))


def _always_to_max_norm_unless_zero(gradients, max_norm):
    norm = _global_norm(gradients)
    return _scaled(gradients, max_norm / norm if norm > 0 else 1.0)


def _clip_by_squared_norm(gradients, max_norm):
    squared = _global_norm(gradients) ** 2
    return _scaled(gradients, max_norm / squared if squared > max_norm else 1.0)


def _clip_by_sum_of_norms(gradients, max_norm):
    norm = sum(np.linalg.norm(gradient) for gradient in gradients.values())
    return _scaled(gradients, max_norm / norm if norm > max_norm else 1.0)


def _divide_by_norm(gradients, max_norm):
    norm = _global_norm(gradients)
    return _scaled(gradients, 1 / norm if norm > max_norm else 1.0)


_SMALL_HINT = (
    "gradients whose norm is below max_norm must stay as they are; you scale them up, and zero gradients would be "
    "divided by zero."
)

check_clip_by_global_norm = Exercise(
    "clip_by_global_norm",
    difficulty=3,
    reference=_clip_by_global_norm,
    task="Scale all arrays by one factor, so that the norm of all entries together is at most max_norm.",
    success="large gradients are scaled by one factor, small and zero ones stay as they are, and the input is not "
    "changed.",
    cases=[
        Case({"W1": np.array([[3.0, 0.0], [0.0, 4.0]]), "b1": np.array([12.0, 0.0])}, max_norm=6.5),
        Case({"W1": np.array([[1.0, -1.0]]), "b1": np.array([0.5])}, max_norm=1.0),
        Case({"W1": np.array([[0.3, 0.1]]), "b1": np.array([-0.2])}, max_norm=2.0),
        Case({"W1": np.array([[30.0, 40.0]]), "b1": np.array([0.01])}, max_norm=5.0),
        Case({"W1": np.zeros((2, 2)), "b1": np.zeros(2)}, max_norm=1.0),
    ],
    mistakes=[
        Mistake(
            _clip_each,
            "you clip each array by its own norm, which turns the step into another direction. One norm over all "
            "arrays gives one factor for all.",
        ),
        Mistake(
            _clip_values,
            "you clip each entry, which turns the step into another direction. Scale all of them by one factor.",
        ),
        Mistake(_always_to_max_norm, _SMALL_HINT),
        Mistake(_always_to_max_norm_unless_zero, _SMALL_HINT),
        Mistake(_clip_by_squared_norm, "that is the squared norm. Take the root of the sum of squares."),
        Mistake(
            _clip_by_sum_of_norms,
            "norms of parts do not add up; their squares do. Sum the squares of all entries, then take the root.",
        ),
        Mistake(_divide_by_norm, "you scale to norm 1. The norm after clipping is max_norm."),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 8. Gradient accumulation


def _accumulated_gradient(gradient_of, indices, micro_batch_size):
    total = {}
    for start in range(0, len(indices), micro_batch_size):
        part = indices[start : start + micro_batch_size]
        for name, gradient in gradient_of(part).items():
            total[name] = total.get(name, 0.0) + len(part) / len(indices) * gradient
    return total


def _accumulated_with(combine):
    """Make a version that combines the mean gradients of the parts, given with the sizes of the parts, wrongly."""

    def version(gradient_of, indices, micro_batch_size):
        parts = [indices[start : start + micro_batch_size] for start in range(0, len(indices), micro_batch_size)]
        return combine(gradient_of, parts, micro_batch_size)

    return version


def _named(gradients, function):
    return {name: function(np.array([gradient[name] for gradient in gradients])) for name in gradients[0]}


def _limited_gradient(limit):
    """Make a function like a network's: mean gradients of some of 40 examples, at most ``limit`` at a time."""
    rng = np.random.default_rng(0)
    per_example = {"W": rng.normal(size=(40, 3, 2)), "b": rng.normal(size=(40, 2))}

    def gradient_of(indices):
        if not 1 <= len(indices) <= limit:
            raise ValueError(f"the memory holds 1 to {limit} examples at a time; got {len(indices)}")
        return {name: gradients[indices].mean(axis=0) for name, gradients in per_example.items()}

    return gradient_of


check_accumulated_gradient = Exercise(
    "accumulated_gradient",
    difficulty=2,
    reference=_accumulated_gradient,
    task="Ask gradient_of for parts of at most micro_batch_size indices, and combine them to the mean over all.",
    success="the gradient agrees when the parts are equal, when the last is smaller, and when there is one part only.",
    cases=[
        Case(_limited_gradient(4), np.arange(12), 4),
        Case(_limited_gradient(16), np.arange(40), 16),
        Case(_limited_gradient(5), np.array([3, 1, 4, 15, 9, 2, 6]), 5),
        Case(_limited_gradient(8), np.arange(8), 8),
        Case(_limited_gradient(1), np.array([7, 21, 35]), 1),
    ],
    mistakes=[
        Mistake(
            _accumulated_with(
                lambda gradient_of, parts, size: _named([gradient_of(part) for part in parts], lambda g: g.mean(axis=0))
            ),
            "you average the parts' means as if all parts were equal. A smaller last part must weigh less.",
        ),
        Mistake(
            _accumulated_with(
                lambda gradient_of, parts, size: _named([gradient_of(part) for part in parts], lambda g: g.sum(axis=0))
            ),
            "you add the parts' means. The mean over all examples weighs each part with its share of them.",
        ),
        Mistake(
            _accumulated_with(lambda gradient_of, parts, size: gradient_of(parts[-1])),
            "you return the last part's gradient alone. Add to the sum, do not replace it.",
        ),
        Mistake(
            _accumulated_with(
                lambda gradient_of, parts, size: _named(
                    [gradient_of(part) for part in parts if len(part) == size], lambda g: g.mean(axis=0)
                )
            ),
            "you leave out the last, smaller part.",
        ),
        Mistake(
            _accumulated_with(
                lambda gradient_of, parts, size: _named(
                    [{name: g * len(part) for name, g in gradient_of(part).items()} for part in parts],
                    lambda g: g.sum(axis=0),
                )
            ),
            "that is the sum over the examples. Divide by their number.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 9. The floor that noise sets


def _noise_floor(learning_rate, curvature, noise_variance):
    if learning_rate * curvature >= 2:
        return math.inf
    return learning_rate * noise_variance / (2 * (2 - learning_rate * curvature))


def _floor_below_the_bound(floor):
    """Make a version of the right answer that differs where the run is stable."""

    def version(learning_rate, curvature, noise_variance):
        if learning_rate * curvature >= 2:
            return math.inf
        return floor(learning_rate, curvature, noise_variance)

    return version


check_noise_floor = Exercise(
    "noise_floor",
    difficulty=3,
    reference=_noise_floor,
    task="Return the mean of ½λw² in the long run, or math.inf if there is none.",
    success="the floor agrees for small and large learning rates, steep and flat bowls, and is infinite from 2/λ on.",
    cases=[
        Case(0.4, 1.0, 1.0),
        Case(0.025, 1.0, 1.0),
        Case(0.3, 5.0, 0.5),
        Case(0.1, 0.25, 4.0),
        Case(0.5, 2.0, 2.0),
        Case(0.4, 5.0, 1.0),
        Case(0.7, 4.0, 1.0),
    ],
    mistakes=[
        Mistake(
            _floor_below_the_bound(lambda eta, lam, s2: eta * s2 / (lam * (2 - eta * lam))),
            "that is the variance V of the weight. The mean loss is ½λV.",
        ),
        Mistake(
            _floor_below_the_bound(lambda eta, lam, s2: eta * s2 / 4),
            "that is the limit for small η. For larger ones 1 − (1 − ηλ)² is not 2ηλ.",
        ),
        Mistake(
            _floor_below_the_bound(lambda eta, lam, s2: eta * s2 / (2 - eta * lam)),
            "the ½ of the loss ½λw² got lost.",
        ),
        Mistake(
            _floor_below_the_bound(lambda eta, lam, s2: eta * s2 / 2),
            "the old part of the variance shrinks by the factor (1 − ηλ)², not 1 − ηλ.",
        ),
        Mistake(
            _floor_below_the_bound(lambda eta, lam, s2: eta * math.sqrt(s2) / (2 * (2 - eta * lam))),
            "you take the noise's standard deviation where its variance belongs.",
        ),
        Mistake(
            lambda eta, lam, s2: eta * s2 / (2 * (2 - eta * lam)) if eta * lam != 2 else math.inf,
            "beyond 2/λ the formula turns negative. There the weight grows without end: return math.inf.",
        ),
    ],
)
