"""What a reader meets on a page: nothing jumps, nothing is cut off, no control is dead."""

import nbformat
import pytest

from largemodels.book.kernel_controls import sort_models
from tests.site.pages import CHAPTER, NOTEBOOK_PAGES, OPEN_SOLUTIONS, PAGES, REPOSITORY, SCREENS, wake_labs

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
        shifts.push([entry.value, entry.sources.map(({ node }) => node && (node.className || node.nodeName)).join()]);
    }
}).observe({ type: "layout-shift", buffered: true });
"""

SCROLL_SLOWLY = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    let top = 0;
    while (top < document.scrollingElement.scrollHeight - innerHeight) {
        top += innerHeight / 4;
        scrollTo({ top, behavior: "instant" });
        await frame();
        await frame();
    }
    await new Promise(done => setTimeout(done, 300));
}"""


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(open_page, name):
    page = open_page(name, viewport=SCREENS["phone"])
    page.evaluate(OPEN_SOLUTIONS)
    wake_labs(page)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth"), width


@pytest.mark.parametrize("screen", ["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_moves_under_the_readers_eyes(open_page, name, screen):
    page = open_page(name, before=WATCH_SHIFTS, viewport=SCREENS[screen])
    page.evaluate(SCROLL_SLOWLY)
    shifts = page.evaluate("shifts")
    assert sum(value for value, _ in shifts) <= 0.05, shifts


def controls_of_a_kernel(name):
    """Return, for each output of a notebook that shows controls which need a kernel, what the notice must name."""
    notebook = nbformat.read(REPOSITORY / name.replace(".html", ".ipynb"), as_version=4)
    state = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    models = state.get("state", {})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    views = [output.get("data", {}).get("application/vnd.jupyter.widget-view+json") for output in outputs]
    found = [sort_models(models, view["model_id"])[1] for view in views if view]
    return [[named(models[control]) for control in controls] for controls in found if controls]


def named(control):
    """Return a stored control as a reader would say it, such as ``slider “η”``."""
    kind = "slider" if "Slider" in control["model_name"] else "list to choose from"
    return f"{kind} “{control['state']['description'].strip(' :')}”"


def test_some_chapter_has_a_slider_that_needs_a_kernel():
    assert controls_of_a_kernel(CHAPTER)[0] == ["slider “η”"]


@pytest.mark.parametrize("name", NOTEBOOK_PAGES)
def test_each_control_that_needs_a_kernel_is_a_notice_beside_its_stored_result(open_page, name):
    page = open_page(name)
    notices = page.locator(".lm-kernel-notice").all()
    expected = controls_of_a_kernel(name)
    assert len(notices) == len(expected)
    for notice, controls in zip(notices, expected, strict=True):
        text = notice.inner_text()
        for words in (*controls, "running kernel", "JupyterLab or Binder"):
            assert words in text
        results = (
            "notice => notice.closest('.cell').querySelectorAll('.cell_output :is(img, pre, .lm-lab-host)').length"
        )
        assert notice.evaluate(results) >= 1, f"no stored result beside: {text}"
    page.evaluate(OPEN_SOLUTIONS)
    wake_labs(page)
    dead = page.eval_on_selector_all(
        "main :is(input, [role=slider], .jupyter-widgets)",
        "nodes => nodes.filter(node => !node.closest('.lm-lab')).map(node => node.outerHTML.slice(0, 100))",
    )
    assert dead == []
