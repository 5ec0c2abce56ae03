// The list of conversations: newest first, with unread counts and presence, and a search in it. One
// row of it takes part in the order of the Tab key; the arrow keys lead through the rest.

import { avatar, clean, el } from "./dom.js";
import { fullOf, shortOf } from "./dates.js";
import { sameName } from "./model.js";
import { parseWho } from "./names.js";
import { errorText, t } from "./text.js";

const byId = id => document.getElementById(id);
const ASK_MS = 100;
const RENDER_MS = 100;

let app;
let rows = new Map();	// the row of each conversation, by its `with`
let isDue = false;
let renderedAt = 0;
let askTimer;
let isAsking = false;
let lastOpen = "";	// the focus goes back to its row

export function setup(theApp) {
	app = theApp;
	byId("search").addEventListener("input", render);
	byId("search").addEventListener("keydown", searchKey);
	byId("list-write").addEventListener("click", () => openTyped());
	byId("conversations").addEventListener("click", event => {
		const row = event.target.closest("li");

		if (row)
			app.open(row.dataset.with);
	});
	byId("conversations").addEventListener("keydown", moveFocus);
	byId("conversations").addEventListener("scroll", askSoon, { passive: true });
	app.on("open", showCurrent);
	app.on("login", () => {
		byId("me").textContent = app.session.username;
		app.model.on("list", renderSoon);
		app.model.on("pending", renderSoon);
		// No reason to draw the list, which is on its way: it would wait for the next picture.
		app.model.on("me", () => {
			byId("me").textContent = app.model.me.username;
		});
	});
	app.on("logout", forgetAll);
}

// Many changes at once, such as those after a break, are one picture. (No animation frame: there
// is none while the page is hidden.)
function renderSoon() {
	if (isDue)
		return;
	isDue = true;
	setTimeout(() => {
		isDue = false;
		renderedAt = Date.now();
		render();
	}, Math.max(renderedAt + RENDER_MS - Date.now(), 0));
}

function forgetAll() {
	rows = new Map();
	lastOpen = "";
	byId("conversations").replaceChildren();
	byId("search").value = "";
	byId("me").textContent = "";
}

function render() {
	const list = byId("conversations");
	const word = byId("search").value.trim().toLowerCase();

	if (!app.model)
		return;
	const shown = app.model.conversations.filter(one => one.with.toLowerCase().includes(word));
	const wanted = shown.map(conversation => updateRow(conversation));

	place(list, wanted);
	for (const who of rows.keys())
		if (!app.model.get(who))
			rows.delete(who);
	keepOneTabStop(wanted);
	showEmpty(word, shown);
	askSoon();
}

// The list does not have the last words: those of the rows in view are asked for, one after the other.
function askSoon() {
	clearTimeout(askTimer);
	askTimer = setTimeout(askPreview, ASK_MS);
}

async function askPreview() {
	const model = app.model;
	const next = isAsking || app.connection?.state !== "online" ? undefined : findWithoutPreview(model);

	if (!next)
		return;
	isAsking = true;
	await model.loadPreview(next).catch(() => {});
	isAsking = false;
	askPreview();
}

function findWithoutPreview(model) {
	const area = byId("conversations").getBoundingClientRect();

	for (const row of byId("conversations").children) {
		const conversation = model?.get(row.dataset.with);
		const { top, bottom } = row.getBoundingClientRect();

		if (conversation?.last > 0 && !conversation.preview && !conversation.previewAsked &&
		    bottom > area.top && top < area.bottom)
			return conversation;
	}
	return undefined;
}

// Rows that stand right already are not touched: they keep the focus and the place of scrolling.
function place(list, wanted) {
	if (list.childElementCount === 0) {
		const fragment = document.createDocumentFragment();

		fragment.append(...wanted);
		list.append(fragment);
		return;
	}
	const keep = new Set(wanted);
	const focused = document.activeElement;

	for (const row of [...list.children])
		if (!keep.has(row))
			row.remove();
	wanted.forEach((row, at) => {
		if (list.children[at] !== row)
			list.insertBefore(row, list.children[at] ?? null);
	});
	if (focused !== document.activeElement && list.contains(focused))
		focused.focus();
}

function updateRow(conversation) {
	const who = conversation.with;
	const line = subOf(conversation);
	const state = [conversation.unread, conversation.online, conversation.time, line.text, line.kind,
		sameName(who, app.current), conversation.time && shortOf(conversation.time)].join("\n");
	const row = rows.get(who) ?? el("li", { dataset: { with: who } });

	rows.set(who, row);
	if (row.shownState !== state) {
		const button = makeRow(conversation, line);

		button.tabIndex = row.firstChild?.tabIndex ?? -1;
		replaceButton(row, button);
		row.shownState = state;
	}
	return row;
}

function replaceButton(row, button) {
	const hadFocus = row.firstChild !== null && row.firstChild === document.activeElement;

	row.replaceChildren(button);
	if (hadFocus)
		button.focus();
}

