/*
 * Invitations in the store: a code makes as many accounts as it says, whoever comes at the same
 * time and whoever dies meanwhile; what a record holds, when it goes, and what a check finds.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/invitation.h"
#include "chat/look_alike.h"
#include "chat/table.h"
#include "chat/user_delete.h"
#include "fake_clock.h"
#include "file_fixture.h"
#include "process.h"
#include "suite.h"

#define DAY_MS  (24 * 60 * 60 * INT64_C(1000))
#define RIVALS  20
#define ROUNDS  60
#define SPAN_US 3000 /* about as long as a registration takes */

static char letters[CODE_LETTERS + 1];
static char hash[PASSWORD_HASH_SIZE]; /* one for all: to be quick */

static void
make_hash(void)
{
	ck_assert_int_eq(password_hash("surabaya", 1, hash, sizeof(hash)), 0);
}

static void
setup(void)
{
	file_setup();
	make_hash();
}

static void
setup_committer(void)
{
	file_setup_committer();
	make_hash();
}

/* Makes a code, whose letters are `letters` from there on. Its id. */
static uint64_t
invite(uint32_t uses)
{
	struct chat_invitation invitation = { .uses = uses,
		.expires_ms = clock_now_ms() + DAY_MS,
		.note = "kelas 3" };
	char code[CODE_TEXT_LEN + 1];

	code_make(code);
	ck_assert(code_read(code, strlen(code), letters));
	ck_assert_int_eq(chat_invitation_make(&file_chat, &invitation, letters), CHAT_OK);
	return invitation.id;
}

static enum chat_result
come(struct chat *chat, const char *name, const char *code)
{
	struct chat_user user = { .id = 0 };

	snprintf(user.name, sizeof(user.name), "%s", name);
	snprintf(user.fullname, sizeof(user.fullname), "%s", name);
	return chat_user_import_invited(chat, &user, hash, code);
}

static int
take_one(void *arg, const struct chat_invitation *invitation)
{
	*(struct chat_invitation *)arg = *invitation;
	return 1;
}

/* The only invitation that there is. */
static struct chat_invitation
the_invitation(void)
{
	struct chat_invitation invitation = { .id = 0 };

	ck_assert_int_eq(chat_invitation_each(&file_chat, take_one, &invitation), CHAT_OK);
	return invitation;
}

static bool
is_there(const char *name, uint64_t *id)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = chat_user_find(&file_chat, chat_text(name), &user);

	ck_assert(result == CHAT_OK || result == CHAT_NO_USER);
	*id = user.id;
	return result == CHAT_OK;
}

