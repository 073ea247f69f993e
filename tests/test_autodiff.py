import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from largemodels import autodiff, losses
from largemodels.autodiff import Node, backward, topological_order, undo_broadcast
from largemodels.gradcheck import check_gradient
from largemodels.network import initialise_network, network_loss_and_gradients

RNG = np.random.default_rng(0)


def gradients_of(function, *arrays):
    nodes = [Node(array) for array in arrays]
    backward(function(*nodes))
    return [node.gradient for node in nodes]


def test_a_shared_variable_by_hand():
    # L = a b + a²: dL/da = b + 2a = 4, dL/db = a = 3.
    da, db = gradients_of(lambda a, b: a * b + a * a, 3.0, -2.0)
    assert (float(da), float(db)) == (4.0, 3.0)


def test_a_dense_layer_by_hand():
    X, W, b = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[2.0, 0.0], [1.0, -1.0]]), np.array([5.0, 6.0])
    dZ = np.array([[1.0, -1.0], [0.0, 2.0]])
    dX, dW, db = gradients_of(lambda X, W, b: ((X @ W + b) * dZ).sum(), X, W, b)
    assert dX.tolist() == [[2.0, 2.0], [0.0, -2.0]]
    assert dW.tolist() == [[1.0, 5.0], [2.0, -4.0]]
    assert db.tolist() == [1.0, 1.0]


POSITIVE, ANY = RNG.uniform(0.5, 2.0, size=(3, 4)), RNG.normal(size=(3, 4))
WEIGHTS = RNG.normal(size=(3, 4))
OPERATIONS = {
    "add": (lambda x: x + x * 2.0, ANY),
    "number_first": (lambda x: 2.0 - x + 3.0 * x, ANY),
    "array_first": (lambda x: WEIGHTS - WEIGHTS * x, ANY),
    "divide": (lambda x: (1.0 / x) / (x + 1.0), POSITIVE),
    "negate": (lambda x: -x - x, ANY),
    "exp": (autodiff.exp, ANY),
    "log": (autodiff.log, POSITIVE),
    "tanh": (autodiff.tanh, ANY),
    "relu": (autodiff.relu, ANY),
    "array_at_first": (lambda x: WEIGHTS.T @ x @ WEIGHTS.T @ x, ANY),
    "sum_rows": (lambda x: x.sum(axis=1) * x.sum(axis=1), ANY),
    "sum_columns": (lambda x: x.sum(axis=0, keepdims=True) * x, ANY),
    "sum_all": (lambda x: x.sum() * x, ANY),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_agrees_with_central_differences(name):
    operation, x = OPERATIONS[name]
    probe = np.random.default_rng(1).normal(size=operation(Node(x)).value.shape)
    [gradient] = gradients_of(lambda node: (operation(node) * probe).sum(), x)
    check_gradient(lambda array: np.sum(operation(Node(array)).value * probe), x, gradient)


@given(
    shapes=st.sampled_from([((4, 3), (3,)), ((4, 3), (4, 1)), ((1, 3), (4, 1)), ((), (2, 2)), ((2, 1, 3), (4, 1))]),
    seed=st.integers(0, 999),
)
def test_broadcast_operands_get_gradients_of_their_own_shape_equal_to_tensorflows(shapes, seed):
    rng = np.random.default_rng(seed)
    left, right = (rng.normal(size=shape) for shape in shapes)
    ours = gradients_of(lambda p, q: (p * q + q / (p * p + 1.0) - p).sum(), left, right)
    tensors = [tf.Variable(left), tf.Variable(right)]
    with tf.GradientTape() as tape:
        p, q = tensors
        value = tf.reduce_sum(p * q + q / (p * p + 1.0) - p)
    for gradient, tensor, expected in zip(ours, tensors, tape.gradient(value, tensors), strict=True):
        assert gradient.shape == tensor.shape
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-11)


def test_undo_broadcast_by_hand():
    assert undo_broadcast(np.ones((5, 3)), (3,)).tolist() == [5.0, 5.0, 5.0]
    assert undo_broadcast(np.ones((2, 3)), (2, 1)).tolist() == [[3.0], [3.0]]
    assert undo_broadcast(np.ones((2, 3)), ()) == 6.0
    assert undo_broadcast(np.ones((1, 3)), (1, 3)).tolist() == [[1.0, 1.0, 1.0]]


