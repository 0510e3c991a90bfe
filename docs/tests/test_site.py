"""What a reader may count on: `make docs-test`, after `make docs`."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

import sklearn_rnn
from sklearn_rnn import datasets, forecasting, plotting

DOCS = Path(__file__).parents[1]
API = "api/generated/sklearn_rnn.LSTMRegressor.html"
PAGES = [
    "index.html",
    "auto_examples/plot_aapl_close.html",
    "auto_examples/plot_echo_state.html",
    "auto_examples/index.html",
    "api/index.html",
    API,
    *(
        path.relative_to(DOCS).with_suffix(".html").as_posix()
        for folder in (".", "user_guide", "coming_from")
        for path in sorted((DOCS / folder).glob("*.rst"))
        if path != DOCS / "index.rst"
    ),
]
EXAMPLES = sorted(path.stem for path in (DOCS.parent / "examples").glob("plot_*.py"))
PHONE = {"width": 375, "height": 700}
DESK = {"width": 1280, "height": 900}

# Blocks of code that are wider than their column, by how much, with their longest line.
OVERFLOWING = """() => [...document.querySelectorAll("pre")]
    .filter(it => it.checkVisibility() && it.scrollWidth > it.clientWidth)
    .map(it => [
        it.scrollWidth - it.clientWidth,
        it.innerText.split("\\n").reduce((a, b) => a.length > b.length ? a : b),
    ])"""
# Elements that reach past the right edge of the window, and lie in no box that scrolls.
# The column of the page itself is not to scroll.
BEYOND = """() => {
    const mayReachOut = element => {
        for (let it = element; it !== document.body; it = it.parentElement) {
            const style = getComputedStyle(it);
            // the menus, which are out of view, and what is for screen readers only
            if (style.position === "fixed" || style.clip !== "auto") return true;
            if (it !== element && ["auto", "scroll"].includes(style.overflowX))
                return !it.matches(".bd-article-container, .bd-content, .bd-main");
        }
        return false;
    };
    return [...document.querySelectorAll("body *")]
        .filter(it => it.checkVisibility())
        .filter(it => {
            const { right, width, height } = it.getBoundingClientRect();
            return width && height && right > innerWidth + 1 && !mayReachOut(it);
        })
        .map(it => `${it.tagName} ${it.className} ${it.textContent.slice(0, 40)}`);
}"""

# Text that ends right of the window and has nothing around it that scrolls.
CUT_OFF = """() => {
    const scrolls = element => {
        for (; element && element !== document.body; element = element.parentElement) {
            const style = getComputedStyle(element);
            if (["auto", "scroll"].includes(style.overflowX)) return true;
            // what is there for screen readers only, and sidebars that are out of view
            if (style.position === "fixed" || style.clip !== "auto") return true;
        }
        return false;
    };
    const cut = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        const { right, width } = range.getBoundingClientRect();
        const parent = texts.currentNode.parentElement;
        if (width && right > innerWidth + 1 && parent.checkVisibility() &&
            !scrolls(parent))
            cut.push(texts.currentNode.data.trim().slice(0, 60));
    }
    for (const image of document.images)
        if (image.getBoundingClientRect().right > innerWidth + 1 && !scrolls(image))
            cut.push(image.src);
    return cut.filter(Boolean);
}"""


class Links(HTMLParser):
    """What a page refers to, and what can be referred to in it.

    Parameters
    ----------
    text : str
        The page.
    """

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors, self.images = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[key] for key in ("id", "name") if attrs.get(key)}
        for key in ("href", "src"):
            if attrs.get(key):
                self.targets.add(attrs[key])
        if tag == "img":
            self.images.append(attrs)


@pytest.fixture(scope="module")
def site(html):
    """Return all pages, name -> Links."""
    return {
        path.relative_to(html).as_posix(): Links(path.read_text(encoding="utf-8"))
        for path in html.rglob("*.html")
        if "_static" not in path.parts
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_an_error_or_a_request_elsewhere(open_page, name):
    page = open_page(name)
    assert page.troubles == []
    broken = page.evaluate(
        "[...document.images].filter(it => it.complete && !it.naturalWidth)"
        ".map(it => it.src)"
    )
    assert broken == []
    assert page.locator("h1").first.is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_text_can_be_read_at_the_width_of_a_phone(open_page, name):
    page = open_page(name, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(CUT_OFF) == []
    sizes = page.evaluate(
        "[...document.querySelectorAll("
        "'article :is(p, li, dd, pre, td, th)')]"
        ".filter(it => it.checkVisibility() && it.innerText.trim())"
        ".map(it => parseFloat(getComputedStyle(it).fontSize))"
    )
    assert min(sizes, default=16) >= 14
    assert page.troubles == []


@pytest.mark.parametrize(
    ("script", "size"),
    [(OVERFLOWING, DESK), (BEYOND, {"width": 390, "height": 844})],
    ids=["code fits its column on a desk", "nothing is cut off on a phone"],
)
def test_everything_fits_on_every_page(site, open_page, script, size):
    page = open_page("index.html", **size)
    address = page.url.removesuffix("index.html")
    too_wide = {}
    for name in sorted(site):
        page.goto(address + name, wait_until="load")
        page.evaluate("async () => { await window.MathJax?.startup?.promise; }")
        if found := page.evaluate(script):
            too_wide[name] = found
    assert too_wide == {}


def copied(page, block):
    """Press the button of a block, and return what is on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block.hover()
    block.locator("button.copybtn").click()
    return page.evaluate("navigator.clipboard.readText()").rstrip("\n")


