"""The photographs of chapter 5, and the grid that shows pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from largemodels.photographs import PHOTOGRAPHS, grey, load_photograph
from largemodels.pictures import show_images


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_is_the_mean_of_squares_of_the_original(name):
    image, original = load_photograph(name), load_sample_image(f"{name}.jpg") / 255
    assert image.shape == (213, 320, 3)
    assert np.allclose(image[5, 7], original[10:12, 14:16].mean(axis=(0, 1)))
    assert image.min() >= 0 and image.max() <= 1


def test_without_shrinking_every_pixel_is_there():
    assert load_photograph("china", shrink=1).shape == (427, 640, 3)


def test_grey_keeps_white_and_weighs_the_colours():
    assert np.allclose(grey(np.ones((2, 2, 3))), 1)
    assert np.allclose(grey(np.eye(3).reshape(1, 3, 3)), [[0.299, 0.587, 0.114]])


def test_an_unknown_photograph_or_a_grey_one_is_refused():
    with pytest.raises(ValueError, match="there are china, flower"):
        load_photograph("lena")
    with pytest.raises(ValueError, match=r"\(height, width, 3\); got \(4, 4\)"):
        grey(np.zeros((4, 4)))


def test_a_grid_shows_each_picture_with_its_title_and_range():
    figure = show_images([np.array([[0.2, -3.0]]), np.ones((2, 2))], ["a", "b"], num_columns=3, limits=None)
    shown = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in shown] == ["a", "b"]
    assert shown[0].images[0].get_clim() == (-3, 3)
    plt.close(figure)
