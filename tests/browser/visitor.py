"""A person at a browser: goes from page to page and complains of what no page may do."""

import os
import re
from pathlib import Path

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe

from tests.browser.served import PASSWORD

WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
SCREENS = {"wide": WIDE, "phone": PHONE}
PATIENCE = 15_000

SHOTS = os.environ.get("BROWSER_SHOTS")
"""A folder for a picture of every page that is looked at; none are taken without it."""

AXE = Axe().axe_script
RUN_AXE = "axe.run({resultTypes: ['violations']}).then(({violations}) => ({violations}))"

WORDS = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  // What is marked as Vietnamese stays so in every language.
  const page = document.documentElement.lang;
  while (walker.nextNode()) {
    const marked = walker.currentNode.parentElement.closest("[lang]").lang;
    if (marked === page || marked !== "vi") found.push(walker.currentNode.data.trim());
  }
  for (const name of ["alt", "aria-label", "placeholder", "title"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      found.push(element.getAttribute(name));
    }
  }
  return found.filter(Boolean);
}"""


class Visitor:
    """Somebody with a window of their own, signed out at first.

    Whatever goes wrong behind the page (a script's error, a refusal by the content security
    policy, a dialog, a broken file, a failing server) is kept in `complaints`.
    """

    def __init__(self, chromium, address, screen="wide", **options):
        """Open a window."""
        self.screen = screen
        self.complaints = []
        self.context = chromium.new_context(
            base_url=address, locale="vi-VN", **SCREENS[screen], **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self._has_script = options.get("java_script_enabled", True)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._refuse_dialog)
        self.page.on("response", self._watch)

    def _hear(self, message):
        # A refused form answers 422, which the browser mentions as well.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(f"{message.text} on {self.page.url}")

    def _refuse_dialog(self, dialog):
        self.complaints.append(f"dialog {dialog.message} on {self.page.url}")
        dialog.dismiss()

    def _watch(self, response):
        is_page = response.request.resource_type == "document"
        if response.status >= (500 if is_page else 400):
            self.complaints.append(f"{response.status} for {response.url}")

    def sign_in(self, login_name, password=PASSWORD):
        self.page.goto("/sign-in")
        self.page.get_by_label("Tên đăng nhập").fill(login_name)
        self.page.get_by_label("Mật khẩu").fill(password)
        self.press("Đăng nhập")
        return self

    def press(self, words):
        self.open(self.main.get_by_role("button", name=words, exact=True))

    def follow(self, words):
        self.open(self.main.get_by_role("link", name=words, exact=True).first)

    def go(self, words):
        """Choose an entry of the main navigation."""
        navigation = self.page.get_by_role("navigation", name="Chính")
        self.open(navigation.get_by_role("link", name=words, exact=True))

    def choose_in_menu(self, words):
        """Choose an entry of the menu at the top right."""
        self.page.locator("[data-menu] summary").click()
        self.open(self.page.locator("[data-menu]").get_by_text(words, exact=True))

    def open(self, place):
        """Click what opens a page, and see it opened."""
        with self.page.expect_navigation():
            place.click()

    @property
    def main(self):
        """The matter of the page."""
        return self.page.get_by_role("main")

    def heading(self):
        return self.page.locator("h1").inner_text()

    def text(self):
        return self.main.inner_text()

    def row(self, words):
        """Return the row of a table that these words head, whatever stands under them."""
        heads = f"normalize-space(a)='{words}' or normalize-space(text())='{words}'"
        return self.page.locator(f"xpath=//tr[th[{heads}]]")

    def balance(self):
        """Return what a board of quotas was assigned, has distributed, and keeps."""
        return tuple(self.page.locator(".balance dd").all_inner_texts())

    def links(self):
        """Return the addresses of the pages that this one leads to; files are no pages."""
        return self.page.locator("a[href]:not([download])").evaluate_all(
            # A link of a drawing has an address of another type: read both from the attribute.
            "links => links.map(link => "
            "new URL(link.getAttribute('href'), document.baseURI).href.split('#')[0])"
        )

    def words(self):
        """Return every text of the page, seen or read out."""
        return self.page.evaluate(WORDS)

    def figure(self, label):
        """Return one of the large figures at the top of a page."""
        return self._card(label).locator(".stat-value").inner_text()

    def figure_link(self, label):
        """Return where one of the large figures leads to."""
        return self._card(label).get_by_role("link")

    def _card(self, label):
        words = self.page.locator(".stat-label", has_text=re.compile(f"^{label}$"))
        return self.page.locator(".stat-card", has=words)

    def look(self, name):
        """Look at the page: nothing sticks out at the side, and nobody is kept out."""
        self.glance(name)
        if self._has_script:
            found = self._violations()
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"

    def glance(self, name):
        """See that nothing sticks out at the side: enough where only the words are others."""
        width = self.page.viewport_size["width"]
        self._take_picture(f"{name}-{width}")
        if self._has_script:
            assert self._width_of_content() <= width, f"{name} scrolls sideways at {width} px"
        assert self.complaints == []

    def look_in_both_sizes(self, name):
        """Look at the page, then at the same page as narrow as a phone."""
        self._in_both_sizes(self.look, name)

    def glance_in_both_sizes(self, name):
        """Glance at the page, then at the same page as narrow as a phone."""
        self._in_both_sizes(self.glance, name)

    def _in_both_sizes(self, look, name):
        wide = self.page.viewport_size
        look(name)
        self.page.set_viewport_size(PHONE["viewport"])
        look(name)
        self.page.set_viewport_size(wide)

    def _violations(self):
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        return AxeResults(self.page.evaluate(RUN_AXE))

    def _width_of_content(self):
        return self.page.evaluate("document.documentElement.scrollWidth")

    def _take_picture(self, name):
        if SHOTS:
            folder = Path(SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def leave(self):
        self.context.close()
