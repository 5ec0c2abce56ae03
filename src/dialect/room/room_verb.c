/*
 * dialect_room_verb: what the requests of the room dialect do, and where a connection is. Which
 * codes stand for the results is left to dialect_room.
 *
 * The session belongs to the connection: its token never goes over the wire, and is removed when
 * the client goes (dialect_hang_up).
 */
#include "dialect/room/room_verb.h"

#include <bsd/string.h>
#include <string.h>
#include <strings.h>

#include "chat/group.h"
#include "chat/message.h"
#include "chat/push.h"

void
dialect_room_listen(struct dialog *dialog)
{
	struct wakeup_subscription ear = { .kind = WAKEUP_NONE };

	if (dialog->following)
		return; /* that listens for more; its end comes back to this */
	if (dialog->room.here || dialog->room.group != 0)
		ear =
		    (struct wakeup_subscription){ .kind = dialog->room.lists_ms == 0 ? WAKEUP_ROOM
			                                                             : WAKEUP_BUSY,
			    .user = dialog->session.user.id,
			    .room = dialog->room.group };
	else if (dialog->wakeup_fd < 0)
		return; /* it never listened */
	dialog->wakeup_fd = chat_push_listen(&dialog->chat, &ear);
}

void
dialect_room_move(struct dialog *dialog, uint64_t group, const char *name)
{
	struct room_state *room = &dialog->room;
	uint64_t before = room->group;

	chat_tail_end(&room->tail);
	room->group = group;
	strlcpy(room->name, name, sizeof(room->name));
	memset(&room->lists[ROOM_LIST_USERS], 0, sizeof(room->lists[ROOM_LIST_USERS]));
	dialect_room_listen(dialog);
	dialect_present(dialog, dialog->seen_user, dialog->session.user.name);
	chat_push_people(&dialog->chat, group == 0 ? before : group);
}

void
dialect_room_reset(struct dialog *dialog)
{
	if (!dialog->room.here && dialog->room.group == 0)
		return;
	if (dialog->room.group != 0)
		dialect_room_move(dialog, 0, "");
	dialog->room = (struct room_state){ .here = false };
	dialog->wake_ms = 0;
	dialect_room_listen(dialog);
}

/* Whether this connection is in the room of this name. */
static bool
is_in(const struct dialog *dialog, struct chat_text name)
{
	const struct room_state *room = &dialog->room;

	return room->group != 0 && strlen(room->name) == name.len &&
	    strncasecmp(room->name, name.data, name.len) == 0;
}

