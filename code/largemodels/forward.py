"""One example through a network of 2 inputs, 3 hidden units and 2 outputs, with every number kept (chapter 2).

    Z1 = x W1 + b1      A1 = f(Z1)      Z2 = A1 W2 + b2      Y = g(Z2)

The network is small enough to be worked by hand, and :func:`diagnose_guess` names the usual mistakes in doing so.
"""

import math
from dataclasses import dataclass

import numpy as np

from largemodels.activations import gelu, gelu_backward, relu, sigmoid, softmax, tanh

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "gelu")
OUTPUTS = ("identity", "sigmoid", "softmax")
UNITS = ("h1", "h2", "h3", "y1", "y2")
HIDDEN_FROM_VIEW = ("nothing", "outputs", "all")

LARGEST_INPUT = 3
"""Inputs go from minus this to this. A ReLU that is off for all of them is called dead."""

SATURATED_SHARE = 0.05
"""A unit is saturated where the size of its slope is below this share of the activation's largest slope."""

LARGEST_SLOPES = {
    "identity": 1.0,
    "sigmoid": 0.25,
    "tanh": 1.0,
    "relu": 1.0,
    # At z = √2, where its second derivative, (2 - z²) φ(z), is 0.
    "gelu": 0.5 * (1 + math.erf(1)) + math.sqrt(2) * math.exp(-1) / math.sqrt(2 * math.pi),
    "softmax": 0.25,
}

GUESS_TOLERANCE = 0.005 + 1e-9
"""A guess this near is right to two decimals; the last part forgives the rounding of a decimal fraction."""

NEARLY = 0.02
"""A guess this near is right but for rounding on the way."""

_TIE = 1e-9  # two numbers this near count as equal: their last bits depend on who computed tanh

_SMALL = {
    "x": (1.0, -0.5),
    "W1": (0.8, -0.5, 0.3, 0.4, 1.2, -0.6),
    "b1": (0.1, -0.2, 0.4),
    "W2": (1.0, -0.7, -0.9, 0.6, 0.5, 1.1),
    "b2": (0.2, -0.1),
}
PRESETS = {
    "small": {**_SMALL, "activation": "tanh", "output": "softmax"},
    "xor": {
        "x": (1.0, 0.0),
        "W1": (1.0, 1.0, 0.0, 1.0, 1.0, 0.0),
        "b1": (0.0, -1.0, 1.0),
        "W2": (-2.0, 2.0, 4.0, -4.0, 0.0, 0.0),
        "b2": (1.0, -1.0),
        "activation": "relu",
        "output": "softmax",
    },
    "saturated": {
        "x": (2.0, -1.5),
        "W1": (4.0, -3.0, 0.5, -4.0, 2.0, 0.4),
        "b1": (0.0, 0.0, 0.0),
        "W2": (2.0, -1.0, 1.0, 2.0, 1.5, -0.5),
        "b2": (-1.0, 0.0),
        "activation": "sigmoid",
        "output": "softmax",
    },
    "dead": {
        "x": (1.0, 1.0),
        "W1": (1.0, 0.5, -0.6, 0.5, -0.8, 0.9),
        "b1": (0.2, -5.0, 0.1),
        "W2": (0.6, -0.4, 3.0, -3.0, -0.5, 0.8),
        "b2": (0.0, 0.3),
        "activation": "relu",
        "output": "softmax",
    },
    "linear": {**_SMALL, "activation": "identity", "output": "identity"},
    "twins": {
        "x": (1.0, -0.5),
        "W1": (0.6, 0.6, 0.6, -0.4, -0.4, -0.4),
        "b1": (0.1, 0.1, 0.1),
        "W2": (0.5, -0.5, 0.5, -0.5, 0.5, -0.5),
        "b2": (0.0, 0.0),
        "activation": "tanh",
        "output": "softmax",
    },
}
"""Settings worth looking at, by name. "xor" is the network that solves XOR, worked out by hand in chapter 2."""


