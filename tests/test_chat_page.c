/*
 * Pages of conversations: a part costs what it shows, however long the conversation is; lists and
 * markers, and what a device that watches is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/block.h"
#include "chat/group.h"
#include "chat/history/list.h"
#include "chat/history/marker.h"
#include "chat/history/page.h"
#include "chat/history/room.h"
#include "chat/history/watch.h"
#include "chat/message.h"
#include "chat/realm/remote_log.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "store/int.h"

#define SHORT    100
#define LONG     3000
#define PEER     77
#define PAGE     50
#define GROUPS   1030
#define PARTNERS 100

static void
send_n(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct chat_session *from = i % 2 ? &messi : &henderson;
		const char *to = i % 2 ? "henderson" : "messi";

		ck_assert_int_eq(chat_message_send(&file_chat, from, chat_text(to),
		                     chat_text("halo")),
		    CHAT_OK);
	}
}

/* How many entries are read for a part; its ids must be in order. */
static uint64_t
read_page(bool forward, uint64_t id, size_t n, struct chat_page *page)
{
	const struct chat_page_wish wish = { .forward = forward, .id = id, .n = n };
	struct chat_item_reader reader;
	struct chat_place place;
	struct chat_item item;

	store_entry_cache_clear(&file_chat.store->entries); /* a writer's has what was sent */
	uint64_t before = file_chat.store->entries_read;
	ck_assert_int_eq(chat_place_find(&file_chat, messi.user.id, chat_text("henderson"), &place),
	    CHAT_OK);
	ck_assert_int_eq(chat_item_begin(&reader, &file_chat, &messi.user), CHAT_OK);
	ck_assert_int_eq(chat_page_find(&reader, &place, &wish, page), CHAT_OK);
	for (size_t i = 0; i < page->n; i++) {
		ck_assert_int_eq(chat_item_read(&reader, 0, page->ids[i], &item), CHAT_OK);
		ck_assert(i == 0 || page->ids[i] > page->ids[i - 1]);
		ck_assert_str_eq(item.with, "henderson");
		ck_assert_int_eq(item.own, item.message.from_id == messi.user.id);
	}
	chat_place_free(&place);
	return file_chat.store->entries_read - before;
}

START_TEST(test_cost)
{
	uint64_t newest, oldest, middle, last;
	struct chat_page page;

	send_n(SHORT);
	newest = read_page(false, 0, PAGE, &page);
	ck_assert_uint_eq(page.n, PAGE);
	ck_assert(page.more);
	chat_page_free(&page);
	oldest = read_page(true, 0, PAGE, &page);
	chat_page_free(&page);
	send_n(LONG);
	/* The logs of both directions are read as far as the part may reach, and found by jumps. */
	ck_assert_uint_le(read_page(false, 0, PAGE, &page), newest + 40);
	last = page.ids[0];
	chat_page_free(&page);
	ck_assert_uint_le(read_page(true, 0, PAGE, &page), oldest + 120);
	chat_page_free(&page);
	middle = read_page(false, last / 2, PAGE, &page);
	ck_assert_uint_eq(page.n, PAGE);
	ck_assert_uint_lt(page.ids[PAGE - 1], last / 2);
	ck_assert_uint_le(middle, newest + 160);
	chat_page_free(&page);
}
END_TEST

/* All of a conversation, part by part from either end, has each message once. */
START_TEST(test_parts)
{
	struct chat_page page;
	size_t n = 0;

	send_n(SHORT);
	for (uint64_t id = 0;; chat_page_free(&page)) {
		read_page(false, id, 7, &page);
		n += page.n;
		if (!page.more)
			break;
		id = page.ids[0];
	}
	chat_page_free(&page);
	ck_assert_uint_eq(n, SHORT);
	n = 0;
	for (uint64_t id = 0;; chat_page_free(&page)) {
		read_page(true, id, 7, &page);
		n += page.n;
		if (!page.more)
			break;
		id = page.ids[page.n - 1];
	}
	chat_page_free(&page);
	ck_assert_uint_eq(n, SHORT);
}
END_TEST

static uint64_t
unread_of(const struct chat_session *session, const char *with)
{
	struct chat_list list;
	uint64_t unread = UINT64_MAX;

	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_list_make(&file_chat, &session->user, &list), CHAT_OK);
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.entries[i].with, with) == 0)
			unread = list.entries[i].unread;
	chat_list_free(&list);
	return unread;
}