START_TEST(test_uses)
{
	struct chat_invitation found;
	uint64_t id = invite(2), satu, dua;

	ck_assert_int_eq(come(&file_chat, "satu", letters), CHAT_OK);
	/* A name that is taken, or cannot be one, uses nothing up. */
	ck_assert_int_eq(come(&file_chat, "SATU", letters), CHAT_USER_EXISTS);
	ck_assert_int_eq(come(&file_chat, "a b", letters), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(come(&file_chat, "dua", letters), CHAT_OK);
	ck_assert_int_eq(come(&file_chat, "tiga", letters), CHAT_NO_INVITATION);
	/* Nor is anybody told then which names are taken. */
	ck_assert_int_eq(come(&file_chat, "satu", letters), CHAT_NO_INVITATION);
	ck_assert_int_eq(come(&file_chat, "satu", "0123456789abcdef"), CHAT_NO_INVITATION);
	ck_assert_int_eq(come(&file_chat, "satu", ""), CHAT_NO_INVITATION);
	ck_assert(is_there("satu", &satu) && is_there("dua", &dua));
	found = the_invitation();
	ck_assert_uint_eq(found.id, id);
	ck_assert_uint_eq(found.uses, 2);
	ck_assert_uint_eq(found.n, 2);
	ck_assert_uint_eq(found.users[0], satu);
	ck_assert_uint_eq(found.users[1], dua);
	ck_assert_str_eq(found.note, "kelas 3");
	ck_assert_int_le(llabs(found.used_ms - clock_now_ms()), DAY_MS);
	file_assert_check(NULL);
}
END_TEST

/* With a look-alike of a reserved name, or of a user, the code is asked for first. */
START_TEST(test_look_alike)
{
	struct chat_user user = { .name = "adm1n", .fullname = "x" };

	invite(1);
	ck_assert_int_eq(chat_look_alike_register(&file_chat, &user, "surabaya",
	                     "0123456789abcdef"),
	    CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_look_alike_register(&file_chat, &user, "surabaya", letters),
	    CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(the_invitation().n, 0);
}
END_TEST

static int
has_letters(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	(void)arg;
	return memmem(key, key_len, letters, 4) != NULL || memmem(value, len, letters, 4) != NULL;
}

START_TEST(test_code_is_not_stored)
{
	invite(1);
	for (int table = 1; table < CHAT_TABLE_END; table++)
		ck_assert_int_eq(store_each(file_chat.store, table, has_letters, NULL), 0);
}
END_TEST

/* As many as there may be. */
static void
fill_table(void)
{
	struct chat_invitation invitation = { .uses = 1, .expires_ms = INT64_MAX };
	unsigned char data[CHAT_INVITATION_RECORD], key[CODE_HASH_LEN] = { 0 };
	struct store_tx tx;

	store_tx_init(&tx);
	for (uint32_t i = 0; i < CHAT_INVITATION_MOST; i++) {
		invitation.id = i + 1;
		memcpy(key, &i, sizeof(i));
		store_tx_put(&tx, CHAT_TABLE_INVITATIONS, key, sizeof(key), data,
		    chat_invitation_pack(data, &invitation));
	}
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

START_TEST(test_bounds)
{
	struct chat_invitation wrong = { .uses = 0, .expires_ms = clock_now_ms() + DAY_MS };
	static const char code[] = "0123456789abcdef";

	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, "0123"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, code), CHAT_BAD_ARGUMENT);
	wrong.uses = CHAT_INVITATION_USES + 1;
	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, code), CHAT_BAD_ARGUMENT);
	wrong.uses = 1;
	strcpy(wrong.note, "a\nb");
	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, code), CHAT_BAD_ARGUMENT);
	strcpy(wrong.note, "\xff");
	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, code), CHAT_BAD_ARGUMENT);
	wrong.note[0] = '\0';
	wrong.expires_ms = clock_now_ms() - 1;
	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, code), CHAT_BAD_ARGUMENT);
	fill_table();
	wrong.expires_ms = clock_now_ms() + DAY_MS;
	ck_assert_int_eq(chat_invitation_make(&file_chat, &wrong, code), CHAT_TOO_MANY);
}
END_TEST

/* The longest record there is. */
START_TEST(test_many_uses)
{
	struct chat_invitation full = { .id = 0 };
	unsigned char data[CHAT_INVITATION_RECORD];

	invite(CHAT_INVITATION_USES);
	full = the_invitation();
	memset(full.note, 'x', CHAT_INVITATION_NOTE_MAX);
	full.n = CHAT_INVITATION_USES;
	for (uint32_t i = 0; i < full.n; i++)
		full.users[i] = i + 1;
	size_t len = chat_invitation_pack(data, &full);
	struct chat_invitation again;
	ck_assert(chat_invitation_parse(&again, data, len));
	ck_assert_mem_eq(again.users, full.users, sizeof(full.users));
	ck_assert_str_eq(again.note, full.note);
	/* Cut anywhere, or longer, it is damaged. */
	for (size_t cut = 0; cut < len; cut++)
		ck_assert(!chat_invitation_parse(&again, data, cut));
	data[0]++;
	ck_assert(!chat_invitation_parse(&again, data, len));
}
END_TEST

static void
lock(struct chat_user *user, void *arg)
{
	(void)arg;
	user->locked = true;
}

