// Conversations in memory: each message once and in its place, unread counts, delivery.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Model } from "../../src/dialect/web/page/model.js";
import { refusal, Server, Storage } from "./fake.mjs";

function start() {
	const server = new Server();
	const model = new Model({ username: "messi", realm: "surabaya", storage: new Storage(),
		send: server.send });
	const told = [];

	for (const name of ["message", "messages", "changed", "read", "presence", "member"])
		model.on(name, about => told.push([name, about]));
	return { model, server, told };
}

function item(id, from = "henderson", more = {}) {
	return { id, time: new Date(id * 1000).toISOString(), from, text: "pesan " + id, ...more };
}

function event(id, from = "henderson", more = {}) {
	return { event: "message", with: "henderson", ...item(id, from), ...more };
}

function ids(model, who = "henderson") {
	return model.get(who).messages.map(message => message.id);
}

async function loaded(...messages) {
	const all = start();

	all.model.loadNewest("henderson");
	await all.server.answer("history henderson", { messages, more: true });
	all.told.length = 0;
	return all;
}

test("history and events make one list, each message once and in order", async () => {
	const { model, told } = await loaded(item(10), item(11));

	model.takeEvent(event(13));
	model.takeEvent(event(11));
	model.takeEvent(event(12));
	model.takeEvent(event(13));
	assert.deepEqual(ids(model), [10, 11, 12, 13]);
	assert.deepEqual(told.filter(([name]) => name === "message").map(([, about]) => about.message.id), [13, 12]);
});

test("the watch goes on behind the greatest id that an event told", async () => {
	const { model, server } = await loaded(item(500));

	model.takeEvent(event(12));
	model.takeEvent(event(11));
	model.post("henderson", "halo");
	await server.answer("post", { id: 900, time: item(900).time });
	assert.ok(model.hello("kabar-web/1").some(([line]) => line === "watch after 12"));
});

test("an own message is there once, whether reply or event comes first", async () => {
	for (const order of [["reply", "event"], ["event", "reply"]]) {
		const { model, server } = await loaded(item(10));

		model.post("henderson", "pesan 20");
		for (const what of order) {
			if (what === "reply")
				await server.answer("post", { id: 20, time: item(20).time });
			else
				model.takeEvent(event(20, "messi"));
			const { messages, pending } = model.get("henderson");

			assert.equal(messages.filter(one => one.id === 20).length + pending.length, 1, order[0]);
		}
		assert.deepEqual(ids(model), [10, 20]);
		assert.equal(model.get("henderson").unread, 0);
	}
});

test("older pages stand before, without what is known", async () => {
	const { model, server } = await loaded(item(10), item(11));

	model.loadOlder("henderson");
	await server.answer("history henderson before 10", { messages: [item(8), item(9), item(10)], more: false });
	assert.deepEqual(ids(model), [8, 9, 10, 11]);
	assert.equal(await model.loadOlder("henderson"), false);
	assert.equal(server.lines.length, 0);
});

test("an empty page of blocked users says from where to go on", async () => {
	const { model, server } = await loaded(item(3000));

	model.loadOlder("henderson");
	await server.answer("history henderson before 3000", { messages: [], more: true, next: 1900 });
	model.loadOlder("henderson");
	await server.answer("history henderson before 1900", { messages: [item(7)], more: false });
	assert.deepEqual(ids(model), [7, 3000]);
});

test("a page that fails can be asked for again", async () => {
	const { model, server } = await loaded(item(10));
	const failed = model.loadOlder("henderson");

	failed.catch(() => {});
	await server.answer("history", refusal("LOST"));
	await assert.rejects(failed);
	model.loadOlder("henderson");
	await server.answer("history", { messages: [item(9)], more: false });
	assert.deepEqual(ids(model), [9, 10]);
});

test("a reload after a gap shows no gap", async () => {
	const { model, server } = await loaded(item(10), item(11));

	model.loadNewest("henderson");
	await server.answer("history", { messages: [item(90), item(91)], more: true });
	assert.deepEqual(ids(model), [90, 91]);
	model.loadNewest("henderson");
	await server.answer("history", { messages: [item(91), item(92)], more: true });
	assert.deepEqual(ids(model), [90, 91, 92]);
});

test("unread counts what others wrote behind the marker, on whichever device it moved", async () => {
	const { model, server } = await loaded(item(10));

	for (const id of [11, 12, 13])
		model.takeEvent(event(id));
	model.takeEvent(event(14, "messi"));
	assert.equal(model.get("henderson").unread, 3);
	assert.equal(model.unreadTotal(), 3);
	model.takeEvent({ event: "read", with: "henderson", id: 12 });
	assert.equal(model.get("henderson").unread, 1);
	model.takeEvent({ event: "read", with: "henderson", id: 11 });
	assert.equal(model.get("henderson").unread, 1, "the marker never goes back");
	assert.equal(model.get("henderson").readTo, 12);
	model.markRead("henderson", 14);
	assert.equal(model.unreadTotal(), 0);
	assert.deepEqual(server.said.filter(line => line.startsWith("read")), ["read henderson 14"]);
	model.markRead("henderson", 14);
	assert.equal(server.said.filter(line => line.startsWith("read")).length, 1);
});

