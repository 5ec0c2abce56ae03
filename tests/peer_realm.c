/*
 * peer_realm: for integration tests: the realm surabaya with a listener for other realms, and
 * speakers who are malang or batu there. See peer_realm.h.
 */
#include "peer_realm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "base/base64.h"
#include "net/realm_key.h"
#include "peering/tls.h"
#include "tls_relay.h"

#define SETTINGS_MAX 2048
#define SCRIPT_MAX   16384

struct realm realm;
struct dialogue talk;

static const char *const names[PEER_KEYS] = { "malang", "batu", "unknown" };

/* Binds the port, so that no other process gets it, but does not listen. */
static struct {
	int fd;
	struct sockaddr_in name;
} port;
static struct tls_config *clients[PEER_KEYS];
static char fingerprints[PEER_KEYS][REALM_KEY_FINGERPRINT];

static void
make_key(enum peer_realm_key key)
{
	char dir[2 * REALM_PATH_MAX], error[1024];

	snprintf(dir, sizeof(dir), "%s/%s", realm.dir, names[key]);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_msg(realm_key_make(dir, names[key], error, sizeof(error)) == 0, "%s", error);
	ck_assert_int_eq(realm_key_fingerprint(dir, fingerprints[key], error, sizeof(error)), 0);
	clients[key] = peering_tls_client(dir, error, sizeof(error));
	ck_assert_msg(clients[key] != NULL, "%s", error);
}

static void
setup(void)
{
	realm_make(&realm, NULL);
	port.fd = realm_bind_port(0, &port.name);
	for (int i = 0; i < PEER_KEYS; i++)
		make_key((enum peer_realm_key)i);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	peer_realm_configure(PEER_MALANG, "");
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	close(port.fd);
	for (int i = 0; i < PEER_KEYS; i++)
		tls_config_free(clients[i]);
}

TCase *
peer_realm_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

void
peer_realm_configure(enum peer_realm_key malang, const char *settings)
{
	char text[SETTINGS_MAX];

	ck_assert_int_lt(snprintf(text, sizeof(text), PEER_PINNED PEER_PINNED "%s\n", "malang",
	                     fingerprints[malang], "batu", fingerprints[PEER_BATU], settings),
	    (int)sizeof(text));
	peer_realm_configure_peers(text);
}

void
peer_realm_configure_peers(const char *settings)
{
	char text[2 * SETTINGS_MAX];

	ck_assert_int_lt(snprintf(text, sizeof(text),
	                     "listen \"realms\" { address = \"127.0.0.1\"  port = %u  dialect = "
	                     "\"peer\" }\n"
	                     "%s",
	                     (unsigned int)ntohs(port.name.sin_port), settings),
	    (int)sizeof(text));
	realm_configure(&realm, text);
}

void
peer_realm_start(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

const char *
peer_realm_fingerprint(enum peer_realm_key key)
{
	return fingerprints[key];
}

/* The realm's first listener may be up a moment before this one. */
static bool
try_connect(void *arg)
{
	int *fd = arg;

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(*fd, 0);
	if (connect(*fd, (const struct sockaddr *)&port.name, sizeof(port.name)) == 0)
		return true;
	close(*fd);
	return false;
}

int
peer_realm_connect(void)
{
	int fd;

	ck_assert(realm_until(try_connect, &fd));
	return fd;
}

static void
speak_over(char speaker, enum peer_realm_key key, int fd)
{
	fd = tls_relay(fd, clients[key]);
	speaker_open(&talk.speakers[speaker - 'a'], fd, fd);
}

void
peer_realm_speak(char speaker, enum peer_realm_key key)
{
	speak_over(speaker, key, peer_realm_connect());
}

void
peer_realm_speak_inetd(char speaker, enum peer_realm_key key)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-i", "-f", "-D",
		"peer", NULL };
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	talk.pids[speaker - 'a'] = realm_spawn(&realm, pair[0], pair[0], argv);
	close(pair[0]);
	speak_over(speaker, key, pair[1]);
}

