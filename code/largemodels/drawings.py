"""Drawings of digits: a short text form, and the way MNIST's digits were scaled and centred (chapter 5).

A drawing is an image (28, 28), 0 is paper and 1 is full ink, in sixteen levels of ink: multiples of 1/15. As text it is
read row by row:

======================  =============================================================
``0`` … ``9, a`` … ``f``  one pixel of that level, 0 to 15
``g`` … ``z``             2 … 21 pixels of paper
``G`` … ``Z``             2 … 21 pixels of full ink
======================  =============================================================

Paper after the last ink is left out, so that the empty text is an empty sheet. A digit takes 100 to 200 characters.
"""

import numpy as np

SIZE = 28  # height and width of an image
BOX = 20  # height and width that MNIST's digits were scaled to fit into
FULL_INK = 15

_LEVELS = "0123456789abcdef"
_PAPER_RUNS = "ghijklmnopqrstuvwxyz"
_INK_RUNS = _PAPER_RUNS.upper()
_SHORTEST_RUN = 2
_LONGEST_RUN = _SHORTEST_RUN + len(_PAPER_RUNS) - 1

# Ink that is as near to one place as to the next goes down or right, whichever way its mean was rounded.
_TIE = 1e-9


def encode_drawing(image):
    """Write an image as text, its ink rounded to sixteen levels.

    Parameters
    ----------
    image : ndarray (28, 28)
        From 0 (paper) to 1 (full ink).

    Returns
    -------
    text : str
        The shortest text for these pixels, without paper at its end.

    Raises
    ------
    ValueError
        If the shape or a value is not as above.
    """
    image = _image(image)
    if not ((image >= 0) & (image <= 1)).all():  # NaN is not either
        raise ValueError(f"image must hold ink from 0 to 1; got values from {image.min():g} to {image.max():g}")
    levels = np.floor(image.ravel() * FULL_INK + 0.5).astype(int)
    end = int(levels.nonzero()[0][-1]) + 1 if levels.any() else 0
    text = []
    at = 0
    while at < end:
        level = levels[at]
        run = 1
        while level in (0, FULL_INK) and run < _LONGEST_RUN and at + run < end and levels[at + run] == level:
            run += 1
        if run < _SHORTEST_RUN:
            text.append(_LEVELS[level])
        else:
            text.append((_INK_RUNS if level else _PAPER_RUNS)[run - _SHORTEST_RUN])
        at += run
    return "".join(text)


def decode_drawing(text):
    """Read an image from its text.

    Parameters
    ----------
    text : str
        As in the module's text.

    Returns
    -------
    image : ndarray (28, 28) of float64
        Multiples of 1/15 from 0 to 1.

    Raises
    ------
    TypeError
        If it is no text.
    ValueError
        If it holds another character, or more than 784 pixels.
    """
    if not isinstance(text, str):
        raise TypeError(f"a drawing must be a text; got {text!r}")
    levels = []
    for place, character in enumerate(text, start=1):
        if character in _LEVELS:
            levels.append(_LEVELS.index(character))
        elif character in _PAPER_RUNS:
            levels += [0] * (_SHORTEST_RUN + _PAPER_RUNS.index(character))
        elif character in _INK_RUNS:
            levels += [FULL_INK] * (_SHORTEST_RUN + _INK_RUNS.index(character))
        else:
            raise ValueError(
                f"a drawing is written with the characters 0–9, a–z and G–Z; got {character!r} at place {place}"
            )
        if len(levels) > SIZE * SIZE:
            raise ValueError(f"a drawing has {SIZE * SIZE} pixels; the text has more from place {place} on")
    pixels = np.zeros(SIZE * SIZE)
    pixels[: len(levels)] = levels
    return (pixels / FULL_INK).reshape(SIZE, SIZE)


def centre_digit(image):
    """Scale and place ink as the makers of MNIST did.

    The ink's bounding box is scaled, keeping its proportions, so that its longer side is 20 pixels. It is then moved by
    whole pixels so that its centre of mass comes nearest to (14, 14), pixels being counted from 0, as far as that loses
    no ink. An image of MNIST stays as it is.

    Parameters
    ----------
    image : ndarray (28, 28)
        From 0 (paper) to 1 (full ink).

    Returns
    -------
    centred : ndarray (28, 28) of float64
        Paper stays paper.

    Raises
    ------
    ValueError
        If the shape is another.

    Notes
    -----
    Source: LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document recognition*, Proceedings of
    the IEEE 86(11), 1998, section III A. The filter is not stated there; here it is a triangle, as wide as a pixel of
    the coarser of the two grids needs.
    """
    image = _image(image)
    centred = np.zeros((SIZE, SIZE))
    if not image.any():
        return centred
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    longer = max(ink.shape)
    if longer != BOX:
        height, width = (max(1, int(np.floor(side * BOX / longer + 0.5))) for side in ink.shape)
        ink = _resampling(ink.shape[0], height) @ ink @ _resampling(ink.shape[1], width).T
    top, left = (
        int(np.clip(np.floor(SIZE / 2 - mean + 0.5 + _TIE), 0, SIZE - side))
        for mean, side in zip(centre_of_mass(ink), ink.shape, strict=True)
    )
    centred[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return centred


def centre_of_mass(image):
    """Mean row and mean column of an image's ink.

    Parameters
    ----------
    image : ndarray (height, width)
        0 is paper. There must be ink.

    Returns
    -------
    row, column : float
        Counted from 0 at the middle of the first pixel.
    """
    total = image.sum()
    row = image.sum(axis=1) @ np.arange(image.shape[0]) / total
    column = image.sum(axis=0) @ np.arange(image.shape[1]) / total
    return float(row), float(column)


def _resampling(old, new):
    """Matrix (new, old) whose row i holds the weights of the old pixels in new pixel i."""
    scale = old / new
    reach = max(1.0, scale)
    places = (np.arange(new) + 0.5) * scale - 0.5  # of the new pixels' middles, among the old ones
    weights = np.maximum(0.0, 1 - np.abs(np.arange(old) - places[:, None]) / reach)
    return weights / weights.sum(axis=1, keepdims=True)


def _image(image):
    image = np.asarray(image, dtype=np.float64)
    if image.shape != (SIZE, SIZE):
        raise ValueError(f"image must have the shape ({SIZE}, {SIZE}); got {image.shape}")
    return image
