// Names of users, groups and realms as the server takes them. No DOM.

const NAME = "[A-Za-z0-9_][A-Za-z0-9._-]{0,63}";
const one = new RegExp(`^${NAME}$`);
const who = new RegExp(`^(#?)(${NAME})(?:@(${NAME}))?$`);
const whoOrRealm = new RegExp(`^(?:${NAME})?(?:@${NAME})?$`);

export function isName(text) {
	return one.test(text);
}

// Whom a text names, as the server writes it: { who, group, name, realm }, realm "" for the own one.
// null: nobody can have this name.
export function parseWho(text, ownRealm = "") {
	const match = who.exec(text.trim());

	if (!match)
		return null;
	const [, sign, name, realm = ""] = match;
	const isOwn = realm.toLowerCase() === ownRealm.toLowerCase();
	const abroad = isOwn ? "" : realm;

	return { who: sign + name + (abroad && "@" + abroad), group: sign === "#", name, realm: abroad };
}

// Whether a text is what can be blocked: a user, user@realm or @realm.
export function isBlockable(text) {
	return text !== "" && whoOrRealm.test(text);
}
