/*
 * ctl_group_show: all that is known of one group, as people or programs read it.
 */
#include "chat/group.h"
#include "chat/member.h"
#include "chat/user.h"
#include "ctl/ctl.h"

/* In the order of the group's list. CHAT_OK or CHAT_FAILED. */
static enum chat_result
print_members(struct chat *chat, uint64_t group)
{
	const char *label = "members";
	struct chat_user user;
	enum chat_result result;
	uint64_t id;

	for (uint32_t i = 0; (result = chat_member_user(chat, group, i, &id)) == CHAT_OK; i++) {
		result = chat_user_get(chat, id, &user);
		if (result == CHAT_FAILED)
			break;
		if (result != CHAT_OK)
			continue; /* just removed */
		ctl_print_field(label, user.name);
		label = "";
	}
	if (*label != '\0' && result != CHAT_FAILED)
		ctl_print_field(label, "-");
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
print_group(struct chat *chat, const struct chat_group *group)
{
	char owner[NAME_MAX_BYTES + 1], created[CTL_TIME_SIZE];

	ctl_group_owner(chat, group->owner, owner);
	ctl_time(group->created_ms, created, sizeof(created));
	ctl_print_field("name", group->name);
	ctl_print_field("owner", owner);
	ctl_print_field("created", created);
	return print_members(chat, group->id);
}

static enum chat_result
put_members(struct chat *chat, struct json_out *json, uint64_t group)
{
	struct chat_user user;
	enum chat_result result;
	uint64_t id;

	json_out_key(json, "members");
	json_out_array_begin(json);
	for (uint32_t i = 0; (result = chat_member_user(chat, group, i, &id)) == CHAT_OK; i++) {
		result = chat_user_get(chat, id, &user);
		if (result == CHAT_FAILED)
			break;
		if (result == CHAT_OK)
			json_out_cstring(json, user.name);
	}
	json_out_array_end(json);
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
put_group(struct chat *chat, const struct chat_group *group)
{
	char owner[NAME_MAX_BYTES + 1];
	struct json_out json;

	ctl_group_owner(chat, group->owner, owner);
	ctl_json_begin(&json);
	json_out_object_begin(&json);
	ctl_json_text(&json, "name", group->name);
	ctl_json_owner(&json, owner);
	ctl_json_int(&json, "created_ms", group->created_ms);
	enum chat_result result = put_members(chat, &json, group->id);
	json_out_object_end(&json);
	ctl_json_end(&json);
	return result;
}

int
ctl_group_show(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_group group;
	int status =
	    ctl_result(chat_group_find(&ctl->chat, chat_text(name), &group), "group", name);

	if (status != CTL_OK)
		return status;
	return ctl_result(ctl->json ? put_group(&ctl->chat, &group)
	                            : print_group(&ctl->chat, &group),
	    "group", name);
}
