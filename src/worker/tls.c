/*
 * worker_tls: TLS for those who connect: which certificate a listener shows. With other realms
 * peering_tls has its own rules; the connections are stream's business.
 */
#include "worker/tls.h"

#include <stdio.h>
#include <string.h>

#include "config/dialects.h"
#include "net/realm_key.h"
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

/* NULL with a reason. */
static struct tls *
new_for_clients(const struct tls_lib *lib, const char *certificate, const char *key, char *reason,
    size_t size)
{
	struct tls_config *config = lib->tls_config_new();
	struct tls *tls = lib->tls_server();
	const char *trouble = NULL;

	if (config == NULL || tls == NULL)
		trouble = "out of memory";
	else if (lib->tls_config_set_protocols(config,
	             TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) != 0 ||
	    lib->tls_config_set_ciphers(config, TLS_LIB_CIPHERS) != 0 ||
	    lib->tls_config_set_keypair_file(config, certificate, key) != 0)
		trouble = lib->tls_config_error(config);
	else if (lib->tls_configure(tls, config) != 0)
		trouble = lib->tls_error(tls);
	if (trouble != NULL) {
		snprintf(reason, size, "%s and %s: %s", certificate, key, trouble);
		lib->tls_free(tls);
		tls = NULL;
	}
	lib->tls_config_free(config);
	return tls;
}

struct tls *
worker_tls_new(const struct config *config, const struct config_listen *listen, char *error,
    size_t size)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH], reason[REASON_MAX];
	const struct tls_lib *lib = tls_lib(error, size);
	struct tls *tls;

	if (lib == NULL)
		return NULL;
	realm_key_paths(config->state, key, certificate);
	if (is_for_peers(listen))
		tls = peering_tls_server(config->state, reason, sizeof(reason));
	else if (listen->certificate[0] == '\0')
		tls = new_for_clients(lib, certificate, key, reason, sizeof(reason));
	else
		tls =
		    new_for_clients(lib, listen->certificate, listen->key, reason, sizeof(reason));
	if (tls == NULL)
		snprintf(error, size, "listen \"%s\": no TLS with %s", listen->name, reason);
	return tls;
}

void
worker_tls_free(struct tls *tls)
{
	char error[1];

	if (tls != NULL)
		tls_lib(error, sizeof(error))->tls_free(tls);
}
