"""Cases of files: up by button, drop and paste, down by the page's link, whole."""

import hashlib
import os
import struct
import urllib.error
import urllib.parse
import urllib.request
import zlib

from cases import case
from stage import UNREACHABLE

LARGE = 20 * 1024 * 1024
SETTINGS = "file_max = 64M"

# A file that comes from elsewhere than the button: an event of this kind at an element.
HAND_OVER = """
  const [kind, selector, name, type, text] = arguments;
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type }));
  const init = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, { ...init, clipboardData: data })
    : new DragEvent(kind, { ...init, dataTransfer: data });
  document.querySelector(selector).dispatchEvent(event);
"""


def make_file(stage, name, size):
    """A file of random bytes in a directory of its own; returns its path and its SHA-256."""
    directory = stage.path("files")
    os.makedirs(directory)
    content = os.urandom(size)
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(content)
    return path, hashlib.sha256(content).hexdigest()


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def file_link(page, name):
    """Waits for the message about a file; returns the selector of its link."""
    page.browser.until(
        "return [...document.querySelectorAll('#messages .file')].some((one) =>"
        " one.dataset.name === arguments[0] && one.closest('.message').dataset.id)",
        name, why=f"the file {name} is shown")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'#messages .file[data-name="{quoted}"] a'


def no_uploads(page):
    page.browser.until("return !document.querySelector('#uploads .upload')",
                       why="no upload is on its way")


def two_talk(stage, settings=SETTINGS):
    realm = stage.realm(settings=settings)
    messi, henderson = stage.login(realm, "messi"), stage.login(realm, "henderson")
    messi.begin_with("henderson")
    henderson.begin_with("messi")
    return realm, messi, henderson


@case
def file_both_ways(stage):
    """a file of 20 MB goes up and down whole, in both directions"""
    _, messi, henderson = two_talk(stage)
    for n, (sender, receiver) in enumerate(((messi, henderson), (henderson, messi))):
        name = f"video{n}.bin"
        path, digest = make_file(stage, name, LARGE)
        sender.browser.choose_files("#file-input", path)
        no_uploads(sender)
        file_link(sender, name)
        receiver.browser.click(file_link(receiver, name))
        assert sha256(receiver.downloaded(name)) == digest, "the file is another one"


def set_upload_rate(browser, rate):
    """The bytes a second that the browser sends at most; -1: all that it can."""
    browser.cdp("Network.enable")
    browser.cdp("Network.emulateNetworkConditions", offline=False, latency=0,
                downloadThroughput=-1, uploadThroughput=rate)


def upload_slowly(browser, path):
    """Begins an upload that lasts; returns while it is on its way."""
    set_upload_rate(browser, 300000)
    browser.choose_files("#file-input", path)
    browser.until("const one = document.querySelector('#uploads progress');"
                  "return one && one.value > 0 && one.value < one.max",
                  why="the upload is on its way")


@case
def file_server_killed(stage):
    """the server is killed during an upload: the file arrives whole, and once"""
    stage.allow(UNREACHABLE)
    realm, messi, henderson = two_talk(stage)
    path, digest = make_file(stage, "penting.bin", LARGE)
    upload_slowly(messi.browser, path)
    realm.kill()
    set_upload_rate(messi.browser, -1)
    realm.start()
    link = file_link(henderson, "penting.bin")
    no_uploads(messi)
    for page in (messi, henderson):
        assert [one["file"] for one in page.messages()] == ["penting.bin"], page.messages()
    henderson.browser.click(link)
    assert sha256(henderson.downloaded("penting.bin")) == digest, "the file is another one"
    kept = realm.line("messi").request("history henderson")["messages"]
    assert len(kept) == 1, kept


@case
def file_stopped(stage):
    """an upload that is stopped leaves nothing, and the next one goes"""
    stage.allow(UNREACHABLE)
    realm, messi, henderson = two_talk(stage)
    browser = messi.browser
    path, _ = make_file(stage, "lambat.bin", LARGE)
    upload_slowly(browser, path)
    browser.click("#uploads .upload-stop")
    no_uploads(messi)
    messi.until(lambda: any(one["method"] == "Network.loadingFailed" and one["params"]["canceled"]
                            for one in browser.network()), "the request is given up")
    set_upload_rate(browser, -1)
    path, digest = make_file(stage, "kecil.bin", 1000)
    browser.choose_files("#file-input", path)
    henderson.browser.click(file_link(henderson, "kecil.bin"))
    assert sha256(henderson.downloaded("kecil.bin")) == digest
    kept = realm.line("messi").request("files henderson")["files"]
    assert [one["name"] for one in kept] == ["kecil.bin"], kept


