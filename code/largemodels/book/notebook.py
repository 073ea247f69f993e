"""How a stored widget becomes part of a page.

Without this module MyST-NB puts the state of every widget, each lab's whole source included, into the page's
head, with require.js and a 4.4 MB widget manager from other hosts in front of the first paint; and
a slider that needs a kernel looks alive and is not.

MyST-NB lets a project name its own renderer of notebook elements (``nb_render_plugin``, an entry point in
``pyproject.toml``). That is the hook used here because it is a documented one, it is asked before anything is
written into the page, and it sees the notebook's stored state and the page at the same time. Cleaning up
afterwards, in the document tree or in the HTML, would mean to know MyST-NB's own ways of storing both.
"""

from collections import Counter

from docutils import nodes
from myst_nb.core.render import WIDGET_STATE_MIMETYPE, NbElementRenderer

from . import kernel_controls, labs


def setup(app):
    app.connect("config-inited", _choose_renderer)


def _choose_renderer(app, config):
    config.nb_render_plugin = "largemodels"


class NotebookRenderer(NbElementRenderer):
    """Renders one notebook; shows widgets as live labs or as notices, and keeps their state out of the head."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._labs_of_class = Counter()

    def render_nb_finalise(self, metadata):
        """Leave out what MyST-NB does here: the whole widget state and the scripts of the widget manager."""

    def render_widget_view(self, data):
        """Return the nodes for a stored view: a host for each lab in it, a notice for the other controls."""
        models = self.renderer.nb_client.nb_metadata.get("widgets", {}).get(WIDGET_STATE_MIMETYPE, {}).get("state", {})
        model_id = data.content["model_id"]
        if model_id not in models:
            self.logger.warning(
                "a widget is shown whose state is not stored in the notebook; run `make freeze`",
                subtype="widgets",
                line=data.line,
            )
            return []
        lab_ids, control_ids = kernel_controls.sort_models(models, model_id)
        html = kernel_controls.notice([models[control_id] for control_id in control_ids])
        for lab_id in lab_ids:
            html += self._lab(lab_id, models[lab_id]["state"], data)
        # Where there is nothing of either kind, MyST-NB shows the widget's stored text.
        return [nodes.raw("", html, format="html")] if html else []

    def _lab(self, lab_id, state, data):
        lab = labs.StoredLab(lab_id, state)
        self._labs_of_class[lab.class_name] += 1
        position = self._labs_of_class[lab.class_name]
        name = lab.class_name if position == 1 else f"{lab.class_name}-{position}"
        if lab.is_stale():
            self.logger.warning(
                f"the stored source of {name} is not the package's; run `make freeze`",
                subtype="widgets",
                line=data.line,
            )
        labs.note(self.renderer.sphinx_env, lab)
        self.add_js_file("largemodels_labs", labs.LOADER, {})
        return lab.host(name, self._stored_text(data))

    def _stored_text(self, data):
        _, outputs = self.renderer.nb_client.code_cell_outputs(data.cell_index)
        return outputs[data.output_index]["data"].get("text/plain", "")
