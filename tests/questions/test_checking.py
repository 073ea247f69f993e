"""Checkers of exercises: whatever the reader's function does, the verdict is a readable text."""

import functools
import math
import re
import sys

import numpy as np
import pytest

from largemodels.questions import checking
from largemodels.questions.checking import Case, Exercise, Mistake, Wrong, describe, difference

TASK = "Return the mean of the values."


def mean_of(values, weight=1.0):
    if len(values) == 0:
        raise ValueError("values must not be empty")
    return weight * np.mean(values)


check_mean_of = Exercise(
    "mean_of",
    difficulty=1,
    reference=mean_of,
    task=TASK,
    success="means agree.",
    cases=[Case(np.array([1.0, 2.0, 6.0])), Case(np.array([4.0, 0.0]), weight=0.5), Case(np.array([]))],
    mistakes=[
        Mistake(lambda values, weight=1.0: weight * np.sum(values), "divide by the number of values."),
        Mistake(lambda values, weight=1.0: np.mean(values), "the weight is missing."),
    ],
)

check_sort_pair = Exercise(
    "sort_pair",
    difficulty=1,
    reference=lambda table: (np.sort(table["a"]), float(len(table["a"]))),
    task="Return the sorted values and their number.",
    success="values and number agree.",
    outputs=("values", "count"),
    cases=[Case({"a": np.array([3.0, 1.0, 2.0])})],
)


def verdict(answer, check=check_mean_of):
    found = check(answer)
    assert found.passed is (found.text.startswith("Correct"))
    assert repr(found) == found.text
    return " ".join(found.text.split())


def test_the_right_function_is_correct():
    assert verdict(mean_of) == "Correct: means agree."


def test_rounding_of_another_order_of_operations_is_forgiven():
    def other(values, weight=1.0):
        if not len(values):
            raise ValueError
        return sum(weight * value / len(values) for value in reversed(values))

    assert verdict(other).startswith("Correct")


# ---------------------------------------------------------------------------------------------------------
# Not yet


def test_the_untouched_stub_repeats_its_task():
    def stub(values, weight=1.0):
        raise NotImplementedError("Return weight times the mean.")

    assert verdict(stub) == "Not yet: Return weight times the mean."


def test_a_bare_stub_gives_the_task_of_the_exercise():
    def stub(values, weight=1.0):
        raise NotImplementedError

    assert verdict(stub) == f"Not yet: {TASK}"


@pytest.mark.parametrize("returned", [None, ...], ids=["None", "Ellipsis"])
def test_returning_nothing_is_not_yet(returned):
    text = verdict(lambda values, weight=1.0: returned)
    assert text.startswith(f"Not yet: mean_of(np.array([1.0, 2.0, 6.0])) returned {returned!r}. {TASK}")


def test_a_result_instead_of_the_function_is_explained():
    text = verdict(3.0)
    assert text == ("Not checked: hand over the function itself, check_mean_of(mean_of), without calling it; got 3")


# ---------------------------------------------------------------------------------------------------------
# Not right


def test_an_error_is_named_with_the_line_in_the_readers_function():
    def broken(values, weight=1.0):
        total = sum(values)
        return total / undefined_name  # noqa: F821

    text = verdict(broken)
    assert "raised NameError: name 'undefined_name' is not defined" in text
    assert "(line 3 of broken, `return total / undefined_name" in text
    assert __file__ not in text


def test_an_error_in_a_function_that_the_readers_function_calls_is_placed_there():
    def inner(values):
        return values[10]

    text = verdict(lambda values, weight=1.0: inner(values))
    assert "IndexError" in text
    assert "(line 2 of inner, `return values[10]`)" in text


def test_a_function_with_other_arguments_is_told_how_it_is_called():
    text = verdict(lambda values: np.mean(values))
    assert "is called as mean_of(np.array([4.0, 0.0]), weight=0.5), but takes (values)" in text
    assert "Expected are the arguments (values, weight=1.0)." in text


def test_another_shape_is_told_with_both_shapes():
    text = verdict(lambda values, weight=1.0: np.array([1.0, 2.0]))
    assert "returned an array of shape (2,) expected a number" in text


