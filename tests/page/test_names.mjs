// Names as people type them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isBlockable, isName, parseWho } from "../../src/dialect/web/page/names.js";

test("names are those that the server takes", () => {
	for (const good of ["a", "messi", "a.b-c_d", "_x", "9", "x".repeat(64)])
		assert.ok(isName(good), good);
	for (const bad of ["", "-a", ".a", "a b", "a@b", "#a", "é", "a\n", "a\nb", "x".repeat(65)])
		assert.ok(!isName(bad), bad);
});

test("a conversation is named with its realm, if that is another", () => {
	assert.deepEqual(parseWho(" messi ", "surabaya"),
		{ who: "messi", group: false, name: "messi", realm: "" });
	assert.deepEqual(parseWho("#kopi@malang", "surabaya"),
		{ who: "#kopi@malang", group: true, name: "kopi", realm: "malang" });
	assert.equal(parseWho("messi@Surabaya", "surabaya").who, "messi");
});

test("what is no name opens nothing", () => {
	for (const bad of ["", "#", "@malang", "a@", "a@b@c", "a b", "##a", "a\r\nlogout"])
		assert.equal(parseWho(bad, "surabaya"), null, bad);
});

test("users and realms are blocked, groups are not", () => {
	for (const good of ["messi", "messi@malang", "@malang"])
		assert.ok(isBlockable(good), good);
	for (const bad of ["", "@", "#kopi", "a b", "a@b c"])
		assert.ok(!isBlockable(bad), bad);
});
