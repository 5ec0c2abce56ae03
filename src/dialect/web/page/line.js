// One message on the screen: its element, the marks on its text (links, and nothing else), and what
// became of an own one.

import { button, clean, el, userText } from "./dom.js";
import { fullOf, timeOf } from "./dates.js";
import { fileElement } from "./files.js";
import { codeText, t } from "./text.js";

const LONG_CHARS = 2000;	// longer texts are folded to
const FOLDED_CHARS = 900;
const LONG_LINES = 30;
const LINKS_MOST = 200;
const LINK = /\bhttps?:\/\/[^\s<>"'\u0000-\u001f\u202a-\u202e\u2066-\u2069]{1,2000}/giu;

// A sentence often goes on behind an address: its last signs are not of the address.
function cutEnd(address) {
	let cut = address.replace(/[.,;:!?\u2026]+$/u, "");

	if (cut.endsWith(")") && !cut.includes("("))
		cut = cut.slice(0, -1);
	return cut;
}

function link(address) {
	const url = URL.canParse?.(address) === false ? null : new URL(address);

	if (!url || (url.protocol !== "http:" && url.protocol !== "https:"))
		return clean(address);
	return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", dir: "auto",
		class: "theirs", text: clean(address) });
}

// The text as nodes.
function textNodes(text) {
	const nodes = [];
	let at = 0;

	for (const match of text.matchAll(LINK)) {
		const address = cutEnd(match[0]);

		if (nodes.length >= LINKS_MOST * 2)
			break;
		try {
			nodes.push(clean(text.slice(at, match.index)), link(address));
			at = match.index + address.length;
		} catch {
			// It only looked like an address.
		}
	}
	nodes.push(clean(text.slice(at)));
	return nodes;
}

function fold(text) {
	const lines = text.split("\n", LONG_LINES + 1);

	if (text.length <= LONG_CHARS && lines.length <= LONG_LINES)
		return text;
	const cut = lines.slice(0, LONG_LINES / 2).join("\n").slice(0, FOLDED_CHARS);

	// A character of two units stays whole.
	return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

function textElement(text) {
	const element = el("div", { class: "text theirs", dir: "auto" });
	const folded = fold(text);

	element.append(...textNodes(folded));
	if (folded === text)
		return element;
	const more = button(t("talk.more-text", { n: text.length }), () => {
		element.replaceChildren(...textNodes(text));
		element.tabIndex = -1;
		element.focus();
	}, "more-text plain");

	element.append("\u2026", more);
	return element;
}

// What became of an own message, as [state, words that are seen, words that are heard].
function stateOf(message) {
	if (message.state === "refused")
		return ["refused", t("state.not-sent", { reason: reasonText(message.code) })];
	if (message.state)
		return ["waiting", "", t("state.waiting")];
	switch (message.delivery) {
	case "":
		return ["sent", "", t("state.sent")];
	case "queued":
		return ["queued", t("state.queued")];
	case "delivered":
		return ["delivered", "", t("state.delivered")];
	default:
		return ["refused", t("state.not-delivered", { reason: reasonText(message.reason || message.delivery) })];
	}
}

function reasonText(word) {
	if (word === "OLD")
		return t("state.old");
	return codeText(word) || String(word ?? "");
}

function stateElement(message) {
	const [state, seen, heard] = stateOf(message);

	return el("span", { class: "state", dataset: { state }, title: seen || heard },
		el("span", { class: seen ? "" : "hidden-visually", text: seen || heard }));
}

function meta(message) {
	return el("div", { class: "meta" },
		el("time", { datetime: message.time, title: fullOf(message.time), text: timeOf(message.time) }),
		message.own && stateElement(message));
}

// Own words that were refused can go again or away.
function actions(pending, model) {
	if (pending.state !== "refused")
		return null;
	return el("div", { class: "row-actions" },
		button(t("state.retry"), () => model.retry(pending.key)),
		button(t("state.discard"), () => model.discard(pending.key)));
}

// The element of a message or, where it has a state, of a pending one.
export function makeLine(app, conversation, message) {
	const own = message.own || message.state !== undefined;
	const bubble = el("div", { class: "bubble" },
		el("span", { class: own || conversation.kind !== "group" ? "from hidden-visually" : "from" },
			own ? t("talk.you") : userText(message.from)),
		message.file ? fileElement(app, conversation, message) : textElement(message.text),
		meta({ ...message, own }),
		message.state && actions(message, app.model));
	const line = el("div", { class: own ? "message own" : "message" }, bubble);

	if (message.id)
		line.dataset.id = message.id;
	if (message.key)
		line.dataset.key = message.key;
	if (own)
		line.dataset.own = "true";
	if (message.state)
		line.classList.add("pending");
	return line;
}