@dataclass(frozen=True)
class ForwardRun:
    """Everything that happens to one example on its way through the network.

    Attributes
    ----------
    x : ndarray (2,)
    W1 : ndarray (2, 3)
    b1 : ndarray (3,)
    W2 : ndarray (3, 2)
    b2 : ndarray (2,)
    activation, output, selected, hide : str
        As given.
    products1 : ndarray (2, 3)
        x[i] W1[i, j].
    Z1, A1 : ndarray (3,)
        Before and after the activation.
    products2 : ndarray (3, 2)
        A1[j] W2[j, k].
    Z2, Y : ndarray (2,)
        Before and after the output activation.
    exponentials : ndarray (2,) or None
        For softmax, exp(Z2 - max(Z2)); their sum is ``exponential_sum``.
    exponential_sum : float or None
    slopes1, slopes2 : ndarray (3,), (2,)
        Derivative of each unit's activation at its z; for softmax that of Y[k] by Z2[k], Y[k] (1 - Y[k]).
    states : dict
        By unit: "linear", "responds", "saturated" (see ``SATURATED_SHARE``), "dip" (GELU at its lowest point, which
        is flat but no plateau), and for ReLU "on", "off", "dead" (off for every input the lab allows).
    winner : int or None
        For softmax the more probable class, 0 or 1; None if the probabilities are equal, or without softmax.
    focus : int
        The output whose sum the contributions are about: the winner; else the selected output, or the first.
    contributions : ndarray (3,)
        What each hidden unit adds to Z2[winner] - Z2[other]; without a winner, to Z2[focus].
    strongest : int or None
        The hidden unit that contributes most: with a winner in its favour, otherwise in size. None if none does.
    identical : tuple of int
        Hidden units with the same weights and bias as another hidden unit: they compute the same number.
    collapsed_W, collapsed_b : ndarray (2, 2), (2,), or None
        Without an activation in between, Z2 = x W + b with W = W1 W2 and b = b1 W2 + b2.
    preset : str or None
        The preset that has these weights and activations, whatever its input.
    masked : (bool, bool)
        Whether the numbers of the hidden layer and of the output layer are hidden from view.
    num_multiplications, num_additions : int
        Of both layers, biases included, without the activations: 12 and 12.
    """

    x: np.ndarray
    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray
    activation: str
    output: str
    selected: str
    hide: str
    products1: np.ndarray
    Z1: np.ndarray
    A1: np.ndarray
    products2: np.ndarray
    Z2: np.ndarray
    Y: np.ndarray
    exponentials: np.ndarray | None
    exponential_sum: float | None
    slopes1: np.ndarray
    slopes2: np.ndarray
    states: dict
    winner: int | None
    focus: int
    contributions: np.ndarray
    strongest: int | None
    identical: tuple
    collapsed_W: np.ndarray | None
    collapsed_b: np.ndarray | None
    preset: str | None
    masked: tuple
    num_multiplications: int
    num_additions: int


