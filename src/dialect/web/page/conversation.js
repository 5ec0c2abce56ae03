// The open conversation: its heading, its messages through the window of lines.js, older ones as one
// scrolls up, the read marker, and what a screen reader hears of new messages.

import { Lines } from "./lines.js";
import { announce, avatar, button, clean, notice } from "./dom.js";
import { showGroup } from "./groups.js";
import { makeLine } from "./line.js";
import { isGroup, sameName } from "./model.js";
import { showInfo } from "./people.js";
import { errorText, t } from "./text.js";

const NEAR_PX = 800;		// so near to the top, older messages are asked for
const READ_MS = 300;
const HEARD_CHARS = 300;
const FINAL = ["NO_USER", "NO_GROUP", "NOT_MEMBER", "NO_REALM", "HISTORY_OFF"];

const byId = id => document.getElementById(id);

let app, lines;
let unseen = 0;		// new messages below what is seen
let readTimer;
let isFirstPicture = true;
let failed = null;	// the sentence why messages did not come, and whether it is of use to ask again

export function setup(theApp) {
	app = theApp;
	lines = new Lines({ scroller: byId("messages"), holder: byId("lines"), tail: byId("tail"),
		make: message => makeLine(app, current(), message), moved: followView });
	byId("talk-back").addEventListener("click", () => app.close());
	byId("talk-info").addEventListener("click", showAbout);
	byId("newer").addEventListener("click", leaveButton);
	document.addEventListener("visibilitychange", readSoon);
	app.on("open", ({ with: who }) => open(who));
	app.on("state", ({ state }) => state === "online" && load());
	app.on("login", listen);
	app.on("logout", () => open(""));
}

export function isAtEnd() {
	return lines.atEnd && lines.isWhole;
}

// Own words are at the end: one who sends wants to see them there.
export function scrollToEnd() {
	lines.scrollToEnd();
	followView();
}

// The button hides, so the focus needs another place.
function leaveButton() {
	scrollToEnd();
	byId("messages").focus({ preventScroll: true });
}

function current() {
	return app.current ? app.model?.get(app.current) : undefined;
}

function isCurrent(who) {
	return app.current !== "" && sameName(who, app.current);
}

function listen() {
	const { model } = app;
	const ifCurrent = run => about => isCurrent(about.with) && current() && run(about);

	model.on("messages", ifCurrent(takePage));
	model.on("message", ifCurrent(takeMessage));
	model.on("changed", ifCurrent(({ message }) => lines.update(message)));
	model.on("pending", ifCurrent(showPending));
	model.on("list", () => {
		if (!current())
			return;
		showHead();
		readSoon();
	});
	model.on("member", takeMember);
}

function showAbout() {
	if (isGroup(app.current))
		showGroup(app, app.current);
	else
		showInfo(app, app.current);
}

// ---- opening ----

function open(who) {
	const isThere = who !== "";

	byId("talk-none").hidden = isThere;
	byId("talk-open").hidden = !isThere;
	unseen = 0;
	isFirstPicture = true;
	failed = null;
	lines.show([]);
	lines.showTail([]);
	if (!isThere)
		return;
	showHead();
	if (current().loaded)
		takePage();
	else
		load();
	showPending();
	showHistoryState();
}

function showHead() {
	const conversation = current();

	byId("talk-name").textContent = clean(conversation.with);
	byId("talk-sub").textContent = aboutOf(conversation);
	byId("talk-avatar").replaceChildren(avatar(conversation.with, conversation.online));
	byId("talk-info").hidden = conversation.kind === "server";
}

function aboutOf({ with: who, kind, remote, online, members }) {
	if (kind === "server")
		return t("list.server");
	if (remote)
		return t("list.remote", { realm: who.split("@")[1] });
	if (kind === "group")
		return members === undefined ? "" : t("list.members", { n: members });
	if (online === undefined)
		return "";
	return t(online ? "list.online" : "list.offline");
}

// ---- messages come ----

function load() {
	const conversation = current();

	if (!conversation || conversation.loaded || app.connection?.state !== "online")
		return;
	failed = null;
	app.model.loadNewest(conversation.with).catch(error => fail(conversation.with, error));
	showHistoryState();
}

// A broken connection is no failure of this conversation: it is asked for again with the next one.
function fail(who, error) {
	if (!isCurrent(who))
		return;
	if (error.code !== "LOST" && error.code !== "OFFLINE")
		failed = { sentence: errorText(error), isFinal: FINAL.includes(error.code) };
	showHistoryState();
}

