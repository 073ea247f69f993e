"""Mathematics typeset while the site is built.

Without this module Sphinx loads MathJax from another host, formulas arrive after the text and move it, and a
formula that cannot be typeset is found by a reader instead of by the build.

A formula that KaTeX refuses is a Sphinx warning with the page and the formula, and so fails ``make book``.
"""

import html
import shutil
import tempfile
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from . import katex

_logger = logging.getLogger(__name__)


def setup(app):
    app.add_config_value("largemodels_cache", ".cache", "", str)
    app.add_html_math_renderer("katex", (_visit_inline, None), (_visit_display, None))
    app.connect("config-inited", _choose_katex)
    app.connect("builder-inited", _start)
    app.connect("html-page-context", _add_assets)
    app.connect("build-finished", _stop)


def _choose_katex(app, config):
    config.html_math_renderer = "katex"


def _start(app):
    if app.builder.format != "html":
        return
    dist = katex.fetch(Path(app.srcdir) / app.config.largemodels_cache)
    app.katex = katex.Renderer(dist)
    app.katex_files = tempfile.mkdtemp(prefix="katex-")
    katex.write_site_files(dist, Path(app.katex_files) / "katex")
    app.config.html_static_path.append(app.katex_files)


def _stop(app, exception):
    if hasattr(app, "katex"):
        app.katex.close()
        shutil.rmtree(app.katex_files)


def _add_assets(app, pagename, templatename, context, doctree):
    has_formula = doctree is not None and (
        next(doctree.findall(nodes.math), None) or next(doctree.findall(nodes.math_block), None)
    )
    if has_formula:
        app.add_css_file("katex/katex.css")
        app.add_js_file("equations.js")


def _visit_inline(translator, node):
    translator.body.append(translator.starttag(node, "span", "", CLASS="lm-math"))
    translator.body.append(_render(translator, node, display=False) + "</span>")
    raise nodes.SkipNode


def _visit_display(translator, node):
    # Not the usual class "math": the theme lays that out for MathJax, as a row of flexible boxes.
    translator.body.append(translator.starttag(node, "div", "", CLASS="lm-equation"))
    translator.body.append(_render(translator, node, display=True) + "</div>\n")
    raise nodes.SkipNode


def _render(translator, node, display):
    latex = node.astext()
    try:
        return translator.builder.app.katex.render(latex, display)
    except katex.FormulaError as error:
        _logger.warning(
            "cannot typeset the formula  %s  (%s)",
            latex.strip(),
            error,
            location=node,
            type="largemodels",
            subtype="mathematics",
        )
        return f"<code>{html.escape(latex)}</code>"
