"""A fully connected ReLU classifier of any depth, its loss and its gradients (chapter 4).

The parameters are one dict, ``{"W1": (D_in, D_1), "b1": (D_1,), "W2": (D_1, D_2), ...}``. A network of one layer is
softmax regression. All functions are pure and compute in the dtype of the parameters, into which X is cast.
"""

import itertools

import numpy as np

from largemodels.activations import relu, relu_backward
from largemodels.checks import random_generator, whole_number
from largemodels.initialisation import he_normal
from largemodels.layers import dense_backward, dense_forward
from largemodels.losses import softmax_cross_entropy, softmax_cross_entropy_backward


def initialise_network(layer_sizes, rng, dtype=np.float64):
    """Draw the starting parameters of a network.

    Parameters
    ----------
    layer_sizes : sequence of int
        Numbers of units from input to output, such as ``[784, 64, 10]``; at least two, each at least 1.
    rng : numpy.random.Generator
        Drawn from in float64 whatever the dtype, so that networks of two dtypes start from the same numbers.
    dtype : floating-point dtype

    Returns
    -------
    parameters : dict of str to ndarray
        Weights normally distributed with mean 0 and variance 2 / D_in, biases zero.

    Raises
    ------
    ValueError, TypeError
        If there are fewer than two sizes, a size or the dtype is not allowed, or rng is not a Generator.

    Notes
    -----
    He et al. (2015): ReLU sets half of a layer's inputs to zero, and the factor 2 makes up for it, so the size of
    the activations stays about the same from layer to layer. The output layer has ReLU inputs as well.
    """
    random_generator("rng", rng)
    if not np.issubdtype(dtype, np.floating):
        raise TypeError(f"dtype must be a floating-point dtype; got {np.dtype(dtype)}")
    if len(layer_sizes) < 2:
        raise ValueError(f"layer_sizes must name at least an input and an output size; got {list(layer_sizes)}")
    sizes = [whole_number(f"layer_sizes[{index}]", size, minimum=1) for index, size in enumerate(layer_sizes)]
    parameters = {}
    for layer, (num_inputs, num_outputs) in enumerate(itertools.pairwise(sizes), start=1):
        parameters[f"W{layer}"] = he_normal(num_inputs, num_outputs, rng).astype(dtype)
        parameters[f"b{layer}"] = np.zeros(num_outputs, dtype)
    return parameters


def network_forward(X, parameters):
    """Compute the logits: dense layers with ReLU between them, none after the last.

    Parameters
    ----------
    X : ndarray (N, D_in)
        One example per row; images are flattened first.
    parameters : dict of str to ndarray
        As :func:`initialise_network` returns them.

    Returns
    -------
    logits : ndarray (N, K)
    cache : list of (ndarray, ndarray)
        For each layer its input and its Z, both needed to go backward.

    Raises
    ------
    ValueError
        If X is not a matrix of as many features as W1 has rows, or the parameters do not fit one another.
    """
    num_layers = _num_layers(parameters)
    A = _rows(X, parameters["W1"])
    cache = []
    for layer in range(1, num_layers + 1):
        Z = dense_forward(A, parameters[f"W{layer}"], parameters[f"b{layer}"])  # (N, D_layer)
        cache.append((A, Z))
        A = relu(Z)
    return Z, cache


def network_loss_and_gradients(X, y, parameters):
    """Mean cross-entropy of the network, and its gradient with respect to every parameter.

    Parameters
    ----------
    X : ndarray (N, D_in)
    y : ndarray (N,) of int
        True classes, from 0 to K - 1.
    parameters : dict of str to ndarray

    Returns
    -------
    loss : float
    gradients : dict of str to ndarray
        The names, order, shapes and dtypes of the parameters.

    Raises
    ------
    ValueError, TypeError
        As :func:`network_forward` and :func:`largemodels.losses.softmax_cross_entropy`.
    """
    logits, cache = network_forward(X, parameters)
    loss = softmax_cross_entropy(logits, y)
    gradients = dict.fromkeys(parameters)  # the order of the parameters, though the loop runs backward
    dZ = softmax_cross_entropy_backward(logits, y)  # (N, K)
    for layer in range(len(cache), 0, -1):
        A_previous, _ = cache[layer - 1]
        dA, gradients[f"W{layer}"], gradients[f"b{layer}"] = dense_backward(dZ, A_previous, parameters[f"W{layer}"])
        if layer > 1:
            _, Z_previous = cache[layer - 2]
            dZ = relu_backward(dA, Z_previous)  # (N, D_(layer - 1))
    return loss, gradients


def network_loss(X, y, parameters):
    """Mean cross-entropy of the network, as :func:`network_loss_and_gradients` but without going backward."""
    logits, _ = network_forward(X, parameters)
    return softmax_cross_entropy(logits, y)


def accuracy(X, y, parameters):
    """Share of the examples, from 0 to 1, whose largest logit is that of the true class.

    Parameters
    ----------
    X : ndarray (N, D_in)
    y : ndarray (N,) of int
    parameters : dict of str to ndarray

    Raises
    ------
    ValueError
        If y does not hold one class per row of X, or as :func:`network_forward`.
    """
    logits, _ = network_forward(X, parameters)
    # Comparing (N,) with (N, 1) or with one-hot rows would broadcast and give a number that means nothing.
    if np.shape(y) != (len(logits),):
        raise ValueError(f"y must hold one class per example, shape ({len(logits)},); got {np.shape(y)}")
    return float(np.mean(logits.argmax(axis=1) == y))


def _num_layers(parameters):
    """Number of layers of parameters whose names and shapes fit one another; raises ValueError if they do not."""
    num_layers = len(parameters) // 2
    expected = [f"{letter}{layer}" for layer in range(1, num_layers + 1) for letter in "Wb"]
    if num_layers == 0 or set(expected) != set(parameters):
        raise ValueError(f"parameters must be named W1, b1, W2, b2, …; got {', '.join(parameters) or 'none'}")
    for layer in range(1, num_layers):
        W, W_next = parameters[f"W{layer}"], parameters[f"W{layer + 1}"]
        if W.shape[-1] != W_next.shape[0]:
            raise ValueError(
                f"W{layer} gives {W.shape[-1]} features but W{layer + 1} expects {W_next.shape[0]}; "
                f"got W{layer} {W.shape}, W{layer + 1} {W_next.shape}"
            )
    return num_layers


def _rows(X, W1):
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(
            f"X must have one row per example, shape (N, {len(W1)}); got {X.shape}; "
            "X.reshape(len(X), -1) flattens images"
        )
    return X.astype(W1.dtype, copy=False)
