/*
 * bash completion behind the names of the programs offers no other options and commands than the
 * programs have, and the names that the realm has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/realm/peer.h"
#include "config/dialects.h"
#include "realmctl.h"
#include "suite.h"

#define BASH        "/bin/bash"
#define OFFERED_MAX 64
#define OFFER_SIZE  64

/* Completes the last word as bash would, and prints what it would offer, in order. */
#define SCRIPT                                                   \
	"file=$1; shift; . \"$file\"; COMP_WORDS=(\"$@\"); "     \
	"COMP_CWORD=$(($# - 1)); _\"${file##*/}\" 2>/dev/null; " \
	"printf '%s\\n' \"${COMPREPLY[@]}\" | LC_ALL=C sort | tr '\\n' ' '"
/* The file for kabar-bridge has another name than its function. */
#define BRIDGE_SCRIPT "_kabar-bridge() { _kabar_bridge; }; " SCRIPT

static void
run_completion(const char *script, const char *name, const char *const words[])
{
	const char *argv[REALMCTL_ARGS_MAX + 8] = { BASH, "-c", script, "bash" };
	const char *srcdir = getenv("srcdir");
	char path[1024];
	size_t n = 4;

	snprintf(path, sizeof(path), "%s/etc/completions/%s", srcdir == NULL ? "." : srcdir, name);
	argv[n++] = path;
	for (size_t i = 0; words[i] != NULL; i++) {
		ck_assert_uint_lt(i, REALMCTL_ARGS_MAX);
		argv[n++] = words[i];
	}
	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
	output[strcspn(output, "\n")] = '\0';
}

/* Behind these words of kabarctl's exactly this is offered. */
#define OFFERS(text, ...)                                                  \
	do {                                                               \
		run_completion(SCRIPT, "kabarctl",                         \
		    ARGS(kabarctl_path, "-c", realm.config, __VA_ARGS__)); \
		ck_assert_str_eq(output, text);                            \
	} while (0)

/* "user show NAME": show is offered behind user. */
static void
check_second(const char *first, const char *second)
{
	char offer[OFFER_SIZE + 2];

	run_completion(SCRIPT, "kabarctl", ARGS(kabarctl_path, first, ""));
	snprintf(offer, sizeof(offer), "%s ", second);
	ck_assert_msg(strstr(output, offer) != NULL, "%snot in %s", offer, output);
}

