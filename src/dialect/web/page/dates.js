// Times as the readers of the page's language write them, in the time zone of this device. Times
// are what the server writes; what is none is shown as nothing.

import { locale } from "./text.js";

// A formatter is costly, and a list has many dates: each is made once for a language.
let madeFor = "";
let made = {};

function remember(name, make) {
	if (madeFor !== locale)
		made = {};
	madeFor = locale;
	return made[name] ??= make();
}

function show(name, options, date) {
	return remember(name, () => new Intl.DateTimeFormat(locale, options)).format(date);
}

function isDate(date) {
	return !Number.isNaN(date.getTime());
}

// Days from one instant's day to another's.
function daysBetween(date, now) {
	const day = of => Date.UTC(of.getFullYear(), of.getMonth(), of.getDate());

	return Math.round((day(date) - day(now)) / 86400000);
}

// "Yesterday": days is 0 or less.
function relativeDay(days) {
	const format = remember("relative", () =>
		new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
	const text = format.format(days, "day");

	return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

// The time of day.
export function timeOf(time) {
	const date = new Date(time);

	return isDate(date) ? show("time", { hour: "2-digit", minute: "2-digit" }, date) : "";
}

// One word for all times of a day: equal where the day is equal.
export function dayKey(time) {
	return new Date(time).toDateString();
}

// A day for the line above its messages.
export function dayOf(time, now = new Date()) {
	const date = new Date(time);
	const options = { weekday: "long", day: "numeric", month: "long" };

	if (!isDate(date))
		return "";
	const days = daysBetween(date, now);

	if (days === 0 || days === -1)
		return relativeDay(days);
	if (date.getFullYear() === now.getFullYear())
		return show("day", options, date);
	return show("dayOfYear", { ...options, year: "numeric" }, date);
}

// For a list, where there is little room: the time of today, the weekday of this week, or the day.
export function shortOf(time, now = new Date()) {
	const date = new Date(time);

	if (!isDate(date))
		return "";
	const days = daysBetween(date, now);

	if (days === 0)
		return timeOf(time);
	if (days === -1)
		return relativeDay(days);
	if (days < 0 && days > -7)
		return show("weekday", { weekday: "long" }, date);
	if (date.getFullYear() === now.getFullYear())
		return show("short", { day: "numeric", month: "short" }, date);
	return show("shortOfYear", { day: "numeric", month: "numeric", year: "2-digit" }, date);
}

// Day and time.
export function fullOf(time) {
	const date = new Date(time);

	return isDate(date) ? show("full", { dateStyle: "full", timeStyle: "short" }, date) : "";
}

// Day and time, in fewer words.
export function momentOf(time) {
	const date = new Date(time);

	return isDate(date) ? show("moment", { dateStyle: "medium", timeStyle: "short" }, date) : "";
}
