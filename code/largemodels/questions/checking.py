"""Checkers of the practice exercises: say what is right, what is wrong, and which known mistake it comes from.

An :class:`Exercise` is called with the reader's function and answers with a :class:`Verdict`, whose plain text a
notebook shows. Whatever the reader's function does, the checker does not raise.
"""

import copy
import dataclasses
import inspect
import itertools
import linecache
import numbers
import sys
import textwrap
import time
import types
import warnings
from collections.abc import Callable

import numpy as np

_TIME_LIMIT = 5.0  # seconds for one call, a thousand times what a right answer takes
_LONGEST_TEXT = 300
_TEXT_WIDTH = 100
_MOST_ENTRIES = 24  # of an array in a message
# Added to the largest expected entry, so that a result that should be 0 need not be exactly 0.
_SMALL_SCALE = 1e-6


class Verdict:
    """What a checker found: ``passed``, and ``text`` to be read."""

    def __init__(self, passed, text):
        self.passed = passed
        lines = (textwrap.wrap(line, _TEXT_WIDTH, subsequent_indent="    ") for line in text.split("\n"))
        self.text = "\n".join(itertools.chain.from_iterable(lines))

    def __repr__(self):
        return self.text


class Case:
    """Arguments for one call of the reader's function.

    Parameters
    ----------
    *arguments, **keywords
        What the function is called with. Every call gets a copy.
    """

    def __init__(self, *arguments, **keywords):
        self.arguments = arguments
        self.keywords = keywords


@dataclasses.dataclass(frozen=True)
class Mistake:
    """A known way to go wrong: a function that does it, and the hint for readers whose results equal its results."""

    function: Callable
    hint: str


class Wrong(Exception):
    """Raised by a judge: the answer is wrong, and the message says why."""


class _Unfinished(Exception):
    """The reader's function is still the stub."""


class _TooLong(BaseException):
    """The reader's function does not end. Not an ``Exception``, so that the reader's ``except`` does not stop it."""


@dataclasses.dataclass(frozen=True)
class _Raised:
    """Outcome of a call that raised."""

    error: BaseException
    place: str


