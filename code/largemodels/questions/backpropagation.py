"""Checkers of the practice exercises of chapter 3, backpropagation.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import math
import numbers

import numpy as np

from largemodels.questions.checking import Case, Exercise, Mistake, Wrong, describe

# ---------------------------------------------------------------------------------------------------------
# 1. A shared variable


def _shared_gradient(a, b):
    t = math.tanh(a * b)
    dq = a * (1 - t**2)
    return t + b * dq, 1 + a * dq


def _only_the_direct_paths(a, b):
    return math.tanh(a * b), 1.0


def _only_through_the_product(a, b):
    dq = a * (1 - math.tanh(a * b) ** 2)
    return b * dq, a * dq


def _slope_left_out(a, b):
    return math.tanh(a * b) + a * b, 1 + a * a


def _factor_a_left_out(a, b):
    slope = 1 - math.tanh(a * b) ** 2
    return math.tanh(a * b) + b * slope, 1 + a * slope


def _slope_at_the_output(a, b):
    dq = a * (1 - (a * b) ** 2)
    return math.tanh(a * b) + b * dq, 1 + a * dq


check_shared_gradient = Exercise(
    "shared_gradient",
    difficulty=1,
    reference=_shared_gradient,
    task="Return dL/da and dL/db of L = a·tanh(a·b) + b, each the sum over all paths.",
    success="both gradients agree at five points.",
    outputs=("dL/da", "dL/db"),
    cases=[Case(1.5, -0.5), Case(-2.0, 0.3), Case(0.4, 0.7), Case(0.0, 1.0), Case(1.0, 0.0)],
    mistakes=[
        Mistake(
            _only_the_direct_paths,
            "these are the paths that do not go through the product a·b. Both a and b reach the loss through it too: "
            "add those shares.",
        ),
        Mistake(
            _only_through_the_product,
            "this is the share that goes through tanh. a also multiplies tanh(a·b) directly, and b is also added to "
            "the loss directly.",
        ),
        Mistake(
            _slope_left_out, "the slope of tanh, 1 − tanh², is missing on the path through it, as if tanh were a line."
        ),
        Mistake(
            _factor_a_left_out,
            "the path through tanh starts with ∂L/∂tanh = a: what arrives at tanh is a, not 1.",
        ),
        Mistake(
            _slope_at_the_output,
            "the slope of tanh is 1 − tanh(q)², with the output of tanh squared, not its input q = a·b.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 2. Softplus


def _softplus_backward(dA, Z):
    return dA * 0.5 * (1 + np.tanh(0.5 * Z))


def _softplus_overflowing(dA, Z):
    return dA * np.exp(Z) / (1 + np.exp(Z))


def _slope_of_the_sigmoid(dA, Z):
    sigmoid = _softplus_backward(1.0, Z)
    return dA * sigmoid * (1 - sigmoid)


def _slope_alone(dA, Z):
    return _softplus_backward(np.ones_like(dA), Z)


def _relu_slope(dA, Z):
    return dA * (Z > 0)


def _slope_of_minus_z(dA, Z):
    return _softplus_backward(dA, -Z)


def _softplus_times_gradient(dA, Z):
    return dA * np.logaddexp(0, Z)


check_softplus_backward = Exercise(
    "softplus_backward",
    difficulty=1,
    reference=_softplus_backward,
    task="Return dA times the slope of softplus at Z.",
    success="the gradient agrees for vectors and matrices, and stays finite for entries of ±1000.",
    cases=[
        Case(np.array([1.0, 1.0, -2.0]), np.array([0.0, 1.0, -1.5])),
        Case(np.array([[0.5, 2.0], [-1.0, 0.3]]), np.array([[2.0, -3.0], [0.1, -0.2]])),
        Case(np.array([1.0, 1.0]), np.array([1000.0, -1000.0])),
    ],
    mistakes=[
        Mistake(
            _softplus_overflowing,
            "right for moderate entries, but exp(1000) is infinite and inf / inf is nan. Write the slope so that no "
            "exponent is large and positive.",
        ),
        Mistake(
            _slope_of_the_sigmoid,
            "sigmoid(z)(1 − sigmoid(z)) is the slope of the sigmoid. Softplus has the slope sigmoid(z).",
        ),
        Mistake(_slope_alone, "this is the slope alone. Multiply it by what arrives from the loss, dA."),
        Mistake(_relu_slope, "0 or 1 is the slope of ReLU. Softplus bends smoothly from the one to the other."),
        Mistake(_slope_of_minus_z, "the sign of z is turned: the slope must go to 1 for large positive z."),
        Mistake(_softplus_times_gradient, "you multiply by the value of softplus. The chain rule asks for its slope."),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. Several labels


def _multilabel_gradient(Z, Y):
    return (0.5 * (1 + np.tanh(0.5 * Z)) - Y) / len(Z)


def _multilabel_overflowing(Z, Y):
    return (1 / (1 + np.exp(-Z)) - Y) / len(Z)


def _multilabel_through_probabilities(Z, Y):
    Y_hat = 0.5 * (1 + np.tanh(0.5 * Z))
    return (-Y / Y_hat + (1 - Y) / (1 - Y_hat)) * Y_hat * (1 - Y_hat) / len(Z)


def _multilabel_softmax(Z, Y):
    exponentials = np.exp(Z - Z.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True) - Y) / len(Z)


check_multilabel_gradient = Exercise(
    "multilabel_gradient",
    difficulty=2,
    reference=_multilabel_gradient,
    task="Return (sigmoid of Z minus Y) with the factor that belongs to a mean over the examples.",
    success="the gradient agrees for one example and for several, and for logits of ±1000.",
    cases=[
        Case(np.array([[0.5, -1.0, 2.0], [0.0, 3.0, -0.5]]), np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])),
        Case(np.array([[1.0, -2.0]]), np.array([[0.0, 0.0]])),
        Case(np.array([[1000.0, -1000.0], [1.0, -1.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])),
    ],
    mistakes=[
        Mistake(
            lambda Z, Y: _multilabel_gradient(Z, Y) / Z.shape[1],
            "you divide by the number of all entries, N·K. The loss is a mean over the examples and a sum over "
            "the labels: 1/N.",
        ),
        Mistake(
            lambda Z, Y: _multilabel_gradient(Z, Y) * len(Z),
            "the factor 1/N is missing: the loss is a mean over the examples.",
        ),
        Mistake(
            lambda Z, Y: _multilabel_gradient(Z, Y) * len(Z) / Z.shape[1],
            "you divide by the number of labels K. The mean runs over the N examples.",
        ),
        Mistake(
            lambda Z, Y: -_multilabel_gradient(Z, Y),
            "the sign is turned. Where the prediction is too large the loss grows with z: prediction minus target.",
        ),
        Mistake(
            lambda Z, Y: (Z - Y) / len(Z),
            "you subtract the target from the logit. The prediction is its sigmoid.",
        ),
        Mistake(
            lambda Z, Y: _multilabel_gradient(Z, Y) * (0.5 * (1 + np.tanh(0.5 * Z))) * (0.5 * (1 - np.tanh(0.5 * Z))),
            "the slope of the sigmoid stands there twice. With binary cross-entropy it cancels: that is why they are a "
            "pair.",
        ),
        Mistake(
            _multilabel_softmax,
            "a softmax makes the labels compete. Here each has its own sigmoid, and several may be 1.",
        ),
        Mistake(
            _multilabel_through_probabilities,
            "right for moderate logits, but you divide by a probability that is rounded to 0 or 1 where the logit is "
            "±1000. Multiply it out on paper first: the slope cancels.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 4. Softmax on its own


def _softmax_backward(dA, A):
    return A * (dA - np.sum(dA * A, axis=1, keepdims=True))


_softmax_rows = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]])

check_softmax_backward = Exercise(
    "softmax_backward",
    difficulty=2,
    reference=_softmax_backward,
    task="Return A times (dA minus the inner product of A and dA of the same row).",
    success="the gradient agrees for square and other shapes, and each row sums to 0.",
    cases=[
        Case(np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]]), _softmax_rows),
        Case(np.array([[2.0, -1.0], [0.5, 0.25]]), np.array([[0.9, 0.1], [0.4, 0.6]])),
        Case(np.array([[1.0, 1.0, 1.0, 1.0]]), np.array([[0.1, 0.2, 0.3, 0.4]])),
    ],
    mistakes=[
        Mistake(
            lambda dA, A: dA * A * (1 - A),
            "that is the diagonal of the Jacobian only, as if each output depended on its own logit alone. The shared "
            "sum ties all of a row together: −pₖpⱼ off the diagonal.",
        ),
        Mistake(lambda dA, A: dA * A, "the second term is missing: subtract the inner product of the row from dA."),
        Mistake(
            lambda dA, A: A * (dA - np.sum(dA * A)),
            "the inner product is summed over the whole matrix. Each example is on its own: sum along each row.",
        ),
        Mistake(
            lambda dA, A: A * (dA - np.sum(dA * A, axis=0, keepdims=True)),
            "you sum over the examples, axis 0. The softmax ties the entries of one row together: axis 1.",
        ),
        Mistake(
            lambda dA, A: A * (dA - np.sum(dA, axis=1, keepdims=True)),
            "the inner product is weighted: Σ Aₖ dAₖ, not the plain sum of dA.",
        ),
        Mistake(
            lambda dA, A: A - dA,
            "prediction minus target belongs to softmax with cross-entropy. Here any gradient may arrive, and the "
            "Jacobian has to be used.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. Embedding


def _embedding_backward(dA, token_ids, num_tokens):
    dE = np.zeros((num_tokens, dA.shape[1]))
    np.add.at(dE, token_ids, dA)
    return dE


def _embedding_last_only(dA, token_ids, num_tokens):
    dE = np.zeros((num_tokens, dA.shape[1]))
    dE[token_ids] = dA
    return dE


def _embedding_averaged(dA, token_ids, num_tokens):
    counts = np.bincount(token_ids, minlength=num_tokens)
    return _embedding_backward(dA, token_ids, num_tokens) / np.maximum(counts, 1)[:, None]


check_embedding_backward = Exercise(
    "embedding_backward",
    difficulty=2,
    reference=_embedding_backward,
    task="Return an array (num_tokens, D) in which each row collects the gradients of all its uses.",
    success="rows that are used once, several times and never get their sum, their sum and zero.",
    cases=[
        Case(np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]), np.array([2, 0, 2]), 4),
        Case(np.array([[1.0], [2.0], [4.0], [8.0]]), np.array([1, 1, 1, 1]), 2),
        Case(np.array([[0.5, -1.0, 2.0]]), np.array([0]), 3),
    ],
    mistakes=[
        Mistake(
            _embedding_last_only,
            "of a token that occurs several times only the last gradient is kept. They must be added, and `dE[ids] += "
            "dA` does not do it either: NumPy writes each row once. See np.add.at.",
        ),
        Mistake(
            _embedding_averaged,
            "you average over the uses of a token. A value that is used three times feels three changes: the shares "
            "are added.",
        ),
        Mistake(
            lambda dA, token_ids, num_tokens: _embedding_backward(dA, token_ids, num_tokens) / len(token_ids),
            "you divide by the number of positions. The 1/N of a mean loss is already in dA.",
        ),
        Mistake(
            lambda dA, token_ids, num_tokens: dA[token_ids],
            "that looks the rows up again. Backward goes the other way: from the positions to the table.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 6. Topological order


def _topological_order(parents):
    order, done = [], set()
    while len(order) < len(parents):
        ready = [name for name in parents if name not in done and all(parent in done for parent in parents[name])]
        if not ready:
            raise ValueError("the graph has a cycle, so no order exists")
        order += ready
        done.update(ready)
    return order


_GRAPHS = (
    {7: [3, 6], 6: [5], 5: [3, 4], 3: [1, 2], 1: [], 2: [], 4: []},
    {0: [], 1: [0, 0], 2: [1, 0]},
    {5: []},
    {1: [2, 3], 3: [4], 2: [3], 4: []},
    {50: [40], 40: [30], 30: [20], 20: [10], 10: []},
)
_CYCLIC = {1: [3], 2: [1], 3: [2], 4: []}


def _judge_topological_order(attempt):
    for parents in _GRAPHS:
        case = Case(parents)
        call_text = attempt.exercise.call_text(case)
        order = attempt.call(case, lambda result: list(result) if hasattr(result, "__iter__") else result)
        if not isinstance(order, list) or not all(isinstance(name, numbers.Integral) for name in order):
            raise Wrong(f"{call_text}\nreturned {describe(order)}\nexpected a list of the nodes' numbers")
        if len(order) != len(set(order)):
            twice = next(name for name in order if order.count(name) > 1)
            raise Wrong(
                f"{call_text}\nreturned {describe(order)}\nwith {twice} more than once\n"
                "Hint: remember which nodes are down already; a node with two children is reached twice."
            )
        if set(order) != set(parents):
            missing = [name for name in parents if name not in order]
            raise Wrong(
                f"{call_text}\nreturned {describe(order)}\n"
                + (f"without {describe(missing)}" if missing else "with nodes that the graph does not have")
            )
        place = {name: position for position, name in enumerate(order)}
        early = [(name, parent) for name in parents for parent in parents[name] if place[parent] > place[name]]
        if early:
            name, parent = early[0]
            reversed_is_right = all(place[p] > place[n] for n in parents for p in parents[n])
            hint = (
                "\nHint: your order runs from the loss back. That is the order of the backward pass; here the parents "
                "come first."
                if reversed_is_right
                else "\nHint: putting a node down when it is first reached is too early. First all its parents, then "
                "the node itself."
            )
            raise Wrong(f"{call_text}\nreturned {describe(order)}\n{name} stands before its parent {parent}{hint}")
    case = Case(_CYCLIC)
    outcome = attempt.outcome(case)
    error = getattr(outcome, "error", None)
    if not isinstance(error, ValueError):
        came = f"raised {type(error).__name__}" if error is not None else f"returned {describe(outcome)}"
        raise Wrong(
            f"{attempt.exercise.call_text(case)}\n{came}\nexpected a ValueError: 1, 2 and 3 wait for each other.\n"
            "Hint: if a round finds no node whose parents are all there, and some are left, there is a cycle."
        )


check_topological_order = Exercise(
    "topological_order",
    difficulty=2,
    reference=_topological_order,
    task="Return the nodes in an order in which each comes after its parents; raise a ValueError for a cycle.",
    success="five graphs are put in order, shared nodes stand once, and a cycle is refused.",
    judge=_judge_topological_order,
)


# ---------------------------------------------------------------------------------------------------------
# 7. Layer normalisation


def _layer_norm_parts(X, epsilon):
    centred = X - X.mean(axis=1, keepdims=True)
    r = 1 / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + epsilon)
    return centred * r, r


def _layer_norm_backward(dA, X, epsilon=1e-5):
    X_hat, r = _layer_norm_parts(X, epsilon)
    return r * (dA - dA.mean(axis=1, keepdims=True) - X_hat * np.mean(dA * X_hat, axis=1, keepdims=True))


def _layer_norm_constants(dA, X, epsilon=1e-5):
    return dA * _layer_norm_parts(X, epsilon)[1]


def _layer_norm_fixed_spread(dA, X, epsilon=1e-5):
    return (dA - dA.mean(axis=1, keepdims=True)) * _layer_norm_parts(X, epsilon)[1]


def _layer_norm_fixed_mean(dA, X, epsilon=1e-5):
    X_hat, r = _layer_norm_parts(X, epsilon)
    return r * (dA - X_hat * np.mean(dA * X_hat, axis=1, keepdims=True))


def _layer_norm_sums(dA, X, epsilon=1e-5):
    X_hat, r = _layer_norm_parts(X, epsilon)
    return r * (dA - dA.sum(axis=1, keepdims=True) - X_hat * np.sum(dA * X_hat, axis=1, keepdims=True))


def _layer_norm_over_examples(dA, X, epsilon=1e-5):
    return _layer_norm_backward(dA.T, X.T, epsilon).T


def _layer_norm_without_r(dA, X, epsilon=1e-5):
    return _layer_norm_backward(dA, X, epsilon) / _layer_norm_parts(X, epsilon)[1]


def _layer_norm_without_epsilon(dA, X, epsilon=1e-5):
    return _layer_norm_backward(dA, X, 0.0)


check_layer_norm_backward = Exercise(
    "layer_norm_backward",
    difficulty=3,
    reference=_layer_norm_backward,
    task="Return dX: the direct share, less what flows through the mean, less what flows through the variance.",
    success="the gradient agrees for several shapes, with a small and a large epsilon.",
    cases=[
        Case(np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 1.0]]), np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 3.0]])),
        Case(np.array([[2.0, -1.0, 0.5, 0.25]]), np.array([[10.0, 11.0, 9.0, 14.0]])),
        Case(np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([[0.5, 0.1], [-0.3, 0.6]]), epsilon=0.5),
    ],
    mistakes=[
        Mistake(
            _layer_norm_constants,
            "you treat the mean and the variance as constants. They depend on every entry of the row: two more paths.",
        ),
        Mistake(
            _layer_norm_fixed_spread,
            "the path through the variance is missing: the third share is −A · mean(dA ⊙ A), times g, where A is the "
            "normalised row.",
        ),
        Mistake(_layer_norm_fixed_mean, "the path through the mean is missing: subtract the row's mean of dA."),
        Mistake(
            _layer_norm_sums,
            "your shares are sums where means belong: each entry moves the mean of the row by 1/D, not by 1.",
        ),
        Mistake(
            _layer_norm_over_examples,
            "you normalise each column over the examples: that is batch normalisation. Here each row is on its own.",
        ),
        Mistake(
            _layer_norm_without_r,
            "the factor g = 1/√(variance + ε) is missing: the output is g times the centred input, so all shares carry "
            "it.",
        ),
        Mistake(
            _layer_norm_without_epsilon,
            "epsilon is left out. It belongs under the root, to the variance.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 8. Find the wrong parameter


def _wrong_parameters(loss_of, parameters, gradients):
    wrong = []
    for name, array in parameters.items():
        measured = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            losses = []
            for sign in (1, -1):
                nudged = array.copy()
                nudged[index] += sign * 1e-5
                losses.append(loss_of({**parameters, name: nudged}))
            measured[index] = (losses[0] - losses[1]) / 2e-5
        if np.any(np.abs(measured - gradients[name]) > 1e-5):
            wrong.append(name)
    return wrong


def _small_network(seed):
    """A loss, parameters and right gradients of a network with 4, 3 and 2 units."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(5, 4)), rng.normal(size=(5, 2))
    parameters = {
        "W1": rng.normal(size=(4, 3)),
        "b1": rng.normal(size=3),
        "W2": rng.normal(size=(3, 2)),
        "b2": rng.normal(size=2),
    }

    def loss_of(p):
        A = np.tanh(X @ p["W1"] + p["b1"])
        return float(np.sum((A @ p["W2"] + p["b2"] - Y) ** 2) / 10)

    A = np.tanh(X @ parameters["W1"] + parameters["b1"])
    dZ2 = (A @ parameters["W2"] + parameters["b2"] - Y) / 5
    dZ1 = dZ2 @ parameters["W2"].T * (1 - A**2)
    gradients = {"W1": X.T @ dZ1, "b1": dZ1.sum(axis=0), "W2": A.T @ dZ2, "b2": dZ2.sum(axis=0)}
    return loss_of, parameters, gradients


