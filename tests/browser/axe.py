"""axe: the accessibility checker axe-core, from npm's registry: this version and no other."""

import base64
import hashlib
import os
import subprocess
import tarfile

NAME = "axe-core-4.10.3.tgz"
PACKAGE = "axe-core@4.10.3"
# As the registry's own metadata has it (dist.integrity).
SHA512 = "Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="
FETCH_S = 120

CHECK = """
  const [done] = arguments;
  const options = { resultTypes: ["violations"] };
  const place = document.querySelector("dialog[open]") || document;
  axe.run(place, options).then((result) => done(result.violations.map((one) => ({
    id: one.id, impact: one.impact, help: one.help,
    targets: one.nodes.map((node) => node.target.join(" ") + ": " + node.failureSummary),
  }))), (error) => done(String(error)));
"""


def fetch(directory):
    """The path of the package, which npm gets unless it is there already."""
    path = os.path.join(directory, NAME)
    if not os.path.exists(path):
        os.makedirs(directory, exist_ok=True)
        subprocess.run(
            ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", directory,
             PACKAGE],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=FETCH_S,
            check=True,
        )
    return path


def source(directory):
    """The checker's script; an error if the package is not the one that was looked at."""
    path = fetch(directory)
    with open(path, "rb") as file:
        digest = base64.b64encode(hashlib.sha512(file.read()).digest()).decode()
    if digest != SHA512:
        os.remove(path)
        raise RuntimeError(f"{NAME} is not what it was: sha512-{digest}")
    with tarfile.open(path) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


def findings(browser, script):
    """The serious and critical violations that the page shows now: a list of sentences."""
    browser.still()
    if not browser.run("return 'axe' in window"):
        browser.cdp("Runtime.evaluate", expression=script)  # which no policy of a page forbids
    found = browser.run_async(CHECK)
    if isinstance(found, str):
        raise RuntimeError(found)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {' | '.join(one['targets'][:3])}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
