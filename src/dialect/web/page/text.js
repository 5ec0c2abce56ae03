// What the page says: a text by its key in the language of the browser, and a sentence for each
// refusal. The texts themselves are in en.js and id.js, which have equal keys.

import { texts as en } from "./en.js";
import { texts as id } from "./id.js";

const tables = { en, id };

// Readers of these languages know Indonesian rather than English; "in" is its old code.
const near = { in: "id", jv: "id", su: "id", ms: "id", min: "id", ban: "id" };

// The table and the locale for a list of languages, the preferred one first.
export function choose(languages) {
	for (const tag of languages) {
		const base = String(tag).toLowerCase().split(/[-_]/)[0];

		if (Object.hasOwn(tables, base))
			return { language: base, locale: tag };
		if (Object.hasOwn(near, base))
			return { language: near[base], locale: near[base] };
	}
	return { language: "en", locale: "en" };
}

export let language, locale;
let texts, rules, numbers;

// Also tells the browser, so that a screen reader speaks the language.
export function setLanguage(languages) {
	const chosen = choose(languages);

	language = chosen.language;
	texts = tables[language];
	try {
		locale = Intl.getCanonicalLocales(chosen.locale)[0];
	} catch {
		locale = language;
	}
	rules = new Intl.PluralRules(locale);
	numbers = new Intl.NumberFormat(locale);
	if (globalThis.document)
		document.documentElement.lang = language;
}

setLanguage(globalThis.navigator?.languages ?? []);

// Controls and overrides of direction have no look of their own, or change that of their neighbours.
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

// What others wrote, with such characters seen.
export function clean(text) {
	return String(text).replace(HARMFUL, "\ufffd");
}

// A value may be of any script: it stays what it is, and so does the sentence around it.
function showValue(value) {
	if (typeof value === "number")
		return numbers.format(value);
	const text = clean(value);

	return /^[ -~\u00a0-\u024f]*$/.test(text) ? text : "\u2068" + text + "\u2069";
}

// Whether there is a text of this key.
export function has(key) {
	return Object.hasOwn(texts, key);
}

// The text of this key with {name} replaced by args.name; args.n chooses between singular and
// plural. A key that is missing shows itself.
export function t(key, args = {}) {
	let text = has(key) ? texts[key] : key;

	if (typeof text === "object")
		text = text[rules.select(args.n)] ?? text.other;
	return text.replace(/\{(\w+)\}/g, (whole, name) =>
		Object.hasOwn(args, name) ? showValue(args[name]) : whole);
}

// Gives the elements of a fixed document their texts: data-t names the text's key, data-t-label,
// data-t-title and data-t-placeholder those of attributes.
export function translate(root = document) {
	const attributes = { label: "aria-label", title: "title", placeholder: "placeholder" };

	for (const element of root.querySelectorAll("[data-t]"))
		element.textContent = t(element.getAttribute("data-t"));
	for (const [name, attribute] of Object.entries(attributes)) {
		for (const element of root.querySelectorAll(`[data-t-${name}]`))
			element.setAttribute(attribute, t(element.getAttribute(`data-t-${name}`)));
	}
}

// The sentence for a word of the server, such as NO_USER, in any case; "" where there is none.
export function codeText(code) {
	const key = "code." + String(code ?? "").toUpperCase();

	return has(key) ? t(key) : "";
}

// The sentence for what was refused or has failed. An error has some of: code, the server's word,
// or LOST and OFFLINE for a broken connection; message, the server's own text; status of HTTP, 0
// where nothing came; retryAfter in seconds; sentence, which the page itself wrote.
export function errorText(error) {
	const seconds = Number(error.retryAfter ?? /(\d+) detik/.exec(error.message)?.[1]);

	if (error.sentence)
		return error.sentence;
	if (seconds > 0 && (error.code === "TOO_SOON" || error.status === 429))
		return t("code.TOO_SOON.seconds", { n: seconds });
	if (codeText(error.code))
		return codeText(error.code);
	if (has("http." + error.status))
		return t("http." + error.status);
	if (error.message)
		return t("refused.text", { message: String(error.message).slice(0, 200) });
	return t("refused.status", { status: String(error.status ?? error.code ?? "?") });
}

// A number of bytes for people.
export function bytesOf(bytes) {
	const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
	let step = 0;

	while (bytes >= 999.5 && step < units.length - 1) {
		bytes /= 1000;
		step++;
	}
	return new Intl.NumberFormat(locale, {
		style: "unit", unit: units[step], unitDisplay: step === 0 ? "long" : "short",
		maximumFractionDigits: step > 0 && bytes < 9.95 ? 1 : 0,
	}).format(bytes);
}
