"""Cases of accounts: registration, passwords, sessions, logging out."""

from cases import case
from page import Page
from stage import REFUSED


def register(page, user, name="Diego Maradona", invitation=None):
    browser = page.browser
    browser.click("#register-toggle")
    browser.type("#login-user", user)
    browser.type("#login-password", "surabaya")
    browser.type("#register-name", name)
    browser.type("#register-country", "Argentina")
    if invitation:
        browser.type("#register-invitation", invitation)
    browser.click("#login-submit")


@case
def registration(stage):
    """a new user registers, with a name of several words and letters, and talks"""
    stage.allow(REFUSED)
    realm = stage.realm()
    page = stage.page(realm)
    register(page, "messi")
    assert page.login_error(), "the name is taken"
    page.browser.clear("#login-user")
    page.browser.type("#login-user", "maradona")
    page.browser.click("#login-submit")
    page.at_chat()
    page.begin_with("messi")
    page.write("halo")
    page.shows("halo")
    info = realm.line("messi").request("info maradona")["message"]
    assert info["name"] == "Diego Maradona", info


@case
def registration_by_invitation(stage):
    """where registration is by invitation, the page asks for the code"""
    stage.allow(REFUSED)
    realm = stage.realm(settings="registration = invitation")
    code = realm.ctl("invite").split()[-1]
    page = stage.page(realm)
    register(page, "maradona", invitation="aaaa-bbbb-cccc-dddd")
    assert page.login_error(), "the code is wrong"
    page.browser.clear("#register-invitation")
    page.browser.type("#register-invitation", code)
    page.browser.click("#login-submit")
    page.at_chat()


@case
def registration_off(stage):
    """where only administrators make accounts, the page offers no registration"""
    page = stage.page(stage.realm(settings="registration = off"))
    assert not page.browser.run("return document.querySelector('#register-toggle')"
                                ".checkVisibility()")


@case
def password(stage):
    """a change of the password ends the sessions of other browsers, and the new one is good"""
    stage.allow(REFUSED)
    realm = stage.realm()
    laptop, phone = stage.login(realm, "messi"), stage.login(realm, "messi")
    browser = laptop.browser
    browser.click("#menu")
    browser.click("#menu-password")
    browser.type("#password-old", "salah")
    browser.type("#password-new", "gol2026")
    browser.type("#password-again", "gol2026")
    browser.click("#password-form-submit")
    browser.find("#dialog-password [role=alert]")
    browser.clear("#password-old")
    browser.type("#password-old", "surabaya")
    browser.click("#password-form-submit")
    laptop.no_dialog()
    phone.at_login()
    laptop.begin_with("henderson")
    laptop.write("masih di sini")
    laptop.shows("masih di sini")
    phone.try_login("messi", "surabaya")
    assert phone.login_error()
    phone.login("messi", "gol2026")


@case
def sessions(stage):
    """the list of sessions, and the end of one of them"""
    realm = stage.realm()
    laptop, phone = stage.login(realm, "messi"), stage.login(realm, "messi")
    browser = laptop.browser
    browser.click("#menu")
    browser.click("#menu-sessions")
    browser.until("return document.querySelectorAll('#dialog-sessions [data-session]').length"
                  " === 2", why="both sessions are listed")
    shown = browser.run("return document.querySelector('#dialog-sessions').textContent")
    assert "127.0.0.1" in shown and "kabar-web" in shown, shown
    browser.click("#dialog-sessions [data-session] > button")
    phone.at_login()
    browser.until("return document.querySelectorAll('#dialog-sessions [data-session]').length"
                  " === 1", why="one session is left")


@case
def logout(stage):
    """a logout ends the session, removes the cookie, and leaves nothing on the screen"""
    realm = stage.realm()
    page = stage.login(realm, "messi")
    page.begin_with("henderson")
    page.write("sangat rahasia")
    page.shows("sangat rahasia")
    page.browser.click("#menu")
    page.browser.click("#menu-logout")
    page.at_login()
    assert page.browser.command("GET", "/cookie") == []
    left = page.browser.run("return document.body.textContent + JSON.stringify(localStorage)")
    assert "rahasia" not in left
    page.browser.open(realm.url)
    page.at_login()
    page.login("henderson")


@case
def two_accounts(stage):
    """realms on one host do not take each other's cookies"""
    one, other = stage.realm(name="surabaya"), stage.realm(name="malang")
    page = stage.login(one, "messi")
    second = Page(page.browser, other)
    second.open()
    second.login("lineker")
    page.browser.open(one.url)
    page.at_chat()
    assert page.browser.run("return document.querySelector('#me').textContent") == "messi"
