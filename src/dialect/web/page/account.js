// The own account: password, sessions, those who are blocked, an invitation, and the end.
import { el, button, clean, userText, openDialog, confirmDialog, notice } from "./dom.js";
import { momentOf } from "./dates.js";
import { actionButton, errorLine, field, fill, form, Mistake, toggle } from "./forms.js";
import { isBlockable } from "./names.js";
import { block, unblock } from "./people.js";
import { t } from "./text.js";

const PASSWORD_BYTES_MAX = 511;

// ---- password ----

// Spaces would be the end of a word of the request.
function checkPassword(text) {
	const size = new TextEncoder().encode(text).length;

	if (size === 0 || size > PASSWORD_BYTES_MAX || /\s/.test(text))
		throw new Mistake(t("account.badPassword"));
}

async function changePassword(app, old, fresh, again) {
	checkPassword(old);
	checkPassword(fresh);
	if (fresh !== again)
		throw new Mistake(t("account.differ"));
	try {
		await app.request(`passwd ${old} ${fresh}`);
	} catch (error) {
		if (error.code === "BAD_PASSWORD")
			throw new Mistake(t("account.wrongOld"));
		if (error.code === "BAD_ARGUMENT")
			throw new Mistake(t("account.tooShort"));
		throw error;
	}
}

function showPassword(app) {
	openDialog("password", t("account.passwordTitle"), (body, dialog) => {
		const secret = (id, text, autocomplete, hint) =>
			field(id, t(text), { type: "password", autocomplete }, hint);
		const old = secret("password-old", "account.old", "current-password");
		const fresh = secret("password-new", "account.new", "new-password", t("account.passwordHint"));
		const again = secret("password-again", "account.newAgain", "new-password");
		const seen = toggle("password-show", t("account.show"));
		// For the browser's own store of passwords.
		const user = el("input", { type: "text", autocomplete: "username", hidden: true,
			value: app.model.me.username });

		seen.input.addEventListener("change", () => {
			for (const box of [old, fresh, again])
				box.input.type = seen.input.checked ? "text" : "password";
		});
		body.append(form("password-form", t("account.change"), async () => {
			await changePassword(app, old.input.value, fresh.input.value, again.input.value);
			dialog.close();
			notice(t("account.changed"));
		}, user, old, fresh, again, seen));
	}).querySelector("#password-old").focus();
}

// ---- sessions ----

function sessionItem(app, session, line, again) {
	const client = clean(session.client || t("account.unknownClient"));
	const address = clean(session.address || "?");
	const end = async () => {
		await app.request("logout " + session.session);
		notice(t("account.ended"));
		again();
	};

	return el("li", { class: "item", dataset: { session: session.session } },
		el("span", { class: "item-words" },
			el("span", { class: "item-main" }, userText(client),
				session.this ? el("span", { class: "tag", text: t("account.this") }) : null),
			el("span", { class: "item-sub hint" }, userText(address), " · ",
				t("account.used", { time: momentOf(session.used) }))),
		session.this ? null : actionButton(t("account.end"),
			t("account.endName", { client, address }), line, end));
}

async function endOthers(app, others, again) {
	if (!await confirmDialog("end-others", t("account.endOthersTitle"), t("account.endOthersText"),
		t("account.endOthers")))
		return;
	// One of them may have ended by itself meanwhile.
	await Promise.allSettled(others.map(one => app.request("logout " + one.session)));
	notice(t("account.endedAll"));
	again();
}

async function buildSessions(app, again) {
	const line = errorLine();
	const { sessions } = await app.request("sessions");
	const others = sessions.filter(session => !session.this);
	// This one first, and then the last used.
	const sorted = [...sessions].sort((a, b) => b.this - a.this || (a.used < b.used ? 1 : -1));

	return [
		el("ul", { class: "items" }, ...sorted.map(one => sessionItem(app, one, line, again))),
		line,
		others.length === 0 ? el("p", { class: "hint", text: t("account.onlyThis") }) :
			el("div", { class: "dialog-actions" }, actionButton(t("account.endOthers"), "", line,
				() => endOthers(app, others, again), "danger")),
	];
}

// A dialog with a sentence, and a list that is built anew after each change.
function showList(name, title, hint, build, ...more) {
	openDialog(name, title, body => {
		const place = el("div", { class: "place" });
		const again = () => fill(place, () => build(again));

		body.append(el("p", { class: "hint", text: hint }), place, ...more.map(make => make(again)));
		again();
	});
}

// ---- blocked ----

async function buildBlocked(app, again) {
	const line = errorLine();
	const { blocks } = await app.request("blocks");
	const items = blocks.sort((a, b) => a.localeCompare(b)).map(who => {
		const end = async () => {
			await unblock(app, who);
			again();
		};

		return el("li", { class: "item", dataset: { who } },
			el("span", { class: "item-words" }, el("span", { class: "item-main" }, userText(who))),
			actionButton(t("people.unblock"), t("account.unblockName", { who }), line, end));
	});

	return [items.length > 0 ? el("ul", { class: "items" }, ...items) :
		el("p", { class: "empty", text: t("account.blockedNone") }), line];
}

function blockForm(app, again) {
	const who = field("block-who", t("account.blockWho"), {}, t("account.blockHint"));

	return form("block", t("people.block"), async () => {
		const wanted = who.input.value.trim();

		if (!isBlockable(wanted))
			throw new Mistake(t("people.badName"));
		if (!await block(app, wanted))
			return;
		who.input.value = "";
		again();
	}, who);
}

// ---- invitation ----

async function copyText(input) {
	input.select();
	try {
		await navigator.clipboard.writeText(input.value);
		notice(t("account.copied"));
	} catch {
		// Not here: the text is selected, and the keys for copying work.
	}
}

async function makeCode(app, place) {
	let reply;

	try {
		reply = await app.request("invitation new");
	} catch (error) {
		throw error.code === "FORBIDDEN" ? new Mistake(t("account.invitationOff")) : error;
	}
	const code = field("invitation-code", t("account.invitationCode"),
		{ readonly: true, value: reply.message, class: "mono" });

	place.replaceChildren(code, el("div", { class: "row-actions" },
		button(t("account.copy"), () => copyText(code.input))));
	code.input.select();
}

function showInvitation(app) {
	openDialog("invitation", t("account.invitationTitle"), body => {
		const place = el("div", { class: "place" });

		body.append(el("p", { class: "hint", text: t("account.invitationHint") }), place,
			form("invitation", t("account.invitationMake"), () => makeCode(app, place)));
	});
}

// ---- log out ----

async function logOut(app) {
	const waits = app.isSending() || app.model.conversations.some(one => one.pending.length > 0);

	if (waits && !await confirmDialog("logout", t("account.logoutTitle"), t("account.logoutText"),
		t("account.logout")))
		return;
	app.logout();
}

export function setup(app) {
	const on = (id, run) => document.getElementById(id).addEventListener("click", run);

	on("menu-password", () => showPassword(app));
	on("menu-sessions", () => showList("sessions", t("account.sessionsTitle"),
		t("account.sessionsHint"), again => buildSessions(app, again)));
	on("menu-blocked", () => showList("blocked", t("account.blockedTitle"), t("account.blockedHint"),
		again => buildBlocked(app, again), again => blockForm(app, again)));
	on("menu-invitation", () => showInvitation(app));
	on("menu-logout", () => logOut(app));
	app.on("login", () => {
		document.getElementById("menu-invitation").hidden =
			app.session.registration !== "invitation";
	});
}