def test_changing_an_argument_in_place_is_named():
    def changing(values, weight=1.0):
        values *= weight
        return np.mean(values)

    assert "changed its argument `values` in place" in verdict(changing)


def test_changing_a_dict_argument_is_named():
    def changing(table):
        values = np.sort(table.pop("a"))
        return values, len(values)

    assert "changed its argument `table` in place" in verdict(changing, check_sort_pair)


WORDS = Exercise(
    "count_words",
    difficulty=1,
    reference=lambda words, readers: len(words),
    task="Count.",
    success="counted.",
    cases=[Case(["to", "be"], {"a": ["b", "c"], "b": []})],
)


def test_arguments_that_hold_text_are_not_taken_for_changed():
    assert WORDS(lambda words, readers: len(words)).passed


@pytest.mark.parametrize(
    "change",
    [
        lambda words, readers: words.append("or"),
        lambda words, readers: words.sort(),
        lambda words, readers: readers["a"].remove("c"),
        lambda words, readers: readers.pop("b"),
    ],
)
def test_changing_text_in_an_argument_is_named(change):
    def changing(words, readers):
        count = len(words)
        change(words, readers)
        return count

    assert re.search(r"changed its argument `\w+` in place", " ".join(WORDS(changing).text.split()))


def test_a_known_mistake_gets_its_hint():
    assert verdict(lambda values, weight=1.0: weight * np.sum(values)).endswith("Hint: divide by the number of values.")
    assert verdict(lambda values, weight=1.0: np.mean(values)).endswith("Hint: the weight is missing.")


def test_an_unknown_mistake_gets_the_first_failing_case():
    text = verdict(lambda values, weight=1.0: weight * np.max(values))
    assert text == "Not right: mean_of(np.array([1.0, 2.0, 6.0])) returned 6 expected 3"


def test_a_missing_error_is_told_when_all_values_are_right():
    text = verdict(lambda values, weight=1.0: weight * np.mean(values) if len(values) else 0.0)
    assert text.endswith("mean_of(np.array([])) returned 0 expected a ValueError: values must not be empty")


def test_another_error_than_the_expected_one_is_told():
    text = verdict(lambda values, weight=1.0: weight * sum(values) / len(values))
    assert "raised ZeroDivisionError" in text
    assert text.endswith("expected a ValueError: values must not be empty")


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.array([1.0]), "returned [1] expected 2 values: values, count"),
        ((1, 2, 3), "returned 3 values expected 2 values: values, count"),
        ((np.array([1.0, 2.0, 3.0]), 4), "returned count = 4 expected count = 3"),
        ((np.zeros((1, 3)), 3), "returned values = an array of shape (1, 3) expected an array of shape (3,)"),
        (("abc", 3), "returned values = 'abc' expected an array of shape (3,)"),
        (("abc", "def"), "returned values = 'abc' expected an array of shape (3,)"),
    ],
)
def test_several_outputs_are_told_by_name(returned, message):
    assert verdict(lambda table: returned, check_sort_pair).endswith(message)


# ---------------------------------------------------------------------------------------------------------
# Hostile functions


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no")

    def __array__(self, *arguments, **keywords):
        raise RuntimeError("no")


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("no")


def raising(error):
    def function(values, weight=1.0):
        raise error

    return function


@pytest.mark.parametrize(
    "answer",
    [
        lambda values, weight=1.0: math.nan,
        lambda values, weight=1.0: math.inf,
        lambda values, weight=1.0: np.array(["a", "b"]),
        lambda values, weight=1.0: np.zeros((0, 3)),
        lambda values, weight=1.0: [[1, 2], [3]],
        lambda values, weight=1.0: 1j,
        lambda values, weight=1.0: True,
        lambda values, weight=1.0: {"mean": 1.0},
        lambda values, weight=1.0: (value for value in values),
        lambda values, weight=1.0: Unprintable(),
        lambda values, weight=1.0: Unprintable,
        lambda values, weight=1.0: "x" * 10_000,
        lambda values, weight=1.0: values.fill(0),
        lambda values, weight=1.0: print("printed"),
        raising(KeyError("x")),
        raising(RuntimeError("x" * 10_000)),
        raising(SystemExit(1)),
        raising(UnprintableError()),
        Unprintable,
        Unprintable(),
        print,
        max,
        dict,
        np.mean,
        functools.partial(mean_of, weight=2.0),
        lambda: 1,
        "mean_of",
        None,
        ...,
    ],
)
def test_nothing_that_a_reader_hands_over_makes_the_checker_raise(answer):
    found = check_mean_of(answer)
    assert not found.passed
    assert found.text.startswith(("Not right: ", "Not yet: ", "Not checked: "))
    assert len(found.text) < 1500
    assert " at 0x" not in found.text


