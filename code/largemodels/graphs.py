"""Four small computational graphs, differentiated backward node by node, with every gradient checked (chapter 3).

A backward pass visits the nodes from the loss to the inputs. At each node it adds up what flows in along its edges:
the gradient of the node at the edge's far end, times the edge's own derivative. Beside each gradient stands a central
difference, for which the node alone is moved and what depends on it is computed anew. A mistake can be planted, to see
where such a check goes red.
"""

import math
from dataclasses import dataclass

GRAPHS = ("neuron", "two_paths", "network", "chain")
ACTIVATIONS = ("sigmoid", "tanh", "relu")
LOSSES = ("squared_error", "cross_entropy")

MISTAKES = ("none", "one_path", "overwritten", "missing_slope", "forward_direction")
"""Bugs that a backward pass can have.

"one_path": a value that is used twice gets the first contribution only, as if there were no sum over paths.
"overwritten": ``=`` in place of ``+=``, so that the last contribution replaces the others.
"missing_slope": the derivative of the activation is left out, as if it were 1.
"forward_direction": at the output the chain rule runs from input to output; it multiplies by a gradient that nobody has
computed yet, which is still 0.
"""

LARGEST_VALUE = 3.0
LARGEST_DEPTH = 12

_UNITS = range(1, LARGEST_DEPTH + 1)
NODE_NAMES = (
    *("current", "L", "a", "z", "p", "p1", "p2", "x", "x1", "x2", "w", "b"),
    *(f"a{i}" for i in _UNITS),
    *(f"z{i}" for i in range(1, 5)),
    *(f"b{i}" for i in range(1, 5)),
    *(f"w{i}" for i in _UNITS),
    *("w13", "w14", "w21", "w22", "w23", "w24"),
)
"""Names of nodes, over all graphs; "current" is the node visited last."""

TOLERANCE = 1e-5
"""Largest relative error at which a gradient and its finite difference agree."""

NOISE_FLOOR = 1e-4
"""Sizes that add up to less are held to the absolute difference TOLERANCE * NOISE_FLOOR, as in ``check_gradient``."""

ERROR_FLOOR = 1e-8
"""The floor of the relative error that is reported, as in ``relative_error``."""

BEST_STEP = 1e-5
"""About the step at which a central difference is most accurate: above it truncation rules, below it rounding."""

STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
"""The largest slope of each activation."""


