/* worker_confine: what a worker keeps: its client, its state directory, sockets of this host. */
#include "worker/confine.h"

#include <arpa/inet.h>

#include "base/log.h"
#include "base/sandbox.h"

#define ERROR_SIZE 512

/* Whether this realm knows an older server by its host's name: then workers ask name servers. */
static bool
needs_names(const struct config *config)
{
	struct in6_addr address;

	for (size_t i = 0; i < config->n_peers; i++)
		if (config->peers[i].legacy &&
		    inet_pton(AF_INET, config->peers[i].address, &address) != 1 &&
		    inet_pton(AF_INET6, config->peers[i].address, &address) != 1)
			return true;
	return false;
}

int
worker_confine(const struct config *config, bool mastered)
{
	const char *const readable[] = { config->path[0] == '\0' ? NULL : config->path, NULL };
	static const char *const naming[] = { "/", NULL };
	bool names = needs_names(config);
	struct sandbox sandbox = {
		.kind = names  ? SANDBOX_NAMING
		    : mastered ? SANDBOX_WORKER
		               : SANDBOX_INETD,
		.writable = config->state,
		.readable = names ? naming : readable,
	};
	char error[ERROR_SIZE];

	if (!config->sandbox)
		return 0;
	/* A committer that it starts could no longer load the library for its own. */
	if (sandbox_prepare(SANDBOX_BIT(sandbox.kind) | SANDBOX_BIT(SANDBOX_COMMITTER), error,
	        sizeof(error)) == 0 &&
	    sandbox_enter(&sandbox, error, sizeof(error)) == 0)
		return 0;
	log_warnx("%s", error);
	return -1;
}
