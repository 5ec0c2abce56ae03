// The first screen: log in, or register where the server lets one. A refusal becomes a sentence;
// the password leaves this page only in the body of a request.

import { isName } from "./names.js";
import { errorText, t } from "./text.js";

const byId = id => document.getElementById(id);

let server = { registration: "off" };
let registering = false;
let busy = false;
let enter = () => {};

export function onLogin(listener) {
	enter = listener;
}

export function setup() {
	byId("login-form").addEventListener("submit", submit);
	byId("register-toggle").addEventListener("click", () => {
		setRegistering(!registering);
		byId("login-user").focus();
	});
}

// session: the server's answer to GET /session. The sentence says why one has to log in again.
export function show(session, sentence) {
	server = session;
	byId("login-where").textContent = t("login.where", { realm: session.realm });
	byId("register-toggle").hidden = session.registration === "off";
	setRegistering(false);
	tell(sentence);
	byId("login-password").value = "";
	byId(byId("login-user").value ? "login-password" : "login-user").focus();
}

function setRegistering(on) {
	registering = on;
	byId("login-more").hidden = !on;
	byId("register-invitation-field").hidden = server.registration !== "invitation";
	byId("login-submit").textContent = t(on ? "login.register" : "login.submit");
	byId("register-toggle").textContent = t(on ? "login.have-account" : "login.no-account");
	byId("login-password").autocomplete = on ? "new-password" : "current-password";
	tell("");
}

function tell(sentence) {
	byId("login-error").textContent = sentence;
}

// The first thing that is missing, as [element, key of its sentence].
function findMistake() {
	const user = byId("login-user");
	const password = byId("login-password");

	if (!isName(user.value.trim()))
		return [user, "login.bad-user"];
	if (password.value === "")
		return [password, "login.no-password"];
	if (!registering)
		return null;
	if (/\s/.test(password.value))
		return [password, "login.bad-password"];
	for (const id of ["register-name", "register-country"])
		if (byId(id).value.trim() === "")
			return [byId(id), "login.missing"];
	if (server.registration === "invitation" && byId("register-invitation").value.trim() === "")
		return [byId("register-invitation"), "login.missing"];
	return null;
}

function formFields() {
	const fields = new URLSearchParams({ username: byId("login-user").value.trim(),
		password: byId("login-password").value });

	if (registering) {
		fields.set("name", byId("register-name").value.trim());
		fields.set("country", byId("register-country").value.trim());
		if (server.registration === "invitation")
			fields.set("invitation", byId("register-invitation").value.trim());
	}
	return fields;
}

async function post(path, fields) {
	let reply;

	try {
		reply = await fetch(path, { method: "POST", body: fields });
	} catch {
		throw Object.assign(new Error("NETWORK"), { code: "NETWORK", status: 0 });
	}
	const answer = await reply.json().catch(() => ({}));

	if (answer.status === "OK")
		return answer;
	throw Object.assign(new Error(answer.message ?? ""), { code: answer.code, status: reply.status,
		retryAfter: reply.headers.get("Retry-After") });
}

async function submit(event) {
	const mistake = findMistake();

	event.preventDefault();
	if (busy)
		return;
	markMistake(mistake?.[0]);
	if (mistake) {
		tell(t(mistake[1]));
		mistake[0].focus();
		return;
	}
	setBusy(true);
	try {
		await post(registering ? "register" : "login", formFields());
		const session = await (await fetch("session")).json();

		if (!session.username)
			throw Object.assign(new Error(), { code: "NO_COOKIE" });
		byId("login-form").reset();
		setRegistering(false);
		enter(session);
	} catch (error) {
		tell(error.code === "NO_COOKIE" ? t("login.no-cookie") : errorText(error));
	} finally {
		setBusy(false);
	}
}

function markMistake(element) {
	for (const input of byId("login-form").querySelectorAll("input"))
		input.setAttribute("aria-invalid", String(input === element));
}

function setBusy(on) {
	busy = on;
	byId("login-submit").disabled = on;
	if (on)
		tell("");
}
