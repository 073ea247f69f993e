"""Numbered equations are targets of links."""


def test_a_tagged_equation_carries_its_number_as_id_and_links_lead_there(site):
    page = site.page("chapters/chapter.html")
    assert r"\eta \nabla L(w_t) \tag{4.1}" in page.find(id="eq-4-1").select_one("annotation").text
    assert [link.text for link in page.select('a[href="#eq-4-2"]')] == ["(4.2)"]


def test_a_link_to_a_number_that_no_equation_has_fails_the_build(faulty_site):
    assert "target not found: 'eq-9-9'" in faulty_site.log
