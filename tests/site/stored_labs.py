"""Which labs the pages of the site show, read from the notebooks that store them."""

import dataclasses
import importlib
import re
from pathlib import Path

import nbformat

from largemodels.book import contents
from largemodels.widgets.quiz import Quiz

_WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@dataclasses.dataclass(frozen=True)
class LabOnSite:
    """A lab of a page: where it is, and the settings that its cell gave it.

    Attributes
    ----------
    page : str
        Address of the page within the site.
    name : str
        Id of the lab on its page, such as ``"NeuronLab"`` or, for the second of its kind, ``"NeuronLab-2"``.
    settings : dict
        As ``Lab.settings`` returns them.
    """

    page: str
    name: str
    settings: dict

    def __str__(self):
        return f"{Path(self.page).stem}-{self.name}"


def stored_labs(repository):
    """Return every lab of the site's pages in reading order, but for the quizzes, which have no settings."""
    found = []
    for path in contents.notebooks(repository):
        notebook = nbformat.read(path, as_version=4)
        models = notebook.metadata.get("widgets", {}).get(_WIDGET_STATE, {}).get("state", {})
        page = path.relative_to(repository).with_suffix(".html").as_posix()
        counts = {}
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                state = models.get(output.get("data", {}).get(_WIDGET_VIEW, {}).get("model_id"), {}).get("state", {})
                if not (match := re.fullmatch(r"(largemodels\.widgets\.\w+)\.(\w+)", state.get("_anywidget_id", ""))):
                    continue
                lab_class = getattr(importlib.import_module(match[1]), match[2])
                if issubclass(lab_class, Quiz):
                    continue
                counts[match[2]] = counts.get(match[2], 0) + 1
                name = match[2] if counts[match[2]] == 1 else f"{match[2]}-{counts[match[2]]}"
                found.append(LabOnSite(page, name, {key: state[key] for key in lab_class().settings()}))
    return found
