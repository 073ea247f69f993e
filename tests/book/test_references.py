"""Citations are links to the bibliography's entries."""


def test_a_citation_leads_to_the_entry_with_its_key(site):
    [link] = [link for link in site.page("chapters/chapter.html").find_all("a") if link.text == "Polyak (1964)"]
    assert link["href"] == "references.html#polyak1964"
    assert "Some methods of speeding up" in site.page("chapters/references.html").find(id="polyak1964").text


def test_a_citation_of_an_unknown_key_fails_the_build(faulty_site):
    assert "'nobody1900'" in faulty_site.log
