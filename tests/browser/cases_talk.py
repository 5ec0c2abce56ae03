"""Cases of conversations: both sides, unread counts, older history, hostile texts."""

import time

from cases import case, post
from stage import REFUSED


# That a page does nothing shows only after a time; one that is too short fails no good page.
UNSEEN_S = 1.5


@case
def conversation(stage):
    """two users in two browsers hold a conversation"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    henderson = stage.login(realm, "henderson")
    messi.begin_with("henderson")
    messi.write("halo, gimana kabarnya?")
    sent = messi.shows("halo, gimana kabarnya?", own=True)
    henderson.shows_in_list("messi")
    henderson.talk_to("messi")
    got = henderson.shows("halo, gimana kabarnya?", own=False)
    assert sent["id"] == got["id"], "a message has one id on both sides"
    henderson.write("baik! dua\nbaris")
    messi.shows("baik! dua\nbaris", own=False)
    for n in range(5):
        (messi if n % 2 else henderson).write(f"pesan {n}")
    for page in (messi, henderson):
        for n in range(5):
            page.shows(f"pesan {n}")
    wanted = sorted(int(one["id"]) for one in messi.messages())
    for page in (messi, henderson):
        assert [int(one["id"]) for one in page.messages()] == wanted, "both see the same order"


@case
def other_device(stage):
    """what a user says with another program is shown as the user's own, once"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    line = realm.line("messi")
    post(line, "henderson", "dari hape")
    messi.shows_in_list("henderson")
    messi.talk_to("henderson")
    messi.shows("dari hape", own=True)
    messi.write("dari laptop")
    messi.shows("dari laptop", own=True)
    said = line.request("history henderson")["messages"]
    assert [one["text"] for one in said] == ["dari hape", "dari laptop"]
    line.close()


@case
def unread(stage):
    """unread counts in the list and in the title, and on all devices of a user"""
    realm = stage.realm()
    laptop = stage.login(realm, "henderson")
    phone = stage.login(realm, "henderson")
    line = realm.line("messi")
    for n in range(3):
        post(line, "henderson", f"pesan {n}")
    for page in (laptop, phone):
        page.shows_in_list("messi")
        page.until_unread("messi", 3)
        page.browser.until("return document.title.includes('(3)')", why="the title has the number")
    laptop.talk_to("messi")
    laptop.shows("pesan 2")
    for page in (laptop, phone):
        page.until_unread("messi", 0)
        page.browser.until("return !document.title.includes('(3)')", why="the title forgets it")
    post(line, "henderson", "masih di sana?")
    laptop.shows("masih di sana?")
    laptop.until_unread("messi", 0)
    line.close()


@case
def unread_while_hidden(stage):
    """a message counts as unread while the page is in a tab behind, and is read in front"""
    realm = stage.realm()
    henderson = stage.login(realm, "henderson")
    line = realm.line("messi")
    post(line, "henderson", "pertama")
    henderson.shows_in_list("messi")
    henderson.talk_to("messi")
    henderson.until_unread("messi", 0)
    browser = henderson.browser
    front = browser.tab()
    behind = browser.new_tab()
    browser.switch(behind)
    browser.open("about:blank")
    post(line, "henderson", "kedua")
    henderson.until(lambda: any("(1)" in one for one in browser.titles()),
                    "the title has the number")
    time.sleep(UNSEEN_S)
    kept = realm.line("henderson").request("conversations")["conversations"]
    assert kept[0]["unread"] == 1, "what nobody sees is not read"
    browser.close_tab()
    browser.switch(front)
    henderson.shows("kedua")
    browser.until("return !document.title.includes('(1)')", why="the title forgets it")
    henderson.until_unread("messi", 0)
    line.close()


RECORDER = """
  window.notified = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    constructor(title, options) { super(); window.notified.push([title, options.body]); }
    close() {}
  };
"""


@case
def notifications(stage):
    """where they are allowed, the desktop is told of messages while the page is behind"""
    realm = stage.realm()
    page = stage.page(realm)
    browser = page.browser
    script = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=RECORDER)["identifier"]
    page.open()
    page.login("henderson")
    line = realm.line("messi")
    post(line, "henderson", "di depan")
    page.shows_in_list("messi")
    front = browser.tab()
    browser.switch(browser.new_tab())
    post(line, "henderson", "<b>di belakang</b>")
    page.until(lambda: any("(2)" in one for one in browser.titles()), "the message has come")
    browser.close_tab()
    browser.switch(front)
    told = browser.run("return window.notified")
    assert told == [["messi", "<b>di belakang</b>"]], told
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    line.close()


IN_VIEW = """
  const log = document.querySelector("#messages").getBoundingClientRect();
  const one = document.querySelector(`#messages [data-id="${arguments[0]}"]`);
  const box = one && one.getBoundingClientRect();
  return box && box.bottom > log.top && box.top < log.bottom;
"""


