"""Published sizes of neural networks, from NETtalk to today (welcome page), each from the work that it names."""

from typing import NamedTuple

import matplotlib.pyplot as plt

from largemodels.plotting import COLOURS


class Milestone(NamedTuple):
    """A network as its paper describes it; what the paper does not state is None.

    Attributes
    ----------
    name : str
    year : int
        Of the publication.
    parameters : float
        N, the numbers that training moves.
    tokens : float or None
        D, the tokens of the training run.
    compute : float or None
        C, in floating-point operations.
    source : str
        Key in the course's references.
    active_parameters : float or None
        Of a mixture of experts, the parameters that work on one token.
    """

    name: str
    year: int
    parameters: float
    tokens: float | None
    compute: float | None
    source: str
    active_parameters: float | None = None


MILESTONES = (
    Milestone("NETtalk", 1987, 18_629, None, None, "sejnowski1987"),
    Milestone("LeNet-5", 1998, 60e3, None, None, "lecun1998"),
    Milestone("AlexNet", 2012, 60e6, None, None, "krizhevsky2012"),
    Milestone("VGG-16", 2015, 138e6, None, None, "simonyan2015"),
    Milestone("Transformer", 2017, 213e6, None, 2.3e19, "vaswani2017"),
    Milestone("BERT", 2019, 340e6, None, None, "devlin2019"),
    Milestone("GPT-2", 2019, 1.5e9, None, None, "radford2019"),
    Milestone("GPT-3", 2020, 175e9, 300e9, 3.14e23, "brown2020"),
    Milestone("PaLM", 2022, 540e9, 780e9, 2.56e24, "chowdhery2022"),
    Milestone("Chinchilla", 2022, 70e9, 1.4e12, 5.76e23, "hoffmann2022"),
    Milestone("LLaMA", 2023, 65.2e9, 1.4e12, None, "touvron2023"),
    Milestone("Llama 3.1", 2024, 405e9, 15.6e12, 3.8e25, "grattafiori2024"),
    Milestone("DeepSeek-V3", 2024, 671e9, 14.8e12, None, "deepseek2024", active_parameters=37e9),
)

# Where a name stands beside its point, in points of type: the recent models crowd each other.
_LABEL_PLACES = {
    "AlexNet": (-8, -3, "right"),
    "VGG-16": (-4, 7, "right"),
    "Transformer": (5, -15, "left"),
    "GPT-2": (-8, 4, "right"),
    "GPT-3": (-8, 2, "right"),
    "PaLM": (-8, 2, "right"),
    "Chinchilla": (-8, -8, "right"),
    "LLaMA": (0, -18, "center"),
    "Llama 3.1": (8, -8, "left"),
    "DeepSeek-V3": (8, 2, "left"),
}


def plot_sizes(milestones=MILESTONES, ax=None):
    """Draw the number of parameters of each network over its year, on a log axis.

    Parameters
    ----------
    milestones : sequence of Milestone
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.subplots(figsize=(5.6, 4.2))[1]
    years, sizes = zip(*((milestone.year, milestone.parameters) for milestone in milestones), strict=True)
    ax.plot(years, sizes, "o", color=COLOURS[0], markersize=6, label="parameters")
    sparse = [milestone for milestone in milestones if milestone.active_parameters]
    if sparse:
        active_years, active_sizes = zip(*((item.year, item.active_parameters) for item in sparse), strict=True)
        ax.plot(
            active_years,
            active_sizes,
            "o",
            color=COLOURS[0],
            markerfacecolor="white",
            markersize=6,
            label="parameters that work on one token",
        )
    for milestone in milestones:
        right, up, align = _LABEL_PLACES.get(milestone.name, (8, -3, "left"))
        ax.annotate(
            milestone.name,
            (milestone.year, milestone.parameters),
            xytext=(right, up),
            textcoords="offset points",
            ha=align,
            fontsize=9,
        )
    ax.set(xlabel="year", ylabel="number of parameters", yscale="log", xlim=(1985, 2030), ylim=(1, 1e13))
    ax.legend(loc="upper left", fontsize=9)
    return ax
