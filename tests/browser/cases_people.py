"""Cases of groups, of people, and of other realms."""

from cases import case, key, post


def make_group(page, name, private=False):
    page.browser.click("#new-group")
    page.browser.type("#new-group-name", name)
    if private:
        page.browser.click("#new-group-private")
    page.browser.click("#new-group-form-submit")
    page.no_dialog()
    page.at_talk(f"#{name}")


def open_groups(page):
    page.browser.click("#menu")
    page.browser.click("#menu-groups")
    page.browser.find("#dialog-groups")


def join_group(page, name):
    open_groups(page)
    page.browser.click(f'#dialog-groups [data-group="{name}"] > button:not(.row)')
    page.no_dialog()
    page.at_talk(f"#{name}")


def members(page, *wanted):
    """Opens the dialog about the group that is open; waits until these are its members."""
    page.browser.click("#talk-info")
    page.browser.until(
        "return JSON.stringify([...document.querySelectorAll('#group-members [data-who]')].map("
        "(one) => one.dataset.who).sort()) === arguments[0]",
        '["' + '","'.join(sorted(wanted)) + '"]', why=f"the members are {wanted}")


def close_dialog(page):
    page.browser.press("Escape")
    page.no_dialog()


@case
def group(stage):
    """a group: made, found, joined, talked in, its members seen, and left"""
    realm = stage.realm()
    messi, henderson = stage.login(realm, "messi"), stage.login(realm, "henderson")
    make_group(messi, "kopi")
    messi.write("siapa mau kopi?")
    messi.shows("siapa mau kopi?")
    join_group(henderson, "kopi")
    henderson.write("mau!")
    for page in (messi, henderson):
        one = page.shows("mau!")
    messi.write("tubruk?")
    henderson.shows("tubruk?", own=False)
    one = messi.shows("mau!", own=False)
    assert "henderson" in one["from"], one
    assert "siapa mau kopi?" not in henderson.texts(), "what was said before joining is not shown"
    members(messi, "messi", "henderson")
    close_dialog(messi)
    members(henderson, "messi", "henderson")
    henderson.browser.click("#dialog-group .dialog-actions .danger")
    henderson.browser.click("#dialog-leave-ok")
    henderson.no_dialog()
    henderson.until(lambda: henderson.unread("#kopi") is None, "the list forgets the group")
    messi.write("ke mana?")
    messi.shows("ke mana?")
    members(messi, "messi")
    close_dialog(messi)
    assert henderson.unread("#kopi") is None


@case
def group_private(stage):
    """a private group: only those who are invited see and join it; its owner removes one"""
    realm = stage.realm()
    messi, henderson = stage.login(realm, "messi"), stage.login(realm, "henderson")
    make_group(messi, "rahasia", private=True)
    open_groups(henderson)
    henderson.browser.until("return document.querySelector('#dialog-groups .empty')",
                            why="no group is shown to a stranger")
    close_dialog(henderson)
    messi.browser.click("#talk-info")
    messi.browser.type("#invite-who", "henderson")
    messi.browser.click("#invite-submit")
    messi.browser.until("return document.querySelector('#dialog-group').textContent.includes("
                        "'henderson')", why="the invitation is shown")
    close_dialog(messi)
    join_group(henderson, "rahasia")
    henderson.write("terima kasih")
    messi.shows("terima kasih", own=False)
    members(messi, "messi", "henderson")
    messi.browser.click('#group-members [data-who="henderson"] .danger')
    messi.browser.click("#dialog-kick-ok")
    henderson.until(lambda: henderson.unread("#rahasia") is None, "who was removed is told")


@case
def people_online(stage):
    """who is online, what is public of a user, and a conversation from there"""
    realm = stage.realm()
    messi, henderson = stage.login(realm, "messi"), stage.login(realm, "henderson")
    messi.browser.click("#menu")
    messi.browser.click("#menu-people")
    messi.browser.find('#dialog-people [data-who="henderson"]')
    assert not messi.browser.run("return document.querySelector('#dialog-people"
                                 " [data-who=lineker]')"), "lineker is not online"
    messi.browser.click('#dialog-people li:has([data-who="henderson"]) .about')
    messi.browser.until("const one = document.querySelector('#dialog-info');"
                        "return one && one.textContent.includes('Jordan Henderson') &&"
                        " one.textContent.includes('Inggris')", why="the user is described")
    close_all(messi)
    post(realm.line("messi"), "henderson", "halo")
    messi.talk_to("henderson")
    presence = ("return document.querySelector('#talk-sub').textContent === arguments[0]")
    messi.browser.until(presence, "online", why="henderson is online")
    henderson.browser.click("#menu")
    henderson.browser.click("#menu-logout")
    henderson.at_login()
    messi.browser.until(presence, "offline", why="henderson is not online any more")