def run_forward(x, W1, b1, W2, b2, activation="tanh", output="softmax", selected="h1", hide="nothing"):
    """Take one example through the network of two layers.

    Parameters
    ----------
    x : array_like of 2 numbers
    W1 : array_like of 6 numbers
        (2, 3), or its entries row by row.
    b1 : array_like of 3 numbers
    W2 : array_like of 6 numbers
        (3, 2), or its entries row by row.
    b2 : array_like of 2 numbers
    activation : str
        f, one of ``ACTIVATIONS``. GELU is the exact one, z Φ(z).
    output : str
        g, one of ``OUTPUTS``.
    selected : str
        The unit whose arithmetic is spelled out, one of ``UNITS``.
    hide : str
        What is hidden from view: "nothing", the numbers of the "outputs", or "all" that is computed.

    Returns
    -------
    ForwardRun

    Raises
    ------
    ValueError
        If an argument is not as above; the message says what was expected and what came.
    """
    x, W1, b1 = _entries("x", x, (2,)), _entries("W1", W1, (2, 3)), _entries("b1", b1, (3,))
    W2, b2 = _entries("W2", W2, (3, 2)), _entries("b2", b2, (2,))
    for name, value, choices in (
        ("activation", activation, ACTIVATIONS),
        ("output", output, OUTPUTS),
        ("selected", selected, UNITS),
        ("hide", hide, HIDDEN_FROM_VIEW),
    ):
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")

    # Product by product and sum by sum, as a hand does it; a matrix product may round in another order.
    products1 = x[:, None] * W1  # (2, 3)
    Z1 = products1[0] + products1[1] + b1  # (3,)
    A1 = activate(activation, Z1)  # (3,)
    products2 = A1[:, None] * W2  # (3, 2)
    Z2 = products2[0] + products2[1] + products2[2] + b2  # (2,)
    Y = activate(output, Z2)  # (2,)

    exponentials = exponential_sum = None
    if output == "softmax":
        exponentials = np.exp(Z2 - Z2.max())
        exponential_sum = float(exponentials.sum())
    slopes1, slopes2 = slope(activation, Z1), slope(output, Z2)
    states = {}
    for j in range(3):
        dead = bool(LARGEST_INPUT * abs(W1[0, j]) + LARGEST_INPUT * abs(W1[1, j]) + b1[j] <= 0)
        states[f"h{j + 1}"] = _state(activation, Z1[j], slopes1[j], dead)
    for k in range(2):
        states[f"y{k + 1}"] = _state(output, Z2[k], slopes2[k], False)

    winner = None
    if output == "softmax" and abs(Z2[0] - Z2[1]) > _TIE:
        winner = int(Z2[1] > Z2[0])
    focus = winner if winner is not None else int(selected == "y2")
    contributions = products2[:, focus] - (0 if winner is None else products2[:, 1 - winner])
    sizes = np.abs(contributions) if winner is None else contributions
    strongest = int(np.flatnonzero(sizes >= sizes.max() - _TIE)[0]) if sizes.max() > _TIE else None

    columns = [(W1[0, j], W1[1, j], b1[j]) for j in range(3)]
    identical = tuple(j for j in range(3) if columns.count(columns[j]) > 1)
    collapsed_W = collapsed_b = None
    if activation == "identity":
        collapsed_W, collapsed_b = W1 @ W2, b1 @ W2 + b2

    own = (tuple(W1.ravel()), tuple(b1), tuple(W2.ravel()), tuple(b2), activation, output)
    names = ("W1", "b1", "W2", "b2", "activation", "output")
    preset = next((key for key, values in PRESETS.items() if own == tuple(values[name] for name in names)), None)
    return ForwardRun(
        x=x,
        W1=W1,
        b1=b1,
        W2=W2,
        b2=b2,
        activation=activation,
        output=output,
        selected=selected,
        hide=hide,
        products1=products1,
        Z1=Z1,
        A1=A1,
        products2=products2,
        Z2=Z2,
        Y=Y,
        exponentials=exponentials,
        exponential_sum=exponential_sum,
        slopes1=slopes1,
        slopes2=slopes2,
        states=states,
        winner=winner,
        focus=focus,
        contributions=contributions,
        strongest=strongest,
        identical=identical,
        collapsed_W=collapsed_W,
        collapsed_b=collapsed_b,
        preset=preset,
        masked=(hide == "all", hide != "nothing"),
        num_multiplications=W1.size + W2.size,
        # A sum of D products takes D - 1 additions, and the bias one more.
        num_additions=W1.size + W2.size,
    )


def activate(name, Z):
    """Apply an activation by name: one of ``ACTIVATIONS`` or ``OUTPUTS``; softmax along the last axis."""
    functions = {"identity": np.array, "sigmoid": sigmoid, "tanh": tanh, "relu": relu, "gelu": gelu, "softmax": softmax}
    return functions[name](Z)


def slope(name, Z):
    """Return the derivative of an activation at each entry of Z; of softmax, that of each probability by its own z.

    Softmax is for two classes here: Z (..., 2).
    """
    Z = np.asarray(Z, dtype=float)
    if name == "identity":
        return np.ones_like(Z)
    if name == "sigmoid":
        return sigmoid(Z) * sigmoid(-Z)
    if name == "tanh":
        fading = np.exp(-np.abs(Z))
        return (2 * fading / (1 + fading * fading)) ** 2  # 1 - tanh(z)², which would round to 0 far out
    if name == "relu":
        return (Z > 0).astype(float)
    if name == "gelu":
        return gelu_backward(np.ones_like(Z), Z)
    probabilities = softmax(Z)
    return probabilities * probabilities[..., ::-1]  # of two classes, 1 - p is the other's probability


