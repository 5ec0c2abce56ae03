"""Cases in which the server goes away, and of its own ways to be reached."""

from cases import case, post
from stage import UNREACHABLE


def send_all(pages, texts):
    """Each page writes its texts, one after the other, and both at a time."""
    for pair in zip(*texts):
        for page, text in zip(pages, pair):
            page.write(text)


@case
def server_killed(stage):
    """the server is killed and comes again while both type: each message arrives once"""
    stage.allow(UNREACHABLE)
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    henderson = stage.login(realm, "henderson")
    messi.begin_with("henderson")
    henderson.begin_with("messi")
    pages = (messi, henderson)
    said = []
    for n in range(2):
        texts = [[f"{who} {n}.{i}" for i in range(9)] for who in ("messi", "henderson")]
        said += texts[0] + texts[1]
        send_all(pages, [one[:3] for one in texts])
        realm.kill()
        send_all(pages, [one[3:6] for one in texts])
        realm.start()
        send_all(pages, [one[6:] for one in texts])
        for page in pages:
            page.online()
    for page in pages:
        page.until_messages(
            lambda found: len(found) >= len(said) and all(one["id"] for one in found),
            "all that was said has come")
        texts = page.texts()
        doubled = sorted({text for text in texts if texts.count(text) > 1})
        assert not doubled, f"said twice: {doubled}"
        assert sorted(texts) == sorted(said), f"lost: {set(said) - set(texts)}"
    ids = [[int(one["id"]) for one in page.messages()] for page in pages]
    assert ids[0] == ids[1] == sorted(ids[0]), "both see the same, in the server's order"
    for who in ("messi", "henderson"):
        own = [one["text"] for one in messi.messages() if one["text"].startswith(who)]
        assert own == sorted(own), "the words of each are in the order in which they were typed"
    kept = realm.line("messi").request("history henderson 500")["messages"]
    assert len(kept) == len(said), "the server has each once"


@case
def session_of_two_tabs(stage):
    """words that wait in one tab for the server go once, although another tab is opened"""
    stage.allow(UNREACHABLE)
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    messi.begin_with("henderson")
    realm.kill()
    said = [f"menunggu {n}" for n in range(3)]
    for text in said:
        messi.write(text)
    realm.start()
    messi.browser.switch(messi.browser.new_tab())
    messi.browser.open(realm.url)
    messi.at_chat()
    messi.shows_in_list("henderson")
    messi.talk_to("henderson")
    messi.until_messages(lambda found: [one["text"] for one in found if one["id"]] == said,
                         "all have come")
    assert messi.texts() == said, messi.texts()
    line = realm.line("henderson")
    kept = line.request("history messi")["messages"]
    assert [one["text"] for one in kept] == said, kept
    line.close()


@case
def draft(stage):
    """what is typed and not sent stays, in another conversation and after a reload"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    messi.begin_with("henderson")
    messi.browser.type("#composer-text", "belum selesai")
    messi.begin_with("lineker")
    value = "return document.querySelector('#composer-text').value"
    assert messi.browser.run(value) == ""
    messi.begin_with("henderson")
    assert messi.browser.run(value) == "belum selesai"
    messi.browser.command("POST", "/refresh", {})
    messi.at_chat()
    messi.at_talk("henderson")
    assert messi.browser.run(value) == "belum selesai"


@case
def reload_keeps_login(stage):
    """a page that is loaded anew is logged in and shows what came meanwhile"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    messi.begin_with("henderson")
    messi.write("sebelum")
    messi.shows("sebelum")
    post(realm.line("henderson"), "messi", "sesudah")
    messi.browser.open(realm.url)
    messi.at_chat()
    messi.talk_to("henderson")
    messi.shows("sebelum", own=True)
    messi.shows("sesudah", own=False)


@case
def prefix(stage):
    """below a prefix the page works alike"""
    realm = stage.realm(prefix="/chat")
    messi = stage.login(realm, "messi")
    messi.begin_with("henderson")
    messi.write("halo")
    messi.shows("halo")


@case
def cookie(stage):
    """the session is in a cookie that no script can read, and in no address"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    assert messi.browser.run("return document.cookie") == ""
    cookies = messi.browser.command("GET", "/cookie")
    assert [one["name"] for one in cookies] == ["kabar-surabaya"], cookies
    assert cookies[0]["httpOnly"] and cookies[0]["sameSite"] == "Strict", cookies
    token = cookies[0]["value"]
    urls = messi.browser.run("return [location.href, ...performance.getEntries().map("
                             "(one) => one.name)]")
    assert not any(token in url for url in urls)


@case
def tls(stage):
    """over TLS the page works alike, and its cookie goes nowhere else"""
    realm = stage.realm(tls=True)
    messi = stage.login(realm, "messi")
    messi.begin_with("henderson")
    messi.write("halo")
    messi.shows("halo")
    cookies = messi.browser.command("GET", "/cookie")
    assert cookies[0]["secure"] and cookies[0]["httpOnly"], cookies
