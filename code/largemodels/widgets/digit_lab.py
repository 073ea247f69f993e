"""DigitLab: the trained network of chapter 5 reads a digit while it is drawn (chapters 5 and 8)."""

import base64
import functools

import numpy as np
import traitlets

from largemodels.augmentation import shift_images
from largemodels.data import load_digits_28
from largemodels.digit_cnn import SHAPES, digit_cnn_forward
from largemodels.drawings import centre_digit, decode_drawing, encode_drawing
from largemodels.trained import load_digit_cnn
from largemodels.widgets.lab import Choice, Lab, WholeNumber

LAYERS = ("conv1", "pool1", "conv2", "pool2")
NUM_SAMPLES = 20
MOST_WRONG = 7  # of the samples, those that the network reads wrongly


class Drawing(traitlets.TraitType):
    """A drawing as text, in the form of :mod:`largemodels.drawings`; an array (28, 28) is taken and becomes text."""

    def validate(self, obj, value):
        try:
            if isinstance(value, np.ndarray):
                return encode_drawing(value)
            decode_drawing(value)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(f"{type(obj).__name__}.{self.name}: {error}") from None
        return value


class DigitLab(Lab):
    """A sheet to draw on, what the network sees of it, its answer, and every feature map on the way.

    What the page computes, in float64, equals ``digit_cnn_forward(lab.picture()[None], weights)`` with the weights of
    ``load_digit_cnn()``. They reach the page as they are stored, 32 bits each: nothing is rounded.
    """

    sample = WholeNumber(
        0, -1, NUM_SAMPLES - 1, help="Which sample digit lies on the sheet, from 0 to 19; -1 is the drawing."
    ).tag(sync=True, setting=True)
    drawing = Drawing(
        "",
        help="The reader's drawing, 28 × 28 pixels: text, or an array of ink from 0 to 1 when set from Python.",
    ).tag(sync=True, setting=True)
    shift_x = WholeNumber(0, -8, 8, help="Pixels by which the picture is moved right, from -8 to 8.").tag(
        sync=True, setting=True
    )
    shift_y = WholeNumber(0, -8, 8, help="Pixels by which the picture is moved down, from -8 to 8.").tag(
        sync=True, setting=True
    )
    centre = Choice(
        "yes", ("yes", "no"), help="Whether the picture is scaled and centred as MNIST's are before it is read."
    ).tag(sync=True, setting=True)
    layer = Choice("conv1", LAYERS, help="The layer whose feature map is looked at.").tag(sync=True, setting=True)
    channel = WholeNumber(
        0, 0, 15, help="Which of the layer's maps, from 0; of the first two layers' 8 maps, 8 and above mean the last."
    ).tag(sync=True, setting=True)
    occlusion = Choice(
        "no", ("no", "yes"), help="Whether the page shows how much the probability falls where a patch is covered."
    ).tag(sync=True, setting=True)

    network = traitlets.Unicode(help="The trained weights, float32 bytes in base64; not a setting.").tag(sync=True)
    samples = traitlets.Dict(help="Pixels (bytes in base64) and classes of the sample digits; not a setting.").tag(
        sync=True
    )

    @traitlets.default("network")
    def _trained_network(self):
        parameters = load_digit_cnn()
        return _base64(np.concatenate([parameters[name].ravel() for name in SHAPES]).astype("<f4"))

    @traitlets.default("samples")
    def _sample_digits(self):
        images, classes = sample_digits()
        return {"pixels": _base64(np.rint(images * 255).astype(np.uint8)), "classes": classes.tolist()}

    def picture(self):
        """Return what the network sees.

        Returns
        -------
        ndarray (28, 28) of float64
            The sample or the drawing, moved by the shifts and then centred if ``centre`` is "yes".
        """
        sheet = decode_drawing(self.drawing) if self.sample < 0 else sample_digits()[0][self.sample].astype(np.float64)
        moved = shift_images(sheet[None], self.shift_y, self.shift_x)[0]
        return centre_digit(moved) if self.centre == "yes" else moved


@functools.cache
def sample_digits():
    """Choose the sample digits among the validation digits.

    Returns
    -------
    images : ndarray (20, 28, 28) of float32
        The first of each class that the network reads rightly, in the order of the classes; up to seven that it reads
        wrongly; and those that it reads rightly with the lowest probability.
    classes : ndarray (20,) of int
    """
    digits = load_digits_28()
    weights = {name: values.astype(np.float64) for name, values in load_digit_cnn().items()}
    probabilities = digit_cnn_forward(digits.X_validation, weights)["probabilities"]  # (N, 10)
    is_right = probabilities.argmax(axis=1) == digits.y_validation
    clear = [int(np.flatnonzero(is_right & (digits.y_validation == digit))[0]) for digit in range(10)]
    wrong = np.flatnonzero(~is_right)[:MOST_WRONG].tolist()
    by_certainty = np.argsort(np.where(is_right, probabilities.max(axis=1), 2.0)).tolist()
    unsure = [index for index in by_certainty if index not in clear][: NUM_SAMPLES - len(clear) - len(wrong)]
    chosen = clear + wrong + unsure
    images, classes = digits.X_validation[chosen], digits.y_validation[chosen]
    images.setflags(write=False)
    classes.setflags(write=False)
    return images, classes


def _base64(array):
    return base64.b64encode(array.tobytes()).decode("ascii")
