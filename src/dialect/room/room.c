/*
 * dialect_room: the table of the room dialect: the verb of each FLAG and the codes of its results;
 * and when something is pushed.
 */
#include "dialect/room/room.h"

#include <string.h>
#include <strings.h>

#include "chat/member.h"
#include "dialect/enter.h"
#include "dialect/follow.h"
#include "dialect/room/push.h"
#include "dialect/room/reply.h"
#include "dialect/room/verb.h"

struct command {
	const char *flag;
	bool session; /* the user must be logged in */
	enum chat_result (*run)(struct dialog *, struct room_request *);
	enum room_code codes[CHAT_RESULTS]; /* ROOM_BAD_REQUEST: none, but a text */
	const char *refusals[CHAT_RESULTS]; /* that text; NULL: as for all commands */
};

static const struct command commands[] = {
	{ .flag = "REG",
	    .run = dialect_room_register,
	    .codes = { [CHAT_OK] = ROOM_REG_OK, [CHAT_USER_EXISTS] = ROOM_REG_DUPE },
	    .refusals = { [CHAT_BAD_ARGUMENT] = "username atau password tidak sah",
	        [CHAT_FORBIDDEN] = "registrasi ditutup" } },
	{ .flag = "LOGIN",
	    .run = dialect_room_login,
	    .codes = { [CHAT_OK] = ROOM_LOGIN_OK,
	        [CHAT_USER_EXISTS] = ROOM_LOGIN_DUPE,
	        [CHAT_BAD_PASSWORD] = ROOM_BAD_PASS,
	        [CHAT_NO_USER] = ROOM_USER_NONEXIST },
	    .refusals = { [CHAT_BAD_ARGUMENT] = "username tidak ada dalam CONTENT" } },
	{ .flag = "MAKE_ROOM",
	    .session = true,
	    .run = dialect_room_make,
	    .codes = { [CHAT_OK] = ROOM_MAKE_OK, [CHAT_GROUP_EXISTS] = ROOM_MAKE_DUPE },
	    .refusals = { [CHAT_BAD_ARGUMENT] = "nama room tidak sah" } },
	{ .flag = "DEL_ROOM",
	    .session = true,
	    .run = dialect_room_delete,
	    .codes = { [CHAT_OK] = ROOM_DEL_OK,
	        [CHAT_NO_GROUP] = ROOM_DEL_NOT_EXIST,
	        [CHAT_FORBIDDEN] = ROOM_DEL_FORBIDDEN } },
	{ .flag = "JOIN_ROOM",
	    .session = true,
	    .run = dialect_room_join,
	    .codes = { [CHAT_OK] = ROOM_JOIN_OK,
	        [CHAT_NO_GROUP] = ROOM_JOIN_FAILED,
	        [CHAT_NOT_INVITED] = ROOM_JOIN_PRIVATE,
	        [CHAT_BAD_KEY] = ROOM_JOIN_FAILED,
	        [CHAT_GROUP_FULL] = ROOM_JOIN_FAILED,
	        [CHAT_BANNED] = ROOM_JOIN_FAILED,
	        [CHAT_ALREADY_MEMBER] = ROOM_JOIN_FAILED } },
	{ .flag = "SEND",
	    .session = true,
	    .run = dialect_room_send,
	    .codes = { [CHAT_OK] = ROOM_SEND_OK },
	    .refusals = { [CHAT_BAD_ARGUMENT] = "chat kosong atau terlalu panjang" } },
	{ .flag = "QUIT_ROOM",
	    .session = true,
	    .run = dialect_room_quit,
	    .codes = { [CHAT_OK] = ROOM_QUITTED } },
	{ .flag = "LOGOUT",
	    .session = true,
	    .run = dialect_room_logout,
	    .codes = { [CHAT_OK] = ROOM_LOGOUT_OK } },
};

static const struct command *
find_flag(struct chat_text flag)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i].flag) == flag.len &&
		    strncasecmp(commands[i].flag, flag.data, flag.len) == 0)
			return &commands[i];
	return NULL;
}

static void
refuse_request(struct dialog *dialog, const char *text)
{
	dialect_room_reply(dialog, ROOM_BAD_REQUEST, chat_text(text));
}

