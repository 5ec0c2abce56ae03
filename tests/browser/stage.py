"""stage: what a case has: realms and browsers of its own, and what is to be seen when it fails.

A browser is used by one case after another, and forgets all between them. Nothing outlives the
stage: it ends every process that descends from this one.
"""

import os
import re
import shutil
import tempfile
import urllib.parse

from page import Page
from realm import Realm, adopt_orphans, end_descendants
from webdriver import Driver

# Said by a server that is broken, whatever the case tries.
BROKEN = re.compile(r".*(?:ERROR: \w+Sanitizer|runtime error:|its sandbox does not allow).*")

# Said in the console where a case tries what is refused, or ends a server.
REFUSED = r"the server responded with a status of 40[0-9]"
UNREACHABLE = r"WebSocket connection to .* failed|ERR_CONNECTION_|ERR_EMPTY_RESPONSE"


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Stage:
    """All that one run of cases starts."""

    def __init__(self, build, artefacts):
        adopt_orphans()
        self.build = build
        self.artefacts = artefacts
        self.directory = tempfile.mkdtemp(prefix="kabar-browser-")
        self.driver = None
        self.idle = []  # browsers that no case uses
        self.counter = 0
        self.begin("")

    def begin(self, case):
        """A new case begins."""
        self.case = case
        self.realms = []
        self.pages = []
        self.allowed = []

    def path(self, name):
        """A path of its own below the temporary directory."""
        self.counter += 1
        return os.path.join(self.directory, f"{self.counter}-{name}")

    # What cases ask for.

    def make_realm(self, name="surabaya", **more):
        """A realm that does not run yet."""
        realm = Realm(self.build, self.path(name), name, **more)
        self.realms.append(realm)
        return realm

    def realm(self, **more):
        """The same, running."""
        return self.make_realm(**more).start()

    def page(self, realm, lang="en-US"):
        """The page of the realm in a browser that has never seen it."""
        browser = next((one for one in self.idle if one.lang == lang), None)
        if browser:
            self.idle.remove(browser)
        else:
            if self.driver is None:
                self.driver = Driver(self.directory)
            browser = self.driver.start(self.path("browser"), lang)
        page = Page(browser, realm)
        self.pages.append(page)
        page.open()
        return page

    def login(self, realm, user, **more):
        """The same, with a user who has logged in."""
        page = self.page(realm, **more)
        page.login(user)
        return page

    def allow(self, pattern):
        """Lets the console have errors that match."""
        self.allowed.append(re.compile(pattern))

    # The end of a case.

    def complaints(self):
        """What browsers noticed of which the case knows nothing: a list of sentences."""
        said = []
        for page in self.pages:
            browser = page.browser
            said += [entry["message"] for entry in browser.console() if entry["level"] == "SEVERE"]
            said += browser.witness()
            said += [f"asked for {url}" for url in self._foreign(browser)]
        for realm in self.realms:
            said += BROKEN.findall(realm.read_log())
        return [one for one in said if not any(known.search(one) for known in self.allowed)]

    def _foreign(self, browser):
        """Requests to others than the case's realms."""
        own = {f"127.0.0.1:{realm.port}" for realm in self.realms}
        for event in browser.network():
            if event["method"] == "Network.requestWillBeSent":
                url = event["params"]["request"]["url"]
            elif event["method"] == "Network.webSocketCreated":
                url = event["params"]["url"]
            else:
                continue
            parts = urllib.parse.urlsplit(url)
            if parts.scheme not in ("blob", "data", "about") and parts.netloc not in own:
                yield url

    def keep_artefacts(self):
        """Saves what shows why the case has failed; returns where."""
        directory = os.path.join(self.artefacts, self.case)
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        for n, page in enumerate(self.pages):
            try:
                page.browser.screenshot(os.path.join(directory, f"{n}.png"))
                dom = page.browser.run("return document.documentElement.outerHTML")
                write_text(os.path.join(directory, f"{n}.html"), dom)
                said = page.browser.witness() + [one["message"] for one in page.browser.console()]
                write_text(os.path.join(directory, f"{n}.console"), "\n".join(said) + "\n")
            except Exception as error:  # a browser that does not answer is no reason to hide more
                print(f"    no picture of browser {n}: {error}")
        for realm in self.realms:
            shutil.copy(realm.log, os.path.join(directory, f"{realm.name}.log"))
        return directory

    def end(self):
        """The case ends: its realms do, and its browsers become idle."""
        for realm in self.realms:
            realm.close()
            shutil.rmtree(realm.directory, ignore_errors=True)
        for page in self.pages:
            page.browser.forget(page.realm.origin)
            self.idle.append(page.browser)
        self.begin("")

    def abandon(self):
        """The same where a browser may not answer any more: all of them end."""
        for realm in self.realms:
            realm.close()
        self.begin("")
        self._end_browsers()

    def _end_browsers(self):
        if self.driver is not None:
            self.driver.stop()
        self.driver = None
        self.idle = []
        end_descendants()

    def close(self):
        """Ends everything and removes all files."""
        for realm in self.realms:
            realm.close()
        self._end_browsers()
        shutil.rmtree(self.directory, ignore_errors=True)