def close_all(page):
    """Closes one dialog after the other."""
    while page.browser.run("return !!document.querySelector('dialog[open]')"):
        page.browser.press("Escape")


@case
def blocked(stage):
    """who is blocked is not heard, until that ends"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    line = realm.line("henderson")
    post(line, "messi", "satu")
    messi.shows_in_list("henderson")
    messi.talk_to("henderson")
    messi.shows("satu")
    messi.browser.click("#talk-info")
    messi.browser.click("#dialog-info .danger")
    messi.browser.click("#dialog-block-ok")
    messi.browser.until("return !document.querySelector('#dialog-block')")
    close_all(messi)
    refused = line.ask(f"post {key()} messi dua")
    assert refused["code"] == "BLOCKED", refused
    post(realm.line("lineker"), "messi", "tiga")
    messi.shows_in_list("lineker")
    assert "dua" not in messi.texts()
    messi.browser.click("#menu")
    messi.browser.click("#menu-blocked")
    messi.browser.click('#dialog-blocked [data-who="henderson"] button')
    messi.browser.find("#dialog-blocked .empty")
    close_all(messi)
    post(line, "messi", "empat")
    messi.shows("empat")


@case
def search(stage):
    """the search shows the conversations whose names have the letters"""
    realm = stage.realm()
    line = realm.line("messi")
    for who in ("henderson", "lineker"):
        post(line, who, "halo")
    messi = stage.login(realm, "messi")
    messi.shows_in_list("henderson")
    messi.shows_in_list("lineker")
    messi.browser.type("#search", "LINE")
    messi.until(lambda: messi.unread("henderson") is None, "others are left out")
    messi.shows_in_list("lineker")
    messi.browser.press("Escape")
    messi.shows_in_list("henderson")


NAMES = ["<img src=x onerror=window.pwned=1>", "<script>window.pwned=1</script>",
         "\u202eterbalik\u2066 x", "A\u0351\u0352" * 12, "W" * 128]


@case
def hostile_names(stage):
    """full names that are markup or turn the direction are shown as text, and break no layout"""
    realm = stage.realm()
    lines = []
    for n, name in enumerate(NAMES):
        realm.add_user(f"orang{n}", name)
        lines.append(realm.line(f"orang{n}"))
        lines[-1].request("watch")
        post(lines[-1], "messi", "halo")
    messi = stage.login(realm, "messi")
    for width in (1280, 360):
        messi.browser.size(width, 740)
        messi.browser.click("#menu")
        messi.browser.click("#menu-people")
        for n in range(len(NAMES)):
            messi.browser.find(f'#dialog-people [data-who="orang{n}"]')
        shown = messi.browser.run("return document.querySelector('#dialog-people').textContent")
        assert NAMES[0] in shown and NAMES[1] in shown, shown
        assert "\u202e" not in shown and "\u2066" not in shown, "marks of direction come through"
        wide = messi.browser.run(
            "const one = document.querySelector('#dialog-people');"
            "return [document.scrollingElement.scrollWidth > innerWidth,"
            " one.scrollWidth > one.clientWidth + 1]")
        assert wide == [False, False], f"a name makes the page wider at {width} px: {wide}"
        close_all(messi)
    assert messi.browser.run("return window.pwned === undefined && "
                             "!document.querySelector('dialog img, dialog script')")


@case
def other_realm(stage):
    """users of two realms talk: both sides, and what became of the words"""
    surabaya, malang = stage.make_realm("surabaya"), stage.make_realm("malang")
    surabaya.peer_with(malang)
    surabaya.start()
    malang.start()
    messi = stage.login(surabaya, "messi")
    lineker = stage.login(malang, "lineker")
    messi.begin_with("lineker@malang")
    messi.write("halo malang")
    messi.shows("halo malang", own=True)
    lineker.shows_in_list("messi@surabaya")
    lineker.talk_to("messi@surabaya")
    lineker.shows("halo malang", own=False)
    messi.until_messages(lambda found: found and found[-1]["state"] == "delivered",
                         "the message is delivered")
    lineker.write("halo surabaya")
    messi.shows("halo surabaya", own=False)
    messi.begin_with("siapa@malang")
    messi.write("ada orang?")
    messi.until_messages(lambda found: found and found[-1]["state"] == "refused",
                         "nobody has this name there")
