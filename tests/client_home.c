/* client_home: the environment of this process tells the program where its home is. */
#include "client_home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/path.h"

#define ARGS_MAX 24

const char *const client_home_kabar_path = KABAR_PATH;
char client_home_said[65536];

static char home[REALM_PATH_MAX + 64];

void
client_home_enter(const struct realm *realm, const char *person)
{
	snprintf(home, sizeof(home), "%s/home-%s", realm->dir, person);
	mkdir(home, 0700);
	ck_assert_int_eq(setenv("HOME", home, 1), 0);
	ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	unsetenv("LANGUAGE");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
}

const char *
client_home_path(const char *name)
{
	static char path[CLIENT_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

void
client_home_write(const char *name, const char *text)
{
	ck_assert_int_eq(client_path_write(client_home_path(name), text, strlen(text)), 0);
}

int
client_home_run(const char *input, const char *const args[])
{
	const char *argv[ARGS_MAX] = { client_home_kabar_path };

	for (size_t i = 0; args[i] != NULL && i + 2 < ARGS_MAX; i++)
		argv[i + 1] = args[i];
	return realm_run(argv, input == NULL ? "" : input, client_home_said,
	    sizeof(client_home_said));
}

void
client_home_login(const struct realm *realm, const char *user)
{
	char address[128];

	client_home_enter(realm, user);
	snprintf(address, sizeof(address), "%s@%s:%u", user, realm->address, realm->port);
	ck_assert_msg(CLIENT_RUN("surabaya\n", "login", address) == 0, "%s", client_home_said);
}
