// Files in the page: chosen by button, dropped or pasted; their progress; a file in a message; the
// list of a conversation's files. uploads.js sends them.

import { el, button, clean, userText, openDialog, notice, announce } from "./dom.js";
import { momentOf } from "./dates.js";
import { icon, iconButton } from "./forms.js";
import { newKey } from "./model.js";
import { t, bytesOf, errorText } from "./text.js";
import { Uploads, fileUrl, isPicture, safeName } from "./uploads.js";

function downloadLink(who, file) {
	return el("a", {
		class: "button icon-button", href: fileUrl(who, file.name), download: file.name,
		"aria-label": t("files.download", { name: file.name }),
		title: t("files.download", { name: file.name }),
	}, icon("download"));
}

function showPicture(who, file) {
	openDialog("picture", clean(file.name), body => {
		body.append(
			el("img", { class: "picture", src: fileUrl(who, file.name), alt: clean(file.name) }),
			el("div", { class: "dialog-actions" }, downloadLink(who, file)));
	});
}

// What only claims to be a picture leaves no broken one behind.
function smallPicture(who, file) {
	const image = el("img", {
		class: "small-picture", src: fileUrl(who, file.name), alt: clean(file.name),
		loading: "lazy", decoding: "async",
	});
	const frame = button("", () => showPicture(who, file), "picture-button plain");

	image.addEventListener("error", () => frame.remove());
	frame.append(image);
	return frame;
}

function fileLine(who, file, more) {
	const kept = Boolean(file.hash);

	return el("div", { class: "file-line" },
		el("div", { class: "file-words" },
			el("span", { class: "file-name" }, userText(file.name)),
			el("span", { class: "file-size hint", text: kept ? bytesOf(file.size) : t("files.gone") }),
			more),
		kept ? el("div", { class: "file-actions" }, downloadLink(who, file)) : null);
}

// The element of a message about a file.
export function fileElement(app, conversation, message) {
	const who = conversation.with;
	const file = message.file;

	return el("div", { class: "file", dataset: { name: file.name } },
		file.hash && isPicture(file) ? smallPicture(who, file) : null,
		fileLine(who, file));
}

// The dialog with all files of a conversation that are kept, the newest first.
export async function showFiles(app, who) {
	let reply;

	try {
		reply = await app.request("files " + who);
	} catch (error) {
		notice(errorText(error));
		return;
	}
	openDialog("files", t("files.title", { who }), body => {
		const files = [...(reply.files ?? [])].sort((a, b) => (a.time < b.time ? 1 : -1));
		const list = el("ul", { class: "items" });

		for (const file of files) {
			const from = el("span", { class: "hint",
				text: t("files.from", { who: file.from, time: momentOf(file.time) }) });

			list.append(el("li", { class: "item file" }, fileLine(who, file, from)));
		}
		body.append(files.length > 0 ? list : el("p", { class: "empty", text: t("files.none") }));
	});
}

function reasonOf(upload) {
	if (upload.error.code === "FORBIDDEN" && upload.who.startsWith("#"))
		return t("files.taken");
	return errorText(upload.error);
}

function stateText(upload) {
	switch (upload.state) {
	case "waiting":
		return t("files.waiting");
	case "storing":
		return t("files.storing");
	case "broken":
		return t("files.broken");
	default:
		return t("files.progress",
			{ done: bytesOf(upload.sent), size: bytesOf(upload.file.size) });
	}
}

// A line of the list of uploads: made once, changed in place, so that the focus stays.
function makeRow(uploads, upload) {
	const row = el("li", { class: "upload", dataset: { key: upload.key } },
		el("div", { class: "upload-words" },
			el("span", { class: "file-name" }, userText(upload.name)),
			el("span", { class: "hint", text: t("files.to", { who: upload.who }) })),
		el("progress", { max: Math.max(upload.file.size, 1), value: 0,
			"aria-label": clean(upload.name) }),
		el("span", { class: "upload-state hint" }),
		iconButton("stop", t("files.stop", { name: upload.name }),
			() => uploads.stop(upload), "upload-stop"));

	return row;
}

function showProgress(row, upload) {
	const progress = row.querySelector("progress");

	row.dataset.state = upload.state;
	if (upload.state === "storing")
		progress.removeAttribute("value");
	else
		progress.value = upload.sent;
	row.querySelector(".upload-state").textContent = stateText(upload);
}

function showFailure(uploads, row, upload, discard) {
	const sentence = el("p", { class: "error", role: "alert" });

	row.dataset.state = "failed";
	row.replaceChildren(sentence,
		el("div", { class: "row-actions" },
			button(t("files.again"), () => uploads.again(upload)),
			button(t("files.forget"), discard)));
	sentence.textContent = t("files.failed", { name: upload.name, reason: reasonOf(upload) });
}

