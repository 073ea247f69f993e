"""The book theme, less what this site does not use, with the course's style sheets on top.

Without this module every page has an empty second header bar with a second search box, 540 KB (compressed)
of icon script for two dozen icons, and the whole search index, although only the search page uses it; most
scripts hold up the first paint; and a reader who prefers dark pages sees each one flash white first.
"""

import re
import shutil
from pathlib import Path

_HERE = Path(__file__).parent

# A quarter of the theme's style sheet: `.fa-anchor:before{content:"…"}`, and so on for each of 2,000 icons.
_ICON_RULES = re.compile(r"(?:\.fa-[\w-]+:before,?)+\{[^}]*\}")
# The fonts are not shipped, so no rule may ask for them.
_ICON_FONTS = re.compile(r"@font-face\{[^}]*fontawesome[^}]*\}")


def setup(app):
    app.connect("config-inited", _set_options)
    app.connect("html-page-context", _defer_scripts, priority=900)
    app.connect("build-finished", _drop_icon_font)
    app.add_css_file("icons.css", priority=800)
    app.add_css_file("site.css", priority=810)


def _set_options(app, config):
    config.html_theme_options["navbar_persistent"] = []
    config.html_theme_options["logo"] = {"text": config.html_title}
    # For readers without scripts; for all others templates/layout.html follows what their machine prefers.
    config.html_context["default_mode"] = "light"
    config.html_static_path.append(str(_HERE / "static"))
    config.templates_path.append(str(_HERE / "templates"))
    # A book of chapters has no index of code objects.
    config.html_use_index = False
    config.html_domain_indices = False


def _defer_scripts(app, pagename, templatename, context, doctree):
    # The search page runs scripts in line that need the others at once.
    if templatename == "search.html":
        return
    # What has no file name are settings for a choice of versions and a search that this site does not have.
    # New objects, because Sphinx shares the old ones among all pages, the search page included.
    context["script_files"] = [
        type(script)(script.filename, priority=script.priority, **{"defer": "defer", **script.attributes})
        for script in context["script_files"]
        if script.filename
    ]


def _drop_icon_font(app, exception):
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    # Gone already if no page has changed since the last build: Sphinx copies nothing then.
    shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)
    style_sheet = static / "styles" / "pydata-sphinx-theme.css"
    rules = style_sheet.read_text(encoding="utf-8")
    style_sheet.write_text(_ICON_FONTS.sub("", _ICON_RULES.sub("", rules)), encoding="utf-8")
