"""DescentLab: how learning rate, momentum and the shape of the loss decide a descent (chapter 4)."""

from largemodels.descent import OPTIMIZERS
from largemodels.surfaces import SURFACES
from largemodels.widgets.lab import Choice, Lab, Number, Numbers, WholeNumber


class DescentLab(Lab):
    """Descend one of four surfaces, with the path, the loss curve, the factors, and a verdict.

    Everything shown equals ``largemodels.descent.run_descent(**lab.settings())``.
    """

    surface = Choice(
        "narrow", tuple(SURFACES), help="Loss surface: round or narrow bowl, saddle, or curved valley."
    ).tag(sync=True, setting=True)
    optimizer = Choice("gradient_descent", OPTIMIZERS, help="Rule of the steps.").tag(sync=True, setting=True)
    learning_rate = Number(0.1, 0.001, 10, help="Learning rate η, from 0.001 to 10.").tag(sync=True, setting=True)
    momentum = Number(
        0.9, 0, 0.99, help="Momentum β, from 0 to 0.99; Adam's β₁. Gradient descent takes no notice of it."
    ).tag(sync=True, setting=True)
    start = Numbers((-1.5, 1.5), 2, -2, 2, help="First point (w₁, w₂), each from -2 to 2.").tag(sync=True, setting=True)
    num_steps = WholeNumber(60, 1, 200, help="How many steps are shown, from 1 to 200.").tag(sync=True, setting=True)