// The list of uploads: { changed, ended } for uploads.js.
function uploadList(app, box) {
	const rows = new Map();
	let uploads = null;

	function drop(upload) {
		rows.get(upload)?.remove();
		rows.delete(upload);
	}

	function changed(upload) {
		let row = rows.get(upload);

		if (!row || row.dataset.state === "failed") {
			drop(upload);
			row = makeRow(uploads, upload);
			rows.set(upload, row);
			box.append(row);
		}
		showProgress(row, upload);
	}

	function ended(upload) {
		if (upload.state === "failed") {
			showFailure(uploads, rows.get(upload), upload, () => uploads.stop(upload));
			if (upload.error.status === 401)
				app.sessionEnded();
			return;
		}
		const hadFocus = rows.get(upload)?.contains(document.activeElement);

		drop(upload);
		if (hadFocus)
			document.getElementById("composer-text").focus();
		announce(t("files." + upload.state, { name: upload.name }));
	}

	uploads = new Uploads({ changed, ended, newKey });
	return uploads;
}

// Why no files can go to the open conversation; "" where they can.
function obstacle(app) {
	if (!app.current)
		return t("files.noConversation");
	return app.current === "kabar" ? t("files.noServer") : "";
}

// A picture of the clipboard is called the same each time, and would replace the one before.
function pastedName(file) {
	const stamp = new Date().toISOString().replace(/[-:]/g, "").replace(/T/, "-").slice(0, 15);
	const ending = /\.\w+$/.exec(file.name)?.[0] ?? "";

	return /^image\.\w+$/.test(file.name) ? t("files.pasted") + "-" + stamp + ending :
		safeName(file.name);
}

function addFiles(app, uploads, files, nameOf = file => safeName(file.name)) {
	const limit = app.model?.limits?.file ?? Infinity;
	const reason = files.length > 0 ? obstacle(app) : "";

	if (reason) {
		notice(reason);
		return;
	}
	for (const file of files) {
		if (file.size > limit)
			notice(t("files.tooBig", { name: file.name, size: bytesOf(file.size), limit: bytesOf(limit) }));
		else
			uploads.add(app.current, file, nameOf(file));
	}
}

function takeDrops(app, talk, add) {
	const hasFiles = event => event.dataTransfer?.types.includes("Files");
	let depth = 0;

	function mark(on) {
		if (!on)
			depth = 0;
		talk.classList.toggle("dropping", on);
		talk.dataset.drop = on ? obstacle(app) || t("files.drop", { who: app.current }) : "";
	}

	talk.addEventListener("dragenter", event => {
		if (hasFiles(event) && ++depth === 1)
			mark(true);
	});
	talk.addEventListener("dragleave", event => {
		if (hasFiles(event) && --depth <= 0)
			mark(false);
	});
	talk.addEventListener("drop", event => {
		if (!hasFiles(event))
			return;
		mark(false);
		const items = [...event.dataTransfer.items].filter(item => item.kind === "file");
		const folder = item => item.webkitGetAsEntry?.()?.isDirectory;

		if (items.some(folder))
			notice(t("files.noFolder"));
		add(items.filter(item => !folder(item)).map(item => item.getAsFile()).filter(Boolean));
	});
	// A file that misses the conversation must not replace the page.
	for (const name of ["dragover", "drop"]) {
		window.addEventListener(name, event => {
			if (!hasFiles(event))
				return;
			event.preventDefault();
			if (name === "dragover" && !talk.contains(event.target))
				event.dataTransfer.dropEffect = "none";
		});
	}
}

export function setup(app) {
	const input = document.getElementById("file-input");
	const uploads = uploadList(app, document.getElementById("uploads"));
	const add = (files, nameOf) => addFiles(app, uploads, files, nameOf);

	document.getElementById("file-button").addEventListener("click", () => {
		if (obstacle(app))
			notice(obstacle(app));
		else
			input.click();
	});
	input.addEventListener("change", () => {
		add([...input.files]);
		input.value = "";
	});
	// Of a text that is copied as a picture as well, the text is meant.
	document.getElementById("composer-text").addEventListener("paste", event => {
		const files = [...(event.clipboardData?.files ?? [])];

		if (files.length === 0 || event.clipboardData.types.includes("text/plain"))
			return;
		event.preventDefault();
		add(files, pastedName);
	});
	takeDrops(app, document.getElementById("talk"), add);
	app.on("state", ({ state }) => uploads.setReachable(state === "online"));
	app.on("logout", () => {
		for (const { name } of uploads.list)
			notice(t("files.stopped", { name }));
		uploads.stopAll();
	});
	app.isSending = () => uploads.busy;
	window.addEventListener("beforeunload", event => {
		if (uploads.busy)
			event.preventDefault();
	});
}
