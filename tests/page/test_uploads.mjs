// Files on their way: one at a time, in order, each under one key however often it is sent.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Uploads, fileUrl, isPicture, safeName } from "../../src/dialect/web/page/uploads.js";
import { Clock } from "./fake.mjs";

// A browser's request, which the test answers.
class Request {
	constructor(made) {
		this.headers = {};
		this.upload = {};
		this.answers = {};
		made.push(this);
	}

	open(method, url) {
		Object.assign(this, { method, url });
	}

	setRequestHeader(name, value) {
		this.headers[name] = value;
	}

	getResponseHeader(name) {
		return this.answers[name] ?? null;
	}

	send(file) {
		this.file = file;
	}

	abort() {
		this.aborted = true;
	}

	answer(status, reply, answers = {}) {
		Object.assign(this, { status, answers, responseText: JSON.stringify(reply) });
		this.onload();
	}
}

function start() {
	const made = [];
	const told = [];
	let keys = 0;
	const uploads = new Uploads({
		changed: upload => told.push([upload.name, upload.state]),
		ended: upload => told.push([upload.name, upload.state]),
		newKey: () => "key-" + ++keys,
		make: () => new Request(made),
	});

	return { uploads, made, told, last: () => told.at(-1) };
}

function file(name, size = 10) {
	return { name, size };
}

const OK = { status: "OK", id: 1, time: "2026-01-01T00:00:00Z" };

test("files go one after the other, in order", () => {
	const { uploads, made, told } = start();

	uploads.add("#kopi", file("a.txt"));
	uploads.add("messi", file("b.txt"));
	assert.equal(made.length, 1);
	assert.equal(made[0].method, "PUT");
	assert.equal(made[0].url, "files/%23kopi/a.txt");
	assert.equal(made[0].headers["Idempotency-Key"], "key-1");
	made[0].answer(200, OK);
	assert.equal(made.length, 2);
	assert.equal(made[1].url, "files/messi/b.txt");
	made[1].answer(200, OK);
	assert.deepEqual(told.filter(([, state]) => state === "sent"), [["a.txt", "sent"], ["b.txt", "sent"]]);
	assert.equal(uploads.busy, false);
});

test("the progress is told, and the wait for the reply behind it", () => {
	const { uploads, made } = start();
	const upload = uploads.add("messi", file("a.txt", 100));

	made[0].upload.onprogress({ loaded: 40 });
	assert.deepEqual([upload.state, upload.sent], ["sending", 40]);
	made[0].upload.onprogress({ loaded: 100 });
	assert.equal(upload.state, "storing");
});

test("a broken connection repeats the same request under the same key", () => {
	const clock = new Clock();
	const { uploads, made, last } = start();

	uploads.add("messi", file("a.txt"));
	uploads.add("messi", file("b.txt"));
	made[0].onerror();
	assert.deepEqual(last(), ["a.txt", "broken"]);
	uploads.add("messi", file("c.txt"));
	assert.equal(made.length, 1, "the next files must not overtake");
	clock.tick(1000);
	assert.equal(made.length, 2);
	assert.equal(made[1].url, made[0].url);
	assert.equal(made[1].headers["Idempotency-Key"], "key-1");
	made[1].answer(200, OK);
	assert.equal(made[2].headers["Idempotency-Key"], "key-2");
	clock.end();
});

test("while the server is out of reach nothing is tried, and nothing given up", () => {
	const clock = new Clock();
	const { uploads, made, last } = start();

	uploads.add("messi", file("a.txt"));
	for (let n = 1; n < 20; n++) {
		uploads.setReachable(false);
		made.at(-1).onerror();
		clock.tick(3600000);
		assert.equal(made.length, n);
		uploads.setReachable(true);
	}
	made.at(-1).onerror();
	uploads.setReachable(true);
	assert.equal(made.length, 21);
	clock.tick(3600000);
	assert.equal(made.length, 21, "the old pause must not send it a second time");
	made.at(-1).answer(200, OK);
	assert.deepEqual(last(), ["a.txt", "sent"]);
	clock.end();
});

