/*
 * realmctl: for tests of kabarctl: a realm for each test, and what kabarctl says and does there.
 * The realm itself is realm's business.
 */
#include "realmctl.h"

#include <stdio.h>

#include "chat/block.h"
#include "chat/login.h"

#define COMMANDS_MAX 2048

const char *const kabarctl_path = KABARCTL_PATH;
struct realm realm;
struct chat chat;
char output[65536];

static struct config config; /* of chat */

static void
setup(void)
{
	realm_make(&realm, NULL);
}

static void
teardown(void)
{
	realm_remove(&realm);
}

TCase *
realmctl_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

int
realmctl(const char *input, const char *const args[])
{
	const char *argv[REALMCTL_ARGS_MAX + 4] = { KABARCTL_PATH, "-c", realm.config };

	for (size_t i = 0; args[i] != NULL; i++) {
		ck_assert_uint_lt(i, REALMCTL_ARGS_MAX);
		argv[3 + i] = args[i];
	}
	return realm_run(argv, input, output, sizeof(output));
}

int
realmctl_shell(const char *commands)
{
	char text[COMMANDS_MAX];
	int len = snprintf(text, sizeof(text), "ctl='%s -c %s'; %s", KABARCTL_PATH, realm.config,
	    commands);

	ck_assert_int_lt(len, COMMANDS_MAX);
	return realm_run(ARGS("/bin/sh", "-c", text), NULL, output, sizeof(output));
}

void
realmctl_open(void)
{
	char error[512];

	ck_assert_msg(config_load(&config, realm.config, error, sizeof(error)) == 0, "%s", error);
	ck_assert_msg(chat_open(&chat, &config, error, sizeof(error)) == 0, "%s", error);
}

void
realmctl_close(void)
{
	chat_close(&chat);
	config_free(&config);
}

enum chat_result
realmctl_check(const char *name, const char *password, struct chat_user *user)
{
	realmctl_open();
	enum chat_result result =
	    chat_login_check(&chat, chat_text(name), chat_text(password), user);
	realmctl_close();
	return result;
}

struct chat_session
realmctl_session(const char *name)
{
	struct chat_session session = { .user.id = 0 };

	ck_assert_int_eq(chat_user_find(&chat, chat_text(name), &session.user), CHAT_OK);
	return session;
}

void
realmctl_block(const char *name, const char *who)
{
	realmctl_open();
	ck_assert_int_eq(chat_block_add(&chat, realmctl_session(name).user.id, chat_text(who)),
	    CHAT_OK);
	realmctl_close();
}
