/*
 * Who is found by the beginning of a name: in a small realm everybody, in a large one those who are
 * likely to be meant. And who comes and goes.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chat/group.h"
#include "chat/history/presence.h"
#include "chat/message.h"
#include "chat/people.h"
#include "chat/push.h"
#include "chat/ring.h"
#include "file_fixture.h"
#include "suite.h"

static struct chat_people people;

/* The names that are found, with a + behind them if there may be more. */
static const char *
find(const struct chat_session *who, const char *prefix)
{
	static char names[CHAT_PEOPLE_MAX * (NAME_MAX_BYTES + 1) + 2];

	names[0] = '\0';
	store_refresh(file_chat.store);
	chat_people_begin(&people, chat_text(prefix));
	ck_assert_int_eq(chat_people_look(&file_chat, &people, who->user.id), CHAT_OK);
	for (size_t i = 0; i < people.n; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
		    i == 0 ? "" : " ", people.list[i].name);
	if (people.more)
		strcat(names, "+");
	return names;
}

static void
add_user(const char *name, struct chat_session *session)
{
	*session = (struct chat_session){ .user.id = 0 };
	snprintf(session->user.name, sizeof(session->user.name), "%s", name);
	ck_assert_int_eq(chat_user_import(&file_chat, &session->user, ""), CHAT_OK);
}

START_TEST(test_small_realm)
{
	struct chat_session session;

	add_user("Lima", &session);
	ck_assert_str_eq(find(&messi, ""), "henderson Lima lineker messi");
	ck_assert_str_eq(find(&messi, "li"), "Lima lineker");
	ck_assert_str_eq(find(&messi, "LIM"), "Lima");
	ck_assert_str_eq(find(&messi, "limas"), "");
	ck_assert_str_eq(find(&messi, "k"), "");
}
END_TEST

/* As many as are looked at are used for other things than accounts. */
static void
use_ids(void)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "id", 2, CHAT_PEOPLE_LOOKS);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

/* Accounts with high numbers are found by those who know them, and by their whole names. */
START_TEST(test_large_realm)
{
	struct chat_session zico, zidane, zoff;

	use_ids();
	add_user("zico", &zico);
	add_user("zidane", &zidane);
	add_user("zoff", &zoff);
	/* The newest ones are found, until others are newer. */
	ck_assert_str_eq(find(&messi, "z"), "zico zidane zoff+");
	use_ids();
	ck_assert_str_eq(find(&messi, "z"), "+");
	ck_assert_str_eq(find(&messi, "Zico"), "zico+");
	ck_assert_str_eq(find(&messi, "l"), "lineker+");
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), zico.user.id), CHAT_OK);
	ck_assert_str_eq(find(&messi, "z"), "zico+");
	ck_assert_str_eq(find(&lineker, "z"), "+");
	file_config.history = true;
	file_config.conversations_max = 10;
	file_config.inbox_max = 10;
	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("zidane"),
	                     chat_text("halo")),
	    CHAT_OK);
	ck_assert_str_eq(find(&messi, "z"), "zico zidane+");
	chat_people_begin(&people, chat_text("zo"));
	ck_assert_int_eq(chat_people_add(&file_chat, &people, zoff.user.id), CHAT_OK);
	ck_assert_int_eq(chat_people_add(&file_chat, &people, zoff.user.id), CHAT_OK);
	ck_assert_int_eq(chat_people_add(&file_chat, &people, zico.user.id), CHAT_OK);
	ck_assert_int_eq(chat_people_add(&file_chat, &people, kopi), CHAT_OK);
	ck_assert_uint_eq(people.n, 1);
}
END_TEST

static char changes[64];

static void
note_change(void *arg, uint64_t user, bool online)
{
	(void)arg;
	ck_assert_uint_eq(user, henderson.user.id);
	strcat(changes, online ? "+" : "-");
}

