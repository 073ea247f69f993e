"""A small book that uses everything the site extension does: one build without faults, one with every fault."""

import base64
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from largemodels.widgets.lab import joined_source

REPOSITORY = Path(__file__).parents[2]

CHAPTER = r"""
# A chapter

Inline mathematics $w \leftarrow w - \eta\,\nabla L(w)$, equation [(4.1)](#eq-4-1), its twin
[(4.2)](#eq-4-2), and a source: [Polyak (1964)](references.md#polyak1964).

$$
w_{t+1} = w_t - \eta \nabla L(w_t) \tag{4.1}
$$

$$
\begin{aligned}
v_{t+1} &= \beta v_t - \eta \nabla L(w_t) \\
w_{t+1} &= w_t + v_{t+1}
\end{aligned} \tag{4.2}
$$

$$
L(w) = \tfrac12 \left(\lambda_1 w_1^2 + \lambda_2 w_2^2\right), \qquad
\nabla L = \begin{pmatrix} \lambda_1 w_1 \\ \lambda_2 w_2 \end{pmatrix}, \qquad
w_{t+1} = \begin{pmatrix} (1 - \eta\lambda_1)\, w_1 \\ (1 - \eta\lambda_2)\, w_2 \end{pmatrix} \tag{4.3}
$$

$$ \frac{\partial L}{\partial W} = X^\top \,\delta $$

> **Predict.** What does a learning rate of $2/\lambda$ do?

> **Try it.** Drag the slider, then
>
> - look at the loss
> - look at the path

> **Pitfall.** A loss that falls is not a loss that has converged.

> **Remember.** Half the step, twice the steps.

> **Source.** Goh (2017), with other letters.

> **Note.** The picture has two axes of different scale.

> **Debug this.** The sign is wrong somewhere.

> **By hand.** Start at 1, step 0.1, gradient 2.

> An ordinary quotation, which stays one.

<details><summary>Solution</summary>

The step is too long:

```python
def step(w, gradient, learning_rate):
    return w - learning_rate * gradient
```

so that $w$ swings from side to side.

</details>

| method | update | when it helps | cost per step | memory | remark about the method |
|---|---|---|---|---|---|
| gradient descent | $w - \eta g$ | always a start | one gradient | none | the baseline of everything |
| momentum | $w + v$ | long valleys | one gradient | one copy | overshoots when $\beta$ is near 1 |

## What is where

Text under a second heading with `code`, *emphasis* and **weight**.
"""

REFERENCES = """
# References

```{bibliography}
:all:
:list: bullet
```
"""

BIBLIOGRAPHY = """
@article{polyak1964,
  author = {Polyak, Boris},
  title = {Some methods of speeding up the convergence of iteration methods},
  journal = {USSR Computational Mathematics and Mathematical Physics},
  year = {1964}
}
"""

SETTINGS = {
    "surface": "narrow",
    "optimizer": "gradient_descent",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "start": [-1.5, 1.5],
    "num_steps": 60,
    "language": "en",
}


def widgets(module):
    """Return the stored state of a lab with that source, a slider, and a box that holds both."""
    lab = {
        "_anywidget_id": "largemodels.widgets.descent_lab.DescentLab",
        "_esm": module,
        "_css": joined_source("descent_lab", ".css"),
        "_dom_classes": [],
        "layout": "IPY_MODEL_layout",
        **SETTINGS,
    }
    slider = {"description": "learning rate:", "value": 0.1, "min": -3.0, "max": 0.0}
    box = {"children": ["IPY_MODEL_slider", "IPY_MODEL_lab"]}
    models = {
        "lab": {"model_name": "AnyModel", "model_module": "anywidget", "state": lab},
        "slider": {"model_name": "FloatLogSliderModel", "model_module": "@jupyter-widgets/controls", "state": slider},
        "box": {"model_name": "VBoxModel", "model_module": "@jupyter-widgets/controls", "state": box},
    }
    state = {"state": models, "version_major": 2, "version_minor": 0}
    return {"application/vnd.jupyter.widget-state+json": state}


