// Files on their way to the server: one after the other, each by one PUT, again with the same key
// after the connection broke. No DOM.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
const TRIES_MAX = 6;		// in a row, while the server can be reached otherwise
const NAME_BYTES_MAX = 255;

const bytes = new TextEncoder();

// Where a file of a conversation is, relative to the page.
export function fileUrl(who, name) {
	return "files/" + encodeURIComponent(who) + "/" + encodeURIComponent(name);
}

// The nearest name that the server takes: it has no spaces and no path, and 255 bytes at most.
export function safeName(name) {
	let safe = name.replace(/^.*[/\\]/, "").replace(/[\s\p{Cc}\p{Cs}]+/gu, "_");
	const dot = safe.lastIndexOf(".");
	const ending = dot > 0 && safe.length - dot <= 12 ? safe.slice(dot) : "";
	const stem = Array.from(safe.slice(0, safe.length - ending.length));

	while (bytes.encode(stem.join("") + ending).length > NAME_BYTES_MAX)
		stem.pop();
	safe = stem.join("") + ending;
	return safe === "" || safe === "." || safe === ".." ? "file" : safe;
}

// Whether a file may be shown as a picture, by its name and size.
export function isPicture(file) {
	return /\.(png|jpe?g|gif|webp)$/i.test(file.name) && file.size > 0 && file.size <= 4000000;
}

// What the server said, as an error in the sense of errorText(); null: the file is there.
function readReply(request) {
	let reply = null;

	try {
		reply = JSON.parse(request.responseText);
	} catch {
		// A proxy's own page.
	}
	if (request.status === 200 && reply?.status === "OK")
		return null;
	return {
		status: request.status, code: reply?.code, message: reply?.message,
		retryAfter: request.getResponseHeader("Retry-After") ?? undefined,
	};
}

// Failures after which the same request may succeed.
function passes(error) {
	return ["NETWORK", "TOO_MANY", "TOO_SOON"].includes(error.code) ||
		[429, 502, 503, 504].includes(error.status);
}

// handlers: changed(upload), ended(upload); make() gives a new XMLHttpRequest, newKey() a UUID.
// An upload is { who, name, file, key, state, sent, error }; its state is waiting, sending,
// storing (all bytes are gone), broken (will be tried again), failed, sent or stopped.
export class Uploads {
	constructor({ changed, ended, newKey, make = () => new XMLHttpRequest() }) {
		Object.assign(this, { changed, ended, newKey, make });
		this.list = [];
		this.reachable = true;
	}

	add(who, file, name = safeName(file.name)) {
		const upload = {
			who, file, name, key: this.newKey(), state: "waiting", sent: 0, tries: 0, error: null,
		};

		this.list.push(upload);
		this.changed(upload);
		this.#next();
		return upload;
	}

	// Whether leaving the page would lose something.
	get busy() {
		return this.list.some(upload => upload.state !== "failed");
	}

	stop(upload) {
		if (this.list.includes(upload))
			this.#end(upload, "stopped");
	}

	stopAll() {
		for (const upload of [...this.list])
			this.stop(upload);
	}

	// One that failed is tried from the beginning, behind the others, with its key.
	again(upload) {
		if (upload.state !== "failed")
			return;
		this.list = this.list.filter(other => other !== upload);
		this.list.push(upload);
		Object.assign(upload, { state: "waiting", sent: 0, tries: 0, error: null });
		this.changed(upload);
		this.#next();
	}

	// The page's own connection was made, or has broken.
	setReachable(reachable) {
		const broken = this.list.find(upload => upload.state === "broken");

		this.reachable = reachable;
		if (reachable && broken)
			this.#send(broken);
	}

	#next() {
		const running = ["sending", "storing", "broken"];

		if (this.list.some(upload => running.includes(upload.state)))
			return;
		const upload = this.list.find(one => one.state === "waiting");

		if (upload)
			this.#send(upload);
	}

	#send(upload) {
		const request = this.make();

		clearTimeout(upload.timer);
		Object.assign(upload, { request, state: "sending", sent: 0 });
		request.open("PUT", fileUrl(upload.who, upload.name));
		request.setRequestHeader("Idempotency-Key", upload.key);
		request.setRequestHeader("Content-Type", "application/octet-stream");
		request.upload.onprogress = event => {
			upload.sent = Math.min(event.loaded, upload.file.size);
			if (upload.sent > 0 && upload.sent === upload.file.size)
				upload.state = "storing";
			this.changed(upload);
		};
		request.onload = () => this.#judge(upload, readReply(request));
		request.onerror = () => this.#judge(upload, { code: "NETWORK", status: 0 });
		request.ontimeout = request.onerror;
		request.send(upload.file);
		this.changed(upload);
	}

	#judge(upload, error) {
		if (error === null) {
			this.#end(upload, "sent");
			return;
		}
		upload.error = error;
		if (this.reachable)
			upload.tries++;
		if (passes(error) && upload.tries < TRIES_MAX)
			this.#pause(upload);
		else
			this.#end(upload, "failed");
	}

	// While the server is out of reach only the return of the connection begins the next try.
	#pause(upload) {
		const pause = Math.min(FIRST_PAUSE_MS * 2 ** (upload.tries - 1), LONGEST_PAUSE_MS);
		const asked = Number(upload.error.retryAfter) * 1000 || 0;

		upload.state = "broken";
		upload.timer = setTimeout(() => {
			if (this.reachable)
				this.#send(upload);
		}, Math.max(asked, pause * (0.5 + Math.random() / 2)));
		this.changed(upload);
	}

	#end(upload, state) {
		const request = upload.request;

		clearTimeout(upload.timer);
		upload.state = state;
		upload.request = null;
		if (state === "stopped" && request) {
			request.onload = request.onerror = request.upload.onprogress = null;
			request.abort();
		}
		if (state !== "failed")
			this.list = this.list.filter(other => other !== upload);
		this.ended(upload);
		this.#next();
	}
}
