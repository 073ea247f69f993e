"""Points of two classes in a plane, for one neuron to tell apart (chapter 1).

Two sets are real, three are the logic functions. ``most_right`` says how many points the best line gets right, so that
a neuron's score can be read against what any line can reach.
"""

import functools
from dataclasses import dataclass

import numpy as np

DATASETS = ("tumours", "digits", "and", "or", "xor")

_NUM_REAL_POINTS = 160
_SEED = 0


@dataclass(frozen=True, eq=False)
class PointSet:
    """Points of two classes.

    Attributes
    ----------
    name : str
        One of :data:`DATASETS`.
    X : ndarray (N, 2), float64
        One point a row: x₁ and x₂, in hundredths.
    y : ndarray (N,), int64
        The class, 0 or 1.
    window : (float, float)
        The part of the plane to draw, the same from and to for both coordinates; every point lies inside.
    most_right : int
        How many points the best line puts on the right side; see :func:`most_right`.
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    window: tuple
    most_right: int

    def __repr__(self):
        return f"PointSet({self.name!r}, X {self.X.shape}, y {self.y.shape})"


@functools.cache
def load_points(name):
    """Load one of the sets; the arrays are read-only.

    Parameters
    ----------
    name : str
        "tumours": 160 of the 569 breast tumours of scikit-learn's table, drawn with a fixed seed. x₁ is the worst
        radius and x₂ the worst texture, where worst means the mean of the three largest values among the tumour's cell
        nuclei. Both are standardised over the whole table: 0 is its mean, 1 one standard deviation. Class 1 is
        malignant (60 points), class 0 benign (100).

        "digits": 160 of the handwritten 0s and 1s in the training split of
        :func:`~largemodels.data.load_digits_28`, drawn with a fixed seed. x₁ is the ink of the whole image, x₂ the ink
        of its 8 × 8 pixels in the middle, both standardised over all 0s and 1s of the split. Class 1 is the digit 1.

        "and", "or", "xor": the four pairs of 0 and 1 in the order of counting, and the value of the function.

    Returns
    -------
    PointSet

    Raises
    ------
    ValueError
        If there is no set of that name.

    Notes
    -----
    Source of the tumours: ``sklearn.datasets.load_breast_cancer``, a copy of W. Wolberg, O. Mangasarian, N. Street and
    W. Street, *Breast Cancer Wisconsin (Diagnostic)*, UCI Machine Learning Repository, 1993, doi:10.24432/C5DW2B.
    Licence: Creative Commons Attribution 4.0.
    """
    if name not in DATASETS:
        raise ValueError(f"dataset must be one of {', '.join(DATASETS)}; got {name!r}")
    X, y, window = {"tumours": _tumours, "digits": _zeros_and_ones}.get(name, lambda: _logic(name))()
    X.flags.writeable = y.flags.writeable = False
    return PointSet(name, X, y, window, most_right(X, y))


def most_right(X, y):
    """Return how many points the best line gets right: z > 0 for class 1 and z ≤ 0 for class 0, or turned round.

    It is exact. A line that splits the points in some way can be moved, without splitting them otherwise, until it
    touches two of them (or leaves all on one side). So it is enough to look at the line through each pair of points;
    the points on it may go to either side of a turn about a place between them.

    Parameters
    ----------
    X : ndarray (N, 2)
        The points. Coordinates are compared in hundredths, as whole numbers, so that no rounding decides a side.
    y : ndarray (N,)
        The class of each, 0 or 1.

    Returns
    -------
    int
        From N / 2 to N.
    """
    points = np.rint(np.asarray(X) * 100).astype(np.int64)  # (N, 2)
    is_one = np.asarray(y) == 1  # (N,)
    best = max(is_one.sum(), (~is_one).sum())  # all on one side
    for i, pivot in enumerate(points):
        directions = points[i + 1 :] - pivot  # (M, 2): one line for each later point
        offsets = points - pivot  # (N, 2)
        sides = directions[:, :1] * offsets[:, 1] - directions[:, 1:] * offsets[:, 0]  # (M, N)
        one_is_left = ((sides > 0) & is_one) | ((sides < 0) & ~is_one)  # who is right if class 1 lies on the left
        for right in (one_is_left, (sides != 0) & ~one_is_left):
            at_most = right.sum(axis=1) + (sides == 0).sum(axis=1)
            for line in np.flatnonzero(at_most > best):
                if np.any(directions[line]):
                    on_line = sides[line] == 0
                    positions = offsets[on_line] @ directions[line]
                    split = _most_right_of_a_split(positions, is_one[on_line])
                    best = max(best, right[line].sum() + split)
    return int(best)


def _most_right_of_a_split(positions, is_one):
    """Most points right if those up to some position go to one side and those beyond it to the other."""
    cuts = [-np.inf, *np.unique(positions)]
    right = [np.sum((positions <= cut) == is_one) for cut in cuts]
    return max(*right, *(len(positions) - count for count in right))


def _standardised(column):
    return (column - column.mean()) / column.std()


def _thinned(columns, y):
    """Standardise, draw the points, and round to hundredths: what is drawn is what is computed with."""
    X = np.stack([_standardised(column) for column in columns], axis=1)
    chosen = np.random.default_rng(_SEED).permutation(len(y))[:_NUM_REAL_POINTS]
    return np.round(X[chosen], 2) + 0.0, y[chosen].astype(np.int64)


def _tumours():
    from sklearn.datasets import load_breast_cancer  # takes a second, and who wants XOR need not wait

    table = load_breast_cancer()
    names = list(table.feature_names)
    columns = [table.data[:, names.index(name)] for name in ("worst radius", "worst texture")]
    X, y = _thinned(columns, table.target == list(table.target_names).index("malignant"))
    return X, y, (-2.6, 3.4)


def _zeros_and_ones():
    from largemodels.data import load_digits_28

    splits = load_digits_28()
    chosen = splits.y_train <= 1
    images = splits.X_train[chosen].astype(np.float64)
    X, y = _thinned([images.mean(axis=(1, 2)), images[:, 10:18, 10:18].mean(axis=(1, 2))], splits.y_train[chosen])
    return X, y, (-2.2, 3.0)


def _logic(name):
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}[name]
    return X, np.array(y, dtype=np.int64), (-0.6, 1.6)
