/*
 * Repair of a store: after many kinds of damage, all undamaged entries are there once, in their
 * order and with their numbers; the repair tells all losses; and the realm is sound.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "chat/block.h"
#include "chat/fsck/fsck.h"
#include "chat/history/logs.h"
#include "chat/inbox.h"
#include "chat/message.h"
#include "damage.h"
#include "remote_log_fixture.h"
#include "repair_fixture.h"
#include "store/store_admin.h"
#include "suite.h"

#define MESSAGES  160
#define OUTBOUNDS 6
#define LOG_PART  40 /* messages in a file of logs */
#define SEEDS     105
#define SLICE     35  /* of seeds, to a test */
#define NEAR      700 /* bytes around an entry's text that belong to it, or to the next one */
#define TEXT_SIZE 64

/* An entry as it was. */
struct original {
	uint64_t log;
	uint64_t number;
	char text[TEXT_SIZE]; /* which no other has */
	bool found;
};

static struct original originals[MESSAGES * 4];
static size_t n_originals;
static uint64_t logs[16];
static size_t n_logs;
static uint64_t malang;
static struct damage_store saved;
static char said[65536];
static unsigned int lost, repaired;

static void
note_finding(void *arg, const struct store_finding *finding)
{
	static const char *const labels[] = { "warning", "repaired", "repaired", "LOST" };
	size_t len = strlen(said);

	(void)arg;
	repaired += finding->class == STORE_FOUND_STALE || finding->class == STORE_FOUND_DAMAGED;
	lost += finding->class == STORE_FOUND_LOST;
	snprintf(said + len, sizeof(said) - len, "%s: %s\n", labels[finding->class], finding->text);
}

static void
forget_said(void)
{
	lost = repaired = 0;
	said[0] = '\0';
}

static void
repair_all(void)
{
	ck_assert(repair_run(note_finding, NULL));
}

/* The realm is sound; at most some space in files is not used. */
static void
check_sound(const char *what)
{
	struct chat_fsck_counts counts;

	forget_said();
	int result = chat_fsck_check(&file_chat, note_finding, NULL, &counts);
	ck_assert_msg(result >= 0 && result <= 1, "%s\n%s", what, said);
}

static void
add_outbound(int i)
{
	char text[TEXT_SIZE];

	snprintf(text, sizeof(text), "letter %d.", i);
	repair_send_abroad(text);
}

static void
append_message(uint64_t log, const char *text)
{
	struct chat_message message = { .kind = CHAT_PRIVATE,
		.from_id = messi.user.id,
		.from = chat_text("messi"),
		.from_name = chat_text("Lionel Messi"),
		.realm = chat_text(""),
		.to = chat_text("lineker"),
		.to_name = chat_text("Gary Lineker"),
		.to_realm = chat_text(""),
		.text = chat_text(text) };
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, chat_message_write(entry, sizeof(entry), &message), 0,
	    STORE_NO_LIMIT);
	fixture_must(file_chat.store, &tx);
}

static void
send_all(void)
{
	char text[TEXT_SIZE];

	for (int i = 0; i < MESSAGES; i++) {
		/* A small file ends with the next message. */
		file_chat.store->opt.log_file_size =
		    i % LOG_PART == LOG_PART - 1 ? 1 : REPAIR_LOG_SIZE;
		snprintf(text, sizeof(text), "message %d. It is about coffee", i);
		if (i % 5 == 0)
			ck_assert_int_eq(chat_message_send_group(&file_chat, &messi,
			                     chat_text("kopi"), chat_text(text)),
			    CHAT_OK);
		else
			ck_assert_int_eq(chat_message_send(&file_chat, &messi,
			                     chat_text(i % 2 == 0 ? "lineker" : "henderson"),
			                     chat_text(text)),
			    CHAT_OK);
		if (i % 25 == 0)
			add_outbound(i);
	}
}

/* The text of an entry begins with what no other has, up to the dot. */
static void
note_text(struct original *original, const struct store_entry *entry)
{
	for (size_t i = 0; i + 8 < entry->len; i++) {
		if (memcmp(entry->data + i, "message ", 8) != 0 &&
		    memcmp(entry->data + i, "letter ", 7) != 0)
			continue;
		size_t len = 0;
		while (entry->data[i + len] != '.')
			len++;
		memcpy(original->text, entry->data + i, len + 1);
		return;
	}
}

