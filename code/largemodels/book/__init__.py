"""Sphinx extension of the course's site. One concern a module; each says what goes wrong without it.

The other modules here look after the notebooks that the site is built from.
"""

_PARTS = (
    "mathematics",
    "equations",
    "references",
    "notebook",
    "labs",
    "boxes",
    "figures",
    "launch",
    "theme",
    "strictness",
)


def setup(app):
    """Load every part as an extension of its own. Imported by name, so that freezing needs no Sphinx."""
    for part in _PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"parallel_read_safe": False, "parallel_write_safe": False}