class Exercise:
    """Checker of one exercise: call it with the reader's function.

    Parameters
    ----------
    name : str
        Name of the function that the reader writes.
    difficulty : int
        1 to 3.
    reference : callable
        The right function. It also names the arguments in messages.
    task : str
        What to do, in one sentence; shown as long as the stub is untouched.
    success : str
        What was checked, in one sentence; shown when the answer is right.
    cases : sequence of Case
        The function is compared with the reference on each of them. Where the reference raises a ``ValueError``, the
        function must do so too.
    mistakes : sequence of Mistake
        Looked up when a result is wrong: the first whose results equal the reader's in every case gives the hint.
    outputs : sequence of str
        Names of the returned values, when there are several.
    tolerance : float
        Largest accepted error, relative to the largest entry of the expected value.
    judge : callable, optional
        Takes the place of the comparison with the reference where many results are right. It is called with an
        :class:`Attempt`, and raises :class:`Wrong` with a sentence.
    """

    def __init__(
        self,
        name,
        *,
        difficulty,
        reference,
        task,
        success,
        cases=(),
        mistakes=(),
        outputs=(),
        tolerance=1e-6,
        judge=None,
    ):
        self.name = name
        self.difficulty = difficulty
        self.reference = reference
        self.task = task
        self.success = success
        self.cases = tuple(cases)
        self.mistakes = tuple(mistakes)
        self.outputs = tuple(outputs)
        self.tolerance = tolerance
        self.judge = judge or self._compare_with_reference

    def __repr__(self):
        return f"Exercise({self.name!r}, difficulty={self.difficulty})"

    def __call__(self, answer):
        """Return a :class:`Verdict` on the reader's function ``answer``."""
        if not callable(answer):
            return Verdict(
                False,
                f"Not checked: hand over the function itself, check_{self.name}({self.name}), without calling it; "
                f"got {describe(answer)}",
            )
        try:
            self.judge(Attempt(self, answer))
        except _Unfinished as unfinished:
            return Verdict(False, f"Not yet: {unfinished}")
        except Wrong as wrong:
            return Verdict(False, f"Not right: {wrong}")
        return Verdict(True, f"Correct: {self.success}")

    def _compare_with_reference(self, attempt):
        expected = [_outcome(self.reference, case) for case in self.cases]
        got = []
        for case, right in zip(self.cases, expected, strict=True):
            outcome = attempt.outcome(case)
            # Where an error is due, None may be what a function without the check returns; elsewhere it is a stub.
            if not isinstance(right, _Raised):
                attempt.require_result(outcome, case)
            got.append(outcome)
        differences = [self._difference(*pair) for pair in zip(got, expected, strict=True)]
        if not any(differences):
            return
        # Cases where an error is due come last in importance: a reader who forgot the check still gets the hint.
        numeric = [index for index, right in enumerate(expected) if not isinstance(right, _Raised)]
        order = sorted(range(len(self.cases)), key=lambda index: index not in numeric)
        first = next(index for index in order if differences[index])
        message = f"{self.call_text(self.cases[first])}\n{differences[first]}"
        if first in numeric and (hint := self._hint(got, numeric)):
            message += f"\nHint: {hint}"
        raise Wrong(message)

    def _difference(self, got, expected):
        if isinstance(expected, _Raised):
            if isinstance(got, _Raised) and isinstance(got.error, ValueError):
                return ""
            came = f"raised {_error_text(got)}" if isinstance(got, _Raised) else f"returned {describe(got)}"
            return f"{came}\nexpected a ValueError: {expected.error}"
        if isinstance(got, _Raised):
            return f"raised {_error_text(got)}"
        return difference(got, expected, self.tolerance, self.outputs)

    def _hint(self, got, indices):
        for mistake in self.mistakes:
            outcomes = [_outcome(mistake.function, self.cases[index]) for index in indices]
            if all(self._same(got[index], outcome) for index, outcome in zip(indices, outcomes, strict=True)):
                return mistake.hint
        return None

    def _same(self, got, known):
        if isinstance(got, _Raised) or isinstance(known, _Raised):
            return isinstance(got, _Raised) and isinstance(known, _Raised) and type(got.error) is type(known.error)
        return not difference(got, known, self.tolerance, self.outputs)

    def call_text(self, case):
        """Return the call as the reader would write it, such as ``clip([3.0, 4.0], max_norm=1)``."""
        parts = [describe(argument, as_code=True) for argument in case.arguments]
        parts += [f"{name}={describe(value, as_code=True)}" for name, value in case.keywords.items()]
        return f"{self.name}({', '.join(parts)})"


