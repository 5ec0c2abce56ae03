/*
 * ctl_init: makes a realm: its key, an empty store, and the record of its name and age.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/table.h"
#include "ctl/ctl.h"
#include "net/realm_key.h"

#define ERROR_MAX 1024

static int
record_realm(struct store *store, const char *name)
{
	struct store_tx tx;
	char created[24];

	snprintf(created, sizeof(created), "%" PRId64, clock_now_ms());
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_REALM, "name", strlen("name"), name, strlen(name));
	store_tx_put(&tx, CHAT_TABLE_REALM, "created", strlen("created"), created, strlen(created));
	return store_commit(store, &tx, NULL) == STORE_OK ? 0 : -1;
}

static bool
has_store(const struct store_options *options)
{
	char error[ERROR_MAX];
	struct store *store = store_open(options, error, sizeof(error));

	if (store != NULL)
		store_close(store);
	return store != NULL;
}

int
ctl_init(struct ctl *ctl)
{
	struct store_options options = chat_store_options(&ctl->config);
	char error[ERROR_MAX] = "the store cannot be made";
	struct store *store;
	int status = ctl_state_make(&ctl->config);

	if (status != CTL_OK)
		return status;
	/* The key comes first: a realm with a store is complete. */
	if (realm_key_make(ctl->config.state, ctl->config.realm, error, sizeof(error)) != 0)
		return ctl_error(CTL_CANNOT_MAKE, "%s", error);
	if (store_create(&options, error, sizeof(error)) != 0)
		return ctl_error(has_store(&options) ? CTL_REFUSED : CTL_CANNOT_MAKE, "%s", error);
	store = store_open(&options, error, sizeof(error));
	if (store == NULL)
		return ctl_error(CTL_UNAVAILABLE, "%s", error);
	if (record_realm(store, ctl->config.realm) != 0)
		status =
		    ctl_error(CTL_UNAVAILABLE, "the realm's name cannot be stored, see the log");
	store_close(store);
	return status;
}
