"""What a page with a lab brings over the wire, before and after the reader scrolls to the lab."""

from collections import Counter
from urllib.parse import urlsplit

from tests.bench.browser import running_browser
from tests.bench.default_book import default_site_served
from tests.site.pages import NOTEBOOK_PAGES, REPOSITORY, SITE
from tests.site.serving import served
from tests.site.stored_labs import stored_labs

TITLE = "What a page weighs"

# Playwright's names of what a request is for, and ours.
_KINDS = {"document": "html", "script": "scripts", "stylesheet": "styles", "font": "fonts", "image": "images"}
_COLUMNS = ("html", "scripts", "styles", "fonts", "images", "other")


def measure(folder):
    print("On a phone of 390 × 844, in kilobytes as transferred (text compressed by gzip).")
    print("The default book is the same notebook under Jupyter Book's own settings.\n")
    with served(SITE, compress=True) as ours, default_site_served(folder, compress=True) as (default, networks):
        print(f"  {'':28s}" + "".join(f"{name:>9s}" for name in (*_COLUMNS, "total")) + "   requests  other hosts")
        first_labs = {lab.page: f"#{lab.name}" for lab in reversed(stored_labs(REPOSITORY))}
        with running_browser() as browser:
            for name in NOTEBOOK_PAGES:
                print(f"  {name}")
                weigh(browser, f"{ours}/{name}", networks, first_labs.get(name, "#Quiz"), ".lm-lab", "ours")
                lab = ".jupyter-widgets, .lm-lab"
                weigh(browser, f"{default}/{name}", networks, lab, lab, "default")


def weigh(browser, address, networks, lab, alive, label):
    context = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    page = context.new_page()
    transfers, refused = [], set()

    def let_through(route):
        url = route.request.url
        if urlsplit(url).hostname == "127.0.0.1" or urlsplit(url).scheme in ("data", "blob"):
            route.continue_()
        else:
            refused.add(urlsplit(url).hostname)
            route.abort()

    context.route("**/*", let_through)
    page.on("requestfinished", lambda request: transfers.append(request))
    page.goto(address, wait_until="networkidle")
    report(f"  {label}, before scrolling", transfers, networks, refused)
    page.locator(lab).first.scroll_into_view_if_needed()
    page.locator(alive).first.wait_for()
    page.wait_for_load_state("networkidle")
    report(f"  {label}, scrolled to the lab", transfers, networks, refused)
    if label == "ours":
        own = {path.name for path in (REPOSITORY / "code/largemodels/book/static").glob("*.js")}
        beyond = [
            request
            for request in transfers
            if request.resource_type == "script"
            and (urlsplit(request.url).path.rpartition("/")[2] in own or "/labs/" in request.url)
        ]
        size = sum(request.sizes()["responseBodySize"] for request in beyond)
        print(f"    of these, scripts beyond the theme's: {size / 1000:.1f} in {len(beyond)} files")
    context.close()


def report(label, transfers, networks, refused):
    bytes_by_kind, hosts = Counter(), set(refused)
    asked = [request for request in transfers if urlsplit(request.url).scheme in ("http", "https")]
    for request in asked:
        bytes_by_kind[_KINDS.get(request.resource_type, "other")] += request.sizes()["responseBodySize"]
        if request.url.startswith(networks):
            hosts.add(request.url.removeprefix(networks).split("/")[1])
    numbers = [*(bytes_by_kind[name] for name in _COLUMNS), bytes_by_kind.total()]
    print(
        f"  {label:28s}"
        + "".join(f"{number / 1000:9.1f}" for number in numbers)
        + f"   {len(asked):8d}  {len(hosts)} {', '.join(sorted(hosts))}".rstrip()
    )
