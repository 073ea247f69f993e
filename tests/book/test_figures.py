"""Pictures say what they show, and how large they are before they arrive."""


def test_a_figure_has_its_text_alternative_and_half_its_pixels_as_size(site):
    image, _ = site.page("chapters/chapter.html").select(".cell_output img")
    assert image["alt"] == "The loss falls to zero in nine steps."
    assert (image["width"], image["height"]) == ("640", "400")


def test_a_figure_that_brings_its_size_along_keeps_it(site):
    _, image = site.page("chapters/chapter.html").select(".cell_output img")
    assert (image["width"], image["height"]) == ("651", "371")


def test_figures_are_fetched_only_when_a_reader_comes_near(site):
    images = site.page("chapters/chapter.html").select(".cell_output img")
    assert [(image["loading"], image["decoding"]) for image in images] == [("lazy", "async")] * 2


def test_a_figure_without_a_text_alternative_fails_the_build(faulty_site):
    assert "this picture has no text alternative; say what it shows in the cell's metadata" in faulty_site.log
