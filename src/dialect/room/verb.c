/*
 * dialect_room_verb: the requests of the room dialect. The session belongs to the connection: its
 * token never goes over the wire, and ends when the client goes (dialect_enter_hang_up).
 */
#include "dialect/room/verb.h"

#include <bsd/string.h>
#include <string.h>
#include <strings.h>

#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/message.h"
#include "chat/push.h"
#include "dialect/enter.h"

void
dialect_room_move(struct dialog *dialog, uint64_t group, const char *name)
{
	struct room_state *room = &dialog->room;
	uint64_t before = room->group;

	chat_tail_end(&room->tail);
	room->group = group;
	strlcpy(room->name, name, sizeof(room->name));
	memset(&room->lists[ROOM_LIST_USERS], 0, sizeof(room->lists[ROOM_LIST_USERS]));
	dialect_subscribe(dialog);
	dialect_present(dialog, dialog->seen_user, dialog->session.user.name);
	chat_push_people(&dialog->chat, group == 0 ? before : group);
}

/* Whether this connection is in the room of this name. */
static bool
is_in_room(const struct dialog *dialog, struct chat_text name)
{
	const struct room_state *room = &dialog->room;

	return room->group != 0 && chat_text_is(name, room->name);
}

/* The dialect knows neither full names nor countries: the full name is the name. */
enum chat_result
dialect_room_register(struct dialog *dialog, struct room_request *request)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = dialect_enter_may_register(dialog);

	request->name = dialect_room_request_name(request, ROOM_USERNAME);
	if (result != CHAT_OK)
		return result;
	if (!dialect_copy(user.name, sizeof(user.name), request->name))
		return CHAT_BAD_ARGUMENT;
	strlcpy(user.fullname, user.name, sizeof(user.fullname));
	result = dialect_enter_register(dialog, &user, request->fields[ROOM_PASSWORD]);
	/* The new user is not logged in. */
	dialect_enter_back(dialog);
	return result;
}

/* Another connection of the user that logged in through this dialect before us. */
struct rival {
	uint64_t user;
	int64_t since_ms;
	int slot; /* ours */
	bool found;
};

static int
find_rival(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct rival *rival = arg;

	rival->found = entry->user == rival->user && (int)slot != rival->slot &&
	    strcmp(entry->dialect, dialect_room.name) == 0 &&
	    (entry->since_ms < rival->since_ms ||
	        (entry->since_ms == rival->since_ms && (int)slot < rival->slot));
	return rival->found;
}

/*
 * Whether the user may log in through this dialect. We show ourselves first and look then: of two
 * that log in at the same time, at least one sees the other.
 */
static bool
show_login(struct dialog *dialog, const struct chat_user *user)
{
	struct rival rival = { .user = user->id, .slot = scoreboard_slot(dialog->chat.scoreboard) };

	dialog->room.active = true;
	dialog->since_ms = 0;
	dialect_present(dialog, user->id, user->name);
	rival.since_ms = dialog->since_ms;
	scoreboard_each(dialog->chat.scoreboard, find_rival, &rival);
	return !rival.found;
}

/* Shows again the user who was logged in before, if any. */
static void
hide_login(struct dialog *dialog)
{
	const struct chat_user *before = &dialog->session.user;

	dialog->room.active = false;
	dialect_present(dialog, dialog->logged_in ? before->id : 0,
	    dialog->logged_in ? before->name : "-");
}

static enum chat_result
log_in(struct dialog *dialog, struct room_request *request)
{
	struct chat_user user;
	enum chat_result result =
	    dialect_enter_login(dialog, request->name, request->fields[ROOM_PASSWORD], &user);

	if (result != CHAT_OK)
		return result;
	/* One user at a time: the client must log out first. */
	if (dialog->room.active)
		return CHAT_USER_EXISTS;
	result = CHAT_USER_EXISTS;
	if (show_login(dialog, &user))
		result = chat_session_open(&dialog->chat, &user, &request->session);
	if (result != CHAT_OK) {
		hide_login(dialog);
		return result;
	}
	/* A line dialect may have logged another user in here, who may be in a room. */
	if (dialog->room.group != 0 && dialog->session.user.id != user.id)
		dialect_room_move(dialog, 0, "");
	dialect_welcome(dialog, &request->session);
	dialog->token_untold = true;
	dialect_subscribe(dialog);
	return CHAT_OK;
}

