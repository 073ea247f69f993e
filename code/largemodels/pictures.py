"""Grids of pictures, with the range of their greys in plain sight (chapter 5)."""

import matplotlib.pyplot as plt
import numpy as np


def show_images(images, titles=None, num_columns=4, limits=(0.0, 1.0), cell_size=(1.6, 1.6), colour_map="gray"):
    """Draw pictures side by side, without axes.

    Parameters
    ----------
    images : sequence of ndarray (height, width) or (height, width, 3)
    titles : sequence of str, optional
    num_columns : int
    limits : (float, float) or None
        The values that are drawn black and white, for all pictures; values beyond are cut off. None takes, for each
        picture, the largest absolute value m and draws -m to m, so that 0 is the middle of the scale.
    cell_size : (float, float)
        Width and height of one picture with its title, in inches.
    colour_map : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    num_rows = -(-len(images) // num_columns)
    size = (cell_size[0] * num_columns, cell_size[1] * num_rows)
    fig, axes = plt.subplots(num_rows, num_columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for index, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        low, high = limits or (-np.abs(image).max(), np.abs(image).max())
        ax.imshow(image, cmap=colour_map, vmin=low, vmax=high, interpolation="nearest")
        if titles is not None:
            ax.set_title(titles[index], fontsize=9)
    return fig
