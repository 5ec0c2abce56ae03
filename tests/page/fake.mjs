// Stand-ins for what a browser gives the page's modules: storage, a server that answers when the
// test says so, a socket, and a clock.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // of older versions of node

export class Storage {
	setItem(name, value) {
		this[name] = String(value);
	}

	getItem(name) {
		return Object.hasOwn(this, name) ? this[name] : null;
	}

	removeItem(name) {
		delete this[name];
	}
}

// send(line) for a model; lines are those that have no reply yet, in order.
export class Server {
	lines = [];
	said = [];

	send = line => {
		this.said.push(line);
		return new Promise((resolve, reject) => this.lines.push({ line, resolve, reject }));
	};

	// Answers the oldest line that begins so, and lets the model take it.
	async answer(start, reply) {
		const at = this.lines.findIndex(one => one.line.startsWith(start));

		if (at < 0)
			throw new Error(`nobody has asked ${start}: ${this.lines.map(one => one.line)}`);
		const [{ resolve, reject }] = this.lines.splice(at, 1);

		if (reply instanceof Error)
			reject(reply);
		else
			resolve({ status: "OK", ...reply });
		await settled();
	}
}

// All that was waiting for promises has run.
export function settled() {
	return new Promise(resolve => setImmediate(resolve));
}

export function refusal(code) {
	return Object.assign(new Error(code), { code });
}

// The sockets that were made; the test is their server.
export class Socket {
	static made = [];

	constructor(url) {
		this.url = url;
		this.sent = [];
		Socket.made.push(this);
	}

	send(text) {
		this.sent.push(text);
	}

	close() {
		this.closed = true;
	}

	tell(object) {
		this.onmessage?.({ data: JSON.stringify(object) });
	}
}

// Time that passes when the test says so, from its making until its end. Versions of node differ in
// what they have for this.
export class Clock {
	#real = { setTimeout, clearTimeout, now: Date.now };
	#timers = new Map();
	#now = 0;
	#last = 0;

	constructor() {
		globalThis.setTimeout = (run, ms = 0) => {
			this.#timers.set(++this.#last, { run, at: this.#now + ms });
			return this.#last;
		};
		globalThis.clearTimeout = id => this.#timers.delete(id);
		Date.now = () => this.#now;
	}

	tick(ms) {
		const end = this.#now + ms;

		for (;;) {
			const [id, next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];

			if (!next || next.at > end)
				break;
			this.#timers.delete(id);
			this.#now = next.at;
			next.run();
		}
		this.#now = end;
	}

	end() {
		globalThis.setTimeout = this.#real.setTimeout;
		globalThis.clearTimeout = this.#real.clearTimeout;
		Date.now = this.#real.now;
	}
}
