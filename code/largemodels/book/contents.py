"""Which pages and notebooks the book has: those that the table of contents names, in its order."""

from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml


def pages(root):
    """Return the pages in the book's table of contents as paths without suffix, in reading order.

    Parameters
    ----------
    root : Path
        The folder that holds ``_toc.yml``.

    Raises
    ------
    FileNotFoundError
        If there is no table of contents in ``root``.
    """
    toc_path = Path(root) / "_toc.yml"
    if not toc_path.exists():
        raise FileNotFoundError(f"no table of contents at {toc_path}; start from the folder that holds _toc.yml")
    return [Path(root) / name for name in parse_toc_yaml(toc_path)]


def notebooks(root):
    """Return the paths of the notebooks in the book's table of contents, in reading order."""
    paths = [page.with_name(f"{page.name}.ipynb") for page in pages(root)]
    return [path for path in paths if path.exists()]
