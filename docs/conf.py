"""Configuration of Sphinx: `make docs` builds the site, offline."""

import inspect
import os
import sys
from importlib import import_module
from pathlib import Path

import sklearn_rnn

sys.path.insert(0, str(Path(__file__).parent))  # for drawing.py

# Examples draw into the page, and their progress bars stay out of the log.
os.environ["MPLBACKEND"] = "Agg"
os.environ["TQDM_DISABLE"] = "1"
# On cores that others use too, threads that wait for each other take ten times as long.
# (Set before numpy is loaded.)
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

project = "sklearn-rnn"
author = "The sklearn-rnn developers"
project_copyright = author
version = release = sklearn_rnn.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "drawing",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    # MathJax comes with this package: pages need nothing from elsewhere.
    "sphinx-mathjax-offline",
]
exclude_patterns = ["_build", "images/*.md", "tests"]
templates_path = ["_templates"]
default_role = "code"

# Buttons that copy the code of a block, without prompts and without outputs.
copybutton_prompt_text = r">>> |\.\.\. ?|\$ "
copybutton_prompt_is_regexp = True
copybutton_selector = (
    "div.highlight:not(.sphx-glr-script-out *):not(.highlight-none *) > pre"
)

# -- The reference ---------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False


def own_methods(cls):
    """List the public methods of a class that are written in this package.

    Those inherited from scikit-learn and sktime are documented there.
    """
    return [
        name
        for name, member in inspect.getmembers(cls, callable)
        if not name.startswith("_")
        and getattr(member, "__module__", None) is not None
        and member.__module__.startswith("sklearn_rnn")
    ]


MODULES = ["sklearn_rnn", "sklearn_rnn.forecasting", "sklearn_rnn.plotting"]
autosummary_context = {
    "own_methods": {
        f"{module}.{name}": own_methods(getattr(import_module(module), name))
        for module in MODULES
        for name in import_module(module).__all__
        if inspect.isclass(getattr(import_module(module), name))
    }
}

# -- The gallery -----------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "api/backreferences",
    "doc_module": ("sklearn_rnn",),
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
    "download_all_examples": False,
    "min_reported_time": 0,
    # Printed text is shown, and figures; the repr of a last expression is neither.
    "capture_repr": (),
}

# -- The pages -------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = f"sklearn-rnn {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {
        "image_light": "_static/icon.svg",
        "image_dark": "_static/icon.svg",
        "text": "sklearn-rnn",
        "alt_text": "",
    },
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 5,
    # Pages of examples need their width for code and for printed tables.
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        **{
            f"auto_examples/{path.stem}": []
            for path in (Path(__file__).parents[1] / "examples").glob("plot_*.py")
        },
    },
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
    "show_toc_level": 2,
}
# Pages without others below them have nothing to show at the left.
html_sidebars = {
    name: []
    for name in ("index", "changelog", "common_tests", "design", "results", "search")
}
