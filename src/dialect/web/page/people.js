// Who is there: the people of the server, what is public of one of them, blocking, and how a
// conversation begins.
import { el, button, avatar, clean, userText, openDialog, confirmDialog, notice } from "./dom.js";
import { momentOf } from "./dates.js";
import { showFiles } from "./files.js";
import { actionButton, closeDialogs, details, errorLine, field, fill, form, iconButton, Mistake }
	from "./forms.js";
import { sameName } from "./model.js";
import { isName, parseWho } from "./names.js";
import { t, errorText } from "./text.js";

const TYPING_PAUSE_MS = 200;
const SHOWN_MAX = 100;

// One person of a list: opens the conversation; the button at the end tells more.
function personItem(app, person, pick) {
	const { username, name, online } = person;
	const words = el("span", { class: "item-words" },
		el("span", { class: "item-main" }, userText(username)),
		el("span", { class: "item-sub hint" }, userText(name || ""), " · ",
			t(online ? "people.isOnline" : "people.isOffline")));
	const row = el("button", { type: "button", class: "row", dataset: { who: username },
		on: { click: () => pick(username) } }, avatar(username, online), words);

	return el("li", { class: "item" }, row,
		iconButton("info", t("people.infoOf", { who: username }), () => showInfo(app, username),
			"about"));
}

// Those who are online, or those whose names begin so.
async function findPeople(app, prefix) {
	const others = list => (list ?? []).filter(one => !sameName(one.username, app.model.me.username));

	if (prefix === "") {
		const reply = await app.request("info");

		return { people: others(reply.message).map(one => ({ ...one, online: true })), more: false };
	}
	const reply = await app.request("people " + prefix);

	return { people: others(reply.people), more: reply.more === true };
}

function showFound(app, place, prefix, { people, more }, pick) {
	const none = t(prefix === "" ? "people.none" : "people.notFound");
	const sorted = prefix === "" ?
		people.sort((a, b) => a.username.localeCompare(b.username)) : people;

	place.append(el("h3", { text: t(prefix === "" ? "people.online" : "people.found") }));
	place.append(el("p", { class: people.length > 0 ? "hint" : "empty", role: "status",
		text: people.length > 0 ? t("people.count", { n: people.length }) : none }));
	place.append(el("ul", { class: "items" },
		...sorted.slice(0, SHOWN_MAX).map(person => personItem(app, person, pick))));
	if (more || people.length > SHOWN_MAX)
		place.append(el("p", { class: "hint", text: t("people.more") }));
}

// Looks for people while somebody types; only the answer to the last question is shown.
function searchPeople(app, input, place, pick) {
	let timer = null;
	let asked = 0;

	async function look() {
		const prefix = input.value.trim();
		const question = ++asked;

		if (prefix !== "" && !isName(prefix))
			return;
		try {
			const found = await findPeople(app, prefix);

			if (question === asked) {
				place.replaceChildren();
				showFound(app, place, prefix, found, pick);
			}
		} catch (error) {
			if (question === asked)
				place.replaceChildren(
					el("p", { class: "error", role: "alert", text: errorText(error) }));
		}
	}

	input.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(look, TYPING_PAUSE_MS);
	});
	look();
}

function checkRealm(app, realm) {
	const known = app.model.realms.map(one => one.name);

	if (realm !== "" && known.length > 0 && !known.some(name => sameName(name, realm)))
		throw new Mistake(t("people.badRealm", { realm, realms: known.join(", ") }));
}

// Opens the conversation that was typed, if there can be one.
async function begin(app, text, dialog) {
	const whom = parseWho(text, app.model.me.realm);

	if (!whom)
		throw new Mistake(t("people.badName"));
	checkRealm(app, whom.realm);
	if (whom.group && whom.realm === "" && !app.model.get(whom.who)) {
		await app.request("members " + whom.who);
		dialog.close();
		app.showGroup(whom.who);
		return;
	}
	let found = whom.who;

	if (!whom.group && !sameName(found, "kabar") && whom.realm === "")
		found = (await app.request("info " + found)).message.username;
	dialog.close();
	app.open(found);
}