def unit_value(run, unit):
    """Return the output of one of ``UNITS``: the hidden unit's a, or the output's y."""
    return float((run.A1 if unit[0] == "h" else run.Y)[int(unit[1]) - 1])


def diagnose_guess(run, guess, unit=None):
    """Say whether a guess of a unit's output is right, and if not, which mistake gives that number.

    Parameters
    ----------
    run : ForwardRun
    guess : float
        What the reader worked out.
    unit : str, optional
        One of ``UNITS``; by default ``run.selected``.

    Returns
    -------
    verdict : str
        "right" (to two decimals); a mistake that leads to the guess, the first of those in :func:`mistakes`;
        "nearly" (within ``NEARLY``: rounded too early); or "wrong".
    """
    unit = run.selected if unit is None else unit
    correct = unit_value(run, unit)
    if abs(guess - correct) <= GUESS_TOLERANCE:
        return "right"
    for name, value in mistakes(run, unit):
        if abs(guess - value) <= GUESS_TOLERANCE:
            return name
    return "nearly" if abs(guess - correct) <= NEARLY + 1e-9 else "wrong"


def mistakes(run, unit):
    """List the known mistakes in working a unit by hand, as pairs of a name and the number it gives.

    Names: "forgot_bias", "forgot_activation", "forgot_both", "subtracted_bias", "lost_sign" (each product taken as
    positive), "transposed" (the matrix read along its rows), "other_weights_h2" (the weights of that unit, or all of
    it), and for outputs "hidden_z" (fed Z1 onwards in place of A1), with softmax "not_normalised" and
    "sigmoid_not_softmax".
    """
    at = int(unit[1]) - 1
    hidden = unit[0] == "h"
    inputs, W, b, name = (run.x, run.W1, run.b1, run.activation) if hidden else (run.A1, run.W2, run.b2, run.output)
    Z = run.Z1 if hidden else run.Z2
    products = run.products1 if hidden else run.products2

    def finish(z):
        """The unit's output if its own sum were z; the other sums of a softmax are right."""
        changed = np.array(Z)
        changed[at] = z
        return float(activate(name, changed)[at])

    def total(values):
        return sum(float(value) for value in values)

    listed = [
        ("forgot_bias", finish(Z[at] - b[at])),
        ("forgot_activation", float(Z[at])),
        ("forgot_both", float(Z[at] - b[at])),
        ("subtracted_bias", finish(Z[at] - 2 * b[at])),
    ]
    if not hidden:
        listed.append(("hidden_z", float(activate(name, total_of_rows(run.Z1[:, None] * W) + b)[at])))
    if name == "softmax":
        listed.append(("not_normalised", float(run.exponentials[at])))
        listed.append(("not_normalised", math.exp(min(700.0, Z[at]))))
        listed.append(("sigmoid_not_softmax", float(sigmoid(Z[at]))))
    listed.append(("lost_sign", finish(total(np.abs(products[:, at])) + b[at])))
    rows = W.ravel().reshape(W.shape[::-1])  # what the numbers are if read as (D_out, D_in)
    listed.append(("transposed", finish(total(inputs * rows[at]) + b[at])))
    for other in range(W.shape[1]):
        if other != at:
            key = f"other_weights_{unit[0]}{other + 1}"
            listed.append((key, finish(total(products[:, other]) + b[at])))
            listed.append((key, finish(Z[other])))
            listed.append((key, float((run.A1 if hidden else run.Y)[other])))
    return listed


def total_of_rows(products):
    """Add up the rows of ``products`` (D, D_out) one after the other."""
    total = products[0]
    for row in products[1:]:
        total = total + row
    return total


def _state(name, z, slope_at_z, dead):
    if name == "identity":
        return "linear"
    if name == "relu":
        return "on" if z > 0 else "dead" if dead else "off"
    if abs(slope_at_z) >= SATURATED_SHARE * LARGEST_SLOPES[name]:
        return "responds"
    return "dip" if name == "gelu" and z > -1.5 else "saturated"


def _entries(name, values, shape):
    array = np.array(values, dtype=float)
    if array.shape not in (shape, (math.prod(shape),)):
        raise ValueError(f"{name} must have the shape {shape}, or its entries row by row; got {array.shape}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must hold finite numbers; got {array.tolist()}")
    return array.reshape(shape)
