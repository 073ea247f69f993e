"""The deep networks of chapter 3 start as stated, and are trained by plain mini-batch gradient descent."""

import numpy as np
import pytest

from largemodels import autodiff
from largemodels.depth import start_deep_network, train_deep


def linear_loss(X, y, layers):
    A = X
    for W, b in layers:
        A = A @ W + b
    return autodiff.softmax_cross_entropy(A, y)


def test_only_the_inner_layers_have_the_variance_asked_for():
    layers = start_deep_network((400, 300, 300, 300, 200), 0.1, np.random.default_rng(0))
    scaled = [W.var() * len(W) for W, _ in layers]
    assert scaled == pytest.approx([1, 0.1, 0.1, 1], rel=0.03)
    assert all(np.array_equal(b, np.zeros(W.shape[1])) for W, b in layers)


def test_one_full_batch_gives_the_loss_at_the_start():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(6, 4)), rng.integers(10, size=6)
    layers = start_deep_network([4, 3, 3, 10], 2.0, np.random.default_rng(7))
    logits = X
    for W, b in layers:
        logits = logits @ W + b
    by_hand = np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(6), y])
    losses = train_deep(linear_loss, X, y, 2.0, depth=2, width=3, num_epochs=1, batch_size=6, seed=7)
    assert losses == pytest.approx([by_hand], rel=1e-12)


def test_a_step_moves_against_the_gradient_by_the_learning_rate():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(5, 4)), rng.integers(10, size=5)
    first, second = train_deep(
        linear_loss, X, y, 1.0, depth=1, width=3, num_epochs=2, batch_size=5, learning_rate=1e-4, seed=3
    )
    nodes = [tuple(map(autodiff.Node, pair)) for pair in start_deep_network([4, 3, 10], 1.0, np.random.default_rng(3))]
    autodiff.backward(linear_loss(X, y, nodes))
    squared_norm = sum(np.sum(node.gradient**2) for pair in nodes for node in pair)
    assert first - second == pytest.approx(1e-4 * squared_norm, rel=1e-3)


def test_every_epoch_sees_each_example_once():
    seen = []

    def loss_of(X, y, layers):
        seen.append(X[:, 0].astype(int))
        return linear_loss(X, y, layers)

    X, y = np.arange(12.0).reshape(12, 1), np.zeros(12, dtype=int)
    train_deep(loss_of, X, y, 1.0, depth=1, width=2, num_epochs=2, batch_size=4, learning_rate=1e-6)
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert sorted(first) == sorted(second) == list(range(12))
    assert not np.array_equal(first, second)


def test_too_few_layers_and_too_few_examples_are_refused():
    with pytest.raises(ValueError, match="at least one hidden layer and the output; got \\[4, 10\\]"):
        start_deep_network([4, 10], 1.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="one batch needs 50 examples; got 6"):
        train_deep(linear_loss, np.zeros((6, 4)), np.zeros(6, dtype=int), 1.0)
