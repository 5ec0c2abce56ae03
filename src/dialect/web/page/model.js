// Conversations in memory: messages by their ids, unread counts, delivery, and the own messages that
// have no reply yet. It knows neither the page nor the connection: what is to be asked goes to
// `send`, and what has changed is told to those who listen.
import { newKey, Outbox } from "./outbox.js";

export { newKey };

const PAGE = 50;
const PAGE_MOST = 500;
const REFRESH_MS = 300;
const KEPT = 5000;		// messages of one conversation
const KEPT_CHARS = 16 * 1024 * 1024;	// and no longer texts in all
const KEPT_UNSEEN = 100;	// of one that is not open

// A later state is never replaced by an earlier one: a page that was asked for before may say less.
const DELIVERY_ORDER = ["", "queued", "delivered", "refused", "expired", "dropped", "no_realm"];

export function isGroup(who) {
	return who.startsWith("#");
}

export function groupName(who) {
	return isGroup(who) ? who.slice(1) : who;
}

export function sameName(a, b) {
	return a.toLowerCase() === b.toLowerCase();
}

function kindOf(who) {
	if (isGroup(who))
		return "group";
	return sameName(who, "kabar") ? "server" : "user";
}

export class Model {
	#listeners = new Map();
	#byName = new Map();
	#keys = new Map();	// of messages sent by this page, by their ids

