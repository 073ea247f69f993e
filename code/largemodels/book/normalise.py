"""The one form in which a notebook is stored, so that the same outputs make the same bytes.

What differs between two runs, two machines or two editors without meaning anything is removed or fixed:
timings, editor state, random widget ids, the Python version, paths in tracebacks. What a notebook says is
left alone; :mod:`largemodels.book.hygiene` judges that.
"""

import copy
import json
import re

import nbformat

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_REFERENCE = re.compile(r"IPY_MODEL_([\w-]+)")

_CELL_METADATA = ("mystnb", "tags")
_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
# As ipykernel reports it, but for "version": the notebook does not depend on which Python stored it.
_LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
_TERMINAL_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def serialise(notebook):
    """Return the notebook's text as it stands in its file."""
    return nbformat.v4.writes(notebook) + "\n"


def normalise(notebook, stem):
    """Return a normalised copy of a notebook; normalising twice changes nothing more.

    Parameters
    ----------
    notebook : NotebookNode
        A notebook of format 4.
    stem : str
        Name of its file without the suffix; the widgets' ids begin with it.
    """
    notebook = copy.deepcopy(notebook)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in _CELL_METADATA if cell.metadata.get(key)}
        )
        for output in cell.get("outputs", []):
            _normalise_output(output, cell.execution_count)
    states = _normalise_widgets(notebook, stem)
    notebook.metadata = nbformat.from_dict({"kernelspec": _KERNELSPEC, "language_info": _LANGUAGE_INFO})
    if states:
        notebook.metadata.widgets = {WIDGET_STATE: {"state": states, "version_major": 2, "version_minor": 0}}
    return notebook


def _normalise_output(output, execution_count):
    output.pop("transient", None)
    if output.output_type == "execute_result":
        output.execution_count = execution_count
    if output.output_type == "error":
        frames = [_TERMINAL_COLOUR.sub("", frame) for frame in output.traceback]
        # Frames of files carry paths and line numbers of one machine; what the reader wrote is in the cells.
        output.traceback = [frame for frame in frames if not frame.startswith("File ")]


def _normalise_widgets(notebook, stem):
    """Rename the widget models in the order in which the page shows them; return the states of those it shows."""
    states = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    views = [
        output.data[WIDGET_VIEW]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if WIDGET_VIEW in output.get("data", {})
    ]
    shown = []
    for view in views:
        _add_with_references(view["model_id"], states, shown)
    # A link between two shown models is shown by none.
    links = [
        identifier
        for identifier, model in states.items()
        if model["model_name"].endswith("LinkModel") and _references(model) <= set(shown)
    ]
    shown += sorted(links, key=lambda identifier: json.dumps(_renamed(states[identifier], shown, stem), sort_keys=True))
    for view in views:
        if view["model_id"] in shown:
            view["model_id"] = _name(view["model_id"], shown, stem)
    return {_name(identifier, shown, stem): _renamed(states[identifier], shown, stem) for identifier in shown}


def _add_with_references(identifier, states, shown):
    if identifier in states and identifier not in shown:
        shown.append(identifier)
        for reference in _REFERENCE.findall(_references_text(states[identifier])):
            _add_with_references(reference, states, shown)


def _references_text(model):
    # Sorted keys: the order of the file, whatever order the kernel sent them in.
    # The lab's own source may contain anything, but never a reference.
    return json.dumps({key: value for key, value in model["state"].items() if key != "_esm"}, sort_keys=True)


def _references(model):
    return set(_REFERENCE.findall(_references_text(model)))


def _name(identifier, shown, stem):
    return f"{stem}-{shown.index(identifier) + 1:03d}"


def _renamed(value, shown, stem):
    if isinstance(value, dict):
        return {key: _renamed(item, shown, stem) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, shown, stem) for item in value]
    if isinstance(value, str) and (match := _REFERENCE.fullmatch(value)) and match[1] in shown:
        return f"IPY_MODEL_{_name(match[1], shown, stem)}"
    return value
