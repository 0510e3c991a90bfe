"""The directive `drawn`: figures that scripts draw while the site is built.

`docs/figures/NAME.py` defines `draw(figure, color)`. The function is called twice, with
colours for a light and for a dark page, and `.. drawn:: NAME` shows the picture that
fits the theme. Slow computations stand at the top of the script, so that they run once.
A figure is drawn again after its script has changed.
"""

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from matplotlib import pyplot as plt

FIGURES = Path(__file__).parent / "figures"
sys.path.append(str(FIGURES))  # for what several scripts share
DRAWN = FIGURES / "drawn"
# Blue and orange can be told apart by the colour-blind too.
COLORS = {
    "light": {
        "ink": "#22262b",
        "grey": "#6f7882",
        "pale": "#d5dae0",
        "blue": "#2f6db3",
        "orange": "#d9690f",
    },
    "dark": {
        "ink": "#dfe3e8",
        "grey": "#98a2ad",
        "pale": "#454d57",
        "blue": "#79b0ec",
        "orange": "#f59a4c",
    },
}
SIZE = (6.4, 3.0)  # inches


def draw(script):
    """Run a script, and keep its figure in both sets of colours."""
    written = [DRAWN / f"{script.stem}-{theme}.svg" for theme in COLORS]
    sources = (script, Path(__file__), *FIGURES.glob("_*.py"))
    newest = max(path.stat().st_mtime for path in sources)
    if all(path.exists() and path.stat().st_mtime > newest for path in written):
        return
    DRAWN.mkdir(exist_ok=True)
    module = runpy.run_path(str(script))
    for path, colors in zip(written, COLORS.values(), strict=True):
        ink = colors["ink"]
        style = {
            "axes.edgecolor": ink,
            "axes.labelcolor": ink,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 12,
            "font.size": 12,
            "legend.frameon": False,
            "legend.fontsize": 11,
            "svg.hashsalt": script.stem,
            "text.color": ink,
            "xtick.color": ink,
            "ytick.color": ink,
        }
        with plt.rc_context(style):
            figure = plt.figure(figsize=module.get("SIZE", SIZE), layout="constrained")
            module["draw"](figure, SimpleNamespace(**colors))
            figure.savefig(path, transparent=True, metadata={"Date": None})
            plt.close(figure)


def draw_all(app):
    """Draw all figures whose scripts are newer."""
    for script in sorted(FIGURES.glob("[!_]*.py")):
        draw(script)


class Drawn(Directive):
    """Show the figure of a script, with its caption, in the colours of the theme."""

    required_arguments = 1
    option_spec = {
        "alt": directives.unchanged_required,
        "class": directives.class_option,
    }
    has_content = True

    def run(self):
        """Make a figure of two images, of which the theme shows one."""
        name = self.arguments[0]
        script = FIGURES / f"{name}.py"
        if not script.exists() or "alt" not in self.options:
            raise self.error(f"drawn:: {name} needs {script} and an :alt: text")
        self.state.document.settings.record_dependencies.add(str(script))
        figure = nodes.figure(classes=["drawn", *self.options.get("class", [])])
        # In a box, since the theme hides the caption beside an image that it hides.
        figure += nodes.container()
        for theme in COLORS:
            figure[0] += nodes.image(
                uri=f"/figures/drawn/{name}-{theme}.svg",
                alt=self.options["alt"],
                classes=[f"only-{theme}"],
            )
        if self.content:
            text = "\n".join(self.content)
            parts, messages = self.state.inline_text(text, self.lineno)
            figure += nodes.caption(text, "", *parts)
            return [figure, *messages]
        return [figure]


def setup(app):
    """Add the directive, and draw before the gallery takes its thumbnails."""
    app.add_directive("drawn", Drawn)
    app.connect("builder-inited", draw_all, priority=100)
    return {"parallel_read_safe": True}
