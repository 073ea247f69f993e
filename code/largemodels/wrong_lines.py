"""A backward pass in fourteen lines, and ways to get one of them wrong (chapter 3).

The network has two hidden layers of equal width, a skip connection, and softmax with cross-entropy. Its forward and
backward pass are kept as lines of text, so that one line can be exchanged and the symptom looked at:
:func:`diagnose` compares every gradient, those of the intermediate arrays included, with central differences.
"""

import numpy as np

from largemodels.activations import relu, softmax
from largemodels.checks import whole_number
from largemodels.gradcheck import numerical_gradient, relative_error

FORWARD = (
    "Z1 = X @ W1 + b1",
    "A1 = np.tanh(Z1)",
    "Z2 = A1 @ W2 + b2",
    "A2 = relu(Z2) + A1",
    "Z3 = A2 @ W3 + b3",
    "Y_hat = softmax(Z3)",
    "loss = -np.mean(np.log(Y_hat[np.arange(N), y]))",
)
BACKWARD = (
    "dZ3 = Y_hat.copy()",
    "dZ3[np.arange(N), y] -= 1",
    "dZ3 /= N",
    "dW3 = A2.T @ dZ3",
    "db3 = dZ3.sum(axis=0)",
    "dA2 = dZ3 @ W3.T",
    "dZ2 = dA2 * (Z2 > 0)",
    "dW2 = A1.T @ dZ2",
    "db2 = dZ2.sum(axis=0)",
    "dA1 = dZ2 @ W2.T",
    "dA1 += dA2",
    "dZ1 = dA1 * (1 - A1**2)",
    "dW1 = X.T @ dZ1",
    "db1 = dZ1.sum(axis=0)",
)
# Letter of the patient: number of the wrong line, counted from 1, and what stands there.
WRONG_LINES = {
    "A": (10, "dA1 = dZ2 @ W2"),
    "B": (3, "pass"),
    "C": (13, "dW1 = X.T @ dZ1 / N"),
    "D": (11, "dA1 = dA2"),
    "E": (12, "dZ1 = dA1 * (1 - Z1**2)"),
    "F": (9, "db2 = dZ2.sum(axis=1)"),
    "G": (2, "pass"),
    "H": (1, "dZ3 = Y_hat"),
    "I": (7, "dZ2 = dA2 * (dA2 > 0)"),
    "J": (4, "dW3 = A2.T @ dZ3; W3 = W3 - 0.5 * dW3"),
}
GRADIENTS = ("dZ3", "dW3", "db3", "dA2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1")  # from the loss back


def example_values(seed=0):
    """Draw inputs, classes and parameters: 6 examples, 8 features, two hidden layers of 6 units, 4 classes.

    Six examples and six units are chosen on purpose: a sum over the wrong axis, or a missing transposition, has the
    right shape.

    Returns
    -------
    values : dict of str
        X (6, 8), y (6,), N, W1 (8, 6), b1 (6,), W2 (6, 6), b2 (6,), W3 (6, 4), b3 (4,).
    """
    rng = np.random.default_rng(seed)
    sizes = (8, 6, 6, 4)
    values = {"N": 6, "X": rng.normal(size=(6, 8)), "y": np.array([0, 3, 1, 1, 2, 0])}
    for layer in (1, 2, 3):
        num_inputs, num_outputs = sizes[layer - 1 : layer + 1]
        values[f"W{layer}"] = rng.normal(size=(num_inputs, num_outputs)) / np.sqrt(num_inputs)
        values[f"b{layer}"] = 0.1 * rng.normal(size=num_outputs)
    return values


def run_forward(values, replace=None):
    """Run the forward lines.

    Parameters
    ----------
    values : dict of str
        As :func:`example_values` returns them; left as they are.
    replace : dict of str to ndarray, optional
        Values that take the place of an array as soon as it is computed: to nudge a hidden activation.

    Returns
    -------
    values : dict of str
        The given ones and every array that was computed, ``loss`` among them.
    """
    values = {**values, **(replace or {})}
    for line in FORWARD:
        _run(line, values)
        name = line.split(" = ")[0]
        if replace and name in replace:
            values[name] = replace[name]
    return values