function showPeople(app, name, title) {
	openDialog(name, title, (body, dialog) => {
		const input = field(name + "-who", t("people.who"), { dir: "auto", enterkeyhint: "go" },
			t("people.whoHint"));
		const place = el("div", { class: "place" });

		body.append(form(name + "-form", t("people.start"),
			() => begin(app, input.input.value, dialog), input), place);
		searchPeople(app, input.input, place, who => {
			dialog.close();
			app.open(who);
		});
	}).querySelector("input").focus();
}

// ---- one user ----

function showDetails(whom, info) {
	const presence = info.online === undefined ? "" : info.online && info.since ?
		t("people.since", { time: momentOf(info.since) }) :
		t(info.online ? "people.isOnline" : "people.isOffline");

	return details([["people.user", whom.name], ["people.name", info.name],
		["people.country", info.country], ["people.realm", whom.realm],
		["people.presence", presence]]);
}

// Asks first; true when it was done.
export async function block(app, who) {
	const isRealm = who.startsWith("@");
	const sentence = isRealm ? t("people.blockRealmText", { realm: who.slice(1) }) :
		t("people.blockText", { who });

	if (!await confirmDialog("block", t("people.blockTitle", { who }), sentence, t("people.block")))
		return false;
	await app.request("block " + who);
	notice(t("people.blocked", { who }));
	return true;
}

export async function unblock(app, who) {
	await app.request("unblock " + who);
	notice(t("people.unblocked", { who }));
}

function blockButtons(app, whom, blocks, line, again) {
	const one = (who, blockText) => {
		const isBlocked = blocks.some(entry => sameName(entry, who));
		const run = async () => {
			if (isBlocked)
				await unblock(app, who);
			else if (!await block(app, who))
				return;
			again();
		};

		return actionButton(t(isBlocked ? "people.unblock" : blockText), "", line, run,
			isBlocked ? "" : "danger");
	};

	return [one(whom.who, "people.block"),
		whom.realm ? one("@" + whom.realm, "people.blockRealm") : null];
}

function writeButton(app, who) {
	return button(t("people.write"), () => {
		closeDialogs();
		app.open(who);
	}, "primary");
}

// Also of a user who cannot be asked about, one may block the name.
async function buildInfo(app, whom, again) {
	const isMe = sameName(whom.who, app.model.me.username);
	const line = errorLine();
	const asked = app.request("info " + whom.who).then(reply => reply.message, error => error);
	const blocks = (await app.request("blocks")).blocks ?? [];
	const info = await asked;
	const isBlocked = blocks.some(entry => sameName(entry, whom.who));

	if (info instanceof Error)
		line.say(errorText(info));
	return [
		isBlocked ? el("p", { class: "hint", text: t("people.isBlocked", { who: whom.who }) }) : null,
		showDetails(whom, info instanceof Error ? {} : info), line,
		el("div", { class: "dialog-actions" },
			...(isMe ? [] : blockButtons(app, whom, blocks, line, again)),
			button(t("files.show"), () => showFiles(app, whom.who)),
			writeButton(app, whom.who)),
	];
}

// The dialog about a user, user@realm, or the server.
export function showInfo(app, who) {
	const whom = parseWho(who, app.model.me.realm);

	openDialog("info", clean(who), body => {
		if (sameName(who, "kabar") || !whom) {
			body.append(el("p", { text: sameName(who, "kabar") ? t("people.server") : clean(who) }));
			return;
		}
		const place = el("div", { class: "place" });
		const build = () => fill(place, () => buildInfo(app, whom, build));

		body.append(place);
		build();
	});
}

export function setup(app) {
	const on = (id, run) => document.getElementById(id).addEventListener("click", run);

	on("new-conversation", () => showPeople(app, "new-conversation", t("people.new")));
	on("menu-people", () => showPeople(app, "people", t("people.title")));
	app.showInfo = who => showInfo(app, who);
}
