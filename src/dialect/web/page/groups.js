// Groups: which there are, joining and leaving, making one, its members and invitations, and what
// its owner decides.
import { el, button, avatar, clean, userText, openDialog, confirmDialog, notice } from "./dom.js";
import { showFiles } from "./files.js";
import { actionButton, attempt, closeDialogs, details, errorLine, field, fill, form, iconButton,
	Mistake, toggle } from "./forms.js";
import { sameName } from "./model.js";
import { isName, parseWho } from "./names.js";
import { t } from "./text.js";

// What an owner may choose: the word, and its values for a switch that is off and on.
const CHOICES = [
	{ word: "private", off: "off", on: "on", text: "groups.choicePrivate" },
	{ word: "history", off: "closed", on: "open", text: "groups.choiceHistory" },
	{ word: "files", off: "owner", on: "members", text: "groups.choiceFiles" },
];

function openTalk(app, name) {
	closeDialogs();
	app.open("#" + name);
}

async function join(app, name) {
	await app.request("joingroup " + name);
	openTalk(app, name);
	notice(t("groups.joined", { group: "#" + name }));
}

// ---- all groups ----

function groupItem(app, group, ...ends) {
	const facts = [t("groups.members", { n: group.members })];

	if (group.private)
		facts.push(t("groups.isPrivate"));
	if (group.owner)
		facts.push(t("groups.ownedBy", { who: group.owner }));
	return el("li", { class: "item", dataset: { group: group.name } },
		el("button", { type: "button", class: "row",
			on: { click: () => (group.member ? openTalk(app, group.name) :
				showGroup(app, "#" + group.name)) } },
			avatar("#" + group.name),
			el("span", { class: "item-words" },
				el("span", { class: "item-main" }, userText("#" + group.name)),
				el("span", { class: "item-sub hint", text: facts.join(" · ") }))),
		...ends);
}

function aboutButton(app, name) {
	return iconButton("info", t("groups.show", { group: "#" + name }),
		() => showGroup(app, "#" + name), "about");
}

function joinButton(app, name, line) {
	return actionButton(t("groups.join"), t("groups.joinName", { group: "#" + name }), line,
		() => join(app, name));
}

function invitationItem(app, name, line, again) {
	const group = "#" + name;
	const decline = async () => {
		await app.request(`invite ${name} ${app.model.me.username} off`);
		notice(t("groups.declined", { group }));
		again();
	};

	return el("li", { class: "item", dataset: { group: name } },
		el("span", { class: "item-words" }, el("span", { class: "item-main" }, userText(group))),
		joinButton(app, name, line),
		actionButton(t("groups.decline"), t("groups.declineName", { group }), line, decline));
}

function section(title, items) {
	if (items.length === 0)
		return null;
	return el("section", {}, el("h3", { text: t(title) }), el("ul", { class: "items" }, ...items));
}

async function buildGroups(app, again) {
	const line = errorLine();
	const [{ groups }, { messages }] =
		await Promise.all([app.request("groups all"), app.request("invite")]);
	const mine = groups.filter(group => group.member);
	const others = groups.filter(group => !group.member &&
		!messages.some(name => sameName(name, group.name)));

	return [line,
		section("groups.invited", messages.map(name => invitationItem(app, name, line, again))),
		section("groups.mine", mine.map(group =>
			groupItem(app, group, aboutButton(app, group.name)))),
		section("groups.others", others.map(group =>
			groupItem(app, group, joinButton(app, group.name, line)))),
		groups.length + messages.length > 0 ? null : el("p", { class: "empty", text: t("groups.none") }),
	];
}

function showGroups(app) {
	openDialog("groups", t("groups.title"), body => {
		const place = el("div", { class: "place" });
		const build = () => fill(place, () => buildGroups(app, build));

		body.append(el("div", { class: "row-actions" },
			button(t("groups.new"), () => showNewGroup(app))), place);
		build();
	});
}

