// Messages that come while the page is hidden: a notification of the desktop, if the user has asked
// for it, and the number of unread ones in the title.
import { el, button, clean, openDialog } from "./dom.js";
import { toggle } from "./forms.js";
import { isGroup } from "./model.js";
import { t } from "./text.js";

const TEXT_MAX = 200;

// A setting of this browser; without storage it holds until the page is left.
const settings = {
	values: new Map(),
	get(name) {
		try {
			return localStorage.getItem("kabar/" + name) === "on";
		} catch {
			return this.values.get(name) === true;
		}
	},
	set(name, on) {
		this.values.set(name, on);
		try {
			localStorage.setItem("kabar/" + name, on ? "on" : "off");
		} catch {
			// This browser keeps nothing.
		}
	},
};

// What a notification says of a message: { title, body }. hide: nothing of what was written.
export function wordsOf(who, message, hide) {
	const from = clean(message.from);
	const title = isGroup(who) ? t("notify.inGroup", { who: from, group: who }) : from;

	if (hide)
		return { title, body: t("notify.newMessage") };
	if (message.file)
		return { title, body: t("notify.file", { name: message.file.name }) };
	const start = Array.from(message.text.slice(0, 2 * TEXT_MAX)).slice(0, TEXT_MAX).join("");

	return { title, body: clean(start) };
}

// The title of the page.
export function titleOf(realm, unread) {
	const title = realm ? realm + " · kabar" : "kabar";

	return unread > 0 ? t("notify.unread", { n: unread, title }) : title;
}

function mayShow() {
	return globalThis.Notification?.permission === "granted";
}

// One notification for each conversation: a newer message takes the place of the one before.
class Notifier {
	constructor(app) {
		this.app = app;
		this.shown = new Map();
	}

	show(who, message) {
		if (!mayShow() || document.visibilityState !== "hidden" || settings.get("quiet"))
			return;
		const { title, body } = wordsOf(who, message, settings.get("hide"));

		try {
			const made = new Notification(title, { body, tag: who, icon: "icon.svg", dir: "auto" });

			this.shown.set(who, made);
			made.addEventListener("click", () => {
				window.focus();
				this.app.open(who);
				made.close();
			});
		} catch {
			// Some telephones have the interface, but refuse to show one.
		}
	}

	close(who) {
		this.shown.get(who)?.close();
		this.shown.delete(who);
	}

	closeAll() {
		for (const who of [...this.shown.keys()])
			this.close(who);
	}
}

function permissionPart(again) {
	if (!globalThis.isSecureContext)
		return el("p", { class: "hint", text: t("notify.insecure") });
	if (!globalThis.Notification)
		return el("p", { class: "hint", text: t("notify.none") });
	if (Notification.permission === "granted")
		return el("p", { class: "hint", text: t("notify.on") });
	if (Notification.permission === "denied")
		return el("p", { class: "hint", text: t("notify.refused") });
	return button(t("notify.allow"), async () => {
		await Notification.requestPermission();
		again();
	}, "primary");
}

function settingSwitch(name, text) {
	const made = toggle("notify-" + name, t(text), t(text + "Hint"), settings.get(name));

	made.input.addEventListener("change", () => settings.set(name, made.input.checked));
	return made;
}

function showSettings() {
	openDialog("notify", t("notify.title"), body => {
		const place = el("div", { role: "status" });
		const again = () => place.replaceChildren(permissionPart(again));

		again();
		body.append(el("p", { text: t("notify.hint") }), place,
			settingSwitch("quiet", "notify.quiet"), settingSwitch("hide", "notify.hide"));
	});
}

export function setup(app) {
	const notifier = new Notifier(app);
	const showTitle = () => {
		document.title = titleOf(app.session?.realm ?? "", app.model?.unreadTotal() ?? 0);
	};

	document.getElementById("menu-notify").addEventListener("click", showSettings);
	app.on("login", () => {
		const model = app.model;

		showTitle();
		model.on("list", showTitle);
		model.on("read", ({ with: who }) => {
			showTitle();
			if (model.get(who)?.unread === 0)
				notifier.close(who);
		});
		model.on("message", ({ with: who, message, live, own }) => {
			if (live && !own)
				notifier.show(who, message);
		});
	});
	app.on("logout", () => {
		notifier.closeAll();
		document.title = titleOf(app.session?.realm ?? "", 0);
	});
}
