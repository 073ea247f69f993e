"""Moved copies of images: more training data that costs nothing to label (chapter 1)."""

import numpy as np

from largemodels.checks import random_generator, whole_number


def shift_images(images, down, right):
    """Move every image by whole pixels; what leaves on one side is lost, and paper (0) comes in on the other.

    Parameters
    ----------
    images : ndarray (N, height, width)
        Left as it is.
    down, right : int
        Pixels; negative numbers move up and left.

    Returns
    -------
    shifted : ndarray (N, height, width), dtype of images

    Raises
    ------
    ValueError
        If images is not a stack of images.
    """
    images = np.asarray(images)
    if images.ndim != 3:
        raise ValueError(f"images must have the shape (N, height, width); got {images.shape}")
    _, height, width = images.shape
    shifted = np.zeros_like(images)
    shifted[:, max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = images[
        :, max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return shifted


def random_shifts(images, max_shift, rng):
    """Move each image by its own random number of pixels in both directions.

    Parameters
    ----------
    images : ndarray (N, height, width)
        Left as it is.
    max_shift : int
        At least 0. Each shift is drawn uniformly from -max_shift to max_shift.
    rng : numpy.random.Generator

    Returns
    -------
    shifted : ndarray (N, height, width), dtype of images

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.
    """
    max_shift = whole_number("max_shift", max_shift, minimum=0)
    random_generator("rng", rng)
    images = np.asarray(images)
    moves = rng.integers(-max_shift, max_shift + 1, size=(len(images), 2))
    shifted = np.empty_like(images)
    for down, right in np.unique(moves, axis=0):
        chosen = (moves == (down, right)).all(axis=1)
        shifted[chosen] = shift_images(images[chosen], int(down), int(right))
    return shifted
