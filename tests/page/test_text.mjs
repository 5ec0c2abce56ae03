// The texts of the page: the same keys in each language, and a sentence for each refusal; how a text
// gets its values, its number and its language.

import assert from "node:assert/strict";
import { test } from "node:test";

import { texts as en } from "../../src/dialect/web/page/en.js";
import { texts as id } from "../../src/dialect/web/page/id.js";
import { bytesOf, choose, codeText, errorText, has, setLanguage, t }
	from "../../src/dialect/web/page/text.js";
import { read } from "./tree.mjs";

function forms(text) {
	return typeof text === "string" ? [text] : Object.values(text);
}

function placeholders(text) {
	const found = forms(text).flatMap(form => form.match(/\{\w+\}/g) ?? []);

	return [...new Set(found)].sort();
}

test("both languages have the same keys", () => {
	assert.deepEqual(Object.keys(id).sort(), Object.keys(en).sort());
	assert.ok(Object.keys(en).length > 200);
});

test("no text is empty, and one with a number has both its forms", () => {
	for (const table of [en, id])
		for (const [key, text] of Object.entries(table))
			for (const form of forms(text))
				assert.match(form, /\S/, key);
	for (const [key, text] of Object.entries(en)) {
		if (typeof text === "object") {
			assert.deepEqual(Object.keys(text).sort(), ["one", "other"], key);
			assert.ok(id[key].other, key);
		}
	}
});

test("a text has the same values in both languages", () => {
	for (const key of Object.keys(en))
		assert.deepEqual(placeholders(id[key]), placeholders(en[key]), key);
});

test("no Indonesian text was forgotten in English", () => {
	const same = Object.keys(en).filter(key => typeof en[key] === "string" && en[key] === id[key] &&
		/[a-z]+ [a-z]+/i.test(en[key].replace(/\{\w+\}/g, "")));

	assert.deepEqual(same, []);
});

test("each word of the server has its sentence", () => {
	const words = [...read("src/dialect/code.c").matchAll(/\bCODE\((\w+)\),/g)].map(match => match[1]);

	assert.ok(words.length > 25);
	words.push("UNKNOWN", "LOST", "OFFLINE", "NETWORK");
	for (const word of words)
		for (const table of [en, id])
			assert.ok(table["code." + word], word);
});

test("each reason of another realm has its sentence", () => {
	const manual = read("man/kabar-peering.7");
	const list = manual.slice(manual.indexOf("The reasons are"));
	const words = [...list.slice(0, list.indexOf(".El")).matchAll(/^\.It Ql (\w+)/gm)];

	assert.ok(words.length > 8);
	for (const [, word] of words)
		assert.notEqual(codeText(word), "", word);
	for (const word of ["expired", "dropped", "no_realm"])
		assert.notEqual(codeText(word), "", word);
	assert.equal(codeText("nothing_of_ours"), "");
});

test("the language is the first that the page has", () => {
	assert.equal(choose(["id-ID", "en"]).language, "id");
	assert.equal(choose(["de", "en-GB", "id"]).language, "en");
	assert.equal(choose(["de", "en-GB", "id"]).locale, "en-GB");
	assert.equal(choose(["jv-ID", "en"]).language, "id");
	assert.equal(choose(["in"]).language, "id");
	assert.equal(choose(["fr"]).language, "en");
	assert.equal(choose([]).language, "en");
	assert.equal(choose(["constructor", "toString"]).language, "en");
});

test("a text has its values, and the form of its number", () => {
	setLanguage(["en-US"]);
	assert.equal(t("groups.members", { n: 1 }), "1 member");
	assert.equal(t("groups.members", { n: 0 }), "0 members");
	assert.equal(t("groups.members", { n: 1234 }), "1,234 members");
	setLanguage(["id"]);
	assert.equal(t("groups.members", { n: 1 }), "1 anggota");
	assert.equal(t("groups.members", { n: 1234 }), "1.234 anggota");
	setLanguage(["en"]);
});

test("a value is not read as a text, and keeps its direction to itself", () => {
	assert.equal(t("people.infoOf", { who: "{who} $& $1" }), "About {who} $& $1");
	assert.equal(t("people.infoOf", { who: "\u202eabc\u2069" }), "About \u2068\ufffdabc\ufffd\u2069");
	assert.equal(t("people.infoOf", { who: "\u05d0\u05d1" }), "About \u2068\u05d0\u05d1\u2069");
	assert.equal(t("people.infoOf", {}), "About {who}");
});

test("a key that is missing shows itself, also one that every object has", () => {
	assert.equal(t("no.such"), "no.such");
	assert.equal(t("constructor"), "constructor");
	assert.equal(has("toString"), false);
});

test("a refusal is a sentence by the first that is known of it", () => {
	setLanguage(["en"]);
	assert.equal(errorText({ code: "NO_USER", message: "User tidak ditemukan" }), en["code.NO_USER"]);
	assert.equal(errorText({ status: 403, code: "LOCKED" }), en["code.LOCKED"]);
	assert.equal(errorText({ status: 413 }), en["http.413"]);
	assert.equal(errorText({ status: 0 }), en["http.0"]);
	assert.match(errorText({ message: "tidak mau" }), /tidak mau/);
	assert.match(errorText({ status: 418 }), /418/);
	assert.equal(errorText({ sentence: "Ours.", code: "FAILED" }), "Ours.");
});

test("a refusal that passes says when", () => {
	setLanguage(["en"]);
	assert.match(errorText({ code: "TOO_SOON", message: "coba lagi dalam 7 detik" }), /in 7 seconds/);
	assert.match(errorText({ status: 429, retryAfter: "1" }), /in 1 second\./);
	assert.equal(errorText({ code: "TOO_SOON", message: "nanti" }), en["code.TOO_SOON"]);
});

test("sizes are for people", () => {
	setLanguage(["en"]);
	assert.equal(bytesOf(0), "0 bytes");
	assert.equal(bytesOf(1), "1 byte");
	assert.equal(bytesOf(999), "999 bytes");
	assert.equal(bytesOf(1000), "1 kB");
	assert.equal(bytesOf(9940), "9.9 kB");
	assert.equal(bytesOf(20 * 1000 * 1000), "20 MB");
	assert.equal(bytesOf(999999), "1 MB");
	setLanguage(["id"]);
	assert.equal(bytesOf(1500000), "1,5 MB");
	setLanguage(["en"]);
});