test("the list is by the newest message, and an old reply takes nothing back", () => {
	const { model } = start();

	model.takeEvent(event(50));
	model.takeList({ conversations: [
		{ with: "#kopi", last: 40, time: item(40).time, unread: 2, members: 5 },
		{ with: "henderson", last: 30, time: item(30).time, unread: 0, online: true } ] });
	assert.deepEqual(model.conversations.map(one => one.with), ["henderson", "#kopi"]);
	assert.equal(model.get("henderson").last, 50);
	assert.equal(model.get("henderson").unread, 1);
	assert.equal(model.get("HENDERSON").online, true);
	assert.equal(model.get("#kopi").members, 5);
});

test("a list that was on its way does not bring back what was read meanwhile", async () => {
	const { model, server } = await loaded(item(10), item(11));
	const list = { conversations: [{ with: "henderson", last: 11, time: item(11).time, unread: 2 }] };

	model.takeList(list);
	assert.equal(model.get("henderson").unread, 2);
	model.markRead("henderson", 11);
	model.takeList(list);
	assert.equal(model.get("henderson").unread, 0);

	// A marker that did not reach the server is set again: nothing is read yet there.
	await server.answer("read henderson 11", refusal("LOST"));
	model.takeList(list);
	assert.equal(model.get("henderson").unread, 2);
	model.markRead("henderson", 11);
	assert.equal(server.said.filter(line => line === "read henderson 11").length, 2);
});

test("why there is no list is known, but for a break", () => {
	const { model } = start();
	const [, take] = model.hello("kabar-web/1").find(([line]) => line === "conversations");

	take(refusal("LOST"));
	assert.equal(model.failure, null);
	take(refusal("HISTORY_OFF"));
	assert.equal(model.failure.code, "HISTORY_OFF");
	take({ status: "OK", conversations: [] });
	assert.equal(model.failure, null);
	assert.equal(model.listed, true);
});

test("a conversation that the list has no more goes, unless something was typed in it", () => {
	const { model } = start();
	const list = names => ({ conversations: names.map((name, n) =>
		({ with: name, last: n + 1, time: item(n + 1).time, unread: 0 })) });

	model.takeList(list(["henderson", "#kopi", "#teh"]));
	model.setDraft("#teh", "belum");
	model.takeList(list(["henderson"]));
	assert.deepEqual(model.conversations.map(one => one.with).sort(), ["#teh", "henderson"]);
});

test("delivery only goes on, and stands for earlier messages", async () => {
	const { model } = await loaded(item(10, "messi", { delivery: "queued" }),
		item(11, "messi", { delivery: "queued" }), item(12, "messi", { delivery: "queued" }));
	const states = () => model.get("henderson").messages.map(one => one.delivery);

	model.takeEvent({ event: "delivery", with: "henderson", id: 11, delivery: "delivered" });
	assert.deepEqual(states(), ["delivered", "delivered", "queued"]);
	model.takeEvent({ event: "delivery", with: "henderson", id: 12, delivery: "refused", reason: "no_user" });
	model.takeEvent(event(12, "messi", { delivery: "queued" }));
	assert.deepEqual(states(), ["delivered", "delivered", "refused"]);
	assert.equal(model.get("henderson").messages[2].reason, "no_user");
});

test("who leaves a group has its conversation no more", () => {
	const { model, told } = start();

	model.takeList({ conversations: [{ with: "#kopi", last: 1, time: item(1).time, unread: 0 }] });
	model.takeEvent({ event: "member", group: "#kopi", user: "Messi", joined: false });
	assert.equal(model.get("#kopi"), undefined);
	assert.equal(told.at(-1)[0], "member");
});

test("an event of no kind, or of a conversation that is not known, breaks nothing", () => {
	const { model } = start();

	model.takeEvent({ event: "weather" });
	model.takeEvent({ event: "read", with: "nobody", id: 3 });
	model.takeEvent({ event: "presence", user: "nobody", online: true });
	model.takeEvent({ event: "delivery", with: "nobody", id: 3, delivery: "delivered" });
	assert.deepEqual(model.conversations, []);
});

test("memory is bounded: what nobody looks at is trimmed, and loads again", async () => {
	const { model, server } = await loaded(item(1));

	for (let id = 2; id < 1000; id++)
		model.takeEvent(event(id));
	const { messages, more } = model.get("henderson");

	assert.ok(messages.length <= 200, String(messages.length));
	assert.equal(messages.at(-1).id, 999);
	assert.equal(more, true);
	const first = messages[0].id;

	model.loadOlder("henderson");
	await server.answer(`history henderson before ${first}`, { messages: [item(first - 1)], more: true });
	assert.equal(ids(model)[0], first - 1);
});
