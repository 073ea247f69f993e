"""Block quotes that open with a known bold lead become boxes.

Without this module ``> **Predict.** …`` is an indented quotation. It is written so, and not as a MyST
admonition, because GitHub and Colab show a directive's raw text but a quotation well.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform

LEADS = ("Predict", "Try it", "Pitfall", "Remember", "Source", "Note", "Debug this", "By hand")


class Box(nodes.General, nodes.Element):
    """A remark beside the text; the class ``lm-predict`` (say) tells of which kind."""


def setup(app):
    app.add_node(Box, html=(_visit, _depart))
    app.add_transform(TurnQuotesIntoBoxes)


class TurnQuotesIntoBoxes(SphinxTransform):
    """Replace each block quote whose lead is known."""

    default_priority = 400

    def apply(self):
        for quote in list(self.document.findall(nodes.block_quote)):
            lead = _lead(quote)
            if lead in LEADS:
                kind = "lm-" + lead.lower().replace(" ", "-")
                quote.replace_self(Box("", *quote.children, classes=["lm-box", kind]))


def _lead(quote):
    """Return the bold text that a block quote opens with, without its full stop, or None."""
    first = next(iter(quote), None)
    # The Markdown parser leaves an empty text before emphasis that opens a paragraph.
    words = [node for node in first.children if node.astext()] if isinstance(first, nodes.paragraph) else []
    return words[0].astext().rstrip(".") if words and isinstance(words[0], nodes.strong) else None


def _visit(translator, node):
    translator.body.append(translator.starttag(node, "div", role="note"))


def _depart(translator, node):
    translator.body.append("</div>\n")
