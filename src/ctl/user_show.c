/*
 * ctl_user_show: all that is known of one user, as people or programs read it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/member.h"
#include "chat/user.h"
#include "ctl/ctl.h"

/* What is looked up for the account. */
struct view {
	struct ctl *ctl;
	const struct chat_user *user;
	struct chat_quota quota;
	struct json_out *json; /* NULL: for people */
	const char *label;     /* of the next line for people: only the first has one */
};

static void
print_session(struct view *view, const struct scoreboard_entry *entry)
{
	char since[CTL_TIME_SIZE], text[256];

	ctl_time(entry->since_ms, since, sizeof(since));
	snprintf(text, sizeof(text), "since %s from %s, %s", since, entry->address, entry->dialect);
	ctl_print_field(view->label, text);
	view->label = "";
}

static int
show_session(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct view *view = arg;

	(void)slot;
	if (entry->user != view->user->id)
		return 0;
	if (view->json == NULL) {
		print_session(view, entry);
		return 0;
	}
	json_out_object_begin(view->json);
	ctl_json_text(view->json, "address", entry->address);
	ctl_json_text(view->json, "dialect", entry->dialect);
	ctl_json_int(view->json, "since_ms", entry->since_ms);
	ctl_json_int(view->json, "pid", entry->pid);
	json_out_object_end(view->json);
	return 0;
}

/* CHAT_OK, or CHAT_FAILED. */
static enum chat_result
show_groups(struct view *view)
{
	struct chat *chat = &view->ctl->chat;
	struct chat_group group;
	enum chat_result result;
	uint64_t id;

	for (uint32_t i = 0; (result = chat_member_group(chat, view->user->id, i, &id)) == CHAT_OK;
	     i++) {
		result = chat_group_get(chat, id, &group);
		if (result == CHAT_FAILED)
			break;
		if (result != CHAT_OK)
			continue; /* just removed */
		if (view->json != NULL)
			json_out_cstring(view->json, group.name);
		else
			ctl_print_field(view->label, group.name);
		view->label = "";
	}
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
print_user(struct view *view)
{
	const struct chat_user *user = view->user;
	char created[CTL_TIME_SIZE], files[128];

	ctl_time(user->created_ms, created, sizeof(created));
	snprintf(files, sizeof(files), "%" PRIu32 ", %" PRIu64 " of %" PRIu64 " bytes",
	    view->quota.files, view->quota.bytes, chat_quota_limit(&view->ctl->chat, user));
	ctl_print_field("name", user->name);
	ctl_print_field("full name", user->fullname);
	ctl_print_field("country", user->country[0] == '\0' ? "-" : user->country);
	ctl_print_field("created", created);
	ctl_print_field("admin", user->admin ? "yes" : "no");
	ctl_print_field("locked", user->locked ? "yes" : "no");
	ctl_print_field("files", files);
	view->label = "online";
	scoreboard_each(view->ctl->chat.scoreboard, show_session, view);
	if (*view->label != '\0')
		ctl_print_field(view->label, "no");
	view->label = "groups";
	enum chat_result result = show_groups(view);
	if (*view->label != '\0' && result == CHAT_OK)
		ctl_print_field(view->label, "-");
	return result;
}

static enum chat_result
put_user(struct view *view)
{
	struct json_out *json = view->json;

	ctl_json_begin(json);
	json_out_object_begin(json);
	ctl_json_user(json, view->user);
	ctl_json_int(json, "files", view->quota.files);
	ctl_json_int(json, "files_bytes", (int64_t)view->quota.bytes);
	ctl_json_int(json, "files_limit", (int64_t)chat_quota_limit(&view->ctl->chat, view->user));
	json_out_key(json, "connections");
	json_out_array_begin(json);
	scoreboard_each(view->ctl->chat.scoreboard, show_session, view);
	json_out_array_end(json);
	json_out_key(json, "groups");
	json_out_array_begin(json);
	enum chat_result result = show_groups(view);
	json_out_array_end(json);
	json_out_object_end(json);
	ctl_json_end(json);
	return result;
}

int
ctl_user_show(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_user user;
	struct json_out json;
	struct view view = { .ctl = ctl, .user = &user };
	enum chat_result result = chat_user_find(&ctl->chat, chat_text(name), &user);

	if (ctl->json)
		view.json = &json;
	if (result == CHAT_OK)
		result = chat_quota_get(&ctl->chat, user.id, &view.quota);
	if (result == CHAT_OK)
		result = view.json != NULL ? put_user(&view) : print_user(&view);
	return ctl_result(result, "user", name);
}
