// Small helpers to make elements, and the places where the page says something in passing. Texts
// only ever become text nodes: nothing that somebody wrote is read as markup.
import { clean, t } from "./text.js";

const NOTICE_MS = 6000;
const LINES_MOST = 4;

export { clean };

function setAttribute(element, name, value) {
	if (name === "class")
		element.className = value;
	else if (name === "text")
		element.textContent = value;
	else if (name === "on")
		for (const [event, listener] of Object.entries(value))
			element.addEventListener(event, listener);
	else if (name === "dataset")
		Object.assign(element.dataset, value);
	else if (value !== false && value !== null && value !== undefined)
		element.setAttribute(name, value === true ? "" : value);
}

// A new element. Strings among the children become text; null and false are left out.
export function el(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes))
		setAttribute(element, name, value);
	for (const child of children)
		if (child !== null && child !== undefined && child !== false)
			element.append(child);
	return element;
}

export function button(text, onClick, className = "") {
	return el("button", { type: "button", class: className, text, on: { click: onClick } });
}

// A name or text of a user: its direction of writing stays within it.
export function userText(text, tag = "span", attributes = {}) {
	return el(tag, { ...attributes, dir: "auto", class: ("theirs " + (attributes.class ?? "")).trim(),
		text: clean(text) });
}

// A modal dialog with a heading and a way out. It leaves the document when it closes.
export function openDialog(name, title, build) {
	const id = "dialog-" + name;
	const body = el("div", { class: "dialog-body" });
	const close = button("\u00d7", () => dialog.close(), "icon-button dialog-close");
	const dialog = el("dialog", { id, class: "dialog", "aria-labelledby": id + "-title" },
		el("div", { class: "dialog-head" },
			el("h2", { id: id + "-title", dir: "auto", class: "theirs", text: title }), close),
		body);

	document.getElementById(id)?.close();
	document.getElementById(id)?.remove();
	close.setAttribute("aria-label", t("dialog.close"));
	dialog.addEventListener("close", () => dialog.remove());
	// A click on the backdrop hits the dialog itself.
	dialog.addEventListener("mousedown", event => event.target === dialog && dialog.close());
	build(body, dialog);
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}

export function confirmDialog(name, title, sentence, okText) {
	return new Promise(resolve => {
		openDialog(name, title, (body, dialog) => {
			const ok = button(okText, () => dialog.close("ok"), "primary");

			ok.id = "dialog-" + name + "-ok";
			body.append(el("p", { text: sentence }),
				el("div", { class: "dialog-actions" },
					button(t("dialog.cancel"), () => dialog.close()), ok));
			dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"));
		});
	});
}

// Many at once leave the newest ones.
function pass(place, line) {
	place.append(line);
	if (place.childElementCount > LINES_MOST)
		place.firstElementChild.remove();
	setTimeout(() => line.remove(), NOTICE_MS);
}

// A sentence that goes by itself. While a dialog is open nothing else is in reach, so it is there.
export function notice(text) {
	const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
	const line = el("div", { class: "notice", role: dialog ? "status" : null, text });

	if (!dialog) {
		pass(document.getElementById("notices"), line);
		return;
	}
	dialog.append(line);
	setTimeout(() => line.remove(), NOTICE_MS);
}

// Says a sentence to screen readers only; one that is said twice is another node, so it is heard twice.
export function announce(text) {
	pass(document.getElementById("announce"), el("div", { text }));
}

// A few hues that are told apart in both themes; the same name has the same one everywhere.
function hueOf(name) {
	let hash = 0;

	for (const letter of name.toLowerCase())
		hash = (hash * 31 + letter.codePointAt(0)) % 8;
	return String(hash);
}

// The round sign of a user or a group. A screen reader reads the name beside it instead.
export function avatar(who, online = false) {
	const isGroup = who.startsWith("#");
	const letters = isGroup ? "#" : [...clean(who)].slice(0, 1).join("").toUpperCase();
	const element = el("span", { class: "avatar", "aria-hidden": "true", text: letters,
		dataset: { hue: hueOf(who) } });

	if (online)
		element.append(el("span", { class: "online-dot" }));
	return element;
}
