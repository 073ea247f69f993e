"""Block quotes with a known lead are boxes; solutions unfold."""


def test_each_known_lead_makes_a_box_of_its_kind(site):
    boxes = site.page("chapters/chapter.html").select('div.lm-box[role="note"]')
    kinds = [box["class"][1] for box in boxes]
    assert kinds == [
        "lm-predict", "lm-try-it", "lm-pitfall", "lm-remember", "lm-source", "lm-note", "lm-debug-this", "lm-by-hand",
    ]  # fmt: skip
    assert [item.text.strip() for item in boxes[1].select("li")] == ["look at the loss", "look at the path"]


def test_a_quotation_without_a_lead_stays_a_quotation(site):
    [quotation] = site.page("chapters/chapter.html").select("article blockquote")
    assert quotation.text.strip() == "An ordinary quotation, which stays one."


def test_code_and_formulas_inside_a_folded_solution_are_rendered(site):
    [solution] = site.page("chapters/chapter.html").select("details:has(> summary)")
    assert solution.summary.text == "Solution"
    assert "def step" in solution.select_one(".highlight-python pre").text
    assert solution.select_one(".katex")
