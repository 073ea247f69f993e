"""Reverse-mode automatic differentiation of NumPy arrays (chapter 3).

A :class:`Node` holds an array and remembers which nodes it was computed from, with one rule per parent: the gradient
of the loss with respect to the node goes in, that parent's share of it comes out. :func:`backward` visits the nodes
from the loss back to the inputs and adds the shares up.
"""

import numpy as np


class Node:
    """An array in a computational graph.

    Parameters
    ----------
    value : array_like
        Stored as float64.
    parents : sequence of (Node, function)
        What the node was computed from. The function takes the gradient with respect to this node, an array of its
        shape, and returns the part that flows to the parent, in the parent's shape or in the shape that the parent
        was broadcast to. A node without parents is an input or a parameter.

    Attributes
    ----------
    value : ndarray
    parents : tuple
    gradient : ndarray or None
        Gradient of the loss with respect to this node, in the shape of ``value``; None before :func:`backward`.

    Notes
    -----
    ``+ - * / @`` and the functions of this module make new nodes; plain numbers and arrays join in as constants. A
    node is never changed in place, because the rules of its children refer to its value.
    """

    __array_ufunc__ = None  # array * node must call the node, not multiply entry by entry

    def __init__(self, value, parents=()):
        self.value = np.asarray(value, dtype=np.float64)
        self.parents = tuple(parents)
        self.gradient = None

    def __repr__(self):
        return f"Node(shape {self.value.shape}, {len(self.parents)} parents)"

    def __add__(self, other):
        other = as_node(other)
        return Node(self.value + other.value, [(self, lambda g: g), (other, lambda g: g)])

    def __mul__(self, other):
        other = as_node(other)
        return Node(
            self.value * other.value,
            [(self, lambda g: g * other.value), (other, lambda g: g * self.value)],
        )

    def __matmul__(self, other):
        other = as_node(other)
        if self.value.ndim != 2 or other.value.ndim != 2 or self.value.shape[1] != other.value.shape[0]:
            raise ValueError(f"@ takes matrices (N, D) and (D, M); got {self.value.shape} and {other.value.shape}")
        return Node(
            self.value @ other.value,
            [(self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g)],
        )

    def __truediv__(self, other):
        other = as_node(other)
        return Node(
            self.value / other.value,
            [(self, lambda g: g / other.value), (other, lambda g: -g * self.value / other.value**2)],
        )

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -as_node(other)

    def __rsub__(self, other):
        return as_node(other) + -self

    def __rmatmul__(self, other):
        return as_node(other) @ self

    def __rtruediv__(self, other):
        return as_node(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def sum(self, axis=None, keepdims=False):
        """Sum of all entries, or along an axis; every entry that was added receives the gradient of its sum."""
        value = self.value.sum(axis=axis, keepdims=keepdims)

        def spread(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return np.broadcast_to(g, self.value.shape)

        return Node(value, [(self, spread)])


def as_node(value):
    """Return a node as it is, and a number or an array as a node without parents."""
    return value if isinstance(value, Node) else Node(value)


def exp(node):
    """Exponential, entry by entry; its slope is its own value."""
    value = np.exp(node.value)
    return Node(value, [(node, lambda g: g * value)])


def log(node):
    """Natural logarithm, entry by entry; the slope is 1 / x."""
    return Node(np.log(node.value), [(node, lambda g: g / node.value)])


def tanh(node):
    """Hyperbolic tangent, entry by entry; the slope is 1 - tanh(x)**2."""
    value = np.tanh(node.value)
    return Node(value, [(node, lambda g: g * (1 - value**2))])


def relu(node):
    """max(0, x), entry by entry; the slope at the kink is taken as 0, as in TensorFlow."""
    return Node(np.maximum(node.value, 0), [(node, lambda g: g * (node.value > 0))])


def softmax_cross_entropy(logits, y):
    """Mean cross-entropy of (N, K) logits and classes y (N,), built from the operations above.

    The largest logit of each row is subtracted as a constant: it changes neither the loss nor its gradient, and no
    exponential overflows.
    """
    y = np.asarray(y)
    num_examples, num_classes = logits.value.shape
    if y.shape != (num_examples,):
        raise ValueError(f"y must hold one class per row of logits {logits.value.shape}; got {y.shape}")
    shifted = logits - logits.value.max(axis=1, keepdims=True)  # (N, K)
    log_normaliser = log(exp(shifted).sum(axis=1))  # (N,)
    own = (shifted * np.eye(num_classes)[y]).sum(axis=1)  # (N,), the logit of the true class
    return (log_normaliser - own).sum() * (1 / num_examples)


def topological_order(loss):
    """Return every node that the loss depends on, each after all of its parents; the loss comes last.

    No recursion, so that a chain of thousands of nodes does not exhaust Python's stack.
    """
    order, seen, stack = [], set(), [(loss, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    return order


def backward(loss):
    """Store in ``node.gradient`` the gradient of a loss with respect to every node that it depends on.

    Gradients of an earlier call are overwritten, not added to.

    Parameters
    ----------
    loss : Node
        Holding one number.

    Returns
    -------
    num_visited : int
        How many nodes were visited, each once.

    Raises
    ------
    ValueError
        If the loss holds more than one number.
    """
    if loss.value.size != 1:
        raise ValueError(f"backward starts from one number, the loss; got a node of shape {loss.value.shape}")
    order = topological_order(loss)
    for node in order:
        node.gradient = np.zeros_like(node.value)
    loss.gradient = np.ones_like(loss.value)
    for node in reversed(order):  # children first: a node's gradient is complete when its turn comes
        for parent, rule in node.parents:
            parent.gradient += undo_broadcast(rule(node.gradient), parent.value.shape)
    return len(order)


def undo_broadcast(gradient, shape):
    """Sum a gradient over the axes along which an array of ``shape`` was repeated by broadcasting.

    Parameters
    ----------
    gradient : ndarray
        In the shape that the array was broadcast to.
    shape : tuple of int
        The array's own shape.

    Returns
    -------
    gradient : ndarray of that shape
    """
    gradient = np.asarray(gradient)
    added = gradient.ndim - len(shape)
    repeated = [added + axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[added + axis] != 1]
    return gradient.sum(axis=(*range(added), *repeated)).reshape(shape)