function takePage() {
	const conversation = current();

	if (isFirstPicture)
		lines.show(conversation.messages, firstUnread(conversation));
	else
		lines.refresh(conversation.messages);
	isFirstPicture = false;
	showHistoryState();
	followView();
}

// The id from which on nothing is read yet; 0 if all is.
function firstUnread({ messages, unread }) {
	let at = messages.length;
	let left = unread;

	while (at > 0 && left > 0)
		if (!messages[--at].own)
			left--;
	while (at < messages.length && messages[at].own)
		at++;
	return unread > 0 ? messages[at]?.id ?? 0 : 0;
}

function takeMessage({ message, live, own }) {
	const conversation = current();
	const seen = lines.atEnd && document.visibilityState === "visible";
	const isNewest = conversation.messages.at(-1) === message;

	if (lines.messages !== conversation.messages || !isNewest)
		lines.refresh(conversation.messages);
	else
		lines.append(message);
	if (live && !own) {
		hear(message);
		if (!seen)
			noteUnseen(conversation, message);
	}
	showHistoryState();
	followView();
}

function noteUnseen(conversation, message) {
	if (conversation.unread <= 1)
		lines.setUnreadFrom(message.id);
	if (!lines.atEnd)
		unseen++;
}

function hear(message) {
	const text = message.file ? t("talk.file", { name: clean(message.file.name) })
		: clean(message.text.slice(0, HEARD_CHARS));

	announce(`${clean(message.from)}: ${text}`);
}

function showPending() {
	const conversation = current();

	lines.showTail(conversation.pending.map(pending =>
		makeLine(app, conversation, { ...pending, state: pending.state })));
}

function takeMember({ group, user, joined }) {
	if (!isCurrent(group))
		return;
	if (app.model.isMe(user) && !joined) {
		notice(t("talk.left", { group }));
		app.close();
		return;
	}
	lines.addNote(t(joined ? "talk.has-joined" : "talk.has-left", { who: clean(user) }));
}

// ---- the view moves ----

function followView() {
	const conversation = current();

	if (!conversation)
		return;
	if (byId("messages").scrollTop < NEAR_PX && !lines.showOlder())
		loadOlder(conversation);
	if (!lines.isWhole && distanceToEnd() < NEAR_PX)
		lines.showNewer();
	if (isAtEnd())
		unseen = 0;
	showNewer();
	readSoon();
}

function distanceToEnd() {
	const { scrollTop, scrollHeight, clientHeight } = byId("messages");

	return scrollHeight - scrollTop - clientHeight;
}

function loadOlder(conversation) {
	if (!conversation.loaded || !conversation.more || conversation.loading || failed)
		return;
	app.model.loadOlder(conversation.with).catch(error => fail(conversation.with, error));
	showHistoryState();
}

function showHistoryState() {
	const conversation = current();
	const state = byId("history-state");

	state.replaceChildren();
	if (!conversation)
		return;
	if (failed)
		showFailure(state);
	else if (conversation.loaded && conversation.messages.length === 0 && !conversation.more)
		state.textContent = t("talk.empty");
	else if (conversation.loading || conversation.more || !conversation.loaded)
		state.textContent = t("talk.loading");
	else
		state.textContent = t("talk.begin");
}

function showFailure(state) {
	state.append(failed.sentence, " ");
	if (!failed.isFinal)
		state.append(button(t("talk.again"), () => {
			failed = null;
			load();
			followView();
		}));
}

function showNewer() {
	const newer = byId("newer");

	newer.hidden = isAtEnd() || distanceToEnd() < 200 && lines.isWhole && unseen === 0;
	newer.classList.toggle("has-unseen", unseen > 0);
	newer.textContent = unseen > 0 ? t("talk.newer", { n: unseen }) : t("talk.to-end");
}

// Only what is really seen is read: the page is visible, and its end is in view. The first message is
// marked before its count is drawn; of many in a row, some.
function readSoon() {
	if (readTimer)
		return;
	readTimer = setTimeout(() => {
		readTimer = undefined;
		markSeen();
	}, READ_MS);
	markSeen();
}

function markSeen() {
	const conversation = current();

	if (conversation?.loaded && conversation.unread > 0 && app.isSeen(app.current) &&
	    app.connection?.state === "online")
		app.model.markRead(conversation.with, conversation.messages.at(-1)?.id ?? 0);
}
