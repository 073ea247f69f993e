"""Quiz: the browser grades as Python does, its words are whole, its form works by key and by mouse."""

import dataclasses
import json
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import largemodels.widgets.quiz as quiz_module
from largemodels.questions.grading import grade, parse_number
from largemodels.questions.loader import load_questions, question_chapters
from largemodels.widgets.lab import joined_source
from largemodels.widgets.quiz import Quiz

MODULE_PATH = Path(quiz_module.__file__).with_suffix(".js")
CHAPTER = "04-gradient-descent"
QUESTIONS = {question.id: question for question in load_questions(CHAPTER)}
EVERY_QUESTION = [question for chapter in question_chapters() for question in load_questions(chapter)]
every_setting = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def quiz_js(javascript):
    return javascript(MODULE_PATH)


# ---------------------------------------------------------------------------------------------------------
# Grading in the browser, against Python

number_texts = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.text(alphabet="0123456789.,+-−/eE \u3000\u00a00.,-x²½", max_size=12),
    st.text(max_size=8),
)
hostile_responses = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2)
)


@st.composite
def questions_and_responses(draw):
    question = draw(st.sampled_from(EVERY_QUESTION))
    if question.kind == "number":
        targets = [question.value, *(wrong.value for wrong in question.wrong_values)]
        near = st.builds(
            lambda target, offset: repr(target + offset),
            st.sampled_from(targets),
            st.sampled_from([0.0, question.tolerance, -question.tolerance, 1e-9, 0.1, -0.1]),
        )
        usual = st.one_of(near, number_texts)
    else:
        ids = [answer.id for answer in question.answers]
        usual = st.lists(st.sampled_from([*ids, "gone-since"]), max_size=6)
    return question, draw(st.one_of(usual, usual, hostile_responses, number_texts, st.lists(number_texts, max_size=2)))


@every_setting
@given(pair=questions_and_responses())
@example(pair=(QUESTIONS["largest-learning-rate"], "0,25"))
@example(pair=(QUESTIONS["largest-learning-rate"], "1e999"))
@example(pair=(QUESTIONS["largest-learning-rate"], ""))
@example(pair=(QUESTIONS["zigzag"], ["two-minima", "across-the-valley"]))
def test_the_browser_grades_every_response_as_python_does(quiz_js, pair):
    question, response = pair
    assert quiz_js.call("grade", dataclasses.asdict(question), response) == grade(question, response)


@every_setting
@given(text=number_texts)
@example(text="1/3")
@example(text="1/0")
@example(text="1e-400")
@example(text="1/1e-400")
@example(text="1e308/1e-308")
@example(text="-0")
@example(text="\ufeff1")
@example(text="١٢")
def test_the_browser_reads_typed_numbers_as_python_does(quiz_js, text):
    assert quiz_js.call("parseNumber", text) == parse_number(text)


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=lambda question: question.id)
def test_each_set_of_answers_gets_the_same_grade_in_browser_and_python(quiz_js, question):
    if question.kind == "number":
        responses = [f"{question.value:g}", *(f"{wrong.value:g}" for wrong in question.wrong_values), "-1e6", "1e6"]
    else:
        ids = [answer.id for answer in question.answers]
        responses = [[name for bit, name in enumerate(ids) if mask >> bit & 1] for mask in range(2 ** len(ids))]
    for response in responses:
        assert quiz_js.call("grade", dataclasses.asdict(question), response) == grade(question, response), response


# ---------------------------------------------------------------------------------------------------------
# Words


def test_every_language_has_the_same_strings_with_the_same_places_to_fill(quiz_js):
    def places(template):
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    strings = quiz_js.call("STRINGS")
    english, chinese = strings["en"], strings["zh"]
    assert english.keys() == chinese.keys()
    assert {key: places(text) for key, text in english.items()} == {key: places(text) for key, text in chinese.items()}
    assert all(text.strip() for text in [*english.values(), *chinese.values()])


def test_text_is_split_into_paragraphs_lines_and_code(quiz_js):
    plain, code = {"code": False}, {"code": True}
    assert quiz_js.call("splitText", "one `two` three\nfour\n\n`<b>`") == [
        [
            [{**plain, "text": "one "}, {**code, "text": "two"}, {**plain, "text": " three"}],
            [{**plain, "text": "four"}],
        ],
        [[{**code, "text": "<b>"}]],
    ]


# ---------------------------------------------------------------------------------------------------------
# In Python


def test_repr_is_every_question_with_its_answers_and_no_solution():
    text = repr(Quiz(CHAPTER))
    flat = " ".join(text.split())
    for question in QUESTIONS.values():
        assert question.text["en"].split("\n")[0].strip() in flat
        if question.kind == "number":
            assert " ".join(question.right["en"].split()) not in flat
            continue
        for letter, answer in zip("abcde", question.answers, strict=False):
            box = "( )" if question.kind == "choice" else "[ ]"
            assert f"{box} {letter}) {answer.text['en']}" in flat
            assert answer.feedback["en"] not in flat
    assert max(map(len, text.splitlines())) <= 100
    assert repr(Quiz(CHAPTER)) == text


