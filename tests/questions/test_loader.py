"""Question files: the chapters' own are sound, and a broken one is refused by a sentence that says where."""

import re

import pytest

from largemodels.questions.grading import grade
from largemodels.questions.loader import QuestionError, load_questions, parse_questions, question_chapters

CHAPTER = "09-example"
HEAD = f'chapter = "{CHAPTER}"\nlanguages = ["en"]\n'
CHOICE = """
[[question]]
id = "one"
kind = "choice"
level = 1
text.en = "Which?"
[[question.answer]]
id = "yes"
right = true
text.en = "Yes"
feedback.en = "It is."
[[question.answer]]
id = "no"
right = false
text.en = "No"
feedback.en = "It is not."
"""
NUMBER = """
[[question]]
id = "two"
kind = "number"
level = 2
text.en = "How much?"
value = 0.5
tolerance = 0.01
right.en = "Half."
too_small.en = "More."
too_large.en = "Less."
[[question.wrong]]
value = 2
feedback.en = "That is upside down."
"""


def parse(source, head=HEAD):
    return parse_questions(head + source, "09_example.toml", CHAPTER)


# ---------------------------------------------------------------------------------------------------------
# The chapters' own questions

EVERY_QUESTION = [(chapter, question) for chapter in question_chapters() for question in load_questions(chapter)]
every_question = pytest.mark.parametrize(
    ("chapter", "question"), EVERY_QUESTION, ids=lambda value: getattr(value, "id", value)
)


@pytest.mark.parametrize("chapter", question_chapters())
def test_a_chapter_asks_at_least_ten_questions_in_every_form_from_easy_to_hard(chapter):
    questions = load_questions(chapter)
    levels = [question.level for question in questions]
    assert len(questions) >= (8 if chapter == "index" else 10)  # on the front page they only tell where to begin
    assert levels == sorted(levels)
    assert set(levels) == {1, 2, 3}
    assert {question.kind for question in questions} == {"choice", "choices", "number"}


@every_question
def test_every_feedback_is_different(chapter, question):
    if question.kind == "number":
        texts = [question.right, question.too_small, question.too_large]
        texts += [wrong.feedback for wrong in question.wrong_values]
    else:
        texts = [answer.feedback for answer in question.answers]
    assert len({text["en"] for text in texts}) == len(texts)


@every_question
def test_the_right_answer_is_graded_right_and_each_wrong_one_gets_its_feedback(chapter, question):
    if question.kind == "number":
        assert grade(question, f"{question.value:g}")["outcome"] == "right"
        for wrong in question.wrong_values:
            graded = grade(question, f"{wrong.value:g}")
            assert (graded["outcome"], graded["feedback"][0]["text"]) == ("wrong", wrong.feedback)
        return
    right = [answer.id for answer in question.answers if answer.right]
    assert grade(question, right)["outcome"] == "right"
    for answer in question.answers:
        if not answer.right:
            graded = grade(question, [answer.id])
            assert (graded["outcome"], graded["feedback"][0]["text"]) == ("wrong", answer.feedback)


@pytest.mark.parametrize("chapter", question_chapters())
def test_neither_place_nor_length_gives_single_choices_away(chapter):
    choices = [question for question in load_questions(chapter) if question.kind == "choice"]
    places = [[answer.right for answer in question.answers].index(True) for question in choices]
    longest = [max(question.answers, key=lambda answer: len(answer.text["en"])).right for question in choices]
    assert max(places.count(place) for place in places) <= len(places) / 2
    assert sum(longest) < len(longest)


# ---------------------------------------------------------------------------------------------------------
# Broken files


def test_a_sound_file_gives_its_questions_in_order():
    choice, number = parse(CHOICE + NUMBER)
    assert [answer.right for answer in choice.answers] == [True, False]
    assert (number.value, number.wrong_values[0].tolerance) == (0.5, 0.01)