def test_a_copied_doctest_is_its_code_without_prompts_and_outputs(open_page):
    page = open_page("user_guide/windows.html")
    blocks = page.locator("div.highlight", has=page.locator("pre:has(.gp)"))
    n_lines = n_outputs = 0
    for place in range(min(blocks.count(), 6)):
        lines = blocks.nth(place).locator("pre").inner_text().rstrip("\n").split("\n")
        code = [it[4:] for it in lines if it[:4] in (">>> ", "... ", ">>>", "...")]
        assert copied(page, blocks.nth(place)) == "\n".join(code)
        n_lines, n_outputs = n_lines + len(code), n_outputs + len(lines) - len(code)
    assert n_lines > 6
    assert n_outputs > 3


def test_a_copied_command_has_no_prompt_and_outputs_have_no_button(open_page):
    page = open_page("index.html")
    command = page.locator(".highlight-console .highlight", has_text="docs/start.py")
    assert copied(page, command) == ".venv/bin/python docs/start.py"
    listing = page.locator(".highlight", has_text="load_santafe_laser")
    assert copied(page, listing) == (DOCS / "laser.py").read_text().strip()
    assert page.locator(".highlight-none button.copybtn").count() == 0
    page = open_page("auto_examples/plot_echo_state.html")
    assert page.locator(".sphx-glr-script-out").count() > 0
    assert page.locator(".sphx-glr-script-out button.copybtn").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["index.html", "user_guide/index.html", "coming_from/index.html"]
)
def test_every_card_leads_somewhere_and_has_a_picture_for_the_theme(
    open_page, name, scheme
):
    page = open_page(name)
    page.evaluate("scheme => document.documentElement.dataset.theme = scheme", scheme)
    cards = page.locator(".sd-card").all()
    assert len(cards) >= 5
    for card in cards:
        assert card.locator("a.sd-stretched-link").get_attribute("href")
        shown = [image for image in card.locator("img").all() if image.is_visible()]
        assert [image.get_attribute("class") for image in shown] == [f"only-{scheme}"]


@pytest.mark.parametrize(
    "name", [name for name in PAGES if name.startswith("user_guide/")]
)
def test_every_page_of_the_guide_has_a_picture_with_a_caption(open_page, name):
    page = open_page(name)
    assert page.locator("figure.drawn img").first.is_visible()
    if not name.endswith("index.html"):
        assert page.locator("figure.drawn figcaption").first.is_visible()


def test_thumbnails_are_large_enough_to_be_read(open_page):
    page = open_page("auto_examples/index.html")
    widths = page.evaluate(
        "[...document.querySelectorAll('.sphx-glr-thumbcontainer img')]"
        ".map(it => it.getBoundingClientRect().width)"
    )
    assert len(widths) == len(EXAMPLES)
    assert min(widths) >= 250