/* A list that is long enough to map the store leaves it as it was. */
START_TEST(test_list_map)
{
	struct chat_list list;
	struct chat_user user;

	for (unsigned int i = 0; i < PARTNERS; i++) {
		user = (struct chat_user){ .id = 0 };
		snprintf(user.name, sizeof(user.name), "user%u", i);
		ck_assert_int_eq(chat_user_add(&file_chat, &user, "surabaya"), CHAT_OK);
		ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text(user.name),
		                     chat_text("halo")),
		    CHAT_OK);
	}
	for (int mapped = 0; mapped < 2; mapped++) {
		ck_assert_int_eq(store_map(file_chat.store, mapped), 0);
		ck_assert_int_eq(chat_list_make(&file_chat, &messi.user, &list), CHAT_OK);
		ck_assert_uint_ge(list.n, PARTNERS);
		chat_list_free(&list);
		ck_assert_int_eq(store_is_mapped(file_chat.store), mapped);
	}
}
END_TEST

/* Where the markers of all conversations have passed a message, so has the own log's cursor. */
START_TEST(test_markers)
{
	struct chat_place place;
	uint64_t cursor;

	send_n(4);
	ck_assert_int_eq(chat_message_send(&file_chat, &lineker, chat_text("messi"),
	                     chat_text("x")),
	    CHAT_OK);
	ck_assert_uint_eq(unread_of(&messi, "henderson"), 2);
	ck_assert_uint_eq(unread_of(&messi, "lineker"), 1);
	ck_assert_int_eq(chat_place_find(&file_chat, messi.user.id, chat_text("lineker"), &place),
	    CHAT_OK);
	ck_assert_int_eq(chat_marker_move(&file_chat, &place, UINT64_MAX / 2), CHAT_OK);
	chat_place_free(&place);
	ck_assert_int_eq(chat_cursor(&file_chat, messi.user.id, messi.user.id, &cursor), CHAT_OK);
	ck_assert_uint_eq(cursor, 0);
	ck_assert_int_eq(chat_place_find(&file_chat, messi.user.id, chat_text("henderson"), &place),
	    CHAT_OK);
	ck_assert_int_eq(chat_marker_move(&file_chat, &place, UINT64_MAX / 2), CHAT_OK);
	ck_assert_int_eq(chat_marker_move(&file_chat, &place, 1), CHAT_OK);
	chat_place_free(&place);
	ck_assert_uint_eq(unread_of(&messi, "henderson"), 0);
	ck_assert_uint_eq(unread_of(&messi, "lineker"), 0);
	ck_assert_int_eq(chat_cursor(&file_chat, messi.user.id, messi.user.id, &cursor), CHAT_OK);
	ck_assert_uint_eq(cursor, 3);
}
END_TEST

#define INBOX 5

/* messi reads all of henderson's messages; the conversation with lineker stays unread. */
static enum chat_result
send_and_read(void)
{
	struct chat_place place;
	enum chat_result result =
	    chat_message_send(&file_chat, &henderson, chat_text("messi"), chat_text("halo"));

	if (result != CHAT_OK)
		return result;
	ck_assert_int_eq(chat_place_find(&file_chat, messi.user.id, chat_text("henderson"), &place),
	    CHAT_OK);
	ck_assert_int_eq(chat_marker_move(&file_chat, &place, UINT64_MAX / 2), CHAT_OK);
	chat_place_free(&place);
	return CHAT_OK;
}

static void
pass_second(void)
{
	for (size_t i = 0; i < CHAT_ROOMS; i++)
		file_chat.rooms[i].until_ms = 0;
}

/* One old unread conversation does not fill the inbox with what is read in others. */
START_TEST(test_room)
{
	const struct chat_text messis = chat_text("messi"), both = chat_text("lineker,messi"),
	                       text = chat_text("halo");
	unsigned int n = 0;

	file_config.inbox_max = INBOX;
	ck_assert_int_eq(chat_message_send(&file_chat, &lineker, messis, text), CHAT_OK);
	for (unsigned int i = 0; i < 4 * INBOX; i++) {
		pass_second();
		ck_assert_int_eq(send_and_read(), CHAT_OK);
	}
	/* It is counted once a second at most. */
	while (send_and_read() == CHAT_OK)
		ck_assert_uint_lt(n++, INBOX);
	ck_assert(!chat_room_find(&file_chat, messi.user.id));
	pass_second();
	ck_assert(chat_room_find(&file_chat, messi.user.id));
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_message_send_list(&file_chat, &henderson, both, text), CHAT_OK);
	/* What is unread has its bound as ever. */
	for (n = 2; chat_message_send(&file_chat, &lineker, messis, text) == CHAT_OK; n++)
		pass_second();
	ck_assert_uint_eq(n, INBOX);
	pass_second();
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, messi.user.id),
	    CHAT_INBOX_FULL);
	ck_assert_int_eq(chat_message_send_list(&file_chat, &henderson, both, text),
	    CHAT_INBOX_FULL);
}
END_TEST

