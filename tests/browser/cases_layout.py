"""Cases of what is visible: at the widths of a telephone and of a desktop, light and dark, for the
keyboard alone and for readers of screens."""

import axe
from cases import case, post

WIDTHS = {360: 740, 1280: 900}

# The interactive elements that are shown, each with its box; in a dialog only the dialog's.
BOXES = """
  const root = document.querySelector("dialog[open]") || document.body;
  const inside = "button, input, textarea, select, a[href], h2, [role=status]";
  const all = [...root.querySelectorAll(inside)].filter((one) =>
    one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !one.closest("[inert], .hidden-visually, #messages, .skip, ul, [role=list]"));
  const named = (one) => one.id || one.tagName + " " + one.className + " " + one.textContent.trim();
  return all.map((one) => {
    const box = one.getBoundingClientRect();
    const parents = all.filter((other) => other !== one && other.contains(one)).map(named);
    const top = document.elementFromPoint(
      (box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return { name: named(one), left: box.left, top: box.top, right: box.right,
      bottom: box.bottom, parents, reached: one.contains(top) || !!top && top.contains(one) };
  }).filter((one) => one.right - one.left > 1 && one.bottom - one.top > 1);
"""


def overlap(one, other):
    """Whether two boxes have more than a hair in common."""
    return (
        min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 1
    )


def looks_right(page, *wanted):
    """Nothing is wider than the page, overlaps or lies outside; what is wanted is there."""
    browser = page.browser
    browser.still()
    width, height, needed = browser.run(
        "return [innerWidth, innerHeight, document.scrollingElement.scrollWidth]")
    where = f"at {width} px"
    assert needed <= width, f"{where} the page scrolls sideways: it needs {needed} px"
    boxes = browser.run(BOXES)
    for box in boxes:
        name = box["name"]
        assert box["left"] >= -1 and box["right"] <= width + 1, f"{where} {name} sticks out"
        for other in boxes:
            related = name in other["parents"] or other["name"] in box["parents"]
            if other is not box and not related:
                assert not overlap(box, other), f"{where} {name} overlaps {other['name']}"
    there = {box["name"]: box for box in boxes}
    for name in wanted:
        assert name in there, f"{where} {name} is not shown"
        box = there[name]
        assert box["top"] >= -1 and box["bottom"] <= height + 1, f"{where} {name} is outside"
        assert box["reached"], f"{where} {name} is covered"


def fill(realm):
    """Conversations and messages of all kinds; messi is the one who looks."""
    henderson, messi = realm.line("henderson"), realm.line("messi")
    messi.request("addgroup kopi")
    henderson.request("joingroup kopi")
    for n in range(12):
        realm.add_user(f"pemain{n}", f"Pemain Nomor {n} Yang Bernama Sangat Panjang Sekali")
        post(messi, f"pemain{n}", f"halo {n}")
    for n in range(8):
        post(henderson, "messi", f"pesan {n} " + "panjang " * (n * 7))
        post(messi, "henderson", f"balasan {n} " + "https://kabar.example/" + "x" * 20 * n)
        post(henderson, "#kopi", f"kopi {n}")
    henderson.close()
    messi.close()


@case
def layout_login(stage):
    """the login at both widths"""
    page = stage.page(stage.realm())
    for width, height in WIDTHS.items():
        page.browser.size(width, height)
        looks_right(page, "login-user", "login-password", "login-submit", "register-toggle")
        page.browser.click("#register-toggle")
        page.browser.find("#register-name")
        looks_right(page, "login-user", "login-password")
        page.browser.click("#register-toggle")


