"""What every test in a browser does before it looks: sign in at the desk, see that a page fits."""

from playwright.sync_api import expect

from tests.factories import PASSWORD


def sign_in(page, live_server, name):
    page.goto(f"{live_server.url}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    return page


def fits(page):
    page.wait_for_load_state("networkidle")
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def look_up(page, words):
    """Type into the palette, once it has the keyboard; return its list of results."""
    page.keyboard.press("Control+k")
    field = page.locator("#search-input-command")
    expect(field).to_be_focused()
    field.press_sequentially(words)
    return page.locator("#command-results-list")
