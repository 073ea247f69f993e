"""The exercises and the diagnostic quiz of the welcome page: solutions pass, stubs and mistakes are told apart."""

import re

import nbformat
import numpy as np
import pytest

from largemodels import scale
from largemodels.network import initialise_network
from largemodels.questions import index
from largemodels.questions.loader import load_questions
from tests.questions.exercises_of import CHAPTERS, exercises_of

EXERCISES = exercises_of(index)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


def test_the_page_has_six_exercises_from_easy_to_hard():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 2, 2, 3]


def test_other_right_solutions_are_correct():
    def stack_by_walking(layer_sizes):
        total = 0
        for position in range(1, len(layer_sizes)):
            total += (layer_sizes[position - 1] + 1) * layer_sizes[position]
        return total

    def bits_in_gigabytes(num_parameters, memory_gb):
        usable = memory_gb * 4 / 5
        fitting = [bits for bits in (4, 8, 16, 32) if num_parameters * bits / 8 / 1e9 <= usable]
        return max(fitting, default=0)

    def devices_by_trying(num_parameters, device_gb, activation_gb):
        if activation_gb >= device_gb:
            raise ValueError("no room")
        num_devices = 1
        while num_devices * (device_gb - activation_gb) * 1e9 < 16 * num_parameters:
            num_devices += 1
        return num_devices

    def optimal_by_tokens(compute, tokens_per_parameter=20):
        num_tokens = (compute * tokens_per_parameter / 6) ** 0.5
        return num_tokens / tokens_per_parameter, num_tokens

    assert index.check_stack_parameters(stack_by_walking).passed
    assert index.check_largest_bits(bits_in_gigabytes).passed
    assert index.check_devices_to_train(devices_by_trying).passed
    assert index.check_compute_optimal(optimal_by_tokens).passed


def test_the_references_agree_with_the_package():
    sizes = [784, 32, 10]
    network = initialise_network(sizes, np.random.default_rng(0))
    assert reference("stack_parameters")(sizes) == sum(array.size for array in network.values())
    assert reference("devices_to_train")(70e9, 80, 20) == scale.devices_needed(scale.training_bytes(70e9), 60e9)
    compute = scale.training_compute(7e9, 140e9)
    assert reference("days_to_train")(7e9, 140e9, 8, 1e15, 0.4) == scale.training_days(compute, 8, 1e15, 0.4)
    num_parameters, num_tokens = reference("compute_optimal")(3.14e23)
    assert scale.training_compute(num_parameters, num_tokens) == pytest.approx(3.14e23)


def test_half_of_the_days_lost_doubles_the_days():
    run = (7e9, 140e9, 8, 1e15, 0.4)
    assert reference("days_to_train")(*run, lost=0.5) == 2 * reference("days_to_train")(*run)


def test_a_bit_more_than_the_answer_of_largest_bits_would_not_fit():
    for num_parameters in (1e9, 7e9, 13e9, 70e9):
        bits = reference("largest_bits")(num_parameters, 24)
        assert bits == 0 or scale.weight_bytes(num_parameters, bits) <= 0.8 * 24e9
        assert bits == 32 or scale.weight_bytes(num_parameters, 2 * bits or 4) > 0.8 * 24e9


# ---------------------------------------------------------------------------------------------------------
# The page's own cells


# ---------------------------------------------------------------------------------------------------------
# The diagnostic quiz


def headings(stem):
    cells = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.findall(r"^#{2,3} ([1-4]\.\d) (.+)$", source, flags=re.MULTILINE)


def wrong_feedback(question):
    if question.kind == "number":
        return [wrong.feedback["en"] for wrong in question.wrong_values] + [
            question.too_small["en"],
            question.too_large["en"],
        ]
    return [answer.feedback["en"] for answer in question.answers if not answer.right]


@pytest.mark.parametrize("question", load_questions("index"), ids=lambda question: question.id)
def test_every_wrong_answer_names_a_section_that_the_refresher_has(question):
    sections = {f"{number}, {title}" for number, title in headings("refresher")}
    for feedback in wrong_feedback(question):
        named = re.search(r"[Rr]efresher, section (.+?)\.$", " ".join(feedback.split()))
        assert named, feedback
        assert named[1] in sections


def test_the_diagnostic_quiz_has_six_to_eight_questions():
    assert 6 <= len(load_questions("index")) <= 8