@case
def layout_chat(stage):
    """the list and a conversation at both widths"""
    realm = stage.realm()
    fill(realm)
    page = stage.login(realm, "messi")
    page.browser.size(1280, WIDTHS[1280])
    page.shows_in_list("henderson")
    looks_right(page, "search", "new-conversation", "new-group", "menu")
    page.talk_to("henderson")
    page.shows("balasan 0 https://kabar.example/")
    looks_right(page, "search", "menu", "file-button", "composer-text", "composer-send")
    page.browser.size(360, WIDTHS[360])
    looks_right(page, "talk-back", "file-button", "composer-text", "composer-send")
    page.browser.click("#talk-back")
    page.browser.find("#search")
    looks_right(page, "search", "new-conversation", "new-group", "menu")
    page.talk_to("#kopi")
    page.shows("kopi 7")
    looks_right(page, "talk-back", "composer-text", "composer-send")


def show_list(page):
    """Where a conversation takes the place of the list, goes back to the list."""
    if page.browser.run("return document.querySelector('#talk-back').checkVisibility()"):
        page.browser.click("#talk-back")
    page.browser.find("#new-conversation")


def dialogs(page):
    """Opens each dialog of the page, yields its name and closes it."""
    browser = page.browser
    for opener in ("new-conversation", "new-group"):
        browser.click(f"#{opener}")
        browser.find("dialog[open]")
        yield opener
        browser.press("Escape")
        page.no_dialog()
    for opener in ("people", "groups", "notify", "password", "sessions", "blocked", "help"):
        browser.click("#menu")
        browser.click(f"#menu-{opener}")
        browser.find("dialog[open]")
        yield opener
        browser.press("Escape")
        page.no_dialog()
    for who in ("henderson", "#kopi"):
        page.talk_to(who)
        browser.click("#talk-info")
        browser.find("dialog[open]")
        yield who
        browser.press("Escape")
        page.no_dialog()
        show_list(page)


@case
def layout_dialogs(stage):
    """each dialog at both widths"""
    realm = stage.realm()
    fill(realm)
    page = stage.login(realm, "messi")
    page.shows_in_list("henderson")
    for width, height in WIDTHS.items():
        page.browser.size(width, height)
        show_list(page)
        for _ in dialogs(page):
            looks_right(page)


def accessible(page, script, what):
    found = axe.findings(page.browser, script)
    assert not found, f"{what}: {'; '.join(found)}"


@case
def axe_login(stage):
    """axe-core finds nothing serious in the login, light and dark"""
    script = axe.source(stage.artefacts)
    page = stage.page(stage.realm())
    for scheme in ("light", "dark"):
        page.browser.scheme(scheme)
        accessible(page, script, f"{scheme} login")
        page.browser.click("#register-toggle")
        page.browser.find("#register-name")
        accessible(page, script, f"{scheme} registration")
        page.browser.click("#register-toggle")


@case
def axe_chat(stage):
    """axe-core finds nothing serious in list, conversation and dialogs, light and dark"""
    script = axe.source(stage.artefacts)
    realm = stage.realm()
    fill(realm)
    page = stage.login(realm, "messi")
    page.shows_in_list("henderson")
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.browser.scheme(scheme)
        page.browser.size(width, WIDTHS[width])
        show_list(page)
        accessible(page, script, f"{scheme} list")
        for name in dialogs(page):
            accessible(page, script, f"{scheme} dialog of {name}")
        for who in ("henderson", "#kopi"):
            page.talk_to(who)
            accessible(page, script, f"{scheme} conversation with {who}")
            show_list(page)


@case
def dark(stage):
    """the page is light or dark as the system is"""
    page = stage.page(stage.realm())
    lightness = {}
    for scheme in ("light", "dark"):
        page.browser.scheme(scheme)
        colours = page.browser.run(
            "const style = getComputedStyle(document.body);"
            "return [style.backgroundColor, style.color].map("
            "(one) => one.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0))")
        lightness[scheme] = colours
    assert lightness["light"][0] > 600 > 300 > lightness["light"][1], lightness
    assert lightness["dark"][0] < 300 < lightness["dark"][1], lightness


