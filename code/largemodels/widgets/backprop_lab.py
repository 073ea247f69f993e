"""BackpropLab: gradients that flow back through a graph node by node, each beside its finite difference (chapter 3)."""

from largemodels.graphs import ACTIVATIONS, GRAPHS, LARGEST_DEPTH, LARGEST_VALUE, LOSSES, MISTAKES, NODE_NAMES
from largemodels.widgets.lab import Choice, Lab, Number, Numbers, WholeNumber


class BackpropLab(Lab):
    """Step backward through a computational graph; see the chain rule's products, and plant a mistake.

    Everything shown equals ``largemodels.graphs.run_backward(**lab.settings())``.
    """

    graph = Choice(
        "neuron", GRAPHS, help="One neuron, a weight used on two paths, a 2-2-2 network, or a chain of units."
    ).tag(sync=True, setting=True)
    activation = Choice(
        "sigmoid", ACTIVATIONS, help="Activation of every unit; a neuron with cross-entropy is always a sigmoid."
    ).tag(sync=True, setting=True)
    loss = Choice("squared_error", LOSSES, help="Loss of the neuron; the other graphs have their own.").tag(
        sync=True, setting=True
    )
    x = Numbers(
        (1.5, -1.0),
        2,
        -LARGEST_VALUE,
        LARGEST_VALUE,
        help="Inputs x₁, x₂, each from -3 to 3; two_paths and chain take the first.",
    ).tag(sync=True, setting=True)
    w = Numbers(
        (2.0, 1.0, 1.0, 1.5, 1.2, -0.8, -0.7, 0.9),
        8,
        -LARGEST_VALUE,
        LARGEST_VALUE,
        help="Weights, each from -3 to 3: the network's two matrices (2, 2) row by row; the neuron takes two, "
        "two_paths and chain the first.",
    ).tag(sync=True, setting=True)
    b = Numbers(
        (-1.0, 0.5, 0.25, 0.0),
        4,
        -LARGEST_VALUE,
        LARGEST_VALUE,
        help="Biases, each from -3 to 3: of the network's hidden and output units; neuron and two_paths take the "
        "first, chain none.",
    ).tag(sync=True, setting=True)
    target = Number(1.0, 0, 1, help="Target y, from 0 to 1; for the network the probability of class 2.").tag(
        sync=True, setting=True
    )
    depth = WholeNumber(8, 2, LARGEST_DEPTH, help="Units of the chain, from 2 to 12.").tag(sync=True, setting=True)
    step = WholeNumber(
        0, 0, LARGEST_DEPTH + 2, help="How many nodes have been visited backward; what exceeds the graph is all."
    ).tag(sync=True, setting=True)
    selected = Choice(
        "current", NODE_NAMES, help="The node shown in detail; current, or one that the graph lacks: the last visited."
    ).tag(sync=True, setting=True)
    h = Number(1e-6, 1e-12, 1, help="Step h of the finite differences, from 1e-12 to 1.").tag(sync=True, setting=True)
    mistake = Choice("none", MISTAKES, help="A bug planted in the backward pass.").tag(sync=True, setting=True)
