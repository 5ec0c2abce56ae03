/* dialect_people: the users who are online, each once. */
#include "dialect/people.h"

#include <stdlib.h>

#include "base/vector.h"

/* The users who are online, one entry for each connection. */
struct people {
	struct person {
		uint64_t user;
		int64_t since_ms;
	} * list;
	size_t n;
};

static int
add_person(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct people *people = arg;

	(void)slot;
	if (entry->user == 0)
		return 0;
	struct person *added = vector_add(&people->list, &people->n, sizeof(*added));

	if (added == NULL)
		return 1;
	*added = (struct person){ .user = entry->user, .since_ms = entry->since_ms };
	return 0;
}

static int
compare_people(const void *a, const void *b)
{
	const struct person *left = a, *right = b;

	if (left->user != right->user)
		return left->user < right->user ? -1 : 1;
	return (left->since_ms > right->since_ms) - (left->since_ms < right->since_ms);
}

static void
find_people(struct dialog *dialog, struct people *people)
{
	*people = (struct people){ 0 };
	scoreboard_list_fast(dialog->chat.scoreboard, add_person, people);
	if (people->n > 1)
		qsort(people->list, people->n, sizeof(*people->list), compare_people);
}

void
dialect_people_each(struct dialog *dialog, dialect_people_visit *visit, struct json_out *json,
    uint64_t leave_out)
{
	struct people people;
	struct chat_user user;

	find_people(dialog, &people);
	for (size_t i = 0; i < people.n; i++)
		if ((i == 0 || people.list[i].user != people.list[i - 1].user) &&
		    people.list[i].user != leave_out &&
		    chat_user_get(&dialog->chat, people.list[i].user, &user) == CHAT_OK)
			visit(json, &user, people.list[i].since_ms);
	free(people.list);
}

static int
note_login(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct person *person = arg;

	(void)slot;
	if (entry->user == person->user &&
	    (person->since_ms == 0 || entry->since_ms < person->since_ms))
		person->since_ms = entry->since_ms;
	return 0;
}

int64_t
dialect_people_since(struct dialog *dialog, uint64_t user)
{
	struct person person = { .user = user };

	scoreboard_list_fast(dialog->chat.scoreboard, note_login, &person);
	return person.since_ms;
}
