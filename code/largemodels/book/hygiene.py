"""What a notebook of the book must not have. Each check returns sentences, one a finding, each naming the cell.

:mod:`largemodels.book.freeze` applies the checks of outputs before it stores them; the tests apply all.
"""

import importlib
import re

from ..widgets.lab import Lab
from .contents import notebooks, pages
from .normalise import WIDGET_STATE, normalise, serialise

# --- Outputs -------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]{6,}")
_ABSOLUTE_PATH = re.compile(r"(?<![\w.:/~<-])(?:~|/[A-Za-z_][\w.+-]*)/[\w.+-]+|\b[A-Z]:\\\w+")
_ELAPSED_TIME = re.compile(
    r"CPU times:|Wall time:|\bper loop\b|\d\s?(?:ns|µs|us|ms|s)/(?:step|epoch|sample)"
    r"|\b(?:took|elapsed|in)\b:? \d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|sec|seconds|minutes?)\b"
)
_RUN_DEPENDENT = {
    "a memory address": _ADDRESS,
    "an absolute path": _ABSOLUTE_PATH,
    "an elapsed time": _ELAPSED_TIME,
}


def outputs_of_one_run(notebook):
    """Find outputs that another run or another machine would not repeat."""
    for cell, output, text in _output_texts(notebook):
        if output.get("name") == "stderr":
            yield f"{_label(cell)} writes to stderr; cure the warning, or catch and print it: {_excerpt(text)}"
        for what, pattern in _RUN_DEPENDENT.items():
            if match := pattern.search(text):
                yield f"{_label(cell)} prints {what}, which another run would not: {_excerpt(text, match)}"


def errors(notebook):
    """Find errors that no tag announces, and announced errors that did not come."""
    for cell in _code_cells(notebook):
        raised = [output for output in cell.outputs if output.output_type == "error"]
        tagged = "raises-exception" in cell.metadata.get("tags", [])
        if raised and not tagged:
            error = f"{raised[0].ename}: {raised[0].evalue}"
            yield f"{_label(cell)} stores an error without the tag raises-exception: {error}"
        if tagged and not raised:
            yield f"{_label(cell)} has the tag raises-exception, but stores no error"


def cells_not_run(notebook):
    """Find code cells that were not run, or not from top to bottom in one go: tests pass over those."""
    for number, cell in enumerate(_code_cells(notebook), start=1):
        if not cell.source.strip():
            yield f"{_label(cell)} is an empty code cell"
        elif cell.execution_count is None:
            yield f"{_label(cell)} was not run"
        elif cell.execution_count != number:
            yield f"{_label(cell)} has execution count {cell.execution_count}; run from the top it would be {number}"


def form(notebook, text, stem):
    """Find a notebook that was saved by an editor and not frozen since."""
    if serialise(normalise(notebook, stem)) != text:
        yield f"{stem}.ipynb is not as `make freeze` would store it; freeze it"


# --- Cells ---------------------------------------------------------------------------------------------

_CELL_ID = re.compile(r"[a-z][a-z0-9-]{2,63}")
_MADE_BY_A_PROGRAM = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|[0-9a-f]{8}")


def cell_ids(notebook):
    """Find cells that have no id of their own; Jupyter would give them a random one."""
    seen = set()
    for number, cell in enumerate(notebook.cells, start=1):
        identifier = cell.get("id")
        if identifier is None:
            yield f"cell {number} from the top has no id"
        elif identifier in seen:
            yield f'two cells have the id "{identifier}"'
        seen.add(identifier)


def names_of_cells(notebook):
    """Find cells whose id was made by a program, so that it says nothing and the next program may change it."""
    for number, cell in enumerate(notebook.cells, start=1):
        identifier = cell.get("id", "")
        if not _CELL_ID.fullmatch(identifier) or _MADE_BY_A_PROGRAM.fullmatch(identifier):
            yield f'the id "{identifier}" of cell {number} from the top does not say what the cell does'


_SHELL = re.compile(r"^\s*(?:!|%%(?:bash|sh|script|system|cmd)\b|%(?:system|sx)\b)", re.MULTILINE)
_SKIPPED = ("nbval-skip", "skip-execution")


def cells_out_of_reach(notebook):
    """Find cells that no test runs, and shell commands, which are not guarded and differ between systems."""
    for cell in _code_cells(notebook):
        if tags := set(_SKIPPED) & set(cell.metadata.get("tags", [])):
            yield f"{_label(cell)} is skipped by the tests (tag {', '.join(sorted(tags))})"
        if "NBVAL_SKIP" in cell.source:
            yield f"{_label(cell)} is skipped by the tests (comment NBVAL_SKIP)"
        if match := _SHELL.search(cell.source):
            yield f"{_label(cell)} runs a shell command: {_excerpt(cell.source, match)}"


def exercises(notebook):
    """Find exercises without their check or solution, and the reverse."""
    found = {}
    for position, cell in enumerate(notebook.cells):
        kind, _, name = cell.get("id", "").partition("-")
        if kind in ("exercise", "check", "solution") and name:
            found.setdefault(name, {})[kind] = (position, cell)
    for name, parts in found.items():
        missing = [kind for kind in ("exercise", "check", "solution") if kind not in parts]
        if missing:
            yield f'the exercise "{name}" has no cell {", ".join(f"{kind}-{name}" for kind in missing)}'
            continue
        (stub_at, stub), (check_at, check), (solution_at, solution) = (
            parts[kind] for kind in ("exercise", "check", "solution")
        )
        if not stub_at < check_at < solution_at:
            yield f'the cells of the exercise "{name}" do not stand in the order exercise, check, solution'
        if stub.cell_type != "code" or check.cell_type != "code":
            yield f"exercise-{name} and check-{name} must be code cells"
        if solution.cell_type != "markdown" or not _is_folded(solution.source):
            yield f"solution-{name} must be a Markdown cell that holds <details><summary>…</summary> … </details>"


