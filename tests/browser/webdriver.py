"""webdriver: a small client of chromedriver, by the W3C's WebDriver protocol (JSON over HTTP).

It starts chromedriver and headless browsers, and offers what the cases need of them. What a page
shows and whether that is right is the cases' matter.
"""

import base64
import http.client
import json
import os
import re
import subprocess
import time

PATIENCE_S = 60  # the time that a failing wait takes
LOOK_PAUSE_S = 0.05  # between two looks at a page that is to change
REPLY_S = 120  # the time that chromedriver may take for one command

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element, from the standard

# The keys that the protocol has in Unicode's private area.
KEYS = {
    "Backspace": "\ue003",
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Alt": "\ue00a",
    "Escape": "\ue00c",
    "Space": "\ue00d",
    "PageUp": "\ue00e",
    "PageDown": "\ue00f",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}

# Runs before any script of a page: violations of its policy and errors that nobody has caught.
WITNESS = """
(() => {
  const seen = [];
  Object.defineProperty(window, "kabarWitness", { value: seen });
  document.addEventListener("securitypolicyviolation", (event) =>
    seen.push("policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample));
  window.addEventListener("error", (event) => seen.push("error: " + event.message));
  window.addEventListener("unhandledrejection", (event) => seen.push("rejection: " + event.reason));
})();
"""


