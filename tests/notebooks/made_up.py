"""Small notebooks for the tests, faultless until a test spoils them."""

import base64
import io

import numpy as np
from nbformat import v4
from PIL import Image

ALT = "A straight line rises from the origin to the upper right corner."


def png(shade=255, size=(64, 48)):
    """Return an encoded image of one grey shade."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((size[1], size[0]), shade, dtype=np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()


def figure_output(image=None):
    data = {"image/png": base64.b64encode(image or png()).decode(), "text/plain": "<Figure size 640x480 with 1 Axes>"}
    return v4.new_output("display_data", data=data)


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def code_cell(identifier, source, outputs=(), count=1, **metadata):
    return v4.new_code_cell(source, id=identifier, outputs=list(outputs), execution_count=count, metadata=metadata)


def markdown_cell(identifier, source):
    return v4.new_markdown_cell(source, id=identifier)


def notebook(*cells):
    """Return a notebook of these cells, or of two faultless ones."""
    faultless = [markdown_cell("title", "# Title"), code_cell("greeting", "print(1)", [stream("1\n")])]
    made_up = v4.new_notebook()
    made_up.cells = list(cells) or faultless  # not given to new_notebook, which would repair their ids
    return made_up