static void
note_log(uint64_t log)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	logs[n_logs++] = log;
	ck_assert_int_eq(store_reader_init(&reader, file_chat.store, log, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		struct original *original = &originals[n_originals++];

		ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
		*original =
		    (struct original){ .log = log, .number = store_entry_number(&entry, log) };
		note_text(original, &entry);
	}
}

/* The logs of what messi wrote to lineker, and of all that messi did: the same entries again. */
static void
note_conversation(void)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_get(&file_chat, messi.user.id, lineker.user.id, &history),
	    CHAT_OK);
	note_log(chat_history_from(&history, messi.user.id));
	note_log(chat_history_activity(&history, messi.user.id));
}

static void
setup(void)
{
	uint64_t left;

	file_setup();
	malang = remote_log_add_peer();
	uint64_t remote_log = remote_log_make(messi.user.id, malang);
	send_all();
	for (int i = 0; i < 3; i++)
		remote_log_append(remote_log);
	ck_assert_int_eq(file_send(&messi, "lineker", "one.txt", "one"), CHAT_OK);
	ck_assert_int_eq(chat_block_add(&file_chat, lineker.user.id, chat_text("henderson")),
	    CHAT_OK);
	ck_assert_int_eq(chat_block_add(&file_chat, lineker.user.id, chat_text("@malang")),
	    CHAT_OK);
	ck_assert_int_eq(file_send(&lineker, "messi", "two.txt", "two"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "three.txt", "three"), CHAT_OK);
	ck_assert_uint_gt(remote_log_read(henderson.user.id, CHAT_INBOX_ALL, &left), 0);
	n_originals = n_logs = 0;
	note_log(messi.user.id);
	note_log(henderson.user.id);
	note_log(lineker.user.id);
	note_log(kopi);
	note_log(remote_log);
	note_log(malang);
	note_conversation();
	repair_close();
	repair_take_options();
	repair_open();
	check_sound("before");
	ck_assert_str_eq(said, "");
	repair_close();
	damage_save(&saved, file_config.state);
	ck_assert_uint_gt(saved.n, 3);
}

static void
teardown(void)
{
	damage_free(&saved);
	repair_open();
	file_teardown();
}

/* Tells whether the entry lies where the damage cannot have touched it. */
static bool
is_elsewhere(const struct original *original, const struct damage *damage)
{
	size_t len = strlen(original->text);
	const struct damage_file *file = &saved.files[damage->file];

	if (len == 0 || damage->file == 0)
		return damage->file == 0;
	for (size_t i = 0; i + len <= file->size; i++)
		if (memcmp(file->bytes + i, original->text, len) == 0 &&
		    i + NEAR >= damage->begin && i <= damage->end + NEAR)
			return false;
	return true;
}

static struct original *
find_original(uint64_t log, uint64_t number)
{
	for (size_t i = 0; i < n_originals; i++)
		if (originals[i].log == log && originals[i].number == number)
			return &originals[i];
	return NULL;
}

static bool
has_text(const struct store_entry *entry, const char *text)
{
	struct original now = { .log = 0 };

	note_text(&now, entry);
	return strcmp(now.text, text) == 0;
}

/* Each entry is an original one, with its number, and numbers grow. */
static void
look_through(uint64_t log, const struct damage *damage)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, before = 0;

	ck_assert_int_eq(store_reader_init(&reader, file_chat.store, log, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
		uint64_t number = store_entry_number(&entry, log);
		struct original *original = find_original(log, number);

		ck_assert_msg(original != NULL && !original->found, "%s: log %d has entry %d",
		    damage->text, (int)log, (int)number);
		ck_assert_uint_gt(number, before);
		before = number;
		original->found = true;
		ck_assert_msg(has_text(&entry, original->text) || !is_elsewhere(original, damage),
		    "%s: entry %d of log %d is another", damage->text, (int)number, (int)log);
	}
}

