// What the dialogs have in common: labelled fields, forms and buttons that wait for the server and
// show its refusal as a sentence.
import { el, button, userText } from "./dom.js";
import { t, errorText } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
	info: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 11v5.5M12 7.8v.01",
	download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
	stop: "M6 6l12 12M18 6 6 18",
};

// A drawing in the colour of the text, which says nothing to screen readers.
export function icon(name) {
	const drawing = document.createElementNS(SVG, "svg");
	const path = document.createElementNS(SVG, "path");

	path.setAttribute("d", ICONS[name]);
	drawing.append(path);
	for (const [key, value] of [["class", "icon"], ["viewBox", "0 0 24 24"], ["aria-hidden", "true"]])
		drawing.setAttribute(key, value);
	return drawing;
}

// A round button with a drawing; label is what it says to screen readers.
export function iconButton(name, label, onClick, className = "") {
	return el("button", { type: "button", class: "icon-button " + className, "aria-label": label,
		title: label, on: { click: onClick } }, icon(name));
}

// An error that the page itself finds, with its sentence.
export class Mistake extends Error {
	constructor(sentence) {
		super(sentence);
		this.sentence = sentence;
	}
}

function addHint(box, input, hint) {
	if (!hint)
		return;
	box.append(el("p", { class: "hint", id: input.id + "-hint", text: hint }));
	input.setAttribute("aria-describedby", input.id + "-hint");
}

// A labelled input with a hint below; .input is the input. Its id is that of the field.
export function field(id, label, attributes = {}, hint = "") {
	const input = el("input", { id, autocomplete: "off", autocapitalize: "none",
		spellcheck: "false", ...attributes });
	const row = el("div", { class: "field-row" }, input);
	const box = el("div", { class: "field" }, el("label", { for: id, text: label }), row);

	addHint(box, input, hint);
	return Object.assign(box, { input, row });
}

// A labelled checkbox; .input is it.
export function toggle(id, label, hint = "", on = false) {
	const input = el("input", { id, type: "checkbox", checked: on });
	const box = el("div", { class: "choice" },
		el("label", { class: "switch" }, input, el("span", { text: label })));

	addHint(box, input, hint);
	box.input = input;
	return box;
}

// The place of a dialog's sentences about what went wrong: .say(text), "" for none.
export function errorLine() {
	const line = el("p", { class: "error", role: "alert", hidden: true });

	line.say = text => {
		line.textContent = text;
		line.hidden = text === "";
	};
	return line;
}

// Runs what a control asks for, which is off meanwhile; true if it went well.
export async function attempt(control, line, run) {
	line.say("");
	control.disabled = true;
	try {
		await run();
		return true;
	} catch (error) {
		line.say(errorText(error));
		return false;
	} finally {
		const lostFocus = document.activeElement === document.body;

		control.disabled = false;
		if (lostFocus && control.isConnected)
			control.focus();
	}
}

// A form whose submission may be refused. The button has the form's id and "-submit"; it stands
// beside the field where that is the only one.
export function form(id, okText, submit, ...children) {
	const line = errorLine();
	const ok = el("button", { type: "submit", class: "primary", id: id + "-submit", text: okText });
	const element = el("form", { id, class: "form", novalidate: true }, ...children, line);

	if (children.length === 1)
		children[0].row.append(ok);
	else
		element.append(el("div", { class: "dialog-actions" }, ok));
	element.addEventListener("submit", event => {
		event.preventDefault();
		attempt(ok, line, submit);
	});
	return element;
}

// A button that asks the server for something.
export function actionButton(text, label, line, run, className = "") {
	const made = button(text, () => attempt(made, line, run), className);

	if (label)
		made.setAttribute("aria-label", label);
	return made;
}

// Fills a place with the elements for which build() asks the server, or tells why there are none.
// The focus stays within the place if it was in something that went.
export async function fill(place, build) {
	if (!place.hasChildNodes())
		place.append(el("p", { class: "hint", text: t("dialog.wait") }));
	try {
		place.replaceChildren(...(await build()).filter(Boolean));
	} catch (error) {
		place.replaceChildren(el("p", { class: "error", role: "alert", text: errorText(error) }));
	}
	place.tabIndex = -1;
	if (document.activeElement === document.body && place.closest("dialog")?.open)
		place.focus();
}

// The facts about something: [key of the name, value of anybody] each; those without value go.
export function details(rows) {
	const list = el("dl", { class: "details" });

	for (const [key, value] of rows)
		if (value)
			list.append(el("dt", { text: t(key) }), el("dd", {}, userText(value)));
	return list;
}

// Closes all dialogs, for what leads to a conversation.
export function closeDialogs() {
	for (const dialog of document.querySelectorAll("dialog[open]"))
		dialog.close();
}
