"""The same chapters as Jupyter Book builds them by default, and the hosts that such pages load from.

The default pages need scripts from content delivery networks. A server of this machine stands in for those: it
has the same files, from npm, and the pages' addresses are rewritten to it. So they run without a network, in any
browser, and what they would have asked of which host can be counted.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from contextlib import contextmanager
from pathlib import Path

import anywidget
import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.bench.npm_packages import minified_require_js, node_modules
from tests.site.pages import REPOSITORY
from tests.site.serving import served

SLIDER_PAGE = "chapters/slider.html"
"""A page with nothing but an ipywidgets slider for a learning rate, linked to a number field."""

_NETWORKS = re.compile(r"https://((?:cdn\.jsdelivr\.net|cdnjs\.cloudflare\.com|unpkg\.com)/)")
# A checksum guards the files of the network; the same files from npm may be minified otherwise.
_CHECKSUM = re.compile(r' integrity="[^"]*"')

_LINKED_SLIDER = textwrap.dedent("""
    import ipywidgets as widgets
    slider = widgets.FloatLogSlider(value=0.1, base=10, min=-3, max=1, step=0.01, description="η")
    field = widgets.FloatText(value=0.1)
    link = widgets.jslink((slider, "value"), (field, "value"))
    widgets.VBox([slider, field])
""").strip()


@contextmanager
def default_site_served(folder, compress=False):
    """Serve the default book, built in ``folder`` by the first who asks; yield its address and that of the networks.

    Parameters
    ----------
    folder : Path
        The measurements' common folder.
    compress : bool
        Whether text is sent compressed by gzip.
    """
    book, networks_folder = folder / "default-book", folder / "networks"
    if not book.exists():
        _networks_files(networks_folder)
        _write_book(book)
        run_jupyter_book(book)
    with served(networks_folder, compress) as networks, tempfile.TemporaryDirectory(dir=folder) as scratch:
        site = shutil.copytree(book / "_build" / "html", Path(scratch) / "html")
        _point_to(site, networks)
        with served(site, compress) as address:
            yield address, networks


def _write_book(folder):
    shutil.copytree(REPOSITORY / "chapters", folder / "chapters", ignore=shutil.ignore_patterns(".*", "_twins"))
    toc = yaml.safe_load((REPOSITORY / "_toc.yml").read_text(encoding="utf-8"))
    toc["parts"][0]["chapters"].append({"file": SLIDER_PAGE.removesuffix(".html")})
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    config = {
        "title": "The default book",
        "execute": {"execute_notebooks": "off"},
        "bibtex_bibfiles": ["chapters/references.bib"],
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    nbformat.write(_slider_notebook(), folder / SLIDER_PAGE.replace(".html", ".ipynb"))


def run_jupyter_book(folder):
    """Build the book in ``folder``. Raises RuntimeError with the log if that fails."""
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(folder), "--keep-going"]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if result.returncode:
        raise RuntimeError(f"the book in {folder} could not be built:\n{result.stdout}{result.stderr}")


def _point_to(site, stand_in):
    """Rewrite the pages of a default site so that they ask the server at ``stand_in`` in place of the networks."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        text = _NETWORKS.sub(rf"{stand_in}/\1", _CHECKSUM.sub("", text))
        page.write_text(text, encoding="utf-8")


def _networks_files(folder):
    """Write into ``folder`` what the networks hold, each file under its host and path."""
    modules = node_modules()
    packages = folder / "cdn.jsdelivr.net" / "npm"
    (packages / "@jupyter-widgets").mkdir(parents=True)
    shutil.copytree(modules / "mathjax" / "es5", packages / "mathjax@3" / "es5")
    manager = modules / "@jupyter-widgets" / "html-manager" / "dist"
    shutil.copytree(manager, packages / "@jupyter-widgets" / "html-manager@1.0.6" / "dist")
    # Asked for by the version range that the notebook stores.
    view = Path(anywidget.__file__).parent / "nbextension" / "index.js"
    (packages / "anywidget@~0.11.*" / "dist").mkdir(parents=True)
    shutil.copy(view, packages / "anywidget@~0.11.*" / "dist")
    require = folder / "cdnjs.cloudflare.com" / "ajax" / "libs" / "require.js" / "2.3.4"
    require.mkdir(parents=True)
    shutil.copy(minified_require_js(modules), require)


def _slider_notebook():
    import ipywidgets
    from ipywidgets.embed import dependency_state

    names = {"widgets": ipywidgets}
    *lines, box = _LINKED_SLIDER.splitlines()
    exec("\n".join(lines), names)
    box = eval(box, names)
    state = dependency_state([box, names["link"]])
    view = {"model_id": box.model_id, "version_major": 2, "version_minor": 0}
    data = {"application/vnd.jupyter.widget-view+json": view, "text/plain": "VBox()"}
    cell = new_code_cell(_LINKED_SLIDER, execution_count=1, outputs=[new_output("display_data", data=data)])
    widgets = {"version_major": 2, "version_minor": 0, "state": state}
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "widgets": {"application/vnd.jupyter.widget-state+json": widgets},
    }
    return new_notebook(cells=[new_markdown_cell("# A slider"), cell], metadata=metadata)
