// The menu of the list: opens and closes; its items are other modules' affairs.

const byId = id => document.getElementById(id);

function setOpen(open) {
	byId("menu-list").hidden = !open;
	byId("menu").setAttribute("aria-expanded", String(open));
}

function items() {
	return [...byId("menu-list").querySelectorAll("button:not([hidden])")];
}

function moveFocus(event) {
	const all = items();
	const at = all.indexOf(document.activeElement);
	const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };

	if (!(event.key in steps))
		return;
	event.preventDefault();
	all.at(steps[event.key] % all.length).focus();
}

export function setup(app) {
	const place = byId("menu").parentElement;

	byId("menu").addEventListener("click", () => {
		setOpen(byId("menu-list").hidden);
		if (!byId("menu-list").hidden)
			items()[0].focus();
	});
	// A choice closes it; the focus is back at the button before a dialog opens and takes it.
	byId("menu-list").addEventListener("click", event => {
		if (event.target.closest("button")) {
			setOpen(false);
			byId("menu").focus();
		}
	}, true);
	place.addEventListener("keydown", event => {
		if (event.key === "Escape" && !byId("menu-list").hidden) {
			event.stopPropagation();
			setOpen(false);
			byId("menu").focus();
		} else if (!byId("menu-list").hidden) {
			moveFocus(event);
		}
	});
	place.addEventListener("focusout", event =>
		event.relatedTarget && !place.contains(event.relatedTarget) && setOpen(false));
	document.addEventListener("mousedown", event => place.contains(event.target) || setOpen(false));
	app.on("logout", () => setOpen(false));
}
