// Texts as they are shown: text and links, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";

// As much of a document as a line needs.
class Element {
	constructor(tag) {
		Object.assign(this, { tag, dataset: {}, attributes: {}, children: [], className: "" });
		this.classList = { add: name => { this.className += " " + name; } };
	}

	setAttribute(name, value) {
		this.attributes[name] = String(value);
	}

	addEventListener(name, listener) {
		this["on " + name] = listener;
	}

	append(...children) {
		this.children.push(...children);
	}

	replaceChildren(...children) {
		this.children = children;
	}

	focus() {}

	set textContent(text) {
		this.children = [text];
	}

	get textContent() {
		return this.children.map(child => child.textContent ?? child).join("");
	}

	find(wanted) {
		return this.children.filter(child => child instanceof Element).flatMap(child =>
			[...wanted(child) ? [child] : [], ...child.find(wanted)]);
	}
}

globalThis.document = { createElement: tag => new Element(tag), documentElement: {} };
const { makeLine } = await import("../../src/dialect/web/page/line.js");

function show(text, kind = "user") {
	const line = makeLine({ model: {} }, { with: "messi", kind },
		{ id: 1, time: "2026-01-01T00:00:00Z", from: "messi", text, own: false, file: null, delivery: "" });

	return line.find(one => /\btext\b/.test(one.className))[0];
}

function links(text) {
	return show(text).find(one => one.tag === "a").map(one => one.attributes.href);
}

test("addresses become links, without the signs behind them", () => {
	assert.deepEqual(links("lihat https://example.org/a?b=c#d."), ["https://example.org/a?b=c#d"]);
	assert.deepEqual(links("(http://example.org/)"), ["http://example.org/"]);
	assert.deepEqual(links("https://example.org/a_(b)!"), ["https://example.org/a_(b)"]);
	assert.deepEqual(links("http://a.example http://b.example"), ["http://a.example/", "http://b.example/"]);
});

test("nothing else becomes one", () => {
	for (const text of ["javascript:alert(1)", "data:text/html,x", "//example.org", "http://", "xhttp://a.b",
		"https://%", "ftp://a.example", "mailto:a@b.example"])
		assert.deepEqual(links(text), [], text);
});

test("a link tells the other side nothing, and its text is what was written", () => {
	const [link] = show("https://example.org/%41?q=<b>").find(one => one.tag === "a");

	assert.match(link.attributes.rel, /\bnoopener\b/);
	assert.match(link.attributes.rel, /\bnoreferrer\b/);
	assert.equal(link.textContent, "https://example.org/%41?q=");
});

test("the whole text is shown, as text", () => {
	for (const text of ["<b>x</b><script>1</script>", "a http://b.example c", "baris\nbaris", "&amp;"])
		assert.equal(show(text).textContent, text);
	assert.deepEqual(show("<img src=x>").find(() => true), []);
});

test("marks that turn the direction, and controls, are shown as such", () => {
	assert.equal(show("a\u202eb\u0000c\u2066d").textContent, "a\ufffdb\ufffdc\ufffdd");
});

test("a long text is folded between characters, and unfolds whole", () => {
	const text = "😀".repeat(20000);
	const shown = show(text);

	assert.ok(shown.textContent.length < 4000);
	assert.ok(shown.textContent.isWellFormed?.() ?? true);
	shown.find(one => /more-text/.test(one.className))[0]["on click"]();
	assert.equal(shown.textContent, text);
});

test("thousands of addresses in one text cost little", () => {
	const before = performance.now();

	assert.ok(links("http://a.example ".repeat(150)).length <= 200);
	show("http://" + "a".repeat(60000));
	show("https://a.example/" + ".".repeat(60000));
	assert.ok(performance.now() - before < 5000);
});