function showNewGroup(app) {
	openDialog("new-group", t("groups.new"), body => {
		const name = field("new-group-name", t("groups.name"), { maxlength: 65 },
			t("groups.nameHint"));
		const isPrivate = toggle("new-group-private", t("groups.private"));
		const make = async () => {
			const wanted = name.input.value.trim().replace(/^#/, "");

			if (!isName(wanted))
				throw new Mistake(t("groups.badName"));
			await app.request("addgroup " + wanted);
			if (isPrivate.input.checked)
				await app.request(`group ${wanted} private on`);
			openTalk(app, wanted);
		};

		body.append(form("new-group-form", t("groups.make"), make, name, isPrivate));
	}).querySelector("input").focus();
}

// ---- one group ----

function kickButton(app, group, who, line, again) {
	const kick = async () => {
		const sentence = t("groups.kickText", { who, group: "#" + group.name });

		if (!await confirmDialog("kick", t("groups.kickTitle", { who }), sentence, t("groups.kick")))
			return;
		await app.request(`kick ${group.name} ${who}`);
		notice(t("groups.kicked", { who }));
		again();
	};

	return actionButton(t("groups.kick"), t("groups.kickName", { who }), line, kick, "danger");
}

function memberItem(app, group, member, line, again) {
	const { username, name, online } = member;
	const isOwner = group.owner !== "" && sameName(username, group.owner);
	const isMe = sameName(username, app.model.me.username);
	const facts = el("span", { class: "item-sub hint" }, userText(name || ""), " · ",
		t(online ? "people.isOnline" : "people.isOffline"));

	return el("li", { class: "item", dataset: { who: username } },
		el("button", { type: "button", class: "row", on: { click: () => app.showInfo(username) } },
			avatar(username, online),
			el("span", { class: "item-words" },
				el("span", { class: "item-main" }, userText(username),
					isOwner ? el("span", { class: "tag", text: t("groups.owner") }) : null,
					isMe ? el("span", { class: "tag", text: t("people.you") }) : null), facts)),
		group.mayChange && !isOwner && !isMe ? kickButton(app, group, username, line, again) : null);
}

function invitePart(app, group, line, again) {
	const who = field("invite-who", t("groups.inviteWho"));
	const invite = async () => {
		const wanted = who.input.value.trim();

		if (!isName(wanted))
			throw new Mistake(t("people.badName"));
		await app.request(`invite ${group.name} ${wanted}`);
		notice(t("groups.inviteDone", { who: wanted }));
		again();
	};
	const takeBack = wanted => async () => {
		await app.request(`invite ${group.name} ${wanted} off`);
		notice(t("groups.takenBack", { who: wanted }));
		again();
	};

	return [
		section("groups.waiting", (group.invited ?? []).map(name => el("li", { class: "item" },
			el("span", { class: "item-words" }, el("span", { class: "item-main" }, userText(name))),
			actionButton(t("groups.takeBack"), t("groups.takeBackName", { who: name }), line,
				takeBack(name))))),
		form("invite", t("groups.invite"), invite, who),
	];
}

function choicesPart(app, group, line) {
	const switches = CHOICES.map(choice => {
		const made = toggle("group-" + choice.word, t(choice.text), t(choice.text + "Hint"),
			group[choice.word] === choice.on);

		made.input.addEventListener("change", async () => {
			const word = made.input.checked ? choice.on : choice.off;

			if (await attempt(made.input, line,
				() => app.request(`group ${group.name} ${choice.word} ${word}`)))
				notice(t("groups.changed"));
			else
				made.input.checked = !made.input.checked;
		});
		return made;
	});

	return el("section", {}, el("h3", { text: t("groups.choices") }), ...switches);
}

async function leave(app, group) {
	const sentences = [t("groups.leaveText")];
	const who = "#" + group.name;

	if (group.isMine)
		sentences.push(t("groups.leaveOwner"));
	if (group.private === "on")
		sentences.push(t("groups.leavePrivate"));
	if (!await confirmDialog("leave", t("groups.leaveTitle", { group: who }), sentences.join(" "),
		t("groups.leave")))
		return;
	const isOpen = sameName(app.current, who);

	await app.request("leave " + group.name);
	app.model.forget(who);
	closeDialogs();
	// Of the conversation that is open its own module says so.
	if (!isOpen)
		notice(t("groups.left", { group: who }));
}

async function buildGroup(app, name, again) {
	const line = errorLine();
	const [choices, { members }] =
		await Promise.all([app.request("group " + name), app.request("members " + name)]);
	const me = app.model.me;
	const group = { ...choices.message, name: choices.message.group };
	const isMember = members.some(member => sameName(member.username, me.username));

	group.isMine = group.owner !== "" && sameName(group.owner, me.username);
	group.mayChange = group.isMine || me.admin === true;
	return [
		details([["groups.ownerIs", group.owner],
			["groups.kind", group.private === "on" ? t("groups.isPrivate") : ""]]),
		el("h3", { text: t("groups.members", { n: members.length }) }),
		el("ul", { class: "items", id: "group-members" },
			...members.map(member => memberItem(app, group, member, line, again))),
		...(group.mayChange ? [...invitePart(app, group, line, again), choicesPart(app, group, line)] :
			[]),
		line,
		el("div", { class: "dialog-actions" }, ...(isMember ? [
			actionButton(t("groups.leave"), "", line, () => leave(app, group), "danger"),
			button(t("files.show"), () => showFiles(app, "#" + name)),
			button(t("groups.write"), () => openTalk(app, group.name), "primary"),
		] : [joinButton(app, group.name, line)])),
	];
}

// The dialog about a group, or a group of another realm, of which nothing is known here.
export function showGroup(app, who) {
	const whom = parseWho(who, app.model.me.realm);

	openDialog("group", clean(who), body => {
		const place = el("div", { class: "place" });
		const build = () => fill(place, () => buildGroup(app, whom.name, build));

		body.append(place);
		if (whom?.realm === "")
			build();
		else
			place.append(el("p", { text: t("groups.abroad", { realm: whom?.realm ?? "?" }) }),
				el("div", { class: "dialog-actions" },
					button(t("files.show"), () => showFiles(app, who))));
	});
}

// Tells of invitations that came meanwhile; each once, until the page is left.
async function tellInvitations(app, told) {
	const { messages } = await app.request("invite");
	const fresh = messages.filter(name => !told.has(name));

	for (const name of fresh)
		told.add(name);
	if (fresh.length > 0)
		notice(t("groups.areInvited", { groups: fresh.map(name => "#" + name).join(", ") }));
}

export function setup(app) {
	const on = (id, run) => document.getElementById(id).addEventListener("click", run);
	let told = new Set();

	// Where the server does not say, nothing is told.
	app.on("state", ({ state }) => state === "online" && tellInvitations(app, told).catch(() => {}));
	app.on("logout", () => {
		told = new Set();
	});
	on("new-group", () => showNewGroup(app));
	on("menu-groups", () => showGroups(app));
	app.showGroup = who => showGroup(app, who);
}
