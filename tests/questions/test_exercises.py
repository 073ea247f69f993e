"""What holds for every practice exercise of every page: solutions pass, stubs and mistakes are told apart."""

import inspect

import pytest

from largemodels.questions import (
    backpropagation,
    concepts,
    convolutional_networks,
    forward_propagation,
    gradient_descent,
    index,
    refresher,
)
from tests.questions.exercises_of import CHAPTERS, Page, exercises_of, flat

# The questions module of each page with exercises, and how many mistakes each of its exercises knows at least.
PAGES = {
    "index": (index, 4),
    "01-concepts": (concepts, 5),
    "02-forward-propagation": (forward_propagation, 3),
    "03-backpropagation": (backpropagation, 4),
    "04-gradient-descent": (gradient_descent, 4),
    "05-convolutional-networks": (convolutional_networks, 4),
    "refresher": (refresher, 4),
}
HINTED_BY_A_JUDGE = {"stratified_split", "topological_order", "wrong_parameters", "minibatches"}

EXERCISES = [
    pytest.param(stem, exercise, id=f"{stem}-{exercise.name}")
    for stem, (module, _) in PAGES.items()
    for exercise in exercises_of(module).values()
]
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{stem}-{exercise.name}-{mistake.hint[:40]}")
    for stem, (module, _) in PAGES.items()
    for exercise in exercises_of(module).values()
    for mistake in exercise.mistakes
]
every_exercise = pytest.mark.parametrize(("stem", "exercise"), EXERCISES)


@pytest.fixture(scope="module")
def page():
    """A function from a page's stem to its exercises as they stand in the notebook, read once."""
    pages = {}
    return lambda stem: pages.setdefault(stem, Page(stem))


def test_every_page_with_an_exercise_is_looked_at_here():
    with_exercises = {path.stem for path in CHAPTERS.glob("*.ipynb") if '"id": "exercise-' in path.read_text("utf-8")}
    assert with_exercises == set(PAGES)


@pytest.mark.parametrize("stem", PAGES)
def test_a_checker_has_the_name_of_its_function(stem):
    exercises = exercises_of(PAGES[stem][0])
    assert list(exercises) == [f"check_{exercise.name}" for exercise in exercises.values()]


@every_exercise
def test_the_reference_is_correct(stem, exercise):
    assert flat(exercise(exercise.reference)) == f"Correct: {exercise.success}"


@every_exercise
def test_an_untouched_stub_is_told_what_to_do(stem, exercise):
    def stub(*arguments, **keywords):
        raise NotImplementedError

    assert flat(exercise(stub)) == f"Not yet: {exercise.task}"


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_each_known_mistake_gets_its_own_hint(exercise, mistake):
    text = flat(exercise(mistake.function))
    assert text.startswith("Not right: ")
    assert text.endswith(f"Hint: {' '.join(mistake.hint.split())}")


@every_exercise
def test_an_exercise_knows_several_mistakes(stem, exercise):
    if exercise.name not in HINTED_BY_A_JUDGE:
        assert len({mistake.hint for mistake in exercise.mistakes}) >= PAGES[stem][1]


@every_exercise
def test_the_stub_on_the_page_takes_the_arguments_of_the_reference(page, stem, exercise):
    stub, reference = page(stem).stub(exercise), exercise.reference
    assert list(inspect.signature(stub).parameters) == list(inspect.signature(reference).parameters)


@every_exercise
def test_the_stub_on_the_page_is_told_what_to_do(page, stem, exercise):
    assert flat(page(stem).verdict_on_stub(exercise)).startswith("Not yet: ")


@every_exercise
def test_the_solution_on_the_page_is_correct(page, stem, exercise):
    assert flat(page(stem).verdict_on_solution(exercise)) == f"Correct: {exercise.success}"
