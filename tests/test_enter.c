/*
 * Guests as a dialect lets them in (dialect/enter), over the gate of a running kabard and without
 * one: coming, a session, another name, a password, going; what the settings and the rates refuse.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/string.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/client.h"
#include "chat/message.h"
#include "dialect/enter.h"
#include "process.h"
#include "realmctl.h"

#define GUESTS "guests = on\npassword_cost = 1\n"

static struct config config;
static struct auth_client gate;
static struct dialog dialog;
static struct chat_session session;

/* A connection as a worker has it, over the gate if kabard runs; from this machine, or near not. */
static void
connect_worker(bool near)
{
	static const unsigned char key[ADDRESS_KEY_SIZE] = { 7 };
	char error[512];

	/* The sign that sessions of a user have ended. */
	ck_assert(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(config_load(&config, realm.config, error, sizeof(error)), 0);
	dialog = (struct dialog){ .config = &config,
		.dialect = dialect_find("room"),
		.connection = 1,
		.address = near ? "127.0.0.1" : "192.0.2.7",
		.wakeup_fd = -1 };
	ck_assert_ptr_nonnull(dialog.dialect);
	if (realm.kabard != 0) {
		ck_assert_int_eq(auth_client_open(&gate, config.state, key, dialog.address, near),
		    0);
		dialog.auth = &gate;
	}
	ck_assert(dialect_begin(&dialog));
}

static void
hang_up(void)
{
	dialect_enter_gone(&dialog);
	dialect_enter_hang_up(&dialog);
	dialect_close(&dialog);
	if (dialog.auth != NULL)
		auth_client_close(&gate);
	config_free(&config);
}

static enum chat_result
come(const char *name, const char *fullname, struct chat_user *user)
{
	*user = (struct chat_user){ .id = 0 };
	strlcpy(user->name, name, sizeof(user->name));
	strlcpy(user->fullname, fullname, sizeof(user->fullname));
	return dialect_enter_guest(&dialog, user);
}

/* Comes and opens a session, as a dialect does. */
static enum chat_result
enter(const char *name)
{
	struct chat_user user;
	enum chat_result result = come(name, "", &user);

	if (result == CHAT_OK)
		result = chat_session_open(&dialog.chat, &user, &session);
	if (result != CHAT_OK)
		return result;
	dialect_welcome(&dialog, &session);
	dialog.token_untold = true;
	return CHAT_OK;
}

/* What another connection does, in a process that never had the store open. */
struct visit {
	char name[32];
	bool gate;
	bool near;
	bool killed; /* it ends without a word */
};

static int visits = -1; /* to the process that makes those */
static pid_t visitor;

static void
pay_visit(const struct visit *visit)
{
	realm.kabard = visit->gate;
	connect_worker(visit->near);
	enum chat_result result = enter(visit->name);
	if (!visit->killed)
		hang_up();
	_exit((int)result);
}

/* Answers with the results, until nobody asks any more. */
static void
serve_visits(int fd)
{
	struct visit visit;
	int status;

	while (read(fd, &visit, sizeof(visit)) == sizeof(visit)) {
		pid_t pid = fork();

		if (pid == 0)
			pay_visit(&visit);
		if (waitpid(pid, &status, 0) != pid || write(fd, &status, sizeof(status)) < 0)
			break;
	}
	_exit(0);
}

static void
setup(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	visitor = fork();
	ck_assert_int_ge(visitor, 0);
	if (visitor == 0) {
		close(ends[0]);
		serve_visits(ends[1]);
	}
	close(ends[1]);
	visits = ends[0];
}

/* Who makes the visits ends with that. */
static void
teardown(void)
{
	close(visits);
	ck_assert_int_eq(waitpid(visitor, NULL, 0), visitor);
}

/* What becomes of another connection that wants to be this guest, and ends or is killed. */
static enum chat_result
another(const char *name, bool near, bool killed)
{
	struct visit visit = { .gate = realm.kabard != 0, .near = near, .killed = killed };
	int status;

	strlcpy(visit.name, name, sizeof(visit.name));
	ck_assert_int_eq(write(visits, &visit, sizeof(visit)), sizeof(visit));
	ck_assert_int_eq(read(visits, &status, sizeof(status)), sizeof(status));
	ck_assert(WIFEXITED(status));
	return (enum chat_result)WEXITSTATUS(status);
}

static enum chat_result
rename_to(const char *name)
{
	return dialect_enter_rename(&dialog, &session, chat_text(name));
}

/* Wiped afterwards. */
static enum chat_result
claim_with(const char *password)
{
	char text[64];
	enum chat_result result;
	size_t len = strlcpy(text, password, sizeof(text));

	result =
	    dialect_enter_claim(&dialog, &session, (struct chat_text){ .data = text, .len = len });
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(text[i], '\0');
	return result;
}

static void
begin(bool with_gate, const char *settings)
{
	realm_configure(&realm, settings);
	if (with_gate)
		realm_start(&realm);
	connect_worker(true);
}

static void
play(bool with_gate)
{
	struct chat_user user;

	begin(with_gate, GUESTS);
	ck_assert_int_eq(come("messi", "", &user), CHAT_USER_EXISTS);
	ck_assert_int_eq(come("satu dua", "", &user), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(come("operator", "", &user), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(enter("tamu"), CHAT_OK);
	ck_assert(dialog.session.user.guest);
	ck_assert_str_eq(dialog.session.user.fullname, "tamu");
	TELLS(0, NULL, "\nguest      yes\n", "user", "show", "tamu");
	TELLS(0, NULL, "guest\n", "user", "list");
	TELLS(1, "rahasia\n", "is a guest, who has no password", "user", "passwd", "tamu");
	WORKS(NULL, "export");
	ck_assert_ptr_null(strstr(output, "tamu"));
	ck_assert_int_eq(another("Tamu", true, false), CHAT_USER_EXISTS);
	ck_assert_int_eq(chat_message_send(&dialog.chat, &session, chat_text("messi"),
	                     chat_text("halo")),
	    CHAT_OK);
	ck_assert_int_eq(rename_to("messi"), CHAT_USER_EXISTS);
	ck_assert_int_eq(rename_to("ser ver"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(rename_to("baru"), CHAT_OK);
	ck_assert_str_eq(session.user.name, "baru");
	ck_assert_str_eq(dialog.session.user.name, "baru");
	/* The judge knows the name, too. */
	ck_assert_int_eq(chat_message_send(&dialog.chat, &session, chat_text("messi"),
	                     chat_text("halo")),
	    CHAT_OK);
	WORKS(NULL, "user", "show", "baru");
	ck_assert_int_eq(another("tamu", true, false), CHAT_OK);
	hang_up();
	TELLS(1, NULL, "no such user", "user", "show", "baru");
	TELLS(1, NULL, "no such user", "user", "show", "tamu");
	WORKS(NULL, "check");
}

START_TEST(test_over_the_gate)
{
	play(true);
}
END_TEST

START_TEST(test_without_a_gate)
{
	play(false);
}
END_TEST

static void
play_claim(bool with_gate)
{
	begin(with_gate, GUESTS "password_min = 4\n");
	ck_assert_int_eq(enter("tamu"), CHAT_OK);
	ck_assert_int_eq(claim_with("abc"), CHAT_BAD_ARGUMENT);
	ck_assert(dialog.session.user.guest);
	ck_assert_int_eq(claim_with("rahasia"), CHAT_OK);
	ck_assert(!session.user.guest);
	ck_assert(!dialog.session.user.guest);
	ck_assert_int_eq(claim_with("rahasia"), CHAT_FORBIDDEN);
	ck_assert_int_eq(rename_to("lain"), CHAT_FORBIDDEN);
	ck_assert_int_eq(chat_message_send(&dialog.chat, &session, chat_text("messi"),
	                     chat_text("halo")),
	    CHAT_OK);
	hang_up();
	WORKS(NULL, "user", "show", "tamu");
	TOLD("\nguest      no\n");
	connect_worker(true);
	struct chat_user user;
	char right[] = "rahasia", wrong[] = "surabaya";
	ck_assert_int_eq(dialect_enter_login(&dialog, chat_text("tamu"), chat_text(wrong), &user),
	    CHAT_BAD_PASSWORD);
	ck_assert_int_eq(dialect_enter_login(&dialog, chat_text("tamu"), chat_text(right), &user),
	    CHAT_OK);
	hang_up();
	WORKS(NULL, "check");
}

START_TEST(test_claim_over_the_gate)
{
	play_claim(true);
}
END_TEST

START_TEST(test_claim_without_a_gate)
{
	play_claim(false);
}
END_TEST

/* A worker that was killed leaves its guest to who comes next by that name, or to the janitor. */
START_TEST(test_killed)
{
	begin(true, GUESTS);
	ck_assert_int_eq(another("tamu", true, true), CHAT_OK);
	WORKS(NULL, "user", "show", "tamu");
	ck_assert_int_eq(enter("tamu"), CHAT_OK);
	WORKS(NULL, "user", "show", "tamu");
	/* It is too young for the janitor, and shown. */
	ck_assert_int_eq(another("lain", true, true), CHAT_OK);
	WORKS(NULL, "janitor");
	WORKS(NULL, "user", "show", "lain");
	hang_up();
}
END_TEST

START_TEST(test_settings)
{
	begin(true, "password_cost = 1\n");
	ck_assert_int_eq(enter("tamu"), CHAT_FORBIDDEN);
	/* Whatever a worker believes, the gate judges. */
	config.guests = true;
	ck_assert_int_eq(enter("tamu"), CHAT_FORBIDDEN);
	hang_up();
}
END_TEST

START_TEST(test_registration_off)
{
	begin(true, GUESTS "registration = invitation\n");
	ck_assert_int_eq(enter("tamu"), CHAT_FORBIDDEN);
	config.registration = CONFIG_REGISTRATION_ON;
	ck_assert_int_eq(enter("tamu"), CHAT_FORBIDDEN);
	hang_up();
}
END_TEST

START_TEST(test_most)
{
	begin(true, GUESTS "guests_max = 2\n");
	ck_assert_int_eq(enter("satu"), CHAT_OK);
	ck_assert_int_eq(another("dua", true, true), CHAT_OK);
	ck_assert_int_eq(another("tiga", true, false), CHAT_TOO_MANY);
	hang_up();
	connect_worker(true);
	ck_assert_int_eq(enter("tiga"), CHAT_OK);
	hang_up();
}
END_TEST

START_TEST(test_rates)
{
	int named = 0;
	char name[32];

	realm_configure(&realm, GUESTS "guests_per_day = 3\n");
	realm_start(&realm);
	connect_worker(false);
	ck_assert_int_eq(enter("tamu"), CHAT_OK);
	ck_assert_int_eq(another("satu", false, false), CHAT_OK);
	ck_assert_int_eq(another("dua", false, false), CHAT_OK);
	ck_assert_int_eq(another("tiga", false, false), CHAT_TOO_SOON);
	ck_assert_uint_eq(realm_count(&realm, "limit_guests_per_day_total"), 1);
	/* This machine has no such limit. */
	ck_assert_int_eq(another("tiga", true, false), CHAT_OK);
	/* Names are not taken without end. */
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "tamu%d", i);
		named += rename_to(name) == CHAT_OK;
	}
	ck_assert_int_ge(named, 20);
	ck_assert_int_lt(named, 60);
	hang_up();
}
END_TEST

/* The end of the dialog's session is not that of another's account. */
START_TEST(test_users_stay)
{
	struct chat_user user;
	char password[] = "surabaya";

	begin(true, GUESTS);
	ck_assert_int_eq(dialect_enter_login(&dialog, chat_text("messi"), chat_text(password),
	                     &user),
	    CHAT_OK);
	ck_assert_int_eq(chat_session_open(&dialog.chat, &user, &session), CHAT_OK);
	dialect_welcome(&dialog, &session);
	ck_assert_int_eq(claim_with("rahasia"), CHAT_FORBIDDEN);
	ck_assert_int_eq(rename_to("lain"), CHAT_FORBIDDEN);
	ck_assert_int_eq(auth_client_gone(&gate), CHAT_FORBIDDEN);
	/* Whatever a worker believes, the gate judges. */
	session.user.guest = dialog.session.user.guest = true;
	ck_assert_int_eq(claim_with("rahasia"), CHAT_FORBIDDEN);
	hang_up();
	WORKS(NULL, "user", "show", "messi");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("enter");
	TCase *tcase = realmctl_tcase(suite, "enter");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_over_the_gate);
	tcase_add_test(tcase, test_without_a_gate);
	tcase_add_test(tcase, test_claim_over_the_gate);
	tcase_add_test(tcase, test_claim_without_a_gate);
	tcase_add_test(tcase, test_killed);
	tcase_add_test(tcase, test_settings);
	tcase_add_test(tcase, test_registration_off);
	tcase_add_test(tcase, test_most);
	tcase_add_test(tcase, test_rates);
	tcase_add_test(tcase, test_users_stay);
	return realm_run_suite(suite);
}
