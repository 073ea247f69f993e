"""Stored labs become living parts of the page, each lab's source once for the site."""

import json

from largemodels.widgets.lab import joined_source


def test_a_stored_lab_becomes_a_host_with_its_settings_only(site):
    first, second = site.page("chapters/chapter.html").select(".lm-lab-host")
    settings = json.loads(first.script.string)
    assert settings["learning_rate"] == 0.1 and settings["start"] == [-1.5, 1.5]
    assert not [name for name in settings if name.startswith("_") or name == "layout"]
    assert (first["id"], second["id"]) == ("DescentLab", "DescentLab-2")
    assert first["data-model"] == second["data-model"]
    assert "DescentLab(learning_rate=0.1)" in first.text


def test_the_source_of_a_lab_is_written_once_and_not_into_the_page(site):
    [source] = (site.folder / "labs").iterdir()
    page = site.page("chapters/chapter.html")
    assert {host["data-source"] for host in page.select(".lm-lab-host")} == {source.name}
    module, _ = json.loads(source.read_text(encoding="utf-8").split(" = ", 1)[1].rstrip(";\n"))
    assert module == joined_source("descent_lab", ".js")
    assert "export default" not in str(page)


def test_only_pages_with_labs_load_the_loader(site):
    assert len(site.page("chapters/chapter.html").select('script[src*="lab-loader.js"]')) == 1
    assert not site.page("chapters/index.html").select('script[src*="lab-loader.js"]')


def test_a_lab_whose_stored_source_is_not_the_packages_fails_the_build(faulty_site):
    assert "the stored source of DescentLab is not the package's; run `make freeze`" in faulty_site.log
