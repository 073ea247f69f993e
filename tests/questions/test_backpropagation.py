"""Exercises of chapter 3: the references are right, solutions pass, stubs and mistakes are told apart."""

import math

import numpy as np
import pytest
import tensorflow as tf

from largemodels.gradcheck import check_gradient, numerical_gradient
from largemodels.questions import backpropagation
from tests.questions.exercises_of import exercises_of, flat

EXERCISES = exercises_of(backpropagation)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


# ---------------------------------------------------------------------------------------------------------
# Other right and wrong answers


def test_the_chapter_has_ten_exercises_of_three_levels():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 2, 2, 2, 3, 2, 2, 3]


def visits_first(parents):
    order = []

    def visit(name):
        if name not in order:
            order.append(name)
            for parent in parents[name]:
                visit(parent)

    for name in parents:
        visit(name)
    return order


def from_the_loss_back(parents):
    return backpropagation._topological_order(parents)[::-1]


def without_memory(parents):
    order = []

    def visit(name):
        for parent in parents[name]:
            visit(parent)
        order.append(name)

    for name in parents:
        visit(name)
    return order


def depth_first_without_a_look_for_cycles(parents):
    order, seen = [], set()

    def visit(name):
        if name not in seen:
            seen.add(name)
            for parent in parents[name]:
                visit(parent)
            order.append(name)

    for name in parents:
        visit(name)
    return order


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (visits_first, "First all its parents, then the node itself."),
        (from_the_loss_back, "Hint: your order runs from the loss back."),
        (without_memory, "more than once Hint: remember which nodes are down already"),
        (depth_first_without_a_look_for_cycles, "expected a ValueError: 1, 2 and 3 wait for each other."),
        (lambda parents: list(parents)[:1], "without ["),
        (lambda parents: [*backpropagation._topological_order(parents), 99], "with nodes that the graph does not"),
        (lambda parents: 3, "returned 3 expected a list of the nodes' numbers"),
    ],
)
def test_each_wrong_order_is_told_apart(answer, words):
    assert words in flat(backpropagation.check_topological_order(answer))


def judging_by(measure_difference):
    """A version of wrong_parameters that reduces the differences of an array in another way."""

    def version(loss_of, parameters, gradients):
        wrong = []
        for name, array in parameters.items():
            measured = numerical_gradient(lambda x, name=name: loss_of({**parameters, name: x}), array)
            if measure_difference(measured, gradients[name]) > 1e-5:
                wrong.append(name)
        return wrong

    return version


def first_only(loss_of, parameters, gradients):
    return backpropagation._wrong_parameters(loss_of, parameters, gradients)[:1]


def the_right_ones(loss_of, parameters, gradients):
    wrong = backpropagation._wrong_parameters(loss_of, parameters, gradients)
    return [name for name in parameters if name not in wrong]


def with_a_huge_step(loss_of, parameters, gradients):
    wrong = []
    for name, array in parameters.items():
        measured = numerical_gradient(lambda x, name=name: loss_of({**parameters, name: x}), array, step=0.3)
        if np.abs(measured - gradients[name]).max() > 1e-5:
            wrong.append(name)
    return wrong


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (first_only, "Hint: you stop at the first one that is wrong."),
        (the_right_ones, "Hint: you return the parameters whose gradient is right."),
        (with_a_huge_step, "Is the step too large or too small"),
        (judging_by(lambda a, b: np.abs(a**2 - b**2).max()), "Hint: comparing sizes or squares hides a wrong sign."),
        (judging_by(lambda a, b: np.median(np.abs(a - b))), "Hint: a mean or a sum over the entries hides one"),
        (lambda loss_of, parameters, gradients: "W1", "expected a list of names, such as ['W1']"),
    ],
)
def test_each_wrong_way_to_judge_gradients_is_told_apart(answer, words):
    assert words in flat(backpropagation.check_wrong_parameters(answer))