def test_only_picks_questions_in_the_given_order():
    picked = Quiz(CHAPTER, only=["zigzag", "update-by-hand"])
    assert [question["id"] for question in picked.questions] == ["zigzag", "update-by-hand"]


def test_an_unknown_question_is_named_with_those_that_exist():
    with pytest.raises(ValueError, match=r"has no question zig-zag; it has update-by-hand, .*weight-decay"):
        Quiz(CHAPTER, only=["zig-zag"])


def test_an_unknown_chapter_is_named_with_those_that_exist():
    with pytest.raises(ValueError, match=r"no questions for chapter '4'; there are some for .*04-gradient-descent"):
        Quiz("4")


def test_an_unknown_language_is_refused():
    with pytest.raises(Exception, match=r"language must be one of en, zh; got 'fr'"):
        Quiz(CHAPTER, language="fr")


def test_state_sent_to_the_browser_is_the_questions_as_plain_json():
    state = Quiz(CHAPTER).get_state()
    assert json.loads(json.dumps(state["questions"])) == [
        json.loads(json.dumps(dataclasses.asdict(question))) for question in QUESTIONS.values()
    ]
    assert state["chapter"] == CHAPTER


# ---------------------------------------------------------------------------------------------------------
# In a browser

ADDRESS = "http://localhost/quiz.html"


def page_source(theme, language, storage):
    state = {"chapter": CHAPTER, "questions": Quiz(CHAPTER).questions, "language": language}
    state = json.dumps(state).replace("<", "\\u003c")  # so that no text can end the script
    module = joined_source("quiz", ".js").replace("export default", "const lab =")
    return f"""<!doctype html>
<html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><title>Quiz</title><style>{joined_source("quiz", ".css")}</style></head>
<body><main><h1>Quiz</h1><div id="place"></div></main>
<script type="module">
{module}
const state = {state};
const handlers = {{}};
const model = {{
  get: (name) => state[name],
  on: (name, handler) => {{ handlers[name] = handler; }},
  off: (name) => {{ delete handlers[name]; }},
}};
window.setLanguage = (language) => {{ state.language = language; handlers["change:language"]?.(); }};
window.endLab = lab.render({{ model, el: document.getElementById("place"), site: {storage} }});
</script></body></html>"""


@pytest.fixture
def open_quiz(new_context, external_requests):
    """A function that opens a page with the quiz, and a check that nothing was thrown or asked of other hosts."""
    errors = []

    def open_page(theme="light", language="en", storage="undefined", before=None):
        page = new_context().new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        body = page_source(theme, language, storage)
        page.route("http://localhost/**", lambda route: route.fulfill(body=body, content_type="text/html"))
        if before:
            page.add_init_script(before)
        page.goto(ADDRESS)
        page.wait_for_selector(".lm-quiz")
        return page

    yield open_page
    assert errors == []
    assert external_requests == []


def form_of(page, identifier):
    return page.locator("form").nth(list(QUESTIONS).index(identifier))


def feedback_of(page, identifier):
    return " ".join(form_of(page, identifier).locator("[role=status]").inner_text().split())


def pick(page, identifier, *answers):
    for answer in answers:
        form_of(page, identifier).locator(f"input[value={answer}]").click()


def check(page, identifier):
    form_of(page, identifier).get_by_role("button", name="Check").click()


def progress_of(page):
    return page.locator(".lm-quiz-progress [role=status]").inner_text()


def plain(text):
    return " ".join(text.replace("`", "").split())


def test_a_wrong_answer_by_mouse_gets_its_own_feedback_and_a_right_one_counts(open_quiz):
    page = open_quiz()
    assert progress_of(page) == "Answered right: 0 of 12"
    for answer in QUESTIONS["zigzag"].answers:
        pick(page, "zigzag", answer.id)
        assert feedback_of(page, "zigzag") == "", "feedback about another answer must go"
        check(page, "zigzag")
        assert plain(answer.feedback["en"]) in feedback_of(page, "zigzag")
        assert feedback_of(page, "zigzag").startswith("Right." if answer.right else "Not right yet.")
        assert progress_of(page) == f"Answered right: {int(answer.right)} of 12"


def test_the_keyboard_alone_answers_a_choice_and_a_number(open_quiz):
    page = open_quiz()
    page.keyboard.press("Tab")  # the button that clears
    page.keyboard.press("Tab")
    page.keyboard.type("3.5")
    page.keyboard.press("Enter")
    assert "That step goes uphill" in feedback_of(page, "update-by-hand")
    page.keyboard.press("Control+A")
    page.keyboard.type("2,5")
    page.keyboard.press("Enter")
    assert feedback_of(page, "update-by-hand").startswith("Right. Read as 2.5.")
    form_of(page, "zigzag").locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert feedback_of(page, "zigzag").startswith("Right.")
    assert progress_of(page) == "Answered right: 2 of 12"


