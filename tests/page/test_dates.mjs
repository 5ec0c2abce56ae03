// Times as people read them.

import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Asia/Jakarta";
const { dayKey, dayOf, fullOf, shortOf, timeOf } = await import("../../src/dialect/web/page/dates.js");
const { setLanguage } = await import("../../src/dialect/web/page/text.js");

const now = new Date("2026-03-04T03:00:00Z");

test("days are told in the zone of the reader, and near ones by name", () => {
	setLanguage(["id-ID"]);
	assert.equal(dayOf("2026-03-03T18:00:00Z", now), "Hari ini");
	assert.equal(dayOf("2026-03-03T16:59:00Z", now), "Kemarin");
	assert.equal(dayOf("2026-03-01T10:00:00Z", now), "Minggu, 1 Maret");
	assert.equal(dayOf("2025-12-31T10:00:00Z", now), "Rabu, 31 Desember 2025");
	setLanguage(["en-GB"]);
	assert.equal(dayOf("2026-03-03T18:00:00Z", now), "Today");
	assert.match(dayOf("2026-03-01T10:00:00Z", now), /^Sunday,? 1 March$/);
});

test("a list has the time of today, and days otherwise", () => {
	setLanguage(["id-ID"]);
	assert.equal(shortOf("2026-03-03T18:05:00Z", now), "01.05");
	assert.equal(shortOf("2026-03-03T10:00:00Z", now), "Kemarin");
	assert.equal(shortOf("2026-03-01T10:00:00Z", now), "Minggu");
	assert.equal(shortOf("2026-01-01T10:00:00Z", now), "1 Jan");
	setLanguage(["en-GB"]);
	assert.equal(timeOf("2026-03-03T18:05:00Z"), "01:05");
});

test("a day has one key, whatever the language", () => {
	assert.equal(dayKey("2026-03-03T17:00:00Z"), dayKey("2026-03-04T16:59:59Z"));
	assert.notEqual(dayKey("2026-03-03T16:59:59Z"), dayKey("2026-03-03T17:00:00Z"));
});

test("what is no time is nothing", () => {
	for (const of of [timeOf, dayOf, shortOf, fullOf])
		for (const time of ["", "x", undefined, {}])
			assert.equal(of(time), "");
});
