"""Figures of chapter 1 show what they were given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from largemodels.concept_figures import plot_classes, plot_features, plot_neuron, plot_shares, show_images


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_the_dotted_line_of_a_neuron_ends_on_its_line():
    ax = plot_neuron([3.0, 4.0], -10.0)
    foot = np.array(ax.lines[0].get_data())[:, 1]
    np.testing.assert_allclose(foot, [1.2, 1.6])
    assert ax.get_title() == "w = (3, 4), b = -10"


def test_classes_differ_in_marker_and_colour():
    ax = plot_classes([[0, 0], [0, 1], [1, 1]], [0, 1, 0], labels=("no", "yes"))
    first, second = ax.lines
    assert first.get_marker() != second.get_marker()
    assert first.get_color() != second.get_color()
    np.testing.assert_array_equal(first.get_xydata(), [[0, 0], [1, 1]])


def test_the_parts_of_a_bar_stand_on_one_another():
    ax = plot_shares({"a": [0.25, 0.5, 0.25], "b": [0.0, 0.1, 0.9]}, ["x", "y", "z"], "size", "share")
    tops = [[bar.get_y() + bar.get_height() for bar in bars] for bars in ax.containers]
    np.testing.assert_allclose(tops, [[0.25, 0.0], [0.75, 0.1], [1.0, 1.0]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y", "z"]


def test_images_with_negative_numbers_have_white_at_zero():
    ink, signed = show_images([np.eye(3), np.eye(3) - 0.25], titles=["ink", "weights"])
    assert ink.images[0].get_clim() == (0, 1)
    assert signed.images[0].get_clim() == (-0.75, 0.75)
    assert signed.get_title() == "weights"


def test_images_fill_rows():
    assert len(show_images([np.eye(2)] * 6, num_columns=3)) == 6
    rows, columns = plt.gcf().axes[0].get_subplotspec().get_gridspec().get_geometry()
    assert (rows, columns) == (2, 3)


def test_an_upright_stroke_is_drawn_upright():
    image = np.zeros((8, 8))
    image[:, 3:5] = 1
    _, profile, directions = plot_features(image)
    assert [bar.get_width() for bar in profile.patches] == pytest.approx([0.25] * 8)
    longest = max((line.get_xydata() for line in directions.lines), key=lambda ends: np.ptp(ends, axis=0).max())
    assert np.ptp(longest[:, 1]) > 100 * np.ptp(longest[:, 0])
