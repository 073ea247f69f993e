"""A build that found something to warn about looks at every page again next time.

Without this module ``make book`` fails on a bad formula or a broken link once, and passes when it is run
again: Sphinx skips pages that have not changed, and their warnings with them.
"""

from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME


def setup(app):
    app.connect("build-finished", _forget_after_warnings)


def _forget_after_warnings(app, exception):
    # Sphinx does the same when a warning ends a build at once; here it went on, to name all of them.
    if app.keep_going and app._warncount:
        Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)