def _judge_wrong_parameters(attempt):
    def spoilt(seed, **changes):
        loss_of, parameters, gradients = _small_network(seed)
        gradients = {name: changes.get(name, lambda g: g)(gradient) for name, gradient in gradients.items()}
        return Case(loss_of, parameters, gradients)

    def one_entry(gradient):
        gradient = gradient.copy()
        gradient[-1, -1] += 0.01
        return gradient

    cases = (
        (spoilt(0), [], "all four gradients are right"),
        (spoilt(1, W1=lambda g: 2 * g), ["W1"], "the gradient of W1 is twice as large as it should be"),
        (spoilt(2, b1=lambda g: -g), ["b1"], "the gradient of b1 has the wrong sign"),
        (spoilt(3, W2=one_entry), ["W2"], "one entry of the gradient of W2, the last, is off by 0.01"),
        (spoilt(4, W1=np.zeros_like, b2=lambda g: g / 5), ["W1", "b2"], "W1's gradient is zero, b2's divided by 5"),
    )
    for case, expected, what in cases:
        result = attempt.call(case)
        names = list(result) if isinstance(result, list | tuple) else None
        if names is None or not all(isinstance(name, str) for name in names):
            raise Wrong(f"the function returned {describe(result)}; expected a list of names, such as ['W1']")
        if sorted(names) == sorted(expected):
            continue
        text = f"{what}\nreturned {describe(names)}\nexpected {describe(expected)}"
        if set(names) == set(case.arguments[1]) - set(expected):
            text += "\nHint: you return the parameters whose gradient is right."
        elif expected == ["W2"] and not names:
            text += "\nHint: a mean or a sum over the entries hides one that is wrong. Look at the worst entry."
        elif expected == ["b1"] and not names:
            text += "\nHint: comparing sizes or squares hides a wrong sign."
        elif not expected and names:
            text += (
                "\nHint: a central difference with a step near 1e-5 agrees to about 1e-9 here. Is the step too large "
                "or too small, one-sided, or is an entry left nudged when the next one is measured?"
            )
        elif len(expected) == 2 and len(names) == 1:
            text += "\nHint: you stop at the first one that is wrong. Go through all of them."
        raise Wrong(text)