class Attempt:
    """The reader's function, called with care: for judges."""

    def __init__(self, exercise, function):
        self.exercise = exercise
        self.function = function

    def call(self, case, finish=None):
        """Call the function and return its result.

        Parameters
        ----------
        case : Case
        finish : callable, optional
            Applied to the result under the same guard: to run a generator, whose code has not run before.

        Raises
        ------
        Wrong
            If the function raised, does not end, or changed an argument.
        """
        outcome = self.outcome(case, finish)
        self.require_result(outcome, case)
        if isinstance(outcome, _Raised):
            raise Wrong(f"{self.exercise.call_text(case)} raised {_error_text(outcome)}")
        return outcome

    def outcome(self, case, finish=None):
        """Call the function; return its result or, if it raised, that."""
        self._require_signature(case)
        call_text = self.exercise.call_text(case)
        arguments, keywords = copy.deepcopy((case.arguments, case.keywords))

        def run():
            result = self.function(*arguments, **keywords)
            return finish(result) if finish else result

        try:
            outcome = _quietly(_within_time, run)
        except _TooLong:
            raise Wrong(
                f"{call_text} was still running after {_TIME_LIMIT:g} seconds. Is there a loop that does not end?"
            ) from None
        except NotImplementedError as error:
            raise _Unfinished(_text_of(error) or self.exercise.task) from None
        except (Exception, SystemExit) as error:
            return _Raised(error, _place(error, self.function))
        self._require_unchanged(case, arguments, keywords)
        return outcome

    def require_result(self, outcome, case):
        """Raise that the stub is untouched if a call returned ``None`` or ``...``."""
        if outcome is None or outcome is Ellipsis:
            raise _Unfinished(
                f"{self.exercise.call_text(case)} returned {outcome!r}. {self.exercise.task} "
                "Does every way through the function end with `return`?"
            )

    def _require_signature(self, case):
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):
            return
        try:
            signature.bind(*case.arguments, **case.keywords)
        except TypeError as error:
            raise Wrong(
                f"{self.exercise.name} is called as {self.exercise.call_text(case)}, but takes {signature}: {error}. "
                f"Expected are the arguments {inspect.signature(self.exercise.reference)}."
            ) from None

    def _require_unchanged(self, case, arguments, keywords):
        names = list(inspect.signature(self.exercise.reference).parameters)
        before = dict(zip(names, case.arguments, strict=False)) | case.keywords
        after = dict(zip(names, arguments, strict=False)) | keywords
        for name, value in before.items():
            if isinstance(value, np.ndarray | list | dict) and not _same(after[name], value):
                raise Wrong(
                    f"{self.exercise.call_text(case)} changed its argument `{name}` in place. The caller still needs "
                    f"it: compute a new array instead of writing into it (`{name} -= ...` writes into it as well)."
                )


# ---------------------------------------------------------------------------------------------------------
# Calling


def _outcome(function, case):
    """Call one of our own functions, as :meth:`Attempt.outcome` calls the reader's."""
    try:
        return _quietly(function, *copy.deepcopy(case.arguments), **copy.deepcopy(case.keywords))
    except Exception as error:
        return _Raised(error, "")


def _quietly(function, *arguments, **keywords):
    """Call without NumPy's warnings, which would put paths of this computer into the notebook."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*arguments, **keywords)


def _within_time(function):
    """Call a function, and raise :class:`_TooLong` inside it when its time is over.

    A trace function looks at the clock on every line that runs: that works on every system, in any thread, and stops
    a loop, which a timer in another thread could not.
    """
    deadline = time.monotonic() + _TIME_LIMIT

    def trace(frame, event, argument):
        if time.monotonic() > deadline:
            raise _TooLong
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        return function()
    finally:
        sys.settrace(previous)


def _place(error, function):
    """Return where in the reader's code an error came up: "line 2 of f, `return 1 / 0`", or an empty text."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, types.CodeType):
        return ""
    place, traceback = "", error.__traceback__
    while traceback:
        its_code = traceback.tb_frame.f_code
        if its_code.co_filename == code.co_filename:
            line = linecache.getline(its_code.co_filename, traceback.tb_lineno).strip()
            place = f"line {traceback.tb_lineno - its_code.co_firstlineno + 1} of {its_code.co_name}"
            place += f", `{line}`" if line else ""
        traceback = traceback.tb_next
    return place


def _error_text(raised):
    message = _text_of(raised.error)
    text = type(raised.error).__name__ + (f": {message}" if message else "")
    return f"{text} ({raised.place})" if raised.place else text


def _text_of(error):
    try:
        return _shortened(str(error))
    except Exception:  # the reader's own exception class may fail at this too
        return ""


# ---------------------------------------------------------------------------------------------------------
# Comparing and describing values


def difference(got, expected, tolerance, outputs=()):
    """Say how a value differs from the expected one.

    Parameters
    ----------
    got : object
        Anything.
    expected : float, numpy.ndarray, or a dict, list or tuple of these
    tolerance : float
        Largest accepted error, relative to the largest entry of each expected array. Infinity equals itself.
    outputs : sequence of str
        Names of the expected values if they are a tuple.

    Returns
    -------
    str
        Two lines, such as "returned 2" and "expected 0.5"; empty if there is no difference.
    """
    try:
        return _quietly(_difference, got, expected, tolerance, outputs, "")
    except Exception as error:  # comparing runs code of what the reader returned
        return f"returned a {type(got).__name__} that cannot be compared: {type(error).__name__}"