/* In a group the own messages are left out of what is unread, as long as few are. */
START_TEST(test_group_unread)
{
	for (unsigned int i = 0; i < CHAT_LIST_SCAN; i++)
		ck_assert_int_eq(chat_message_send_group(&file_chat, i % 4 ? &messi : &henderson,
		                     chat_text("kopi"), chat_text("x")),
		    CHAT_OK);
	ck_assert_uint_eq(unread_of(&messi, "#kopi"), CHAT_LIST_SCAN / 4);
	ck_assert_uint_eq(unread_of(&henderson, "#kopi"), CHAT_LIST_SCAN / 4 * 3);
	ck_assert_int_eq(chat_message_send_group(&file_chat, &messi, chat_text("kopi"),
	                     chat_text("x")),
	    CHAT_OK);
	ck_assert_uint_eq(unread_of(&messi, "#kopi"), CHAT_LIST_SCAN + 1);
}
END_TEST

/* A part of the group's conversation as messi sees it. */
static void
read_kopi(bool forward, uint64_t id, size_t n, struct chat_page *page)
{
	const struct chat_page_wish wish = { .forward = forward, .id = id, .n = n };
	struct chat_item_reader reader;
	struct chat_place place;

	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_place_find(&file_chat, messi.user.id, chat_text("#kopi"), &place),
	    CHAT_OK);
	ck_assert_int_eq(chat_item_begin(&reader, &file_chat, &messi.user), CHAT_OK);
	ck_assert_int_eq(chat_page_find(&reader, &place, &wish, page), CHAT_OK);
	chat_place_free(&place);
}

static void
say_in_kopi(const struct chat_session *who, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ck_assert_int_eq(chat_message_send_group(&file_chat, who, chat_text("kopi"),
		                     chat_text("x")),
		    CHAT_OK);
}

/* A long run of messages by somebody who is blocked hides nothing of what others said beyond it. */
START_TEST(test_blocked)
{
	struct chat_page page;
	uint64_t oldest, newest, next;

	say_in_kopi(&messi, 3);
	read_kopi(false, 0, 10, &page);
	ck_assert_uint_eq(page.n, 3);
	oldest = page.ids[0];
	newest = page.ids[2];
	chat_page_free(&page);
	ck_assert_int_eq(chat_block_add(&file_chat, messi.user.id, chat_text("henderson")),
	    CHAT_OK);
	say_in_kopi(&henderson, CHAT_LIST_SCAN - 3);
	ck_assert_uint_eq(unread_of(&messi, "#kopi"), 0);
	read_kopi(false, 0, 2, &page);
	ck_assert_uint_eq(page.n, 2);
	ck_assert_uint_eq(page.ids[1], newest);
	ck_assert(page.more);
	ck_assert_uint_eq(page.next, 0);
	chat_page_free(&page);
	/* One that is longer than what is looked at says where to go on. */
	say_in_kopi(&henderson, 4 * CHAT_PAGE_MOST);
	say_in_kopi(&messi, 1);
	read_kopi(true, newest, 2, &page);
	ck_assert_uint_eq(page.n, 0);
	ck_assert(page.more);
	ck_assert_uint_gt(page.next, newest);
	next = page.next;
	chat_page_free(&page);
	read_kopi(true, next, 2, &page);
	ck_assert_uint_eq(page.n, 1);
	ck_assert(!page.more);
	newest = page.ids[0];
	chat_page_free(&page);
	read_kopi(false, newest, 2, &page);
	ck_assert_uint_eq(page.n, 0);
	next = page.next;
	chat_page_free(&page);
	read_kopi(false, next, 3, &page);
	ck_assert_uint_eq(page.n, 3);
	ck_assert_uint_eq(page.ids[0], oldest);
	ck_assert(!page.more);
	chat_page_free(&page);
}
END_TEST

static void
count_event(void *arg, const struct chat_watch_event *event)
{
	unsigned int *n = arg;

	if (event->kind == CHAT_WATCH_MESSAGE)
		++*n;
}

static void
note_read(void *arg, const struct chat_watch_event *event)
{
	uint64_t *id = arg;

	if (event->kind == CHAT_WATCH_READ)
		*id = event->activity.id;
}

/* Other devices are told the message that was read last, whatever id the reader has named. */
START_TEST(test_marker_told)
{
	static const uint64_t named[] = { UINT64_MAX / 2, 1 };
	const uint64_t unsaid = 0;
	struct chat_watch watch;
	struct chat_place place;
	struct chat_page page;
	uint64_t told;

	send_n(4);
	ck_assert_int_eq(chat_watch_begin(&file_chat, &watch, UINT64_MAX), CHAT_OK);
	read_page(false, 0, 4, &page);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		told = unsaid;
		ck_assert_int_eq(chat_place_find(&file_chat, messi.user.id, chat_text("henderson"),
		                     &place),
		    CHAT_OK);
		ck_assert_int_eq(chat_marker_move(&file_chat, &place, named[i]), CHAT_OK);
		chat_place_free(&place);
		store_refresh(file_chat.store);
		ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &messi.user, 100, note_read,
		                     &told),
		    CHAT_OK);
		/* The last one is the reader's own. */
		ck_assert_uint_eq(told, i == 0 ? page.ids[2] : unsaid);
	}
	chat_page_free(&page);
	chat_watch_end(&watch);
}
END_TEST

