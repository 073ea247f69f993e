"""KernelLab: one 3 × 3 kernel over a picture, each output pixel spelled out (chapter 5)."""

import base64

import numpy as np
import traitlets

from largemodels.kernels import KERNELS, LARGEST_BIAS, LARGEST_WEIGHT, PICTURES, POOLINGS, load_picture
from largemodels.widgets.lab import Choice, Lab, Number, Numbers, WholeNumber


class Kernel(Numbers):
    """The nine entries of a 3 × 3 kernel, row by row; a matrix of 3 rows is taken as well."""

    def validate(self, obj, value):
        return super().validate(obj, np.ravel(value).tolist() if np.shape(value) == (3, 3) else value)


class KernelLab(Lab):
    """Lay a kernel over a picture; see the window, the nine products, the output, and its size.

    Everything shown equals ``largemodels.kernels.run_kernel(**lab.settings())``.
    """

    picture = Choice(
        "pagoda", PICTURES, help="Two photographs, a handwritten digit, a bright square, or a single bright pixel."
    ).tag(sync=True, setting=True)
    kernel = Kernel(
        KERNELS["sobel_x"], 9, -LARGEST_WEIGHT, LARGEST_WEIGHT, help="Nine entries, row by row, each from -10 to 10."
    ).tag(sync=True, setting=True)
    bias = Number(0.0, -LARGEST_BIAS, LARGEST_BIAS, help="Added to each sum of products, from -5 to 5.").tag(
        sync=True, setting=True
    )
    stride = WholeNumber(1, 1, 3, help="Pixels from one place of the window to the next, 1 to 3.").tag(
        sync=True, setting=True
    )
    padding = WholeNumber(0, 0, 2, help="Rows and columns of zeros on each side of the picture, 0 to 2.").tag(
        sync=True, setting=True
    )
    dilation = WholeNumber(1, 1, 3, help="Pixels between the places that neighbouring entries meet, 1 to 3.").tag(
        sync=True, setting=True
    )
    relu = Choice("none", ("none", "relu"), help="What is done to each sum: nothing, or max(0, sum).").tag(
        sync=True, setting=True
    )
    pooling = Choice("none", POOLINGS, help="What follows over windows of 2 × 2 outputs.").tag(sync=True, setting=True)
    row = WholeNumber(22, 0, 65, help="Row of the inspected output, from 0; beyond the last it is the last.").tag(
        sync=True, setting=True
    )
    column = WholeNumber(16, 0, 65, help="Column of the inspected output, likewise.").tag(sync=True, setting=True)

    pictures = traitlets.Dict(help="The pictures, for the lab to draw; not a setting.").tag(sync=True)

    @traitlets.default("pictures")
    def _all_pictures(self):
        return {name: plain_picture(load_picture(name)) for name in PICTURES}


def plain_picture(image):
    """Return a picture (H, W), 0 to 1, as its size and its values from 0 to 255, one byte each, in base64."""
    values = np.rint(255 * image).astype(np.uint8)
    return {
        "height": image.shape[0],
        "width": image.shape[1],
        "values": base64.b64encode(values.tobytes()).decode("ascii"),
    }
