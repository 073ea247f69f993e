"""Grading a response to a self-check question: the reference for what the quiz does in the browser."""

import math
import re

_NUMBER = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_RESPONSE = re.compile(rf"({_NUMBER})(?:/({_NUMBER}))?")
_SPACES = " \t\n\r\u00a0\u3000"
# Typed values are decimal, comparisons binary: 0.39 must count as within 0.01 of 0.4.
_SLACK = 1 + 1e-9


def parse_number(text):
    """Return the finite number that a reader typed, or ``None``.

    The decimal sign may be a point or a comma; a fraction such as ``1/3`` is a number too; a typographic minus and
    the full-width characters of Chinese keyboards are read as what they stand for. ``1,000.5`` is refused rather than
    guessed at.
    """
    if not isinstance(text, str):
        return None
    ascii_text = "".join(_as_ascii(character) for character in text.strip(_SPACES))
    match = _RESPONSE.fullmatch(ascii_text)
    if not match:
        return None
    numerator, denominator = (float(part.replace(",", ".")) for part in (match[1], match[2] or "1"))
    if denominator == 0 or not math.isfinite(numerator) or not math.isfinite(denominator):
        return None
    value = numerator / denominator
    return value if math.isfinite(value) else None


def _as_ascii(character):
    if character == "\u2212":
        return "-"
    return chr(ord(character) - 0xFEE0) if 0xFF01 <= ord(character) <= 0xFF5E else character


def grade(question, response):
    """Judge a response to a question.

    Parameters
    ----------
    question : ChoiceQuestion or NumberQuestion
    response : list of str, or str
        Ids of the answers that were picked, or the number as typed. Anything else counts as no response, and ids that
        the question does not have are ignored: responses kept in a browser may be older than the question.

    Returns
    -------
    dict
        ``outcome``
            ``"right"``, ``"wrong"``, ``"missing"`` (all picked answers are right, but others are right too),
            ``"empty"`` (no response), or ``"not-a-number"``.
        ``value``
            The number as understood, else ``None``.
        ``missing``
            How many right answers were not picked (of ``choices`` only, else 0).
        ``feedback``
            List of ``{"answer": id or None, "right": bool, "text": table by language}``.
    """
    return _grade_number(question, response) if question.kind == "number" else _grade_choice(question, response)


def _result(outcome, feedback=(), value=None, missing=0):
    return {"outcome": outcome, "value": value, "missing": missing, "feedback": list(feedback)}


def _grade_choice(question, response):
    given = response if isinstance(response, list) else []
    picked = [answer for answer in question.answers if answer.id in given]
    # A single choice with two answers picked cannot come from the form.
    if not picked or (question.kind == "choice" and len(picked) > 1):
        return _result("empty")
    feedback = [{"answer": answer.id, "right": answer.right, "text": answer.feedback} for answer in picked]
    missing = sum(answer.right for answer in question.answers) - sum(answer.right for answer in picked)
    if question.kind == "choice":
        return _result("right" if picked[0].right else "wrong", feedback)
    if not all(answer.right for answer in picked):
        return _result("wrong", feedback, missing=missing)
    return _result("missing" if missing else "right", feedback, missing=missing)


def _grade_number(question, response):
    if not isinstance(response, str) or not response.strip(_SPACES):
        return _result("empty")
    value = parse_number(response)
    if value is None:
        return _result("not-a-number")
    if abs(value - question.value) <= question.tolerance * _SLACK:
        right, text = True, question.right
    else:
        known = [wrong for wrong in question.wrong_values if abs(value - wrong.value) <= wrong.tolerance * _SLACK]
        side = question.too_small if value < question.value else question.too_large
        right, text = False, known[0].feedback if known else side
    return _result("right" if right else "wrong", [{"answer": None, "right": right, "text": text}], value=value)
