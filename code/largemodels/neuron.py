"""One neuron over points in a plane: its output, its decision, its loss, and steps down that loss (chapter 1).

The neuron computes z = w₁x₁ + w₂x₂ + b and f(z). Whatever f is, it decides by the sign of the sum: class 1 where z > 0,
class 0 elsewhere. So the line z = 0 alone says which points it gets right; f says how the output changes across it.
"""

import math
from dataclasses import dataclass

import numpy as np

from largemodels.activations import relu, sigmoid
from largemodels.points import PointSet, load_points

ACTIVATIONS = ("step", "sigmoid", "tanh", "relu", "identity")

TARGETS = {"step": (0, 1), "sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, 1), "identity": (-1, 1)}
"""The output wanted for class 0 and for class 1, by activation."""

LEARNING_RATE = 0.3
"""η of :func:`gradient_step`."""

LARGEST_WEIGHT = 10.0
"""Weights and bias stay from -10 to 10."""


@dataclass(frozen=True, eq=False)
class NeuronRun:
    """What one neuron makes of a set of points.

    Attributes
    ----------
    z, outputs : ndarray (N,)
        The sum w₁x₁ + w₂x₂ + b and the output f(z) of each point.
    targets : ndarray (N,)
        The output wanted of each, one of :data:`TARGETS`.
    right : ndarray (N,) of bool
        Whether z > 0 exactly where the class is 1.
    num_right, num_points : int
        How many are right, of how many.
    turned_right : int
        How many would be right with every sign turned, that is, with -w₁, -w₂, -b.
    most_right : int
        How many the best line gets right.
    most_frequent : int
        How many are right if all points are given the more frequent class.
    loss_name : str
        "cross_entropy" for the sigmoid, otherwise "squared_error".
    loss : float
        Its mean over the points. For the step it is the share of wrong points.
    gradient : (float, float, float) or None
        ∂L/∂w₁, ∂L/∂w₂, ∂L/∂b; None for the step, whose slope is 0 wherever it has one.
    next : (float, float, float) or None
        w₁, w₂, b after one :func:`gradient_step`; None for the step.
    training : str
        "no_slope" for the step, "moves", "at_rest" (the step is too small to change a weight), "at_limit" (it would
        leave the range), or "dead" (ReLU with z ≤ 0 for every point, so that no slope is left).
    line : str
        "none" if both weights are 0, otherwise "inside" or "outside" of the points' window.
    segment : ndarray (2, 2) or None
        The ends of the line inside the window, one a row.
    verdict : str
        "no_line", "separates" (all right), "as_good_as_a_line_gets", "no_better_than_constant", "in_between".
    """

    z: np.ndarray
    outputs: np.ndarray
    targets: np.ndarray
    right: np.ndarray
    num_right: int
    num_points: int
    turned_right: int
    most_right: int
    most_frequent: int
    loss_name: str
    loss: float
    gradient: tuple | None
    next: tuple | None
    training: str
    line: str
    segment: np.ndarray | None
    verdict: str


def run_neuron(dataset, w1, w2, b, activation="sigmoid"):
    """Run one neuron over a set of points and judge it.

    Parameters
    ----------
    dataset : str or PointSet
        One of :data:`~largemodels.points.DATASETS`, or such a set itself.
    w1, w2, b : float
        Weights and bias, each from -10 to 10.
    activation : str
        One of :data:`ACTIVATIONS`.

    Returns
    -------
    NeuronRun

    Raises
    ------
    ValueError
        If a setting is not one of these; the message says what was expected and what came.
    """
    points = dataset if isinstance(dataset, PointSet) else load_points(dataset)
    _check(w1, w2, b, activation)
    w1, w2, b = float(w1), float(w2), float(b)
    is_one = points.y == 1
    z = neuron_sum(points.X, w1, w2, b)
    low, high = TARGETS[activation]
    targets = np.where(is_one, high, low)
    right = (z > 0) == is_one
    turned = (-z > 0) == is_one
    num_points, num_ones = len(points.y), int(is_one.sum())
    most_frequent = max(num_ones, num_points - num_ones)

    gradient = moved = None
    training = "no_slope"
    if activation != "step":
        gradient = loss_gradient(points, w1, w2, b, activation)
        moved = gradient_step(points, w1, w2, b, activation)
        training = _training(activation, z, (w1, w2, b), gradient, moved)
    line, segment = visible_line(w1, w2, b, points.window)
    num_right = int(right.sum())
    if line == "none":
        verdict = "no_line"
    elif num_right == num_points:
        verdict = "separates"
    elif num_right == points.most_right:
        verdict = "as_good_as_a_line_gets"
    else:
        verdict = "no_better_than_constant" if num_right <= most_frequent else "in_between"
    return NeuronRun(
        z=z,
        outputs=activate(activation, z),
        targets=targets,
        right=right,
        num_right=num_right,
        num_points=num_points,
        turned_right=int(turned.sum()),
        most_right=points.most_right,
        most_frequent=most_frequent,
        loss_name="cross_entropy" if activation == "sigmoid" else "squared_error",
        loss=mean_loss(points, w1, w2, b, activation),
        gradient=gradient,
        next=moved,
        training=training,
        line=line,
        segment=segment,
        verdict=verdict,
    )


def neuron_sum(X, w1, w2, b):
    """Return z = w₁x₁ + w₂x₂ + b for each row of X (N, 2), added in this order; z (N,)."""
    return w1 * X[:, 0] + w2 * X[:, 1] + b


def activate(activation, z):
    """Return f(z), element by element, for one of :data:`ACTIVATIONS`; the step is 1 where z > 0, else 0."""
    functions = {
        "step": lambda z: np.where(z > 0, 1.0, 0.0),
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "identity": np.array,
    }
    return functions[activation](np.asarray(z, dtype=np.float64))


def mean_loss(points, w1, w2, b, activation):
    """Return the mean loss of the neuron over the points.

    For the sigmoid it is the binary cross-entropy, -log f(z) for class 1 and -log (1 - f(z)) for class 0, in nats,
    computed from z so that it stays finite. For the others it is the squared error (f(z) - target)².
    """
    z = neuron_sum(points.X, w1, w2, b)
    if activation == "sigmoid":
        losses = np.maximum(z, 0) - z * points.y + np.log1p(np.exp(-np.abs(z)))
    else:
        errors = activate(activation, z) - _targets(points, activation)
        losses = errors * errors
    return _sum_in_order(losses) / len(z)


def loss_gradient(points, w1, w2, b, activation):
    """Return ∂L/∂w₁, ∂L/∂w₂, ∂L/∂b of :func:`mean_loss`.

    Each is a mean over the points of ∂ℓ/∂z times x₁, x₂ and 1. ∂ℓ/∂z is f(z) - target for the sigmoid with its
    cross-entropy, and 2 (f(z) - target) f'(z) for the squared errors; ReLU's slope at z = 0 is taken as 0.

    Raises
    ------
    ValueError
        For the step: its slope is 0 wherever it has one.
    """
    z = neuron_sum(points.X, w1, w2, b)
    if activation == "step":
        raise ValueError("the step has no gradient to follow: its slope is 0 wherever it has one")
    outputs = activate(activation, z)
    errors = outputs - _targets(points, activation)
    if activation == "sigmoid":
        dz = errors
    elif activation == "tanh":
        dz = 2 * errors * (1 - outputs * outputs)
    elif activation == "relu":
        dz = 2 * errors * (z > 0)
    else:
        dz = 2 * errors
    return tuple(_sum_in_order(dz * x) / len(z) for x in (points.X[:, 0], points.X[:, 1], np.ones(len(z))))


def gradient_step(points, w1, w2, b, activation, learning_rate=LEARNING_RATE):
    """Return w₁, w₂, b one step further down the mean loss.

    Each weight moves by -η times its part of the gradient, is rounded to four decimals, and is kept from -10 to 10.
    """
    gradient = loss_gradient(points, w1, w2, b, activation)
    return tuple(_kept(weight - learning_rate * slope) for weight, slope in zip((w1, w2, b), gradient, strict=True))


def train_neuron(dataset, w1, w2, b, activation, num_steps):
    """Take gradient steps, as the lab does when it trains.

    Returns
    -------
    path : ndarray (num_steps + 1, 3)
        w₁, w₂, b at the start and after each step.
    """
    points = dataset if isinstance(dataset, PointSet) else load_points(dataset)
    _check(w1, w2, b, activation)
    path = [(float(w1), float(w2), float(b))]
    for _ in range(num_steps):
        path.append(gradient_step(points, *path[-1], activation))
    return np.array(path)


def visible_line(w1, w2, b, window):
    """Say whether the line w₁x₁ + w₂x₂ + b = 0 crosses a square window, and where.

    Returns
    -------
    line : str
        "none", "inside" or "outside"; see :class:`NeuronRun`.
    segment : ndarray (2, 2) or None
        Its two ends in the window.
    """
    if w1 == 0 and w2 == 0:
        return "none", None
    low, high = window
    corners = [w1 * x1 + w2 * x2 + b for x1 in window for x2 in window]
    if min(corners) > 0 or max(corners) < 0:
        return "outside", None
    # Along the coordinate that has the smaller weight, the other one changes no faster than it does.
    steep = abs(w1) > abs(w2)
    along, across = (w2, w1) if steep else (w1, w2)
    first, last = (-(along * end + b) / across for end in window)
    enter, leave = 0.0, 1.0
    if first != last:
        crossings = ((low - first) / (last - first), (high - first) / (last - first))
        enter, leave = max(enter, min(crossings)), min(leave, max(crossings))
    leave = max(enter, leave)
    ends = [
        (low + share * (high - low), min(high, max(low, first + share * (last - first)))) for share in (enter, leave)
    ]
    return "inside", np.array([end[::-1] for end in ends] if steep else ends)


def _check(w1, w2, b, activation):
    for name, value in (("w1", w1), ("w2", w2), ("b", b)):
        if not abs(value) <= LARGEST_WEIGHT:  # NaN is not
            raise ValueError(f"{name} must be from {-LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}; got {value!r}")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; got {activation!r}")


def _targets(points, activation):
    low, high = TARGETS[activation]
    return np.where(points.y == 1, high, low)


def _sum_in_order(values):
    """Add from first to last, as a loop does; np.sum adds in pairs and may differ in the last bit."""
    return float(np.cumsum(values)[-1])


def _kept(value):
    return min(LARGEST_WEIGHT, max(-LARGEST_WEIGHT, math.floor(value * 10_000 + 0.5) / 10_000)) + 0.0


def _training(activation, z, weights, gradient, moved):
    if activation == "relu" and not np.any(z > 0):
        return "dead"
    if moved != weights:
        return "moves"
    ahead = [weight - LEARNING_RATE * slope for weight, slope in zip(weights, gradient, strict=True)]
    return "at_limit" if any(abs(value) > LARGEST_WEIGHT for value in ahead) else "at_rest"
