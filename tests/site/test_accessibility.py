"""Every page as axe judges it: names of controls, contrasts, structure, in both themes and on two screens."""

import pytest

from tests.site.pages import NOTEBOOK_PAGES, OPEN_SOLUTIONS, PAGES, SCREENS, wake_labs

# axe looks at every element, and a chapter's formulas and code are tens of thousands. Formulas are judged on the
# page of the notation, and the colours of code, which are the same at every width, on the wide screen only.
NOTEBOOK_WITHOUT = {"desktop": {"exclude": [[".katex"]]}, "phone": {"exclude": [[".katex"], ["pre"]]}}


@pytest.mark.parametrize("screen", ["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious_in_light_and_dark(open_page, name, screen):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # Less motion: colours that are still on their way from one to the other have no contrast to judge.
    page = open_page(name, viewport=SCREENS[screen], color_scheme="light", reduced_motion="reduce")
    page.evaluate(OPEN_SOLUTIONS)
    wake_labs(page)
    context = NOTEBOOK_WITHOUT[screen] if name in NOTEBOOK_PAGES else None
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
        found = axe.run(page, context, {"resultTypes": ["violations"]}).response["violations"]
        serious = [
            (theme, violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in found
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == []
