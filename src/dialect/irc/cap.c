/* dialect_irc_cap: one table has the names, and what a client of version 302 is told of them. */
#include "dialect/irc/cap.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/history/page.h"
#include "dialect/enter.h"
#include "dialect/irc/multiline.h"
#include "dialect/irc/out.h"
#include "dialect/irc/register.h"
#include "dialect/irc/sasl.h"

#define CAP_VALUES   302 /* the version from which on clients are told values */
#define CAP_LIST_MAX 400 /* bytes of names in one line */
#define CAP_NAME_MAX 128

struct capability {
	const char *name;
	/* Writes the value; NULL: it has none. False: the capability is not offered here. */
	bool (*value)(const struct dialog *, char *out, size_t size);
};

static bool
write_multiline(const struct dialog *dialog, char *out, size_t size)
{
	(void)dialog;
	snprintf(out, size, "max-bytes=%d,max-lines=%d", IRC_MULTILINE_BYTES, IRC_MULTILINE_LINES);
	return true;
}

static bool
write_registration(const struct dialog *dialog, char *out, size_t size)
{
	strlcpy(out, "before-connect", size);
	return dialog->config->registration == CONFIG_REGISTRATION_ON;
}

static const struct capability capabilities[IRC_CAPS] = {
	[IRC_CAP_ACCOUNT_NOTIFY] = { .name = "account-notify" },
	[IRC_CAP_ACCOUNT_TAG] = { .name = "account-tag" },
	[IRC_CAP_AWAY_NOTIFY] = { .name = "away-notify" },
	[IRC_CAP_BATCH] = { .name = "batch" },
	[IRC_CAP_CAP_NOTIFY] = { .name = "cap-notify" },
	[IRC_CAP_ACCOUNT_REGISTRATION] = { .name = "draft/account-registration",
	    .value = write_registration },
	[IRC_CAP_CHATHISTORY] = { .name = "draft/chathistory" },
	[IRC_CAP_EVENT_PLAYBACK] = { .name = "draft/event-playback" },
	[IRC_CAP_MULTILINE] = { .name = "draft/multiline", .value = write_multiline },
	[IRC_CAP_READ_MARKER] = { .name = "draft/read-marker" },
	[IRC_CAP_ECHO_MESSAGE] = { .name = "echo-message" },
	[IRC_CAP_EXTENDED_JOIN] = { .name = "extended-join" },
	[IRC_CAP_EXTENDED_MONITOR] = { .name = "extended-monitor" },
	[IRC_CAP_INVITE_NOTIFY] = { .name = "invite-notify" },
	[IRC_CAP_LABELED_RESPONSE] = { .name = "labeled-response" },
	[IRC_CAP_MESSAGE_TAGS] = { .name = "message-tags" },
	[IRC_CAP_MULTI_PREFIX] = { .name = "multi-prefix" },
	[IRC_CAP_SASL] = { .name = "sasl", .value = dialect_irc_sasl_mechanisms },
	[IRC_CAP_SERVER_TIME] = { .name = "server-time" },
	[IRC_CAP_SETNAME] = { .name = "setname" },
	[IRC_CAP_STANDARD_REPLIES] = { .name = "standard-replies" },
	[IRC_CAP_USERHOST_IN_NAMES] = { .name = "userhost-in-names" },
};

static bool
is_offered(const struct dialog *dialog, enum irc_cap cap, char *value, size_t size)
{
	value[0] = '\0';
	return capabilities[cap].value == NULL || capabilities[cap].value(dialog, value, size);
}

