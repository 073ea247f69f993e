"""Features of handwritten digits made by hand: what a person thought worth measuring (chapter 1).

Every function takes images, ndarray (N, height, width), 0 for paper and 1 for full ink, and returns one row of
features per image. None of them has a parameter that is learned.
"""

import numpy as np


def ink(images):
    """Mean darkness of each image.

    Parameters
    ----------
    images : ndarray (N, height, width)

    Returns
    -------
    features : ndarray (N, 1), from 0 to 1

    Raises
    ------
    ValueError
        If images is not a stack of images.
    """
    images = _stack_of_images(images)
    return images.mean(axis=(1, 2))[:, None]


def profiles(images):
    """Ink of every row, then of every column: the shadows that the digit throws to the side and down.

    Parameters
    ----------
    images : ndarray (N, height, width)

    Returns
    -------
    features : ndarray (N, height + width), each from 0 to 1

    Raises
    ------
    ValueError
        If images is not a stack of images.
    """
    images = _stack_of_images(images)
    return np.concatenate([images.mean(axis=2), images.mean(axis=1)], axis=1)


def symmetry(images):
    """How much an image resembles its mirror image, left–right and top–bottom.

    .. code-block:: text

        symmetry = 1 - sum of |image - mirror image| / (2 * sum of image)

    Parameters
    ----------
    images : ndarray (N, height, width)

    Returns
    -------
    features : ndarray (N, 2)
        1 where image and mirror image are equal, 0 where no ink meets ink; 1 for an empty image.

    Raises
    ------
    ValueError
        If images is not a stack of images.
    """
    images = _stack_of_images(images)
    total = np.maximum(images.sum(axis=(1, 2)), 1e-12)
    across = np.abs(images - images[:, :, ::-1]).sum(axis=(1, 2))
    down = np.abs(images - images[:, ::-1, :]).sum(axis=(1, 2))
    return 1 - np.stack([across, down], axis=1) / (2 * total[:, None])


def orientation_histograms(images, cells=4, bins=8):
    """Directions of the brightness gradient, counted in each cell of a grid.

    A stroke has a gradient on either side, at right angles to it. Each pixel votes with the length of its gradient
    for the two bins whose directions are nearest, in proportion; opposite directions count as one. The votes of an
    image are divided by their Euclidean length, so a pale digit gives what a dark one gives.

    Parameters
    ----------
    images : ndarray (N, height, width)
    cells : int
        Cells along each side; it must divide height and width.
    bins : int
        Directions over half a turn; bin 0 is a gradient across the page (the edge of an upright stroke).

    Returns
    -------
    features : ndarray (N, cells * cells * bins)
        Ordered by cell from left to right and top to bottom, and in each cell by direction.

    Raises
    ------
    ValueError
        If images is not a stack of images or the cells do not fit.

    Notes
    -----
    A simple form of the histograms of oriented gradients of Dalal and Triggs (2005), without their overlapping blocks.
    """
    images = _stack_of_images(images)
    num_images, height, width = images.shape
    if height % cells or width % cells:
        raise ValueError(f"{cells} cells a side must divide height and width; got images {images.shape}")
    down, across = np.gradient(images, axis=(1, 2))  # each (N, height, width)
    length = np.hypot(across, down).ravel()
    position = ((np.arctan2(down, across) % np.pi) * bins / np.pi).ravel()  # in bins, from 0 to bins
    lower = np.floor(position).astype(int)
    share_above = position - lower
    row, column = np.indices((height, width))
    cell = (row * cells // height) * cells + column * cells // width  # (height, width)
    cell = (np.arange(num_images)[:, None, None] * cells**2 + cell).ravel()
    size = num_images * cells**2 * bins
    votes = np.bincount(cell * bins + lower % bins, weights=length * (1 - share_above), minlength=size)
    votes += np.bincount(cell * bins + (lower + 1) % bins, weights=length * share_above, minlength=size)
    votes = votes.reshape(num_images, -1)
    return votes / np.maximum(np.linalg.norm(votes, axis=1, keepdims=True), 1e-12)


def hand_made_features(images):
    """All features of this module side by side: ink, profiles, symmetry, orientation histograms.

    Parameters
    ----------
    images : ndarray (N, height, width)
        Height and width multiples of 4.

    Returns
    -------
    features : ndarray (N, 1 + height + width + 2 + 128)
        187 for the digits, 28 × 28.

    Raises
    ------
    ValueError
        As :func:`orientation_histograms`.
    """
    parts = [ink(images), profiles(images), symmetry(images), orientation_histograms(images)]
    return np.concatenate(parts, axis=1)


def _stack_of_images(images):
    images = np.asarray(images, dtype=np.float64)
    if images.ndim != 3:
        hint = "; images[None] makes a stack of one image" if images.ndim == 2 else ""
        raise ValueError(f"images must have the shape (N, height, width); got {images.shape}{hint}")
    return images
