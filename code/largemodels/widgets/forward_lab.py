"""ForwardLab: a network of 2 inputs, 3 hidden units and 2 outputs with every number on screen (chapter 2)."""

from largemodels.forward import ACTIVATIONS, HIDDEN_FROM_VIEW, LARGEST_INPUT, OUTPUTS, PRESETS, UNITS
from largemodels.widgets.lab import Choice, Lab, Numbers

_START = PRESETS["small"]
_LARGEST_WEIGHT = 5


def _weights(name, size, meaning):
    text = f"{meaning}, each from -{_LARGEST_WEIGHT} to {_LARGEST_WEIGHT}."
    return Numbers(_START[name], size, -_LARGEST_WEIGHT, _LARGEST_WEIGHT, help=text).tag(sync=True, setting=True)


class ForwardLab(Lab):
    """Change inputs, weights and biases of a small network, and follow every product, sum and activation.

    Everything shown equals ``largemodels.forward.run_forward(**lab.settings())``; what the lab says to a guess is
    ``largemodels.forward.diagnose_guess``.
    """

    x = Numbers(_START["x"], 2, -LARGEST_INPUT, LARGEST_INPUT, help="Input (x₁, x₂), each from -3 to 3.").tag(
        sync=True, setting=True
    )
    W1 = _weights("W1", 6, "Weights of the hidden layer, (2, 3) row by row")
    b1 = _weights("b1", 3, "Biases of the hidden layer")
    W2 = _weights("W2", 6, "Weights of the output layer, (3, 2) row by row")
    b2 = _weights("b2", 2, "Biases of the output layer")
    activation = Choice("tanh", ACTIVATIONS, help="Activation f of the hidden layer.").tag(sync=True, setting=True)
    output = Choice("softmax", OUTPUTS, help="Activation g of the output layer.").tag(sync=True, setting=True)
    selected = Choice("h1", UNITS, help="Unit whose arithmetic is spelled out.").tag(sync=True, setting=True)
    hide = Choice(
        "nothing", HIDDEN_FROM_VIEW, help="Computed numbers that stay hidden until the reader asks for them."
    ).tag(sync=True, setting=True)
