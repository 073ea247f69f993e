"""Photographs that travel inside scikit-learn, as arrays for the chapter on convolution (chapter 5)."""

import numpy as np
from sklearn.datasets import load_sample_image

from largemodels.checks import whole_number

# How bright the eye finds red, green and blue light (ITU-R BT.601).
_BRIGHTNESS = np.array([0.299, 0.587, 0.114])

PHOTOGRAPHS = ("china", "flower")


def load_photograph(name="china", shrink=2):
    """Load a colour photograph.

    Parameters
    ----------
    name : str
        ``"china"``, a pagoda above a lake, or ``"flower"``, a dahlia before dark leaves.
    shrink : int
        At least 1: every square of shrink x shrink pixels becomes their mean. Rows and columns that do not fill a
        square are left out.

    Returns
    -------
    image : ndarray (height, width, 3), float64 from 0 to 1
        Red, green, blue; (213, 320, 3) with the default shrink.

    Raises
    ------
    ValueError, TypeError
        If there is no photograph of this name, or shrink is not allowed.

    Notes
    -----
    ``sklearn.datasets.load_sample_image``. The file that comes with the images names danielbuechele (flickr.com) as
    author and CC BY 2.0 as licence; for the flower it links to a picture by vultilion (flickr.com).
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"there is no photograph {name!r}; there are {', '.join(PHOTOGRAPHS)}")
    shrink = whole_number("shrink", shrink, minimum=1)
    image = load_sample_image(f"{name}.jpg") / 255.0  # (427, 640, 3)
    height, width = image.shape[0] // shrink, image.shape[1] // shrink
    squares = image[: height * shrink, : width * shrink].reshape(height, shrink, width, shrink, 3)
    return squares.mean(axis=(1, 3))


def grey(image):
    """Brightness of a colour image, (height, width, 3) to (height, width): 0.299 red + 0.587 green + 0.114 blue."""
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image must have the shape (height, width, 3); got {image.shape}")
    return image @ _BRIGHTNESS
