"""What the tests of a page's exercises share: its checkers, and its own cells, run as the reader runs them."""

import ast
import itertools
import re
from pathlib import Path

import nbformat

from largemodels.questions.checking import Exercise

CHAPTERS = Path(__file__).parents[2] / "chapters"
_PROVIDED = {"math", "numpy", "itertools"}


def exercises_of(module):
    """Return the checkers of a questions module, by name."""
    return {name: value for name, value in vars(module).items() if isinstance(value, Exercise)}


def flat(verdict):
    """Return a verdict's text on one line."""
    return " ".join(verdict.text.split())


class Page:
    """A notebook's exercises: their stubs, solutions and checks."""

    def __init__(self, stem):
        self.cells = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells

    def cell(self, identifier):
        return next(cell for cell in self.cells if cell.id == identifier)

    def stub(self, exercise):
        """Return the function that the page's stub defines."""
        names = {}
        exec(self.cell(f"exercise-{_hyphenated(exercise)}").source, names)
        return names[exercise.name]

    def verdict_on_stub(self, exercise):
        return self._verdict(exercise, self.cell(f"exercise-{_hyphenated(exercise)}").source)

    def verdict_on_solution(self, exercise):
        solution = self.cell(f"solution-{_hyphenated(exercise)}").source
        (source,) = re.findall(r"^```python\n(.*?)^```$", solution, flags=re.MULTILINE | re.DOTALL)
        return self._verdict(exercise, source)

    def _verdict(self, exercise, source):
        """Run a stub or solution, then the page's check cell, and return the verdict it ends with."""
        names = self._names_before(f"exercise-{_hyphenated(exercise)}")
        exec(source, names)
        *statements, last = ast.parse(self.cell(f"check-{_hyphenated(exercise)}").source).body
        exec(ast.unparse(ast.Module(statements, [])), names)
        return eval(ast.unparse(last), names)

    def _names_before(self, identifier):
        """Return what the page's imports of NumPy and the standard library provide before a cell."""
        names = {}
        for cell in itertools.takewhile(lambda cell: cell.id != identifier, self.cells):
            if cell.cell_type != "code":
                continue
            for statement in ast.parse(cell.source).body:
                modules = {getattr(statement, "module", None), *(name.name for name in getattr(statement, "names", []))}
                if isinstance(statement, ast.Import | ast.ImportFrom) and modules & _PROVIDED:
                    exec(ast.unparse(statement), names)
        return names


def _hyphenated(exercise):
    return exercise.name.replace("_", "-")
