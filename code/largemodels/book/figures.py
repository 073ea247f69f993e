"""Pictures with a size and a text alternative.

Without this module the browser learns how large a picture is only when it arrives, and everything below it
jumps; and a figure that says nothing to a person who cannot see it passes unnoticed. A picture without a
text alternative is a warning here, and so fails the build.
"""

import posixpath
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.images import get_image_size

_logger = logging.getLogger(__name__)

# The course's figures are stored at two pixels per unit, for sharp screens.
PIXELS_PER_UNIT = 2


class SizedImage(nodes.image):
    """A picture whose size on the page, ``size=(width, height)`` in CSS pixels, is known."""


def setup(app):
    app.add_node(SizedImage, html=(_visit, None))
    app.add_post_transform(SizePictures)


class SizePictures(SphinxPostTransform):
    # After MyST-NB has chosen among a cell's forms of output (4), before Sphinx resolves links (10).
    default_priority = 8
    formats = ("html",)

    def run(self):
        for image in list(self.document.findall(nodes.image)):
            cell = _cell_of(image)
            if not image.get("alt", "").strip():
                place = "the cell's metadata: mystnb.image.alt" if cell else "![...](...)"
                _logger.warning(
                    "this picture has no text alternative; say what it shows in %s",
                    place,
                    location=cell or image,
                    type="largemodels",
                    subtype="figures",
                )
            size = self._size(image, PIXELS_PER_UNIT if cell else 1)
            if size:
                others = {name: value for name, value in image.attributes.items() if name not in ("width", "height")}
                image.replace_self(SizedImage("", **others, size=size))

    def _size(self, image, pixels_per_unit):
        """Return width and height in CSS pixels; None where the author asked for something else, or unknown."""
        asked = [image.get(name) for name in ("width", "height", "scale")]
        if all(length and length.removesuffix("px").isdecimal() for length in asked[:2]):
            # A notebook's output brings its size along if it was drawn for a sharp screen.
            return tuple(int(length.removesuffix("px")) for length in asked[:2])
        pixels = get_image_size(str(Path(self.app.srcdir) / image["uri"].lstrip("/")))
        if any(asked) or not pixels:
            return None
        return tuple(round(length / pixels_per_unit) for length in pixels)


def _cell_of(node):
    """Return the code cell that the node is an output of, or None."""
    while node is not None and node.get("nb_element") != "cell_code":
        node = node.parent
    return node


def _visit(translator, node):
    builder = translator.builder
    source = posixpath.join(builder.imgpath, quote(builder.images[node["uri"]]))
    width, height = node["size"]
    translator.body.append(
        translator.emptytag(
            node,
            "img",
            "\n",
            src=source,
            alt=node.get("alt", ""),
            width=str(width),
            height=str(height),
            loading="lazy",
            decoding="async",
        )
    )
    raise nodes.SkipNode
