"""The user guide, and the pages for people from elsewhere: what they show runs."""

import doctest
from pathlib import Path

import pytest
import torch

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [
    page
    for folder in ("user_guide", "coming_from")
    for page in sorted(DOCS.glob(f"{folder}/*.rst"))
]

# TODO: goes with sktime 1.3, which no longer remembers data unless it is asked to.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The default of config ``remember_data`` will change:FutureWarning"
)


@pytest.fixture
def _one_torch_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.mark.usefixtures("_one_torch_thread")
@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}"
)
def test_what_a_page_shows_is_what_comes_out(page, tmp_path, monkeypatch):
    text = page.read_text(encoding="utf-8")
    if "sktime" in text:
        pytest.importorskip("sktime")
    monkeypatch.chdir(tmp_path)  # where pages write files
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    report = []
    assert runner.run(examples, out=report.append).failed == 0, "".join(report)
