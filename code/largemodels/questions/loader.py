"""Self-check questions as data: what a question is, and how a chapter's file is read and checked.

The questions of chapter ``04-gradient-descent`` stand in ``04_gradient_descent.toml``. A file names its chapter and
its languages, then lists the questions:

.. code-block:: toml

    chapter = "04-gradient-descent"
    languages = ["en"]

    [[question]]
    id = "zigzag"            # never changes: the reader's progress is kept under it
    kind = "choice"          # one right answer; "choices" allows several; "number" asks for a number
    level = 1                # 1 (easy) to 3 (hard)
    text.en = "..."          # every text is a table by language; `code` in backticks, a blank line between paragraphs

    [[question.answer]]
    id = "steep-wall"
    right = true
    text.en = "..."
    feedback.en = "..."      # why it is right, or which misunderstanding it comes from

    [[question]]
    id = "largest-step"
    kind = "number"
    level = 2
    text.en = "..."
    value = 0.25
    tolerance = 0.002        # largest accepted distance from the value
    right.en = "..."         # feedback for the value,
    too_small.en = "..."     # for numbers below it
    too_large.en = "..."     # and above it,

    [[question.wrong]]       # except those that a known mistake leads to
    value = 0.125
    feedback.en = "..."

A language is added by adding its key to every text; ids stay. A language that ``languages`` names must be there in
every text, so a half translated file is refused.
"""

import dataclasses
import math
import re
import tomllib
from pathlib import Path

_HERE = Path(__file__).parent
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LEVELS = (1, 2, 3)