START_TEST(commands)
{
	char usage[sizeof(output)], all[sizeof(output)], first[OFFER_SIZE], second[OFFER_SIZE];
	size_t n = 0;
	int words;

	ck_assert_int_eq(realmctl(NULL, ARGS("-h")), 0);
	snprintf(usage, sizeof(usage), "%s", output);
	run_completion(SCRIPT, "kabarctl", ARGS(kabarctl_path, ""));
	snprintf(all, sizeof(all), "%s", output);
	for (char *line = strtok(usage, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		const char *at = strstr(line, "kabarctl [-c FILE] ");

		if (at == NULL)
			continue;
		words = sscanf(at, "kabarctl [-c FILE] %62[a-z] %62[a-z]", first, second);
		ck_assert_int_gt(words, 0);
		if (words > 1)
			check_second(first, second);
		strcat(first, " ");
		ck_assert_msg(strstr(all, first) != NULL, "%snot in %s", first, all);
		n++;
	}
	ck_assert_uint_gt(n, 10);
	OFFERS("who ", "wh");
	OFFERS("unblock unlock ", "user", "u");
	OFFERS("add ban del files history invite join key leave limit list moderated operator "
	       "private secret show topic topics voice ",
	    "group", "");
	OFFERS(" ", "nothing", "");
	run_completion(SCRIPT, "kabarctl", ARGS(kabarctl_path, "-"));
	ck_assert_str_eq(output, "-V -c -h ");
}
END_TEST

START_TEST(options)
{
	OFFERS("-C -a -j -n ", "user", "add", "messi", "-");
	OFFERS("-j ", "user", "list", "-");
	OFFERS(" ", "user", "add", "-n", "");
	OFFERS("-j ", "who", "-");
}
END_TEST

START_TEST(names)
{
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	OFFERS("henderson lineker messi ", "user", "show", "");
	OFFERS("messi ", "kick", "m");
	OFFERS("kopi ", "group", "join", "");
	OFFERS("lineker ", "group", "join", "kopi", "l");
	OFFERS(" ", "group", "join", "kopi", "lineker", "");
	/* Who will be new has no name yet. */
	OFFERS(" ", "user", "add", "");
	OFFERS(" ", "group", "add", "");
	OFFERS("henderson lineker messi ", "group", "add", "teh", "");
}
END_TEST

START_TEST(realms)
{
	realm_configure(&realm,
	    "peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n"
	    "peer \"batu\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n");
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	realmctl_close();
	OFFERS("batu malang ", "queue", "drop", "");
	OFFERS("malang ", "queue", "flush", "m");
	OFFERS("batu malang ", "queue", "list", "-j", "");
	OFFERS(" ", "queue", "drop", "malang", "");
}
END_TEST

START_TEST(files)
{
	char start[REALM_PATH_MAX + 8], expected[REALM_PATH_MAX + 8];

	snprintf(start, sizeof(start), "%s/kab", realm.dir);
	snprintf(expected, sizeof(expected), "%s ", realm.config);
	run_completion(SCRIPT, "kabarctl", ARGS(kabarctl_path, "-c", start));
	ck_assert_str_eq(output, expected);
	run_completion(SCRIPT, "kabard", ARGS(realm_kabard_path, "-f", "-c", start));
	ck_assert_str_eq(output, expected);
}
END_TEST

/* Collects the options that a program's usage shows in the form " -x" or "[-xy]". */
static void
usage_options(const char *usage, char *letters, size_t size)
{
	size_t n = 0;

	for (const char *at = usage; (at = strpbrk(at, " [")) != NULL; at++) {
		if (at[1] != '-')
			continue;
		for (at += 2; *at >= 'A' && *at <= 'z' && *at != ']' && n + 1 < size; at++)
			if (memchr(letters, *at, n) == NULL)
				letters[n++] = *at;
		at--;
	}
	letters[n] = '\0';
}

static void
check_options(const char *script, const char *name, const char *path, const char *hidden)
{
	char letters[OFFERED_MAX] = "", offer[8];

	realm_run(ARGS(path, "-?"), NULL, output, sizeof(output));
	usage_options(output, letters, sizeof(letters));
	ck_assert_uint_gt(strlen(letters), 3);
	run_completion(script, name, ARGS(path, "-"));
	for (const char *at = letters; *at != '\0'; at++) {
		snprintf(offer, sizeof(offer), "-%c ", *at);
		ck_assert_msg((strstr(output, offer) != NULL) == (strchr(hidden, *at) == NULL),
		    "%s and %s: %s", name, offer, output);
	}
	ck_assert_uint_eq(strlen(output), 3 * (strlen(letters) - strlen(hidden)));
}

#define DIALECT_WORD(word)  " " word " "
#define DIALECT_OFFER(name) DIALECT_WORD(#name),
START_TEST(dialects)
{
	static const char *const offers[] = { CONFIG_DIALECTS(DIALECT_OFFER)
		                                  DIALECT_WORD(CONFIG_DIALECT_IRC),
		DIALECT_WORD(CONFIG_DIALECT_WEB), DIALECT_WORD(CONFIG_DIALECT_PEER) };
	char offered[sizeof(output) + 1];
	size_t len = 1;

	run_completion(SCRIPT, "kabard", ARGS(realm_kabard_path, "-i", "-D", ""));
	snprintf(offered, sizeof(offered), " %s", output);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		ck_assert_msg(strstr(offered, offers[i]) != NULL, "no%sin%s", offers[i], offered);
		len += strlen(offers[i]) - 1;
	}
	ck_assert_uint_eq(strlen(offered), len);
}
END_TEST

START_TEST(daemons)
{
	char bridge[1024];

	check_options(SCRIPT, "kabard", realm_kabard_path, "");
	run_completion(SCRIPT, "kabard", ARGS(realm_kabard_path, "-i", "-D", "r"));
	ck_assert_str_eq(output, "realm room ");
	run_completion(SCRIPT, "kabard",
	    ARGS(realm_kabard_path, "-c", realm.config, "-i", "-L", ""));
	ck_assert_str_eq(output, "main ");
	snprintf(bridge, sizeof(bridge), "%.*s/kabar-bridge",
	    (int)(strrchr(realm_kabard_path, '/') - realm_kabard_path), realm_kabard_path);
	/* -m is kabard's business. */
	check_options(BRIDGE_SCRIPT, "kabar-bridge", bridge, "m");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("completion");
	TCase *tcase = realmctl_tcase(suite, "bash");

	if (suite_skip_if(access(BASH, X_OK) != 0, "no bash on this machine"))
		return SUITE_SKIPPED;
	tcase_add_test(tcase, commands);
	tcase_add_test(tcase, options);
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, realms);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, dialects);
	tcase_add_test(tcase, daemons);
	return realm_run_suite(suite);
}
