"""The page in a browser: every page in both languages, by mouse and keyboard, without one script error."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from redone.serving.console.app import console_service
from redone.serving.engine import Engine
from redone.serving.http.server import DrainingServer
from redone.serving.http.settings import ServiceSettings

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service as Driver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver are not installed"
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)
SIDES = "left=demo&left_stage=00-base&right=demo&right_stage=02-targeted"
PAGES = ("runs", "weakness", "rollouts", "compare", "apps", "experiments")


@pytest.fixture(scope="module")
def address(runs: Path, engine_of_console: Engine) -> Iterator[str]:
    """A running console."""
    service = console_service(runs, ServiceSettings(port=0), engine=engine_of_console, model="tiny")
    ports: list[int] = []
    server = DrainingServer(service, ports.append)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait(lambda: bool(ports))
    yield f"http://127.0.0.1:{ports[0]}/"
    server.should_exit = server.force_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Driver(DRIVER))
    yield driver
    driver.quit()


def wait(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll with a bound: a busy machine may take long, a fault must not take for ever."""
    for _ in range(round(seconds / 0.05)):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("the page did not come to rest")


def at_rest(browser: Any, page: str, language: str) -> None:
    script = "const m = document.getElementById('main'); return [m.dataset.page, m.dataset.lang, m.ariaBusy];"
    wait(lambda: browser.execute_script(script) == [page, language, None])


def mistakes(browser: Any) -> list[str]:
    return [e["message"] for e in browser.get_log("browser") if e["level"] in {"SEVERE", "WARNING"}]


def click(browser: Any, selector: str) -> None:
    browser.execute_script("arguments[0].click()", browser.find_element(By.CSS_SELECTOR, selector))


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)])
def test_every_page_in_both_languages(browser: Any, address: str, language: str, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(address)
    wait(lambda: bool(browser.find_elements(By.ID, "title")))
    click(browser, f"#lang-{language}")
    titles = set()
    for page in PAGES:
        click(browser, f"#nav-{page}")
        at_rest(browser, page, language)
        titles.add(browser.find_element(By.ID, "title").text)
        check_structure(browser, width)
        if page == "runs":
            browser.get(address + "#/run?run=demo")
            at_rest(browser, "run", language)
            assert browser.find_elements(By.CSS_SELECTOR, "svg[role=img][aria-label] .badge")
            check_structure(browser, width)
        if page == "rollouts":
            open_tokens(browser)
        if page == "compare":
            browser.get(f"{address}#/compare?{SIDES}&change=gained")
            wait(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".card .side")) == 30)
        if page == "apps":
            try_an_application(browser)
    assert len(titles) == len(PAGES)
    assert browser.execute_script("return document.documentElement.lang").startswith(language)
    assert mistakes(browser) == []


def check_structure(browser: Any, width: int) -> None:
    """Landmarks, one heading, names for all controls, table captions, and nothing wider than the window."""
    found = browser.execute_script("""
        const all = (s) => [...document.querySelectorAll(s)];
        return {
          heads: all("h1").length, current: all("nav [aria-current=page]").length, main: all("main").length,
          unnamed: all("select, input, textarea").filter((e) => !e.labels || !e.labels.length).map((e) => e.id),
          empty: all("button").filter((e) => !e.textContent.trim()).length,
          captions: all("table").filter((e) => !e.caption || !e.caption.textContent).length,
          pictures: all("svg").filter((e) => e.role !== "img" || !e.ariaLabel).length,
          scripts: all("#main script, #main img, #main iframe").length,
          wide: document.documentElement.scrollWidth,
        };""")
    assert (found["heads"], found["current"], found["main"]) == (1, 1, 1)
    assert found["unnamed"] == []
    assert (found["empty"], found["captions"], found["pictures"], found["scripts"]) == (0, 0, 0, 0)
    assert found["wide"] <= width


def open_tokens(browser: Any) -> None:
    text = browser.find_element(By.CSS_SELECTOR, ".card .prompt").text
    assert "<img src=x onerror=alert(1)>[U+202E]" in text
    button = browser.find_element(By.CSS_SELECTOR, ".card .buttons button:nth-child(2)")
    browser.execute_script("arguments[0].focus()", button)
    button.send_keys(Keys.ENTER)
    wait(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".tokens li small.dim")) == 3)
    assert button.get_attribute("aria-expanded") == "true"
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "false"


def try_an_application(browser: Any) -> None:
    browser.find_element(By.ID, "note-body").send_keys("pay a deposit first")
    click(browser, "#app-harmful")
    wait(lambda: bool(browser.find_elements(By.CSS_SELECTOR, "section .big")))
    click(browser, "#app-titles")
    # A random model may write no title at all; then the original is kept, and that is said.
    wait(
        lambda: "candidates" in browser.execute_script("return document.querySelector('section').textContent")
    )


def test_damaged_files_and_unknown_names_are_said_on_the_page(browser: Any, address: str) -> None:
    browser.get(address)
    wait(lambda: bool(browser.find_elements(By.ID, "title")))
    click(browser, "#lang-en")
    browser.get(address + "#/rollouts?run=broken")
    wait(lambda: "damaged or only half written" in browser.find_element(By.ID, "main").text)
    assert mistakes(browser) == []
    browser.get(address + "#/run?run=..%2Fsecret")
    wait(lambda: "there is no run" in browser.find_element(By.ID, "main").text)


def test_a_run_that_goes_on_is_followed(browser: Any, address: str, runs: Path) -> None:
    log = runs / "nested" / "live" / "metrics.jsonl"
    log.touch()
    browser.get(address + "#/run?run=nested%2Flive")
    wait(lambda: bool(browser.find_elements(By.CSS_SELECTOR, ".now progress")))
    before = log.read_text(encoding="utf-8")
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write('{"stage":"exploratory","step":5,"kind":"train","reward_raw":0.7}\n')
        bar = "const bar = document.querySelector('.now progress'); return bar && bar.value;"
        wait(lambda: browser.execute_script(bar) == 5)
    finally:
        log.write_text(before, encoding="utf-8")


def test_the_keyboard_reaches_the_content(browser: Any, address: str) -> None:
    browser.get(address + "#/runs")
    browser.refresh()
    wait(lambda: bool(browser.find_elements(By.CSS_SELECTOR, "tbody a")))
    focused = "return document.activeElement.id"
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.execute_script(focused) == "skip"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script(focused) == "main"