def _is_folded(source):
    positions = [source.find(part) for part in ("<details>", "<summary>", "</summary>", "</details>")]
    return -1 not in positions and positions == sorted(positions)


# --- Text ----------------------------------------------------------------------------------------------

_FENCED_CODE = re.compile(r"^( *)(```+|~~~+)(?! *\{).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_INLINE_CODE_OR_FORMULA = re.compile(r"(?<![}`])(`{1,2})(?!`).+?(?<!`)\1(?!`)|\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
_MYST = {
    "a directive": re.compile(r"^ *(?:```+|~~~+) *\{|^ *:::+", re.MULTILINE),
    "a role": re.compile(r"\{[a-z][a-z:_-]*\}`"),
    "a target": re.compile(r"^\([\w:.-]+\)=\s*$", re.MULTILINE),
}


def myst_syntax(notebook):
    """Find MyST markup, which GitHub and Colab show raw."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = _INLINE_CODE_OR_FORMULA.sub("", _FENCED_CODE.sub("", cell.source))
            for what, pattern in _MYST.items():
                if match := pattern.search(text):
                    yield f"{_label(cell)} uses {what} of MyST, which GitHub shows raw: {_excerpt(text, match)}"


# --- Figures -------------------------------------------------------------------------------------------

_LEAST_ALT = 40
_EMPTY_OPENING = re.compile(
    r"(?:an? |the )?(?:\w+ )?(?:figure|plot|graph|image|picture|chart|diagram|photo|visuali[sz]ation)"
    r"(?::| (?:of|with|that|showing|shows)\b)",
    re.IGNORECASE,
)
_MARKDOWN_IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(|<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>")


def figures(notebook):
    """Find figures without a text of their own that says what they show."""
    seen = {}
    for cell in _code_cells(notebook):
        images = sum(any(kind.startswith("image/") for kind in output.get("data", {})) for output in cell.outputs)
        if not images:
            continue
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if images > 1:
            yield f"{_label(cell)} makes {images} figures, but has one text alternative; one figure a cell"
        if not alt:
            yield f"{_label(cell)} makes a figure without a text alternative (cell metadata mystnb.image.alt)"
        elif len(alt) < _LEAST_ALT:
            yield f"{_label(cell)}: the text alternative does not say what the figure shows: {alt!r}"
        elif match := _EMPTY_OPENING.match(alt):
            yield f"{_label(cell)}: the text alternative opens with {match[0]!r}; say what is shown, not what it is"
        elif alt in seen:
            yield f"{_label(cell)} has the text alternative of cell {seen[alt]}"
        seen[alt] = f'"{cell.get("id")}"'
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := _MARKDOWN_IMAGE_WITHOUT_ALT.search(cell.source)):
            yield f"{_label(cell)} shows a picture without a text alternative: {_excerpt(cell.source, match)}"


# --- Labs ----------------------------------------------------------------------------------------------


def lab_sources(notebook):
    """Find stored labs whose module or style sheet is not the package's of today."""
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for model in models.values():
        path = model["state"].get("_anywidget_id")
        if path is None:
            continue
        lab = _lab_class(path)
        if lab is None:
            yield f"the notebook stores a widget {path}, which is no lab of the package"
            continue
        for part in ("_esm", "_css"):
            if model["state"].get(part) != getattr(lab, part):
                yield f"the stored {part} of {path} is not the package's; freeze the notebook"


def _lab_class(path):
    module_name, _, class_name = path.rpartition(".")
    if not module_name.startswith("largemodels."):
        return None
    try:
        found = getattr(importlib.import_module(module_name), class_name, None)
    except ImportError:
        return None
    return found if isinstance(found, type) and issubclass(found, Lab) else None


CHECKS = (
    outputs_of_one_run,
    errors,
    cells_not_run,
    cell_ids,
    names_of_cells,
    cells_out_of_reach,
    exercises,
    myst_syntax,
    figures,
    lab_sources,
)


# --- The book ------------------------------------------------------------------------------------------


def contents(root):
    """Find notebooks that the table of contents leaves out, so that the build passes over them, and the reverse.

    Students' notebooks in ``chapters/assignments`` are no pages.
    """
    listed = set(notebooks(root))
    for path in sorted((root / "chapters").rglob("*.ipynb")):
        folders = path.relative_to(root / "chapters").parts[:-1]
        if path not in listed and not {"assignments", "_twins", ".ipynb_checkpoints"} & set(folders):
            yield f"{path.relative_to(root).as_posix()} is missing from _toc.yml"
    for page in pages(root):
        if not any(page.with_name(page.name + suffix).exists() for suffix in (".ipynb", ".md")):
            yield f"_toc.yml names {page.relative_to(root).as_posix()}, which does not exist"


# --- Helpers -------------------------------------------------------------------------------------------


def _code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _label(cell):
    return f'cell "{cell.get("id")}"'


def _output_texts(notebook):
    for cell in _code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream":
                yield cell, output, output.text
            elif output.output_type == "error":
                yield cell, output, "\n".join([output.evalue, *output.traceback])
            else:
                for kind, value in output.data.items():
                    if kind.startswith("text/"):
                        yield cell, output, value


def _excerpt(text, match=None):
    """Return the line of the match, or the first, shortened."""
    start = match.start() if match else 0
    line = text[text.rfind("\n", 0, start) + 1 :].lstrip("\n").partition("\n")[0].strip()
    return line if len(line) <= 100 else f"{line[:99]}…"
