/* worker_confine: what a worker keeps: its client, its state directory, sockets of this host. */
#include "worker/confine.h"

#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "chat/realm/legacy.h"

#define ERROR_SIZE 512

struct identity {
	const char *state;
	uid_t uid;
};

/* Becomes the user of workers for good, with the group of the user who owns the data. */
static int
become_worker(void *arg)
{
	const struct identity *identity = arg;
	char root[PATH_MAX];
	gid_t group = getegid();

	snprintf(root, sizeof(root), "%s/" WORKER_CONFINE_ROOT, identity->state);
	if (chroot(root) != 0 || chdir("/") != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(group, group, group) != 0 ||
	    setresuid(identity->uid, identity->uid, identity->uid) != 0)
		return -1;
	return capabilities_drop();
}

static int
enter_sandbox(const struct config *config, const struct client *client, struct identity *identity)
{
	const char *const readable[] = { config->path[0] == '\0' ? NULL : config->path, NULL };
	static const char *const naming[] = { "/", NULL };
	bool mastered = client->master_fd >= 0, names = !mastered && chat_legacy_named(config);
	struct sandbox sandbox = {
		.kind = names  ? SANDBOX_NAMING
		    : mastered ? SANDBOX_WORKER
		               : SANDBOX_INETD,
		.writable = config->state,
		.readable = names ? naming : readable,
		.become = identity->uid == 0 ? NULL : become_worker,
		.arg = identity,
	};
	char error[ERROR_SIZE];

	/* A committer that it starts could no longer load the library for its own. */
	if (sandbox_prepare(SANDBOX_BIT(sandbox.kind) | SANDBOX_BIT(SANDBOX_COMMITTER), error,
	        sizeof(error)) == 0 &&
	    sandbox_enter(&sandbox, error, sizeof(error)) == 0)
		return 0;
	log_warnx("%s", error);
	return -1;
}

int
worker_confine(const struct config *config, const struct client *client)
{
	struct identity identity = { .state = config->state, .uid = client->worker_uid };

	if (config->sandbox)
		return enter_sandbox(config, client, &identity);
	if (identity.uid == 0 || become_worker(&identity) == 0)
		return 0;
	log_warn("cannot become the user of workers");
	return -1;
}