check_wrong_parameters = Exercise(
    "wrong_parameters",
    difficulty=2,
    reference=_wrong_parameters,
    task="Measure every slope by a central difference, and return the names whose gradient differs.",
    success="right gradients pass; a factor, a sign, a single entry and two wrong arrays at once are found.",
    judge=_judge_wrong_parameters,
)


# ---------------------------------------------------------------------------------------------------------
# 9. Checkpoints


def _segment_lengths(num_layers, segment):
    return [min(segment, num_layers - start) for start in range(0, num_layers, segment)]


def _checkpoint_cost(num_layers, segment):
    lengths = _segment_lengths(num_layers, segment)
    return max(before + length for before, length in enumerate(lengths)), num_layers - len(lengths)


def _checkpoint_cost_last_segment(num_layers, segment):
    lengths = _segment_lengths(num_layers, segment)
    return len(lengths) - 1 + lengths[-1], num_layers - len(lengths)


def _checkpoint_cost_by_formula(num_layers, segment):
    return math.ceil(num_layers / segment) + segment, num_layers - math.ceil(num_layers / segment)


def _checkpoint_cost_all_again(num_layers, segment):
    return _checkpoint_cost(num_layers, segment)[0], num_layers


def _checkpoint_cost_floor(num_layers, segment):
    number = num_layers // segment
    return number - 1 + segment, num_layers - number


