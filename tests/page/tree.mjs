// The files of the page as they lie in the tree, for tests that read them.

import { readFileSync, readdirSync } from "node:fs";

const top = new URL("../../", import.meta.url);
const folder = new URL("src/dialect/web/page/", top);

export function read(path) {
	return readFileSync(new URL(path, top), "utf8");
}

// The names of the page's files, or of those that end so.
export function names(ending = "") {
	return readdirSync(folder).filter(name => name.endsWith(ending)).sort();
}

export function page(name) {
	return readFileSync(new URL(name, folder), "utf8");
}

// Without comments, so that a word in one proves nothing.
export function code(name) {
	return page(name).replace(/^\s*\/\/.*$/gm, "");
}
