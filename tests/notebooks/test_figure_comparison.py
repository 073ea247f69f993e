"""Figures: what counts as the same, and what does not."""

import io

import numpy as np
import pytest
from figure_comparison import TOLERANCE, differences, largest_difference
from made_up import figure_output, png
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image


def curve(shift=0.0, title="loss 0.123"):
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    epochs = np.linspace(0, 10, 200)
    axes.plot(epochs, np.exp(-epochs) + shift)
    axes.set(ylim=(0, 1), title=title)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200)
    return buffer.getvalue()


def test_the_same_figure_drawn_twice_differs_by_nothing():
    assert largest_difference(curve(), curve()) == 0


def test_the_same_figure_encoded_otherwise_differs_by_nothing():
    buffer = io.BytesIO()
    Image.open(io.BytesIO(curve())).save(buffer, format="PNG", compress_level=1)
    assert buffer.getvalue() != curve()
    assert largest_difference(curve(), buffer.getvalue()) == 0


def test_a_curve_of_numbers_that_agree_to_three_decimals_is_the_same_figure():
    assert 0 < largest_difference(curve(), curve(shift=0.0005)) < TOLERANCE


def test_a_curve_that_is_off_by_one_hundredth_is_another_figure():
    assert largest_difference(curve(), curve(shift=0.01)) > TOLERANCE


def test_one_changed_digit_makes_another_figure():
    assert largest_difference(curve(), curve(title="loss 0.128")) > TOLERANCE


def test_another_size_makes_another_figure():
    assert largest_difference(png(size=(64, 48)), png(size=(64, 49))) == float("inf")


@pytest.mark.parametrize(("shade", "difference"), [(255, 0), (254, 1), (0, 255)])
def test_the_difference_is_in_grey_levels(shade, difference):
    assert largest_difference(png(255), png(shade)) == difference


def test_a_difference_in_one_tile_is_not_averaged_away():
    pixels = np.full((480, 640), 255, dtype=np.uint8)
    pixels[:16, :16] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    assert largest_difference(png(255, size=(640, 480)), buffer.getvalue()) == 255


def test_the_report_names_cell_and_difference_and_saves_both_images(tmp_path):
    folder = tmp_path / "differ"
    (sentence,) = differences([figure_output(png(255))], [figure_output(png(0))], "chapter-curve", folder)
    assert "figure 1 of chapter-curve is not the stored one: by 255 of 255 grey levels" in sentence
    assert (folder / "chapter-curve-1-stored.png").read_bytes() == png(255)
    assert (folder / "chapter-curve-1-remade.png").read_bytes() == png(0)


def test_a_missing_figure_is_reported(tmp_path):
    assert differences([figure_output()], [], "chapter-curve", tmp_path) == [
        "chapter-curve stores 1 figures, but makes 0"
    ]


def test_equal_figures_are_not_reported(tmp_path):
    assert differences([figure_output()], [figure_output()], "chapter-curve", tmp_path / "differ") == []
    assert not (tmp_path / "differ").exists()