def _checkpoint_cost_checkpoints_only(num_layers, segment):
    return math.ceil(num_layers / segment), num_layers - math.ceil(num_layers / segment)


check_checkpoint_cost = Exercise(
    "checkpoint_cost",
    difficulty=2,
    reference=_checkpoint_cost,
    task="Return the most inputs held at a time and the number of layers computed twice.",
    success="both numbers agree for whole and short last segments, for S = 1 and for S above M.",
    outputs=("held", "recomputed"),
    cases=[
        Case(36, 6),
        Case(36, 1),
        Case(36, 36),
        Case(10, 4),
        Case(9, 4),
        Case(5, 8),
        Case(100, 10),
        Case(1, 1),
    ],
    mistakes=[
        Mistake(
            _checkpoint_cost_last_segment,
            "you look at the last segment only. If it is short, the one before it may hold more.",
        ),
        Mistake(
            _checkpoint_cost_by_formula,
            "M/S + S counts one too many: the checkpoint of the segment that is worked on is one of its S inputs, and "
            "a segment is never longer than the chain.",
        ),
        Mistake(
            _checkpoint_cost_all_again,
            "the first input of every segment is kept, and its last layer's output is not needed: per segment one "
            "layer fewer is computed again.",
        ),
        Mistake(_checkpoint_cost_floor, "the last, shorter segment has a checkpoint too: round M/S up."),
        Mistake(
            _checkpoint_cost_checkpoints_only,
            "these are the checkpoints. While a segment is worked on, the inputs of its other layers are held as well.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 10. The best one-sided step


def _best_one_sided_step(loss, second_derivative, unit_roundoff):
    if second_derivative == 0:
        return math.inf, 0.0
    step = 2 * math.sqrt(unit_roundoff * abs(loss) / abs(second_derivative))
    return step, abs(second_derivative) * step


def _step_scaled(factor):
    """The error that the text defines, at another step than the best."""

    def version(loss, second_derivative, unit_roundoff):
        if second_derivative == 0:
            return math.inf, 0.0
        step = factor(loss, second_derivative, unit_roundoff)
        return step, step * abs(second_derivative) / 2 + 2 * unit_roundoff * abs(loss) / step

    return version


def _one_term_only(loss, second_derivative, unit_roundoff):
    step, error = _best_one_sided_step(loss, second_derivative, unit_roundoff)
    return step, error / 2


def _no_absolute_values(loss, second_derivative, unit_roundoff):
    if second_derivative == 0:
        return math.inf, 0.0
    step = 2 * np.sqrt(unit_roundoff * loss / second_derivative)
    return step, second_derivative * step


check_best_one_sided_step = Exercise(
    "best_one_sided_step",
    difficulty=3,
    reference=_best_one_sided_step,
    task="Minimise h·|L″|/2 + 2u|L|/h over h; return the best h and the error there.",
    success="step and error agree in float64 and float32, for losses and curvatures of either sign, and for a line.",
    outputs=("step", "error"),
    cases=[
        Case(2.0, 0.5, 0.01),
        Case(0.3, 12.0, 6e-8),
        Case(2.3, -0.4, 6e-8),
        Case(-1.0, 3.0, 1e-4),
        Case(1.0, 0.0, 1e-16),
    ],
    mistakes=[
        Mistake(
            _step_scaled(lambda L, c, u: math.sqrt(u * abs(L) / abs(c))),
            "a factor 2 is lost in the step: ½|L″| = 2u|L|/h² gives h² = 4u|L|/|L″|.",
        ),
        Mistake(
            _step_scaled(lambda L, c, u: math.sqrt(2 * u * abs(L) / abs(c))),
            "each of the two losses is rounded: the rounding error is 2u|L|/h, not u|L|/h.",
        ),
        Mistake(
            _step_scaled(lambda L, c, u: (3 * u * abs(L) / abs(c)) ** (1 / 3)),
            "the cube root belongs to the central difference, whose error falls with h². Here it falls with h.",
        ),
        Mistake(
            _step_scaled(lambda L, c, u: math.sqrt(u)),
            "√u is the order of magnitude; the loss and its curvature move the best step.",
        ),
        Mistake(_one_term_only, "the step is right. The error is the sum of both terms, which are equal there."),
        Mistake(
            _no_absolute_values,
            "losses and curvatures may be negative: an error is a size, so take absolute values.",
        ),
    ],
)
