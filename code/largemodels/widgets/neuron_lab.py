"""NeuronLab: what one neuron computes, and what its line can and cannot tell apart (front page, chapter 1)."""

import traitlets

from largemodels.neuron import ACTIVATIONS
from largemodels.points import DATASETS, load_points
from largemodels.widgets.lab import Choice, Lab, Number


class NeuronLab(Lab):
    """One neuron over points of two classes: its line, its output, its sum for each point, and a gradient step.

    Everything shown equals ``largemodels.neuron.run_neuron(**lab.settings())``.
    """

    dataset = Choice(
        "tumours",
        DATASETS,
        help="Points: real tumours, real handwritten 0s and 1s, or the four points of a logic function.",
    ).tag(sync=True, setting=True)
    w1 = Number(0.3, -10, 10, help="Weight w₁ of the input x₁, from -10 to 10.").tag(sync=True, setting=True)
    w2 = Number(1.2, -10, 10, help="Weight w₂ of the input x₂, from -10 to 10.").tag(sync=True, setting=True)
    b = Number(-0.3, -10, 10, help="Bias b, from -10 to 10.").tag(sync=True, setting=True)
    activation = Choice(
        "sigmoid", ACTIVATIONS, help="Function f that turns the sum z into the neuron's output f(z)."
    ).tag(sync=True, setting=True)

    points = traitlets.Dict(help="The points of every data set, for the lab to draw; not a setting.").tag(sync=True)

    @traitlets.default("points")
    def _all_points(self):
        return {name: plain_points(load_points(name)) for name in DATASETS}


def plain_points(points):
    """Return a :class:`~largemodels.points.PointSet` as lists and numbers, as the lab's module takes it."""
    return {
        "x1": points.X[:, 0].tolist(),
        "x2": points.X[:, 1].tolist(),
        "y": points.y.tolist(),
        "window": list(points.window),
        "mostRight": points.most_right,
    }