@dataclass(frozen=True)
class Node:
    """One node: its name, the rule that computes it from its inputs, and whether it is visited as a step of its own.

    Leaves have the rule "leaf". Weights and biases of the network and the chain are not steps: they stand on an edge,
    and their gradient is known as soon as the unit that they feed has been visited.
    """

    name: str
    rule: str
    inputs: tuple = ()
    is_step: bool = True


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of the forward pass, values of the leaves, and what the rules need besides."""

    nodes: tuple
    leaves: dict
    activation: str
    target: float

    def forward(self, held=None):
        """Return the value of every node; None where the loss is not defined.

        ``held`` gives nodes a value of their own, in place of what their rule says: that is how a node inside the
        graph is moved for a finite difference.
        """
        held = held or {}
        values = {}
        for node in self.nodes:
            if node.name in held:
                values[node.name] = held[node.name]
            elif node.rule == "leaf":
                values[node.name] = self.leaves[node.name]
            else:
                values[node.name] = self._value(node, [values[name] for name in node.inputs])
        return values

    def _value(self, node, v):
        if node.rule == "product":
            return v[0] * v[1]
        if node.rule == "sum":
            return _sum(v)
        if node.rule == "weighted_sum":
            return v[0] * v[1] + v[2] * v[3] + v[4]
        if node.rule == "activation":
            return _activate(self.activation, v[0])
        if node.rule == "unit":
            return _activate(self.activation, v[0] * v[1])
        y = self.target
        if node.rule == "squared_error":
            return 0.5 * (v[0] - y) * (v[0] - y)
        if node.rule == "cross_entropy":
            if not 0 < v[0] < 1:
                return None
            return -y * math.log(v[0]) - (1 - y) * math.log(1 - v[0])
        largest = max(v)
        log_sum = math.log(math.exp(v[0] - largest) + math.exp(v[1] - largest))
        return (1 - y) * (log_sum - (v[0] - largest)) + y * (log_sum - (v[1] - largest))

    def derivatives(self, node, values, slope=None):
        """Return the derivative of a node with respect to each of its inputs.

        ``slope`` replaces that of the activation, if given.
        """
        v = [values[name] for name in node.inputs]
        if node.rule == "product":
            return [v[1], v[0]]
        if node.rule == "sum":
            return [1.0] * len(v)
        if node.rule == "weighted_sum":
            return [v[1], v[0], v[3], v[2], 1.0]
        if node.rule == "activation":
            return [_slope(self.activation, v[0], values[node.name]) if slope is None else slope]
        if node.rule == "unit":
            if slope is None:
                slope = _slope(self.activation, v[0] * v[1], values[node.name])
            return [slope * v[1], slope * v[0]]
        y = self.target
        if node.rule == "squared_error":
            return [v[0] - y]
        if node.rule == "cross_entropy":
            return [(v[0] - y) / (v[0] * (1 - v[0]))]
        probabilities = softmax_of_two(*v)
        return [probabilities[0] - (1 - y), probabilities[1] - y]

    def sides_of_kinks(self, values):
        """Return on which side of its kink each ReLU is: True where its input is positive."""
        if self.activation != "relu":
            return []
        sides = []
        for node in self.nodes:
            if node.rule == "activation":
                sides.append(values[node.inputs[0]] > 0)
            elif node.rule == "unit":
                sides.append(values[node.inputs[0]] * values[node.inputs[1]] > 0)
        return sides


@dataclass(frozen=True)
class BackpropRun:
    """A graph with its values, its gradients as far as they can be known, and the check of each.

    Attributes
    ----------
    order : tuple of str
        The nodes that are steps, in the order in which the backward pass visits them, from the loss on.
    listing : tuple of str
        All nodes in that order, each step followed by the weights and biases that feed it.
    values : dict
        The forward value of each node.
    edges : tuple of (str, str, float, float, bool)
        For each edge from a node to one that uses it: both names, the derivative as the backward pass takes it, what
        flows back along the edge (gradient at its far end, times the derivative), and whether it is added up. A
        planted mistake shows here.
    gradients : dict
        The gradient of the loss with respect to each node, with the mistake.
    exact : dict
        The same without a mistake.
    differences : dict
        The central difference of each node, or None where there is none.
    errors : dict
        The relative error of each gradient against its finite difference, or None.
    digits : dict
        To how many digits they agree, from 0 to 15, or None.
    verdicts : dict
        "agrees"; "agrees_coarsely" (both so small that the difference is the rounding of the finite difference);
        "mistake" (the gradient is wrong); where the gradient is right and the finite difference is not, "kink" (the
        two points lie on both sides of a ReLU's kink), "truncation" (h too large) or "rounding" (h too small); where
        there is none, "outside" (a point is outside the domain of the loss) or "lost" (h vanishes beside the value).
    visited : tuple of str
        What has a known gradient after ``step`` steps, in the order of ``listing``.
    current : str or None
        The node visited last.
    upcoming : str or None
        The node to be visited next.
    selected : str
        The node shown in detail.
    paths : dict
        For each node, the nodes that use it.
    first_wrong : str or None
        The first visited node whose verdict is "mistake".
    has_effect : bool
        Whether the mistake changes any gradient of this graph.
    largest_flow : float
        The size of the largest flow along any edge.
    decay : tuple (int, float, float) or None
        For a chain of which units have been visited: from how many units the gradient has come back, its size there
        as a share of that at the last unit, and the largest factor that one unit can contribute, the steepest slope
        times \\|w\\|.
    """

    order: tuple
    listing: tuple
    values: dict
    edges: tuple
    gradients: dict
    exact: dict
    differences: dict
    errors: dict
    digits: dict
    verdicts: dict
    visited: tuple
    current: str | None
    upcoming: str | None
    selected: str
    paths: dict
    first_wrong: str | None
    has_effect: bool
    largest_flow: float
    decay: tuple | None


def build_graph(graph, activation="sigmoid", loss="squared_error", x=(1.5, -1.0), w=(2.0, 1.0), b=(-1.0,), target=1.0,
                depth=8):  # fmt: skip
    """Build one of the four graphs.

    Parameters
    ----------
    graph : str
        "neuron": p₁ = w₁ x₁, p₂ = w₂ x₂, z = p₁ + p₂ + b, a = f(z), L = ½ (a - y)² or the cross-entropy.
        "two_paths": p = w x, z = w + b, a = f(z), L = p a, so that w is used twice.
        "network": two inputs, two hidden units, two logits z₃ and z₄, softmax cross-entropy; w₁₃ leads from hidden
        unit 1 to logit z₃.
        "chain": a₁ = f(w x), a₂ = f(w a₁), …, L = ½ (a - y)² of the last; each unit has its own weight, all equal.
    activation : str
        f, one of ``ACTIVATIONS``. A neuron with cross-entropy is a sigmoid whatever this says.
    loss : str
        One of ``LOSSES``; used by the neuron.
    x, w, b : sequences of float
        Inputs, weights and biases: as many as the graph needs (2, 8, 4 for the network), from the front.
    target : float
        y from 0 to 1; for the network the probability of the second class.
    depth : int
        Number of units of the chain.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        If a name is unknown, or there are too few values.
    """
    _require_one_of("graph", graph, GRAPHS)
    _require_one_of("activation", activation, ACTIVATIONS)
    _require_one_of("loss", loss, LOSSES)
    needed = {"neuron": (2, 2, 1), "two_paths": (1, 1, 1), "network": (2, 8, 4), "chain": (1, 1, 0)}[graph]
    for name, values, number in zip("xwb", (x, w, b), needed, strict=True):
        if len(values) < number:
            raise ValueError(f"{graph} needs {number} values in {name}; got {len(values)}")

    if graph == "neuron":
        leaves = {"x2": x[1], "w2": w[1], "x1": x[0], "w1": w[0], "b": b[0]}
        nodes = (
            *(Node(name, "leaf") for name in leaves),
            Node("p2", "product", ("w2", "x2")),
            Node("p1", "product", ("w1", "x1")),
            Node("z", "sum", ("p1", "p2", "b")),
            Node("a", "activation", ("z",)),
            Node("L", loss, ("a",)),
        )
        if loss == "cross_entropy":
            activation = "sigmoid"
    elif graph == "two_paths":
        leaves = {"x": x[0], "b": b[0], "w": w[0]}
        nodes = (
            *(Node(name, "leaf") for name in leaves),
            Node("z", "sum", ("w", "b")),
            Node("a", "activation", ("z",)),
            Node("p", "product", ("w", "x")),
            Node("L", "product", ("p", "a")),
        )
    elif graph == "network":
        weights = ("w11", "w12", "w21", "w22", "w13", "w14", "w23", "w24")
        biases = ("b1", "b2", "b3", "b4")
        leaves = {"x2": x[1], "x1": x[0], **dict(zip(weights, w)), **dict(zip(biases, b))}  # noqa: B905
        nodes = (
            *(Node(name, "leaf", is_step=name[0] == "x") for name in leaves),
            Node("z2", "weighted_sum", ("x1", "w12", "x2", "w22", "b2")),
            Node("z1", "weighted_sum", ("x1", "w11", "x2", "w21", "b1")),
            Node("a2", "activation", ("z2",)),
            Node("a1", "activation", ("z1",)),
            Node("z4", "weighted_sum", ("a1", "w14", "a2", "w24", "b4")),
            Node("z3", "weighted_sum", ("a1", "w13", "a2", "w23", "b3")),
            Node("L", "softmax_cross_entropy", ("z3", "z4")),
        )
    else:
        units = range(1, depth + 1)
        leaves = {"x": x[0], **{f"w{k}": w[0] for k in units}}
        nodes = (
            *(Node(name, "leaf", is_step=name == "x") for name in leaves),
            *(Node(f"a{k}", "unit", (f"a{k - 1}" if k > 1 else "x", f"w{k}")) for k in units),
            Node("L", "squared_error", (f"a{depth}",)),
        )
    return Graph(nodes, {name: float(value) for name, value in leaves.items()}, activation, float(target))


def run_backward(graph, activation="sigmoid", loss="squared_error", x=(1.5, -1.0), w=(2.0, 1.0), b=(-1.0,), target=1.0,
                 depth=8, step=0, selected="current", h=1e-6, mistake="none"):  # fmt: skip
    """Differentiate a graph backward and check every gradient.

    Parameters
    ----------
    graph, activation, loss, x, w, b, target, depth
        As in :func:`build_graph`.
    step : int
        How many nodes have been visited, from 0; what exceeds the graph counts as all.
    selected : str
        The node shown in detail; "current", or one that the graph does not have, stands for the node visited last.
    h : float
        Step of the central differences.
    mistake : str
        One of ``MISTAKES``.

    Returns
    -------
    BackpropRun

    Raises
    ------
    ValueError
        As :func:`build_graph`, and for an unknown mistake, a step below 0, or an h that is not positive.
    """
    built = build_graph(graph, activation, loss, x, w, b, target, depth)
    _require_one_of("mistake", mistake, MISTAKES)
    if step < 0:
        raise ValueError(f"step must be a whole number from 0; got {step!r}")
    if not h > 0:
        raise ValueError(f"h must be a positive number; got {h!r}")
    values = built.forward()
    nodes = {node.name: node for node in built.nodes}
    order = tuple(node.name for node in reversed(built.nodes) if node.is_step)
    listing = tuple(
        name for step_name in order for name in (step_name, *_carried_parameters(nodes, nodes[step_name].inputs))
    )
    edges, gradients = _backward(built, values, listing, mistake)
    exact = gradients if mistake == "none" else _backward(built, values, listing, "none")[1]
    paths = {name: tuple(edge[1] for edge in edges if edge[0] == name) for name in listing}

    differences, errors, digits, verdicts = {}, {}, {}, {}
    for name in listing:
        difference, crossed = central_difference(built, name, h)
        checked = judge(gradients[name], exact[name], difference, h, crossed)
        differences[name] = difference if isinstance(difference, float) else None
        errors[name], digits[name], verdicts[name] = checked

    step = min(step, len(order))
    current = order[step - 1] if step else None
    last = listing.index(order[step]) if step < len(order) else len(listing)
    visited = listing[:last] if step else ()
    upcoming = order[step] if step < len(order) else None
    return BackpropRun(
        order=order,
        listing=listing,
        values=values,
        edges=edges,
        gradients=gradients,
        exact=exact,
        differences=differences,
        errors=errors,
        digits=digits,
        verdicts=verdicts,
        visited=visited,
        current=current,
        upcoming=upcoming,
        selected=selected if selected in nodes else current or order[0],
        paths=paths,
        first_wrong=next((name for name in visited if verdicts[name] == "mistake"), None),
        has_effect=any(gradients[name] != exact[name] for name in listing),
        largest_flow=max(abs(edge[3]) for edge in edges),
        decay=_decay(built, graph, gradients, order, step),
    )


def central_difference(graph, name, h):
    """Move one node by h to both sides and see what the loss does.

    Returns
    -------
    difference : float or str
        (L(v + h) - L(v - h)) / (2h), with 2h as it was rounded; "lost" if h vanishes beside v, "outside" if the loss
        is not defined at one of both.
    crossed : bool
        Whether a ReLU is on different sides of its kink at both.
    """
    value = graph.forward()[name]
    above, below = value + h, value - h
    if above == below:
        return "lost", False
    values_above, values_below = graph.forward({name: above}), graph.forward({name: below})
    if values_above["L"] is None or values_below["L"] is None:
        return "outside", False
    crossed = graph.sides_of_kinks(values_above) != graph.sides_of_kinks(values_below)
    return (values_above["L"] - values_below["L"]) / (above - below), crossed


def judge(gradient, exact, difference, h, crossed):
    """Compare a gradient with its finite difference; see ``BackpropRun`` for the relative error, digits and verdict."""
    if isinstance(difference, str):
        return None, None, difference
    gap, size = abs(gradient - difference), abs(gradient) + abs(difference)
    error = gap / max(ERROR_FLOOR, size)
    digits = 15 if error < 1e-15 else max(0, math.floor(-math.log10(error)))
    allowed = TOLERANCE * max(NOISE_FLOOR, size)
    if gap <= allowed:
        verdict = "agrees" if error <= TOLERANCE else "agrees_coarsely"
    elif abs(gradient - exact) > allowed:
        verdict = "mistake"
    elif crossed:
        verdict = "kink"
    else:
        verdict = "truncation" if h > BEST_STEP else "rounding"
    return error, digits, verdict


GUESS_TOLERANCE = 0.02


def judge_guess(guess, **settings):
    """Judge a guess of the gradient that the next step will show, and name the mistake that it may come from.

    Parameters
    ----------
    guess : float
    **settings
        As in :func:`run_backward`; a planted mistake plays no part.

    Returns
    -------
    str
        "right" (within 2 percent), "sign", "one_path" (one of several contributions), "no_slope" (the activation's
        derivative is missing), "own_factor" (the node's own value in place of the other factor of a product),
        "not_multiplied" (only the derivatives of the edges), "wrong"; "done" if all nodes have been visited.
    """
    settings = {**settings, "mistake": "none"}
    run = run_backward(**settings)
    node = run.upcoming
    if node is None:
        return "done"
    graph = build_graph(**{name: settings[name] for name in settings if name in _BUILD_SETTINGS})
    nodes = {node.name: node for node in graph.nodes}
    truth = run.gradients[node]
    edges = [edge for edge in run.edges if edge[0] == node]
    no_slope = own_factor = 0.0
    for _, user, derivative, _, _ in edges:
        at = nodes[user].inputs.index(node)
        no_slope += run.gradients[user] * graph.derivatives(nodes[user], run.values, slope=1.0)[at]
        is_product = nodes[user].rule == "product"
        own_factor += run.gradients[user] * (run.values[node] if is_product else derivative)
    if _is_close(guess, truth):
        return "right"
    if not edges:  # the loss itself
        return "wrong"
    candidates = [("sign", -truth)]
    if len(edges) > 1:
        candidates += [("one_path", edge[3]) for edge in edges]
    candidates += [
        ("no_slope", no_slope),
        ("own_factor", own_factor),
        ("not_multiplied", _sum([edge[2] for edge in edges])),
    ]
    for name, value in candidates:
        if value != 0 and _is_close(guess, value):
            return name
    return "wrong"


_BUILD_SETTINGS = ("graph", "activation", "loss", "x", "w", "b", "target", "depth")


def _is_close(guess, value):
    return abs(guess - value) <= max(1e-12, GUESS_TOLERANCE * abs(value))


def softmax_of_two(first, second):
    """Return the softmax of two logits."""
    largest = max(first, second)
    exponentials = math.exp(first - largest), math.exp(second - largest)
    total = exponentials[0] + exponentials[1]
    return exponentials[0] / total, exponentials[1] / total


def _backward(graph, values, listing, mistake):
    """Return edges and gradients; see ``BackpropRun``."""
    nodes = {node.name: node for node in graph.nodes}
    derivatives = {
        name: graph.derivatives(nodes[name], values, 1.0 if mistake == "missing_slope" else None)
        for name in listing
        if nodes[name].inputs
    }
    gradients, edges = {}, []
    for name in listing:
        users = [user for user in gradients if name in nodes[user].inputs]
        flows = []
        for user in users:
            derivative = derivatives[user][nodes[user].inputs.index(name)]
            flow = gradients[user] * derivative
            if mistake == "forward_direction" and user == "L":
                flow = 0.0
            flows.append((name, user, derivative, flow))
        counted = range(len(flows))
        if mistake == "one_path":
            counted = counted[:1]
        elif mistake == "overwritten":
            counted = counted[-1:]
        edges += [(*flow, i in counted) for i, flow in enumerate(flows)]
        gradients[name] = _sum([flows[i][3] for i in counted]) if flows else 1.0
    return tuple(edges), gradients


def _require_one_of(name, value, allowed):
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")


def _carried_parameters(nodes, names):
    return (name for name in names if not nodes[name].is_step)


def _decay(built, graph, gradients, order, step):
    if graph != "chain" or step < 3 or gradients[order[1]] == 0:
        return None
    weight = abs(built.leaves["w1"])
    share = abs(gradients[order[step - 1]]) / abs(gradients[order[1]])
    return step - 2, share, STEEPEST[built.activation] * weight


def _sum(values):
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _activate(activation, z):
    if activation == "sigmoid":
        return math.exp(min(z, 0.0)) / (1 + math.exp(-abs(z)))
    if activation == "tanh":
        return math.tanh(z)
    return max(z, 0.0)


def _slope(activation, z, a):
    if activation == "sigmoid":
        return a * (1 - a)
    if activation == "tanh":
        return 1 - a * a
    return 1.0 if z > 0 else 0.0
