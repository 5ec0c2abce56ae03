// The start of the page: makes `app`, which the other modules share, and leads from login to chat
// and back. The conversation that is open is an entry of the browser's history, so that the back
// button of a phone leads from a conversation to the list.

import { Connection, RequestError } from "./connection.js";
import { notice } from "./dom.js";
import { Model } from "./model.js";
import { parseWho } from "./names.js";
import { errorText, t, translate } from "./text.js";
import * as account from "./account.js";
import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import * as files from "./files.js";
import * as groups from "./groups.js";
import * as keys from "./keys.js";
import * as list from "./list.js";
import * as login from "./login.js";
import * as menu from "./menu.js";
import * as notify from "./notify.js";
import * as people from "./people.js";

const RETRY_MS = 3000;
const ANSWER_MS = 15000;
const PATIENCE_MS = 1000;

const byId = id => document.getElementById(id);
const listeners = new Map();

let stateTimer;

const app = {
	session: null,
	model: null,
	connection: null,
	current: "",

	on(name, listener) {
		listeners.set(name, [...listeners.get(name) ?? [], listener]);
	},

	tell(name, about = {}) {
		for (const listener of listeners.get(name) ?? [])
			listener(about);
	},

	request(line) {
		return app.connection ? app.connection.request(line) : Promise.reject(new RequestError("OFFLINE"));
	},

	// Whether the user looks at the newest message of this conversation now.
	isSeen(who) {
		return who === app.current && document.visibilityState === "visible" && conversation.isAtEnd();
	},

	open(who) {
		const known = app.model.ensure(who);
		const entry = { with: known.with };
		const place = "#" + encodeURIComponent(known.with);

		if (app.current === "")
			history.pushState(entry, "", place);
		else
			history.replaceState(entry, "", place);
		showConversation(known.with);
	},

	// Leads to the list; as the back button does, where there is an entry to go back to.
	close() {
		if (app.current === "")
			return;
		if (history.state?.with && !history.state.first)
			history.back();
		else
			closeConversation();
	},

	// Only the server can remove the cookie: where it cannot be reached, the user stays logged in, and
	// is told. The connection goes first, or it would hear of the end of the session by itself.
	async logout() {
		const { model, connection } = app;

		connection.stop();
		try {
			await fetch("logout", { method: "POST" });
		} catch {
			connection.start();
			notice(errorText({ code: "NETWORK" }));
			return;
		}
		model.outbox.clear();
		history.replaceState(null, "", location.pathname);
		leave({ keep: false });
		login.show(app.session, "");
	},

	// The typed words stay where they are: the same user finds them again.
	sessionEnded() {
		if (!app.model)
			return;
		leave({ keep: true });
		login.show(app.session, t("login.ended"));
	},
};

function showScreen(name) {
	document.body.dataset.screen = name;
	byId("login").hidden = name !== "login";
	byId("chat").hidden = name !== "chat";
}

function showConversation(who) {
	if (app.current)
		app.model.trim(app.current);
	app.current = who;
	app.model.current = who;
	byId("chat").classList.add("talking");
	app.tell("open", { with: who });
}

function closeConversation() {
	app.current = "";
	app.model.current = "";
	history.replaceState(null, "", location.pathname);
	byId("chat").classList.remove("talking");
	app.tell("open", { with: "" });
}

// The conversation that the address names, such as after a reload, or none.
function openNamed() {
	let who = "";

	try {
		who = decodeURIComponent(location.hash.slice(1));
	} catch {
		// An address that somebody has typed.
	}
	if (parseWho(who)?.who !== who) {
		closeConversation();
		return;
	}
	history.replaceState({ with: who, first: true }, "", location.hash);
	app.model.ensure(who);
	showConversation(who);
}

function followHistory(event) {
	if (!app.model)
		return;
	if (event.state?.with)
		showConversation(app.model.ensure(event.state.with).with);
	else
		openNamed();
}

function program() {
	return "kabar-web/" + (app.session.server.split(" ")[1] ?? "0");
}

function connect() {
	const url = new URL("ws", document.baseURI);

	url.protocol = url.protocol.replace("http", "ws");
	url.hash = "";
	app.connection = new Connection(url.href, {
		hello: () => app.model.hello(program()),
		event: event => app.model.takeEvent(event),
		state: state => {
			if (state === "online")
				app.model.outbox.flush();
			app.tell("state", { state });
		},
		// The session that a `logout` names may be another one, which is gone already.
		ended: line => line?.startsWith("logout ") || app.sessionEnded(),
	});
	app.connection.start();
}

// Some browsers forbid it, and say so by an exception.
function storage() {
	try {
		return globalThis.localStorage;
	} catch {
		return undefined;
	}
}

function enter(session) {
	// What an earlier user has typed never goes out in the name of this one.
	const send = line => app.model === model ? app.request(line) : Promise.reject(new RequestError("OFFLINE"));
	const model = new Model({ username: session.username, realm: session.realm, storage: storage(), send });

	app.session = session;
	app.model = model;
	showScreen("chat");
	app.tell("login");
	byId("me").focus();
	connect();
	openNamed();
}

// keep: what is being typed stays on this device.
function leave({ keep }) {
	app.connection?.stop();
	app.tell("logout", { keep });
	app.connection = null;
	app.current = "";
	app.model = null;
	byId("chat").classList.remove("talking");
	for (const dialog of document.querySelectorAll("dialog"))
		dialog.close();
	showScreen("login");
}

// What the server says of itself and of this browser's session; tried until it answers.
async function ask() {
	for (;;) {
		try {
			const reply = await fetch("session", { signal: AbortSignal.timeout?.(ANSWER_MS) });
			const session = await reply.json();

			if (session.status === "OK")
				return session;
		} catch {
			// It does not answer now.
		}
		showState({ state: "waiting" });
		await new Promise(resolve => setTimeout(resolve, RETRY_MS));
	}
}

// A connection that comes soon is not worth a word, and each try after a break is not a new one.
function showState({ state }) {
	const status = byId("status");
	const isBroken = status.textContent === t("status.waiting");

	clearTimeout(stateTimer);
	status.dataset.state = state;
	if (state === "connecting" && !isBroken)
		stateTimer = setTimeout(() => tellState(t("status.connecting")), PATIENCE_MS);
	else if (state !== "connecting")
		tellState(state === "waiting" ? t("status.waiting") : "");
}

function tellState(sentence) {
	byId("status").textContent = sentence;
	byId("status").hidden = sentence === "";
}

// The address stays what it is: its end names the conversation.
function skipToWriting(event) {
	event.preventDefault();
	byId(app.current ? "composer-text" : "search").focus();
}

async function start() {
	translate(document);
	app.on("state", showState);
	for (const module of [menu, login, list, conversation, composer, files, people, groups, account, notify, keys])
		module.setup(app);
	document.querySelector(".skip").addEventListener("click", skipToWriting);
	addEventListener("popstate", followHistory);
	// Another network, or none: the socket may be dead without a word.
	for (const event of ["online", "offline"])
		addEventListener(event, () => app.connection?.probe());
	document.addEventListener("visibilitychange", () =>
		document.visibilityState === "visible" && app.connection?.probe());
	login.onLogin(enter);
	const session = await ask();

	showState({ state: "off" });
	app.session = session;
	if (session.username) {
		enter(session);
	} else {
		showScreen("login");
		login.show(session, "");
	}
}

start().catch(error => {
	notice(String(error));
	throw error;
});