def test_endless_recursion_is_named():
    def recursing(values, weight=1.0):
        return recursing(values, weight)

    assert "raised RecursionError" in verdict(recursing)


def test_an_endless_loop_is_stopped_and_named(monkeypatch):
    monkeypatch.setattr(checking, "_TIME_LIMIT", 0.2)

    def looping(values, weight=1.0):
        total = 1.0
        while total > 0:
            try:
                total *= 1.5
            except Exception:
                total = 1.0
        return total

    text = verdict(looping)
    assert "was still running after 0.2 seconds. Is there a loop that does not end?" in text


def test_the_tracing_of_a_debugger_or_of_coverage_is_put_back():
    def tracing(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(tracing)
    try:
        check_mean_of(mean_of)
        check_mean_of(raising(KeyError("x")))
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is tracing


def test_interrupting_the_kernel_still_works():
    with pytest.raises(KeyboardInterrupt):
        check_mean_of(raising(KeyboardInterrupt))


def test_the_readers_warnings_are_kept_out_of_the_output(recwarn):
    def dividing(values, weight=1.0):
        return np.float64(1.0) / np.float64(0.0)

    assert "returned inf" in verdict(dividing)
    assert not recwarn.list


# ---------------------------------------------------------------------------------------------------------
# Judges, and the parts


def test_a_judge_decides_instead_of_the_comparison():
    def judge(attempt):
        if attempt.call(Case(2.0)) < 0:
            raise Wrong("it is negative.")

    check = Exercise("root", difficulty=2, reference=lambda x: x, task="Return it.", success="fine.", judge=judge)
    assert verdict(lambda x: x, check) == "Correct: fine."
    assert verdict(lambda x: -x, check) == "Not right: it is negative."
    assert verdict(lambda x: None, check).startswith("Not yet: root(2.0) returned None.")
    assert verdict(lambda x: 1 / 0, check).startswith("Not right: root(2.0) raised ZeroDivisionError")


def test_a_generator_is_run_under_the_same_guard():
    def judge(attempt):
        attempt.call(Case(2.0), finish=list)

    def generator(x):
        raise NotImplementedError("Yield something.")
        yield x

    check = Exercise("root", difficulty=2, reference=lambda x: x, task="Yield it.", success="fine.", judge=judge)
    assert verdict(generator, check) == "Not yet: Yield something."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(0.1), "0.1"),
        (1 / 3, "0.333333"),
        (np.int64(7), "7"),
        (np.array([[1.0, -0.5]]), "[[1, -0.5]]"),
        (np.zeros((5, 10)), "an array of shape (5, 10)"),
        ((1, [2.0, None]), "(1, [2, None])"),
        ({"b": np.array([1.5])}, "{'b': [1.5]}"),
        (np.random.default_rng(0), "rng"),
        (object(), "a object"),
    ],
)
def test_values_are_described_alike_everywhere(value, text):
    assert describe(value) == text


def test_a_difference_scales_with_the_largest_expected_entry():
    assert difference(np.array([1e6, 1e-3]), np.array([1e6, 0.0]), 1e-6) == ""
    assert difference(np.array([1e6 + 10, 0.0]), np.array([1e6, 0.0]), 1e-6)
    assert difference(1e-13, 0.0, 1e-6) == ""
    assert difference(1e-9, 0.0, 1e-6)
    assert difference(math.inf, math.inf, 1e-6) == ""
    assert difference(5.0, math.inf, 1e-6)
