/*
 * old_keeper: for integration tests: what an older server keeps by itself. See old_keeper.h.
 */
#include "old_keeper.h"

#include <stdio.h>
#include <string.h>

#define KEPT_MAX 64
#define TEXT_MAX 128

static const struct person {
	const char *user;
	const char *name;
} people[] = {
	{ "messi", "Lionel Messi" },
	{ "henderson", "Jordan Henderson" },
	{ "lineker", "Gary Lineker" },
	{ "bambang", "Bambang Pamungkas" },
	{ "kapten", "Jordan Henderson" },
};

struct kept {
	const char *from; /* full names */
	const char *to;
	char text[TEXT_MAX]; /* as JSON has it */
};

static struct kept kept[KEPT_MAX];
static size_t n_kept;
static bool asked_before[sizeof(people) / sizeof(people[0])]; /* a queue is there, or was */

void
old_keeper_forget(void)
{
	n_kept = 0;
	memset(asked_before, 0, sizeof(asked_before));
}

static const struct person *
find_person(const char *user)
{
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		if (strcmp(people[i].user, user) == 0)
			return &people[i];
	return NULL;
}

/* A text is kept as it came: with the space before it, and the line's end. */
static void
keep_message(const char *from, const char *to, const char *text, const char *end)
{
	const struct person *sender = find_person(from), *receiver = find_person(to);
	struct kept *one = &kept[n_kept++];

	ck_assert(sender != NULL && receiver != NULL && n_kept < KEPT_MAX);
	*one = (struct kept){ .from = sender->name, .to = receiver->name };
	ck_assert_int_lt(snprintf(one->text, TEXT_MAX, " %s%s", text, end), TEXT_MAX);
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		asked_before[i] |= strcmp(people[i].name, receiver->name) == 0;
}

void
old_keeper_hears(const char *from, const char *to, const char *text)
{
	old_server_hears("recvrealmprivatemsg %s kediri %s %s", from, to, text);
	keep_message(from, to, text, "\\r\\n");
}

void
old_keeper_agrees(void)
{
	old_server_says("{'status': 'OK', 'message': 'Message Sent to Realm'}");
}

void
old_keeper_writes(const char *from, const char *to, const char *text)
{
	keep_message(from, to, text, " \\r\\n");
}

/* Writes the messages kept for a full name as a list, and forgets them. */
static void
hand_over(const char *name, char *reply, size_t size)
{
	size_t len = (size_t)snprintf(reply, size, "{'status': 'OK', 'messages': ["), left = 0;
	const char *between = "";

	for (size_t i = 0; i < n_kept; i++) {
		if (strcmp(kept[i].to, name) != 0) {
			kept[left++] = kept[i];
			continue;
		}
		len += (size_t)snprintf(reply + len, size - len,
		    "%s{'msg_from': '%s', 'msg_to': '%s', 'msg': '%s'}", between, kept[i].from,
		    kept[i].to, kept[i].text);
		ck_assert_uint_lt(len, size - 3);
		between = ", ";
	}
	n_kept = left;
	strcat(reply, "]}");
}

void
old_keeper_is_asked(const char *user)
{
	const struct person *person = find_person(user);
	char question[TEXT_MAX], reply[KEPT_MAX * 2 * TEXT_MAX];

	snprintf(question, sizeof(question), "getrealmchat kediri %s", user);
	old_server_is_asked(question);
	if (person == NULL)
		return;
	hand_over(person->name, reply, sizeof(reply));
	old_server_answers(asked_before[person - people]
	        ? reply
	        : "{'status': 'ERROR', 'message': 'Informasi tidak ditemukan'}");
}