test("what fails again and again while the server is there is given up, and goes on by hand", () => {
	const clock = new Clock();
	const { uploads, made, last } = start();
	const upload = uploads.add("messi", file("a.txt"));

	uploads.add("messi", file("b.txt"));
	while (upload.state !== "failed") {
		assert.ok(made.length < 20);
		made.at(-1).onerror();
		clock.tick(30000);
	}
	assert.equal(upload.error.code, "NETWORK");
	made.at(-1).answer(200, OK);
	assert.deepEqual(last(), ["b.txt", "sent"]);
	uploads.again(upload);
	made.at(-1).answer(200, OK);
	assert.deepEqual(last(), ["a.txt", "sent"]);
	assert.equal(made.at(-1).headers["Idempotency-Key"], "key-1");
	clock.end();
});

test("a refusal ends the upload at once, with the server's word", () => {
	const { uploads, made, last } = start();
	const upload = uploads.add("messi", file("a.txt"));

	made[0].answer(507, { status: "ERROR", message: "Kuota file habis", code: "QUOTA" });
	assert.deepEqual(last(), ["a.txt", "failed"]);
	assert.equal(upload.error.code, "QUOTA");
	assert.equal(uploads.busy, false);
	uploads.stop(upload);
	assert.equal(uploads.list.length, 0);
});

test("a busy server is asked again when it says so, also by a proxy's page", () => {
	const clock = new Clock();
	const { uploads, made } = start();

	uploads.add("messi", file("a.txt"));
	made[0].answer(429, { status: "ERROR", code: "TOO_SOON" }, { "Retry-After": "20" });
	clock.tick(19000);
	assert.equal(made.length, 1);
	clock.tick(2000);
	assert.equal(made.length, 2);
	Object.assign(made[1], { status: 502, responseText: "<html>" });
	made[1].onload();
	clock.tick(30000);
	assert.equal(made.length, 3);
	clock.end();
});

test("one that is stopped is ended, and the next one goes", () => {
	const clock = new Clock();
	const { uploads, made, last } = start();
	const first = uploads.add("messi", file("a.txt"));

	uploads.add("messi", file("b.txt"));
	uploads.stop(first);
	assert.ok(made[0].aborted);
	assert.equal(made[0].onload, null);
	assert.equal(made[1].url, "files/messi/b.txt");
	made[1].onerror();
	uploads.stopAll();
	assert.deepEqual(last(), ["b.txt", "stopped"]);
	clock.tick(60000);
	assert.equal(made.length, 2, "what was stopped must not go again");
	clock.end();
});

test("names are made such as the server takes", () => {
	assert.equal(safeName("my  photo 1.jpg"), "my_photo_1.jpg");
	assert.equal(safeName("C:\\fotos\\gol.png"), "gol.png");
	assert.equal(safeName("a\nb\u0000c"), "a_b_c");
	assert.equal(safeName(".."), "file");
	assert.equal(safeName(""), "file");
	assert.equal(safeName("kopi☕.txt"), "kopi☕.txt");
	const long = safeName("é".repeat(200) + ".jpg");

	assert.ok(new TextEncoder().encode(long).length <= 255);
	assert.ok(long.endsWith("é.jpg"));
	assert.doesNotThrow(() => fileUrl("messi", safeName("a\ud800.txt")));
});

test("an address of a file holds nothing that is part of one", () => {
	assert.equal(fileUrl("#kopi@malang", "a/b?c#d%.txt"), "files/%23kopi%40malang/a%2Fb%3Fc%23d%25.txt");
});

test("only small pictures are shown as such", () => {
	assert.ok(isPicture({ name: "a.PNG", size: 10 }));
	assert.ok(isPicture({ name: "a.jpeg", size: 10 }));
	assert.ok(!isPicture({ name: "a.svg", size: 10 }));
	assert.ok(!isPicture({ name: "a.png.exe", size: 10 }));
	assert.ok(!isPicture({ name: "a.png", size: 5000000 }));
	assert.ok(!isPicture({ name: "a.png", size: 0 }));
});
