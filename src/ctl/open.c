/*
 * ctl_open: becomes the realm's user and opens its store; a failure gives the exit status.
 */
#include <errno.h>
#include <unistd.h>

#include "base/drop_privileges.h"
#include "base/state_directory.h"
#include "ctl/ctl.h"

#define ERROR_MAX 1024

int
ctl_become(const struct config *config)
{
	char error[ERROR_MAX];

	if (drop_privileges(config->user, error, sizeof(error)) != 0)
		return ctl_error(CTL_CONFIG, "%s", error);
	return CTL_OK;
}

int
ctl_unavailable(const struct config *config, const char *error)
{
	bool allowed = access(config->state, R_OK | W_OK | X_OK) == 0 || errno != EACCES;

	return ctl_error(allowed ? CTL_UNAVAILABLE : CTL_NOT_ALLOWED, "%s", error);
}

int
ctl_open_realm(struct ctl *ctl)
{
	int status = ctl_become(&ctl->config);
	char error[ERROR_MAX];

	if (status != CTL_OK)
		return status;
	if (state_directory_check(ctl->config.state, error, sizeof(error)) != 0)
		return ctl_unavailable(&ctl->config, error);
	if (chat_open(&ctl->chat, &ctl->config, error, sizeof(error)) != 0)
		return ctl_unavailable(&ctl->config, error);
	return CTL_OK;
}