/* Looks without the pause. */
static const char *
look(struct chat_presence *presence)
{
	changes[0] = '\0';
	presence->due_ms = 0;
	chat_presence_look(&file_chat, presence, note_change, NULL);
	return changes;
}

/* A client that was told by a list is told what has changed since, and nothing else. */
START_TEST(test_presence)
{
	const struct scoreboard_entry here = { .user = henderson.user.id };
	struct chat_presence presence = { .n = 0 };

	file_chat.scoreboard = scoreboard_open(file_config.state, 16);
	ck_assert_ptr_nonnull(file_chat.scoreboard);
	ck_assert(signal(CHAT_PUSH_SIGNAL, SIG_IGN) != SIG_ERR); /* sessions may have ended */
	ck_assert_int_ge(scoreboard_enter(file_chat.scoreboard), 0);
	ck_assert_int_eq(chat_presence_add(&presence, henderson.user.id), CHAT_OK);
	ck_assert_str_eq(look(&presence), "");
	ck_assert(chat_presence_told(&presence, henderson.user.id, true));
	ck_assert(!chat_presence_told(&presence, lineker.user.id, true));
	ck_assert_str_eq(look(&presence), "-");
	scoreboard_show(file_chat.scoreboard, &here);
	ck_assert(chat_presence_told(&presence, henderson.user.id, true));
	ck_assert(!chat_presence_told(&presence, henderson.user.id, true));
	ck_assert_str_eq(look(&presence), "");
	scoreboard_leave(file_chat.scoreboard);
	ck_assert(chat_presence_told(&presence, henderson.user.id, false));
	ck_assert_str_eq(look(&presence), "");
	chat_presence_free(&presence);
}
END_TEST

static bool
is_awake(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	return poll(&readable, 1, 0) == 1;
}

/* Who is woken when people come and go, and when a user is written to, and counts as watching. */
START_TEST(test_woken)
{
	static const struct {
		enum wakeup_kind kind;
		bool people, watches;
		uint64_t room;
	} rows[] = {
		{ WAKEUP_NONE, false, false, 0 },
		{ WAKEUP_FOLLOW, false, false, 0 },
		{ WAKEUP_WATCH, true, true, 0 },
		{ WAKEUP_QUIET, false, true, 0 },
		{ WAKEUP_ROOM, true, false, 0 },
		{ WAKEUP_BUSY, false, false, 0 },
		{ WAKEUP_IRC, false, true, 0 },
		{ WAKEUP_IRC, true, true, 1 },
	};
	const struct store_event told = { .kind = CHAT_RING_USERS, .a = henderson.user.id };
	const struct store_event rooms = { .kind = CHAT_RING_ROOMS };
	struct wakeup *worker = wakeup_open(file_config.state);

	ck_assert_ptr_nonnull(worker);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct wakeup_subscription wanted = { .kind = rows[i].kind,
			.user = henderson.user.id,
			.room = rows[i].room };
		int fd = wakeup_subscribe(worker, 3, &wanted);

		chat_push_people(&file_chat, 0);
		ck_assert(is_awake(fd) == rows[i].people);
		ck_assert(chat_push_watched(&file_chat, henderson.user.id) == rows[i].watches);
		wakeup_drain(worker);
		ck_assert(!is_awake(fd));
		chat_ring(file_chat.store, file_config.state, &rooms, 1, NULL);
		ck_assert(is_awake(fd) == rows[i].people);
		wakeup_drain(worker);
		chat_ring(file_chat.store, file_config.state, &told, 1, NULL);
		ck_assert(is_awake(fd) == (rows[i].kind != WAKEUP_NONE));
		wakeup_drain(worker);
	}
	wakeup_close(worker);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat people");
	TCase *tcase = tcase_create("chat people");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_add_test(tcase, test_small_realm);
	tcase_add_test(tcase, test_large_realm);
	tcase_add_test(tcase, test_presence);
	tcase_add_test(tcase, test_woken);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
