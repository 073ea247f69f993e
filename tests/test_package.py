"""The wheel holds the whole package; a lab without its module would fail only on another machine."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

CODE = Path(__file__).parents[1] / "code"
NOT_SHIPPED = {"__pycache__"}


def test_the_wheel_ships_every_file_of_the_package(tmp_path):
    source = tmp_path / "code"
    shutil.copytree(CODE, source, ignore=shutil.ignore_patterns("build", "*.egg-info", *NOT_SHIPPED))
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("largemodels/")}
    present = {path.relative_to(source).as_posix() for path in (source / "largemodels").rglob("*") if path.is_file()}
    assert present - shipped == set()
    assert shipped - present == set()
