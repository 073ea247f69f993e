"""How long the site takes to build: from stored outputs, as it is done, and with every notebook run."""

import shutil
import time

import yaml

from tests.bench.default_book import run_jupyter_book
from tests.site.pages import REPOSITORY

TITLE = "Building the site"

_PARTS = ("_config.yml", "_toc.yml", "chapters", "code")


def measure(folder):
    print("Seconds for a build from nothing (KaTeX is in the cache).\n")
    for name, label in (("off", "from stored outputs"), ("force", "with every notebook run")):
        print(f"  {label:28s} {build(folder / name, name):7.1f}", flush=True)


def build(folder, execute):
    folder.mkdir()
    for name in _PARTS:
        if (REPOSITORY / name).is_dir():
            ignored = shutil.ignore_patterns(".*", "_twins", "__pycache__", "build", "*.egg-info")
            shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
        else:
            shutil.copy(REPOSITORY / name, folder)
    config_path = folder / "_config.yml"
    config = yaml.safe_load(config_path.read_text(encoding="utf-8"))
    config["execute"] = {"execute_notebooks": execute, "timeout": 600}
    config["sphinx"]["config"]["largemodels_cache"] = str(REPOSITORY / ".cache")
    config_path.write_text(yaml.safe_dump(config), encoding="utf-8")
    began = time.perf_counter()
    run_jupyter_book(folder)
    return time.perf_counter() - began
