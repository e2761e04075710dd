"""WCAG 2.1 AA as axe checks it, for any page of any browser test."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
#: Until when a page is waited for: its own scripts have run; or half a second is quiet as well.
LOADED: Literal["load"] = "load"
QUIET: Literal["networkidle"] = "networkidle"


def violations(
    page: Page, within: str | None = None, *, until: Literal["load", "networkidle"] = QUIET
) -> list[str]:
    """What is wrong, a line each: the rule, how grave, where."""
    page.wait_for_load_state(until)
    # A transition under way has colours of its own.
    page.evaluate("Promise.all(document.getAnimations().map(a => a.finished.catch(() => 0)))")
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": LEVELS}}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target'][0]} {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page, within: str | None = None) -> None:
    """No violation of WCAG 2.1 A or AA on the page as it is shown now."""
    found = violations(page, within)
    assert not found, f"{page.url}\n" + "\n".join(found)
