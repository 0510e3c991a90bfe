"""The README, the user guide and the pages for people from elsewhere run as printed."""

import doctest
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import torch

DOCS = Path(__file__).parents[1] / "docs"
README = DOCS.parent / "README.md"
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


@pytest.mark.usefixtures("_one_torch_thread")
def test_the_readme_prints_its_output():
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == text.count("```python")
    number = re.compile(r"\d+\.?\d*")
    for code, documented in blocks:
        if "fit_report_" in code:
            continue  # the next test runs it
        if "sktime" in code:
            pytest.importorskip("sktime")
        with redirect_stdout(StringIO()) as output:
            exec(compile(code, str(README), "exec"), {})
        printed = output.getvalue()
        assert number.sub("#", printed).split() == number.sub("#", documented).split()
        # The last digits depend on the processor.
        expected = [float(it) for it in number.findall(documented)]
        assert [float(it) for it in number.findall(printed)] == pytest.approx(
            expected, rel=0.02
        )


@pytest.mark.usefixtures("_one_torch_thread")
def test_the_readme_and_the_site_open_with_a_network_that_is_far_ahead():
    code = (DOCS / "laser.py").read_text(encoding="utf-8")
    documented = (DOCS / "laser.txt").read_text(encoding="utf-8")
    shown = f"```python\n{code}```\n\n```\n{documented}```"
    assert shown in README.read_text(encoding="utf-8")
    names = {}
    with redirect_stdout(StringIO()) as output:
        exec(compile(code, "laser.py", "exec"), names)
    # Errors of networks, and the number of steps, depend on the processor.
    printed = output.getvalue()
    for text in (printed, documented):
        assert re.search(r"^Chosen: network, [\d,]+ steps", text, re.MULTILINE)
    levels = re.compile(r"^(mean|ridge) +- +([\d.]+)", re.MULTILINE)
    for (name, error), (there, expected) in zip(
        levels.findall(printed), levels.findall(documented), strict=True
    ):
        assert name == there
        assert float(error) == pytest.approx(float(expected), rel=1e-3)
    report = names["model"].fit_report_
    ridge = report.errors[report.models.index("ridge")]
    assert report.errors[report.chosen] < ridge / 5