def view(model_id, text):
    widget_view = {"model_id": model_id, "version_major": 2, "version_minor": 0}
    return new_output(
        "display_data", data={"application/vnd.jupyter.widget-view+json": widget_view, "text/plain": text}
    )


def png(width=1280, height=800):
    """Return a picture of that many pixels as base64 text, as a notebook stores it."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


def notebook(chapter, alt, module):
    data = {"image/png": png(), "text/plain": "<Figure size 640x400>"}
    image = new_output("display_data", data=data)
    sized_image = new_output("display_data", data=data, metadata={"image/png": {"width": 651, "height": 371}})
    return new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "widgets": widgets(module),
        },
        cells=[
            new_markdown_cell(chapter.strip()),
            new_code_cell(
                "plot()", execution_count=1, outputs=[image, sized_image], metadata={"mystnb": {"image": {"alt": alt}}}
            ),
            new_code_cell("DescentLab()", execution_count=2, outputs=[view("lab", "DescentLab(learning_rate=0.1)")]),
            new_code_cell(
                "slider",
                execution_count=3,
                outputs=[
                    view("slider", "FloatLogSlider(value=0.1)"),
                    new_output("stream", name="stdout", text="0.1\n"),
                ],
            ),
            new_code_cell("VBox([slider, lab])", execution_count=4, outputs=[view("box", "VBox()")]),
        ],
    )


def write_book(folder, chapter=CHAPTER, alt="The loss falls to zero in nine steps.", module=None):
    """Write the book into ``folder``, with the repository's own ``_config.yml``."""
    pages = folder / "chapters"
    pages.mkdir(parents=True)
    (pages / "index.md").write_text("# Welcome\n\nNo formula and no lab here.\n", encoding="utf-8")
    (pages / "references.md").write_text(REFERENCES, encoding="utf-8")
    (pages / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    module = module or joined_source("descent_lab", ".js")
    nbformat.write(notebook(chapter, alt, module), pages / "chapter.ipynb")
    toc = {"format": "jb-book", "root": "chapters/index"}
    toc["chapters"] = [{"file": "chapters/chapter"}, {"file": "chapters/references"}]
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    config = yaml.safe_load((REPOSITORY / "_config.yml").read_text(encoding="utf-8"))
    config["logo"] = config["html"]["favicon"] = "logo.svg"
    shutil.copy(REPOSITORY / "code/largemodels/book/static/logo.svg", folder)
    # One download of KaTeX serves all builds of this repository.
    config["sphinx"]["config"]["largemodels_cache"] = str(REPOSITORY / ".cache")
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


class BuiltSite:
    """A finished build: ``folder`` with the pages, ``exit_code`` and ``log`` of the command."""

    def __init__(self, book, **environment):
        known = ("GITHUB_", "LARGEMODELS_")
        self.book, self.folder, self.environment = book, book / "_build" / "html", environment
        machine = {name: value for name, value in os.environ.items() if not name.startswith(known)}
        jupyter_book = "from jupyter_book.cli.main import main; main()"
        command = [sys.executable, "-c", jupyter_book, "build", str(book), "-W", "--keep-going"]
        result = subprocess.run(command, capture_output=True, text=True, env=machine | environment)
        self.exit_code, self.log = result.returncode, result.stdout + result.stderr

    def page(self, name):
        return BeautifulSoup((self.folder / name).read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The small book, built for a repository on GitHub."""
    site = BuiltSite(
        write_book(tmp_path_factory.mktemp("book")),
        LARGEMODELS_REPOSITORY_URL="https://github.com/someone/their-fork",
        LARGEMODELS_REPOSITORY_BRANCH="winter",
    )
    assert site.exit_code == 0, site.log
    return site


@pytest.fixture(scope="session")
def faulty_site(tmp_path_factory):
    """The book with every fault that must fail a build, and without a known repository."""
    faults = r"""
A link to no equation [(9.9)](#eq-9-9), a citation of nothing [Nobody (1900)](references.md#nobody1900).

$$ \frac{1}{ $$
"""
    stale = joined_source("descent_lab", ".js") + "// from last week"
    return BuiltSite(write_book(tmp_path_factory.mktemp("faulty"), CHAPTER + faults, alt="", module=stale))
