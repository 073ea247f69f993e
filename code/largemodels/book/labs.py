"""Labs that live in the built page.

Without this module a lab on the site is a line of text. A stored lab becomes a *host*: an element with the
lab's settings, its stored text for readers without scripts, and the name of its source. The source is written
once for the whole site. It is a classic script that hands over the module as text, because a page opened from
disk may run such a script but may not import a module. ``lab-loader.js`` does the rest in the browser.
"""

import hashlib
import html
import json
from pathlib import Path

from largemodels.widgets import lab as lab_module

LOADER = "lab-loader.js"

# Beside `_static` in the site; lab-loader.js knows the way.
FOLDER = "labs"

_ID_PREFIX = "largemodels.widgets."


def setup(app):
    app.connect("build-finished", _write_sources)


def is_lab(state):
    """Return whether a widget's stored state is that of a lab of the package."""
    return state.get("_anywidget_id", "").startswith(_ID_PREFIX)


class StoredLab:
    """A lab as a notebook stores it.

    Parameters
    ----------
    model_id : str
        The widget's id; two views with the same id show the same lab.
    state : dict
        Its stored traits, by name.
    """

    def __init__(self, model_id, state):
        self.model_id = model_id
        self.state = state
        self.stem, self.class_name = state["_anywidget_id"].removeprefix(_ID_PREFIX).split(".")
        self.module = lab_module.joined_source(self.stem, ".js")
        self.style = lab_module.joined_source(self.stem, ".css")

    def is_stale(self):
        """Return whether the stored source differs from the package's."""
        return (self.state.get("_esm"), self.state.get("_css")) != (self.module, self.style)

    @property
    def source_name(self):
        """File name of the source: it changes with the content, so that no browser keeps an old one."""
        return f"{self.stem}-{hashlib.sha256((self.module + self.style).encode()).hexdigest()[:12]}.js"

    @property
    def source(self):
        """The classic script that hands module and style sheet to the loader."""
        return f"largemodelsLabs[{json.dumps(self.source_name)}] = {json.dumps([self.module, self.style])};\n"

    def settings(self):
        """Return the traits that are the lab's own, without anywidget's and ipywidgets'."""
        of_the_frame = {"layout", "tabbable", "tooltip"}
        return {key: value for key, value in self.state.items() if not key.startswith("_") and key not in of_the_frame}

    def host(self, name, text):
        """Return the HTML of the lab's place in the page.

        Parameters
        ----------
        name : str
            Id of the place, unique in the page.
        text : str
            What the notebook shows where widgets cannot be shown.
        """
        settings = json.dumps(self.settings()).replace("<", r"\u003c")
        return (
            f'<div class="lm-lab-host" id="{name}" data-source="{self.source_name}" data-model="{self.model_id}">\n'
            f'<script type="application/json">{settings}</script>\n'
            f'<div class="lm-lab-fallback"><code>{html.escape(text)}</code>'
            "<noscript><p>This is a lab. It runs in your browser and needs JavaScript, which is off.</p></noscript>"
            "</div>\n</div>\n"
        )


def note(env, lab):
    """Remember for the end of the build that the current page shows ``lab``."""
    env.metadata[env.docname].setdefault("largemodels_labs", {})[lab.source_name] = lab.source
    folder = Path(lab_module.__file__).parent
    for stem in ("lab", lab.stem):
        for suffix in (".js", ".css"):
            # A change of the lab makes the page be read again, and its stored source be compared again.
            env.note_dependency(str(folder / f"{stem}{suffix}"))


def _write_sources(app, exception):
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    for metadata in app.env.metadata.values():
        for name, source in metadata.get("largemodels_labs", {}).items():
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(source, encoding="utf-8")
