import re
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest

from largemodels.milestones import MILESTONES, plot_sizes

CHAPTERS = Path(__file__).parents[1] / "chapters"


def power_of_ten(text):
    """Read "3.14·10²³" or "18,629" as a number."""
    if "·10" in text:
        factor, exponent = text.split("·10")
        return float(f"{factor}e{exponent.translate(str.maketrans('⁰¹²³⁴⁵⁶⁷⁸⁹', '0123456789'))}")
    return float(text.replace(",", ""))


@pytest.fixture(scope="module")
def rows():
    """Return the cells of each row of the table on the welcome page, by the name of the network."""
    notebook = nbformat.read(CHAPTERS / "index.ipynb", as_version=4)
    source = next(cell.source for cell in notebook.cells if cell.id == "sizes-table")
    lines = [line.strip("| ").split(" | ") for line in source.splitlines() if re.match(r"\| \d{4} ", line)]
    return {re.match(r"\[([^]]+)\]", cells[1])[1]: cells for cells in lines}


def test_every_network_has_a_row_on_the_welcome_page_and_every_row_a_network(rows):
    assert set(rows) == {milestone.name for milestone in MILESTONES}


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda milestone: milestone.name)
def test_the_row_says_what_the_data_say(rows, milestone):
    year, name, parameters, data, compute = rows[milestone.name]
    assert int(year) == milestone.year
    assert power_of_ten(parameters.split(" ")[0]) == milestone.parameters
    assert name == f"[{milestone.name}](references.md#{milestone.source})"
    if milestone.active_parameters:
        assert power_of_ten(re.search(r"([\d.·⁰¹²³⁴⁵⁶⁷⁸⁹]+) active", parameters)[1]) == milestone.active_parameters
    if milestone.tokens:
        assert power_of_ten(data.removesuffix(" tokens")) == milestone.tokens
    else:
        assert not data.endswith(" tokens")
    assert (compute == "–") == (milestone.compute is None)
    if milestone.compute:
        assert power_of_ten(compute) == milestone.compute


def test_every_source_stands_in_the_references():
    entries = re.findall(r"^@\w+\{(\w+),", (CHAPTERS / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert {milestone.source for milestone in MILESTONES} <= set(entries)


def test_networks_stand_in_the_order_of_their_years():
    assert [milestone.year for milestone in MILESTONES] == sorted(milestone.year for milestone in MILESTONES)


def test_the_picture_names_every_network_and_shows_the_active_parameters_apart():
    ax = plot_sizes()
    assert {text.get_text() for text in ax.texts} == {milestone.name for milestone in MILESTONES}
    all_points, active = ax.lines
    assert len(all_points.get_xdata()) == len(MILESTONES)
    assert list(active.get_ydata()) == [37e9]
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel() == "year"
    plt.close(ax.figure)
