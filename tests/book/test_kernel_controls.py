"""Controls that need a kernel are announced, not shown dead."""

import pytest

from largemodels.book import kernel_controls


def test_a_slider_is_replaced_by_a_notice_beside_its_stored_result(site):
    notice, beside_the_lab = site.page("chapters/chapter.html").select(".lm-kernel-notice")
    assert "a slider “learning rate” that needs a running kernel" in notice.text
    assert notice.find_next(class_="stream").text.strip() == "0.1"
    assert beside_the_lab.find_next_sibling(class_="lm-lab-host")


@pytest.mark.parametrize(
    ("model_name", "words"),
    [
        ("FloatLogSliderModel", "a slider"),
        ("IntRangeSliderModel", "a range slider"),
        ("ToggleButtonsModel", "a choice of buttons"),
        ("ButtonModel", "a button"),
        ("DropdownModel", "a list to choose from"),
        ("BoundedFloatTextModel", "a text field"),
        ("FloatProgressModel", "a progress bar"),
        ("FileUploadModel", "an upload field"),
        ("AnyModel", "a widget"),
    ],
)
def test_a_control_is_named_in_a_readers_words(model_name, words):
    assert f"stands {words} that" in kernel_controls.notice([{"model_name": model_name, "state": {}}])


def test_what_a_reader_cannot_take_hold_of_needs_no_notice():
    models = {
        "box": {"model_name": "HBoxModel", "state": {"children": ["IPY_MODEL_label", "IPY_MODEL_play"]}},
        "label": {"model_name": "LabelModel", "state": {}},
        "play": {"model_name": "PlayModel", "state": {}},
    }
    assert kernel_controls.sort_models(models, "box") == ([], ["play"])
    assert kernel_controls.notice([]) == ""