function makeRow(conversation, line) {
	const { with: who, unread, online, time } = conversation;
	const isCurrent = sameName(who, app.current);

	return el("button", { type: "button", class: unread > 0 ? "row has-unread" : "row",
		"aria-current": isCurrent ? "true" : null },
		avatar(who, online),
		el("span", { class: "row-main" },
			el("span", { class: "row-name theirs", dir: "auto", text: clean(who) }),
			online && el("span", { class: "hidden-visually", text: ", " + t("list.online") }),
			el("span", { class: "row-sub theirs", dir: "auto", dataset: { kind: line.kind }, text: line.text })),
		el("span", { class: "row-end" },
			time && el("time", { class: "row-time", datetime: time, title: fullOf(time), text: shortOf(time) }),
			unread > 0 && el("span", { class: "unread badge", dataset: { count: unread } },
				el("span", { "aria-hidden": "true", text: unread > 999 ? "999+" : String(unread) }),
				el("span", { class: "hidden-visually", text: t("list.unread", { n: unread }) }))));
}

// One line of every message text is enough here.
function shorten(text) {
	return clean(text.slice(0, 200)).replace(/\s+/g, " ");
}

function lastWords({ file, from, own, text }, kind) {
	const words = file ? t("talk.file", { name: clean(file.name) }) : shorten(text);

	if (own)
		return t("list.you", { text: words });
	return kind === "group" ? `${clean(from)}: ${words}` : words;
}

// The second line of a row: a draft, the last words where they are known, or what kind it is.
function subOf(conversation) {
	const { preview, kind, members, remote } = conversation;
	const draft = app.model.draft(conversation.with);
	const waiting = conversation.pending.length;

	if (waiting > 0)
		return { kind: "waiting", text: t("list.waiting", { n: waiting }) };
	if (draft && !sameName(conversation.with, app.current))
		return { kind: "draft", text: t("list.draft", { text: shorten(draft) }) };
	if (preview)
		return { kind: "text", text: lastWords(preview, kind) };
	if (kind === "group" && members !== undefined)
		return { kind: "about", text: t("list.members", { n: members }) };
	if (kind === "server")
		return { kind: "about", text: t("list.server") };
	if (remote)
		return { kind: "about", text: t("list.remote", { realm: conversation.with.split("@")[1] }) };
	return { kind: "about", text: conversation.online ? t("list.online") : "" };
}

function showEmpty(word, shown) {
	const isKnown = shown.some(one => one.with.toLowerCase() === word);
	const write = byId("list-write");

	byId("list-empty").hidden = shown.length > 0 || !(app.model.listed || app.model.failure || word);
	byId("list-empty").textContent = emptyText(word);
	write.hidden = isKnown || !parseWho(word);
	write.textContent = t("list.write", { who: byId("search").value.trim() });
}

function emptyText(word) {
	if (app.model.failure)
		return errorText(app.model.failure);
	return t(word ? "list.not-found" : "list.empty");
}

function openTyped() {
	const who = byId("search").value.trim();

	byId("search").value = "";
	app.open(app.model.get(who)?.with ?? who);
	render();
}

function searchKey(event) {
	const first = byId("conversations").querySelector("button");

	if (event.key === "Escape" && event.target.value !== "") {
		event.stopPropagation();
		event.target.value = "";
		render();
	} else if (event.key === "ArrowDown" && first) {
		event.preventDefault();
		focusRow(first);
	} else if (event.key === "Enter" && !event.isComposing) {
		if (first && event.target.value.trim())
			app.open(first.parentElement.dataset.with);
		else if (!byId("list-write").hidden)
			openTyped();
	}
}

function showCurrent() {
	render();
	if (app.current) {
		lastOpen = app.model.get(app.current).with;
		rows.get(lastOpen)?.scrollIntoView({ block: "nearest" });
	} else {
		rows.get(lastOpen)?.firstChild.focus({ preventScroll: true });
	}
}

function keepOneTabStop(wanted) {
	const buttons = wanted.map(row => row.firstChild);
	const stop = buttons.find(button => button === document.activeElement) ??
		buttons.find(button => button.getAttribute("aria-current")) ?? buttons[0];

	for (const button of buttons)
		button.tabIndex = button === stop ? 0 : -1;
}

function focusRow(button) {
	for (const one of byId("conversations").querySelectorAll("button"))
		one.tabIndex = one === button ? 0 : -1;
	button.focus();
}

function moveFocus(event) {
	const buttons = [...byId("conversations").querySelectorAll("button")];
	const at = buttons.indexOf(document.activeElement);
	const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1,
		PageDown: at + 8, PageUp: at - 8 };

	if (!(event.key in steps) || at < 0)
		return;
	event.preventDefault();
	if (event.key === "ArrowUp" && at === 0)
		byId("search").focus();
	else
		focusRow(buttons[Math.min(Math.max(steps[event.key], 0), buttons.length - 1)]);
}