@pytest.mark.parametrize(
    ("source", "old", "new", "message"),
    [
        (
            CHOICE,
            'kind = "choice"',
            'kind = "essay"',
            "question 'one': kind must be choice, choices or number; got 'essay'",
        ),
        (CHOICE, 'kind = "choice"\n', "", "question 'one': kind must be choice, choices or number; got None"),
        (CHOICE, "right = true", "right = false", "question 'one': no answer is right"),
        (CHOICE, "right = false", "right = true", "question 'one': a choice has one right answer, here 2 are"),
        (CHOICE, "right = false", 'right = "no"', "question 'one', answer 'no': right must be true or false; got 'no'"),
        (CHOICE, 'feedback.en = "It is not."\n', "", "question 'one', answer 'no': feedback missing"),
        (CHOICE, 'feedback.en = "It is not."', 'feedback.en = " "', "answer 'no': feedback.en is missing or empty"),
        (
            CHOICE,
            'feedback.en = "It is not."',
            'feedback = "It is not."',
            "answer 'no': feedback must be given by language",
        ),
        (CHOICE, 'text.en = "No"', 'text.en = "No"\ntext.zh = "不"', "answer 'no': text has the language zh"),
        (CHOICE, 'text.en = "No"', 'text.en = "`No"', "answer 'no': text.en has a backtick without a partner"),
        (CHOICE, 'id = "no"', 'id = "yes"', "question 'one': answer id 'yes' is used 2 times"),
        (CHOICE, 'id = "no"', 'id = "No!"', "question 'one': id must be lower-case words joined by hyphens; got 'No!'"),
        (CHOICE, 'id = "one"\n', "", "question 1: id must be lower-case words joined by hyphens; got None"),
        (CHOICE, "level = 1", "level = 4", "question 'one': level must be 1, 2 or 3; got 4"),
        (CHOICE, "level = 1", "level = true", "question 'one': level must be 1, 2 or 3; got True"),
        (CHOICE, "level = 1", 'level = 1\nhint = "x"', "question 'one': unknown key hint"),
        (CHOICE, CHOICE[CHOICE.index("[[question.answer]]") :], "answer = []", "question 'one': at least two answers"),
        (NUMBER, "tolerance = 0.01\n", "", "question 'two': tolerance missing"),
        (NUMBER, "tolerance = 0.01", "tolerance = -1", "question 'two': tolerance must not be negative; got -1"),
        (NUMBER, "tolerance = 0.01", "tolerance = inf", "question 'two': tolerance must be a finite number; got inf"),
        (NUMBER, "value = 0.5", 'value = "0.5"', "question 'two': value must be a finite number; got '0.5'"),
        (NUMBER, "value = 0.5", "value = nan", "question 'two': value must be a finite number; got nan"),
        (NUMBER, "value = 2", "value = 0.515", "question 'two': values 0.5 and 0.515 are closer than their tolerances"),
        (NUMBER, "value = 2\n", "", "question 'two', wrong value None: value missing"),
        (NUMBER, 'too_large.en = "Less."\n', "", "question 'two': too_large missing"),
        (NUMBER, "[[question.wrong]]", "[question.wrong]", "question 'two': wrong values must be written as"),
    ],
)
def test_a_broken_question_is_refused_by_file_question_and_reason(source, old, new, message):
    assert source.count(old) >= 1
    broken = source.replace(old, new, 1)
    with pytest.raises(QuestionError, match="^" + re.escape("09_example.toml") + ".*" + re.escape(message)):
        parse(broken)


@pytest.mark.parametrize(
    ("head", "source", "message"),
    [
        (HEAD, CHOICE + CHOICE, "question id 'one' is used 2 times"),
        (HEAD, "question = 3", "questions must be written as [[question]]"),
        (HEAD, "question = [3]", "question 1: a question must be a table"),
        (HEAD, "question = [", "not valid TOML"),
        (HEAD, "", "question missing"),
        (HEAD.replace("09", "08"), CHOICE, "chapter must be '09-example', as the file's name says; got '08-example'"),
        (HEAD.replace('["en"]', '["zh"]'), CHOICE, "languages must be a list with \"en\" in it; got ['zh']"),
        (HEAD.replace('["en"]', '["en", "zh"]'), CHOICE, "question 'one': text.zh is missing or empty"),
    ],
)
def test_a_broken_file_is_refused(head, source, message):
    with pytest.raises(QuestionError, match="^" + re.escape("09_example.toml") + ".*" + re.escape(message)):
        parse(source, head)


def test_a_second_language_keeps_the_ids():
    bilingual = re.sub(r'^(\w+)\.en = "(.*)"$', r'\1.en = "\2"\n\1.zh = "中 \2"', CHOICE + NUMBER, flags=re.MULTILINE)
    english = parse(CHOICE + NUMBER)
    both = parse(bilingual, HEAD.replace('["en"]', '["en", "zh"]'))
    assert [question.id for question in both] == [question.id for question in english]
    assert both[0].answers[1].feedback == {"en": "It is not.", "zh": "中 It is not."}
