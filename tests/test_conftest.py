"""The browser fixtures, on a page of one line."""


def test_a_request_to_another_host_is_recorded_and_not_let_through(new_context, external_requests, tmp_path):
    page_path = tmp_path / "page.html"
    page_path.write_text('<p>here</p><img src="http://192.0.2.1/pixel.png">', encoding="utf-8")
    page = new_context().new_page()
    page.goto(page_path.as_uri())
    assert page.text_content("p") == "here"
    assert external_requests == ["http://192.0.2.1/pixel.png"]