def test_other_right_solutions_are_correct():
    def softplus_by_cases(dA, Z):
        return dA / (1 + np.exp(-Z))  # overflows to inf, and 1 / inf is the right 0

    def softmax_by_jacobians(dA, A):
        return np.stack([(np.diag(a) - np.outer(a, a)) @ d for a, d in zip(A, dA, strict=True)])

    def embedding_by_one_hot(dA, token_ids, num_tokens):
        return np.eye(num_tokens)[token_ids].T @ dA

    def order_depth_first(parents):
        order, open_nodes = [], set()

        def visit(name):
            if name in open_nodes:
                raise ValueError("cycle")
            if name not in order:
                open_nodes.add(name)
                for parent in parents[name]:
                    visit(parent)
                open_nodes.discard(name)
                order.append(name)

        for name in parents:
            visit(name)
        return order

    def checkpoints_by_walking(num_layers, segment):
        starts, held, again = list(range(0, num_layers, segment)), 0, 0
        stop = num_layers
        while starts:
            start = starts.pop()
            again += stop - start - 1
            held = max(held, len(starts) + stop - start)
            stop = start
        return held, again

    assert backpropagation.check_softplus_backward(softplus_by_cases).passed
    assert backpropagation.check_softmax_backward(softmax_by_jacobians).passed
    assert backpropagation.check_embedding_backward(embedding_by_one_hot).passed
    assert backpropagation.check_topological_order(order_depth_first).passed
    assert backpropagation.check_checkpoint_cost(checkpoints_by_walking).passed
    assert backpropagation.check_wrong_parameters(judging_by(lambda a, b: np.abs(a - b).max())).passed


def test_updating_arrays_in_place_is_named():
    exercise = backpropagation.check_softmax_backward

    def in_place(dA, A):
        dA -= np.sum(dA * A, axis=1, keepdims=True)
        return A * dA

    assert "in place" in flat(exercise(in_place))


# ---------------------------------------------------------------------------------------------------------
# The references are right


@pytest.mark.parametrize(("a", "b"), [(1.5, -0.5), (-2.0, 0.3)])
def test_the_shared_gradient_agrees_with_central_differences(a, b):
    measured = numerical_gradient(lambda v: v[0] * np.tanh(v[0] * v[1]) + v[1], np.array([a, b]))
    np.testing.assert_allclose(reference("shared_gradient")(a, b), measured, atol=1e-9)


RNG = np.random.default_rng(0)
DA, Z = RNG.normal(size=(2, 4, 3))


def test_softplus_softmax_and_layer_norm_agree_with_central_differences():
    check_gradient(lambda z: np.sum(DA * np.log1p(np.exp(z))), Z, reference("softplus_backward")(DA, Z))

    def softmax(z):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    check_gradient(lambda z: np.sum(DA * softmax(z)), Z, reference("softmax_backward")(DA, softmax(Z)))

    def layer_norm(x):
        centred = x - x.mean(axis=1, keepdims=True)
        return centred / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + 1e-3)

    check_gradient(lambda x: np.sum(DA * layer_norm(x)), Z, reference("layer_norm_backward")(DA, Z, 1e-3))


def test_the_multilabel_gradient_and_the_embedding_equal_tensorflow():
    logits, targets = tf.Variable(Z), (Z > 0.3).astype(float)
    with tf.GradientTape() as tape:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
        loss = tf.reduce_mean(tf.reduce_sum(losses, axis=1))
    np.testing.assert_allclose(
        reference("multilabel_gradient")(Z, targets), tape.gradient(loss, logits), rtol=1e-12, atol=1e-15
    )
    table, ids = tf.Variable(np.zeros((5, 3))), np.array([4, 0, 4, 2])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.gather(table, ids) * DA)
    dense = tf.convert_to_tensor(tape.gradient(total, table))
    np.testing.assert_allclose(reference("embedding_backward")(DA, ids, 5), dense, rtol=1e-12)


@pytest.mark.parametrize(("loss", "curvature", "unit"), [(2.0, 0.5, 0.01), (2.3, -0.4, 6e-8)])
def test_no_step_near_the_best_one_is_better(loss, curvature, unit):
    step, error = reference("best_one_sided_step")(loss, curvature, unit)

    def total(h):
        return h * abs(curvature) / 2 + 2 * unit * abs(loss) / h

    assert total(step) == pytest.approx(error)
    assert error < min(total(0.9 * step), total(1.1 * step))


def test_the_step_of_a_straight_line_is_unbounded():
    assert reference("best_one_sided_step")(1.0, 0.0, 1e-16) == (math.inf, 0.0)