	// send(line) gives a Promise of the reply; storage is like localStorage.
	constructor({ username, realm, storage, send }) {
		this.me = { username, realm, name: "", country: "", admin: false };
		this.features = [];
		this.limits = { line: 65536, file: 0 };
		this.realms = [];
		this.current = "";	// the conversation that is open; main.js sets it
		this.told = 0;		// the greatest id of a message that an event told
		this.listed = false;
		this.failure = null;	// the error that came in place of the list
		this.send = send;
		this.outbox = new Outbox({ prefix: `kabar/${realm}/${username.toLowerCase()}/`, storage, send,
			settle: (pending, reply) => this.#settle(pending, reply),
			changed: who => this.#tell("pending", { with: who }) });
		for (const pending of this.outbox.all)
			this.ensure(pending.with);
	}

	// Returns a function that ends the listening.
	on(name, listener) {
		const listeners = this.#listeners.get(name) ?? new Set();

		this.#listeners.set(name, listeners.add(listener));
		return () => listeners.delete(listener);
	}

	#tell(name, about = {}) {
		for (const listener of this.#listeners.get(name) ?? [])
			listener(about);
	}

	can(word) {
		return this.features.includes(word);
	}

	isMe(username) {
		return sameName(username, this.me.username);
	}

	// ---- the list ----

	// Newest first.
	get conversations() {
		return [...this.#byName.values()].sort((a, b) => b.last - a.last ||
			Date.parse(b.time || 0) - Date.parse(a.time || 0) || (a.with < b.with ? -1 : 1));
	}

	get(who) {
		return this.#byName.get(who.toLowerCase());
	}

	// The conversation, made if it is new; one without messages stays until the page is left.
	ensure(who) {
		const known = this.get(who);

		if (known)
			return known;
		const conversation = { with: who, kind: kindOf(who), remote: who.includes("@"), last: 0,
			time: "", unread: 0, online: undefined, members: undefined, messages: [], more: false,
			loaded: false, loading: null, readTo: 0, preview: null, kept: true };
		const outbox = this.outbox;

		Object.defineProperty(conversation, "pending", { get: () => outbox.of(who) });
		this.#byName.set(who.toLowerCase(), conversation);
		this.#tell("list");
		return conversation;
	}

	forget(who) {
		if (this.#byName.delete(who.toLowerCase()))
			this.#tell("list");
	}

	unreadTotal() {
		let sum = 0;

		for (const conversation of this.#byName.values())
			sum += conversation.unread;
		return sum;
	}

	takeList(reply) {
		const listed = new Set();

		for (const item of reply.conversations ?? []) {
			const conversation = this.ensure(String(item.with));

			listed.add(conversation);
			conversation.kept = false;
			// An event may have told a newer message than the list has.
			if (item.last >= conversation.last)
				Object.assign(conversation, { last: item.last, time: item.time,
					unread: item.last <= conversation.readTo ? 0 : item.unread });
			if (conversation.preview && conversation.preview.id < item.last)
				Object.assign(conversation, { preview: null, previewAsked: false });
			conversation.online = item.online;
			conversation.members = item.members;
		}
		for (const conversation of [...this.#byName.values()])
			if (!listed.has(conversation) && !this.#isNeeded(conversation))
				this.#byName.delete(conversation.with.toLowerCase());
		this.listed = true;
		this.failure = null;
		this.#tell("list");
	}

	// Such as where the server keeps no history. What is lost with the connection is asked for again.
	#failList(error) {
		if (error.code === "LOST")
			return;
		this.failure = error;
		this.#tell("list");
	}

	#isNeeded(conversation) {
		return conversation.kept || conversation.pending.length > 0 ||
			sameName(conversation.with, this.current) || this.draft(conversation.with) !== "";
	}

	// Asks for the list again, once for many reasons in a row.
	refresh() {
		this.refreshTimer ??= setTimeout(() => {
			this.refreshTimer = undefined;
			this.send("conversations").then(reply => this.takeList(reply), () => {});
		}, REFRESH_MS);
	}

	// ---- a connection begins ----

	// The first requests of a connection, as connection.js wants them.
	hello(program) {
		const take = f => reply => reply instanceof Error || f(reply);
		// Without a place to go on from, messages may have been missed: what is known is looked at again.
		const watch = this.told > 0 ? `watch after ${this.told}` : "watch";

		if (this.told === 0)
			for (const conversation of this.#byName.values())
				conversation.loaded = false;
		return [
			["client " + program, () => {}],
			["features", take(reply => this.#takeFeatures(reply))],
			["whoami", take(reply => this.#takeMe(reply))],
			[watch, () => {}],
			["conversations", reply => reply instanceof Error ? this.#failList(reply) : this.takeList(reply)],
			["realms", take(reply => this.#takeRealms(reply))],
		];
	}

	#takeFeatures(reply) {
		this.features = reply.features ?? [];
		this.limits = { ...this.limits, ...reply.limits };
		this.#tell("me");
	}

	#takeMe({ username, name, country, realm, admin }) {
		this.me = { username, name, country, realm, admin };
		this.#tell("me");
	}

	#takeRealms(reply) {
		this.realms = reply.realms ?? [];
		this.#tell("realms");
	}

	// ---- messages ----

	#message(item) {
		return { id: item.id, time: item.time, from: String(item.from ?? ""),
			text: String(item.text ?? ""), own: this.isMe(String(item.from ?? "")),
			file: item.file ?? null, delivery: item.delivery ?? "", reason: item.reason ?? "",
			key: item.key ?? this.#keys.get(item.id) ?? "" };
	}

	// Puts a message to its place. False: it was there, and may have learnt something.
	#insert(conversation, message) {
		const messages = conversation.messages;
		let at = messages.length;

		while (at > 0 && messages[at - 1].id > message.id)
			at--;
		if (at > 0 && messages[at - 1].id === message.id) {
			this.#learn(conversation, messages[at - 1], message);
			return false;
		}
		messages.splice(at, 0, message);
		return true;
	}

	#learn(conversation, known, message) {
		const later = DELIVERY_ORDER.indexOf(message.delivery) > DELIVERY_ORDER.indexOf(known.delivery);

		if (later)
			Object.assign(known, { delivery: message.delivery, reason: message.reason });
		const hasKey = Boolean(message.key) && !known.key;

		if (hasKey)
			known.key = message.key;
		if (message.file)
			known.file = message.file;
		if (later || message.file || hasKey)
			this.#tell("changed", { with: conversation.with, message: known });
	}

	// An event may tell the own message before its reply does: it is shown once all the same.
	#recognize(conversation, message) {
		const pending = conversation.pending.find(one => one.state === "sent" && one.text === message.text);

		if (!pending || !message.own)
			return;
		message.key = pending.key;
		pending.isTold = true;
		this.#tell("pending", { with: conversation.with });
	}

	// A message that is new to this device: of an event, or the own one to which the reply came.
	#receive(conversation, message, live) {
		const isNewer = message.id > conversation.last;
		let isNew = isNewer;

		if (live)
			this.#recognize(conversation, message);
		if (conversation.loaded)
			isNew = this.#insert(conversation, message);
		if (isNewer) {
			Object.assign(conversation, { last: message.id, time: message.time, preview: message });
			if (!message.own && message.id > conversation.readTo)
				conversation.unread++;
			this.#tell("list");
		}
		if (isNew)
			this.#tell("message", { with: conversation.with, message, live, own: message.own });
		this.#trimUnseen(conversation);
		// Presence and members of a conversation that has just begun are told by the list.
		if (conversation.kept)
			this.refresh();
	}

	#trimUnseen(conversation) {
		const { messages } = conversation;
		const most = sameName(conversation.with, this.current) ? KEPT : KEPT_UNSEEN * 2;
		// Texts may be long: looked at now and then, as it takes a while.
		const isHeavy = messages.length % 100 === 0 &&
			messages.reduce((sum, message) => sum + message.text.length, 0) > KEPT_CHARS;

		if (messages.length > most || isHeavy)
			this.trim(conversation.with);
	}

	// Lets old messages go; they can be loaded again.
	trim(who) {
		const conversation = this.get(who);

		if (!conversation || conversation.messages.length <= KEPT_UNSEEN)
			return;
		conversation.messages = conversation.messages.slice(-KEPT_UNSEEN);
		conversation.more = true;
		conversation.olderThan = undefined;
	}

	// The newest page. What is known already stays where the page continues it.
	loadNewest(who) {
		const conversation = this.ensure(who);
		const n = Math.min(Math.max(PAGE, conversation.unread + 20), PAGE_MOST);

		return this.#load(conversation, `history ${who} ${n}`, reply => {
			const messages = (reply.messages ?? []).map(item => this.#message(item));
			const newest = conversation.messages.at(-1)?.id ?? 0;
			const continues = messages.length > 0 && messages[0].id <= newest;

			if (!continues) {
				conversation.messages = [];
				conversation.more = reply.more === true;
			}
			for (const message of messages)
				this.#insert(conversation, message);
			conversation.preview = conversation.messages.at(-1) ?? null;
			conversation.loaded = true;
		});
	}

	// The newest message alone, for the list; asked for once.
	async loadPreview(conversation) {
		conversation.previewAsked = true;
		const reply = await this.send(`history ${conversation.with} 1`);
		const newest = reply.messages?.at(-1);

		if (newest && !conversation.preview)
			conversation.preview = this.#message(newest);
		this.#tell("list");
	}

	loadOlder(who) {
		const conversation = this.ensure(who);
		const first = conversation.olderThan ?? conversation.messages[0]?.id;

		if (!conversation.loaded || !conversation.more || !first)
			return Promise.resolve(false);
		return this.#load(conversation, `history ${who} before ${first} ${PAGE}`, reply => {
			const messages = (reply.messages ?? []).map(item => this.#message(item));
			const known = new Set(conversation.messages.map(message => message.id));

			conversation.messages.unshift(...messages.filter(message => !known.has(message.id)));
			conversation.more = reply.more === true;
			// Where only blocked users wrote, the page is empty and says from where to go on.
			conversation.olderThan = messages.length === 0 ? reply.next : undefined;
		});
	}

	// One at a time; true when it came.
	#load(conversation, line, take) {
		conversation.loading ??= this.send(line).then(reply => {
			take(reply);
			conversation.loading = null;
			this.#tell("messages", { with: conversation.with });
			return true;
		}, error => {
			conversation.loading = null;
			throw error;
		});
		return conversation.loading;
	}

	// ---- own words ----

	post(who, text) {
		return this.outbox.post(this.ensure(who).with, text);
	}

	retry(key) {
		this.outbox.retry(key);
	}

	discard(key) {
		this.outbox.discard(key);
	}

	// The reply to a post: the message has its id now.
	#settle(pending, reply) {
		this.#keys.set(reply.id, pending.key);
		const message = this.#message({ ...reply, from: this.me.username, text: pending.text,
			time: reply.time ?? pending.time, key: pending.key });

