/* master_reload: taking a new configuration over, all of it or nothing. */
#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config/motd.h"
#include "master/int.h"
#include "master/service.h"

static void
keep_setting(const char *name, char *fresh, size_t size, const char *old)
{
	if (strcmp(fresh, old) == 0)
		return;
	log_warnx("%s stays \"%s\" until kabard is started again", name, old);
	strlcpy(fresh, old, size);
}

void
master_keep(struct config *fresh, const char *realm, const char *user, const char *state)
{
	keep_setting("realm", fresh->realm, sizeof(fresh->realm), realm);
	keep_setting("user", fresh->user, sizeof(fresh->user), user);
	keep_setting("state", fresh->state, sizeof(fresh->state), state);
}

/* 0, or -1 with a sentence in error. */
static int
apply_config(struct master *master, struct config *fresh, char *error, size_t size)
{
	struct config *config = master->config;
	struct master_listen listen;
	struct master_tls tls;

	master_keep(fresh, config->realm, config->user, config->state);
	if (master_children_grow(&master->children, (unsigned int)fresh->max_clients) != 0) {
		snprintf(error, size, "max_clients: %s", strerror(errno));
		return -1;
	}
	if (master_tls_open(&tls, fresh, error, size) != 0)
		return -1;
	if (master_listen_open(&listen, fresh, &master->listen, error, size) != 0) {
		master_tls_close(&tls);
		return -1;
	}
	master_tls_close(&master->tls);
	master->tls = tls;
	master->listen = listen;
	config_free(config);
	*config = *fresh;
	return 0;
}

static int
load_config(struct master *master, char *error, size_t size)
{
	struct config fresh;

	if (config_load(&fresh, master->opt->config_path, error, size) != 0)
		return -1;
	if (config_motd_read(&fresh, error, size) == 0 &&
	    apply_config(master, &fresh, error, size) == 0)
		return 0;
	config_free(&fresh);
	return -1;
}

int
master_reload(struct master *master, char *text, size_t size)
{
	int result;

	master_service_reloading();
	result = load_config(master, text, size);
	if (result == 0) {
		master_start_log(master);
		master_bridge_look(&master->bridge, master->config);
		master_gate_reload(&master->gate);
		master_describe(master, text, size);
		log_info("reloaded: %s", text);
	} else {
		log_warnx("reload refused, everything stays as it was: %s", text);
	}
	master_notify_ready(master);
	return result;
}
