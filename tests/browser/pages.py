"""What every test in a browser does before it looks: sign in at the desk, see that a page fits."""

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
