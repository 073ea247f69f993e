"""The theme carries nothing that the site does not use."""

import re


def test_there_is_one_header_bar_and_one_visible_search_field(site):
    page = site.page("chapters/chapter.html")
    assert not page.select("#pst-header .bd-header__inner")
    assert len(page.select(".search-button-field")) == 1


def test_scripts_do_not_hold_up_the_page_and_the_search_index_waits_for_the_search_page(site):
    scripts = site.page("chapters/chapter.html").find_all("script", src=True)
    assert all(script.has_attr("defer") for script in scripts)
    assert not [script for script in scripts if "search" in script["src"] or "fontawesome" in script["src"]]
    assert site.page("search.html").find("script", src=re.compile("searchindex.js"))


def test_every_icon_of_every_page_is_drawn(site):
    drawn = set(re.findall(r"\.(fa-[\w-]+)", (site.folder / "_static/icons.css").read_text(encoding="utf-8")))
    shown = {
        name
        for path in site.folder.rglob("*.html")
        for icon in site.page(path).select('i[class*="fa-"], span[class*="fa-"]')
        for name in icon["class"]
        if name.startswith("fa-") and name not in {"fa-solid", "fa-brands", "fa-lg"}
    }
    assert "fa-rocket" in shown
    assert shown <= drawn


def test_no_style_sheet_asks_for_the_icon_fonts_that_the_site_does_not_ship(site):
    assert not (site.folder / "_static/vendor/fontawesome").exists()
    for style_sheet in site.folder.rglob("*.css"):
        assert "vendor/fontawesome" not in style_sheet.read_text(encoding="utf-8"), style_sheet.name
