"""The small convolutional network that reads digits: two convolutions, two poolings, one dense layer (chapter 5).

.. code-block:: text

    images (N, 28, 28)
    conv 1    3 x 3, 8 kernels, ReLU       (N, 26, 26, 8)
    pool 1    max over 2 x 2               (N, 13, 13, 8)
    conv 2    3 x 3, 16 kernels, ReLU      (N, 11, 11, 16)
    pool 2    max over 2 x 2               (N, 5, 5, 16)     the last row and column of conv 2 fill no window
    flatten   row by row, channels last    (N, 400)
    dense     10 logits                    (N, 10)

The parameters are one dict, in this order: W1 (3, 3, 1, 8), b1 (8,), W2 (3, 3, 8, 16), b2 (16,), W3 (400, 10),
b3 (10,); 5,258 numbers. ``largemodels.trained.load_digit_cnn()`` returns trained ones.
"""

import numpy as np

from largemodels.activations import relu, relu_backward, softmax
from largemodels.checks import random_generator
from largemodels.conv import conv2d_backward, conv2d_forward
from largemodels.initialisation import he_normal
from largemodels.layers import dense_backward, dense_forward
from largemodels.losses import softmax_cross_entropy, softmax_cross_entropy_backward
from largemodels.pooling import max_pool_backward, max_pool_forward

SHAPES = {"W1": (3, 3, 1, 8), "b1": (8,), "W2": (3, 3, 8, 16), "b2": (16,), "W3": (400, 10), "b3": (10,)}


def digit_cnn_forward(images, parameters):
    """Compute every layer of the network.

    Parameters
    ----------
    images : ndarray (N, 28, 28)
        Ink on paper: 0 is paper, 1 is full ink.
    parameters : dict of str to ndarray
        As in the module's text.

    Returns
    -------
    layers : dict of str to ndarray
        ``"conv1"`` and ``"conv2"`` (after ReLU), ``"pool1"``, ``"pool2"``, ``"logits"``, ``"probabilities"``, with the
        shapes of the module's text, in the order in which they are computed.

    Raises
    ------
    ValueError
        If a shape is not as in the module's text.
    """
    for name, shape in SHAPES.items():
        if np.shape(parameters[name]) != shape:
            raise ValueError(f"{name} must have the shape {shape}; got {np.shape(parameters[name])}")
    images = np.asarray(images, dtype=parameters["W1"].dtype)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"images must have the shape (N, 28, 28); got {images.shape}")
    conv1 = relu(conv2d_forward(images[..., None], parameters["W1"], parameters["b1"]))  # (N, 26, 26, 8)
    pool1 = max_pool_forward(conv1)  # (N, 13, 13, 8)
    conv2 = relu(conv2d_forward(pool1, parameters["W2"], parameters["b2"]))  # (N, 11, 11, 16)
    pool2 = max_pool_forward(conv2)  # (N, 5, 5, 16)
    logits = dense_forward(pool2.reshape(len(pool2), -1), parameters["W3"], parameters["b3"])  # (N, 10)
    return {
        "conv1": conv1,
        "pool1": pool1,
        "conv2": conv2,
        "pool2": pool2,
        "logits": logits,
        "probabilities": softmax(logits),
    }


def initialise_digit_cnn(rng, dtype=np.float64):
    """Draw starting parameters: weights with mean 0 and variance 2 / D_in (He et al., 2015), biases zero.

    Parameters
    ----------
    rng : numpy.random.Generator
    dtype : floating-point dtype

    Returns
    -------
    parameters : dict of str to ndarray
        For a convolution D_in is the number of weights behind one output: height x width x channels of a kernel.
    """
    random_generator("rng", rng)
    parameters = {}
    for name, shape in SHAPES.items():
        if name.startswith("b"):
            parameters[name] = np.zeros(shape, dtype)
        else:
            parameters[name] = he_normal(np.prod(shape[:-1]).item(), shape[-1], rng).reshape(shape).astype(dtype)
    return parameters


def digit_cnn_loss_and_gradients(images, y, parameters):
    """Mean cross-entropy of the network, and its gradient with respect to every parameter.

    Parameters
    ----------
    images : ndarray (N, 28, 28)
    y : ndarray (N,) of int
        True classes, from 0 to 9.
    parameters : dict of str to ndarray

    Returns
    -------
    loss : float
    gradients : dict of str to ndarray
        The names, order and shapes of the parameters.
    """
    W1, b1, W2, b2, W3, b3 = (parameters[name] for name in SHAPES)
    X = np.asarray(images, dtype=W1.dtype)[..., None]  # (N, 28, 28, 1)
    Z1 = conv2d_forward(X, W1, b1)
    A1 = relu(Z1)
    P1 = max_pool_forward(A1)
    Z2 = conv2d_forward(P1, W2, b2)
    A2 = relu(Z2)
    P2 = max_pool_forward(A2)
    flat = P2.reshape(len(P2), -1)  # (N, 400)
    logits = dense_forward(flat, W3, b3)
    loss = softmax_cross_entropy(logits, y)

    dlogits = softmax_cross_entropy_backward(logits, y)  # (N, 10)
    dflat, dW3, db3 = dense_backward(dlogits, flat, W3)
    dA2 = max_pool_backward(dflat.reshape(P2.shape), A2)
    dP1, dW2, db2 = conv2d_backward(relu_backward(dA2, Z2), P1, W2)
    dA1 = max_pool_backward(dP1, A1)
    _, dW1, db1 = conv2d_backward(relu_backward(dA1, Z1), X, W1, needs_dX=False)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
