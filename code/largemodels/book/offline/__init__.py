"""Keeps the network out of every Python that the book's notebooks and tests start.

The work is done by ``sitecustomize.py`` in this folder: Python imports the first module of that name on its
path when it starts, so a kernel that is started with this folder in ``PYTHONPATH`` is guarded, and so is
every Python that it starts in turn.
"""

import importlib
from pathlib import Path

GUARD_FOLDER = Path(__file__).parent


def guard_this_process():
    """Refuse network access in this process from now on; there is no way back."""
    importlib.import_module(f"{__name__}.sitecustomize")
