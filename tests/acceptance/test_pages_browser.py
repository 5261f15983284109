"""The pages in a real Chromium against the running program: a student's evening, on a desk and on a phone, with and without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PICTURES = Path(__file__).parent / "screenshots"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MAKING_MILLISECONDS = 150_000
VAGUE = "explain electricity"
CLEAR = "why does my hand hurt when i slap the table"

# Text smaller than 24 px (or 18.7 px bold) needs 4.5 to 1, larger 3 to 1: WCAG 2.2, success criterion 1.4.3.
CONTRAST = """() => {
  const parse = (color) => {
    const n = color.match(/[\\d.]+/g).map(Number);
    return color.startsWith('color(srgb') ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    if (element.closest('svg, video, [hidden], noscript') || !element.checkVisibility()) continue;
    let back = null;
    for (let at = element; at && !back; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (at.matches('.marked') || (style.backgroundImage !== 'none' && at !== document.body)) { back = 'picture'; break; }
      const color = parse(style.backgroundColor);
      if (color[3] > 0.8) back = color;
    }
    if (back === 'picture' || !back) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(back)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.7 && Number(style.fontWeight) >= 600) ? 3 : 4.5;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < needed) bad.push(`${ratio.toFixed(2)} ${element.className || element.tagName}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return bad;
}"""
UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a, video')]
  .filter((e) => e.checkVisibility() && !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('button, .button, .chip, .choice, .star, .quiz-choice, select, input:not([type=radio])')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 34).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    fresh = browser.new_context(base_url=site, viewport=DESK)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when anything on it complains: a script's error, a file refused by the policy."""
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    yield opened
    assert not [text for text in complaints if "net::ERR_FAILED" not in text and "status of 40" not in text]


def inspected(page: Page, name: str) -> None:
    """A page as it should be at both sizes, light and dark, and a picture of each for people."""
    PICTURES.mkdir(exist_ok=True)
    assert page.locator("h1").count() == 1, name
    assert page.evaluate(UNNAMED) == [], name
    for size, viewport in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} is wider than a {size}"
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(250)  # colors change in 0.12 s
            assert page.evaluate(CONTRAST) == [], f"{name}, {scheme}, on a {size}"
            page.screenshot(path=PICTURES / f"{name}-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(SMALL) == [], name
    page.set_viewport_size(DESK)


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.get_by_role("link", name=email).click()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/(ask|class|operator)$"))


def ask(page: Page, question: str) -> None:
    page.goto("/ask")
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Make my lesson").click()
    page.wait_for_url("**/requests/*")


def lesson_made(page: Page) -> None:
    """Wait for the lesson; a failed one fails the test at once, in its own words."""
    expect(page.locator("#watch, .ending").first).to_be_visible(timeout=MAKING_MILLISECONDS)
    assert page.locator(".ending").count() == 0, page.locator(".ending").inner_text()


def until(page: Page, condition: str, *, patience: int = 30_000) -> None:
    """Wait for a condition of the page (Playwright's own way needs eval, which our pages forbid)."""
    for _ in range(patience // 100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came true: {condition}")


def on_video(page: Page, what: str) -> object:
    return page.evaluate(f"document.getElementById('video').{what}")


def test_a_students_evening(page: Page) -> None:
    page.goto("/")
    inspected(page, "landing")
    page.get_by_role("link", name="Sign in and ask").click()
    inspected(page, "sign-in")
    sign_in(page, "student@demo.school")

    page.locator(".chip", has_text="Music").click()
    page.locator(".example").first.click()
    expect(page.get_by_label("Your question")).not_to_have_value("")
    page.get_by_label("Your question").fill(VAGUE)
    inspected(page, "ask")
    page.get_by_role("button", name="Make my lesson").click()

    expect(page.locator(".choice")).not_to_have_count(0)
    inspected(page, "choose")
    page.locator(".choice").first.click()
    expect(page.locator("#life")).to_have_attribute("data-status", re.compile("pending|validating|generating|completed"))

    # In place: the page is never loaded again, the lesson takes the place of the progress.
    page.evaluate("window.sameDocument = true")
    lesson_made(page)
    assert page.evaluate("window.sameDocument") is True
    watch_and_learn(page)

    page.goto("/lessons")
    expect(page.locator(".card-resume").first).to_contain_text("Left at")
    inspected(page, "lessons")


def watch_and_learn(page: Page) -> None:
    until(page, "document.getElementById('video').readyState >= 2")
    on_video(page, "pause()")
    inspected(page, "watch")
    assert on_video(page, "error") is None
    assert float(str(on_video(page, "duration"))) > 20
    assert int(str(on_video(page, "textTracks[0].cues.length"))) > 5

    lines = page.locator(".spoken")
    lines.nth(3).click()
    starts = float(lines.nth(3).get_attribute("data-start") or 0)
    until(page, f"document.getElementById('video').currentTime >= {starts} - 0.1")
    expect(lines.nth(3)).to_have_attribute("aria-current", "true")
    expect(page.locator("#chapters [aria-current]")).to_have_count(1)

    page.evaluate("document.activeElement.blur()")
    until(page, "!document.getElementById('video').paused")
    page.keyboard.press("Space")
    assert on_video(page, "paused") is True
    here = float(str(on_video(page, "currentTime")))
    page.keyboard.press("ArrowRight")
    until(page, f"document.getElementById('video').currentTime > {here} + 4")
    page.keyboard.press("ArrowLeft")
    until(page, f"document.getElementById('video').currentTime < {here} + 1")
    page.keyboard.press("c")
    assert on_video(page, "textTracks[0].mode") == "hidden"
    page.keyboard.press("c")
    assert on_video(page, "textTracks[0].mode") == "showing"
    page.get_by_label("Speed").select_option("1.5")
    assert on_video(page, "playbackRate") == 1.5

    item = page.locator(".quiz-item").first
    item.locator("[data-correct=no]").first.click()
    expect(item.locator(".wrong .quiz-why")).to_be_visible()
    item.get_by_text("See it again").click()
    until(page, "!document.getElementById('video').paused")
    again = float(item.get_attribute("data-again") or 0)
    assert abs(float(str(on_video(page, "currentTime"))) - again) < 3
    on_video(page, "pause()")
    for question in page.locator(".quiz-item").all():
        question.locator("[data-correct=yes]").click()
    expect(page.locator("#quiz-score")).to_contain_text("on the first try")

    page.locator(".star", has_text="4").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".thanks")).to_be_visible()
    expect(page.locator("#resume")).to_contain_text("Going on from")


def test_progress_without_an_event_stream(page: Page) -> None:
    sign_in(page, "student2@demo.school")
    page.route("**/events", lambda route: route.abort())
    ask(page, CLEAR)
    if page.locator(".making").count():
        page.evaluate("document.getElementById('link-state').textContent")
        inspected(page, "making")
    lesson_made(page)


def test_watching_while_it_is_made(page: Page) -> None:
    """The growing stream plays before the lesson is complete, and goes on at the same place afterwards."""
    sign_in(page, "student2@demo.school")
    ask(page, "why do rockets fly in empty space if there is nothing to push on")
    expect(page.locator("#early-video, #watch").first).to_be_visible(timeout=MAKING_MILLISECONDS)
    if page.locator("#early-video").count():
        playing = "(document.getElementById('early-video') ?? document.getElementById('video'))?.currentTime > 0.6"
        until(page, playing, patience=MAKING_MILLISECONDS)
    lesson_made(page)
    until(page, "document.getElementById('video').currentTime > 0.4")


def test_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "student@demo.school")
    ask(page, "why does a boat drift back when i step off it")
    lesson_made(page)
    expect(page.locator("#video")).to_have_attribute("controls", "")
    # By their tags: words inside <noscript> are nothing to Playwright, even where the browser shows them.
    page.locator(".quiz-item summary").first.click()
    expect(page.locator(".quiz-item details strong").first).to_be_visible()
    context.close()


def test_the_other_pages(page: Page) -> None:
    sign_in(page, "student@demo.school")
    ask(page, "write my history essay about rome")
    inspected(page, "declined")
    ask(page, "how do plants make sugar from light")
    if page.get_by_role("button", name="Never mind").count():
        page.get_by_role("button", name="Never mind").click()
        expect(page.locator("#life")).to_have_attribute("data-status", re.compile("cancelled|completed"))
    inspected(page, "cancelled")
    page.goto("/class")
    inspected(page, "forbidden")
    page.goto("/no/such/page")
    inspected(page, "missing")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")

    sign_in(page, "teacher@demo.school")
    expect(page.get_by_role("link", name=re.compile("Maya"))).not_to_have_count(0)
    inspected(page, "class")
    page.locator(".card-link").first.click()
    expect(page.locator(".asked-label, .asked-again").first).to_contain_text("asked")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "operator@demo.school")
    inspected(page, "operator")


def test_a_page_is_light(context: BrowserContext) -> None:
    """Everything but media of a first visit, on the wire."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/", wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert len(sizes) >= 4, "page, stylesheet and both typefaces"
    assert sum(sizes) < 300_000