void
peer_realm_cut(char speaker)
{
	speaker_close(&talk.speakers[speaker - 'a']);
}

/* In what is said, single quotes become double ones; in what is heard, dialogue does that. */
static void
quote_script(char *script)
{
	for (char *line = script; line != NULL; line = strchr(line, '\n')) {
		size_t len;

		line += *line == '\n';
		len = strcspn(line, "\n");
		for (size_t i = 2; i < len && line[1] == '>'; i++)
			if (line[i] == '\'')
				line[i] = '"';
	}
}

void
peer_realm_run_at(const char *file, int line, const char *format, ...)
{
	char script[SCRIPT_MAX];
	va_list ap;

	va_start(ap, format);
	int len = vsnprintf(script, sizeof(script), format, ap);
	va_end(ap);
	ck_assert_int_lt(len, SCRIPT_MAX);
	quote_script(script);
	dialogue_run_at(&talk, file, line, script);
}

/* The number behind this in a reply. */
static uint64_t
number_behind(const char *reply, const char *text)
{
	const char *at = strstr(reply, text);

	ck_assert_msg(at != NULL, "%s instead of something with %s", reply, text);
	return strtoull(at + strlen(text), NULL, 10);
}

/* Passing over what is refused, which is told again. */
static const char *
hear_resume(char speaker)
{
	const char *reply;
	size_t len;

	do
		reply = dialogue_hear(&talk, speaker, &len);
	while (strncmp(reply, "{\"status\":\"ERROR\",\"number\":", 27) == 0);
	return reply;
}

uint64_t
peer_realm_greet(char speaker)
{
	peer_realm_speak(speaker, PEER_MALANG);
	peer_realm_run("%c> hello 1 malang surabaya\n"
	               "%c< {'status':'OK','hello':1,'realm':'surabaya',$*}\n"
	               "%c> resume " PEER_EPOCH " 0\n",
	    speaker, speaker, speaker);
	return number_behind(hear_resume(speaker),
	    "{\"status\":\"OK\",\"resume\":\"" PEER_EPOCH "\",\"have\":");
}

void
peer_realm_message(char speaker, uint64_t number, const char *text)
{
	peer_realm_run("%c> message %" PRIu64 " {'time':1700000000000,'from':'lineker@malang',"
	               "'name':'Gary Lineker','to':'messi','text':'%s'}\n",
	    speaker, number, text);
}

void
peer_realm_has(char speaker, uint64_t number)
{
	uint64_t has = 0;
	size_t len;

	while (has < number) {
		uint64_t next = number_behind(dialogue_hear(&talk, speaker, &len),
		    "{\"status\":\"OK\",\"have\":");

		ck_assert_uint_ge(next, has);
		has = next;
	}
	ck_assert_uint_eq(has, number);
}

void
peer_realm_file(char speaker, uint64_t number, const char *name, const void *content, size_t len)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_DIGEST_LENGTH + 1];
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, content, len);
	SHA256Final(hash, &sha);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	peer_realm_run("%c> file %" PRIu64 " {'time':1700000000000,'from':'lineker@malang',"
	               "'name':'Gary Lineker','to':'messi','file':'%s','size':%zu,'hash':'%s'}\n",
	    speaker, number, name, len, hex);
}

void
peer_realm_chunk(char speaker, uint64_t number, const void *content, size_t offset, size_t len)
{
	size_t size = BASE64_ENCODED_MAX(len) + BASE64_TAIL_MAX + 64;
	char *line = malloc(size);
	struct base64_encoder encoder;
	int at;

	ck_assert_ptr_nonnull(line);
	at = snprintf(line, size, "chunk %" PRIu64 " %zu ", number, offset);
	base64_encode_init(&encoder);
	at += (int)base64_encode(&encoder, (const unsigned char *)content + offset, len, line + at,
	    BASE64_ENCODED_MAX(len));
	at += (int)base64_encode_end(&encoder, line + at);
	memcpy(line + at, "\r\n", 2);
	dialogue_say(&talk, speaker, line, (size_t)at + 2);
	free(line);
}
