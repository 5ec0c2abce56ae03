/*
 * realm_talk: for tests of the realm dialect: a realm for each test, and a dialogue with it.
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
realm_talk_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

void
realm_talk_begin(int way)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
}
