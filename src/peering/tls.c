/*
 * peering_tls: TLS as realms speak it among themselves: each side shows its realm's key and looks
 * at nothing but the other's. Whether that one is pinned is left to worker and bridge_step.
 */
#include "peering/tls.h"

#include <stdbool.h>
#include <stdio.h>

#include "net/realm_key.h"
#include "net/tls_key.h"
#include "net/tls_lib.h"

/* The configuration that both sides share, without the key. NULL with a sentence in error. */
static struct tls_config *
new_config(const struct tls_lib *lib, const char *certificate, char *error, size_t size)
{
	struct tls_config *config = lib->tls_config_new();

	if (config == NULL) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	/* The own certificate is the authority: it is never asked, but without one libtls would
	 * load all that the system has. */
	if (lib->tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) !=
	        0 ||
	    lib->tls_config_set_ciphers(config, TLS_LIB_CIPHERS) != 0 ||
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

/* The same with the realm's key, or with its certificate alone. NULL with a sentence in error. */
static struct tls_config *
new_config_with_key(const struct tls_lib *lib, const char *state, bool absent, char *error,
    size_t size)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH];
	struct tls_config *config;

	realm_key_paths(state, key, certificate);
	config = new_config(lib, certificate, error, size);
	if (config == NULL)
		return NULL;
	if (absent && tls_key_set_absent(config, certificate, error, size) == 0)
		return config;
	if (!absent && lib->tls_config_set_keypair_file(config, certificate, key) == 0)
		return config;
	if (!absent)
		snprintf(error, size, "the realm's key: %s", lib->tls_config_error(config));
	lib->tls_config_free(config);
	return NULL;
}

struct tls_config *
peering_tls_client(const char *state, char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);

	return lib == NULL ? NULL : new_config_with_key(lib, state, false, error, size);
}

static struct tls *
new_server(const char *state, bool absent, char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);
	struct tls_config *config =
	    lib == NULL ? NULL : new_config_with_key(lib, state, absent, error, size);
	struct tls *tls;
	int result;

	if (config == NULL)
		return NULL;
	lib->tls_config_verify_client(config);
	tls = lib->tls_server();
	if (tls == NULL) {
		snprintf(error, size, "out of memory");
		lib->tls_config_free(config);
		return NULL;
	}
	result = absent ? tls_key_configure(tls, config) : lib->tls_configure(tls, config);
	if (result != 0) {
		snprintf(error, size, "the realm's key: %s", lib->tls_error(tls));
		lib->tls_free(tls);
		tls = NULL;
	}
	lib->tls_config_free(config);
	return tls;
}

struct tls *
peering_tls_server(const char *state, char *error, size_t size)
{
	return new_server(state, false, error, size);
}

struct tls *
peering_tls_server_without_key(const char *state, char *error, size_t size)
{
	return new_server(state, true, error, size);
}
