import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from largemodels.plotting import plot_graph


def test_a_graph_shows_each_value_each_gradient_and_one_arrow_per_parent():
    graph = {"a": [], "b": [], "q": [("a", -0.5), ("b", 1.5)], "L": [("q", 2.0)]}
    positions = {"a": (0, 1), "b": (0, 0), "q": (1, 0.5), "L": (2, 0.5)}
    values = {"a": 1.5, "b": -0.5, "q": -0.75, "L": -1.5}
    gradients = {"a": -1.0, "b": 3.0, "q": 2.0, "L": 1.0}
    ax = plot_graph(graph, positions, values, gradients, highlight=["q"])
    texts = [text.get_text() for text in ax.texts]
    for node in graph:
        assert f"{node}\n{values[node]:.3g}" in texts
        assert f"{gradients[node]:.3f}" in texts
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 3
    assert sorted(arrow.get_linewidth() for arrow in arrows) == [1.3, 1.3, 2.4]
    plt.close(ax.figure)
