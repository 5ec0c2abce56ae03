// Rules for the page's own files: nothing is read as markup, nothing comes from elsewhere, nothing
// is inline, and all together stay small.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { code, names, page, read } from "./tree.mjs";

const COMPRESSED_MAX = 100000;
const scripts = names(".js");

test("no script makes markup or code of a text", () => {
	const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\b|new Function|srcdoc|\.on\w+\s*=\s*["'`]/;

	for (const name of scripts)
		assert.doesNotMatch(code(name), forbidden, name);
});

test("modules are found beside each other, and each is used", () => {
	const used = new Set(["main.js"]);

	for (const name of scripts) {
		for (const [, path] of code(name).matchAll(/^import\b[^;"]*"([^"]+)"/gm)) {
			assert.match(path, /^\.\/[a-z]+\.js$/, name);
			assert.ok(scripts.includes(path.slice(2)), `${name}: ${path}`);
			used.add(path.slice(2));
		}
	}
	assert.deepEqual(scripts.filter(name => !used.has(name)), []);
});

test("what a module takes of another is there", async () => {
	for (const name of scripts) {
		const exported = new Map();

		for (const [, list, path] of code(name).matchAll(/import\s*\{([^}]*)\}\s*from\s*"\.\/([^"]+)"/g)) {
			if (!exported.has(path))
				exported.set(path, code(path));
			for (const item of list.split(",").map(one => one.trim().split(/\s+as\s/)[0]).filter(Boolean)) {
				const made = new RegExp(`export\\s+(?:async\\s+)?(?:function|class|const|let)\\s+(?:\\w+,\\s*)*${item}\\b`);
				const passed = new RegExp(`export\\s*\\{[^}]*\\b${item}\\b[^}]*\\}`);

				assert.ok(made.test(exported.get(path)) || passed.test(exported.get(path)),
					`${name}: ${item} of ${path}`);
			}
		}
	}
});

test("no module needs itself in a circle", () => {
	const needs = new Map(scripts.map(name =>
		[name, [...code(name).matchAll(/^import\b[^;"]*"\.\/([^"]+)"/gm)].map(match => match[1])]));

	function walk(name, path) {
		assert.ok(!path.includes(name), [...path, name].join(" -> "));
		for (const next of needs.get(name) ?? [])
			walk(next, [...path, name]);
	}
	for (const name of scripts)
		walk(name, []);
});

test("nothing is fetched from elsewhere, and nothing is inline", () => {
	for (const name of names(".html")) {
		const text = page(name);

		assert.doesNotMatch(text, /\b(?:src|href|action)="(?:[a-z]+:|\/)/i, name);
		assert.doesNotMatch(text, /<style|\bstyle=|\bon[a-z]+="/i, name);
		assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)/i, name);
	}
	for (const name of names(".css"))
		assert.doesNotMatch(page(name), /@import|url\(\s*["']?(?!data:|#)/i, name);
	for (const name of scripts)
		assert.doesNotMatch(code(name), /["'`](?:https?|wss?):\/\/(?!www\.w3\.org\/2000\/svg")[\w.]/, name);
});

test("the elements that scripts ask for by id are in the page or made by a script", () => {
	const markup = names(".html").map(page).join("");
	const all = scripts.map(code).join("\n");
	const asked = all.matchAll(/(?:getElementById|byId)\("([^"]+)"\)/g);

	for (const [, id] of asked)
		assert.ok(markup.includes(`id="${id}"`) || all.includes(`id: "${id}"`), id);
});

test("all files together are small, and known to the makefile", () => {
	const files = names().filter(name => !name.startsWith("."));
	const makefile = read("Makefile.am");
	let sum = 0;

	for (const name of files) {
		sum += gzipSync(page(name), { level: 9 }).length;
		assert.ok(makefile.includes("src/dialect/web/page/" + name), name);
	}
	assert.ok(sum < COMPRESSED_MAX, String(sum));
});
