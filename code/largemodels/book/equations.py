r"""Numbered equations as targets of links.

Without this module ``[(4.1)](#eq-4-1)`` leads nowhere: MyST knows labels, which GitHub and Colab would show
as raw text, but it does not look into a formula for its ``\tag{4.1}``.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

_TAG = re.compile(r"\\tag\*?\{([^{}]+)\}")


def setup(app):
    app.add_transform(NameTaggedEquations)


class NameTaggedEquations(SphinxTransform):
    r"""Give each equation with ``\tag{4.1}`` the explicit target ``eq-4-1``.

    Runs before MyST looks up links within the page. As with any explicit target, the same number twice is a
    warning, and pages can link to each other's equations, by number alone or as ``page.ipynb#eq-4-1``.
    """

    default_priority = 400

    def apply(self):
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
        for equation in self.document.findall(nodes.math_block):
            for tag in _TAG.findall(equation.astext()):
                name = "eq-" + re.sub(r"[^0-9a-z]+", "-", tag.strip().lower()).strip("-")
                equation["names"].append(name)
                self.document.note_explicit_target(equation, equation)
                slugs[name] = (equation.line, equation["ids"][0], f"({tag.strip()})")
