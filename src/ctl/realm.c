/* ctl_realm: what the administrators of other realms need to know of this one. */
#include "ctl/ctl.h"
#include "net/realm_key.h"

#define ERROR_MAX 1024

static void
print_json(const char *name, const char *fingerprint)
{
	struct json_out json;

	ctl_json_begin(&json);
	json_out_object_begin(&json);
	ctl_json_text(&json, "name", name);
	ctl_json_text(&json, "fingerprint", fingerprint);
	json_out_object_end(&json);
	ctl_json_end(&json);
}

int
ctl_realm(struct ctl *ctl)
{
	const struct config *config = &ctl->config;
	char fingerprint[REALM_KEY_FINGERPRINT], error[ERROR_MAX];
	int status = ctl_become(config);

	if (status != CTL_OK)
		return status;
	if (realm_key_fingerprint(config->state, fingerprint, error, sizeof(error)) != 0)
		return ctl_unavailable(config, error);
	if (ctl->json) {
		print_json(config->realm, fingerprint);
		return CTL_OK;
	}
	ctl_print_field("name", config->realm);
	ctl_print_field("key", fingerprint);
	return CTL_OK;
}