static void
compare_with_originals(const struct damage *damage, unsigned int n_lost, const char *told)
{
	size_t missing = 0;

	for (size_t i = 0; i < n_originals; i++)
		originals[i].found = false;
	for (size_t i = 0; i < n_logs; i++)
		look_through(logs[i], damage);
	for (size_t i = 0; i < n_originals; i++) {
		missing += !originals[i].found;
		ck_assert_msg(originals[i].found || !is_elsewhere(&originals[i], damage),
		    "%s: \"%s\", entry %d of log %d, is gone:\n%s", damage->text, originals[i].text,
		    (int)originals[i].number, (int)originals[i].log, told);
	}
	ck_assert_msg(missing == 0 || n_lost > 0, "%s: %zu are gone in silence:\n%s", damage->text,
	    missing, told);
}

/* Accounts, memberships and files are as before, or the repair told a loss. */
static void
compare_tables(const struct damage *damage, unsigned int n_lost)
{
	const struct chat_session *users[] = { &messi, &henderson, &lineker };
	struct chat_user user;
	bool same = true;

	for (size_t i = 0; i < 3; i++)
		same &=
		    chat_user_find(&file_chat, chat_text(users[i]->user.name), &user) == CHAT_OK &&
		    memcmp(&user, &users[i]->user, sizeof(user)) == 0;
	same &= strcmp(file_get(&lineker, "messi", "one.txt"), "one") == 0;
	same &= strcmp(file_get(&messi, "lineker", "two.txt"), "two") == 0;
	same &= strcmp(file_get(&henderson, "kopi", "three.txt"), "three") == 0;
	ck_assert_msg(same || damage->file == 0, "%s: the tables are others", damage->text);
	ck_assert_msg(same || n_lost > 0 || damage->kind == DAMAGE_FLIPS,
	    "%s: the tables are others, in silence", damage->text);
}

/* A look at what store knows, as chat_fsck has it: entries that are none of chat's are not there.
 */
static int
look_at_store(void)
{
	struct store_fsck fsck = { .opt = &repair_opt,
		.dry = true,
		.report = note_finding,
		.judge = chat_fsck_judge,
		.judge_arg = &file_chat,
		.has_id = chat_fsck_has_id };

	forget_said();
	ck_assert_int_eq(store_fsck_look_at(file_chat.store, &fsck), 0);
	int result = store_fsck_result(&fsck);
	store_fsck_free(&fsck);
	return result;
}

/* All logs take more entries, with new numbers. */
static void
go_on(const struct damage *damage)
{
	file_chat.store = fixture_open_writer(&repair_opt);
	for (size_t i = 0; i < n_logs; i++) {
		struct store_log_info before = fixture_info(file_chat.store, logs[i]);

		for (uint64_t more = 1; more <= 3; more++) {
			append_message(logs[i], "more");
			ck_assert_uint_eq(fixture_info(file_chat.store, logs[i]).last,
			    before.last + more);
		}
	}
	ck_assert_msg(look_at_store() <= 1, "%s, then\n%s", damage->text, said);
	repair_close();
}

static void
damage_and_repair(unsigned int seed)
{
	static char told[sizeof(said)];
	struct damage damage;
	unsigned int n_lost;

	damage_undo(&saved);
	damage_do(&saved, seed, &damage);
	forget_said();
	repair_all();
	n_lost = lost;
	memcpy(told, said, sizeof(told));
	repair_open();
	check_sound(damage.text);
	compare_with_originals(&damage, n_lost, told);
	compare_tables(&damage, n_lost);
	repair_close();
	forget_said();
	repair_all();
	ck_assert_msg(repaired == 0 && lost == 0, "%s: first\n%sthen\n%s", damage.text, told, said);
	go_on(&damage);
}

START_TEST(test_seeds)
{
	unsigned int first = (unsigned int)_i * SLICE;

	for (unsigned int seed = first; seed < first + SLICE; seed++)
		damage_and_repair(seed);
}
END_TEST

START_TEST(test_sound)
{
	/* The first makes whole what a writer has left without a word. */
	repair_all();
	ck_assert_str_eq(said, "");
	damage_free(&saved);
	damage_save(&saved, repair_opt.state);
	repair_all();
	ck_assert_str_eq(said, "");
	ck_assert(damage_is_undone(&saved));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("repair");
	TCase *tcase = tcase_create("repair");

	log_init("test_repair", LOG_TO_STDERR, LOG_DAEMON);
	log_set_level(LOG_ERR); /* TDB complains of the damage */
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_sound);
	tcase_add_loop_test(tcase, test_seeds, 0, SEEDS / SLICE);
	return suite_run(suite);
}
