"""Names of another package, and the names that take their place here."""


def draw_pairs(figure, color, pairs):
    """Draw a line for each pair: the name there, an arrow, the name here."""
    axis = figure.subplots()
    axis.set(xlim=(0, 10), ylim=(len(pairs) - 0.4, -0.6))
    axis.set_axis_off()
    for place, (there, here) in enumerate(pairs):
        style = {"va": "center", "family": "monospace", "fontsize": 12.5}
        axis.text(4.5, place, there, ha="right", color=color.grey, **style)
        axis.text(5.5, place, here, ha="left", color=color.blue, **style)
        arrow = {"arrowstyle": "-|>", "color": color.ink, "lw": 1.4}
        axis.annotate("", (5.35, place), (4.65, place), arrowprops=arrow)