def test_a_network_has_the_gradients_of_the_hand_written_one_and_of_the_tape():
    X, y = RNG.normal(size=(7, 5)), np.array([0, 2, 1, 1, 0, 2, 2])
    parameters = initialise_network((5, 6, 4, 3), np.random.default_rng(2))

    def loss_of(p, X, relu, cross_entropy):
        A = X
        for layer in (1, 2, 3):
            Z = A @ p[f"W{layer}"] + p[f"b{layer}"]
            A = relu(Z)
        return cross_entropy(Z)

    nodes = {name: Node(array) for name, array in parameters.items()}
    loss = loss_of(nodes, X, autodiff.relu, lambda Z: autodiff.softmax_cross_entropy(Z, y))
    backward(loss)
    hand_loss, by_hand = network_loss_and_gradients(X, y, parameters)
    variables = {name: tf.Variable(array) for name, array in parameters.items()}
    with tf.GradientTape() as tape:
        tape_loss = loss_of(
            variables,
            tf.constant(X),
            tf.nn.relu,
            lambda Z: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, Z)),
        )
    by_tape = tape.gradient(tape_loss, variables)
    np.testing.assert_allclose([loss.value, tape_loss], hand_loss, rtol=1e-14)
    for name in parameters:
        np.testing.assert_allclose(nodes[name].gradient, by_hand[name], rtol=0, atol=1e-15)
        np.testing.assert_allclose(nodes[name].gradient, by_tape[name], rtol=0, atol=1e-14)


def test_the_cross_entropy_does_not_overflow_and_equals_the_one_of_losses():
    logits, y = np.array([[0.0, 1000.0], [-1000.0, 3.0]]), np.array([0, 1])
    node = Node(logits)
    loss = autodiff.softmax_cross_entropy(node, y)
    backward(loss)
    assert float(loss.value) == losses.softmax_cross_entropy(logits, y) == 500.0
    np.testing.assert_array_equal(node.gradient, losses.softmax_cross_entropy_backward(logits, y))


def test_parents_come_before_children_and_shared_nodes_once():
    a = Node(1.0)
    b = a * a
    loss = b + a * b
    order = topological_order(loss)
    place = {id(node): position for position, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is loss
    assert all(place[id(parent)] < place[id(node)] for node in order for parent, _ in node.parents)


def test_a_graph_with_a_million_paths_is_visited_node_by_node():
    start = node = Node(1.0)
    for _ in range(20):
        node = node + node  # 2**20 paths
    assert backward(node) == 21
    assert float(start.gradient) == 2.0**20


def test_a_chain_longer_than_pythons_stack_is_no_problem():
    start = node = Node(1.0)
    for _ in range(5000):
        node = node * 1.0
    backward(node)
    assert float(start.gradient) == 1.0


def test_a_second_call_overwrites_and_does_not_add():
    a = Node(3.0)
    loss = a * a
    backward(loss)
    backward(loss)
    assert float(a.gradient) == 6.0


def test_values_are_float64_and_inputs_are_left_as_they_are():
    array = np.array([1, 2, 3])
    node = Node(array)
    backward((node * node).sum())
    assert node.value.dtype == node.gradient.dtype == np.float64
    assert array.tolist() == [1, 2, 3]
    assert repr(node) == "Node(shape (3,), 0 parents)"


def test_errors_say_what_was_expected_and_the_shapes():
    with pytest.raises(ValueError, match=r"backward starts from one number, the loss; got a node of shape \(3,\)"):
        backward(Node(np.ones(3)))
    with pytest.raises(ValueError, match=r"@ takes matrices \(N, D\) and \(D, M\); got \(2, 3\) and \(2, 3\)"):
        Node(np.ones((2, 3))) @ Node(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"y must hold one class per row of logits \(2, 3\); got \(3,\)"):
        autodiff.softmax_cross_entropy(Node(np.ones((2, 3))), np.array([0, 1, 2]))
