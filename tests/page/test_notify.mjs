// What a notification and the title say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { setLanguage } from "../../src/dialect/web/page/text.js";

const { titleOf, wordsOf } = await import("../../src/dialect/web/page/notify.js");

setLanguage(["en"]);

test("a notification says who has written, where, and the beginning of it", () => {
	assert.deepEqual(wordsOf("messi", { from: "messi", text: "halo" }, false),
		{ title: "messi", body: "halo" });
	assert.deepEqual(wordsOf("#kopi", { from: "messi", text: "halo" }, false),
		{ title: "messi in #kopi", body: "halo" });
	assert.deepEqual(wordsOf("messi", { from: "messi", text: "x", file: { name: "gol.png" } }, false),
		{ title: "messi", body: "File: gol.png" });
	const long = wordsOf("messi", { from: "messi", text: "😀".repeat(20000) }, false).body;

	assert.equal(long, "😀".repeat(200));
});

test("what is to be hidden is hidden", () => {
	const { title, body } = wordsOf("messi", { from: "messi", text: "rahasia", file: { name: "rahasia" } }, true);

	assert.doesNotMatch(title + body, /rahasia/);
	assert.match(title, /messi/);
});

test("marks that turn the direction are shown as such", () => {
	assert.equal(wordsOf("messi", { from: "messi", text: "a\u202eb" }, false).body, "a\ufffdb");
});

test("the title has the unread number first, where a narrow tab shows it", () => {
	assert.equal(titleOf("surabaya", 0), "surabaya · kabar");
	assert.equal(titleOf("surabaya", 12), "(12) surabaya · kabar");
	assert.equal(titleOf("", 0), "kabar");
});
