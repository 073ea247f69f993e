"""The healthy backward pass is right, and each patient shows the symptom that chapter 3 describes."""

import numpy as np
import pytest

from largemodels.wrong_lines import (
    BACKWARD,
    GRADIENTS,
    WRONG_LINES,
    backward_lines,
    cure,
    diagnose,
    example_values,
    listing,
    report,
    run_backward,
    run_forward,
)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_healthy_backward_pass_agrees_with_every_measurement(seed):
    assert max(error for error, _ in diagnose(values=example_values(seed)).values()) < 1e-6


FIRST_WRONG = {
    "A": "dA1",
    "B": "dZ3",
    "C": "dW1",
    "D": "dA1",
    "E": "dZ1",
    "F": "db2",
    "G": "dZ3",
    "H": None,
    "I": "dZ2",
    "J": "dA2",
}


@pytest.mark.parametrize("letter", WRONG_LINES)
def test_the_first_wrong_gradient_is_made_by_the_wrong_line_or_the_next(letter):
    wrong = [name for name, (error, _) in diagnose(letter).items() if error > 1e-6]
    assert (wrong[0] if wrong else None) == FIRST_WRONG[letter]


@pytest.mark.parametrize("letter", WRONG_LINES)
def test_exactly_one_line_differs(letter):
    differing = [
        i for i, pair in enumerate(zip(backward_lines(letter), BACKWARD, strict=True), 1) if pair[0] != pair[1]
    ]
    assert differing == [WRONG_LINES[letter][0]]


def test_a_missing_mean_and_a_second_one_are_seen_as_common_factors():
    assert all(factor == pytest.approx(6) for _, factor in diagnose("B").values())
    assert diagnose("C")["dW1"][1] == pytest.approx(1 / 6)
    assert diagnose("G")["dZ3"][1] is None


def test_the_experiments_of_the_chapter_tell_the_patients_apart():
    symmetric, zero, small = example_values(), example_values(), example_values()
    symmetric["W2"] = symmetric["W2"] + symmetric["W2"].T
    zero["W2"] = np.zeros((6, 6))
    small.update(W1=0.01 * small["W1"], b1=0.01 * small["b1"])
    assert "WRONG: none" in report("A", values=symmetric)
    assert "first wrong: dA1" in report("D", values=symmetric)
    assert "WRONG: none" in report("D", values=zero)
    assert "WRONG: none" in report("E", values=small)
    assert "WRONG: none" in report("H")
    assert "right: none" in report("H", num_runs=2)


def test_the_healthy_pass_leaves_the_stored_arrays_as_they_are():
    cache = run_forward(example_values())
    before = {name: np.copy(value) for name, value in cache.items()}
    gradients = run_backward(backward_lines(), cache, num_runs=2)
    assert tuple(gradients) == GRADIENTS
    for name, value in cache.items():
        np.testing.assert_array_equal(value, before[name])


def test_a_replaced_array_takes_effect_from_its_line_on():
    values = example_values()
    cache = run_forward(values)
    nudged = run_forward(values, {"A1": cache["A1"] + 1.0})
    np.testing.assert_array_equal(nudged["Z1"], cache["Z1"])
    assert not np.allclose(nudged["Z2"], cache["Z2"])


@pytest.mark.parametrize("letter", WRONG_LINES)
def test_the_right_line_cures_each_patient(letter):
    number, wrong = WRONG_LINES[letter]
    assert cure(letter).split("\n") == [
        f"line {number} was    {wrong}",
        f"line {number} right  {BACKWARD[number - 1]}",
        "cured: every gradient agrees with its measurement",
    ]


def test_lines_of_ones_own_can_be_diagnosed():
    lines = backward_lines()
    lines[4] = "db3 = dZ3.mean(axis=0)"
    wrong = [name for name, (error, _) in diagnose(lines=lines).items() if error > 1e-6]
    assert wrong == ["db3"]


def test_the_listing_counts_from_one():
    assert listing(["a = 1", "b = 2"]) == " 1  a = 1\n 2  b = 2"


def test_an_unknown_patient_is_named():
    with pytest.raises(ValueError, match=r"patients are A, B, C, .*; got 'Z'"):
        backward_lines("Z")
