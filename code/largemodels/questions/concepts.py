"""Checkers of the practice exercises of chapter 1, concepts.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import itertools
import math

import numpy as np

from largemodels.questions.checking import Case, Exercise, Mistake, Wrong, describe

# ---------------------------------------------------------------------------------------------------------
# Judging what an answer does instead of how it is written: many weights solve the same task.


def _judge_by(view, unlike):
    """Make a judge that compares what ``view`` sees in the reader's result with what it sees in the right one.

    Parameters
    ----------
    view : function of (result, case)
        Returns something that can be compared with ``==``; raises :class:`Wrong` with a sentence if the result has not
        the form that was asked for.
    unlike : function of (seen, expected, case)
        Says in two lines what was seen and what should have been.
    """

    def judge(attempt):
        exercise = attempt.exercise
        seen = []
        for case in exercise.cases:
            result = attempt.call(case)
            try:
                seen.append(view(result, case))
            except Wrong as wrong:
                raise Wrong(f"{exercise.call_text(case)}\n{wrong}") from None
        expected = [view(exercise.reference(*case.arguments), case) for case in exercise.cases]
        for case, got, wanted in zip(exercise.cases, seen, expected, strict=True):
            if got != wanted:
                message = f"{exercise.call_text(case)}\n{unlike(got, wanted, case)}"
                for mistake in exercise.mistakes:
                    if seen == [view(mistake.function(*case.arguments), case) for case in exercise.cases]:
                        message += f"\nHint: {mistake.hint}"
                        break
                raise Wrong(message)

    return judge


def _number_array(name, value, shape):
    """Return ``value`` as a float array of the shape, where None in the shape stands for any length."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise Wrong(f"{name} is {describe(value)}\nexpected numbers") from None
    fits = array.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits or not np.isfinite(array).all():
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise Wrong(
            f"{name} is {describe(value)}\nexpected "
            + (f"finite numbers of shape ({wanted})" if shape else "a finite number")
        )
    return array


def _parts(result, names):
    if not isinstance(result, tuple | list) or len(result) != len(names):
        raise Wrong(f"returned {describe(result)}\nexpected {len(names)} values: {', '.join(names)}")
    return result


# ---------------------------------------------------------------------------------------------------------
# 1. A neuron for any conjunction


def _gate(signs):
    return np.array(signs, dtype=float), 0.5 - signs.count(1)


def _corners(num_inputs):
    return np.array(list(itertools.product((0.0, 1.0), repeat=num_inputs)))


def _gate_view(result, case):
    w, b = _parts(result, ("w", "b"))
    num_inputs = len(case.arguments[0])
    w, b = _number_array("w", w, (num_inputs,)), _number_array("b", b, ())
    sums = _corners(num_inputs) @ w + b
    return [
        tuple(int(bit) for bit in corner) for corner, total in zip(_corners(num_inputs), sums, strict=True) if total > 0
    ]


def _fires_unlike(got, expected, case):
    return f"fires at {_listed(got)}\nshould fire at {_listed(expected)}"


def _listed(corners):
    texts = ["".join(str(bit) for bit in corner) for corner in corners]
    shown = ", ".join(texts[:8]) + (", …" if len(texts) > 8 else "")
    return f"the corner{'s' if len(texts) > 1 else ''} {shown}" if texts else "no corner"


check_gate = Exercise(
    "gate",
    difficulty=1,
    reference=_gate,
    task="Return the weights and the bias of a step neuron that fires exactly where every condition holds.",
    success="the neuron fires at exactly the right corners for AND, NOR, NOT, mixed conditions and inputs that do not "
    "matter, with up to five inputs.",
    cases=[
        Case([1, 1]),
        Case([-1]),
        Case([-1, -1]),
        Case([1, -1]),
        Case([1, 0, 1]),
        Case([1, -1, 0, 1, 1]),
        Case([0, -1, -1, 1]),
    ],
    mistakes=[
        Mistake(
            lambda signs: (np.array(signs, dtype=float), -1.5),
            "the bias −1.5 is the one of AND with two inputs. How large is w · x where all conditions hold, for any "
            "signs?",
        ),
        Mistake(
            lambda signs: (np.array(signs, dtype=float), -float(signs.count(1))),
            "where all conditions hold the sum is now exactly 0, and a step neuron fires above 0 only. Put the line "
            "between the best corner and the next.",
        ),
        Mistake(
            lambda signs: (np.array(signs, dtype=float), -0.5),
            "with the bias −0.5 it is enough that one condition more holds than is broken: an OR. Here all must hold.",
        ),
        Mistake(
            lambda signs: (np.array(signs, dtype=float), 0.5 - sum(sign != 0 for sign in signs)),
            "an input that must be 0 adds nothing to the sum where its condition holds. Count only the inputs that "
            "must be 1.",
        ),
        Mistake(
            lambda signs: (np.abs(np.array(signs, dtype=float)), 0.5 - sum(sign != 0 for sign in signs)),
            "an input that must be 0 has to lower the sum when it is 1: its weight is negative.",
        ),
        Mistake(
            lambda signs: (-np.array(signs, dtype=float), 0.5 - signs.count(-1)),
            "the signs are turned round: an input that must be 1 raises the sum, so its weight is positive.",
        ),
    ],
    judge=_judge_by(_gate_view, _fires_unlike),
)


# ---------------------------------------------------------------------------------------------------------
# 2. Signed distance from the decision line


def _signed_distance(points, w, b):
    length = np.linalg.norm(w)
    if length == 0:
        raise ValueError("w must not be all zeros: there is no line then")
    return (points @ w + b) / length


def _unchecked_distance(divisor):
    def version(points, w, b):
        if not np.any(w):
            raise ValueError
        return (points @ w + b) / divisor(w)

    return version


def _distance_without_bias_divided(points, w, b):
    if not np.any(w):
        raise ValueError
    return points @ w / np.linalg.norm(w) + b


check_signed_distance = Exercise(
    "signed_distance",
    difficulty=1,
    reference=_signed_distance,
    task="Return (w · x + b) divided by the length of w for every row, and raise a ValueError if w is all zeros.",
    success="the distances agree on both sides of the line and on it, in two, three and five dimensions, and a neuron "
    "without a line is refused.",
    cases=[
        Case(np.array([[0.0, 0.0], [4.0, 2.0], [2.0, 1.0]]), np.array([3.0, 4.0]), -10.0),
        Case(np.array([[1.0, -2.0]]), np.array([-0.5, 1.2]), 0.3),
        Case(np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0]]), np.array([2.0, -1.0, 2.0]), 4.5),
        Case(np.array([[0.5, 1.0, -1.0, 2.0, 0.0]]), np.array([1.0, 1.0, 1.0, 1.0, 0.0]), -2.5),
        Case(np.array([[1.0, 1.0]]), np.array([0.0, 0.0]), 1.0),
    ],
    mistakes=[
        Mistake(
            _unchecked_distance(lambda w: 1.0), "that is the sum itself. It grows with the length of w; divide by it."
        ),
        Mistake(
            _unchecked_distance(lambda w: np.sum(w**2)),
            "you divide by the square of the length. `np.linalg.norm` is the length: the root of the sum of squares.",
        ),
        Mistake(
            _unchecked_distance(lambda w: np.sum(np.abs(w))),
            "you divide by the sum of the absolute weights. The length is the root of the sum of squares.",
        ),
        Mistake(
            lambda points, w, b: np.abs(_signed_distance(points, w, b)),
            "the sign is lost: it says on which side of the line the point lies.",
        ),
        Mistake(
            lambda points, w, b: _signed_distance(points, w, 0.0),
            "the bias is missing: without it the line goes through the origin.",
        ),
        Mistake(
            _distance_without_bias_divided,
            "the bias is part of the sum, so it is divided by the length of w as well.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. XOR for other corners


def _xor_network(low, high):
    width = high - low
    W1 = np.ones((2, 2)) / width
    return W1, np.array([-2 * low, -2 * low]) / width - np.array([0.0, 1.0]), np.array([1.0, -2.0]), -0.5


def _xor_view(result, case):
    W1, b1, w2, b2 = _parts(result, ("W1", "b1", "w2", "b2"))
    W1 = _number_array("W1", W1, (2, None))
    hidden_size = W1.shape[1]
    b1, w2 = _number_array("b1", b1, (hidden_size,)), _number_array("w2", w2, (hidden_size,))
    b2 = _number_array("b2", b2, ())
    low, high = case.arguments
    hidden = np.maximum(0, (low + (high - low) * _corners(2)) @ W1 + b1)
    sums = hidden @ w2 + b2
    return [tuple(int(bit) for bit in corner) for corner, total in zip(_corners(2), sums, strict=True) if total > 0]


def _xor_unlike(got, expected, case):
    def named(corners):
        names = ("low", "high")
        texts = [f"({names[first]}, {names[second]})" for first, second in corners]
        return ", ".join(texts) if texts else "no corner"

    return f"fires at {named(got)}\nshould fire at {named(expected)}"


def _xor_with(W1=1.0, b1=(0.0, -1.0), w2=(1.0, -2.0), b2=-0.5):
    def version(low, high):
        values = [value(low, high) if callable(value) else value for value in (W1, b1, w2, b2)]
        return values[0] * np.ones((2, 2)), np.array(values[1]), np.array(values[2]), values[3]

    return version


check_xor_network = Exercise(
    "xor_network",
    difficulty=2,
    reference=_xor_network,
    task="Return W1, b1, w2, b2 of a ReLU network that fires exactly where one of the two inputs is high.",
    success="the network fires at exactly two of the four corners for 0 and 1, −1 and 1, 0 and 255, and other pairs.",
    cases=[Case(0.0, 1.0), Case(-1.0, 1.0), Case(0.0, 255.0), Case(2.0, 3.0), Case(-5.0, -1.0), Case(0.0, 0.01)],
    mistakes=[
        Mistake(
            _xor_with(),
            "these are the weights for the corners 0 and 1, whatever low and high are. Undo the change of scale first: "
            "(x − low)/(high − low) is 0 or 1, and it is linear, so it can be put into W1 and b1.",
        ),
        Mistake(
            _xor_with(W1=lambda low, high: 1 / high),
            "dividing by high maps high to 1, but low to 0 only if low is 0. Subtract low as well: in b1.",
        ),
        Mistake(
            _xor_with(
                W1=lambda low, high: 1 / (high - low),
                b1=lambda low, high: (-low / (high - low), -low / (high - low) - 1),
            ),
            "each unit adds up two inputs, so low has to be subtracted twice: the bias gets −2 · low/(high − low).",
        ),
        Mistake(
            _xor_with(
                W1=lambda low, high: 1 / (high - low),
                b1=lambda low, high: (-2 * low / (high - low), -2 * low / (high - low) - 1),
                w2=(1.0, -1.0),
            ),
            "with the weights 1 and −1 the corner (high, high) gives 2 − 1 = 1, as much as one high input alone. "
            "The second unit must take away what the first has twice.",
        ),
        Mistake(
            _xor_with(
                W1=lambda low, high: 1 / (high - low),
                b1=lambda low, high: (-2 * low / (high - low), -2 * low / (high - low) - 1),
                w2=(-1.0, 2.0),
                b2=0.5,
            ),
            "this fires where both inputs are equal: the negation of XOR. Turn the signs of w2 and b2.",
        ),
    ],
    judge=_judge_by(_xor_view, _xor_unlike),
)


# ---------------------------------------------------------------------------------------------------------
# 4. Parameters of a layer

_KINDS = ("dense", "convolution", "recurrent")


def _count_parameters(kind, num_inputs, num_outputs, kernel_size=None):
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}; got {kind!r}")
    return _counted(num_inputs, num_outputs, kernel_size)[kind]


def _counted(num_inputs, num_outputs, kernel_size):
    weights = num_inputs * num_outputs
    return {
        "dense": weights + num_outputs,
        "convolution": (kernel_size or 1) ** 2 * weights + num_outputs,
        "recurrent": weights + num_outputs**2 + num_outputs,
    }


def _count_with(change):
    """Make a version of the right answer in which ``change`` alters the counts of the three kinds."""

    def version(kind, num_inputs, num_outputs, kernel_size=None):
        counts = _counted(num_inputs, num_outputs, kernel_size)
        return {**counts, **change(num_inputs, num_outputs, kernel_size or 1)}[kind]

    return version


check_count_parameters = Exercise(
    "count_parameters",
    difficulty=1,
    reference=_count_parameters,
    task="Return the number of weights and biases of a dense, convolution or recurrent layer.",
    success="the counts agree for the three kinds at several sizes, and an unknown kind is refused.",
    cases=[
        Case("dense", 784, 32),
        Case("dense", 3, 1),
        Case("convolution", 1, 8, kernel_size=3),
        Case("convolution", 16, 32, kernel_size=5),
        Case("convolution", 64, 10, kernel_size=1),
        Case("recurrent", 1, 2),
        Case("recurrent", 50, 100),
        Case("pooling", 3, 3),
    ],
    mistakes=[
        Mistake(
            _count_with(
                lambda n, m, k: {"dense": n * m, "convolution": k * k * n * m, "recurrent": n * m + m * m},
            ),
            "the biases are missing: one for each output.",
        ),
        Mistake(
            _count_with(
                lambda n, m, k: {
                    "dense": n * m + n,
                    "convolution": k * k * n * m + n,
                    "recurrent": n * m + m * m + n,
                },
            ),
            "there is one bias for each output, not for each input.",
        ),
        Mistake(
            _count_with(lambda n, m, k: {"convolution": k * n * m + m}),
            "a square kernel of side K has K · K weights for each pair of an input and an output channel.",
        ),
        Mistake(
            _count_with(lambda n, m, k: {"convolution": k * k * m + m}),
            "each detector looks at all input channels, with K · K weights for each of them.",
        ),
        Mistake(
            _count_with(lambda n, m, k: {"recurrent": n * m + m}),
            "a recurrent layer also has the weights from its old state to the new one, num_outputs · num_outputs.",
        ),
        Mistake(
            _count_with(lambda n, m, k: {"recurrent": n * m + m * m + 2 * m}),
            "one bias for each unit: input and state enter the same sum, (1.11).",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. A stratified split


def _stratified_split(y, share, rng):
    train, validation = [], []
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        count = round(share * len(rows))
        validation.append(rows[:count])
        train.append(rows[count:])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(validation))


def _split_of(attempt, y, share, seed):
    case = Case(y, share, np.random.default_rng(seed))
    call_text = attempt.exercise.call_text(case)
    result = attempt.call(case)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong(f"{call_text}\nreturned {describe(result)}\nexpected 2 values: train, validation")
    for name, part in zip(("train", "validation"), result, strict=True):
        array = np.asarray(part)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            hint = ""
            if array.dtype.kind == "b":
                hint = "\nHint: that is a mask. `np.flatnonzero(mask)` gives the indices."
            raise Wrong(
                f"{call_text}\n{name} is {describe(part)}\nexpected a one-dimensional array of row numbers{hint}"
            )
    return [np.asarray(part) for part in result], call_text


def _judge_stratified_split(attempt):
    for counts, share in [((50,) * 10, 0.2), ((90, 10), 0.3), ((8, 4, 20), 0.25)]:
        y = np.repeat(np.arange(len(counts)), counts)
        _judge_shares(attempt, y, share)
        _judge_shares(attempt, np.random.default_rng(1).permutation(y), share)
    _judge_randomness(attempt)


def _judge_shares(attempt, y, share):
    (train, validation), call_text = _split_of(attempt, y, share, seed=0)
    uses = np.bincount(np.concatenate([train, validation]), minlength=len(y))
    if len(uses) > len(y):
        raise Wrong(f"{call_text}\nhas the row {len(uses) - 1}; {len(y)} examples have the rows 0 to {len(y) - 1}")
    if np.any(uses != 1):
        raise Wrong(
            f"{call_text}\nuses {np.sum(uses > 1)} rows more than once and leaves out {np.sum(uses == 0)}\n"
            "Hint: draw without replacement, and give what is not drawn to the other split."
        )
    wanted = [round(share * count) for count in np.bincount(y)]
    got = np.bincount(y[validation], minlength=len(wanted)).tolist()
    if got == wanted:
        return
    message = f"{call_text}\nhas {describe(got)} validation examples of the classes\nexpected {describe(wanted)}"
    if got == np.bincount(y[train], minlength=len(wanted)).tolist() or len(validation) == len(y) - sum(wanted):
        message += "\nHint: `share` is the part for validation; the splits seem to be swapped."
    elif len(validation) == sum(wanted):
        message += "\nHint: the total is right, the classes are not. Split the rows of each class by themselves."
    raise Wrong(message)


def _judge_randomness(attempt):
    y = np.repeat(np.arange(3), 40)

    def validation_of(seed):
        return _split_of(attempt, y, 0.25, seed)[0]

    first, again, other = validation_of(0), validation_of(0), validation_of(1)
    same = [np.array_equal(np.sort(first[1]), np.sort(split[1])) for split in (again, other)]
    if not same[0]:
        raise Wrong(
            "two generators with the same seed give different splits.\n"
            "Hint: take all randomness from `rng`, so that a split can be repeated."
        )
    if same[1]:
        raise Wrong(
            "two generators with different seeds give the same split.\n"
            "Hint: draw the rows of each class with `rng.permutation`; the first ones of the file are no random choice."
        )
    if np.all(np.diff(y[first[0]]) >= 0):
        raise Wrong(
            "the training rows come sorted by class.\n"
            "Hint: shuffle each split once more when the classes are put together."
        )


check_stratified_split = Exercise(
    "stratified_split",
    difficulty=2,
    reference=_stratified_split,
    task="Split the rows of each class by itself, shuffled by rng, and return the row numbers of both splits.",
    success="every row is in exactly one split, each class is split in the same share, and the order is random and can "
    "be repeated.",
    judge=_judge_stratified_split,
)


# ---------------------------------------------------------------------------------------------------------
# 6. Standardise without leakage


def _spread(X, **options):
    spread = X.std(axis=0, **options)
    return np.where(spread == 0, 1.0, spread)


def _standardise(X_train, X_new):
    mean, spread = X_train.mean(axis=0), _spread(X_train)
    return (X_train - mean) / spread, (X_new - mean) / spread


def _standardise_each(X_train, X_new):
    return tuple((X - X.mean(axis=0)) / _spread(X) for X in (X_train, X_new))


def _standardise_together(X_train, X_new):
    together = np.concatenate([X_train, X_new])
    mean, spread = together.mean(axis=0), _spread(together)
    return (X_train - mean) / spread, (X_new - mean) / spread


def _standardise_unguarded(X_train, X_new):
    mean, spread = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / spread, (X_new - mean) / spread


def _standardise_overall(X_train, X_new):
    return (X_train - X_train.mean()) / X_train.std(), (X_new - X_train.mean()) / X_train.std()


def _standardise_by_variance(X_train, X_new):
    mean, spread = X_train.mean(axis=0), _spread(X_train) ** 2
    return (X_train - mean) / spread, (X_new - mean) / spread


def _standardise_sample(X_train, X_new):
    mean, spread = X_train.mean(axis=0), _spread(X_train, ddof=1)
    return (X_train - mean) / spread, (X_new - mean) / spread


def _standardise_cases():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(12, 3)) * np.array([1.0, 20.0, 0.1]) + np.array([5.0, -3.0, 0.0])
    constant = np.array([[1.0, 7.0], [2.0, 7.0], [6.0, 7.0]])
    return [
        Case(X[:8].round(3), X[8:].round(3) + 1),
        Case(np.array([[0.0], [2.0]]), np.array([[4.0]])),
        Case(constant, np.array([[3.0, 7.0], [3.0, 9.0]])),
    ]


check_standardise = Exercise(
    "standardise",
    difficulty=2,
    reference=_standardise,
    task="Standardise both arrays with the mean and the standard deviation of the training columns.",
    success="both arrays agree, for several new examples and for one alone, and for a column that is constant in "
    "training.",
    cases=_standardise_cases(),
    outputs=("X_train", "X_new"),
    mistakes=[
        Mistake(
            _standardise_each,
            "the new examples are standardised with their own statistics. What one of them becomes then depends on the "
            "others, and one alone becomes zeros. Use the training statistics for both.",
        ),
        Mistake(
            _standardise_together,
            "the statistics are taken over both arrays: the new examples leak into the training data.",
        ),
        Mistake(
            _standardise_unguarded,
            "a column that is constant in training has the standard deviation 0, and dividing by it gives nan or inf. "
            "Divide such a column by 1.",
        ),
        Mistake(
            _standardise_overall,
            "one mean and one spread for all columns together leave the units in place. Take them column by column: "
            "axis=0.",
        ),
        Mistake(_standardise_by_variance, "you divide by the variance. The standard deviation is its root."),
        Mistake(
            _standardise_sample,
            "you divide by N − 1 inside the standard deviation (ddof=1). Here it is NumPy's default, which divides by "
            "N.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 7. Fold a list over a balanced tree


def _balanced_fold(items, combine):
    if len(items) == 0:
        raise ValueError("there is nothing to fold in an empty list")
    if len(items) == 1:
        return items[0], 0
    middle = len(items) // 2
    left, left_depth = _balanced_fold(items[:middle], combine)
    right, right_depth = _balanced_fold(items[middle:], combine)
    return combine(left, right), 1 + max(left_depth, right_depth)


def _minus(left, right):
    return left - right


def _double_left(left, right):
    return 2 * left + right


def _chain_fold(items, combine):
    state = items[0]
    for item in items[1:]:
        state = combine(state, item)
    return state, len(items) - 1


def _fold_with(*, swapped=False, extra_left=False, depth=None):
    def version(items, combine):
        def go(part):
            if len(part) == 1:
                return part[0], 0
            middle = (len(part) + extra_left) // 2
            (left, left_depth), (right, right_depth) = go(part[:middle]), go(part[middle:])
            value = combine(right, left) if swapped else combine(left, right)
            return value, 1 + max(left_depth, right_depth)

        value, levels = go(items)
        return value, depth(len(items), levels) if depth else levels

    return version


check_balanced_fold = Exercise(
    "balanced_fold",
    difficulty=2,
    reference=_balanced_fold,
    task="Halve the list, fold each half, combine the two results, and count the merges on the longest path.",
    success="value and depth agree for lists of one to nine items and for vectors, and an empty list is refused.",
    cases=[
        Case([8.0, 3.0, 2.0, 1.0], _minus),
        Case([5.0], _minus),
        Case([1.0, 2.0], _double_left),
        Case([7.0, 1.0, 4.0], _minus),
        Case([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], _double_left),
        Case([9.0, 1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0], _minus),
        Case([], _minus),
    ],
    outputs=("value", "depth"),
    mistakes=[
        Mistake(
            _chain_fold,
            "that goes along the list, item by item: a chain, as a recurrent network does. Halve the list instead.",
        ),
        Mistake(
            _fold_with(swapped=True),
            "left and right are swapped: the first argument of combine is the result of the first half.",
        ),
        Mistake(
            _fold_with(extra_left=True),
            "with an odd number of items the extra one belongs to the right half: the left has len(items) // 2.",
        ),
        Mistake(
            _fold_with(depth=lambda count, levels: levels + 1),
            "the depth counts merges on the way up, so a single item, with nothing to merge, has depth 0.",
        ),
        Mistake(
            _fold_with(depth=lambda count, levels: count - 1),
            "that is the number of all merges. The depth is how many of them lie on the longest path from an item to "
            "the root.",
        ),
        Mistake(
            _fold_with(depth=lambda count, levels: math.floor(math.log2(count))),
            "log₂ has to be rounded up: with 3 items one of them takes part in two merges.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 8. From BIO tags to entities


def _entities(tags):
    found, start, kind = [], None, None
    for position, tag in enumerate([*tags.split(), "O"]):
        prefix, _, tag_kind = tag.partition("-")
        if start is not None and (prefix != "I" or tag_kind != kind):
            found.append((kind, start, position))
            start = None
        if prefix in ("B", "I") and start is None:
            start, kind = position, tag_kind
    return found


def _entities_view(result, case):
    if not isinstance(result, list | tuple):
        raise Wrong(f"returned {describe(result)}\nexpected a list of (kind, start, end)")
    seen = []
    for entity in result:
        if not isinstance(entity, list | tuple) or len(entity) != 3 or not isinstance(entity[0], str):
            raise Wrong(f"has the entry {describe(entity)}\nexpected (kind, start, end)")
        try:
            seen.append((entity[0], int(entity[1]), int(entity[2])))
        except (TypeError, ValueError):
            raise Wrong(f"has the entry {describe(entity)}\nexpected two whole numbers after the kind") from None
    return seen


def _entities_with(*, lenient=True, by_kind=True, at_end=True, after_b=True, inclusive=False):
    def version(tags):
        found, start, kind = [], None, None
        for position, tag in enumerate([*tags.split(), "O"] if at_end else tags.split()):
            prefix, _, tag_kind = tag.partition("-")
            goes_on = prefix == "I" and (tag_kind == kind or not by_kind)
            goes_on = goes_on or (not after_b and prefix == "B" and tag_kind == kind)
            if start is not None and not goes_on:
                found.append((kind, start, position - inclusive))
                start = None
            if start is None and prefix in (("B", "I") if lenient else ("B",)):
                start, kind = position, tag_kind
        return found

    return version


check_entities = Exercise(
    "entities",
    difficulty=3,
    reference=_entities,
    task="Return the entities of a sequence of BIO tags as a list of (kind, start, end), malformed tags included.",
    success="the entities agree: none, one, neighbours, one at the very end, and those of malformed sequences.",
    cases=[
        Case("B-PER I-PER O O B-LOC O B-ORG I-ORG I-ORG I-ORG"),
        Case("O O"),
        Case(""),
        Case("B-LOC B-LOC I-LOC O"),
        Case("O I-PER I-PER O"),
        Case("B-PER I-LOC I-LOC"),
        Case("B-PER O I-PER B-ORG"),
    ],
    mistakes=[
        Mistake(
            _entities_with(lenient=False),
            "an entity that begins with `I-` gets lost. A network does write such tags; count them as a beginning.",
        ),
        Mistake(
            _entities_with(by_kind=False),
            "`B-PER I-LOC` is two entities: `I-` goes on with an entity of its own kind only.",
        ),
        Mistake(
            _entities_with(at_end=False),
            "an entity that reaches the end of the sequence gets lost: nothing comes after it that would close it.",
        ),
        Mistake(
            _entities_with(after_b=False),
            "`B-LOC B-LOC` is two entities: `B-` always begins a new one, which is what it is there for.",
        ),
        Mistake(
            _entities_with(inclusive=True),
            "`end` is the position after the last token of the entity, as in a slice.",
        ),
    ],
    judge=_judge_by(
        _entities_view,
        lambda got, expected, case: f"returned {describe(got)}\nexpected {describe(expected)}",
    ),
)


# ---------------------------------------------------------------------------------------------------------
# 9. Balanced accuracy


def _balanced_accuracy(y, y_hat):
    if np.shape(y) != np.shape(y_hat):
        raise ValueError(f"y and y_hat must have the same shape; got {np.shape(y)} and {np.shape(y_hat)}")
    return np.mean([np.mean(y_hat[y == label] == label) for label in np.unique(y)])


def _checked(function):
    def version(y, y_hat):
        if np.shape(y) != np.shape(y_hat):
            raise ValueError
        return function(y, y_hat)

    return version


check_balanced_accuracy = Exercise(
    "balanced_accuracy",
    difficulty=2,
    reference=_balanced_accuracy,
    task="Return the mean, over the classes in y, of the share of that class that is predicted right.",
    success="the value agrees for balanced and unbalanced classes, for classes that are never predicted or not there, "
    "and arrays of different shapes are refused.",
    cases=[
        Case(np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 0, 0])),
        Case(np.array([0, 1, 2, 2, 1, 0]), np.array([0, 1, 2, 0, 1, 1])),
        Case(np.array([3, 3, 7, 7, 7, 7]), np.array([3, 7, 7, 7, 7, 1])),
        Case(np.array([0, 0, 0, 5]), np.array([0, 0, 5, 5])),
        Case(np.array([2, 2, 2]), np.array([2, 2, 0])),
        Case(np.array([0, 1, 1]), np.array([[0], [1], [0]])),
    ],
    mistakes=[
        Mistake(
            _checked(lambda y, y_hat: np.mean(y == y_hat)),
            "that is the plain accuracy, in which a frequent class counts more. Average within each class first.",
        ),
        Mistake(
            _checked(lambda y, y_hat: np.mean([np.mean(y[y_hat == label] == label) for label in np.unique(y_hat)])),
            "you look at the examples that were predicted as a class. Here it is the share of those that are of it.",
        ),
        Mistake(
            _checked(
                lambda y, y_hat: (
                    np.sum([np.mean(y_hat[y == label] == label) for label in np.unique(y)]) / (np.max(y) + 1)
                )
            ),
            "you divide by the largest class number plus one. Divide by the number of classes that occur in y.",
        ),
        Mistake(
            _checked(
                lambda y, y_hat: np.mean(
                    [
                        np.mean(y_hat[y == label] == label) if np.any(y == label) else 0.0
                        for label in np.unique(np.concatenate([y, y_hat]))
                    ]
                )
            ),
            "a class that is predicted but does not occur in y has no share of its own, and is left out.",
        ),
        Mistake(
            _checked(lambda y, y_hat: np.mean([np.mean((y_hat == label) == (y == label)) for label in np.unique(y)])),
            "you count the right 'no' of all other classes as well. Look only at the examples of the class itself.",
        ),
    ],
)
