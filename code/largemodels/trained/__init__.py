"""Weights of networks that were trained beforehand, each beside the script that made it.

digit_cnn.npz
    The network of :mod:`largemodels.digit_cnn`, trained by ``python -m largemodels.trained.train_digit_cnn`` on the
    training digits alone. An uncompressed NumPy archive of six float32 arrays in Keras's layout, images channels last:

    ======  ==================  ==============================================================================
    name    shape               meaning
    ======  ==================  ==============================================================================
    ``W1``  (3, 3, 1, 8)        kernels of the first convolution: row, column, channel in, channel out
    ``b1``  (8,)                its biases
    ``W2``  (3, 3, 8, 16)       kernels of the second convolution
    ``b2``  (16,)               its biases
    ``W3``  (400, 10)           dense layer; input (row * 5 + column) * 16 + channel of the last pooling
    ``b3``  (10,)               its biases; softmax of the ten outputs gives the probabilities of the digits 0 to 9
    ======  ==================  ==============================================================================
"""

from pathlib import Path

import numpy as np

DIGIT_CNN_FILE = Path(__file__).parent / "digit_cnn.npz"


def load_digit_cnn():
    """Load the trained weights of the network that reads digits.

    Returns
    -------
    parameters : dict of str to ndarray of float32
        W1, b1, W2, b2, W3, b3 in this order, which is also that of ``get_weights`` and ``set_weights`` of the same
        network in Keras. What each one is stands in the text of this module; what they compute, in
        :func:`largemodels.digit_cnn.digit_cnn_forward`.
    """
    with np.load(DIGIT_CNN_FILE) as archive:
        return {name: archive[name] for name in archive.files}
