"""`Quiz`: the self-check questions of a chapter, with feedback for every answer."""

import dataclasses
import string
import textwrap

import traitlets

from largemodels.questions.loader import load_questions
from largemodels.widgets.lab import Lab

_TEXT_WIDTH = 100


class Quiz(Lab):
    """Self-check questions as a form that answers each choice and each number with feedback of its own.

    What the reader answered is kept in the browser, under the chapter and the question's id, and nowhere else: the
    notebook stays as it is.

    Parameters
    ----------
    chapter : str
        Chapter whose questions are asked, such as ``"04-gradient-descent"``.
    only : list of str, optional
        Ids of the questions to ask, in this order; without it all of the chapter.

    Raises
    ------
    ValueError
        If the chapter has no questions, or none with one of the ids.
    """

    chapter = traitlets.Unicode(help="Chapter that the questions belong to.").tag(sync=True)
    questions = traitlets.List(help="The questions, as plain data.").tag(sync=True)

    def __init__(self, chapter, only=None, **kwargs):
        questions = load_questions(chapter)
        if only is not None:
            by_id = {question.id: question for question in questions}
            if unknown := [identifier for identifier in only if identifier not in by_id]:
                raise ValueError(f"chapter {chapter} has no question {', '.join(unknown)}; it has {', '.join(by_id)}")
            questions = [by_id[identifier] for identifier in only]
        super().__init__(chapter=chapter, questions=[dataclasses.asdict(question) for question in questions], **kwargs)

    def __repr__(self):
        """Return the questions as plain text, without solutions: all that GitHub shows of a widget."""
        return "\n\n".join(
            _plain_text(question, number, self.language) for number, question in enumerate(self.questions, start=1)
        )


def _plain_text(question, number, language):
    def in_language(texts):
        return texts.get(language, texts["en"])

    text = in_language(question["text"])
    lines = [line for line in text.split("\n") if line]
    indent = " " * len(f"{number}. ")
    rows = [_filled(line, f"{number}. " if position == 0 else indent) for position, line in enumerate(lines)]
    if question["kind"] == "number":
        return "\n".join([*rows, f"{indent}____"])
    box = "( )" if question["kind"] == "choice" else "[ ]"
    for letter, answer in zip(string.ascii_lowercase, question["answers"], strict=False):
        rows.append(_filled(in_language(answer["text"]), f"{indent}{box} {letter}) "))
    return "\n".join(rows)


def _filled(text, first_indent):
    return textwrap.fill(
        text.replace("\n", " "),
        _TEXT_WIDTH,
        initial_indent=first_indent,
        subsequent_indent=" " * len(first_indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
