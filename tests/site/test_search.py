"""The site's search works without a server of its own, also from disk."""

import pytest

from tests.site.pages import CHAPTER


@pytest.mark.parametrize("over", ["http", "file"])
def test_searching_a_word_of_the_chapter_finds_the_chapter(open_page, over):
    page = open_page("search.html", over=over)
    page.locator("main input[type=search]").fill("momentum")
    page.keyboard.press("Enter")
    result = page.locator(f"#search-results a[href*='{CHAPTER}']").first
    result.wait_for()
    assert "Gradient descent" in result.inner_text()
    page.wait_for_load_state()  # a page that is left while it loads gives up its pictures, which counts as a failure
    result.click()
    page.wait_for_url(f"**/{CHAPTER}*")


@pytest.mark.parametrize("over", ["http", "file"])
def test_a_chapters_own_search_field_leads_to_the_results(open_page, over):
    page = open_page(CHAPTER, over=over)
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input[type=search]").fill("warm-up schedule")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator(f"#search-results a[href*='{CHAPTER}']").first.wait_for()


def test_what_is_not_in_the_book_is_not_found(open_page):
    page = open_page("search.html", "?q=zzyzx")
    page.get_by_text("did not match any documents").wait_for()
