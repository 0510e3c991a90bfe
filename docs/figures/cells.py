"""A cell unrolled in time."""

from matplotlib.patches import FancyBboxPatch

STEPS = ("1", "2", "3", "T")


def draw(figure, color):
    """Draw one box for each step, and the state that goes from one to the next."""
    axis = figure.subplots()
    axis.set(xlim=(-0.3, 8.6), ylim=(0, 3.6), aspect="equal")
    axis.set_axis_off()
    arrow = {"arrowstyle": "-|>", "color": color.ink, "lw": 1.4, "shrinkA": 0}
    arrow |= {"shrinkB": 0, "mutation_scale": 12}

    def point(start, end):
        axis.annotate("", end, start, arrowprops=arrow)

    def write(x, y, text, **style):
        axis.text(x, y, text, ha="center", va="center", **style)

    xs = (1.4, 3.2, 5.0, 7.4)
    write(0.05, 2, "$h_0$", fontsize=14)
    point((0.3, 2), (0.9, 2))
    for k, (x, step) in enumerate(zip(xs, STEPS, strict=True)):
        axis.add_patch(
            FancyBboxPatch(
                (x - 0.5, 1.6), 1, 0.8, "round,pad=0,rounding_size=0.12",
                fc="none", ec=color.blue, lw=2,
            )
        )  # fmt: skip
        write(x, 2, "cell", color=color.blue)
        write(x, 0.3, f"$x_{step}$", fontsize=14)
        point((x, 0.6), (x, 1.6))
        if k + 1 < len(xs):
            point((x + 0.5, 2), (xs[k + 1] - (0.5 if k < 2 else 1.4), 2))
            write(x + 0.88, 2.3, f"$h_{step}$", fontsize=14)
    write(6.2, 2, r"$\dots$", fontsize=16)
    point((6.4, 2), (6.9, 2))
    point((7.4, 2.4), (7.4, 2.95))
    write(7.4, 3.2, r"$\hat{y}$, from $h_T$", fontsize=14, color=color.orange)
    write(2.5, 3.2, "one cell, with the same weights at every step")
