"""Which pages the built site has, and whether it is there and up to date."""

from pathlib import Path

from largemodels.book import contents

REPOSITORY = Path(__file__).parents[2]
SITE = REPOSITORY / "_build" / "html"

PAGES = [*(f"{page.relative_to(REPOSITORY)}.html" for page in contents.pages(REPOSITORY)), "search.html"]
"""Every page that a reader can open, by its address within the site. ``index.html`` only leads to the first."""

NOTEBOOK_PAGES = [
    page.relative_to(REPOSITORY).with_suffix(".html").as_posix() for page in contents.notebooks(REPOSITORY)
]
"""The pages that are notebooks: chapters, and appendices that can be run."""

CHAPTER = "chapters/04-gradient-descent.html"
"""The chapter with one of everything, on which what is the same on every page is tried once."""

SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}

OPEN_SOLUTIONS = "document.querySelectorAll('main details').forEach(part => { part.open = true })"

# What the site is made from; the numerics are not in it, except through a notebook's stored outputs.
_SOURCES = ("_config.yml", "_toc.yml", "chapters", "code/largemodels/book", "code/largemodels/widgets")
_SOURCE_SUFFIXES = {".yml", ".ipynb", ".md", ".bib", ".py", ".js", ".cjs", ".css", ".html", ".json", ".svg"}
_NOT_SOURCES = {"_twins", ".ipynb_checkpoints", ".virtual_documents"}


def wake_labs(page):
    """Bring each lab of an open page into view, and wait until it is alive."""
    for host in page.locator(".lm-lab-host").all():
        host.scroll_into_view_if_needed()
        host.locator(".lm-lab").wait_for()


def why_unusable(site=SITE, repository=REPOSITORY):
    """Return why the built site cannot be tested, in a sentence that says what to do; None if it can be."""
    last_written = site / "searchindex.js"
    if not last_written.exists():
        return f"There is no built site in {site}. Build it first: make book"
    built = last_written.stat().st_mtime
    for name in _SOURCES:
        for path in [repository / name, *(repository / name).rglob("*")]:
            is_source = path.suffix in _SOURCE_SUFFIXES and not _NOT_SOURCES & set(path.parts)
            if is_source and path.exists() and path.stat().st_mtime > built:
                changed = path.relative_to(repository)
                return f"{changed} has changed since the site in {site} was built. Build it again: make book"
    return None
