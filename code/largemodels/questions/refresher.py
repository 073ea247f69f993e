"""Checkers of the practice exercises of the refresher: NumPy, derivatives, matrices, probability.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import math

import numpy as np

from largemodels.questions.checking import Case, Exercise, Mistake

# ---------------------------------------------------------------------------------------------------------
# 1. Standardise


def _standardise(X):
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _standardised_with(mean, spread):
    """Make a version with another mean and spread; a spread of zero is replaced by one, as it should be."""

    def version(X):
        width = spread(X)
        return (X - mean(X)) / np.where(width > 0, width, 1.0)

    return version


check_standardise = Exercise(
    "standardise",
    difficulty=1,
    reference=_standardise,
    task="Subtract each column's mean, divide by its standard deviation, and turn a constant column into zeros.",
    success="columns of several sizes and a constant one agree, and the given array is not changed.",
    cases=[
        Case(np.array([[1.0, 10.0], [2.0, 30.0], [6.0, 20.0]])),
        Case(np.array([[2.0, 4.0, -1.0, 0.5], [3.0, 8.0, 0.0, 0.5], [7.0, 0.0, 4.0, 2.0], [0.0, 1.0, 1.0, 9.0]])),
        Case(np.array([[1.0, 5.0], [3.0, 5.0], [8.0, 5.0]])),
    ],
    mistakes=[
        Mistake(
            lambda X: (X - X.mean(axis=0)) / X.std(axis=0),
            "a constant column is divided by its spread, which is zero: 0/0 is nan. Divide it by 1.",
        ),
        Mistake(
            lambda X: _standardise(X.T).T,
            "that standardises the rows, the examples. The axis that is named disappears: reduce over axis 0.",
        ),
        Mistake(
            _standardised_with(lambda X: X.mean(axis=0), lambda X: X.std(axis=0, ddof=1)),
            "your spread divides by N − 1. NumPy's `std` without `ddof` divides by N.",
        ),
        Mistake(
            _standardised_with(lambda X: X.mean(axis=0), lambda X: X.var(axis=0)),
            "you divide by the variance. Its root, the standard deviation, has the units of the column.",
        ),
        Mistake(
            _standardised_with(lambda X: X.mean(), lambda X: X.std()),
            "you use one mean and one spread for the whole table. Every column has its own: name the axis.",
        ),
        Mistake(
            _standardised_with(lambda X: 0.0, lambda X: X.std(axis=0)),
            "the mean is not subtracted.",
        ),
        Mistake(lambda X: X - X.mean(axis=0), "the columns are centred, but not divided by their spread."),
        Mistake(
            lambda X: (X - X.min(axis=0)) / np.where(np.ptp(X, axis=0) > 0, np.ptp(X, axis=0), 1.0),
            "that scales each column to the range from 0 to 1. Mean 0 and standard deviation 1 are asked for.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 2. One-hot


def _one_hot(y, num_classes):
    if np.any(np.asarray(y) < 0) or np.any(np.asarray(y) >= num_classes):
        raise ValueError(f"classes must be from 0 to {num_classes - 1}")
    return np.eye(num_classes)[y]


def _one_hot_too_narrow(y, num_classes):
    return np.eye(int(np.max(y)) + 1)[y]


def _one_hot_block(y, num_classes):
    rows = np.zeros((len(y), num_classes))
    rows[:, y] = 1.0
    return rows


check_one_hot = Exercise(
    "one_hot",
    difficulty=1,
    reference=_one_hot,
    task="Return one row per label with a 1 at the label's place, and refuse labels out of range.",
    success="the rows agree, also where a class does not occur, and labels below 0 or too large are refused.",
    cases=[
        Case(np.array([2, 0, 1, 0]), 3),
        Case(np.array([1, 1, 0]), 4),
        Case(np.array([0]), 2),
        Case(np.array([0, -1]), 3),
        Case(np.array([0, 3]), 3),
    ],
    mistakes=[
        Mistake(
            _one_hot_too_narrow,
            "the number of columns is num_classes, not the largest label that occurs plus one.",
        ),
        Mistake(
            _one_hot_block,
            "`rows[:, y] = 1` sets the columns y in every row. Two index arrays are read in pairs: "
            "`rows[np.arange(len(y)), y]`.",
        ),
        Mistake(
            lambda y, num_classes: np.eye(num_classes)[y].T,
            "that is transposed: one row for each label, one column for each class.",
        ),
        Mistake(
            lambda y, num_classes: np.eye(num_classes)[y - 1],
            "classes count from 0: class 0 has its 1 in the first column.",
        ),
        Mistake(
            lambda y, num_classes: np.eye(num_classes),
            "that is a row for each class. Pick the rows of the labels from it.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. Squared distances


def _squared_distances(A, B):
    return np.sum((A[:, None, :] - B[None, :, :]) ** 2, axis=-1)


check_squared_distances = Exercise(
    "squared_distances",
    difficulty=2,
    reference=_squared_distances,
    task="Return the (N, M) array of squared distances between rows.",
    success="the table agrees for several shapes, also where both have as many rows as columns, and for equal rows.",
    cases=[
        Case(np.array([[0.0, 0.0], [3.0, 4.0], [1.0, -1.0]]), np.array([[0.0, 1.0], [6.0, 8.0]])),
        Case(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [4.0, -2.0, 3.0]])),
        Case(np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[2.0, 0.0], [7.0, 1.0]])),
    ],
    mistakes=[
        Mistake(
            lambda A, B: np.sqrt(_squared_distances(A, B)),
            "those are the distances. Their squares are asked for: leave out the root.",
        ),
        Mistake(
            lambda A, B: _squared_distances(B, A),
            "that is transposed: rows belong to A, columns to B.",
        ),
        Mistake(
            lambda A, B: np.sum(np.abs(A[:, None, :] - B[None, :, :]), axis=-1),
            "you add the sizes of the differences. Add their squares.",
        ),
        Mistake(
            lambda A, B: np.sum(A[:, None, :] - B[None, :, :], axis=-1) ** 2,
            "square first, then add: differences of opposite sign cancel in the sum.",
        ),
        Mistake(
            lambda A, B: np.mean((A[:, None, :] - B[None, :, :]) ** 2, axis=-1),
            "that is the mean over the coordinates. The squared distance is their sum.",
        ),
        Mistake(
            lambda A, B: A @ B.T,
            "those are dot products. |a − b|² = |a|² − 2 a·b + |b|² turns them into distances.",
        ),
        Mistake(
            lambda A, B: np.sum(A**2, axis=1)[:, None] - A @ B.T + np.sum(B**2, axis=1),
            "in |a − b|² = |a|² − 2 a·b + |b|² the product counts twice.",
        ),
        Mistake(
            lambda A, B: (A[:, None, :] - B[None, :, :]) ** 2,
            "the squares of the single coordinates are left standing: sum over the last axis.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 4. A measured gradient


def _measured_with(slope):
    """Make a version that uses ``slope(function, x, index, h)`` along every entry."""

    def version(function, x, h=1e-5):
        gradient = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            gradient[index] = slope(function, x, index, h)
        return gradient

    return version


def _moved(x, index, by):
    x = x.copy()
    x[index] += by
    return x


def _two_sided(function, x, index, h):
    return (function(_moved(x, index, h)) - function(_moved(x, index, -h))) / (2 * h)


def _all_entries_at_once(function, x, h=1e-5):
    return np.full(x.shape, (function(x + h) - function(x - h)) / (2 * h))


def _moves_and_stays(function, x, h=1e-5):
    x = x.copy()
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = function(x)
        x[index] -= 2 * h
        gradient[index] = (above - function(x)) / (2 * h)
    return gradient


def _square_and_product(x):
    return float(np.sum(x**2) + np.prod(x))


def _wavy(x):
    return float(np.sum(np.sin(x)) + 0.5 * np.sum(x) ** 3)


check_measured_gradient = Exercise(
    "measured_gradient",
    difficulty=2,
    reference=_measured_with(_two_sided),
    task="Move one entry at a time to both sides, and divide the difference of the values by 2h.",
    success="the slopes agree for one entry, a row and a table, at small and at large steps, and x is not changed.",
    tolerance=1e-7,
    cases=[
        Case(_square_and_product, np.array([1.5, -0.5, 2.0])),
        Case(_wavy, np.array([[0.3, -0.7], [1.1, 0.4]])),
        Case(_wavy, np.array([0.8]), h=0.1),
        Case(_square_and_product, np.array([0.5, 1.0]), h=0.25),
        Case(_wavy, np.array([0.5, -0.2, 0.9]), h=0.2),
    ],
    mistakes=[
        Mistake(
            _measured_with(lambda f, x, index, h: (f(_moved(x, index, h)) - f(x)) / h),
            "that is the slope to the right alone. To both sides, the bend cancels: (R.1).",
        ),
        Mistake(
            _measured_with(lambda f, x, index, h: (f(x) - f(_moved(x, index, -h))) / h),
            "that is the slope to the left alone. To both sides, the bend cancels: (R.1).",
        ),
        Mistake(
            _measured_with(lambda f, x, index, h: 2 * _two_sided(f, x, index, h)),
            "from x − h to x + h it is 2h: divide by that.",
        ),
        Mistake(
            _measured_with(lambda f, x, index, h: _two_sided(f, x, index, h) * h),
            "check the division: `/ 2 * h` divides by 2 and multiplies by h. Write `/ (2 * h)`.",
        ),
        Mistake(
            _measured_with(lambda f, x, index, h: -_two_sided(f, x, index, h)),
            "the sign is turned: value above minus value below.",
        ),
        Mistake(
            _all_entries_at_once,
            "you move all entries at once. A partial derivative moves one and holds the others.",
        ),
        Mistake(
            _moves_and_stays,
            "an entry that has been moved is not put back, so the next ones are measured elsewhere.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. A Gaussian log-likelihood


def _gaussian_log_likelihood(y, mean, deviation):
    return np.sum(-0.5 * np.log(2 * np.pi * deviation**2) - 0.5 * ((y - mean) / deviation) ** 2)


def _log_of_density(y, mean, deviation):
    density = np.exp(-0.5 * ((y - mean) / deviation) ** 2) / np.sqrt(2 * np.pi * deviation**2)
    return np.sum(np.log(density))


check_gaussian_log_likelihood = Exercise(
    "gaussian_log_likelihood",
    difficulty=2,
    reference=_gaussian_log_likelihood,
    task="Sum the logarithms of the densities, worked out on paper.",
    success="the sum agrees for one value and several, small and large deviations, and fifty deviations away.",
    cases=[
        Case(np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.5, 3.0]), 1.0),
        Case(np.array([0.2]), np.array([-0.3]), 0.25),
        Case(np.array([3.0, -1.0]), np.array([0.0, 1.0]), 4.0),
        Case(np.array([50.0]), np.array([0.0]), 1.0),
    ],
    mistakes=[
        Mistake(
            _log_of_density,
            "fifty deviations away the density is 0 in float64, and its logarithm −inf. Take the logarithm on paper "
            "first.",
        ),
        Mistake(
            lambda y, mean, deviation: -_gaussian_log_likelihood(y, mean, deviation),
            "that is minus the log-likelihood, which is minimised. Here the log-likelihood itself is asked for.",
        ),
        Mistake(
            lambda y, mean, deviation: _gaussian_log_likelihood(y, mean, deviation) / len(y),
            "that is the mean over the values. Independent values multiply, so their logarithms add.",
        ),
        Mistake(
            lambda y, mean, deviation: np.sum(-0.5 * ((y - mean) / deviation) ** 2),
            "the factor in front of the exponential is missing: it adds −½ ln(2πs²) for every value.",
        ),
        Mistake(
            lambda y, mean, deviation: (
                -0.5 * np.log(2 * np.pi * deviation**2) - 0.5 * np.sum(((y - mean) / deviation) ** 2)
            ),
            "the term −½ ln(2πs²) belongs to every value, not once to the sum.",
        ),
        Mistake(
            lambda y, mean, deviation: np.sum(
                -0.5 * np.log(2 * np.pi * deviation) - 0.5 * ((y - mean) ** 2 / deviation)
            ),
            "you use the standard deviation where the variance stands: square it.",
        ),
        Mistake(
            lambda y, mean, deviation: np.sum(-0.5 * np.log(2 * np.pi * deviation**2) - ((y - mean) / deviation) ** 2),
            "the exponent is half of the squared distance: a ½ is missing.",
        ),
        Mistake(
            lambda y, mean, deviation: np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * ((y - mean) / deviation) ** 2),
            "the density is lower the wider it is: ln s is missing from each term.",
        ),
        Mistake(
            lambda y, mean, deviation: _gaussian_log_likelihood(y, mean, deviation) / np.log(2),
            "that is in base 2. Natural logarithms are meant throughout the course.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 6. KL, with zeros


def _kl_divergence(p, q):
    happens = p > 0
    if np.any(q[happens] == 0):
        return math.inf
    return np.sum(p[happens] * np.log(p[happens] / q[happens]))


def _kl_with(change):
    """Make a version of the right answer that is changed by ``change(result, p, q)``."""
    return lambda p, q: change(_kl_divergence(p, q), p, q)


check_kl_divergence = Exercise(
    "kl_divergence",
    difficulty=3,
    reference=_kl_divergence,
    task="Sum p (ln p − ln q) over the events with p above 0; infinite where one of them has q = 0.",
    success="the divergence agrees, is zero for equal distributions, and is right where p or q is zero.",
    cases=[
        Case(np.array([0.5, 0.25, 0.25]), np.array([1 / 3, 1 / 3, 1 / 3])),
        Case(np.array([0.9, 0.1]), np.array([0.2, 0.8])),
        Case(np.array([0.3, 0.7]), np.array([0.3, 0.7])),
        Case(np.array([0.0, 1.0, 0.0]), np.array([0.25, 0.5, 0.25])),
        Case(np.array([0.5, 0.5, 0.0]), np.array([0.75, 0.25, 0.0])),
        Case(np.array([0.5, 0.5]), np.array([1.0, 0.0])),
    ],
    mistakes=[
        Mistake(
            lambda p, q: np.sum(p * np.log(p / q)),
            "0 · ln 0 is nan for NumPy, and 0 in the limit: leave out the events with p = 0.",
        ),
        Mistake(
            lambda p, q: np.sum(p * (np.log(p) - np.log(q))),
            "0 · ln 0 is nan for NumPy, and 0 in the limit: leave out the events with p = 0.",
        ),
        Mistake(
            lambda p, q: _kl_divergence(q, p),
            "p and q are exchanged: the mean is taken over p, from which the events come.",
        ),
        Mistake(
            _kl_with(lambda result, p, q: -result),
            "the sign is turned: ln p − ln q. The divergence is never negative.",
        ),
        Mistake(
            _kl_with(lambda result, p, q: -np.sum(p[p > 0] * np.log(q[p > 0]))),
            "that is the cross-entropy. Take off the entropy of p; for p = q nothing is left.",
        ),
        Mistake(
            lambda p, q: np.sum(p[(p > 0) & (q > 0)] * np.log(p[(p > 0) & (q > 0)] / q[(p > 0) & (q > 0)])),
            "an event that happens although q calls it impossible makes the divergence infinite; you leave it out.",
        ),
        Mistake(
            lambda p, q: np.sum(p * np.log((p + 1e-12) / (q + 1e-12))),
            "a small number in the logarithms makes a finite answer where it is infinite. Treat the zeros exactly.",
        ),
        Mistake(
            _kl_with(lambda result, p, q: result / np.log(2)),
            "that is in bits. With the natural logarithm it is in nats.",
        ),
        Mistake(
            _kl_with(lambda result, p, q: result / len(p)),
            "that is divided by the number of events. The mean is weighted by p, which sums to 1 already.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 7. The variance of a neuron's sum


def _variance_of_sum(num_inputs, weight_variance, input_mean, input_variance):
    return num_inputs * weight_variance * (input_variance + input_mean**2)


check_variance_of_sum = Exercise(
    "variance_of_sum",
    difficulty=3,
    reference=_variance_of_sum,
    task="Find the variance of one product w x, and from it that of the sum.",
    success="the variance agrees for inputs with mean zero and without, and for constant inputs.",
    cases=[
        Case(784, 1 / 784, 0.0, 1.0),
        Case(100, 0.02, 0.5, 2.0),
        Case(10, 0.3, -1.5, 0.25),
        Case(4, 2.0, 3.0, 0.0),
    ],
    mistakes=[
        Mistake(
            lambda n, w, mean, x: n * w * x,
            "that holds for inputs of mean zero. E[w²x²] = Var w · E[x²], and E[x²] is the variance plus the squared "
            "mean.",
        ),
        Mistake(lambda n, w, mean, x: w * (x + mean**2), "that is one product. The variances of all of them add."),
        Mistake(
            lambda n, w, mean, x: n**2 * w * (x + mean**2),
            "variances of independent terms add, which gives n of them. n² is what n equal terms would give.",
        ),
        Mistake(
            lambda n, w, mean, x: n * w * (x + mean),
            "the mean comes in squared: E[x²] = Var x + E[x]².",
        ),
        Mistake(
            lambda n, w, mean, x: n * w * (x - mean**2),
            "E[x²] is Var x *plus* the squared mean.",
        ),
        Mistake(
            lambda n, w, mean, x: math.sqrt(n * w * (x + mean**2)),
            "that is the standard deviation. The variance is asked for.",
        ),
        Mistake(
            lambda n, w, mean, x: n * (w + x + mean**2),
            "variances of sums add, those of products multiply.",
        ),
        Mistake(
            lambda n, w, mean, x: n * w**2 * (x + mean**2),
            "weight_variance is a variance already: do not square it.",
        ),
    ],
)