		this.#receive(this.ensure(pending.with), message, false);
	}

	draft(who) {
		return this.outbox.draft(who);
	}

	setDraft(who, text) {
		this.outbox.setDraft(who, text);
	}

	// ---- read ----

	// All up to this id was seen.
	markRead(who, id) {
		const conversation = this.get(who);

		if (!conversation || conversation.unread === 0 || id <= conversation.readTo)
			return;
		const before = conversation.readTo;

		this.send(`read ${conversation.with} ${id}`).catch(() => {
			// The server does not know: the next list says what is unread.
			if (conversation.readTo === id)
				conversation.readTo = before;
		});
		this.#moveMarker(conversation, id);
	}

	#moveMarker(conversation, id) {
		const { messages, more } = conversation;
		let unread = messages.filter(message => message.id > id && !message.own).length;

		if (id <= conversation.readTo)
			return;
		conversation.readTo = id;
		if (id >= conversation.last)
			unread = 0;
		else if (messages.length === 0 || (messages[0].id > id && more))
			unread = conversation.unread;	// too few are known
		conversation.unread = Math.min(unread, conversation.unread);
		this.#tell("read", { with: conversation.with });
		this.#tell("list");
	}

	// ---- events ----

	takeEvent(event) {
		switch (event.event) {
		case "message":
			this.#takeMessage(event);
			break;
		case "read":
			if (this.get(event.with))
				this.#moveMarker(this.get(event.with), event.id);
			break;
		case "presence":
			this.#takePresence(event);
			break;
		case "member":
			this.#takeMember(event);
			break;
		case "delivery":
			this.#takeDelivery(event);
			break;
		}
	}

	#takeMessage(event) {
		this.told = Math.max(this.told, event.id);
		this.#receive(this.ensure(String(event.with)), this.#message(event), true);
	}

	#takePresence({ user, online }) {
		const conversation = this.get(user);

		if (!conversation || conversation.online === online)
			return;
		conversation.online = online;
		this.#tell("presence", { user, online });
		this.#tell("list");
	}

	#takeMember({ group, user, joined }) {
		if (this.isMe(user) && !joined)
			this.forget(group);
		else
			this.refresh();
		this.#tell("member", { group, user, joined });
	}

	#takeDelivery({ with: who, id, delivery, reason }) {
		const conversation = this.get(who);

		for (const message of conversation?.messages ?? []) {
			if (message.id === id)
				this.#learn(conversation, message, { delivery, reason: reason ?? "" });
			else if (message.id < id && delivery === "delivered" && message.delivery === "queued")
				this.#learn(conversation, message, { delivery, reason: "" });
		}
	}
}