def backward_lines(letter=None):
    """Return the backward lines: the right ones, or those of a patient, named by a letter of WRONG_LINES."""
    lines = list(BACKWARD)
    if letter is not None:
        if letter not in WRONG_LINES:
            raise ValueError(f"patients are {', '.join(WRONG_LINES)}; got {letter!r}")
        number, wrong = WRONG_LINES[letter]
        lines[number - 1] = wrong
    return lines


def run_backward(lines, values, num_runs=1):
    """Run backward lines on what :func:`run_forward` returned, and return the gradients from the loss back.

    The lines see the arrays themselves, not copies: a line that writes into one of them changes it for the next run.
    """
    num_runs = whole_number("num_runs", num_runs, minimum=1)
    for _ in range(num_runs):
        local = dict(values)
        for line in lines:
            _run(line, local)
    return {name: local[name] for name in GRADIENTS}


def measured_gradients(values):
    """Return central differences of the loss for every gradient that the backward lines compute."""
    cache = run_forward(values)

    def loss_of(name):
        return lambda array: run_forward(values, {name: array})["loss"]

    return {name: numerical_gradient(loss_of(name[1:]), cache[name[1:]]) for name in GRADIENTS}


def diagnose(letter=None, num_runs=1, values=None, tolerance=1e-6, lines=None):
    """Compare every gradient of a patient with a measurement.

    Parameters
    ----------
    letter : str or None
        The patient; None is the healthy backward pass.
    num_runs : int
        How often the backward lines run on one forward pass; the last run is compared.
    values : dict of str, optional
        As :func:`example_values` returns them, which is the default.
    tolerance : float
        Largest relative error (with a floor of 1e-4) that counts as right.
    lines : sequence of str, optional
        Backward lines to run in place of the patient's.

    Returns
    -------
    findings : dict of str to (float, float or None)
        In the order of the backward pass: relative error, and the factor by which the gradient is off where it is
        the same for all entries, else None.
    """
    values = example_values() if values is None else values
    lines = backward_lines(letter) if lines is None else lines
    claimed = run_backward(lines, run_forward(values), num_runs)
    findings = {}
    for name, measured in measured_gradients(values).items():
        error = relative_error(claimed[name], measured, floor=1e-4)
        factor = None
        if not error <= tolerance:
            large = np.abs(measured) > 1e-3
            factors = claimed[name][large] / measured[large]
            if factors.size and np.ptp(factors) < 1e-4 * abs(factors.mean()):
                factor = float(factors.mean())
        findings[name] = (error, factor)
    return findings


def report(letter=None, num_runs=1, values=None, tolerance=1e-6):
    """Return the findings of :func:`diagnose` as text: which gradients are right and which wrong, the loss's first."""
    findings = diagnose(letter, num_runs, values, tolerance)
    wrong = [name for name, (error, _) in findings.items() if not error <= tolerance]
    right = [name for name in findings if name not in wrong]
    lines = [f"right: {' '.join(right) or 'none'}", f"WRONG: {' '.join(wrong) or 'none'}"]
    if wrong:
        _, factor = findings[wrong[0]]
        how = "no common factor" if factor is None else f"{factor:.3f} times the true value in every entry"
        lines.append(f"first wrong: {wrong[0]}, {how}")
    return "\n".join(lines)


def cure(letter):
    """Put the right line back into a patient, run it twice, and return as text what was exchanged and what came out."""
    number, wrong = WRONG_LINES[letter]
    lines = backward_lines(letter)
    lines[number - 1] = BACKWARD[number - 1]
    worst = max(error for error, _ in diagnose(num_runs=2, lines=lines).values())
    verdict = "every gradient agrees with its measurement" if worst <= 1e-6 else f"still wrong, error {worst:.2g}"
    return f"line {number} was    {wrong}\nline {number} right  {lines[number - 1]}\ncured: {verdict}"


def listing(lines):
    """Return lines of code with their numbers, as text."""
    return "\n".join(f"{number:2d}  {line}" for number, line in enumerate(lines, start=1))


def _run(line, values):
    exec(line, {"np": np, "relu": relu, "softmax": softmax}, values)