/* messi reads a log of the group to its end; what other devices are told, 0: nothing. */
static uint64_t
read_log(struct chat_watch *watch, uint64_t log, uint64_t number)
{
	struct store_tx tx;
	uint64_t told = 0;

	store_tx_init(&tx);
	chat_marker_tx_advance(&tx, messi.user.id, kopi, log, number);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	chat_marker_tell(&file_chat, messi.user.id, kopi, log, number);
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_watch_read(&file_chat, watch, &messi.user, 100, note_read, &told),
	    CHAT_OK);
	return told;
}

/* Of a group whose messages lie in several logs, what is told as read is read in all of them. */
START_TEST(test_group_told)
{
	struct chat_watch watch;
	uint64_t remote, first, second;

	ck_assert_int_eq(chat_remote_log_make(&file_chat, kopi, PEER, &remote), CHAT_OK);
	say_in_kopi(&henderson, 1);
	first = file_chat.sent;
	ck_assert_int_eq(fixture_append(file_chat.store, remote, "x"), STORE_OK);
	say_in_kopi(&henderson, 1);
	second = file_chat.sent;
	ck_assert_int_eq(chat_watch_begin(&file_chat, &watch, UINT64_MAX), CHAT_OK);
	ck_assert_uint_eq(read_log(&watch, kopi, 2), first);
	ck_assert_uint_eq(read_log(&watch, remote, 1), second);
	chat_watch_end(&watch);
}
END_TEST

/* Whoever bears the name of a removed user gets none of that one's conversations. */
START_TEST(test_watch_namesake)
{
	struct chat_session namesake = { .user.id = 0 };
	struct chat_watch watch;
	unsigned int n = 0;

	send_n(4);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("henderson")), CHAT_OK);
	strcpy(namesake.user.name, "henderson");
	ck_assert_int_eq(chat_user_import(&file_chat, &namesake.user, ""), CHAT_OK);
	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("henderson"),
	                     chat_text("halo")),
	    CHAT_OK);
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_watch_begin(&file_chat, &watch, 0), CHAT_OK);
	ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &messi.user, 100, count_event, &n),
	    CHAT_OK);
	ck_assert_uint_eq(n, 1);
	chat_watch_end(&watch);
}
END_TEST

/* A look has an end, and the next one goes on there. */
START_TEST(test_watch_bound)
{
	struct chat_watch watch;
	unsigned int n = 0, looks = 0;
	enum chat_result result;

	ck_assert_int_eq(chat_watch_begin(&file_chat, &watch, UINT64_MAX), CHAT_OK);
	send_n(SHORT);
	do {
		unsigned int before = n;

		store_refresh(file_chat.store);
		result = chat_watch_read(&file_chat, &watch, &messi.user, 7, count_event, &n);
		ck_assert_uint_le(n - before, 7);
		looks++;
	} while (result == CHAT_TOO_MANY);
	ck_assert_int_eq(result, CHAT_OK);
	ck_assert_uint_eq(n, SHORT);
	ck_assert_uint_ge(looks, SHORT / 7);
	ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &messi.user, 7, count_event, &n),
	    CHAT_OK);
	ck_assert_uint_eq(n, SHORT);
	chat_watch_end(&watch);
}
END_TEST

/* Somebody in very many groups is told of each. */
START_TEST(test_watch_groups)
{
	struct chat_watch watch;
	unsigned int n = 0;
	char name[16];

	file_config.groups_own_max = file_config.groups_max = GROUPS;
	for (unsigned int i = 1; i < GROUPS; i++) {
		snprintf(name, sizeof(name), "g%u", i);
		ck_assert_int_eq(chat_group_add(&file_chat, chat_text(name), messi.user.id),
		    CHAT_OK);
	}
	ck_assert_int_eq(chat_watch_begin(&file_chat, &watch, UINT64_MAX), CHAT_OK);
	ck_assert_int_eq(chat_message_send_group(&file_chat, &messi, chat_text(name),
	                     chat_text("x")),
	    CHAT_OK);
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &messi.user, 100, count_event, &n),
	    CHAT_OK);
	ck_assert_uint_eq(n, 1);
	chat_watch_end(&watch);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_cost, test_parts, test_list_map, test_markers,
		test_room, test_group_unread, test_blocked, test_marker_told, test_group_told,
		test_watch_bound, test_watch_namesake, test_watch_groups };
	Suite *suite = suite_create("chat_page");
	TCase *tcase = tcase_create("chat_page");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, 20);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
