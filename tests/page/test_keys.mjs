// Each text of the page is used somewhere in it, and none is missing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { texts as en } from "../../src/dialect/web/page/en.js";
import { code, names, page } from "./tree.mjs";

const modules = names(".js").filter(name => name !== "en.js" && name !== "id.js");
const sources = modules.map(code).join("\n");
const markup = names(".html").map(page).join("\n");

// What is asked for by its whole name.
function usedKeys() {
	const inScripts = [...sources.matchAll(/\bt\(\s*"([^"]+)"(?!\s*\+)/g)];
	const inMarkup = [...markup.matchAll(/\bdata-t(?:-\w+)?="([^"]+)"/g)];

	return new Set([...inScripts, ...inMarkup].map(match => match[1]));
}

test("no key is used that is missing", () => {
	for (const key of usedKeys())
		assert.ok(Object.hasOwn(en, key), key);
	for (const [, start] of sources.matchAll(/\bt\(\s*"([^"]+)"\s*\+/g))
		assert.ok(Object.keys(en).some(key => key.startsWith(start)), start);
});

test("every key is used", () => {
	const used = usedKeys();
	const starts = [...sources.matchAll(/"((?:\w+\.)+)"\s*\+/g)].map(match => match[1]);
	const left = Object.keys(en).filter(key => !used.has(key) && !sources.includes(`"${key}"`) &&
		!starts.some(start => key.startsWith(start)) && !/Hint$/.test(key));

	assert.deepEqual(left, []);
});
