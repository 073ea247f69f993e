"""Which notebooks the book has."""

import pytest

from largemodels.book.contents import notebooks, pages


def test_notebooks_come_in_reading_order_and_pages_of_text_are_left_out(tmp_path):
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nparts:\n- chapters:\n  - file: b\n  - file: text\n  - file: a\n"
    )
    for name in ("a.ipynb", "b.ipynb", "index.md", "text.md", "elsewhere.ipynb"):
        (tmp_path / name).touch()
    assert notebooks(tmp_path) == [tmp_path / "b.ipynb", tmp_path / "a.ipynb"]
    assert pages(tmp_path) == [tmp_path / name for name in ("index", "b", "text", "a")]


def test_a_folder_without_table_of_contents_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no table of contents at .*_toc\.yml"):
        notebooks(tmp_path)
