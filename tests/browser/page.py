"""page: kabar's page in a browser, as its user works with it.

It knows the ids and classes of the page, so that the cases need not. Each step waits until the page
shows what it leads to.
"""

import os
import time

from realm import PASSWORD
from webdriver import LOOK_PAUSE_S, PATIENCE_S

# The messages of the open conversation: of each its id, text, author, state, and whether it is own.
MESSAGES = """
  return [...document.querySelectorAll("#messages .message")].map((one) => ({
    id: one.dataset.id || "",
    own: one.dataset.own === "true",
    text: (one.querySelector(".text") || { textContent: "" }).textContent,
    from: (one.querySelector(".from") || { textContent: "" }).textContent,
    state: (one.querySelector(".state") || { dataset: {} }).dataset.state || "",
    file: (one.querySelector(".file-name") || { textContent: "" }).textContent,
  }));
"""

UNREAD = """
  const one = document.querySelector(`#conversations [data-with="${CSS.escape(arguments[0])}"]`);
  if (!one) return null;
  const badge = one.querySelector(".unread");
  return badge && badge.checkVisibility() ? Number(badge.dataset.count) : 0;
"""


def entry(who):
    """The selector of a conversation in the list."""
    return f'#conversations [data-with="{who}"]'


class Page:
    """The page of one user in one browser."""

    def __init__(self, browser, realm):
        self.browser = browser
        self.realm = realm

    def open(self):
        self.browser.open(self.realm.url)
        self.at_login()

    # Who is there.

    def at_login(self):
        self.browser.until("return document.body.dataset.screen === 'login'", why="the login shows")

    def at_chat(self):
        self.browser.until("return document.body.dataset.screen === 'chat'", why="the chat shows")
        self.online()

    def online(self):
        self.browser.until(
            "return document.querySelector('#status').dataset.state === 'online'",
            why="the page is connected",
        )

    def login(self, user, password=PASSWORD):
        self.try_login(user, password)
        self.at_chat()

    def try_login(self, user, password):
        self.browser.clear("#login-user")
        self.browser.type("#login-user", user)
        self.browser.clear("#login-password")
        self.browser.type("#login-password", password)
        self.browser.click("#login-submit")

    def login_error(self):
        return self.browser.until(
            "return document.querySelector('#login-error').textContent.trim()",
            why="the login tells an error",
        )

    # Conversations.

    def talk_to(self, who):
        """Opens a conversation that the list has."""
        self.browser.click(f"{entry(who)} button")
        self.at_talk(who)

    def at_talk(self, who):
        """Waits until this conversation is open."""
        self.browser.until(
            "return document.querySelector('#talk-name').textContent === arguments[0] &&"
            " document.querySelector('#composer-text').checkVisibility()",
            who, why=f"the conversation with {who} is open",
        )

    def begin_with(self, who):
        """Opens a conversation with somebody whom the list need not have."""
        self.browser.click("#new-conversation")
        self.browser.type("#new-conversation-who", who)
        self.browser.press("Enter")
        self.no_dialog()
        self.at_talk(who)

    def no_dialog(self):
        self.browser.until("return !document.querySelector('dialog[open]')", why="no dialog shows")

    def write(self, text):
        """Puts a text into the composer, as by pasting it, and sends it."""
        self.browser.find("#composer-text")
        self.browser.run(
            "const box = document.querySelector('#composer-text'); box.focus();"
            "box.value = arguments[0]; box.dispatchEvent(new Event('input', { bubbles: true }))",
            text,
        )
        self.browser.click("#composer-send")

    def messages(self):
        return self.browser.run(MESSAGES)

    def texts(self):
        return [one["text"] for one in self.messages()]

    @staticmethod
    def until(condition, why):
        """Waits until the condition returns something true; returns that."""
        deadline = time.monotonic() + PATIENCE_S
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE_S} s: {why}")
            time.sleep(LOOK_PAUSE_S)
        return value

    def until_messages(self, condition, why):
        """Waits until the condition holds for the list of messages; returns the list."""
        found = []

        def holds():
            found[:] = self.messages()
            return condition(found)

        try:
            self.until(holds, why)
        except AssertionError as error:
            shown = [one["text"][:40] for one in found[-8:]]
            raise AssertionError(f"{error}; the last are {shown}") from None
        return found

    def shows(self, text, own=None, times=1):
        """Waits until a message of this text is shown, so many times; returns the last of them."""
        def fits(one):
            return one["text"] == text and one["id"] and own in (None, one["own"])

        found = self.until_messages(
            lambda all_: sum(1 for one in all_ if fits(one)) == times, f"{text[:40]!r} is shown"
        )
        return [one for one in found if fits(one)][-1]

    def unread(self, who):
        """The unread count that the list shows; None: the list does not have the conversation."""
        return self.browser.run(UNREAD, who)

    def until_unread(self, who, count):
        self.browser.until(
            f"return (() => {{ {UNREAD} }})(...arguments) === arguments[1]",
            who, count, why=f"{who} has {count} unread",
        )

    def shows_in_list(self, who):
        self.browser.find(entry(who))

    # Files.

    def downloaded(self, name):
        """Waits for the end of a download; returns the path of the file."""
        path = os.path.join(self.browser.downloads, name)
        self.until(lambda: os.path.exists(path), f"{name} is downloaded")
        return path
