"""How far a figure that a notebook makes today is from the one that it stores."""

import base64
import io

import numpy as np
from PIL import Image

TILE = 16
# In grey levels of 255. Losses agree between machines to three decimals; over axes from 0 to 1 that moves a
# curve by a third of a pixel, and its smoothed edge differs by up to 20. A changed digit makes about 100.
TOLERANCE = 20.0


def largest_difference(stored, remade):
    """Return the largest root mean square difference over the tiles of 16 × 16 pixels of two images.

    A mean over the whole image would drown a changed digit; a single pixel says too much of a smoothed edge.

    Parameters
    ----------
    stored, remade : bytes
        Two encoded images, PNG or JPEG.

    Returns
    -------
    float
        In grey levels, 0 to 255; infinite if the sizes differ.
    """
    stored, remade = _pixels(stored), _pixels(remade)
    if stored.shape != remade.shape:
        return float("inf")
    squares = ((stored - remade) ** 2).mean(axis=2)
    height, width = squares.shape
    squares = np.pad(squares, ((0, -height % TILE), (0, -width % TILE)))
    tiles = squares.reshape(squares.shape[0] // TILE, TILE, squares.shape[1] // TILE, TILE)
    return float(np.sqrt(tiles.mean(axis=(1, 3)).max()))


def _pixels(encoded):
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"), dtype=float)


def differences(stored_outputs, remade_outputs, name, folder):
    """Return a sentence for each figure of a cell that is not as stored, and save both images of it.

    Parameters
    ----------
    stored_outputs, remade_outputs : list of NotebookNode
        The outputs of one cell.
    name : str
        Of the notebook and the cell; the saved images' names begin with it.
    folder : Path
        Where to save them; made if need be.
    """
    stored, remade = _images(stored_outputs), _images(remade_outputs)
    if len(stored) != len(remade):
        return [f"{name} stores {len(stored)} figures, but makes {len(remade)}"]
    sentences = []
    for number, (stored_image, remade_image) in enumerate(zip(stored, remade, strict=True), start=1):
        difference = largest_difference(stored_image, remade_image)
        if difference > TOLERANCE:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}-{number}-stored.png").write_bytes(stored_image)
            (folder / f"{name}-{number}-remade.png").write_bytes(remade_image)
            amount = (
                "they are not of one size" if difference == float("inf") else f"by {difference:.0f} of 255 grey levels"
            )
            sentences.append(
                f"figure {number} of {name} is not the stored one: {amount}, "
                f"{TOLERANCE:g} are allowed; both are in {folder}"
            )
    return sentences


def _images(outputs):
    return [
        base64.b64decode(output.data[kind])
        for output in outputs
        for kind in ("image/png", "image/jpeg")
        if kind in output.get("data", {})
    ]
