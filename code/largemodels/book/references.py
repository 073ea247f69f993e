"""Citations as links to the bibliography: ``[Polyak (1964)](references.md#polyak1964)``.

Without this module such a link, which also works on GitHub, is reported as broken: MyST knows only the
headings of a page as targets on it, and the bibliography's entries have generated ids. A key that the
bibliography does not hold stays a warning. The page asks for its entries as a plain list (``:list: bullet``):
in the usual form they carry roles that are invalid where they stand.
"""


def setup(app):
    app.setup_extension("sphinxcontrib.bibtex")
    app.connect("config-inited", _set_up_bibliography)
    # The bibliography settles its entries in a handler of this event, so ours comes after it.
    app.connect("env-updated", _make_keys_link_targets, priority=900)


def _set_up_bibliography(app, config):
    config.bibtex_cite_id = "{key}"
    # In the order of authors and years. Labels of its own the list does not need: the links are by name.
    config.bibtex_default_style = "plain"


def _make_keys_link_targets(app, env):
    for citation in env.get_domain("cite").citations:
        targets = env.metadata[citation.bibliography_key.docname].setdefault("myst_slugs", {})
        targets[citation.key] = (0, citation.citation_id, citation.formatted_entry.label)