@case
def history(stage):
    """older history comes as one scrolls up, whole and in order, and the view stays"""
    realm = stage.realm()
    line = realm.line("messi")
    count = 330
    for n in range(count):
        last = post(line, "henderson", f"nomor {n} " + "kata " * (n % 40))
    realm.line("henderson").request(f"read messi {last}")
    henderson = stage.login(realm, "henderson")
    henderson.talk_to("messi")
    newest = henderson.until_messages(
        lambda found: found and found[-1]["text"].startswith(f"nomor {count - 1} "),
        "the newest message is shown",
    )
    assert len(newest) < count, "not all messages are loaded at once"
    seen = {one["id"]: one["text"] for one in newest}
    browser = henderson.browser
    while henderson.texts()[0].split()[1] != "0":
        before = henderson.messages()[0]["id"]
        browser.run("document.querySelector('#messages').scrollTop = 0")
        found = henderson.until_messages(lambda found: found[0]["id"] != before, "older ones come")
        numbers = [int(one["text"].split()[1]) for one in found]
        assert numbers == list(range(numbers[0], numbers[0] + len(found))), "in order, without gaps"
        seen.update((one["id"], one["text"]) for one in found)
        assert browser.run(IN_VIEW, before), "the message that was on top is still in view"
    assert len(seen) == count
    browser.click("#newer")
    henderson.until_messages(lambda found: found[-1]["id"] == newest[-1]["id"], "the end is back")
    line.close()


@case
def wrong_password(stage):
    """a wrong password is refused with a sentence, and the right one works after it"""
    stage.allow(REFUSED)
    page = stage.page(stage.realm())
    page.try_login("messi", "malang")
    error = page.login_error()
    assert error, "the page says why"
    page.login("messi")


HOSTILE = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "\"><svg/onload=window.pwned=1>",
    "<iframe src=javascript:parent.pwned=1></iframe>",
    "<style>body { display: none }</style>",
    "&lt;b&gt; &amp; &#0; </div></body>",
    "${window.pwned=1} {{constructor.constructor('window.pwned=1')()}}",
    "javascript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    "http://127.0.0.1/\"onmouseover=\"window.pwned=1",
    "\u05e9\u05dc\u05d5\u05dd \u202eABC\u2066DEF \u200f(x)\u200e",
    "Z" + "\u0351\u0352\u0353" * 300,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ee\U0001f1e9 \ufeff\u0000\u0007\u2028",
    "x" * 20000,
]


def shown(text):
    """A text as a page shows it that lets no control character through."""
    hidden = [chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
    controls = [chr(n) for n in (*range(32), 127) if chr(n) not in "\n\t"]
    for one in hidden + controls:
        text = text.replace(one, "\ufffd")
    return text


def nothing_ran(page):
    """Nothing that was said has become more than text."""
    browser = page.browser
    assert browser.run("return window.pwned === undefined"), "a text has run"
    made = browser.run(
        "return document.querySelectorAll('#messages :is(script, img, svg, iframe, style)').length")
    assert made == 0, "a text has become elements"
    wide = browser.run(
        "const log = document.querySelector('#messages');"
        "return log.scrollWidth > log.clientWidth ||"
        "  document.scrollingElement.scrollWidth > innerWidth")
    assert not wide, "a text makes the page wider than it is"
    assert browser.run("return document.body.checkVisibility()")


@case
def hostile_texts(stage):
    """markup, scripts, marks of direction and endless words are shown as text"""
    realm = stage.realm()
    henderson = stage.login(realm, "henderson")
    line = realm.line("messi")
    line.request("features")
    for text in HOSTILE:
        post(line, "henderson", text)
    henderson.shows_in_list("messi")
    henderson.talk_to("messi")
    found = henderson.until_messages(lambda all_: len(all_) == len(HOSTILE), "all have come")
    for one, text in zip(found, HOSTILE):
        wanted = shown(text)
        same = one["text"] == wanted or len(text) > 2000 and one["text"].startswith(wanted[:500])
        assert same, f"{text[:40]!r} is shown as {one['text'][:60]!r}"
    for width in (1280, 360):
        henderson.browser.size(width, 740)
        nothing_ran(henderson)
    line.close()


@case
def longest_text(stage):
    """a text of nearly 64 KB goes from page to page whole"""
    realm = stage.realm()
    messi = stage.login(realm, "messi")
    henderson = stage.login(realm, "henderson")
    messi.begin_with("henderson")
    text = ("panjang " * 8150)[:65000].strip()
    messi.write(text)
    henderson.shows_in_list("messi")
    henderson.talk_to("messi")
    start = text[:200]
    for page in (messi, henderson):
        page.until_messages(
            lambda found: found and found[-1]["id"] and found[-1]["text"].startswith(start),
            "the text is shown")
        page.browser.run("const one = document.querySelector('#messages .more-text');"
                         "if (one) one.click()")
        page.until_messages(lambda found: text in found[-1]["text"], "the whole text is shown")
        nothing_ran(page)
    line = realm.line("henderson")
    assert line.request("history messi")["messages"][0]["text"] == text
    line.close()


@case
def links(stage):
    """addresses in texts become links that give nothing away, and nothing else does"""
    realm = stage.realm()
    henderson = stage.login(realm, "henderson")
    line = realm.line("messi")
    post(line, "henderson", "lihat https://kabar.example/a?b=1&c=2#d dan javascript:alert(1)")
    henderson.shows_in_list("messi")
    henderson.talk_to("messi")
    henderson.until_messages(len, "the message is shown")
    found = henderson.browser.run(
        "return [...document.querySelectorAll('#messages .text a')].map("
        "(one) => [one.href, one.rel, one.target])")
    assert len(found) == 1 and found[0][0] == "https://kabar.example/a?b=1&c=2#d", found
    assert "noopener" in found[0][1] and found[0][2] == "_blank", found
    line.close()
