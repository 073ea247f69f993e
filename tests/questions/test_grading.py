"""Grading: what counts as a number, and what each response is told."""

import pytest

from largemodels.questions.grading import grade, parse_number
from largemodels.questions.loader import load_questions

QUESTIONS = {question.id: question for question in load_questions("04-gradient-descent")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25),
        (" 0,25 ", 0.25),
        ("1/4", 0.25),
        (".25", 0.25),
        ("2.5e-1", 0.25),
        ("−0.25", -0.25),
        ("0.25", 0.25),
        ("+3", 3.0),
    ],
)
def test_a_number_may_be_written_in_several_ways(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "1e999", "nan", "inf", "1/0", "1,000.5", "0x10", "1_0", "10²", "1 2", "٣"]
)
def test_what_is_not_a_finite_number_is_none(text):
    assert parse_number(text) is None


def test_a_number_at_the_tolerance_is_right_although_it_is_decimal():
    question = QUESTIONS["largest-learning-rate"]
    assert (question.value, question.tolerance) == (0.25, 0.002)
    assert grade(question, "0.252")["outcome"] == "right"
    assert grade(question, "0.248")["outcome"] == "right"
    assert grade(question, "0.2521")["outcome"] == "wrong"


def test_a_number_that_no_known_mistake_gives_is_called_too_small_or_too_large():
    question = QUESTIONS["updates-per-epoch"]
    assert grade(question, "50")["feedback"] == [{"answer": None, "right": False, "text": question.too_small}]
    assert grade(question, "60")["feedback"] == [{"answer": None, "right": False, "text": question.too_large}]


def test_right_answers_of_several_choices_that_are_not_picked_are_counted():
    question = QUESTIONS["weight-decay"]
    graded = grade(question, ["same-in-plain-descent"])
    assert (graded["outcome"], graded["missing"]) == ("missing", 2)
    assert grade(question, ["same-in-plain-descent", "same-in-adam"])["outcome"] == "wrong"


@pytest.mark.parametrize("response", [None, 3, True, "", [], {}, ["gone-since"], "across-the-valley"])
def test_what_is_no_response_to_a_choice_is_empty(response):
    assert grade(QUESTIONS["zigzag"], response)["outcome"] == "empty"
