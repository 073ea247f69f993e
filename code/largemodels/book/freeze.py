"""Run the book's notebooks again and store their outputs: ``python -m largemodels.book.freeze [notebook ...]``.

A notebook is written only after all of it ran and its outputs passed the checks, and only if they differ from
the stored ones; whatever happens before that leaves the stored notebook as it was.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from . import hygiene
from .contents import notebooks
from .kernel import ThisPythonKernelManager, kernel_environment
from .normalise import normalise, serialise

_SECONDS_PER_CELL = 600
_TERMINAL_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class NotFrozen(Exception):
    """A notebook could not be run, or what it put out cannot be stored; the message names the cells."""


class _Client(NotebookClient):
    """Runs a notebook as nbval does, so that what is stored is what nbval later sees."""

    def __init__(self, notebook):
        super().__init__(
            notebook,
            kernel_manager_class=ThisPythonKernelManager,
            timeout=_SECONDS_PER_CELL,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
            coalesce_streams=True,
            on_cell_start=self._remember,
        )
        # nbclient's own Output widget stalls until the timeout. Without it, what a widget captures becomes
        # ordinary output of the cell, as in nbval.
        self.widget_registry = {}
        self.cell_running = None

    def _remember(self, cell, cell_index):
        self.cell_running = cell

    def clear_output(self, outs, msg, cell_index):
        """Keep what is there: `interact` clears its own area, which here is the whole cell; nbval clears nothing."""


def run(path, private_folder):
    """Run a notebook and return it normalised.

    Parameters
    ----------
    path : Path
        The notebook; it is read, and runs in its own folder.
    private_folder : Path
        An empty folder for the kernel's history.

    Raises
    ------
    NotFrozen
        If a cell fails, takes longer than ten minutes or kills the kernel, or if an output would not be the
        same in another run, or if it is no notebook of format 4 whose cells have ids.
    OSError, nbformat.reader.NotJSONError
        If the file cannot be read, or holds no JSON.
    """
    notebook = _read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    client = _Client(notebook)
    environment = {**os.environ, **kernel_environment(private_folder)}
    try:
        client.execute(cwd=str(path.parent), env=environment)
    except CellExecutionError as error:
        raise NotFrozen(f"{_place(client)} failed: {error.ename}: {error.evalue}\n{_plain(error.traceback)}") from None
    except CellTimeoutError:
        raise NotFrozen(f"{_place(client)} took longer than {_SECONDS_PER_CELL} s") from None
    except DeadKernelError:
        raise NotFrozen(f"{_place(client)} ended the kernel") from None
    notebook = normalise(notebook, path.stem)
    if problems := [*hygiene.outputs_of_one_run(notebook), *hygiene.errors(notebook), *hygiene.cells_not_run(notebook)]:
        raise NotFrozen("\n".join(problems))
    return notebook


def _read(path):
    # Not nbformat.read: that gives a cell without an id, or with another's, a random one.
    notebook = nbformat.reader.reads(path.read_text(encoding="utf-8"))
    if notebook.get("nbformat") != 4:
        raise NotFrozen(f"expected a notebook of format 4; this one has format {notebook.get('nbformat')}")
    if problems := list(hygiene.cell_ids(notebook)):
        raise NotFrozen("\n".join(problems))
    return notebook


def _place(client):
    code_cells = [cell for cell in client.nb.cells if cell.cell_type == "code"]
    number = next(number for number, cell in enumerate(code_cells, start=1) if cell is client.cell_running)
    return f'cell "{client.cell_running.get("id")}" (code cell {number} of {len(code_cells)})'


def _plain(text):
    return _TERMINAL_COLOUR.sub("", text).rstrip()


def write(path, text):
    """Replace a file in one step, so that an interruption leaves the old one or the new one, never a part."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def freeze(path, private_folder):
    """Run one notebook and store it; return whether that changed it."""
    text = serialise(run(path, private_folder))
    if text.encode() == path.read_bytes():
        return False
    write(path, text)
    return True


def main(arguments=None):
    """Freeze the notebooks named on the command line, or all of the book; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m largemodels.book.freeze", description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="notebook", help="all in _toc.yml if none is named")
    named = parser.parse_args(arguments).notebooks
    failed = 0
    for path in named or notebooks(Path.cwd()):
        path = path.resolve()
        name = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as private_folder:
                outcome = "changed" if freeze(path, Path(private_folder)) else "unchanged"
        except (NotFrozen, OSError, nbformat.reader.NotJSONError) as error:
            failed += 1
            print(f"{name}: not frozen, the stored notebook is untouched\n{error}", file=sys.stderr, flush=True)
        else:
            print(f"{name}: {outcome} ({time.monotonic() - start:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
