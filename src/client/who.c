/* client_who: names are checked as the server checks them, so no text can hold a space or an
 * escape.
 */
#include "client/who.h"

#include <stdio.h>
#include <string.h>

/* Copies a valid name of len bytes. False: it is none. */
static bool
copy_name(char to[NAME_MAX_BYTES + 1], const char *name, size_t len)
{
	if (!name_valid(name, len))
		return false;
	memcpy(to, name, len);
	to[len] = '\0';
	return true;
}

bool
client_who_parse(const char *text, struct client_who *who)
{
	struct client_who read = { .kind = CLIENT_WHO_USER };
	const char *at;

	if (text[0] == '#') {
		read.kind = CLIENT_WHO_GROUP;
		text++;
	}
	at = strchr(text, '@');
	if (at == NULL)
		at = text + strlen(text);
	else if (!copy_name(read.realm, at + 1, strlen(at + 1)))
		return false;
	if (!copy_name(read.name, text, (size_t)(at - text)))
		return false;
	if (read.kind == CLIENT_WHO_USER && read.realm[0] == '\0' &&
	    name_same(read.name, NAME_SERVER))
		read.kind = CLIENT_WHO_SERVER;
	*who = read;
	return true;
}

void
client_who_write(const struct client_who *who, char text[CLIENT_WHO_TEXT])
{
	snprintf(text, CLIENT_WHO_TEXT, "%s%s%s%s", who->kind == CLIENT_WHO_GROUP ? "#" : "",
	    who->name, who->realm[0] == '\0' ? "" : "@", who->realm);
}

bool
client_who_same(const struct client_who *a, const struct client_who *b)
{
	return a->kind == b->kind && name_same(a->name, b->name) && name_same(a->realm, b->realm);
}
