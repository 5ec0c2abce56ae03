/* dialect_people: the users who are online, each once. */
#include "dialect/people.h"

#include <stdlib.h>

#include "base/vector.h"

static int
add_person(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct dialect_people *people = arg;

	(void)slot;
	if (entry->user == 0)
		return 0;
	struct dialect_person *added = vector_add(&people->list, &people->n, sizeof(*added));

	if (added == NULL)
		return 1;
	*added = (struct dialect_person){ .user = entry->user, .since_ms = entry->since_ms };
	return 0;
}

static int
compare_people(const void *a, const void *b)
{
	const struct dialect_person *left = a, *right = b;

	if (left->user != right->user)
		return left->user < right->user ? -1 : 1;
	return (left->since_ms > right->since_ms) - (left->since_ms < right->since_ms);
}

void
dialect_people_find(struct dialog *dialog, struct dialect_people *people)
{
	*people = (struct dialect_people){ .n = 0 };
	scoreboard_list_fast(dialog->chat.scoreboard, add_person, people);
	if (people->n > 1)
		qsort(people->list, people->n, sizeof(*people->list), compare_people);
}

void
dialect_people_write(struct json_out *json, const char *name, const char *fullname, bool online)
{
	json_out_object_begin(json);
	json_out_pair(json, "username", name);
	json_out_pair(json, "name", fullname);
	json_out_key(json, "online");
	json_out_bool(json, online);
	json_out_object_end(json);
}

int64_t
dialect_people_login(const struct dialect_people *people, uint64_t user)
{
	size_t low = 0, high = people->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (people->list[middle].user < user)
			low = middle + 1;
		else
			high = middle;
	}
	return low < people->n && people->list[low].user == user ? people->list[low].since_ms : 0;
}

void
dialect_people_free(struct dialect_people *people)
{
	free(people->list);
	*people = (struct dialect_people){ .n = 0 };
}

void
dialect_people_each(struct dialog *dialog, dialect_people_visit *visit, struct json_out *json,
    uint64_t leave_out)
{
	struct dialect_people people;
	struct chat_user user;

	dialect_people_find(dialog, &people);
	for (size_t i = 0; i < people.n; i++)
		if ((i == 0 || people.list[i].user != people.list[i - 1].user) &&
		    people.list[i].user != leave_out &&
		    chat_user_get(&dialog->chat, people.list[i].user, &user) == CHAT_OK)
			visit(json, &user, people.list[i].since_ms);
	dialect_people_free(&people);
}

static int
note_login(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct dialect_person *person = arg;

	(void)slot;
	if (entry->user == person->user &&
	    (person->since_ms == 0 || entry->since_ms < person->since_ms))
		person->since_ms = entry->since_ms;
	return 0;
}

int64_t
dialect_people_since(struct dialog *dialog, uint64_t user)
{
	struct dialect_person person = { .user = user };

	scoreboard_list_fast(dialog->chat.scoreboard, note_login, &person);
	return person.since_ms;
}