@case
def keyboard(stage):
    """with the keyboard alone: log in, pick a conversation, send, and come back"""
    realm = stage.realm()
    post(realm.line("henderson"), "messi", "halo")
    post(realm.line("lineker"), "messi", "hai")
    page = stage.page(realm)
    browser = page.browser
    focused = "return document.activeElement.id"
    until_focus(browser, "login-user")
    browser.write("messi")
    browser.press("Tab")
    assert browser.run(focused) == "login-password"
    browser.write("surabaya")
    browser.press("Enter")
    page.at_chat()
    page.shows_in_list("henderson")
    to_list(browser)
    row = "return (document.activeElement.closest('[data-with]') || { dataset: {} }).dataset.with"
    for _ in range(3):
        if browser.run(row) == "henderson":
            break
        browser.press("ArrowDown")
    assert browser.run(row) == "henderson", "arrows go through the list"
    browser.press("Enter")
    until_focus(browser, "composer-text")
    browser.write("dari papan ketik")
    browser.press("Enter")
    page.shows("dari papan ketik", own=True)
    assert browser.run(focused) == "composer-text", "the focus stays for the next message"
    browser.write("baris")
    browser.press("Shift", "Enter")
    browser.write("kedua")
    browser.press("Enter")
    page.shows("baris\nkedua", own=True)


def until_focus(browser, name):
    browser.until("return document.activeElement.id === arguments[0]", name,
                  why=f"{name} has the focus")


def to_list(browser):
    """Tab leads to the list within as many stops as a page may have before it."""
    for _ in range(20):
        browser.press("Tab")
        if browser.run("return !!document.activeElement.closest('#conversations')"):
            return
    raise AssertionError("Tab does not lead to the list")


@case
def focus_returns(stage):
    """a dialog takes the focus, Escape closes it, and the focus is where it was"""
    page = stage.login(stage.realm(), "messi")
    browser = page.browser
    browser.click("#new-conversation")
    browser.until("const one = document.querySelector('dialog[open]');"
                  "return one && one.contains(document.activeElement)", why="the dialog has focus")
    browser.press("Escape")
    page.no_dialog()
    until_focus(browser, "new-conversation")


@case
def indonesian(stage):
    """a browser of Indonesian has the page in Indonesian, with all texts that English has"""
    realm = stage.realm()
    english = stage.page(realm)
    other = stage.page(realm, lang="id-ID")
    words = [page.browser.run("return document.body.innerText") for page in (english, other)]
    lang = [page.browser.run("return document.documentElement.lang") for page in (english, other)]
    assert lang == ["en", "id"], lang
    assert words[0] != words[1]
    label = other.browser.run("return document.querySelector('#login-submit').textContent.trim()")
    assert "Masuk" in label, label
    other.login("messi")
    english.login("henderson")
    other.begin_with("henderson")
    other.write("apa kabar?")
    other.shows("apa kabar?")
    day = other.browser.run("return document.querySelector('#messages .day').textContent")
    assert "Hari ini" in day, day
    for page in (english, other):
        missing = page.browser.run(
            "return [...document.querySelectorAll('[data-t], [data-t-label], [data-t-title],"
            " [data-t-placeholder]')].map((one) => [one.dataset.t, one.textContent])"
            ".filter((one) => one[0] && one[0] === one[1]).map((one) => one[0])")
        assert not missing, f"without a text: {missing}"


@case
def heard(stage):
    """readers of screens are told of a new message, of names and of states"""
    realm = stage.realm()
    page = stage.login(realm, "messi")
    line = realm.line("henderson")
    post(line, "messi", "satu")
    page.shows_in_list("henderson")
    page.talk_to("henderson")
    page.shows("satu")
    roles = page.browser.run(
        "return [['#messages', 'log'], ['#status', 'status'], ['#conversations', 'list']].map("
        "(one) => document.querySelector(one[0]).getAttribute('role') === one[1])")
    assert roles == [True, True, True], roles
    nameless = page.browser.run(
        "return [...document.querySelectorAll('button, input, textarea')].filter((one) =>"
        " one.checkVisibility() && !one.computedName && !(one.getAttribute('aria-label') ||"
        " one.textContent.trim() || (one.labels && one.labels.length))).map((one) => one.id)")
    assert not nameless, nameless