class QuestionError(ValueError):
    """A question file breaks a rule; the message names the file, the question and what is wrong."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """One of the answers that a question offers; ``text`` and ``feedback`` are tables by language."""

    id: str
    right: bool
    text: dict
    feedback: dict


@dataclasses.dataclass(frozen=True)
class ChoiceQuestion:
    """A question that offers answers: exactly one is right (``choice``), or any number of them (``choices``)."""

    id: str
    kind: str
    level: int
    text: dict
    answers: tuple[Answer, ...]


@dataclasses.dataclass(frozen=True)
class WrongValue:
    """A number that a known mistake leads to, and feedback that names the mistake."""

    value: float
    tolerance: float
    feedback: dict


@dataclasses.dataclass(frozen=True)
class NumberQuestion:
    """A question that asks for a number; ``tolerance`` is the largest accepted distance from ``value``."""

    id: str
    kind: str
    level: int
    text: dict
    value: float
    tolerance: float
    right: dict
    too_small: dict
    too_large: dict
    wrong_values: tuple[WrongValue, ...]


def question_chapters():
    """Return the chapters that have questions, such as ``["04-gradient-descent"]``, in order."""
    return sorted(path.stem.replace("_", "-") for path in _HERE.glob("*.toml"))


def load_questions(chapter):
    """Read the self-check questions of a chapter.

    Parameters
    ----------
    chapter : str
        Name of the chapter's notebook without its suffix, such as ``"04-gradient-descent"``.

    Returns
    -------
    list of ChoiceQuestion or NumberQuestion
        In the order of the file.

    Raises
    ------
    ValueError
        If there are no questions for that chapter; the message lists those that have some.
    QuestionError
        If the file breaks a rule.
    """
    if chapter not in question_chapters():
        raise ValueError(f"no questions for chapter {chapter!r}; there are some for {', '.join(question_chapters())}")
    path = _HERE / f"{chapter.replace('-', '_')}.toml"
    return parse_questions(path.read_text(encoding="utf-8"), path.name, chapter)


def parse_questions(source, file_name, chapter):
    """Read questions from the text of a question file.

    Parameters
    ----------
    source : str
        The TOML text.
    file_name : str
        What error messages call it.
    chapter : str
        The chapter that the file must be for.

    Returns
    -------
    list of ChoiceQuestion or NumberQuestion

    Raises
    ------
    QuestionError
        If the text breaks a rule; the message names the file, the question's id, and what is wrong.
    """
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"{file_name}: not valid TOML: {error}") from error
    reader = _Reader(file_name)
    reader.require_keys(tables, {"chapter", "languages", "question"})
    if tables["chapter"] != chapter:
        reader.fail(f"chapter must be {chapter!r}, as the file's name says; got {tables['chapter']!r}")
    languages = tables["languages"]
    if not isinstance(languages, list) or "en" not in languages:
        reader.fail(f'languages must be a list with "en" in it; got {languages!r}')
    reader.languages = languages
    if not isinstance(tables["question"], list):
        reader.fail("questions must be written as [[question]]")
    questions = [reader.question(table, position) for position, table in enumerate(tables["question"], start=1)]
    reader.place = ""
    reader.require_different([question.id for question in questions], "question")
    return questions


class _Reader:
    """Turns tables into questions, and knows where it is when something is wrong."""

    def __init__(self, file_name):
        self.file_name = file_name
        self.place = ""
        self.languages = []

    def fail(self, message):
        raise QuestionError(f"{self.file_name}{self.place}: {message}")

    def question(self, table, position):
        self.place = f", question {position}"
        if not isinstance(table, dict):
            self.fail("a question must be a table, written as [[question]]")
        self.place = f", question {self.identifier(table)!r}"
        kind = table.get("kind")
        if kind not in ("choice", "choices", "number"):
            self.fail(f"kind must be choice, choices or number; got {kind!r}")
        level = table.get("level")
        if type(level) is not int or level not in _LEVELS:
            self.fail(f"level must be 1, 2 or 3; got {level!r}")
        text = self.text(table, "text")
        return (self.number if kind == "number" else self.choice)(table, kind, level, text)

    def choice(self, table, kind, level, text):
        self.require_keys(table, {"id", "kind", "level", "text", "answer"})
        answer_tables = table["answer"]
        if not isinstance(answer_tables, list) or len(answer_tables) < 2:
            self.fail("at least two answers are needed, each written as [[question.answer]]")
        question_place = self.place
        answers = []
        for answer_table in answer_tables:
            self.place = question_place
            self.place = f"{question_place}, answer {self.identifier(answer_table)!r}"
            self.require_keys(answer_table, {"id", "right", "text", "feedback"})
            if not isinstance(answer_table["right"], bool):
                self.fail(f"right must be true or false; got {answer_table['right']!r}")
            answers.append(
                Answer(
                    answer_table["id"],
                    answer_table["right"],
                    self.text(answer_table, "text"),
                    self.text(answer_table, "feedback"),
                )
            )
        self.place = question_place
        self.require_different([answer.id for answer in answers], "answer")
        num_right = sum(answer.right for answer in answers)
        if num_right == 0:
            self.fail("no answer is right")
        if kind == "choice" and num_right > 1:
            self.fail(f"a choice has one right answer, here {num_right} are; several are for the kind choices")
        return ChoiceQuestion(table["id"], kind, level, text, tuple(answers))

    def number(self, table, kind, level, text):
        keys = {"id", "kind", "level", "text", "value", "tolerance", "right", "too_small", "too_large"}
        self.require_keys(table, keys, optional={"wrong"})
        value, tolerance = self.finite(table, "value"), self.tolerance(table)
        feedback = {key: self.text(table, key) for key in ("right", "too_small", "too_large")}
        wrong_tables = table.get("wrong", [])
        if not isinstance(wrong_tables, list) or not all(isinstance(wrong, dict) for wrong in wrong_tables):
            self.fail("wrong values must be written as [[question.wrong]]")
        question_place = self.place
        wrong_values = []
        for wrong in wrong_tables:
            self.place = f"{question_place}, wrong value {wrong.get('value')!r}"
            self.require_keys(wrong, {"value", "feedback"}, optional={"tolerance"})
            wrong_tolerance = self.tolerance(wrong) if "tolerance" in wrong else tolerance
            wrong_values.append(WrongValue(self.finite(wrong, "value"), wrong_tolerance, self.text(wrong, "feedback")))
        self.place = question_place
        self.require_apart([(value, tolerance)] + [(wrong.value, wrong.tolerance) for wrong in wrong_values])
        return NumberQuestion(
            table["id"], kind, level, text, value, tolerance, **feedback, wrong_values=tuple(wrong_values)
        )

    def require_keys(self, table, keys, optional=frozenset()):
        if not isinstance(table, dict):
            self.fail(f"expected a table; got {table!r}")
        if missing := sorted(keys - table.keys()):
            self.fail(f"{', '.join(missing)} missing")
        if unknown := sorted(table.keys() - keys - optional):
            self.fail(f"unknown key {', '.join(unknown)}")

    def require_different(self, ids, what):
        for identifier in ids:
            if ids.count(identifier) > 1:
                self.fail(f"{what} id {identifier!r} is used {ids.count(identifier)} times")

    def require_apart(self, values):
        """Refuse two values that one number could be meant by, since only the first would be noticed."""
        for position, (value, tolerance) in enumerate(values):
            for other_value, other_tolerance in values[:position]:
                if abs(value - other_value) <= tolerance + other_tolerance:
                    self.fail(f"values {other_value:g} and {value:g} are closer than their tolerances")

    def identifier(self, table):
        value = table.get("id") if isinstance(table, dict) else None
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self.fail(f"id must be lower-case words joined by hyphens; got {value!r}")
        return value

    def finite(self, table, key):
        value = table[key]
        if type(value) not in (int, float) or not math.isfinite(value):
            self.fail(f"{key} must be a finite number; got {value!r}")
        return float(value)

    def tolerance(self, table):
        tolerance = self.finite(table, "tolerance")
        if tolerance < 0:
            self.fail(f"tolerance must not be negative; got {tolerance:g}")
        return tolerance

    def text(self, table, key):
        texts = table.get(key)
        if not isinstance(texts, dict):
            self.fail(f"{key} must be given by language, as {key}.en; got {texts!r}")
        for language in self.languages:
            text = texts.get(language)
            if not isinstance(text, str) or not text.strip():
                self.fail(f"{key}.{language} is missing or empty")
            if text.count("`") % 2:
                self.fail(f"{key}.{language} has a backtick without a partner")
        if unknown := sorted(texts.keys() - set(self.languages)):
            self.fail(f"{key} has the language {', '.join(unknown)}, which languages does not name")
        return {language: texts[language].strip() for language in self.languages}
