"""What stands in the place of a control that needs a running kernel.

Without this module an ipywidgets slider on the site either needs the 4.4 MB widget manager or vanishes; and
either way nothing happens when a reader moves it, since the Python that it calls is not there.
"""

import html

from . import labs

_REFERENCE = "IPY_MODEL_"

# How the name of an ipywidgets class ends, and what a reader calls it; the first that fits counts.
_KINDS = (
    ("RangeSlider", "range slider"),
    ("Slider", "slider"),
    ("Buttons", "choice of buttons"),
    ("Button", "button"),
    ("Checkbox", "checkbox"),
    ("Dropdown", "list to choose from"),
    ("Select", "list to choose from"),
    ("SelectMultiple", "list to choose from"),
    ("Combobox", "list to choose from"),
    ("Text", "text field"),
    ("Textarea", "text field"),
    ("Password", "text field"),
    ("Progress", "progress bar"),
    ("Play", "play button"),
    ("Picker", "picker"),
    ("FileUpload", "upload field"),
)

# These show something; there is nothing in them to take hold of.
_STILL = ("Label", "HTML", "HTMLMath", "Output", "Image", "Audio", "Video")


def sort_models(models, model_id):
    """Follow a stored view into its boxes.

    Parameters
    ----------
    models : dict
        All stored widgets of the notebook, by id.
    model_id : str
        The widget that is shown.

    Returns
    -------
    lab_ids, control_ids : list of str
        The labs in the view, and what a reader would take hold of besides, both in order.
    """
    state = models[model_id]["state"]
    if labs.is_lab(state):
        return [model_id], []
    if "children" not in state:
        return [], [model_id] if _kind(models[model_id]) else []
    lab_ids, control_ids = [], []
    for child in state["children"]:
        labs_inside, controls_inside = sort_models(models, child.removeprefix(_REFERENCE))
        lab_ids += labs_inside
        control_ids += controls_inside
    return lab_ids, control_ids


def notice(controls):
    """Return the HTML of the notice for some stored controls; empty if there are none."""
    if not controls:
        return ""
    names = " and ".join(_name(control) for control in controls)
    stand, need = ("stands", "needs") if len(controls) == 1 else ("stand", "need")
    return (
        '<div class="lm-kernel-notice" role="note">\n'
        f"<p>Here {stand} {names} that {need} a running kernel: open this notebook in JupyterLab or Binder "
        "to use it. The page shows its stored result.</p>\n</div>\n"
    )


def _kind(control):
    """Return the kind of a control in a reader's words, or None for what cannot be used."""
    name = control["model_name"].removesuffix("Model")
    if name in _STILL:
        return None
    return next((kind for ending, kind in _KINDS if name.endswith(ending)), "widget")


def _name(control):
    kind = _kind(control)
    description = control["state"].get("description", "").strip(" :")
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind}" + (f" “{html.escape(description)}”" if description else "")
