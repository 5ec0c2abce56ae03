/*
 * client_inbox: the messages of an inbox and of follow, which each dialect shows in a way of its
 * own, as one kind of entry.
 */
#ifndef KABAR_CLIENT_INBOX_H
#define KABAR_CLIENT_INBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Texts of a reply, which must stay as long as they; none is clean. "": there is no such thing. */
struct client_inbox_entry {
	const char *from; /* the user's name, or the full name where that is all one has */
	const char *name; /* the full name */
	const char *group;
	const char *realm;
	const char *text;
	size_t len; /* of the text, without what the dialect puts around it */
	const char *file;
};

/* Gets each message; an error stops the walk. */
typedef int client_inbox_take(void *arg, const struct client_inbox_entry *);
/*
 * Walks the messages of a reply to inbox (realm "") or to getrealminbox of that realm. Members of
 * other shapes are left out. 0, or what take returned first.
 */
int client_inbox_walk(const json_t *reply, bool framed, const char *realm, client_inbox_take *take,
    void *arg);
/* Reads the event of a message. False: it is another event. */
bool client_inbox_event(const json_t *event, bool framed, struct client_inbox_entry *);
/* With whom the entry was talked: "#group", or the sender; as an object for programs. */
json_t *client_inbox_json(const struct client_inbox_entry *);
/* Prints the entry for people. */
void client_inbox_print(const struct client_inbox_entry *);

#endif
