"""Figures of chapter 1: a neuron's plane, classes of points, rows of images, shares as stacked bars."""

import matplotlib.pyplot as plt
import numpy as np

from largemodels.activations import sigmoid
from largemodels.features import orientation_histograms
from largemodels.plotting import COLOURS


def plot_neuron(w, b, limits=(-1.0, 5.0), ax=None):
    """Shade the plane by the output of a sigmoid neuron, with its line, the direction of w, and the distance to it.

    Parameters
    ----------
    w : array_like (2,)
        Not both 0.
    b : float
    limits : pair of float
        From and to, for both axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        The contour lines are drawn where the output is 0.1, 0.5 and 0.9.
    """
    ax = ax or plt.subplots(figsize=(3.6, 3.4))[1]
    w = np.asarray(w, dtype=float)
    side = np.linspace(*limits, 121)
    x1, x2 = np.meshgrid(side, side)
    output = sigmoid(w[0] * x1 + w[1] * x2 + b)
    ax.contourf(x1, x2, output, levels=np.linspace(0, 1, 21), cmap="Greys", vmax=1.8)  # dark, but not black
    ax.contour(x1, x2, output, levels=[0.1, 0.5, 0.9], colors=COLOURS[0])
    unit = w / np.linalg.norm(w)
    foot = -b / np.linalg.norm(w) * unit  # the point of the line that is nearest to the origin
    ax.plot([0, foot[0]], [0, foot[1]], ":", color=COLOURS[1], linewidth=2.5)
    ax.annotate("", foot + unit, foot, arrowprops={"arrowstyle": "->", "lw": 2})
    ax.set(title=f"w = ({w[0]:g}, {w[1]:g}), b = {b:g}", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.grid(False)
    return ax


def plot_classes(points, y, labels=("class 0", "class 1"), ax=None):
    """Draw points of two classes, told apart by shape and colour: circles and squares.

    Parameters
    ----------
    points : array_like (N, 2)
    y : array_like (N,)
        0 or 1.
    labels : pair of str
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.subplots(figsize=(3.6, 3.4))[1]
    points, y = np.asarray(points), np.asarray(y)
    for value, marker in ((0, "o"), (1, "s")):
        style = {"color": COLOURS[value], "markersize": 11, "linestyle": "none", "label": labels[value]}
        ax.plot(*points[y == value].T, marker, **style)
    ax.set_aspect("equal")
    return ax


def plot_shares(shares, labels, xlabel, ylabel):
    """Draw stacked bars that fill the height from 0 to 1, told apart by hatching and colour.

    Parameters
    ----------
    shares : dict of str to sequence of float
        For each bar its parts from bottom to top; they sum to 1.
    labels : sequence of str
        What the parts are.
    xlabel, ylabel : str

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = plt.subplots(figsize=(6.4, 3))[1]
    parts = np.array(list(shares.values()))  # (bars, parts)
    bottoms = np.cumsum(parts, axis=1) - parts
    colours, hatches = (COLOURS[1], COLOURS[4], COLOURS[0], COLOURS[2]), ("..", "//", "", "xx")
    for index, label in enumerate(labels):
        style = {"color": colours[index], "hatch": hatches[index], "label": label}
        ax.bar([str(name) for name in shares], parts[:, index], bottom=bottoms[:, index], **style)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def show_images(images, titles=None, num_columns=None, size=0.95):
    """Show images in rows: grey for ink from 0 to 1, red and blue around white where there are negative numbers.

    Parameters
    ----------
    images : sequence of array_like (height, width)
    titles : sequence of str, optional
    num_columns : int, optional
        All in one row by default.
    size : float
        Inches for one image.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, one for each image
    """
    num_columns = num_columns or len(images)
    num_rows = -(-len(images) // num_columns)
    height = num_rows * size + 0.25 * num_rows * (titles is not None)
    axes = plt.subplots(num_rows, num_columns, figsize=(num_columns * size, height), squeeze=False)[1].ravel()
    for ax, image in zip(axes, images, strict=False):
        limit = np.abs(image).max()
        signed = np.min(image) < 0
        ax.imshow(image, cmap="RdBu_r" if signed else "gray_r", vmin=-limit if signed else 0, vmax=limit)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="0.8")
    for ax, title in zip(axes, titles or [], strict=False):
        ax.set_title(title, fontsize=9)
    return axes


def plot_features(image, cells=4, bins=8):
    """Show an image with its cells, its row profile, and the directions of its strokes in each cell.

    Parameters
    ----------
    image : ndarray (height, width)
        A square whose side is a multiple of ``cells``.
    cells, bins : int
        As in :func:`largemodels.features.orientation_histograms`.

    Returns
    -------
    ndarray of matplotlib.axes.Axes (3,)
    """
    side = len(image)
    axes = plt.subplots(1, 3, figsize=(6.8, 2.4))[1]
    left, middle, right = axes
    left.imshow(image, cmap="gray_r", extent=(0, side, side, 0))
    left.set_title("pixels and cells")
    middle.barh(np.arange(side), image.mean(axis=1), color=COLOURS[0])
    middle.set(title="row profile", xlabel="mean ink", ylabel="row", ylim=(side - 0.5, -0.5))
    votes = np.sqrt(orientation_histograms(image[None], cells, bins).reshape(cells, cells, bins))
    width = side / cells
    for row, column, direction in np.ndindex(votes.shape):
        angle = np.pi * direction / bins + np.pi / 2  # along the stroke, across the gradient
        reach = 0.49 * width * votes[row, column, direction] / votes.max() * np.array([np.cos(angle), np.sin(angle)])
        centre = width * (np.array([column, row]) + 0.5)
        right.plot(*np.stack([centre - reach, centre + reach]).T, "-", color=COLOURS[0], linewidth=1.2)
    right.set(title="directions per cell", xlim=(0, side), ylim=(side, 0), aspect="equal")
    ticks = np.arange(0, side + 1, side // cells)
    for ax in (left, right):
        ax.grid(True, color="0.6", alpha=1)
        ax.set(xticks=ticks, yticks=ticks, xticklabels=[], yticklabels=[])
    return axes
