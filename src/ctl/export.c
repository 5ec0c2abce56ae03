/*
 * ctl_export: all accounts as lines of JSON, with the hashes of passwords and the groups, for
 * ctl_import and for other programs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/group.h"
#include "chat/member.h"
#include "ctl/ctl.h"

/* The names of a user's groups: those that the user owns, or the others. */
static enum chat_result
put_groups(struct chat *chat, struct json_out *json, uint64_t user, bool owned)
{
	struct chat_group group;
	enum chat_result result;
	uint64_t id;

	json_out_key(json, owned ? "owns" : "groups");
	json_out_array_begin(json);
	for (uint32_t i = 0; (result = chat_member_group(chat, user, i, &id)) == CHAT_OK; i++) {
		result = chat_group_get(chat, id, &group);
		if (result == CHAT_FAILED)
			break;
		if (result == CHAT_OK && (group.owner == user) == owned)
			json_out_cstring(json, group.name);
	}
	json_out_array_end(json);
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

static enum chat_result
put_user(struct chat *chat, const struct chat_user *user)
{
	struct json_out json;
	enum chat_result result;

	ctl_json_begin(&json);
	json_out_object_begin(&json);
	ctl_json_text(&json, "name", user->name);
	ctl_json_text(&json, "fullname", user->fullname);
	ctl_json_text(&json, "country", user->country);
	ctl_json_bool(&json, "admin", user->admin);
	ctl_json_bool(&json, "locked", user->locked);
	ctl_json_int(&json, "created_ms", user->created_ms);
	ctl_json_text(&json, "password", user->password);
	if (user->quota != 0)
		ctl_json_int(&json, "quota", (int64_t)user->quota);
	result = put_groups(chat, &json, user->id, false);
	if (result == CHAT_OK)
		result = put_groups(chat, &json, user->id, true);
	json_out_object_end(&json);
	ctl_json_end(&json);
	return result;
}

static int
put_all(struct ctl *ctl)
{
	enum chat_result result = CHAT_OK;
	struct ctl_users users;
	int status = ctl_users_read(ctl, &users);

	if (status != CTL_OK)
		return status;
	for (size_t i = 0; i < users.n && result == CHAT_OK; i++)
		result = put_user(&ctl->chat, &users.list[i]);
	free(users.list);
	return ctl_result(result, "users", "of this realm");
}

static int
fill(struct ctl *ctl, int fd)
{
	if (fd != STDOUT_FILENO && dup2(fd, STDOUT_FILENO) < 0)
		return ctl_error(CTL_IO, "%s", strerror(errno));
	int status = put_all(ctl);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CTL_OK)
		status = ctl_error(CTL_IO, "the accounts cannot be written: %s", strerror(errno));
	return status;
}

int
ctl_export(struct ctl *ctl)
{
	const char *path = ctl->operands[0] == NULL ? "-" : ctl->operands[0];

	/* These lines are for programs already; a report between them would be one too many. */
	if (strcmp(path, "-") == 0)
		ctl->json = false;
	return ctl_file_write(ctl, path, fill);
}
