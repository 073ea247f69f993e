"""Lighthouse's rating of a chapter, for a phone, beside the default page of the same notebook."""

import json
import os
import subprocess

from tests.bench.browser import chromium_path
from tests.bench.default_book import default_site_served
from tests.bench.npm_packages import NODE, NotToBeHad, node_modules
from tests.site.pages import CHAPTER, SITE
from tests.site.serving import served

TITLE = "Lighthouse, mobile"

CATEGORIES = ("performance", "accessibility", "best-practices")
NUM_RUNS = 3
METRICS = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "layout shift",
}


def measure(folder):
    try:
        program = node_modules() / "lighthouse" / "cli" / "index.js"
    except NotToBeHad as error:
        print(f"Left out: npm could not deliver it. {error}")
        return
    print(f"{CHAPTER}, served with gzip, Lighthouse's own simulated phone and network;")
    print(f"of {NUM_RUNS} runs the one whose performance is in the middle.\n")
    with served(SITE, compress=True) as ours, default_site_served(folder, compress=True) as (default, _):
        for label, address in (("ours", ours), ("default", default)):
            rate(program, f"{address}/{CHAPTER}", label)


def rate(program, address, label):
    command = [
        NODE,
        program,
        address,
        f"--only-categories={','.join(CATEGORIES)}",
        "--output=json",
        "--quiet",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]
    environment = os.environ | {"CHROME_PATH": chromium_path()}
    reports = []
    for _ in range(NUM_RUNS):
        result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
        if result.returncode:
            print(f"  {label:8s} left out, Lighthouse failed:\n{result.stderr.strip()}")
            return
        reports.append(json.loads(result.stdout))
    report = sorted(reports, key=lambda report: report["categories"]["performance"]["score"])[NUM_RUNS // 2]
    scores = "  ".join(f"{name} {report['categories'][name]['score']:.2f}" for name in CATEGORIES)
    metrics = ", ".join(f"{name} {report['audits'][audit]['displayValue']}" for audit, name in METRICS.items())
    print(f"  {label:8s} {scores}   ({metrics})", flush=True)