/* Whether the connection's session is still good; it may have ended elsewhere. */
static enum chat_result
find_session(struct dialog *dialog, struct chat_session *session)
{
	enum chat_result result = CHAT_NO_SESSION;

	/* Another user may have spoken over this connection, by a token or a login in vain. */
	if (dialog->logged_in)
		result = dialect_enter_session(dialog, chat_text(dialog->session.token), session);
	return result;
}

static void
push_news(struct dialog *dialog, bool at_once)
{
	const struct room_state *room = &dialog->room;
	enum chat_result result = CHAT_OK;

	if (room->group != 0)
		result = chat_member_find(&dialog->chat, room->group, dialog->session.user.id);
	if (result == CHAT_NOT_MEMBER) {
		/* The room was deleted, or left over another connection. */
		dialect_room_reply(dialog, ROOM_QUITTED, chat_text(room->name));
		dialect_room_move(dialog, 0, "");
	}
	if (room->group != 0 && result == CHAT_OK)
		dialect_room_push_messages(dialog);
	dialect_room_push_notices(dialog);
	dialect_room_push_lists(dialog, at_once);
}

void
dialect_room_wake(struct dialog *dialog)
{
	struct chat_session session;

	if (!dialog->room.active && dialog->room.group == 0)
		return;
	store_refresh(dialog->chat.store);
	if (find_session(dialog, &session) != CHAT_NO_SESSION) {
		push_news(dialog, false);
		return;
	}
	dialect_room_reply(dialog, ROOM_LOGOUT_OK, chat_text(dialog->session.user.name));
	dialect_farewell(dialog, &dialog->session);
}

void
dialect_room_session_over(struct dialog *dialog)
{
	if (!dialog->room.active && dialog->room.group == 0)
		return;
	if (dialog->room.group != 0)
		dialect_room_move(dialog, 0, "");
	dialog->room = (struct room_state){ .active = false };
	dialog->wake_ms = 0;
	dialect_subscribe(dialog);
}

static void
run_command(struct dialog *dialog, const struct command *command, struct room_request *request)
{
	enum chat_result result = CHAT_OK;

	if (command->session)
		result = find_session(dialog, &request->session);
	if (result == CHAT_NO_SESSION && dialog->logged_in)
		dialect_farewell(dialog, &dialog->session);
	if (result == CHAT_OK)
		result = command->run(dialog, request);
	if (command->codes[result] != ROOM_BAD_REQUEST)
		dialect_room_reply(dialog, command->codes[result], request->name);
	else if (command->refusals[result] != NULL)
		refuse_request(dialog, command->refusals[result]);
	else
		dialect_room_refuse(dialog, result);
	/* A client sees its own change at once. */
	if (dialog->room.active || dialog->room.group != 0)
		push_news(dialog, result == CHAT_OK && command->run != dialect_room_send);
}

void
dialect_room_line(struct dialog *dialog, const struct frame_line *line)
{
	struct room_request request;
	const char *refusal = dialect_room_request_read(&request, line);
	const struct command *command = find_flag(dialect_room_request_name(&request, ROOM_FLAG));

	dialect_follow_end(dialog);
	if (refusal == NULL && command == NULL)
		refusal = "FLAG tidak dikenal";
	if (refusal != NULL) {
		refuse_request(dialog, refusal);
		return;
	}
	if (dialect_begin(dialog))
		run_command(dialog, command, &request);
	else
		dialect_room_refuse(dialog, CHAT_FAILED);
}

static void
refuse_too_long(struct dialog *dialog)
{
	refuse_request(dialog, "permintaan terlalu panjang");
}

const struct dialect dialect_room = {
	.name = "room",
	.line = dialect_room_line,
	.too_long = refuse_too_long,
	.wake = dialect_room_wake,
	.session_over = dialect_room_session_over,
	.busy = "{\"FLAG\":\"DATA\",\"CONTENT\":\"Server penuh, coba lagi nanti\","
	        "\"TYPE\":\"TEXT\",\"CODE\":\"BAD_REQUEST\"}\r\n\r\n",
	.too_fast =
	    "{\"FLAG\":\"DATA\",\"CONTENT\":\"Terlalu banyak permintaan, coba lagi 10 detik "
	    "lagi\",\"TYPE\":\"TEXT\",\"CODE\":\"BAD_REQUEST\"}\r\n\r\n",
};
