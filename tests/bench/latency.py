"""From a move of the mouse on a slider to the painted frame."""

import statistics

from tests.bench.browser import running_browser
from tests.bench.default_book import SLIDER_PAGE, default_site_served
from tests.site.pages import REPOSITORY, SITE
from tests.site.serving import served
from tests.site.stored_labs import stored_labs

TITLE = "From a slider's move to the painted frame"

NUM_MOVES = 240

# A lab's first slider, and the number beside it.
SLIDER_AND_NUMBER = (".lm-control:has(.lm-slider) .lm-slider", ".lm-control:has(.lm-slider) .lm-number")
# What is dragged in a lab without a slider, and what changes with it.
DRAGGED = {"DigitLab": (".lm-digit-sheet canvas", ".lm-digit-bars")}

# The clock starts when the page is handed the move, before the control's own code hears of it, and stops in the
# first task after the next frame: requestAnimationFrame runs just before a frame is painted, and a message sent
# from there arrives just after. (The browser's own event timing counts in steps of 8 ms, too coarse here.)
# The second number starts at the time stamp of the move itself. A browser holds moves back until its next frame
# is due, so that number has up to a frame, 17 ms, that no page can do anything about.
RECORD = """
window.recorded = [];
window.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    const handed = performance.now();
    requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
            const painted = performance.now();
            const watched = document.querySelector(WATCHED);
            recorded.push([painted - handed, painted - event.timeStamp, watched.value ?? watched.textContent]);
        };
        channel.port2.postMessage(null);
    });
}, true);
"""


def measure(folder):
    print(f"p50 and p95 over a drag of {NUM_MOVES} moves, in milliseconds. In brackets from the time stamp of the")
    print("mouse's move, which includes the wait for the browser's next frame.\n")
    with served(SITE) as ours, default_site_served(folder) as (default, _), running_browser() as browser:
        for lab in {lab.name.partition("-")[0]: lab for lab in reversed(stored_labs(REPOSITORY))}.values():
            control, watched = DRAGGED.get(lab.name, SLIDER_AND_NUMBER)
            address, inside = f"{ours}/{lab.page}#{lab.name}", f"#{lab.name} "
            drag(browser, address, inside + control, inside + watched, f"{lab.name}, our page")
        slider, field = ".noUi-handle", ".widget-text input"
        drag(browser, f"{default}/{SLIDER_PAGE}", slider, field, "FloatLogSlider linked to a number, default page")


def drag(browser, address, control, watched, label):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(RECORD.replace("WATCHED", repr(watched)))
    page.goto(address)
    handle = page.locator(control).first
    handle.wait_for()
    page.locator(watched).first.wait_for()
    handle.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)  # let the page come to rest
    box = handle.bounding_box()
    is_range = handle.get_attribute("type") == "range"
    share = handle.evaluate("slider => slider.value / slider.max") if is_range else 0.5
    x, y = box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(NUM_MOVES):
        # Forth and back, about 50 pixels to each side, two pixels a move.
        phase = move % 100
        offset = 2 * phase if phase < 25 else 100 - 2 * phase if phase < 75 else 2 * phase - 200
        page.mouse.move(x + offset + 1, y)
    page.mouse.up()
    page.wait_for_function("least => recorded.length >= least", arg=NUM_MOVES)
    handed, stamped, values = zip(*page.evaluate("recorded"), strict=True)
    print(
        f"  {label:48s} p50 {quantile(handed, 50):5.1f}  p95 {quantile(handed, 95):5.1f}"
        f"   (p50 {quantile(stamped, 50):5.1f}  p95 {quantile(stamped, 95):5.1f});"
        f" {len(set(values))} different values shown"
    )
    page.close()


def quantile(values, percent):
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