def _difference(got, expected, tolerance, outputs, where):
    if isinstance(expected, dict):
        return _dict_difference(got, expected, tolerance, where)
    if isinstance(expected, tuple | list) and outputs:
        return _tuple_difference(got, expected, tolerance, outputs)
    array, expected_array = _numeric_array(got), np.asarray(expected, dtype=float)
    if array is None:
        kind = "a number" if expected_array.ndim == 0 else f"an array of shape {expected_array.shape}"
        return f"returned {where}{describe(got)}\nexpected {kind}"
    if array.shape != expected_array.shape:
        return f"returned {where}{_shape_text(array)}\nexpected {_shape_text(expected_array)}"
    finite = np.abs(expected_array[np.isfinite(expected_array)])
    scale = finite.max() if finite.size else 0.0
    close = (array == expected_array) | (np.abs(array - expected_array) <= tolerance * (scale + _SMALL_SCALE))
    close |= np.isnan(array) & np.isnan(expected_array)
    if np.all(close):
        return ""
    return f"returned {where}{describe(got)}\nexpected {where}{describe(expected)}"


def _dict_difference(got, expected, tolerance, where):
    if not isinstance(got, dict):
        return f"returned {where}{describe(got)}\nexpected a dict with the keys {_names(expected)}"
    if got.keys() != expected.keys():
        return f"returned {where}a dict with the keys {_names(got)}\nexpected {_names(expected)}"
    differences = (_difference(got[key], expected[key], tolerance, (), f"{key}: ") for key in expected)
    return next(filter(None, differences), "")


def _tuple_difference(got, expected, tolerance, outputs):
    wanted = f"expected {len(outputs)} values: {', '.join(outputs)}"
    if not isinstance(got, tuple | list):
        return f"returned {describe(got)}\n{wanted}"
    if len(got) != len(expected):
        return f"returned {len(got)} values\n{wanted}"
    differences = (
        _difference(*pair, tolerance, (), f"{name} = ") for name, *pair in zip(outputs, got, expected, strict=True)
    )
    return next(filter(None, differences), "")


def _same(one, other):
    """Say whether two values are equal, whatever they hold: numbers, text, arrays, or lists and dicts of these."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        one, other = np.asarray(one), np.asarray(other)
        return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc" and other.dtype.kind in "fc")
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or bool(one == other)


def _numeric_array(value):
    """Return a value as an array of real numbers, or ``None`` if it is something else."""
    if isinstance(value, str | bytes | bool | dict) or value is None:
        return None
    array = np.asarray(value)
    return array.astype(float) if array.dtype.kind in "iuf" else None


def _shape_text(array):
    return f"an array of shape {array.shape}" if array.ndim else "a number"


def _names(mapping):
    return ", ".join(str(key) for key in mapping) or "(none)"


def describe(value, as_code=False):
    """Return a short text for a value that is the same on every computer: floats with six digits, no addresses.

    ``as_code`` writes arrays so that they can be pasted into a cell.
    """
    try:
        return _shortened(_description(value, as_code))
    except Exception:  # the reader's own class may fail at being shown
        return f"a {type(value).__name__}"


def _description(value, as_code):
    if isinstance(value, bool | np.bool_ | str) or value is None or value is Ellipsis:
        return repr(value)
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        text = f"{float(value):.6g}"
        # In code, whole floats keep their point: an array of 1 and 2 would be one of integers.
        return f"{text}.0" if as_code and text.lstrip("-").isdigit() else text
    if isinstance(value, np.ndarray):
        if value.size > _MOST_ENTRIES:
            return f"an array of shape {value.shape}"
        entries = describe(value.tolist(), as_code)
        return f"np.array({entries})" if as_code else entries
    if isinstance(value, list | tuple):
        inside = ", ".join(describe(item, as_code) for item in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {describe(item, as_code)}" for key, item in value.items()) + "}"
    return "rng" if isinstance(value, np.random.Generator) else f"a {type(value).__name__}"


def _shortened(text):
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
