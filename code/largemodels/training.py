"""Mini-batches and the training loop (chapter 4)."""

from dataclasses import dataclass

import numpy as np

from largemodels.checks import random_generator, whole_number
from largemodels.network import accuracy, network_loss, network_loss_and_gradients


def minibatch_indices(num_examples, batch_size, rng):
    """Yield the indices of one epoch's mini-batches: every example exactly once, in random order.

    Parameters
    ----------
    num_examples : int
        At least 1.
    batch_size : int
        At least 1. The last batch is smaller if batch_size does not divide num_examples.
    rng : numpy.random.Generator

    Yields
    ------
    indices : ndarray (batch_size,) of int

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed; raised by the call, not by the first iteration.
    """
    num_examples = whole_number("num_examples", num_examples, minimum=1)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    random_generator("rng", rng)
    order = rng.permutation(num_examples)
    return (order[start : start + batch_size] for start in range(0, num_examples, batch_size))


@dataclass(frozen=True, eq=False, repr=False)
class TrainingHistory:
    """What :func:`train` saw.

    Attributes
    ----------
    losses : ndarray (num_steps,)
        Mini-batch loss of each step, measured before its update; all finite.
    learning_rates : ndarray (num_steps,)
        Learning rate of each step.
    training_loss : ndarray (num_epochs,)
        Mean of the mini-batch losses over the examples of each completed epoch, which is what Keras's ``fit``
        reports. It is measured while the parameters move, so it lags behind the validation loss.
    validation_loss, validation_accuracy : ndarray (num_epochs,), or (0,) if train was given no validation set
        Measured at the end of each completed epoch.
    diverged_at : int or None
        The step that was not taken because the loss, or a parameter, was no longer finite; equal to num_steps.
        None if that did not happen.
    """

    losses: np.ndarray
    learning_rates: np.ndarray
    training_loss: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    diverged_at: int | None = None

    def __repr__(self):
        if self.diverged_at is not None:
            return (
                f"TrainingHistory(diverged: loss or parameters no longer finite at step {self.diverged_at}, "
                f"after a step with learning rate {self.learning_rates[-1]:g})"
            )
        parts = [f"{len(self.losses)} steps", f"{len(self.training_loss)} epochs"]
        parts.append(f"training loss {_loss_text(self.training_loss[-1])}")
        if len(self.validation_loss):
            parts.append(f"validation loss {_loss_text(self.validation_loss[-1])}")
            parts.append(f"validation accuracy {self.validation_accuracy[-1]:.3f}")
        return f"TrainingHistory({', '.join(parts)})"


def _loss_text(loss):
    # Three decimals are what agrees between machines; a loss that has blown up is read by its exponent.
    return f"{loss:.3f}" if loss < 1000 else f"{loss:.0e}"


def train(
    parameters,
    X,
    y,
    optimizer,
    num_epochs,
    batch_size,
    rng,
    X_validation=None,
    y_validation=None,
    schedule=None,
):
    """Train a network by mini-batch gradient descent.

    Parameters
    ----------
    parameters : dict of str to ndarray
        Starting parameters, as :func:`largemodels.network.initialise_network` returns them; left as they are.
    X : ndarray (N, D_in)
    y : ndarray (N,) of int
    optimizer : an optimizer of :mod:`largemodels.optimizers`
        Its state goes on from where it is: pass a new one for a new run.
    num_epochs : int
        At least 1; an epoch sees every example once.
    batch_size : int
        At least 1. With N or more, every step uses all examples (batch gradient descent).
    rng : numpy.random.Generator
        Shuffles the examples of each epoch.
    X_validation, y_validation : ndarray, optional
        Evaluated at the end of each epoch; given both or neither.
    schedule : function from int to float, optional
        Learning rate at each step, counted from 0 in this call; see :mod:`largemodels.schedules`. It sets
        ``optimizer.learning_rate``, which keeps the last value.

    Returns
    -------
    parameters : dict of str to ndarray
        The trained parameters. After a divergence, those with which the loss was no longer finite.
    history : TrainingHistory
        If the loss or a parameter stops being finite, training stops and ``history.diverged_at`` is the step. No
        error is raised: a learning rate that is too large is a result to look at.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed, X holds nan or inf, or the loss is not finite before the first step: none of
        these is a divergence, and no learning rate would cure it.
    """
    num_epochs = whole_number("num_epochs", num_epochs, minimum=1)
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} examples but y has {len(y)}")
    if (X_validation is None) != (y_validation is None):
        raise ValueError("X_validation and y_validation must be given both or neither")
    _require_finite("X", X)
    if X_validation is not None:
        _require_finite("X_validation", X_validation)
    losses, learning_rates = [], []
    training_loss, validation_loss, validation_accuracy = [], [], []
    diverged = False
    # A run that diverges overflows on its way; the checks below report that once, instead of a warning each time.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(num_epochs):
            loss_sum = 0.0
            for indices in minibatch_indices(len(X), batch_size, rng):
                loss, gradients = network_loss_and_gradients(X[indices], y[indices], parameters)
                if not np.isfinite(loss):
                    diverged = True
                    break
                if schedule is not None:
                    optimizer.learning_rate = schedule(len(losses))
                parameters = optimizer.step(parameters, gradients)
                losses.append(loss)
                learning_rates.append(optimizer.learning_rate)
                loss_sum += loss * len(indices)
            # The last update of an epoch may overflow too, with no further loss to show it.
            diverged = diverged or not all(np.isfinite(parameter).all() for parameter in parameters.values())
            if diverged:
                break
            training_loss.append(loss_sum / len(X))
            if X_validation is not None:
                validation_loss.append(network_loss(X_validation, y_validation, parameters))
                validation_accuracy.append(accuracy(X_validation, y_validation, parameters))
    if diverged and not losses:
        raise ValueError(
            f"the loss is {loss} before the first step: look for nan, inf or huge values in the parameters"
        )
    history = TrainingHistory(
        losses=np.array(losses),
        learning_rates=np.array(learning_rates),
        training_loss=np.array(training_loss),
        validation_loss=np.array(validation_loss),
        validation_accuracy=np.array(validation_accuracy),
        diverged_at=len(losses) if diverged else None,
    )
    return parameters, history


def _require_finite(name, X):
    bad_rows = np.flatnonzero(~np.isfinite(X).all(axis=tuple(range(1, np.ndim(X)))))
    if bad_rows.size:
        raise ValueError(f"{name} holds nan or inf in {bad_rows.size} of {len(X)} examples, first in row {bad_rows[0]}")
