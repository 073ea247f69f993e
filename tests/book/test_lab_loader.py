"""The loader brings labs to life in a real browser. A probe stands in for the lab: it shows what it was given."""

import json
import shutil

import pytest

PROBE = """
function render({ model, el, site }) {
  const link = site.link({ learning_rate: 0.5 });
  const show = () => (el.textContent = JSON.stringify({ rate: model.get("learning_rate"), site, link }));
  el.className = "probe";
  el.tell = (value) => model.set("learning_rate", value);
  model.on("change:learning_rate", show);
  show();
  window.alive = (window.alive ?? 0) + 1;
  return () => {
    window.alive -= 1;
    model.off("change:learning_rate", show);
  };
}
export default { render };
"""


@pytest.fixture(scope="module")
def probe_site(site, tmp_path_factory):
    """A copy of the built site whose lab is the probe."""
    folder = shutil.copytree(site.folder, tmp_path_factory.mktemp("probe") / "html")
    [source] = (folder / "labs").iterdir()
    source.write_text(f"largemodelsLabs[{json.dumps(source.name)}] = {json.dumps([PROBE, '.probe { color: red }'])};\n")
    return folder


@pytest.fixture
def open_page(probe_site, new_context):
    """A function that opens the chapter from disk; the page records what is thrown in ``page.thrown``."""

    def open_chapter(address="", **options):
        page = new_context(**options).new_page()
        page.set_default_timeout(5000)
        page.thrown = []
        page.on("pageerror", lambda error: page.thrown.append(error))
        page.goto(f"{(probe_site / 'chapters/chapter.html').as_uri()}{address}")
        return page

    return open_chapter


def shown(page, name):
    probe = page.locator(f"#{name} .probe")
    probe.scroll_into_view_if_needed()
    return json.loads(probe.text_content())


def test_a_lab_runs_from_disk_and_gets_its_stored_settings(open_page, external_requests):
    page = open_page()
    page.locator("#DescentLab").scroll_into_view_if_needed()
    assert shown(page, "DescentLab")["rate"] == 0.1
    assert page.locator("#DescentLab .lm-lab-fallback").is_hidden()
    assert page.locator(".probe").first.evaluate("probe => getComputedStyle(probe).color") == "rgb(255, 0, 0)"
    assert page.thrown == [] and external_requests == []


def test_a_lab_far_below_the_screen_is_not_fetched_before_the_reader_comes_near(open_page):
    page = open_page(viewport={"width": 390, "height": 400})
    page.wait_for_load_state("networkidle")
    assert page.locator(".probe").count() == 0


def test_the_address_opens_a_lab_with_its_settings_in_view_and_a_new_address_does_so_again(open_page):
    page = open_page("#DescentLab-2?learning_rate=0.45&start=1,2")
    assert shown(page, "DescentLab-2")["site"]["initial"] == {"learning_rate": "0.45", "start": "1,2"}
    assert shown(page, "DescentLab-2")["link"].endswith("chapter.html#DescentLab-2?learning_rate=0.5")
    top = page.locator("#DescentLab-2").evaluate("host => host.getBoundingClientRect().top")
    assert 0 <= top < page.viewport_size["height"]
    page.evaluate("location.hash = '#DescentLab-2?learning_rate=0.2'")
    page.wait_for_function("document.querySelector('#DescentLab-2 .probe').textContent.includes('\"0.2\"')")
    assert page.locator("#DescentLab-2 .probe").count() == 1
    assert page.evaluate("alive") == page.locator(".probe").count(), "the view before was not cleaned up"


def test_two_views_of_one_lab_share_its_settings(open_page):
    page = open_page()
    for name in ("DescentLab", "DescentLab-2"):
        page.locator(f"#{name}").scroll_into_view_if_needed()
        shown(page, name)
    page.locator("#DescentLab-2 .probe").evaluate("probe => probe.tell(0.7)")
    assert shown(page, "DescentLab")["rate"] == 0.7


def test_a_lab_that_cannot_start_says_so_in_its_place_and_leaves_its_text(probe_site, open_page):
    [source] = (probe_site / "labs").iterdir()
    text = source.read_text()
    try:
        source.write_text(text.replace("el.className", "nowhere.className"))
        page = open_page()
        page.locator("#DescentLab").scroll_into_view_if_needed()
        message = page.locator("#DescentLab [role=alert]")
        assert message.text_content() == "This lab could not start. nowhere is not defined"
        source.unlink()
        page.reload()
        page.locator("#DescentLab").scroll_into_view_if_needed()
        assert "could not be loaded" in message.text_content()
        assert page.locator("#DescentLab .lm-lab-fallback").is_visible()
    finally:
        source.write_text(text)


def test_without_scripts_a_reader_is_told_and_sees_the_stored_text(open_page):
    page = open_page(java_script_enabled=False)
    assert page.locator("#DescentLab noscript p").is_visible()
    assert page.locator("#DescentLab code").text_content() == "DescentLab(learning_rate=0.1)"
