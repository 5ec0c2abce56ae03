/*
 * The file of passwords: records that fit their account only, damage, and the work that each way of
 * failing to log in takes, counted in hashes.
 */
#include <sys/stat.h>

#include <crypt.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/login.h"
#include "chat/password.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "suite.h"

#define COST 3

#define PATH_SIZE 1200

static uint64_t work; /* hashes so far, each as 2 to the power of its cost */
static struct chat_password stored;

static unsigned int
cost_of(const char *setting)
{
	char other[CRYPT_GENSALT_OUTPUT_SIZE];

	for (unsigned int cost = PASSWORD_COST_MIN; cost <= PASSWORD_COST_MAX; cost++) {
		ck_assert_ptr_nonnull(crypt_gensalt_rn("$y$", cost, "0123456789abcdef", 16, other,
		    (int)sizeof(other)));
		if (strncmp(setting, other, 3 + strcspn(other + 3, "$") + 1) == 0)
			return cost;
	}
	ck_abort_msg("the cost of %s", setting);
	return 0;
}

/* In place of the library's, which base/password.c calls for each hash. */
char *
crypt_ra(const char *phrase, const char *setting, void **data, int *size)
{
	work += UINT64_C(1) << cost_of(setting);
	if (*data == NULL) {
		*size = (int)sizeof(struct crypt_data);
		*data = calloc(1, sizeof(struct crypt_data));
		ck_assert_ptr_nonnull(*data);
	}
	return crypt_rn(phrase, setting, *data, *size);
}

static void
setup(void)
{
	file_setup();
	file_config.password_cost = COST;
}

static void
file_path(char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/" CHAT_PASSWORD_FILE, file_config.state);
}

/* Copies `len` bytes within the file. */
static void
copy_bytes(uint64_t from, uint64_t to, size_t len)
{
	char path[PATH_SIZE], data[CHAT_PASSWORD_RECORD];
	int fd;

	file_path(path);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, data, len, (off_t)from), (ssize_t)len);
	ck_assert_int_eq(pwrite(fd, data, len, (off_t)to), (ssize_t)len);
	close(fd);
}

static enum chat_result
read_of(uint64_t user)
{
	return chat_password_read(&file_config, user, &stored);
}

START_TEST(test_record)
{
	uint64_t id = messi.user.id;
	struct stat st;
	char path[PATH_SIZE];

	file_path(path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(read_of(id), CHAT_OK);
	ck_assert_int_eq(password_check("surabaya", stored.hash), 1);
	ck_assert_int_eq(read_of(id + 1000), CHAT_NO_USER);
	ck_assert_int_eq(read_of(0), CHAT_NO_USER);
	ck_assert_int_eq(read_of(UINT64_MAX), CHAT_NO_USER);
	ck_assert_int_eq(chat_password_write(&file_config, UINT64_MAX / 512, &stored), CHAT_FAILED);
	ck_assert_int_eq(chat_password_remove(&file_config, id), CHAT_OK);
	ck_assert_int_eq(read_of(id), CHAT_NO_USER);
	ck_assert_str_eq(stored.hash, "");
	ck_assert_int_eq(chat_password_remove(&file_config, id), CHAT_OK);
	ck_assert_int_eq(read_of(henderson.user.id), CHAT_OK);
}
END_TEST

/* A record in another's place is no record, and a changed byte anywhere spoils one. */
START_TEST(test_damage)
{
	uint64_t from = messi.user.id * CHAT_PASSWORD_RECORD;
	uint64_t to = henderson.user.id * CHAT_PASSWORD_RECORD;
	static const size_t places[] = { 0, 1, 4, 8, 12, 200, 479, 480, 511 };

	copy_bytes(from, to, CHAT_PASSWORD_RECORD);
	ck_assert_int_eq(read_of(henderson.user.id), CHAT_BAD_ARGUMENT);
	ck_assert_str_eq(stored.hash, "");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		ck_assert_int_eq(read_of(messi.user.id), CHAT_OK);
		struct chat_password kept = stored;
		char path[PATH_SIZE];
		file_path(path);
		FILE *file = fopen(path, "r+");
		ck_assert_ptr_nonnull(file);
		fseek(file, (long)(from + places[i]), SEEK_SET);
		int byte = fgetc(file);
		fseek(file, -1, SEEK_CUR);
		fputc(byte ^ 1, file);
		fclose(file);
		ck_assert_int_eq(read_of(messi.user.id), CHAT_BAD_ARGUMENT);
		ck_assert_int_eq(chat_password_write(&file_config, messi.user.id, &kept), CHAT_OK);
	}
	/* A file that ends in the middle. */
	char path[PATH_SIZE];
	file_path(path);
	ck_assert_int_eq(truncate(path, (off_t)(from + 100)), 0);
	ck_assert_int_eq(read_of(messi.user.id), CHAT_BAD_ARGUMENT);
}
END_TEST

