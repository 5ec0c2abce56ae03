// What the user has typed and the server does not have yet: messages under their keys, and drafts.
// They outlive a break of the connection, a reload and the end of the session; only a logout clears
// them. A message goes again under the same key until its reply comes, so the server stores it once.

// The server remembers keys for a day: what is older could be stored a second time.
const KEY_MS = 20 * 60 * 60 * 1000;
const BUSY_MS = 10000;
const AGAIN = ["LOST", "OFFLINE", "NO_SESSION", "TOO_SOON", "UNSURE"];

// A UUID of version 4. randomUUID() is missing on pages without TLS.
export function newKey() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	const hex = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");

	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// A storage that is full or forbidden only means that a reload forgets.
function attempt(run, otherwise) {
	try {
		return run();
	} catch {
		return otherwise;
	}
}

export class Outbox {
	// settle(pending, reply) and changed(who) are told what happens.
	constructor({ prefix, storage, send, settle, changed }) {
		Object.assign(this, { prefix, storage, send, settle, changed });
		this.all = this.#stored("post/").flatMap(([, value]) => attempt(() => [JSON.parse(value)], []))
			.sort((a, b) => a.order - b.order);
		this.drafts = new Map(this.#stored("draft/"));
		for (const pending of this.all)
			this.#judgeAge(pending);
	}

	// What is stored below this name, as [rest of the name, value].
	#stored(below) {
		const start = this.prefix + below;

		return attempt(() => Object.keys(this.storage).filter(name => name.startsWith(start))
			.map(name => [name.slice(start.length), this.storage.getItem(name)]), []);
	}

	#judgeAge(pending) {
		const isOld = Date.now() - Date.parse(pending.time) > KEY_MS;

		if (pending.state === "sent")
			pending.state = "waiting";
		if (isOld && pending.state === "waiting")
			Object.assign(pending, { state: "refused", code: "OLD", key: newKey() });
	}

	#store(pending) {
		attempt(() => this.storage.setItem(this.prefix + "post/" + pending.key, JSON.stringify(pending)));
	}

	// Those of a conversation, without those that an event has told already.
	of(who) {
		return this.all.filter(pending => pending.with.toLowerCase() === who.toLowerCase() && !pending.isTold);
	}

	post(who, text) {
		const now = Date.now();
		const order = Math.max(now, (this.all.at(-1)?.order ?? 0) + 1);
		const pending = { key: newKey(), with: who, text: text.replace(/\r\n?/g, "\n"), order,
			time: new Date(now).toISOString(), state: "waiting", code: "" };

		this.all.push(pending);
		this.#store(pending);
		this.#send(pending);
		this.changed(who);
		return pending;
	}

	// A connection is there: everything that waits goes, in the order in which it was typed.
	flush() {
		for (const pending of this.all)
			if (pending.state === "waiting")
				this.#send(pending);
	}

	// The server takes one space away at either end of a text, so each text gets them.
	#send(pending) {
		Object.assign(pending, { state: "sent", isTold: false });
		this.send(`post ${pending.key} ${pending.with}  ${pending.text} `)
			.then(reply => this.#accept(pending, reply), error => this.#fail(pending, error));
	}

	#accept(pending, reply) {
		if (this.#remove(pending.key))
			this.settle(pending, reply);
		this.changed(pending.with);
	}

	#fail(pending, error) {
		pending.isTold = false;
		if (AGAIN.includes(error.code)) {
			pending.state = "waiting";
			if (error.code === "TOO_SOON" || error.code === "UNSURE")
				setTimeout(() => this.flush(), BUSY_MS);
		} else {
			Object.assign(pending, { state: "refused", code: error.code });
		}
		if (this.all.includes(pending))
			this.#store(pending);
		this.changed(pending.with);
	}

	// Under the same key: if the server had stored it in spite of the error, it is not stored again.
	retry(key) {
		const pending = this.all.find(one => one.key === key);

		if (!pending || pending.state !== "refused")
			return;
		pending.code = "";
		this.#send(pending);
		this.changed(pending.with);
	}

	discard(key) {
		const pending = this.#remove(key);

		if (pending)
			this.changed(pending.with);
	}

	#remove(key) {
		const at = this.all.findIndex(one => one.key === key);

		attempt(() => this.storage.removeItem(this.prefix + "post/" + key));
		return at < 0 ? undefined : this.all.splice(at, 1)[0];
	}

	draft(who) {
		return this.drafts.get(who.toLowerCase()) ?? "";
	}

	setDraft(who, text) {
		const name = who.toLowerCase();

		if (text === "") {
			this.drafts.delete(name);
			attempt(() => this.storage.removeItem(this.prefix + "draft/" + name));
		} else {
			this.drafts.set(name, text);
			attempt(() => this.storage.setItem(this.prefix + "draft/" + name, text));
		}
	}

	// The user logs out: nothing typed stays on this device.
	clear() {
		for (const below of ["post/", "draft/"])
			for (const [rest] of this.#stored(below))
				attempt(() => this.storage.removeItem(this.prefix + below + rest));
		this.all = [];
		this.drafts.clear();
	}
}