def test_equations_are_set(open_page):
    page = open_page(API)
    page.wait_for_selector("mjx-container mjx-math")
    assert page.locator("mjx-merror").count() == 0


def test_search_finds_the_page_of_a_class(open_page):
    page = open_page("search.html?q=LSTMRegressor")
    page.wait_for_selector("#search-results li a")
    page.wait_for_function(
        "name => [...document.querySelectorAll('#search-results a')]"
        ".some(it => it.href.includes(name))",
        arg=API,
    )
    page.locator(f"#search-results a[href*='{API}']").first.click()
    page.wait_for_url(re.compile(re.escape(API)))
    assert "LSTMRegressor" in page.locator("h1").first.inner_text()
    assert page.troubles == []


def test_every_internal_link_and_image_leads_somewhere(site, html):
    broken = []
    for name, links in site.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path, anchor = urldefrag(unquote(target))
            path = path.partition("?")[0]
            there = (html / name).parent / path if path else html / name
            if there.is_dir():
                there /= "index.html"
            if not there.is_file():
                broken.append(f"{name}: {target}")
                continue
            known = site.get(there.resolve().relative_to(html.resolve()).as_posix())
            if anchor and known is not None and anchor not in known.anchors:
                broken.append(f"{name}: {target} (no such place on the page)")
    assert broken == []


def test_every_image_says_what_it_shows_or_that_it_decorates(site):
    mute = {
        f"{name}: {image.get('src')}"
        for name, links in site.items()
        for image in links.images
        if "alt" not in image
    }
    assert mute == set()


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_has_a_page_with_a_figure(site, example):
    images = site[f"auto_examples/{example}.html"].images
    assert [it for it in images if f"sphx_glr_{example}_" in it["src"]]


def test_every_public_name_has_a_page(site):
    modules = [sklearn_rnn, datasets, forecasting, plotting]
    named = {
        f"{module.__name__}.{name}"
        for module in modules
        for name in module.__all__
        if callable(getattr(module, name))
    }
    absent = {name for name in named if f"api/generated/{name}.html" not in site}
    assert absent == set()


def test_pages_of_classes_have_parameters_before_formulas(html):
    late = [
        path.name
        for path in (html / "api/generated").glob("*.html")
        if '<dl class="py class">' in (text := path.read_text(encoding="utf-8"))
        and 0 <= text.find('<div class="math') < text.find(">Parameters<")
    ]
    assert late == []


def test_the_code_of_the_start_page_prints_what_stands_below_it(tmp_path):
    ran = subprocess.run(
        [sys.executable, DOCS / "start.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    number = re.compile(r"\d+\.?\d*")
    documented = (DOCS / "start.txt").read_text()
    assert number.sub("#", ran.stdout) == number.sub("#", documented)
    printed = [float(it) for it in number.findall(ran.stdout)]
    # The last digits depend on the processor.
    expected = [float(it) for it in number.findall(documented)]
    assert printed == pytest.approx(expected, rel=0.02)


def test_the_start_page_says_how_its_code_is_run(open_page):
    page = open_page("index.html")
    commands = page.locator("article pre").all_inner_texts()
    for name in ("start", "laser"):
        listing = (DOCS / f"{name}.py").read_text().strip()
        assert any(listing in block for block in commands)
    assert any("$ .venv/bin/python docs/start.py" in block for block in commands)


def test_no_page_shows_a_warning_of_the_code_that_it_runs(html):
    warned = [
        path.name
        for path in (html / "auto_examples").glob("*.html")
        if "site-packages" in path.read_text(encoding="utf-8")
    ]
    assert warned == []


def test_no_page_of_the_gallery_shows_the_repr_of_an_object(html):
    reprs = re.compile(r"&lt;[^&]* object at |&lt;(matplotlib|Figure|Axes)|\[&lt;")
    shown = {
        path.name: found.group()
        for path in (html / "auto_examples").glob("*.html")
        if (found := reprs.search(path.read_text(encoding="utf-8")))
    }
    assert shown == {}
