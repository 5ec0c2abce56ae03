// The window through which one sees a conversation: at most so many messages of it are elements, and
// those far from view are let go. What is seen does not move when something changes around it. Also
// the lines between messages: days, and where the unread ones begin.

import { el } from "./dom.js";
import { dayOf } from "./dates.js";
import { t } from "./text.js";

const MOST = 300;	// messages that are elements at one time
const STEP = 50;
const NOTES_MOST = 20;
const END_PX = 32;	// as near counts as at the end
const GROUP_MS = 5 * 60 * 1000;

export class Lines {
	// scroller holds `holder` for the messages and `tail` for what is not sent; make(message) gives an
	// element; moved() is told when the view has moved.
	constructor({ scroller, holder, tail, make, moved }) {
		Object.assign(this, { scroller, holder, tail, make, moved });
		this.shown = [];
		this.messages = [];
		this.unreadFrom = 0;
		this.atEnd = true;
		this.wasWhole = true;
		this.lastTop = 0;
		scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
		const observer = new ResizeObserver(() => this.#resized());

		for (const element of [scroller, holder, tail])
			observer.observe(element);
	}

	// Begins anew with the newest ones of these messages, the model's own list. From unreadFrom on they
	// are unread (0: none).
	show(messages, unreadFrom = 0) {
		const unreadAt = unreadFrom ? messages.findIndex(message => message.id >= unreadFrom) : -1;
		const begin = unreadAt >= 0 ? Math.min(messages.length - STEP, unreadAt - 10) : messages.length - STEP;
		const end = Math.max(begin, 0) + MOST;

		this.messages = messages;
		this.unreadFrom = unreadFrom;
		this.shown = [];
		this.holder.replaceChildren();
		this.#addBehind(messages.slice(Math.max(begin, 0), end));
		this.scroller.scrollTop = this.scroller.scrollHeight;
		this.holder.querySelector(".unread-line")?.scrollIntoView({ block: "start" });
		this.atEnd = this.#isNearEnd();
		this.lastTop = this.scroller.scrollTop;
	}

	// The same messages, after some came between or went away.
	refresh(messages) {
		const first = this.shown[0]?.message.id ?? 0;
		const last = this.wasWhole ? Infinity : this.shown.at(-1).message.id;
		const wanted = messages.filter(message => message.id >= first && message.id <= last).slice(-MOST);

		this.messages = messages;
		// What was shown may have been let go.
		if (wanted.length === 0) {
			this.show(messages, this.unreadFrom);
			return;
		}
		this.#keepPlace(() => {
			this.shown = [];
			this.holder.replaceChildren();
			this.#addBehind(wanted);
		});
	}

	// The newest message is an element.
	get isWhole() {
		return this.shown.length === 0 ? this.messages.length === 0
			: this.shown.at(-1).message === this.messages.at(-1);
	}

	// A new message at the end of the model's list.
	append(message) {
		const before = this.messages.at(-2);
		const wasWhole = this.shown.length === 0 || this.shown.at(-1).message === before;

		if (!wasWhole)
			return;
		this.#keepPlace(() => {
			this.#addBehind([message]);
			if (this.atEnd)
				this.#dropBefore(this.shown.length - MOST);
		});
	}

	update(message) {
		const at = this.shown.findIndex(one => one.message.id === message.id);

		if (at >= 0)
			this.#keepPlace(() => {
				const fresh = this.#item(message);

				this.shown[at].element.replaceWith(fresh.element);
				this.shown[at] = fresh;
				this.#decorate(at);
			});
	}

	// Own messages without an id stand behind all others.
	showTail(elements) {
		this.#keepPlace(() => this.tail.replaceChildren(...elements));
	}

	// A remark that goes with the message before it.
	addNote(text) {
		const place = this.shown.at(-1)?.element ?? this.holder;

		this.#keepPlace(() => {
			place.append(el("div", { class: "note", text }));
			if (place.querySelectorAll(":scope > .note").length > NOTES_MOST)
				place.querySelector(":scope > .note").remove();
		});
	}

	// Marks where the unread messages begin, once they come while nobody looks.
	setUnreadFrom(id) {
		this.unreadFrom = id;
		this.#keepPlace(() => this.shown.forEach((one, at) => this.#decorate(at)));
	}

	// True if there were older ones in memory to show.
	showOlder() {
		const at = this.messages.indexOf(this.shown[0]?.message);
		const older = this.messages.slice(Math.max(at - STEP, 0), Math.max(at, 0));

		if (older.length === 0)
			return false;
		this.#keepPlace(() => {
			this.#addBefore(older);
			while (this.shown.length > MOST)
				this.shown.pop().element.remove();
			this.#noteWhole();
		});
		return true;
	}

	showNewer() {
		const at = this.messages.indexOf(this.shown.at(-1)?.message);

		if (at < 0 || at === this.messages.length - 1)
			return;
		this.atEnd = false;
		this.#keepPlace(() => {
			this.#addBehind(this.messages.slice(at + 1, at + 1 + STEP));
			this.#dropBefore(this.shown.length - MOST);
		});
	}

	scrollToEnd() {
		if (!this.isWhole && this.messages.length > 0) {
			this.shown = [];
			this.holder.replaceChildren();
			this.#addBehind(this.messages.slice(-STEP));
		}
		this.atEnd = true;
		this.scroller.scrollTop = this.scroller.scrollHeight;
		this.lastTop = this.scroller.scrollTop;
	}

	#item(message) {
		return { message, element: this.make(message) };
	}

	#addBehind(messages) {
		const fragment = document.createDocumentFragment();

		for (const message of messages) {
			const item = this.#item(message);

			this.shown.push(item);
			this.#decorate(this.shown.length - 1);
			fragment.append(item.element);
		}
		this.holder.append(fragment);
		this.#noteWhole();
	}

	// The model's list grows by itself, so what was true before has to be remembered.
	#noteWhole() {
		this.wasWhole = this.isWhole;
		this.tail.hidden = !this.wasWhole;
	}

	#addBefore(messages) {
		const items = messages.map(message => this.#item(message));

		this.shown.unshift(...items);
		for (let at = 0; at <= items.length && at < this.shown.length; at++)
			this.#decorate(at);
		this.holder.prepend(...items.map(item => item.element));
	}

	#dropBefore(n) {
		for (const item of n > 0 ? this.shown.splice(0, n) : [])
			item.element.remove();
		if (n > 0)
			this.#decorate(0);
	}

	// The lines before a message depend on the message before it.
	#decorate(at) {
		const { element, message } = this.shown[at];
		const before = this.shown[at - 1]?.message;
		const isNewDay = !before || new Date(before.time).toDateString() !== new Date(message.time).toDateString();
		const earlier = before ?? this.messages[this.messages.indexOf(message) - 1];
		const isFirstUnread = this.unreadFrom > 0 && message.id >= this.unreadFrom &&
			!(earlier?.id >= this.unreadFrom);
		const follows = !isNewDay && !isFirstUnread && before.from === message.from &&
			Date.parse(message.time) - Date.parse(before.time) < GROUP_MS;

		for (const old of element.querySelectorAll(":scope > .day, :scope > .unread-line"))
			old.remove();
		if (isFirstUnread)
			element.prepend(el("div", { class: "unread-line" }, el("span", { text: t("talk.unread-line") })));
		if (isNewDay)
			element.prepend(el("div", { class: "day" }, el("span", { text: dayOf(message.time) })));
		element.classList.toggle("follows", follows);
	}

	// Runs a change, and then shows the same place: the end, or the same message at the same height.
	#keepPlace(change) {
		if (this.atEnd) {
			change();
			this.scroller.scrollTop = this.scroller.scrollHeight;
			this.lastTop = this.scroller.scrollTop;
			return;
		}
		const anchor = this.#firstSeen();
		const before = anchor?.element.getBoundingClientRect().bottom;

		change();
		const after = this.shown.find(one => one.message.id === anchor?.message.id);

		if (after) {
			this.scroller.scrollTop += after.element.getBoundingClientRect().bottom - before;
			this.lastTop = this.scroller.scrollTop;
		}
		this.moved();
	}

	#firstSeen() {
		const top = this.scroller.getBoundingClientRect().top;

		return this.shown.find(one => one.element.getBoundingClientRect().bottom > top);
	}

	#isNearEnd() {
		const { scrollTop, scrollHeight, clientHeight } = this.scroller;

		return this.isWhole && scrollHeight - scrollTop - clientHeight < END_PX;
	}

	#measure() {
		const { scrollTop } = this.scroller;
		const isNear = this.#isNearEnd();

		// What grows by itself, such as a picture that is there now, does not lead away from the end.
		if (isNear || scrollTop < this.lastTop || !this.isWhole)
			this.atEnd = isNear;
		this.lastTop = scrollTop;
	}

	#scrolled() {
		this.#measure();
		this.moved();
	}

	#resized() {
		if (this.atEnd) {
			this.scroller.scrollTop = this.scroller.scrollHeight;
			this.lastTop = this.scroller.scrollTop;
		}
	}
}