/* A user's own are bounded; they end with the account, and while it is locked. */
START_TEST(test_by_users)
{
	static const char *const codes[] = { "0123456789abcdef", "0123456789abcdeg",
		"0123456789abcdeh", "0123456789abcdej" };
	uint64_t user = lineker.user.id;
	struct chat_invitation found;

	ck_assert_int_eq(chat_invitation_make_by_user(&file_chat, user, codes[0]), CHAT_FORBIDDEN);
	file_config.user_invitations = 2;
	ck_assert_int_eq(chat_invitation_make_by_user(&file_chat, user, codes[0]), CHAT_OK);
	ck_assert_int_eq(chat_invitation_make_by_user(&file_chat, user, codes[1]), CHAT_OK);
	ck_assert_int_eq(chat_invitation_make_by_user(&file_chat, user, codes[2]), CHAT_TOO_MANY);
	ck_assert_int_eq(chat_invitation_make_by_user(&file_chat, messi.user.id, codes[2]),
	    CHAT_OK);
	/* One that is used makes room. */
	ck_assert_int_eq(come(&file_chat, "satu", codes[0]), CHAT_OK);
	ck_assert_int_eq(chat_invitation_make_by_user(&file_chat, user, codes[3]), CHAT_OK);
	ck_assert_int_eq(chat_user_invitation(&file_chat, codes[1], &found), CHAT_OK);
	ck_assert_uint_eq(found.maker, user);
	ck_assert_int_eq(chat_user_alter(&file_chat, chat_text("lineker"), lock, NULL), CHAT_OK);
	ck_assert_int_eq(come(&file_chat, "dua", codes[1]), CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(come(&file_chat, "dua", codes[1]), CHAT_NO_INVITATION);
	ck_assert_int_eq(come(&file_chat, "dua", codes[2]), CHAT_OK);
}
END_TEST

START_TEST(test_expiry)
{
	size_t n;

	invite(1);
	fake_clock_shift(CLOCK_REALTIME, DAY_MS + 1000);
	ck_assert_int_eq(come(&file_chat, "satu", letters), CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_invitation_expire(&file_chat, &n), CHAT_OK);
	ck_assert_uint_eq(n, 0);
	fake_clock_shift(CLOCK_REALTIME, DAY_MS + CHAT_INVITATION_KEEP_MS + 1000);
	ck_assert_int_eq(chat_invitation_expire(&file_chat, &n), CHAT_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(the_invitation().id, 0);
}
END_TEST

/* One that is used up goes so long after its last use; an open one stays. */
START_TEST(test_used_up_expires)
{
	size_t n;

	invite(1);
	ck_assert_int_eq(come(&file_chat, "satu", letters), CHAT_OK);
	fake_clock_shift(CLOCK_REALTIME, CHAT_INVITATION_KEEP_MS - 1000);
	ck_assert_int_eq(chat_invitation_expire(&file_chat, &n), CHAT_OK);
	ck_assert_uint_eq(n, 0);
	fake_clock_shift(CLOCK_REALTIME, CHAT_INVITATION_KEEP_MS + 1000);
	uint64_t other = invite(1);
	ck_assert_int_eq(chat_invitation_expire(&file_chat, &n), CHAT_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(the_invitation().id, other);
}
END_TEST

START_TEST(test_removal)
{
	uint64_t id = invite(1);
	char first[CODE_LETTERS + 1];

	memcpy(first, letters, sizeof(first));
	invite(1);
	ck_assert_int_eq(chat_invitation_remove(&file_chat, NULL, id + 1000), CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_invitation_remove(&file_chat, NULL, 0), CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_invitation_remove(&file_chat, NULL, id), CHAT_OK);
	ck_assert_int_eq(chat_invitation_remove(&file_chat, NULL, id), CHAT_NO_INVITATION);
	ck_assert_int_eq(come(&file_chat, "satu", first), CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_invitation_remove(&file_chat, letters, 0), CHAT_OK);
	ck_assert_int_eq(chat_invitation_remove(&file_chat, letters, 0), CHAT_NO_INVITATION);
	ck_assert_uint_eq(the_invitation().id, 0);
}
END_TEST

START_TEST(test_damage)
{
	struct store_tx tx;
	static const unsigned char key[CODE_HASH_LEN] = { 1 };

	invite(1);
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_INVITATIONS, key, sizeof(key), "\1abc", 4);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("1 invitations whose records are damaged: nobody can use them");
	/* The other one is still good. */
	ck_assert_int_eq(come(&file_chat, "satu", letters), CHAT_OK);
}
END_TEST

/*
 * Processes
 */

static pid_t
start_registration(const char *name)
{
	pid_t pid = fork();
	struct chat chat;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	file_open(&chat);
	_exit((int)come(&chat, name, letters));
}

/* All at the same time: as many as the code says get in. */
static void
race(uint32_t uses)
{
	pid_t pids[RIVALS];
	uint32_t in = 0, users = 0;
	uint64_t id;
	char name[16];

	invite(uses);
	file_close(&file_chat);
	for (int i = 0; i < RIVALS; i++) {
		snprintf(name, sizeof(name), "rival%d", i);
		pids[i] = start_registration(name);
	}
	for (int i = 0; i < RIVALS; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert(WIFEXITED(status));
		ck_assert(
		    WEXITSTATUS(status) == CHAT_OK || WEXITSTATUS(status) == CHAT_NO_INVITATION);
		in += WEXITSTATUS(status) == CHAT_OK;
	}
	file_open(&file_chat);
	for (int i = 0; i < RIVALS; i++) {
		snprintf(name, sizeof(name), "rival%d", i);
		users += is_there(name, &id);
	}
	ck_assert_uint_eq(in, uses);
	ck_assert_uint_eq(users, uses);
	ck_assert_uint_eq(the_invitation().n, uses);
	file_assert_check(NULL);
}

START_TEST(test_race_for_one)
{
	race(1);
}
END_TEST

START_TEST(test_race_for_some)
{
	race(7);
}
END_TEST

/* Who registers is killed at any moment, and so is the committer: the use and the account are one.
 */
START_TEST(test_killed)
{
	char name[16];
	uint64_t id;
	int made = 0;

	srand(7);
	for (int round = 0; round < ROUNDS; round++) {
		struct chat_invitation before, after;
		pid_t committer = fixture_committer(file_config.state), pid;
		uint64_t invitation = invite(1);
		bool there;

		snprintf(name, sizeof(name), "korban%d", round);
		file_close(&file_chat);
		pid = start_registration(name);
		usleep((useconds_t)(rand() % SPAN_US));
		if (round % 3 != 0)
			kill(pid, SIGKILL);
		if (round % 3 != 1 && committer > 0)
			kill(committer, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		file_open(&file_chat);
		/* A committer may be at it until now. */
		before = the_invitation();
		store_refresh(file_chat.store);
		there = is_there(name, &id);
		store_refresh(file_chat.store);
		after = the_invitation();
		ck_assert_uint_eq(before.id, invitation);
		ck_assert(before.n == 0 || there);
		ck_assert(!there || (after.n == 1 && after.users[0] == id));
		ck_assert(round % 3 != 0 || there); /* who was not killed got in */
		made += there;
		ck_assert_int_eq(chat_invitation_remove(&file_chat, letters, 0), CHAT_OK);
	}
	ck_assert_int_ge(made, ROUNDS / 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_invitation");
	TCase *alone = tcase_create("alone"), *processes = tcase_create("processes");

	tcase_add_checked_fixture(alone, setup, file_teardown);
	tcase_set_timeout(alone, FIXTURE_TIMEOUT);
	tcase_add_test(alone, test_uses);
	tcase_add_test(alone, test_look_alike);
	tcase_add_test(alone, test_code_is_not_stored);
	tcase_add_test(alone, test_bounds);
	tcase_add_test(alone, test_many_uses);
	tcase_add_test(alone, test_by_users);
	tcase_add_test(alone, test_expiry);
	tcase_add_test(alone, test_used_up_expires);
	tcase_add_test(alone, test_removal);
	tcase_add_test(alone, test_damage);
	suite_add_tcase(suite, alone);
	tcase_add_checked_fixture(processes, setup_committer, file_teardown);
	tcase_set_timeout(processes, FIXTURE_TIMEOUT);
	tcase_add_test(processes, test_race_for_one);
	tcase_add_test(processes, test_race_for_some);
	tcase_add_test(processes, test_killed);
	suite_add_tcase(suite, processes);
	return suite_run(suite);
}
