"""Measure the course beside what is usual, in one run, and print the numbers side by side.

    python -m tests.bench                    everything
    python -m tests.bench latency training   some of it

Nothing is asserted: how fast a machine is says nothing about whether the course is right.
"""

import argparse
import os
import platform
import tempfile
from pathlib import Path

from tests.bench import build_time, convolution, latency, layer_loops, lighthouse, page_weight, training_epoch
from tests.site.pages import why_unusable

MEASUREMENTS = {
    "latency": latency,
    "weight": page_weight,
    "build": build_time,
    "training": training_epoch,
    "convolution": convolution,
    "loops": layer_loops,
    "lighthouse": lighthouse,
}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(MEASUREMENTS)} (without one: all)")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"there is no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    if reason := why_unusable():
        parser.exit(1, f"{reason}\n")
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="largemodels-bench-") as folder:
        for name in names:
            print(f"\n{MEASUREMENTS[name].TITLE}\n{'-' * len(MEASUREMENTS[name].TITLE)}", flush=True)
            MEASUREMENTS[name].measure(Path(folder))


if __name__ == "__main__":
    main()
