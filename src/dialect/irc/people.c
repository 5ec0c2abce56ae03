/* dialect_irc_people: one line for each user out of the connections of the scoreboard. */
#include "dialect/irc/people.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "chat/member.h"
#include "dialect/irc/state.h"

static void
read_connection(struct irc_person *person, const struct scoreboard_entry *entry)
{
	*person = (struct irc_person){ .user = entry->user,
		.connections = 1,
		.here = entry->away[0] == '\0',
		.modes = entry->modes,
		.since_ms = entry->since_ms };
	strlcpy(person->ident, entry->ident, sizeof(person->ident));
	strlcpy(person->fullname, entry->fullname, sizeof(person->fullname));
	strlcpy(person->name, entry->name, sizeof(person->name));
}

/* Adds what another connection of the same user shows; of several names the first one counts. */
static void
merge_person(struct irc_person *into, const struct irc_person *from)
{
	const uint64_t secure = into->modes & from->modes & IRC_MODE_SECURE;

	into->modes = ((into->modes | from->modes) & ~(uint64_t)IRC_MODE_SECURE) | secure;
	into->connections += from->connections;
	into->here += from->here;
	if (from->since_ms < into->since_ms)
		into->since_ms = from->since_ms;
	if (into->ident[0] == '\0')
		memcpy(into->ident, from->ident, sizeof(into->ident));
	if (into->fullname[0] == '\0')
		memcpy(into->fullname, from->fullname, sizeof(into->fullname));
}

static int
keep_connection(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct irc_people *people = arg;
	struct irc_person *person;

	(void)slot;
	if (entry->user == 0)
		return 0;
	person = vector_add(&people->list, &people->n, sizeof(*person));
	if (person == NULL)
		return 1;
	read_connection(person, entry);
	return 0;
}

static int
compare_people(const void *a, const void *b)
{
	const struct irc_person *left = a, *right = b;

	if (left->user != right->user)
		return left->user < right->user ? -1 : 1;
	return (left->since_ms > right->since_ms) - (left->since_ms < right->since_ms);
}

void
dialect_irc_people_find(struct dialog *dialog, struct irc_people *people)
{
	size_t kept = 0;

	*people = (struct irc_people){ .n = 0 };
	if (dialog->chat.scoreboard != NULL)
		scoreboard_list_fast(dialog->chat.scoreboard, keep_connection, people);
	if (people->n == 0)
		return;
	qsort(people->list, people->n, sizeof(*people->list), compare_people);
	for (size_t i = 1; i < people->n; i++) {
		if (people->list[kept].user == people->list[i].user)
			merge_person(&people->list[kept], &people->list[i]);
		else if (++kept != i)
			people->list[kept] = people->list[i];
	}
	people->n = kept + 1;
}

void
dialect_irc_people_free(struct irc_people *people)
{
	free(people->list);
	*people = (struct irc_people){ .n = 0 };
}

const struct irc_person *
dialect_irc_people_get(const struct irc_people *people, uint64_t user)
{
	return people->n == 0
	    ? NULL
	    : bsearch(&user, people->list, people->n, sizeof(*people->list), vector_compare_u64);
}

struct search {
	uint64_t user;
	int leave_out; /* a slot, -1: none */
	struct irc_person *person;
	char *away;
};

static int
note_connection(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct search *search = arg;
	struct irc_person found;

	if (entry->user != search->user || (int)slot == search->leave_out)
		return 0;
	read_connection(&found, entry);
	if (search->person->connections == 0)
		*search->person = found;
	else
		merge_person(search->person, &found);
	if (entry->away[0] != '\0')
		strlcpy(search->away, entry->away, SCOREBOARD_AWAY_MAX);
	return 0;
}

void
dialect_irc_person_find(struct dialog *dialog, uint64_t user, bool others,
    struct irc_person *person, char away[SCOREBOARD_AWAY_MAX])
{
	struct scoreboard *scoreboard = dialog->chat.scoreboard;
	struct search search = { .user = user, .leave_out = -1, .person = person, .away = away };

	*person = (struct irc_person){ .user = 0 };
	away[0] = '\0';
	if (scoreboard == NULL || user == 0)
		return;
	if (others)
		search.leave_out = scoreboard_slot(scoreboard);
	scoreboard_list_fast(scoreboard, note_connection, &search);
	if (person->here > 0)
		away[0] = '\0';
}

bool
dialect_irc_person_is_away(const struct irc_person *person)
{
	return person->connections > 0 && person->here == 0;
}

/* A name that nobody has proved has a ~ before it. */
void
dialect_irc_person_ident(const struct irc_person *person, const struct chat_user *user,
    char ident[NAME_MAX_BYTES + 2])
{
	if (person != NULL && person->ident[0] != '\0')
		snprintf(ident, NAME_MAX_BYTES + 2, "~%s", person->ident);
	else
		strlcpy(ident, user->name, NAME_MAX_BYTES + 2);
}

const char *
dialect_irc_person_fullname(const struct irc_person *person, const struct chat_user *user)
{
	return person != NULL && person->fullname[0] != '\0' ? person->fullname : user->fullname;
}

bool
dialect_irc_people_meet(struct dialog *dialog, uint64_t user, unsigned int *looks)
{
	struct chat *chat = &dialog->chat;
	uint64_t group;

	for (uint32_t i = 0; chat_member_group(chat, dialog->session.user.id, i, &group) == CHAT_OK;
	     i++) {
		if (*looks == 0)
			return true;
		--*looks;
		if (chat_member_find(chat, group, user) == CHAT_OK)
			return true;
	}
	return false;
}
