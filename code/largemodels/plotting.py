"""Figures of the course: one look, axes always named, curves told apart by more than colour."""

import io

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats
from PIL import Image

# Okabe and Ito's palette (2008), whose colours stay apart for readers with colour-vision deficiency,
# in an order that keeps neighbours far from each other in lightness as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))


def use_course_style():
    """Set Matplotlib up for the course: sharp, light PNG figures on white, shown at half their pixel size."""
    plt.rcParams.update(
        {
            "axes.grid": True,
            "axes.prop_cycle": plt.cycler(color=COLOURS) + plt.cycler(linestyle=LINE_STYLES),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "figure.figsize": (6.4, 3.6),
            "font.size": 10.5,
            "grid.alpha": 0.25,
            "legend.frameon": False,
            "lines.linewidth": 1.8,
        }
    )
    if get_ipython() is not None:
        set_matplotlib_formats("png")  # the inline backend sets its own renderer when it starts: have that behind us
        get_ipython().display_formatter.formatters["image/png"].for_type(Figure, figure_png)


def figure_png(figure):
    """Render a figure for a notebook at twice its size, with a palette of 64 colours.

    The palette makes a plot a quarter as large and is not visible on lines, text and grey images; a figure
    that shows a colour photograph keeps all its colours.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    png : bytes
    metadata : dict
        ``width`` and ``height`` in CSS pixels, half the image's.
    """
    rendered = io.BytesIO()
    figure.savefig(rendered, format="png", dpi=2 * figure.dpi, facecolor="white")
    image = Image.open(rendered).convert("RGB")
    if not any(picture.get_array().ndim == 3 for axes in figure.axes for picture in axes.images):
        image = image.quantize(64, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    image.save(packed, format="png", optimize=True)
    return packed.getvalue(), {"width": image.width // 2, "height": image.height // 2}


def plot_curves(curves, xlabel, ylabel, x=None, yscale="linear", title=None, ax=None):
    """Draw named curves over one pair of axes.

    Parameters
    ----------
    curves : dict of str to array_like (T,)
        The label of each curve and its values. Values that are not finite leave a gap.
    xlabel, ylabel : str
        What the axes show, with units where there are any.
    x : array_like (T,), optional
        Where the values stand; 0, 1, 2, … by default.
    yscale : str
        ``"linear"`` or ``"log"``.
    title : str, optional
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.subplots()[1]
    for label, values in curves.items():
        values = np.asarray(values, dtype=float)
        ax.plot(np.arange(len(values)) if x is None else x, values, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale=yscale, title=title)
    ax.legend()
    return ax


def plot_paths(surface, paths, limits=((-2.2, 2.2), (-2.2, 2.2)), ax=None):
    """Draw the contour lines of a loss over two weights, and the paths that optimizers took on it.

    Parameters
    ----------
    surface : largemodels.surfaces.Surface
        The loss; ``surface.value`` takes points of shape (..., 2).
    paths : dict of str to array (T + 1, 2)
        The label of each path and its points, the start first.
    limits : pair of pairs of float
        Range of w₁ and of w₂ in the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.subplots(figsize=(5.2, 4.4))[1]
    grid = np.stack(np.meshgrid(*(np.linspace(*limit, 161) for limit in limits)), axis=-1)
    values = surface.value(grid)
    levels = np.quantile(values, np.linspace(0, 1, 13) ** 1.5)
    ax.contour(grid[..., 0], grid[..., 1], values, levels=np.unique(levels), colors="0.75", linewidths=0.8)
    markers = ("o", "s", "^", "D", "v", "P")
    for (label, points), colour, marker in zip(paths.items(), COLOURS, markers, strict=False):
        ax.plot(points[:, 0], points[:, 1], marker=marker, markersize=3.5, linewidth=1.2, color=colour, label=label)
    ax.set(xlim=limits[0], ylim=limits[1], xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
    ax.grid(False)
    ax.legend()
    return ax


def plot_graph(graph, positions, values, gradients, highlight=(), ax=None):
    """Draw a computational graph: in each node its name and value, below it the gradient of the loss.

    Parameters
    ----------
    graph : dict of str to list of (str, float)
        For each node its parents, with the local derivatives (which are not shown).
    positions : dict of str to (float, float)
        Where each node stands.
    values, gradients : dict of str to float
    highlight : sequence of str
        Nodes whose outgoing arrows are drawn in another colour and thicker.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.subplots(figsize=(6.6, 3.2))[1]
    for node, parents in graph.items():
        for parent, _ in parents:
            marked = parent in highlight
            arrow = {"arrowstyle": "-|>", "shrinkA": 19, "shrinkB": 19, "mutation_scale": 14}
            arrow |= {"color": COLOURS[1] if marked else "0.45", "lw": 2.4 if marked else 1.3}
            ax.annotate("", positions[node], positions[parent], arrowprops=arrow)
    for node, (left, height) in positions.items():
        ax.plot(left, height, "o", markersize=34, color="white", markeredgecolor="0.3")
        ax.text(left, height, f"{node}\n{values[node]:.3g}", ha="center", va="center", fontsize=9)
        ax.text(left, height - 0.52, f"{gradients[node]:.3f}", ha="center", va="center", color=COLOURS[0], fontsize=10)
    lefts, heights = zip(*positions.values(), strict=True)
    ax.set(xlim=(min(lefts) - 0.6, max(lefts) + 0.6), ylim=(min(heights) - 0.8, max(heights) + 0.6))
    ax.axis("off")
    return ax
