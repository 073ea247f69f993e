"""The chapter's self-check questions on the page: keys are enough, and the browser remembers."""

import pytest

from largemodels.questions.loader import load_questions
from tests.site.pages import CHAPTER

QUESTIONS = load_questions("04-gradient-descent")


class QuizOnPage:
    def __init__(self, page):
        self.page = page
        self.root = page.locator("#Quiz .lm-quiz")
        self.root.wait_for()

    def form(self, kind):
        """Return the first question of a kind, and its form."""
        position = next(i for i, question in enumerate(QUESTIONS) if question.kind == kind)
        return QUESTIONS[position], self.root.locator("form").nth(position)

    def progress(self):
        return self.root.locator(".lm-quiz-progress [role=status]").inner_text()


def feedback(form):
    return " ".join(form.locator(".lm-quiz-feedback").inner_text().split())


@pytest.mark.parametrize("over", ["http", "file"])
def test_the_quiz_is_answered_by_keys_alone_remembered_and_cleared(open_page, over):
    page = open_page(CHAPTER, "#Quiz", over=over)
    quiz = QuizOnPage(page)
    assert quiz.progress() == f"Answered right: 0 of {len(QUESTIONS)}"

    number, number_form = quiz.form("number")
    number_form.locator("input").focus()
    page.keyboard.type("-1000")
    page.keyboard.press("Enter")
    assert feedback(number_form).startswith("Not right yet.")
    page.keyboard.press("Control+a")
    page.keyboard.type(f"{number.value}")
    page.keyboard.press("Enter")
    assert feedback(number_form).startswith("Right.")

    choice, choice_form = quiz.form("choice")
    choice_form.locator("input").first.focus()
    page.keyboard.press("Space")
    for _ in range([answer.right for answer in choice.answers].index(True)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert feedback(choice_form).startswith("Right.")
    assert quiz.progress() == f"Answered right: 2 of {len(QUESTIONS)}"

    page.reload()
    quiz = QuizOnPage(page)
    assert quiz.progress() == f"Answered right: 2 of {len(QUESTIONS)}"
    assert feedback(quiz.form("choice")[1]).startswith("Right.")

    page.get_by_role("button", name="Clear my answers").focus()
    page.keyboard.press("Enter")
    assert quiz.progress() == f"Answered right: 0 of {len(QUESTIONS)}"
    page.reload()
    assert QuizOnPage(page).progress() == f"Answered right: 0 of {len(QUESTIONS)}"
