// What the user types is sent once and in order, whatever breaks.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { newKey, Outbox } from "../../src/dialect/web/page/outbox.js";
import { refusal, Server, settled, Storage } from "./fake.mjs";

function start(storage = new Storage()) {
	const server = new Server();
	const done = [];
	const outbox = new Outbox({
		prefix: "kabar/surabaya/messi/", storage, send: server.send,
		settle: (pending, reply) => done.push([pending.text, reply.id]), changed: () => {},
	});

	return { outbox, server, storage, done };
}

function texts(server) {
	return server.said.map(line => /^post \S+ \S+ {2}(.*) $/s.exec(line)[1]);
}

test("a key is a UUID of version 4, and another each time", () => {
	const keys = new Set(Array.from({ length: 100 }, newKey));

	assert.equal(keys.size, 100);
	for (const key of keys)
		assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a message goes with its key, and is kept until its reply", async () => {
	const { outbox, server, storage, done } = start();
	const { key } = outbox.post("henderson", "halo");

	assert.deepEqual(server.said, [`post ${key} henderson  halo `]);
	assert.equal(Object.keys(storage).length, 1);
	await server.answer("post", { id: 7 });
	assert.deepEqual(done, [["halo", 7]]);
	assert.equal(Object.keys(storage).length, 0);
	assert.deepEqual(outbox.of("henderson"), []);
});

test("line ends of other systems become those of the protocol", () => {
	const { outbox, server } = start();

	outbox.post("henderson", "a\r\nb\rc\n");
	assert.deepEqual(texts(server), ["a\nb\nc\n"]);
});

test("after a break all that waits goes again, in order, under its keys", async () => {
	const { outbox, server, done } = start();

	for (const text of ["satu", "dua", "tiga"])
		outbox.post("henderson", text);
	const first = [...server.said];

	for (const text of first)
		await server.answer(text.slice(0, 20), refusal("LOST"));
	outbox.post("henderson", "empat");
	await server.answer("post", refusal("OFFLINE"));
	assert.deepEqual(outbox.of("Henderson").map(one => one.state), Array(4).fill("waiting"));
	server.said = [];
	outbox.flush();
	assert.deepEqual(server.said.slice(0, 3), first);
	assert.deepEqual(texts(server), ["satu", "dua", "tiga", "empat"]);
	for (let id = 1; id <= 4; id++)
		await server.answer("post", { id });
	assert.deepEqual(done, [["satu", 1], ["dua", 2], ["tiga", 3], ["empat", 4]]);
});

test("what is on its way is not sent a second time", () => {
	const { outbox, server } = start();

	outbox.post("henderson", "halo");
	outbox.flush();
	assert.equal(server.said.length, 1);
});

test("what was typed outlives the page, in order", async () => {
	const { outbox, server, storage } = start();

	for (let n = 0; n < 12; n++)
		outbox.post("henderson", "pesan " + n);
	for (let n = 0; n < 12; n++)
		await server.answer("post", refusal("LOST"));
	const stored = new Storage();

	// No order of the names is promised.
	for (const name of Object.keys(storage).reverse())
		stored.setItem(name, storage.getItem(name));
	const later = start(stored);

	later.outbox.flush();
	assert.deepEqual(later.server.said, server.said);
});

test("another user of this browser does not send it", () => {
	const { outbox, server, storage } = start();
	const other = new Server();

	outbox.post("henderson", "rahasia");
	assert.equal(server.said.length, 1);
	new Outbox({ prefix: "kabar/surabaya/lineker/", storage, send: other.send, settle() {}, changed() {} })
		.flush();
	assert.deepEqual(other.said, []);
});

test("a refusal stays with its reason until the user decides", async () => {
	const { outbox, server, done } = start();
	const pending = outbox.post("henderson", "halo");

	await server.answer("post", refusal("BLOCKED"));
	assert.deepEqual([pending.state, pending.code], ["refused", "BLOCKED"]);
	outbox.flush();
	assert.equal(server.said.length, 1);
	outbox.retry(pending.key);
	assert.equal(server.said[1], server.said[0]);
	await server.answer("post", { id: 3 });
	assert.deepEqual(done, [["halo", 3]]);
	const other = outbox.post("henderson", "dua");

	await server.answer("post", refusal("NO_USER"));
	outbox.discard(other.key);
	assert.deepEqual(outbox.all, []);
});

test("what the server is not sure of goes again under its key", async () => {
	mock.timers.enable({ apis: ["setTimeout"] });
	const { outbox, server, done } = start();
	const pending = outbox.post("henderson", "halo");

	await server.answer("post", refusal("UNSURE"));
	assert.deepEqual([pending.state, pending.code], ["waiting", ""]);
	mock.timers.tick(60000);
	mock.timers.reset();
	assert.equal(server.said.length, 2);
	assert.equal(server.said[1], server.said[0]);
	await server.answer("post", { id: 3 });
	assert.deepEqual(done, [["halo", 3]]);
});

test("what is older than the server's memory of keys asks first", () => {
	const { outbox, storage, server } = start();
	const { key } = outbox.post("henderson", "kemarin");
	const later = Date.now() + 23 * 3600 * 1000;

	assert.equal(server.said.length, 1);
	mock.method(Date, "now", () => later);
	const again = start(storage);

	mock.restoreAll();
	again.outbox.flush();
	assert.deepEqual(again.server.said, []);
	assert.equal(again.outbox.all[0].state, "refused");
	assert.notEqual(again.outbox.all[0].key, key);
});

test("a storage that refuses only means that a reload forgets", async () => {
	const storage = { setItem() { throw new Error("full"); }, removeItem() { throw new Error("no"); } };
	const { outbox, server, done } = start(storage);

	outbox.post("henderson", "halo");
	outbox.setDraft("henderson", "nanti");
	assert.equal(outbox.draft("Henderson"), "nanti");
	await server.answer("post", { id: 1 });
	assert.deepEqual(done, [["halo", 1]]);
});

test("a logout leaves nothing typed, and nothing of others goes", async () => {
	const { outbox, storage } = start();

	storage.setItem("kabar/surabaya/lineker/draft/x", "milik orang");
	outbox.post("henderson", "halo");
	outbox.setDraft("#kopi", "konsep");
	outbox.clear();
	await settled();
	assert.deepEqual(Object.keys(storage), ["kabar/surabaya/lineker/draft/x"]);
});
