/*
 * master_tls: the certificates of all listeners, read once: a worker only shakes hands. Where no
 * listener speaks TLS nothing of it is touched, and nothing costs the plain workers memory.
 */
#include "master/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/tls.h"

int
master_tls_open(struct master_tls *all, const struct config *config, char *error, size_t size)
{
	*all = (struct master_tls){ .n = 0 };
	all->listeners = calloc(config->n_listens + 1, sizeof(*all->listeners));
	if (all->listeners == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < config->n_listens; i++) {
		const struct config_listen *section = &config->listens[i];
		struct tls *tls;

		if (!worker_tls_wanted(section))
			continue;
		tls = worker_tls_new(config, section, error, size);
		if (tls == NULL) {
			master_tls_close(all);
			return -1;
		}
		memcpy(all->listeners[all->n].name, section->name, sizeof(section->name));
		all->listeners[all->n++].tls = tls;
	}
	return 0;
}

void
master_tls_close(struct master_tls *all)
{
	for (size_t i = 0; i < all->n; i++)
		worker_tls_free(all->listeners[i].tls);
	free(all->listeners);
	*all = (struct master_tls){ .n = 0 };
}

struct tls *
master_tls_of(const struct master_tls *all, const struct config_listen *section)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->listeners[i].name, section->name) == 0)
			return all->listeners[i].tls;
	return NULL;
}