START_TEST(test_no_link)
{
	char path[PATH_SIZE], other[PATH_SIZE + 8];

	file_path(path);
	snprintf(other, sizeof(other), "%s.other", path);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(read_of(messi.user.id), CHAT_FAILED);
	ck_assert_int_eq(chat_password_write(&file_config, messi.user.id, &stored), CHAT_FAILED);
}
END_TEST

static int
count(void *arg, uint64_t user, const struct chat_password *password)
{
	unsigned int *n = arg;

	n[password == NULL]++;
	ck_assert(user == messi.user.id || user == henderson.user.id || user == lineker.user.id);
	return 0;
}

START_TEST(test_each)
{
	unsigned int n[2] = { 0, 0 };
	char path[PATH_SIZE];

	ck_assert_int_eq(chat_password_each(&file_config, count, n), CHAT_OK);
	ck_assert_uint_eq(n[0], 3);
	copy_bytes(messi.user.id * CHAT_PASSWORD_RECORD, lineker.user.id * CHAT_PASSWORD_RECORD, 9);
	copy_bytes(messi.user.id * CHAT_PASSWORD_RECORD + 300,
	    lineker.user.id * CHAT_PASSWORD_RECORD + 30, 9);
	n[0] = 0;
	ck_assert_int_eq(chat_password_each(&file_config, count, n), CHAT_OK);
	ck_assert_uint_eq(n[0], 2);
	ck_assert_uint_eq(n[1], 1);
	file_path(path);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(chat_password_each(&file_config, count, n), CHAT_OK);
	ck_assert_uint_eq(n[0], 2);
}
END_TEST

START_TEST(test_removed_with_account)
{
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("henderson")), CHAT_OK);
	ck_assert_int_eq(read_of(henderson.user.id), CHAT_NO_USER);
	ck_assert_int_eq(read_of(lineker.user.id), CHAT_OK);
}
END_TEST

/* Tries to log in; returns the work, in hashes of COST. */
static uint64_t
try_login(const char *name, struct chat_text password, enum chat_result expected)
{
	struct chat_user user;

	work = 0;
	ck_assert_int_eq(chat_login_check(&file_chat, chat_text(name), password, &user), expected);
	ck_assert_uint_eq(work % (1U << COST), 0);
	return work >> COST;
}

static void
set_password(struct chat_session *session, int cost, const char *password)
{
	struct chat_password fresh = { .epoch = 1 };

	ck_assert_int_eq(password_hash(password, cost, fresh.hash, sizeof(fresh.hash)), 0);
	ck_assert_int_eq(chat_password_write(&file_config, session->user.id, &fresh), CHAT_OK);
}

static void
lock_user(struct chat_user *user, void *arg)
{
	(void)arg;
	user->locked = true;
}

