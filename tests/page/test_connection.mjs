// The connection: replies find their requests, and after a break it comes again by itself.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Connection } from "../../src/dialect/web/page/connection.js";
import { Clock, Socket } from "./fake.mjs";

let clock, states, events, ended, connection;

beforeEach(() => {
	clock = new Clock();
	globalThis.WebSocket = Socket;
	Socket.made = [];
	states = [];
	events = [];
	ended = 0;
	connection = new Connection("ws://x/ws", {
		hello: () => [["features", () => {}], ["watch", () => {}]],
		event: object => events.push(object),
		state: name => states.push(name),
		ended: () => ended++,
	}, () => 1);
});

afterEach(() => {
	connection.stop();
	clock.end();
});

function socket() {
	return Socket.made.at(-1);
}

function open() {
	connection.start();
	socket().onopen();
	socket().tell({ status: "OK", features: [] });
	socket().tell({ status: "OK" });
}

test("the first requests go at once, and replies come to those who asked, around events", async () => {
	open();
	assert.deepEqual(socket().sent, ["features", "watch"]);
	assert.deepEqual(states, ["connecting", "online"]);
	const one = connection.request("info messi");
	const two = connection.request("groups");

	socket().tell({ status: "OK", n: 1 });
	socket().tell({ event: "presence", user: "messi" });
	socket().tell({ status: "ERROR", code: "NO_GROUP", message: "x" });
	assert.equal((await one).n, 1);
	await assert.rejects(two, { code: "NO_GROUP" });
	assert.deepEqual(events, [{ event: "presence", user: "messi" }]);
});

test("a break tells all who wait, and nothing is sent meanwhile", async () => {
	open();
	const waiting = connection.request("groups");

	socket().onclose();
	await assert.rejects(waiting, { code: "LOST" });
	await assert.rejects(connection.request("groups"), { code: "OFFLINE" });
	assert.equal(states.at(-1), "waiting");
});

test("it comes again, with pauses that grow to a bound and begin anew when it held", () => {
	const pauses = [];

	open();
	for (let n = 0; n < 10; n++) {
		const made = Socket.made.length;
		let pause = 0;

		socket().onclose();
		while (Socket.made.length === made && pause < 60000) {
			clock.tick(500);
			pause += 500;
		}
		pauses.push(pause);
	}
	assert.ok(pauses.every((pause, n) => n === 0 || pause >= pauses[n - 1]), pauses.join(" "));
	assert.ok(pauses[0] <= 1000 && pauses.at(-1) === 30000, pauses.join(" "));
	socket().onopen();
	clock.tick(25000);
	socket().tell({ status: "OK" });
	socket().tell({ status: "OK" });
	clock.tick(25000);
	const made = Socket.made.length;

	socket().onclose();
	clock.tick(500);
	assert.equal(Socket.made.length, made + 1);
});

test("a server that keeps silent is given up, one that owes nothing is not", async () => {
	open();
	clock.tick(600000);
	assert.equal(connection.state, "online");
	const waiting = connection.request("groups");

	clock.tick(31000);
	await assert.rejects(waiting, { code: "LOST" });
});

test("the end of the session is told, by an event and by a reply", async () => {
	open();
	socket().tell({ event: "end", code: "NO_SESSION" });
	assert.equal(ended, 1);
	const asked = connection.request("groups");

	socket().tell({ status: "ERROR", code: "NO_SESSION", message: "Session tidak ditemukan" });
	await assert.rejects(asked, { code: "NO_SESSION" });
	assert.equal(ended, 2);
});

test("what is no reply ends the connection, and what nobody asked is ignored", () => {
	open();
	socket().tell({ status: "OK" });
	assert.equal(connection.state, "online");
	for (const data of ["{", "null", "3"]) {
		connection.start();
		socket().onopen?.();
		socket().onmessage({ data });
		assert.equal(connection.state, "waiting", data);
	}
});

test("after the end nothing comes again by itself", () => {
	open();
	connection.stop();
	clock.tick(600000);
	assert.equal(Socket.made.length, 1);
	assert.ok(socket().closed);
});
