// The WebSocket: requests go out in order, and replies come back in the same order; events come
// apart from them. It connects again by itself after a break. It knows no verb of the protocol but
// the probe, and nothing of the page.

const FIRST_PAUSE_MS = 500;
const LONG_PAUSE_MS = 30000;
const OPEN_MS = 15000;		// a handshake that takes longer is given up
const SILENT_MS = 30000;	// without a byte, while a reply is waited for
const PROBE_MS = 5000;		// the same, when the user has come back to the page
const HELD_MS = 20000;		// a connection that was of use: the next one is tried soon

// A request that was refused, or whose fate is not known (LOST), or that was not sent (OFFLINE).
export class RequestError extends Error {
	constructor(code, message = code) {
		super(message);
		this.code = code;
	}
}

export class Connection {
	// handlers: hello() gives the first requests as [line, taker] pairs; event(object); state(name);
	// ended(line) when the server says, to this request or by itself, that there is no session.
	constructor(url, handlers, pick = Math.random) {
		this.url = url;
		this.handlers = handlers;
		this.pick = pick;
		this.state = "off";
		this.waiting = [];
		this.pauseMs = 0;
		this.timer = null;
	}

	start() {
		if (this.state === "off" || this.state === "waiting")
			this.#open();
	}

	// Ends it for good: nothing is tried again until start().
	stop() {
		this.#drop();
		this.#setState("off");
	}

	// The network may be back: does not wait for the end of the pause.
	retryNow() {
		if (this.state !== "waiting")
			return;
		this.pauseMs = 0;
		this.#open();
	}

	// The user or the network is back: a connection that has died meanwhile is noticed now, and not later.
	probe() {
		if (this.state === "waiting")
			this.retryNow();
		else if (this.state === "online")
			this.request("features").catch(() => {}), this.#expectBytes(PROBE_MS);
	}

	// The reply, or a RequestError.
	request(line) {
		return new Promise((resolve, reject) => {
			if (this.state !== "online") {
				reject(new RequestError("OFFLINE"));
				return;
			}
			this.#ask(line, reply => {
				if (reply instanceof RequestError)
					reject(reply);
				else
					resolve(reply);
			});
		});
	}

	#setState(state) {
		if (this.state === state)
			return;
		this.state = state;
		this.handlers.state(state);
	}

	#open() {
		const socket = new WebSocket(this.url);

		this.#drop();
		this.socket = socket;
		this.#setState("connecting");
		this.#setTimer(OPEN_MS, () => this.#lose());
		socket.onopen = () => this.#greet();
		socket.onmessage = message => this.#take(message.data);
		socket.onclose = () => this.#lose();
	}

	// Lets go of the socket, and tells those who wait for replies that none will come.
	#drop() {
		const waiting = this.waiting;

		clearTimeout(this.timer);
		if (this.socket) {
			this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
			this.socket.close();
		}
		this.socket = null;
		this.waiting = [];
		for (const { taker } of waiting)
			taker(new RequestError("LOST"));
	}

	// All that is needed first goes out at once, so the first picture costs one way there and back.
	#greet() {
		this.openedAt = Date.now();
		this.state = "online";
		for (const [line, taker] of this.handlers.hello())
			this.#ask(line, taker);
		this.handlers.state("online");
	}

	#ask(line, taker) {
		this.waiting.push({ line, taker });
		this.socket.send(line);
		if (this.waiting.length === 1)
			this.#expectBytes(SILENT_MS);
	}

	#expectBytes(ms) {
		this.#setTimer(ms, () => this.#lose());
	}

	#setTimer(ms, run) {
		clearTimeout(this.timer);
		this.timer = setTimeout(run, ms);
	}

	#take(data) {
		let object;

		clearTimeout(this.timer);
		try {
			object = JSON.parse(data);
		} catch {
			this.#lose();
			return;
		}
		if (object === null || typeof object !== "object")
			this.#lose();
		else if (object.event !== undefined)
			this.#takeEvent(object);
		else
			this.#takeReply(object);
		if (this.waiting.length > 0)
			this.#expectBytes(SILENT_MS);
	}

	#takeEvent(object) {
		if (object.event === "end")
			this.handlers.ended();
		else
			this.handlers.event(object);
	}

	#takeReply(object) {
		// The server says by itself that it is full: its end follows.
		if (this.waiting.length === 0)
			return;
		const { line, taker } = this.waiting.shift();

		if (object.status === "OK") {
			taker(object);
			return;
		}
		taker(new RequestError(object.code || "FAILED", object.message));
		if (object.code === "NO_SESSION")
			this.handlers.ended(line);
	}

	#lose() {
		if (this.state === "off")
			return;
		if (this.state === "online" && Date.now() - this.openedAt >= HELD_MS)
			this.pauseMs = 0;
		this.#setState("waiting");
		this.#drop();
		this.pauseMs = Math.min(Math.max(this.pauseMs * 2, FIRST_PAUSE_MS), LONG_PAUSE_MS);
		// Pages that lost the same server do not all come back at the same moment.
		this.#setTimer(this.pauseMs * (0.5 + this.pick() / 2), () => this.#open());
	}
}