/* Whatever is wrong, a login takes one hash. */
START_TEST(test_work_of_failures)
{
	static char longest[PASSWORD_MAX_BYTES + 2];
	struct chat_text nul = { .data = "sura\0baya", .len = 9 };

	memset(longest, 'p', PASSWORD_MAX_BYTES + 1);
	set_password(&messi, COST, "surabaya");
	set_password(&henderson, COST, "surabaya");
	ck_assert_int_eq(chat_password_remove(&file_config, lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_user_alter(&file_chat, chat_text("henderson"), lock_user, NULL),
	    CHAT_OK);
	ck_assert_uint_eq(try_login("nobody", chat_text("x"), CHAT_NO_USER), 1);
	ck_assert_uint_eq(try_login("no-name!", chat_text("x"), CHAT_NO_USER), 1);
	ck_assert_uint_eq(try_login("messi", chat_text("x"), CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("messi", chat_text(""), CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("messi", chat_text(longest), CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("messi", nul, CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("lineker", chat_text("surabaya"), CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("henderson", chat_text("x"), CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("henderson", chat_text("surabaya"), CHAT_LOCKED), 1);
	ck_assert_uint_eq(try_login("nobody", chat_text(longest), CHAT_NO_USER), 1);
	ck_assert_uint_eq(try_login("messi", chat_text("surabaya"), CHAT_OK), 1);
}
END_TEST

/* A hash of another cost is as good as none to those who guess; the right password renews it. */
START_TEST(test_other_cost)
{
	for (int cost = PASSWORD_COST_MIN; cost < COST; cost++) {
		set_password(&messi, cost, "surabaya");
		ck_assert_uint_eq(try_login("messi", chat_text("x"), CHAT_BAD_PASSWORD), 1);
		ck_assert_uint_eq(try_login("messi", chat_text("surabaya"), CHAT_OK), 2);
		ck_assert_int_eq(read_of(messi.user.id), CHAT_OK);
		ck_assert_uint_eq(cost_of(stored.hash), COST);
		ck_assert_uint_eq(try_login("messi", chat_text("surabaya"), CHAT_OK), 1);
	}
	set_password(&messi, COST + 1, "surabaya");
	ck_assert_uint_eq(try_login("messi", chat_text("x"), CHAT_BAD_PASSWORD), 2);
	ck_assert_uint_eq(try_login("messi", chat_text("surabaya"), CHAT_OK), 3);
	ck_assert_uint_eq(try_login("messi", chat_text("x"), CHAT_BAD_PASSWORD), 1);
}
END_TEST

static uint64_t
try_register(const char *name, enum chat_result expected)
{
	struct chat_user user = { .id = 0 };

	snprintf(user.name, sizeof(user.name), "%s", name);
	work = 0;
	ck_assert_int_eq(chat_user_add(&file_chat, &user, "surabaya"), expected);
	return work >> COST;
}

START_TEST(test_work_of_registering)
{
	ck_assert_uint_eq(try_register("gerrard", CHAT_OK), 1);
	ck_assert_uint_eq(try_register("gerrard", CHAT_USER_EXISTS), 1);
	ck_assert_uint_eq(try_register("MESSI", CHAT_USER_EXISTS), 1);
}
END_TEST

/* A change of the password that died before the account had its new epoch. */
START_TEST(test_half_changed)
{
	set_password(&messi, COST, "besok");
	ck_assert_uint_eq(try_login("messi", chat_text("besok"), CHAT_OK), 1);
	ck_assert_int_eq(chat_user_passwd(&file_chat, chat_text("messi"), "lusa"), CHAT_OK);
	ck_assert_uint_eq(try_login("messi", chat_text("besok"), CHAT_BAD_PASSWORD), 1);
	ck_assert_uint_eq(try_login("messi", chat_text("lusa"), CHAT_OK), 1);
	ck_assert_int_eq(read_of(messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_user_get(&file_chat, messi.user.id, &messi.user), CHAT_OK);
	ck_assert_uint_eq(messi.user.epoch, stored.epoch);
	/* Somebody else has changed it meanwhile. */
	messi.user.epoch--;
	ck_assert_int_eq(chat_user_rehash(&file_chat, &messi.user, stored.hash), CHAT_BAD_PASSWORD);
	ck_assert_int_eq(chat_user_passwd(&file_chat, chat_text("messi"), ""), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_user_passwd(&file_chat, chat_text("nobody"), "x"), CHAT_NO_USER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat password");
	TCase *tcase = tcase_create("chat password");

	tcase_add_checked_fixture(tcase, setup, file_teardown);
	tcase_add_test(tcase, test_record);
	tcase_add_test(tcase, test_damage);
	tcase_add_test(tcase, test_no_link);
	tcase_add_test(tcase, test_each);
	tcase_add_test(tcase, test_removed_with_account);
	tcase_add_test(tcase, test_work_of_failures);
	tcase_add_test(tcase, test_other_cost);
	tcase_add_test(tcase, test_work_of_registering);
	tcase_add_test(tcase, test_half_changed);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
