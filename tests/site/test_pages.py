"""Every page of the site, over http and from disk, with everything else out of reach."""

import pytest

from tests.site.pages import CHAPTER, PAGES, wake_labs

# Brings everything on a page to life that waits until the reader comes near: labs, and pictures.
SCROLL_THROUGH = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let top = 0; top < document.scrollingElement.scrollHeight; top += innerHeight) {
        scrollTo({ top, behavior: "instant" });
        await frame();
        await frame();
    }
}"""


@pytest.mark.parametrize("over", ["http", "file"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_any_other_host(open_page, name, over):
    page = open_page(name, over=over)
    page.evaluate(SCROLL_THROUGH)
    wake_labs(page)
    assert page.locator(".lm-lab-fallback:visible").count() == 0
    page.wait_for_load_state("networkidle")
    pictures = page.eval_on_selector_all("img", "nodes => nodes.map(node => [node.src, node.naturalWidth])")
    assert [source for source, width in pictures if not width] == []
    # The widget manager and its loader, MathJax, Thebe: what a default page has.
    unwanted = ["require", "requirejs", "MathJax", "thebelab", "THEBE_JS_URL"]
    assert page.evaluate("names => names.filter(name => name in window)", unwanted) == []
    assert page.evaluate("[...document.fonts].filter(font => font.status === 'error').map(font => font.family)") == []


@pytest.mark.parametrize("over", ["http", "file"])
def test_the_front_door_leads_to_the_first_page(open_page, over):
    page = open_page("index.html", over=over)
    page.wait_for_url(f"**/{PAGES[0]}")
    assert page.locator("article h1").count() == 1


def test_the_theme_button_turns_page_and_labs_dark_and_the_choice_survives_a_reload(open_page):
    page = open_page(CHAPTER, "#DescentLab", color_scheme="light")
    lab = page.locator("#DescentLab .lm-lab")
    lab.wait_for()
    theme = "document.documentElement.dataset.theme"
    assert (page.evaluate(theme), lab.get_attribute("data-lm-theme")) == ("light", "light")
    button = page.locator(".theme-switch-button:visible")
    for _ in range(3):  # light, dark, as the system has it
        if page.evaluate(theme) == "dark":
            break
        button.click()
    page.wait_for_function("document.querySelector('#DescentLab .lm-lab').dataset.lmTheme === 'dark'")
    assert page.evaluate(theme) == "dark"
    page.reload()
    lab.wait_for()
    assert (page.evaluate(theme), lab.get_attribute("data-lm-theme")) == ("dark", "dark")
