/*
 * worker_tls: TLS for those who connect: which certificate a listener shows. With other realms
 * peering_tls has its own rules; the connections are stream's business.
 */
#include "worker/tls.h"

#include <sys/stat.h>

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "base/fnv.h"
#include "config/dialects.h"
#include "net/realm_key.h"
#include "net/tls_key.h"
#include "net/tls_lib.h"
#include "peering/tls.h"

#define REASON_MAX 4096

static bool
is_for_peers(const struct config_listen *listen)
{
	return strcmp(listen->dialect, CONFIG_DIALECT_PEER) == 0;
}

bool
worker_tls_wanted(const struct config_listen *listen)
{
	return listen->tls || is_for_peers(listen);
}

/* The files of a listener, or the realm's own. */
struct pair {
	char key[REALM_KEY_PATH];
	char certificate[REALM_KEY_PATH];
	bool asks; /* for a client's certificate, which the client may do without */
};

static void
find_pair(const struct config *config, const struct config_listen *listen, struct pair *pair)
{
	_Static_assert(sizeof(listen->key) <= sizeof(pair->key), "a path fits");
	realm_key_paths(config->state, pair->key, pair->certificate);
	pair->asks = strcmp(listen->dialect, CONFIG_DIALECT_IRC) == 0;
	if (is_for_peers(listen) || listen->certificate[0] == '\0')
		return;
	strlcpy(pair->key, listen->key, sizeof(pair->key));
	strlcpy(pair->certificate, listen->certificate, sizeof(pair->certificate));
}

static uint64_t
add_file(uint64_t stamp, const char *path)
{
	struct stat st;
	int64_t facts[6] = { 0 };

	if (stat(path, &st) == 0) {
		facts[0] = (int64_t)st.st_dev;
		facts[1] = (int64_t)st.st_ino;
		facts[2] = st.st_size;
		facts[3] = st.st_ctim.tv_sec;
		facts[4] = st.st_ctim.tv_nsec;
		facts[5] = 1;
	}
	return fnv_bytes(stamp, facts, sizeof(facts));
}

uint64_t
worker_tls_stamp(const struct config *config)
{
	uint64_t stamp = FNV_BEGIN;
	struct pair pair;

	for (size_t i = 0; i < config->n_listens; i++) {
		if (!worker_tls_wanted(&config->listens[i]))
			continue;
		find_pair(config, &config->listens[i], &pair);
		stamp = add_file(add_file(stamp, pair.certificate), pair.key);
	}
	return stamp;
}

/*
 * A client may show a certificate of whatever kind, and log in by its fingerprint: no chain is
 * verified. The own certificate is the authority: without one libtls would load all that the
 * system has.
 */
static int
ask_for_certificate(const struct tls_lib *lib, struct tls_config *config, const struct pair *pair)
{
	if (lib->tls_config_set_ca_file(config, pair->certificate) != 0)
		return -1;
	lib->tls_config_insecure_noverifycert(config);
	lib->tls_config_insecure_noverifyname(config);
	lib->tls_config_insecure_noverifytime(config);
	lib->tls_config_verify_client_optional(config);
	return 0;
}

/* Sets what all listeners of clients have in common, and the pair. NULL, or what is wrong. */
static const char *
configure(const struct tls_lib *lib, struct tls_config *config, const struct pair *pair,
    bool absent)
{
	static char error[1024];

	if (lib->tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) !=
	        0 ||
	    lib->tls_config_set_ciphers(config, TLS_LIB_CIPHERS) != 0)
		return lib->tls_config_error(config);
	if (pair->asks && ask_for_certificate(lib, config, pair) != 0)
		return lib->tls_config_error(config);
	if (absent)
		return tls_key_set_absent(config, pair->certificate, error, sizeof(error)) == 0
		    ? NULL
		    : error;
	return lib->tls_config_set_keypair_file(config, pair->certificate, pair->key) == 0
	    ? NULL
	    : lib->tls_config_error(config);
}

/* NULL with a reason. */
static struct tls *
new_for_clients(const struct tls_lib *lib, const struct pair *pair, bool absent, char *reason,
    size_t size)
{
	struct tls_config *config = lib->tls_config_new();
	struct tls *tls = lib->tls_server();
	const char *trouble = "out of memory";

	if (config != NULL && tls != NULL)
		trouble = configure(lib, config, pair, absent);
	if (trouble == NULL &&
	    (absent ? tls_key_configure(tls, config) : lib->tls_configure(tls, config)) != 0)
		trouble = lib->tls_error(tls);
	if (trouble != NULL) {
		snprintf(reason, size, "%s and %s: %s", pair->certificate, pair->key, trouble);
		lib->tls_free(tls);
		tls = NULL;
	}
	lib->tls_config_free(config);
	return tls;
}

static struct tls *
new_context(const struct config *config, const struct config_listen *listen, bool absent,
    char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);
	char reason[REASON_MAX];
	struct pair pair;
	struct tls *tls;

	if (lib == NULL)
		return NULL;
	find_pair(config, listen, &pair);
	if (!is_for_peers(listen))
		tls = new_for_clients(lib, &pair, absent, reason, sizeof(reason));
	else if (absent)
		tls = peering_tls_server_without_key(config->state, reason, sizeof(reason));
	else
		tls = peering_tls_server(config->state, reason, sizeof(reason));
	if (tls == NULL)
		snprintf(error, size, "listen \"%s\": no TLS with %s", listen->name, reason);
	return tls;
}

struct tls *
worker_tls_new(const struct config *config, const struct config_listen *listen, char *error,
    size_t size)
{
	return new_context(config, listen, false, error, size);
}

struct tls *
worker_tls_without_key(const struct config *config, const struct config_listen *listen, char *error,
    size_t size)
{
	return new_context(config, listen, true, error, size);
}

struct tls_key *
worker_tls_key(const struct config *config, const struct config_listen *listen, char *error,
    size_t size)
{
	/* The whole context is the test whether key and certificate belong together. */
	struct tls *tls = worker_tls_new(config, listen, error, size);
	char reason[REASON_MAX];
	struct tls_key *key;
	struct pair pair;

	if (tls == NULL)
		return NULL;
	worker_tls_free(tls);
	find_pair(config, listen, &pair);
	key = tls_key_load(pair.key, reason, sizeof(reason));
	if (key == NULL)
		snprintf(error, size, "listen \"%s\": no TLS with %s", listen->name, reason);
	return key;
}

void
worker_tls_free(struct tls *tls)
{
	char error[1];

	if (tls != NULL)
		tls_lib(error, sizeof(error))->tls_free(tls);
}
