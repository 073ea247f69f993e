import hashlib
import socket

import numpy as np
import pytest

from largemodels import data
from largemodels.data import load_digits_28


def image_bytes(images):
    return {image.tobytes() for image in images}


def test_digits_have_the_stated_shapes_types_and_range():
    splits = load_digits_28()
    assert repr(splits) == (
        "DigitSplits(X_train (3500, 28, 28), y_train (3500,), X_validation (500, 28, 28), y_validation (500,), "
        "X_test (1000, 28, 28), y_test (1000,))"
    )
    for images, classes in (splits[0:2], splits[2:4], splits[4:6]):
        assert images.dtype == np.float32
        assert classes.dtype == np.int64
        assert images.min() == 0
        assert images.max() == 1


def test_every_split_has_equally_many_of_every_class_and_is_shuffled():
    splits = load_digits_28(num_validation=200, num_test=300)
    for classes, expected in ((splits.y_train, 450), (splits.y_validation, 20), (splits.y_test, 30)):
        assert np.bincount(classes).tolist() == [expected] * 10
        # Sorted classes change 9 times along the set; shuffled ones at nine steps of ten.
        assert np.count_nonzero(np.diff(classes)) > 0.8 * len(classes)


def test_splits_are_disjoint_and_together_hold_every_image():
    splits = load_digits_28()
    train, validation, test = (image_bytes(images) for images in (splits.X_train, splits.X_validation, splits.X_test))
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert len(train | validation | test) == 5000


def test_images_keep_their_labels():
    images, classes = data._mnist_5k()
    label_of = {image.tobytes(): label for image, label in zip(images, classes, strict=True)}
    splits = load_digits_28(seed=3)
    for X, y in (splits[0:2], splits[2:4], splits[4:6]):
        assert [label_of[image.tobytes()] for image in X] == y.tolist()


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    first, again, other = load_digits_28(), load_digits_28(), load_digits_28(seed=1)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert image_bytes(first.X_test) != image_bytes(other.X_test)


def test_the_split_is_the_one_that_stored_outputs_come_from():
    splits = load_digits_28()
    assert splits.y_train[:10].tolist() == [1, 6, 8, 9, 3, 3, 8, 5, 7, 3]
    assert hashlib.sha256(splits.X_test.tobytes()).hexdigest()[:16] == "cbd4af40456911bb"


def test_the_test_set_does_not_depend_on_the_size_of_the_validation_set():
    np.testing.assert_array_equal(load_digits_28(num_validation=10).X_test, load_digits_28(num_validation=2000).X_test)


def test_a_reader_who_changes_an_image_does_not_change_the_next_load():
    splits = load_digits_28()
    splits.X_train[:] = 7
    assert load_digits_28().X_train.max() == 1


def test_loading_opens_no_socket(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("loading the digits opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    data._mnist_5k.cache_clear()
    assert len(load_digits_28().X_train) == 3500


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_test": 0}, ValueError, "num_test must be a whole number of at least 10; got 0"),
        ({"num_validation": -10}, ValueError, "num_validation must be a whole number of at least 10; got -10"),
        ({"num_validation": 505}, ValueError, "num_validation must be a multiple of 10.*; got 505"),
        ({"num_test": 100.0}, TypeError, "num_test must be a whole number of at least 10; got 100.0"),
        ({"num_test": 4500}, ValueError, r"leave at least 10 of the 5000 images for training; got 500 \+ 4500"),
        ({"seed": -1}, ValueError, "seed must be a whole number of at least 0; got -1"),
    ],
)
def test_bad_sizes_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        load_digits_28(**arguments)