class WebDriverError(Exception):
    """What chromedriver answered instead of a result; kind is the standard's word."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Driver:
    """A running chromedriver, and the browsers that it has started."""

    def __init__(self, directory):
        """What it and the browsers leave behind when they are killed is in the directory."""
        self.browsers = []
        self.process = subprocess.Popen(
            ["chromedriver", "--port=0", f"--log-path={directory}/chromedriver.log"],
            env={**os.environ, "TMPDIR": directory},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.port = self._read_port()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REPLY_S)

    def _read_port(self):
        for line in self.process.stdout:
            found = re.search(rb"started successfully on port (\d+)", line)
            if found:
                return int(found[1])
        raise RuntimeError("chromedriver does not start")

    def command(self, method, path, body=None):
        """Sends one command; returns the value of its reply."""
        content = None if body is None else json.dumps(body)
        self.connection.request(
            method, path, content, {"Content-Type": "application/json; charset=utf-8"}
        )
        value = json.loads(self.connection.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(value["error"], value["message"])
        return value

    def start(self, directory, lang="en-US"):
        """Starts a browser that keeps its profile and its downloads in the directory."""
        browser = Browser(self, directory, lang)
        self.browsers.append(browser)
        return browser

    def stop(self):
        """Ends all browsers and chromedriver."""
        for browser in self.browsers:
            try:
                browser.command("DELETE", "")
            except (OSError, http.client.HTTPException, WebDriverError, ValueError):
                pass  # those who end all processes come behind
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Browser:
    """One headless browser with a profile of its own."""

    def __init__(self, driver, directory, lang):
        self.driver = driver
        self.lang = lang
        self.downloads = os.path.join(directory, "downloads")
        os.makedirs(self.downloads)
        capabilities = self._capabilities(os.path.join(directory, "profile"), lang)
        value = driver.command("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.path = f"/session/{value['sessionId']}"
        self.command("POST", "/timeouts", {"script": 30000, "pageLoad": 60000, "implicit": 0})
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=WITNESS)
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)
        self.forget()

    @staticmethod
    def _capabilities(profile, lang):
        arguments = [
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--disable-sync",
            "--no-first-run",
            "--no-default-browser-check",
            "--no-proxy-server",
            f"--user-data-dir={profile}",
            f"--lang={lang}",
            "--window-size=1280,900",
            # A mouse, which a headless browser does not have by itself.
            "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,"
            "availablePointerTypes=4",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium has none for root
        arguments.append("about:blank")
        return {
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "acceptInsecureCerts": True,  # a realm's own certificate has no authority
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": {"intl.accept_languages": lang},
                "perfLoggingPrefs": {"enableNetwork": True, "enablePage": False},
            },
        }

    def command(self, method, path, body=None):
        return self.driver.command(method, self.path + path, body)

    def cdp(self, name, **params):
        """Sends a command of the browser's own protocol; returns its result."""
        return self.command("POST", "/goog/cdp/execute", {"cmd": name, "params": params})

    # Pages.

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def title(self):
        return self.command("GET", "/title")

    def run(self, script, *args):
        """Runs the body of a function in the page; returns what it returns."""
        return self.command("POST", "/execute/sync", {"script": script, "args": list(args)})

    def run_async(self, script, *args):
        """The same, where the function's last argument is to be called with the result."""
        return self.command("POST", "/execute/async", {"script": script, "args": list(args)})

    def until(self, script, *args, why=None):
        """Waits until the function returns something true, and returns that."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            value = self.run(script, *args)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE_S} s: {why or script}")
            time.sleep(LOOK_PAUSE_S)

    def size(self, width, height):
        """Sets the size of the page's view, in CSS pixels; below 500 no window is that narrow."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def scheme(self, name):
        """Sets what the system prefers: light or dark."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.cdp("Emulation.setEmulatedMedia", features=features)

    def still(self):
        """Waits until nothing moves or fades any more."""
        self.until("return document.getAnimations().every((one) => one.playState === 'finished')",
                   why="nothing moves any more")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.command("GET", "/screenshot")))

    # Elements and keys.

    def find(self, css):
        """Waits for an element that is shown; returns its id, for the other calls."""
        script = """
            for (const element of document.querySelectorAll(arguments[0]))
              if (element.checkVisibility({ visibilityProperty: true })) return element;
            return null;"""
        return self.until(script, css, why=f"{css} is shown")[ELEMENT]

    def click(self, css):
        self._on_element(css, "click", {})

    def type(self, css, text):
        """Types into an element, as a person does: keys go one by one."""
        self._on_element(css, "value", {"text": text})

    def clear(self, css):
        self._on_element(css, "clear", {})

    def _on_element(self, css, command, body):
        """A page that draws itself anew may replace or cover what was found: then again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.command("POST", f"/element/{self.find(css)}/{command}", body)
            except WebDriverError as error:
                passing = ("stale element reference", "element click intercepted",
                           "element not interactable")
                if error.kind not in passing or time.monotonic() > deadline:
                    raise
            time.sleep(LOOK_PAUSE_S)

    def choose_files(self, css, *paths):
        """Puts files into an input for files, which need not be shown."""
        element = self.until("return document.querySelector(arguments[0])", css)[ELEMENT]
        self.command("POST", f"/element/{element}/value", {"text": "\n".join(paths)})

    def press(self, *keys):
        """Presses keys together on what has the focus: names of KEYS, or characters."""
        codes = [KEYS.get(key, key) for key in keys]
        actions = [{"type": "keyDown", "value": code} for code in codes]
        actions += [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self._act(actions)

    def write(self, text):
        """Types a text on what has the focus."""
        self._act([{"type": kind, "value": code} for code in text for kind in ("keyDown", "keyUp")])

    def _act(self, actions):
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.command("POST", "/actions", {"actions": [source]})

    # Tabs.

    def new_tab(self):
        return self.command("POST", "/window/new", {"type": "tab"})["handle"]

    def tab(self):
        return self.command("GET", "/window")

    def switch(self, handle):
        self.command("POST", "/window", {"handle": handle})

    def titles(self):
        """The titles of all tabs, also of those behind, which no other command reaches."""
        return [one["title"] for one in self.cdp("Target.getTargets")["targetInfos"]]

    def close_tab(self):
        self.command("DELETE", "/window")

    def close_other_tabs(self):
        """Leaves only the tab in use."""
        mine = self.tab()
        for handle in self.command("GET", "/window/handles"):
            if handle != mine:
                self.switch(handle)
                self.close_tab()
        self.switch(mine)

    # What is logged since the last call.

    def console(self):
        """The console's entries of errors: level, source and message."""
        entries = self.command("POST", "/se/log", {"type": "browser"})
        return [entry for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def network(self):
        """The events of the network: each a method and its params."""
        entries = self.command("POST", "/se/log", {"type": "performance"})
        return [json.loads(entry["message"])["message"] for entry in entries]

    def witness(self):
        """What the page itself has noticed: violations of its policy, errors nobody has caught."""
        return self.run("return (window.kabarWitness || []).splice(0)")

    def forget(self, origin=None):
        """Makes it a browser that has never seen a page, nor what this origin has stored."""
        self.close_other_tabs()
        self.open("about:blank")
        if origin:
            self.cdp("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Network.clearBrowserCache")
        self.cdp("Emulation.clearDeviceMetricsOverride")
        self.cdp("Emulation.setEmulatedMedia", features=[])
        self.console()
        self.network()