def test_several_choices_say_what_is_still_missing(open_quiz):
    page = open_quiz()
    pick(page, "weight-decay", "same-in-plain-descent")
    check(page, "weight-decay")
    assert feedback_of(page, "weight-decay").startswith("Right so far. Still to find: 2.")
    pick(page, "weight-decay", "large-gradients-decay-less", "same-factor-in-adamw", "same-in-adam")
    check(page, "weight-decay")
    wrong = next(answer for answer in QUESTIONS["weight-decay"].answers if answer.id == "same-in-adam")
    assert plain(wrong.feedback["en"]) in feedback_of(page, "weight-decay")
    pick(page, "weight-decay", "same-in-adam")
    check(page, "weight-decay")
    assert feedback_of(page, "weight-decay").startswith("Right.")


def test_empty_and_unreadable_answers_say_what_to_do(open_quiz):
    page = open_quiz()
    for identifier, message in [
        ("zigzag", "Pick an answer first."),
        ("weight-decay", "Pick at least one answer first."),
        ("update-by-hand", "Enter a number first."),
    ]:
        check(page, identifier)
        assert feedback_of(page, identifier) == message
    number = form_of(page, "update-by-hand").get_by_label("Your answer")
    for text in ("two and a half", "1e999", "1/0", "<img src=x onerror=alert(1)>"):
        number.fill(text)
        check(page, "update-by-hand")
        assert feedback_of(page, "update-by-hand").startswith("This is not a number.")
        assert number.get_attribute("aria-invalid") == "true"
    assert progress_of(page) == "Answered right: 0 of 12"


def answer_three(page):
    form_of(page, "update-by-hand").get_by_label("Your answer").fill("2.5")
    check(page, "update-by-hand")
    pick(page, "zigzag", "across-the-valley")
    check(page, "zigzag")
    pick(page, "weight-decay", "same-in-adam")
    check(page, "weight-decay")


SITE = "{ storage: { get: (key) => localStorage.getItem(key), set: (key, text) => localStorage.setItem(key, text) } }"


@pytest.mark.parametrize("storage", ["undefined", SITE], ids=["notebook", "site"])
def test_answers_survive_a_reload_until_they_are_cleared(open_quiz, storage):
    page = open_quiz(storage=storage)
    answer_three(page)
    before = [feedback_of(page, identifier) for identifier in QUESTIONS]
    page.reload()
    page.wait_for_selector(".lm-quiz")
    assert progress_of(page) == "Answered right: 2 of 12"
    assert [feedback_of(page, identifier) for identifier in QUESTIONS] == before
    page.get_by_role("button", name="Clear my answers").click()
    assert progress_of(page) == "Answered right: 0 of 12"
    page.reload()
    page.wait_for_selector(".lm-quiz")
    assert progress_of(page) == "Answered right: 0 of 12"
    assert page.locator("input:checked").count() == 0
    assert form_of(page, "update-by-hand").get_by_label("Your answer").input_value() == ""


def test_a_browser_without_storage_still_grades(open_quiz):
    forbid = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied') } })"
    page = open_quiz(before=forbid)
    answer_three(page)
    assert progress_of(page) == "Answered right: 2 of 12"


@pytest.mark.parametrize("kept", ["not json", "null", "17", '{"a": 1}', '["gone-since"]', '"2.5"', "[[], null, 1e999]"])
def test_whatever_the_browser_kept_the_quiz_opens(open_quiz, kept):
    entries = {f"largemodels/quiz/{CHAPTER}/{identifier}": kept for identifier in QUESTIONS}
    script = f"for (const [key, value] of Object.entries({json.dumps(entries)})) localStorage.setItem(key, value);"
    page = open_quiz(before=script)
    right = "1" if kept == '"2.5"' else "0"
    assert progress_of(page) == f"Answered right: {right} of 12"


def test_the_language_can_change_and_the_clean_up_ends_it(open_quiz):
    page = open_quiz()
    page.evaluate("setLanguage('zh')")
    assert progress_of(page) == "已答对 0 题，共 12 题"
    assert page.locator(".lm-quiz").get_attribute("lang") == "zh"
    # The questions have no Chinese text yet: a screen reader must not read English as Chinese.
    assert page.locator("legend .lm-quiz-paragraph").first.get_attribute("lang") == "en"
    page.evaluate("endLab()")
    page.evaluate("setLanguage('en')")
    assert page.locator(".lm-quiz").get_attribute("lang") == "zh"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing_serious_in_any_state_of_the_quiz(open_quiz, theme, language):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = open_quiz(theme, language)
    for form in page.locator("form").all():
        inputs = form.locator("input")
        if inputs.first.get_attribute("type") == "text":
            inputs.first.fill("x")
        else:
            inputs.nth(1).check()
        form.locator("button").click()
    pick(page, "zigzag", "across-the-valley")
    form_of(page, "zigzag").locator("button").click()
    form_of(page, "zigzag").locator("summary").click()
    violations = axe.Axe().run(page).response["violations"]
    serious = [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_the_quiz_is_not_wider_than_a_phone(open_quiz):
    page = open_quiz()
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