/* Sends the names of some capabilities, in as many lines as need be. */
static void
send_list(struct dialog *dialog, const char *subcommand, uint64_t caps, bool values)
{
	char list[CAP_LIST_MAX + 2 * CAP_NAME_MAX] = "", item[2 * CAP_NAME_MAX];
	char value[CAP_NAME_MAX];

	for (enum irc_cap cap = 0; cap < IRC_CAPS; cap++) {
		if ((caps & UINT64_C(1) << cap) == 0 ||
		    !is_offered(dialog, cap, value, sizeof(value)))
			continue;
		snprintf(item, sizeof(item), "%s%s%s", capabilities[cap].name,
		    values && value[0] != '\0' ? "=" : "", values ? value : "");
		if (strlen(list) + strlen(item) > CAP_LIST_MAX && values) {
			dialect_irc_send(dialog, NULL, ":%s CAP %s %s * :%s",
			    dialect_irc_server(dialog), dialect_irc_nick(dialog), subcommand, list);
			list[0] = '\0';
		}
		if (list[0] != '\0')
			strlcat(list, " ", sizeof(list));
		strlcat(list, item, sizeof(list));
	}
	dialect_irc_send(dialog, NULL, ":%s CAP %s %s :%s", dialect_irc_server(dialog),
	    dialect_irc_nick(dialog), subcommand, list);
}

static enum irc_cap
find_cap(const struct dialog *dialog, struct chat_text name)
{
	char value[CAP_NAME_MAX];

	for (enum irc_cap cap = 0; cap < IRC_CAPS; cap++)
		if (strlen(capabilities[cap].name) == name.len &&
		    memcmp(capabilities[cap].name, name.data, name.len) == 0 &&
		    is_offered(dialog, cap, value, sizeof(value)))
			return cap;
	return IRC_CAPS;
}

/* All of them, or none. False: one is not known. */
static bool
request_caps(const struct dialog *dialog, struct chat_text wanted, uint64_t *caps)
{
	struct chat_text name;

	while (dialect_irc_line_next(&wanted, ' ', &name)) {
		bool off = name.len > 0 && name.data[0] == '-';
		enum irc_cap cap;

		if (name.len == 0)
			continue;
		name.data += off;
		name.len -= off;
		cap = find_cap(dialog, name);
		if (cap == IRC_CAPS ||
		    (off && cap == IRC_CAP_CAP_NOTIFY && dialog->irc->cap_version >= CAP_VALUES))
			return false;
		if (off)
			*caps &= ~(UINT64_C(1) << cap);
		else
			*caps |= UINT64_C(1) << cap;
	}
	return true;
}

static void
serve_req(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	uint64_t caps = irc->caps;
	struct chat_text wanted = line->n > 1 ? line->params[1] : chat_text("");
	bool good = request_caps(dialog, wanted, &caps);

	if (good)
		irc->caps = caps;
	dialect_irc_send(dialog, NULL, ":%s CAP %s %s :%.*s", dialect_irc_server(dialog),
	    dialect_irc_nick(dialog), good ? "ACK" : "NAK", (int)wanted.len, wanted.data);
}

static void
serve_ls(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	uint64_t version;

	/* A client that has told a version keeps it. */
	if (line->n > 1 && dialect_irc_line_number(line->params[1], 10000, &version) &&
	    version > irc->cap_version)
		irc->cap_version = (unsigned int)version;
	if (irc->cap_version >= CAP_VALUES)
		irc->caps |= UINT64_C(1) << IRC_CAP_CAP_NOTIFY;
	send_list(dialog, "LS", UINT64_MAX, irc->cap_version >= CAP_VALUES);
}

void
dialect_irc_cap(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text subcommand = line->params[0];

	if (chat_text_is(subcommand, "END")) {
		irc->negotiating = false;
		dialect_irc_register_try(dialog);
		return;
	}
	if (!irc->registered && (chat_text_is(subcommand, "LS") || chat_text_is(subcommand, "REQ")))
		irc->negotiating = true;
	if (chat_text_is(subcommand, "LS"))
		serve_ls(dialog, line);
	else if (chat_text_is(subcommand, "REQ"))
		serve_req(dialog, line);
	else if (chat_text_is(subcommand, "LIST"))
		send_list(dialog, "LIST", irc->caps, false);
	else
		dialect_irc_numeric(dialog, ERR_INVALIDCAPCMD, "%.*s", (int)subcommand.len,
		    subcommand.data);
}
