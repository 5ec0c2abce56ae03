/* client_tls: the protocols and ciphers are those between realms. */
#include "client/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/tls_lib.h"

#define PROTOCOLS (TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3)

struct tls_config *
client_tls_new(char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);
	struct tls_config *config;

	if (lib == NULL)
		return NULL;
	config = lib->tls_config_new();
	if (config == NULL) {
		snprintf(error, size, "%s", strerror(ENOMEM));
		return NULL;
	}
	lib->tls_config_insecure_noverifycert(config);
	lib->tls_config_insecure_noverifyname(config);
	lib->tls_config_insecure_noverifytime(config);
	if (lib->tls_config_set_protocols(config, PROTOCOLS) == 0 &&
	    lib->tls_config_set_ciphers(config, TLS_LIB_CIPHERS) == 0)
		return config;
	snprintf(error, size, "%s", lib->tls_config_error(config));
	lib->tls_config_free(config);
	return NULL;
}

void
client_tls_free(struct tls_config *config)
{
	char error[256];

	if (config != NULL)
		tls_lib(error, sizeof(error))->tls_config_free(config);
}
