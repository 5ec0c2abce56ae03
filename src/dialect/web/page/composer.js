// The line in which one writes: Enter sends, Shift and Enter begin a new line. What is typed stays a
// draft of its conversation until it is sent.

import { scrollToEnd } from "./conversation.js";
import { t } from "./text.js";

const DRAFT_MS = 300;
const REQUEST_BYTES = 256;	// what stands before the text in a request, at most

const byId = id => document.getElementById(id);

let app;
let draftTimer;
let who = "";

export function setup(theApp) {
	app = theApp;
	byId("composer").addEventListener("submit", event => {
		event.preventDefault();
		send();
	});
	byId("composer-text").addEventListener("keydown", pressKey);
	byId("composer-text").addEventListener("input", changed);
	addEventListener("pagehide", keepDraft);
	app.on("open", about => change(about.with));
	app.on("logout", ({ keep }) => {
		if (keep)
			keepDraft();
		clearTimeout(draftTimer);
		who = "";
		setText("");
	});
}

function pressKey(event) {
	// While an input method composes a word, Enter is for the word.
	if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229)
		return;
	event.preventDefault();
	send();
}

function setText(text) {
	byId("composer-text").value = text;
	fit();
	tell("");
}

// Grows with its lines; CSS says how far.
function fit() {
	const text = byId("composer-text");

	text.style.height = "auto";
	text.style.height = text.scrollHeight + 2 + "px";
	byId("composer-send").disabled = text.value.trim() === "";
}

function changed() {
	fit();
	tell("");
	clearTimeout(draftTimer);
	draftTimer = setTimeout(keepDraft, DRAFT_MS);
}

function keepDraft() {
	clearTimeout(draftTimer);
	if (who && app.model)
		app.model.setDraft(who, byId("composer-text").value);
}

// Another conversation: its draft takes the place of the one before.
function change(next) {
	const conversation = next ? app.model.get(next) : undefined;

	if (who !== next)
		keepDraft();
	who = next;
	if (!conversation)
		return;
	const isServer = conversation.kind === "server";

	setText(app.model.draft(who));
	byId("composer").classList.toggle("off", isServer);
	for (const id of ["composer-text", "file-button"])
		byId(id).disabled = isServer;
	byId("composer-text").placeholder = t(isServer ? "composer.server" : "composer.text");
	// On a phone the keyboard would hide what one came to read.
	byId(!isServer && matchMedia("(hover: hover)").matches ? "composer-text" : "talk-name")
		.focus({ preventScroll: true });
}

function tell(sentence) {
	byId("composer-error").textContent = sentence;
}

function isTooLong(text) {
	return new TextEncoder().encode(text).length > app.model.limits.line - REQUEST_BYTES;
}

function send() {
	const text = byId("composer-text").value;

	if (text.trim() === "" || !app.model || !who)
		return;
	if (isTooLong(text)) {
		tell(t("composer.too-long", { n: app.model.limits.line - REQUEST_BYTES }));
		return;
	}
	clearTimeout(draftTimer);
	app.model.post(who, text);
	app.model.setDraft(who, "");
	setText("");
	scrollToEnd();
}
