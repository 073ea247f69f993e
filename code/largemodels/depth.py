"""Training deep dense networks with the engine of chapter 3, to see what vanishing gradients do."""

from itertools import pairwise

import numpy as np

from largemodels import autodiff
from largemodels.checks import positive_number, whole_number


def start_deep_network(sizes, variance, rng):
    """Draw the weights of a dense network; biases start at zero.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of units from the input to the output, such as (784, 64, 64, 10).
    variance : float
        The weights between hidden layers have variance ``variance / D_in``; those of the first and the last layer
        have ``1 / D_in``, so that networks differ in their inside only.
    rng : numpy.random.Generator

    Returns
    -------
    layers : list of (ndarray, ndarray)
        Weights (D_in, D_out) and biases (D_out,) of each layer.
    """
    sizes = [whole_number("size of a layer", size, minimum=1) for size in sizes]
    if len(sizes) < 3:
        raise ValueError(f"sizes must name the input, at least one hidden layer and the output; got {sizes}")
    variance = positive_number("variance", variance)
    variances = [1.0, *[variance] * (len(sizes) - 3), 1.0]
    return [
        (rng.normal(size=(rows, columns)) * np.sqrt(v / rows), np.zeros(columns))
        for (rows, columns), v in zip(pairwise(sizes), variances, strict=True)
    ]


def train_deep(loss_of, X, y, variance, depth=20, width=64, num_epochs=5, learning_rate=0.02, batch_size=50, seed=0):
    """Train a deep network by mini-batch gradient descent and return its mean loss in each epoch.

    Parameters
    ----------
    loss_of : callable
        ``loss_of(X, y, layers)`` returns the loss as a :class:`largemodels.autodiff.Node`; ``layers`` is a list of
        pairs of nodes, weights and biases, one pair for each layer.
    X : ndarray (N, D)
    y : ndarray of int (N,)
        Classes from 0 to 9.
    variance : float
        As in :func:`start_deep_network`.
    depth, width : int
        Number of hidden layers, and units in each.
    num_epochs, batch_size : int
        Every epoch goes through the examples in a new order; examples that do not fill a batch are left out of it.
    learning_rate : float
    seed : int
        The weights are drawn with ``default_rng(seed)``, the orders with ``default_rng(seed + 1)``.

    Returns
    -------
    losses : list of float
        One for each epoch: the mean over its mini-batches.
    """
    num_epochs = whole_number("num_epochs", num_epochs, minimum=1)
    depth, width = whole_number("depth", depth, minimum=1), whole_number("width", width, minimum=1)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    if len(X) < batch_size:
        raise ValueError(f"one batch needs {batch_size} examples; got {len(X)}")
    layers = start_deep_network([X.shape[1], *[width] * depth, 10], variance, np.random.default_rng(seed))
    rng, losses = np.random.default_rng(seed + 1), []
    for _ in range(num_epochs):
        order, batch_losses = rng.permutation(len(X)), []
        for start in range(0, len(X) - batch_size + 1, batch_size):
            batch = order[start : start + batch_size]
            nodes = [(autodiff.Node(W), autodiff.Node(b)) for W, b in layers]
            loss = loss_of(X[batch], y[batch], nodes)
            autodiff.backward(loss)
            layers = [
                (W.value - learning_rate * W.gradient, b.value - learning_rate * b.gradient) for W, b in nodes
            ]
            batch_losses.append(float(loss.value))
        losses.append(float(np.mean(batch_losses)))
    return losses
