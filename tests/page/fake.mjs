// Stand-ins for what a browser gives the page's modules: storage, a server that answers when the
// test says so, and a socket.

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