@case
def file_names(stage):
    """names of files that are markup, or turn the direction, are shown as text"""
    _, messi, henderson = two_talk(stage)
    names = ["<b>&\"'.txt", "<img src=x onerror=alert(1)>.txt".replace(" ", "_"),
             "laporan\u202etxt.exe", "#50%?a=b&c.txt", "kopi\u2615\U0001f600.txt", "..a"]
    for name in names:
        path, digest = make_file(stage, name, 500)
        messi.browser.choose_files("#file-input", path)
        shown = name.replace("\u202e", "\ufffd")
        link = file_link(henderson, name)
        henderson.until_messages(lambda found: found[-1]["file"] == shown, f"{shown} is shown")
        before = set(os.listdir(henderson.browser.downloads))
        henderson.browser.click(link)
        got = new_download(henderson, before)
        assert sha256(got) == digest, name
    made = henderson.browser.run("return document.querySelectorAll("
                                 "'#messages .file b, #messages .file-name img').length")
    assert made == 0


def new_download(page, before):
    """Waits for one more file that is whole; returns its path."""
    name = page.until(
        lambda: next((one for one in os.listdir(page.browser.downloads)
                      if one not in before and not one.endswith(".crdownload")
                      and not one.startswith(".")), None),
        "the download ends")
    return os.path.join(page.browser.downloads, name)


def png(width, height):
    """A picture of one colour."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content
                + struct.pack(">I", zlib.crc32(kind + content)))

    rows = (b"\0" + b"\x30\x80\xc0" * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2,
            0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


@case
def pictures(stage):
    """a picture is shown small; what only says that it is one is shown as a file"""
    _, messi, henderson = two_talk(stage)
    path, _ = make_file(stage, "bukan.png", 300)
    messi.browser.choose_files("#file-input", path)
    file_link(henderson, "bukan.png")
    path, _ = make_file(stage, "gambar.png", 0)
    with open(path, "wb") as file:
        file.write(png(900, 600))
    messi.browser.choose_files("#file-input", path)
    file_link(henderson, "gambar.png")
    size = henderson.browser.until(
        "const one = document.querySelector('.file[data-name=\"gambar.png\"] img');"
        "if (one) one.scrollIntoView();"
        "return one && one.naturalWidth === 900 && [one.clientWidth, one.clientHeight]",
        why="the picture is shown")
    assert 0 < size[0] <= 240 and 0 < size[1] <= 240, size
    henderson.browser.until("return !document.querySelector('.file[data-name=\"bukan.png\"] img')",
                            why="no broken picture is shown")


@case
def drop_and_paste(stage):
    """files come by drag and drop and by pasting"""
    _, messi, henderson = two_talk(stage)
    messi.browser.run(HAND_OVER, "drop", "#messages", "jatuh.txt", "text/plain", "dijatuhkan")
    file_link(henderson, "jatuh.txt")
    messi.browser.run(HAND_OVER, "paste", "#composer-text", "tempel.bin", "application/x", "x")
    file_link(henderson, "tempel.bin")
    henderson.browser.click(file_link(henderson, "jatuh.txt"))
    with open(henderson.downloaded("jatuh.txt"), encoding="utf-8") as file:
        assert file.read() == "dijatuhkan"


@case
def file_alone(stage):
    """a file that is opened by itself runs nothing and is no page, and strangers do not get it"""
    realm, messi, _ = two_talk(stage)
    path, _ = make_file(stage, "halaman.html", 0)
    with open(path, "w", encoding="utf-8") as file:
        file.write("<script>parent.pwned = 1</script>")
    messi.browser.choose_files("#file-input", path)
    link = file_link(messi, "halaman.html")
    url = messi.browser.run("return document.querySelector(arguments[0]).href", link)
    answer = messi.browser.run_async(
        "const [url, done] = arguments; fetch(url).then(async (one) => done("
        "[one.status, Object.fromEntries(one.headers), await one.text()]))", url)
    status, headers, text = answer
    assert status == 200 and text == "<script>parent.pwned = 1</script>", answer
    assert headers["content-disposition"].startswith("attachment"), headers
    assert headers["x-content-type-options"] == "nosniff", headers
    assert headers["content-type"] == "application/octet-stream", headers
    assert "sandbox" in headers["content-security-policy"], headers
    try:
        urllib.request.urlopen(url, timeout=60)
        raise AssertionError("a stranger gets the file")
    except urllib.error.HTTPError as error:
        assert error.code == 401, error.code
    assert urllib.parse.urlsplit(url).port == realm.port
