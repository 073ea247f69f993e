"""What nbval leaves out: figures, widget states, the network, and which notebooks belong to the book.

nbval runs each notebook once and compares the text of its outputs. In that same run this plugin

* compares each figure with the stored one (nbval passes over images),
* compares the widgets' final states with the stored ones (nbval passes over those too; the site is made of them),
* refuses every network access,
* takes only the notebooks of the table of contents.

Where other versions than the locked ones are installed, numbers and pictures may rightly differ. There cells
are only run, so that their assertions hold; the header says so, and CI fails.
"""

import copy
import os
import tempfile
from importlib import metadata
from pathlib import Path
from unittest import mock

import figure_comparison
import nbformat
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile
from packaging.requirements import Requirement

from largemodels.book import offline
from largemodels.book.contents import notebooks
from largemodels.book.kernel import kernel_environment
from largemodels.book.normalise import WIDGET_STATE, normalise


def versions_that_differ(lock):
    """Return ``"numpy 1.26.4 (locked: 2.4.6)"`` for each locked package that is installed in another version."""
    differing = []
    for line in lock.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            differing.append(f"{requirement.name} {installed} (locked: {str(requirement.specifier).lstrip('=')})")
    return differing


_DIFFERING = pytest.StashKey()


def pytest_configure(config):
    offline.guard_this_process()
    config.stash[_DIFFERING] = versions_that_differ((config.rootpath / "requirements-lock.txt").read_text())
    if config.stash[_DIFFERING]:
        if os.environ.get("CI") == "true":
            raise pytest.UsageError(f"CI must compare outputs, but {', '.join(config.stash[_DIFFERING])} is installed")
        config.option.nbval_lax = True


def pytest_report_header(config):
    if differing := config.stash[_DIFFERING]:
        return f"notebooks: run, outputs NOT compared, because of {', '.join(differing)}"
    return "notebooks: run, and all outputs compared with the stored ones (the locked versions are installed)"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    collectors = yield
    of_nbval = [collector for collector in collectors if isinstance(collector, IPyNbFile)]
    others = [collector for collector in collectors if collector not in of_nbval]
    if of_nbval and file_path in notebooks(parent.config.rootpath):
        return [*others, NotebookFile.from_parent(parent, path=file_path)]
    return others


class KernelWithHistory(RunningKernel):
    """nbval's kernel keeps no history; without one, IPython shows what a closing semicolon should suppress."""

    def execute_cell_input(self, cell_input, allow_stdin=None):
        return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


class NotebookFile(IPyNbFile):
    """One notebook, its kernel, and the widgets that the kernel has made."""

    def setup(self):
        self.widget_states = {}
        self.private_folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with (
            mock.patch.dict(os.environ, kernel_environment(Path(self.private_folder.name))),
            mock.patch("nbval.plugin.RunningKernel", KernelWithHistory),
        ):
            super().setup()

    def teardown(self):
        super().teardown()
        self.private_folder.cleanup()

    def collect(self):
        self.cells = [
            NotebookCell.from_parent(
                self, name=cell.cell.id, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )
            for cell in super().collect()
        ]
        return [*self.cells, WidgetStates.from_parent(self, name="widget-states")]

    def get_kernel_message(self, timeout=None, stream="iopub"):
        message = super().get_kernel_message(timeout, stream)
        if message["msg_type"] in ("comm_open", "comm_msg"):
            state = message["content"]["data"].get("state", {})
            self.widget_states.setdefault(message["content"]["comm_id"], {}).update(state)
        return message


class NotebookCell(IPyNbCell):
    """One code cell."""

    def compare_outputs(self, test, ref, skip_compare=None):
        same = super().compare_outputs(test, ref, skip_compare)
        sentences = figure_comparison.differences(
            ref,
            test,
            f"{self.parent.path.stem}-{self.cell.id}",
            self.config.rootpath / "_build" / "figures-that-differ",
        )
        self.comparison_traceback += sentences
        return same and not sentences


class WidgetsDiffer(Exception):
    """Its message is the report."""


class WidgetStates(pytest.Item):
    """The widgets as the notebook leaves them: what the site shows before a reader touches anything."""

    def runtest(self):
        if not self.parent.compare_outputs:
            pytest.skip("outputs are not compared with these versions")
        if any(cell.test_outputs is None for cell in self.parent.cells):
            pytest.skip("not all cells of the notebook were run")
        stored, remade = self._stored(), self._remade()
        sentences = [
            f"the widget {identifier} is stored, but not made"
            if identifier not in remade
            else f"the widget {identifier} is made, but not stored"
            for identifier in sorted(stored.keys() ^ remade.keys())
        ]
        for identifier in sorted(stored.keys() & remade.keys()):
            before, now = stored[identifier]["state"], remade[identifier]["state"]
            sentences += [
                f"{key} of {before.get('_anywidget_id') or before.get('_model_name')} ({identifier}) "
                f"is stored as {_short(before.get(key))}, but is {_short(now.get(key))}"
                for key in sorted(before.keys() | now.keys())
                if before.get(key) != now.get(key)
            ]
        if sentences:
            raise WidgetsDiffer("\n".join([f"The stored widgets of {self.parent.path.name} differ:", *sentences]))

    def _stored(self):
        return _states(normalise(self.parent.nb, self.parent.path.stem))

    def _remade(self):
        notebook = copy.deepcopy(self.parent.nb)
        code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, run in zip(code_cells, self.parent.cells, strict=True):
            cell.outputs = nbformat.from_dict(run.test_outputs)
        models = {
            identifier: {"model_name": state["_model_name"], "state": state}
            for identifier, state in self.parent.widget_states.items()
            if "_model_name" in state
        }
        notebook.metadata.widgets = nbformat.from_dict({WIDGET_STATE: {"state": models}})
        return _states(normalise(notebook, self.parent.path.stem))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, WidgetsDiffer):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"{self.path.name}: widget states"


def _states(notebook):
    return notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})


def _short(value):
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