enum chat_result
dialect_room_login(struct dialog *dialog, struct room_request *request)
{
	enum chat_result result;

	request->name = dialect_room_request_name(request, ROOM_USERNAME);
	if (request->name.len == 0)
		return CHAT_BAD_ARGUMENT;
	result = log_in(dialog, request);
	/* The password may have been right all the same. */
	if (result != CHAT_OK)
		dialect_enter_back(dialog);
	return result;
}

enum chat_result
dialect_room_logout(struct dialog *dialog, struct room_request *request)
{
	enum chat_result result = chat_session_close(&dialog->chat, &request->session);

	request->name = chat_text(request->session.user.name);
	if (result == CHAT_OK)
		dialect_farewell(dialog, &request->session);
	return result;
}

enum chat_result
dialect_room_make(struct dialog *dialog, struct room_request *request)
{
	request->name = dialect_room_request_name(request, ROOM_CONTENT);
	return chat_group_found(&dialog->chat, request->name, request->session.user.id);
}

enum chat_result
dialect_room_delete(struct dialog *dialog, struct room_request *request)
{
	const struct chat_user *user = &request->session.user;
	struct chat_group group;
	enum chat_result result;

	request->name = dialect_room_request_name(request, ROOM_CONTENT);
	result = chat_group_find(&dialog->chat, request->name, &group);
	if (result != CHAT_OK)
		return result;
	if (group.owner != user->id && !user->admin)
		return CHAT_FORBIDDEN;
	return chat_group_delete(&dialog->chat, request->name);
}

/* Pushes begin with the messages after this; the inbox has those before. */
enum chat_result
dialect_room_join(struct dialog *dialog, struct room_request *request)
{
	uint64_t user = request->session.user.id;
	struct chat_group group;
	enum chat_result result;

	request->name = dialect_room_request_name(request, ROOM_CONTENT);
	if (dialog->room.group != 0)
		return CHAT_ALREADY_MEMBER;
	result = chat_group_enter(&dialog->chat, request->name, user);
	if (result != CHAT_OK && result != CHAT_ALREADY_MEMBER)
		return result;
	result = chat_group_find(&dialog->chat, request->name, &group);
	if (result != CHAT_OK)
		return result;
	/* Subscribes before it looks, so that nothing comes between the two. */
	dialect_room_move(dialog, group.id, group.name);
	result =
	    chat_tail_begin(&dialog->chat, &dialog->room.tail, group.id, request->session.user.id);
	if (result != CHAT_OK) {
		dialect_room_move(dialog, 0, "");
		return result;
	}
	request->name = chat_text(dialog->room.name);
	return CHAT_OK;
}

enum chat_result
dialect_room_send(struct dialog *dialog, struct room_request *request)
{
	struct chat_text text = request->fields[ROOM_CONTENT];

	request->name = dialect_room_request_name(request, ROOM_RECEIVER);
	if (!is_in_room(dialog, request->name))
		return CHAT_NOT_MEMBER;
	request->name = chat_text(dialog->room.name);
	return chat_message_send_group(&dialog->chat, &request->session, request->name, text);
}

/* A member who is in the room over another connection, or none, can leave the group too. */
enum chat_result
dialect_room_quit(struct dialog *dialog, struct room_request *request)
{
	enum chat_result result;
	bool here;

	request->name = dialect_room_request_name(request, ROOM_CONTENT);
	if (request->name.len == 0)
		request->name = dialect_room_request_name(request, ROOM_RECEIVER);
	here = is_in_room(dialog, request->name);
	result = chat_group_leave(&dialog->chat, request->name, request->session.user.id);
	if (!here || chat_is_failure(result))
		return result;
	dialect_room_move(dialog, 0, "");
	return CHAT_OK; /* also when another connection was faster */
}
