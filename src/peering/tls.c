/*
 * peering_tls: TLS as realms speak it among themselves: each side shows its realm's key and looks
 * at nothing but the other's. Whether that one is pinned is left to worker and bridge_step.
 */
#include "peering/tls.h"

#include <stdio.h>

#include "net/realm_key.h"
#include "net/tls_lib.h"

/* The configuration that both sides share. NULL with a sentence in error. */
static struct tls_config *
new_config(const struct tls_lib *lib, const char *state, char *error, size_t size)
{
	struct tls_config *config = lib->tls_config_new();
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH];

	realm_key_paths(state, key, certificate);
	if (config == NULL) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	/* The own certificate is the authority: it is never asked, but without one libtls would
	 * load all that the system has. */
	if (lib->tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) !=
	        0 ||
	    lib->tls_config_set_ciphers(config, TLS_LIB_CIPHERS) != 0 ||
	    lib->tls_config_set_keypair_file(config, certificate, key) != 0 ||
	    lib->tls_config_set_ca_file(config, certificate) != 0) {
		snprintf(error, size, "the realm's key: %s", lib->tls_config_error(config));
		lib->tls_config_free(config);
		return NULL;
	}
	lib->tls_config_insecure_noverifycert(config);
	lib->tls_config_insecure_noverifyname(config);
	lib->tls_config_insecure_noverifytime(config);
	return config;
}

struct tls_config *
peering_tls_client(const char *state, char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);

	return lib == NULL ? NULL : new_config(lib, state, error, size);
}

struct tls *
peering_tls_server(const char *state, char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);
	struct tls_config *config = lib == NULL ? NULL : new_config(lib, state, error, size);
	struct tls *tls;

	if (config == NULL)
		return NULL;
	lib->tls_config_verify_client(config);
	tls = lib->tls_server();
	if (tls == NULL) {
		snprintf(error, size, "out of memory");
	} else if (lib->tls_configure(tls, config) != 0) {
		snprintf(error, size, "the realm's key: %s", lib->tls_error(tls));
		lib->tls_free(tls);
		tls = NULL;
	}
	lib->tls_config_free(config);
	return tls;
}