static bool
copy(char *out, size_t size, struct chat_text text)
{
	if (text.len >= size || memchr(text.data, '\0', text.len) != NULL)
		return false;
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

/* The dialect knows neither full names nor countries: who registers so is called by the name. */
enum chat_result
dialect_room_register(struct dialog *dialog, struct room_request *request)
{
	struct chat_user user = { .id = 0 };
	char password[PASSWORD_MAX_BYTES + 1];
	enum chat_result result;

	request->name = dialect_room_request_name(request, ROOM_USERNAME);
	if (!dialog->config->registration)
		return CHAT_FORBIDDEN;
	if (!copy(user.name, sizeof(user.name), request->name) ||
	    !copy(password, sizeof(password), request->fields[ROOM_PASSWORD]))
		return CHAT_BAD_ARGUMENT;
	strlcpy(user.fullname, user.name, sizeof(user.fullname));
	result = chat_user_add(&dialog->chat, &user, password);
	explicit_bzero(password, sizeof(password));
	return result;
}

/* Who was logged in through this dialect earlier; of two at the same time one is. */
struct rival {
	uint64_t user;
	int64_t since_ms;
	int slot; /* our own */
	bool found;
};

static int
look_for_rival(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct rival *rival = arg;

	rival->found = entry->user == rival->user && (int)slot != rival->slot &&
	    strcmp(entry->dialect, dialect_room.name) == 0 &&
	    (entry->since_ms < rival->since_ms ||
	        (entry->since_ms == rival->since_ms && (int)slot < rival->slot));
	return rival->found;
}

/*
 * Whether the user may be here through this dialect. We show ourselves first and look then: of
 * two who log in at the same time, one at least sees the other.
 */
static bool
claim_place(struct dialog *dialog, const struct chat_user *user)
{
	struct rival rival = { .user = user->id, .slot = scoreboard_slot(dialog->chat.scoreboard) };

	dialog->room.here = true;
	dialog->since_ms = 0;
	dialect_present(dialog, user->id, user->name);
	rival.since_ms = dialog->since_ms;
	scoreboard_each(dialog->chat.scoreboard, look_for_rival, &rival);
	return !rival.found;
}

/* Shows again who was here before. */
static void
give_up_place(struct dialog *dialog)
{
	const struct chat_user *before = &dialog->session.user;

	dialog->room.here = false;
	dialect_present(dialog, dialog->logged_in ? before->id : 0,
	    dialog->logged_in ? before->name : "-");
}

enum chat_result
dialect_room_login(struct dialog *dialog, struct room_request *request)
{
	struct chat_user user;
	enum chat_result result;

	request->name = dialect_room_request_name(request, ROOM_USERNAME);
	if (request->name.len == 0)
		return CHAT_BAD_ARGUMENT;
	result =
	    chat_user_check(&dialog->chat, request->name, request->fields[ROOM_PASSWORD], &user);
	if (result != CHAT_OK) {
		dialect_refused(dialog, request->name, result);
		return result;
	}
	/* One at a time: who wants to be another user logs out before. */
	if (dialog->room.here)
		return CHAT_USER_EXISTS;
	result = CHAT_USER_EXISTS;
	if (claim_place(dialog, &user))
		result = chat_session_open(&dialog->chat, &user, &request->session);
	if (result != CHAT_OK) {
		give_up_place(dialog);
		return result;
	}
	/* By a line dialect another user was logged in here, and perhaps in a room. */
	if (dialog->room.group != 0 && dialog->session.user.id != user.id)
		dialect_room_move(dialog, 0, "");
	dialect_welcome(dialog, &request->session);
	dialog->token_untold = true;
	dialect_room_listen(dialog);
	return CHAT_OK;
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
	return chat_group_add(&dialog->chat, request->name, request->session.user.id);
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

/* Pushes begin with what comes after this: what came before is in the inbox. */
enum chat_result
dialect_room_join(struct dialog *dialog, struct room_request *request)
{
	uint64_t user = request->session.user.id;
	struct chat_group group;
	enum chat_result result;

	request->name = dialect_room_request_name(request, ROOM_CONTENT);
	if (dialog->room.group != 0)
		return CHAT_ALREADY_MEMBER;
	result = chat_group_join(&dialog->chat, request->name, user);
	if (result != CHAT_OK && result != CHAT_ALREADY_MEMBER)
		return result;
	result = chat_group_find(&dialog->chat, request->name, &group);
	if (result != CHAT_OK)
		return result;
	/* Listening before looking, so that nothing comes between the two. */
	dialect_room_move(dialog, group.id, group.name);
	result = chat_tail_begin(&dialog->chat, &dialog->room.tail, group.id);
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
	if (!is_in(dialog, request->name))
		return CHAT_NOT_MEMBER;
	request->name = chat_text(dialog->room.name);
	return chat_message_send_group(&dialog->chat, &request->session, request->name, text);
}

/* Who is in the group, but came back over another connection, can leave it too. */
enum chat_result
dialect_room_quit(struct dialog *dialog, struct room_request *request)
{
	enum chat_result result;
	bool here;

	request->name = dialect_room_request_name(request, ROOM_CONTENT);
	if (request->name.len == 0)
		request->name = dialect_room_request_name(request, ROOM_RECEIVER);
	here = is_in(dialog, request->name);
	result = chat_group_leave(&dialog->chat, request->name, request->session.user.id);
	if (!here || result == CHAT_FAILED)
		return result;
	dialect_room_move(dialog, 0, "");
	return CHAT_OK; /* also when another connection was faster */
}
