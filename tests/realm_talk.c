/*
 * realm_talk: for tests of a dialect: a realm for each test, and a dialogue with it.
 */
#include "realm_talk.h"

struct realm realm;
struct dialogue talk;

static void
setup(void)
{
	realm_make(&realm, NULL);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

TCase *
realm_talk_tcase_with(Suite *suite, const char *name, void (*make)(void))
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, make, teardown);
	return tcase;
}

TCase *
realm_talk_tcase(Suite *suite, const char *name)
{
	return realm_talk_tcase_with(suite, name, setup);
}

void
realm_talk_begin_dialect(int way, const char *dialect)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	for (int i = 0; i < DIALOGUE_SPEAKERS; i++)
		talk.dialects[i] = dialect;
	talk.dialects['r' - 'a'] = "realm";
}

void
realm_talk_log_in(const char *command)
{
	static const char *const users[] = { "messi", "henderson", "lineker" };

	for (int i = 0; i < 3; i++)
		dialogue_runf(&talk, "%c> %s %s surabaya\n%c< TOKEN %c\n", 'a' + i, command,
		    users[i], 'a' + i, users[i][0]);
}

void
realm_talk_begin(int way)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	realm_talk_log_in("auth");
}

bool
realm_talk_messi_is_gone(void *arg)
{
	size_t len;

	(void)arg;
	dialogue_run(&talk, "b> info messi\n");
	const char *reply = dialogue_hear(&talk, 'b', &len);
	return dialogue_matches(&talk,
	    "INFO {'username':'messi','name':'Lionel Messi','country':'Argentina','online':false}",
	    reply, len);
}
