/* ctl_realm: shows the name and the key of the realm, which other realms need. */
#include <bsd/string.h>

#include "ctl/show.h"
#include "net/realm_key.h"

#define ERROR_MAX 1024

struct view {
	char name[NAME_MAX_BYTES + 1];
	char fingerprint[REALM_KEY_FINGERPRINT];
};

#define AT(member) CTL_FIELD_AT(struct view, member)

static const struct ctl_field field_list[] = {
	{ .key = "name", .forms = CTL_IN_SHOW, AT(name) },
	{ .key = "fingerprint", .label = "key", .forms = CTL_IN_SHOW, AT(fingerprint) },
};
static const struct ctl_fields fields = CTL_FIELDS(field_list);

int
ctl_realm(struct ctl *ctl)
{
	const struct config *config = &ctl->config;
	char error[ERROR_MAX];
	struct ctl_show show;
	struct view view;
	int status = ctl_become(config);

	if (status != CTL_OK)
		return status;
	if (realm_key_fingerprint(config->state, view.fingerprint, error, sizeof(error)) != 0)
		return ctl_unavailable(config, error);
	strlcpy(view.name, config->realm, sizeof(view.name));
	ctl_show_begin(&show, ctl, &fields, &view);
	ctl_show_end(&show);
	return CTL_OK;
}
