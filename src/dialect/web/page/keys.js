// Shortcuts of the keyboard, and the dialog that tells them.

import { el, openDialog } from "./dom.js";
import { t } from "./text.js";

const byId = id => document.getElementById(id);

const SHORTCUTS = [
	[["Enter"], "keys.send"], [["Shift", "Enter"], "keys.line"], [["Ctrl", "K"], "keys.search"],
	[["\u2191", "\u2193"], "keys.list"], [["Alt", "\u2191"], "keys.previous"], [["Alt", "\u2193"], "keys.next"],
	[["Alt", "End"], "keys.end"], [["Esc"], "keys.back"], [["?"], "keys.help"],
];

let app;

export function setup(theApp) {
	app = theApp;
	byId("menu-help").addEventListener("click", showHelp);
	document.addEventListener("keydown", pressKey);
}

function showHelp() {
	openDialog("help", t("keys.title"), body => {
		const list = el("dl", { class: "keys" });

		for (const [keys, text] of SHORTCUTS)
			list.append(el("div", {}, el("dt", {}, ...keys.map(key => el("kbd", { text: key }))),
				el("dd", { text: t(text) })));
		body.append(list);
	});
}

function isTyping() {
	return document.activeElement?.matches("input, textarea, select") ?? false;
}

// The conversation before or after the open one in the list.
function step(by) {
	const all = [...byId("conversations").children].map(row => row.dataset.with);
	const at = all.indexOf(app.current);
	const next = at < 0 ? all[0] : all[at + by];

	if (next)
		app.open(next);
}

function escape() {
	if (app.current === "")
		return;
	const row = byId("conversations").querySelector("[aria-current]");

	// On a phone the list takes the place of the conversation; beside it, it takes the focus.
	if (getComputedStyle(byId("talk-back")).display !== "none")
		app.close();
	else
		(row ?? byId("search")).focus();
}

function chosen(event) {
	if (event.altKey && !event.ctrlKey && !event.metaKey)
		return { ArrowUp: () => step(-1), ArrowDown: () => step(1),
			End: () => byId("newer").click() }[event.key];
	if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k")
		return () => byId("search").focus();
	if (event.key === "Escape")
		return escape;
	return event.key === "?" && !isTyping() ? showHelp : undefined;
}

function pressKey(event) {
	const act = chosen(event);

	if (!act || !app.model || event.isComposing || document.querySelector("dialog[open]"))
		return;
	event.preventDefault();
	act();
}
