/*
 * dialect_line: what the line dialects have in common: calling the verb of a request, choosing
 * the text of its reply. The words and texts are the dialects' own.
 */
#include "dialect/line.h"

#include <string.h>

#include "base/log.h"
#include "chat/group.h"
#include "chat/realm/realm.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/help.h"
#include "dialect/info.h"
#include "dialect/parse.h"

void
dialect_line_begin(struct dialog *dialog, struct json_out *json, const char *status)
{
	json_out_init(json, frame_sink, &dialog->frame);
	json_out_object_begin(json);
	json_out_key(json, "status");
	json_out_cstring(json, status);
}

void
dialect_line_end(struct dialog *dialog, struct json_out *json)
{
	json_out_object_end(json);
	frame_end_reply(&dialog->frame);
}

static void
reply_error(struct dialog *dialog, const char *text)
{
	struct json_out json;

	dialect_line_begin(dialog, &json, "ERROR");
	json_out_key(&json, "message");
	json_out_cstring(&json, text);
	dialect_line_end(dialog, &json);
}

void
dialect_line_result(struct dialog *dialog, const struct line_request *request, enum line_verb verb,
    enum chat_result result)
{
	bool queued = result == CHAT_QUEUED;
	const char *text = request->line->texts[verb][queued ? CHAT_OK : result];
	struct json_out json;

	if (text == NULL)
		text = request->line->any[result == CHAT_CONFLICT ? CHAT_FAILED : result];
	dialect_line_begin(dialog, &json, result == CHAT_OK || queued ? "OK" : "ERROR");
	json_out_key(&json, "message");
	json_out_cstring(&json, text);
	if (queued) {
		json_out_key(&json, "delivery");
		json_out_cstring(&json, "queued");
	}
	dialect_line_end(dialog, &json);
}

/* The copy of an argument as a string; false when it is too long or holds a NUL. */
static bool
copy_word(char *out, size_t size, struct chat_text word)
{
	if (word.len >= size || memchr(word.data, '\0', word.len) != NULL)
		return false;
	memcpy(out, word.data, word.len);
	out[word.len] = '\0';
	return true;
}

static enum chat_result
do_register(struct dialog *dialog, struct line_request *request)
{
	struct chat_user user = { 0 };
	char password[PASSWORD_MAX_BYTES + 1];

	if (!dialog->config->registration)
		return CHAT_FORBIDDEN;
	if (!copy_word(user.name, sizeof(user.name), request->words[0]) ||
	    !copy_word(password, sizeof(password), request->words[1]) ||
	    !copy_word(user.fullname, sizeof(user.fullname), request->words[2]) ||
	    !copy_word(user.country, sizeof(user.country), request->words[3]))
		return CHAT_BAD_ARGUMENT;
	for (char *c = user.fullname; *c != '\0'; c++)
		if (*c == '_')
			*c = ' ';
	enum chat_result result = chat_user_add(&dialog->chat, &user, password);
	explicit_bzero(password, sizeof(password));
	if (result == CHAT_OK)
		result = chat_session_open(&dialog->chat, &user, &request->session);
	return result;
}

/* A client reads the token under one of the two keys. */
static void
reply_token(struct dialog *dialog, const struct line_request *request)
{
	struct json_out json;

	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "tokenid");
	json_out_cstring(&json, request->session.token);
	if (request->line->family) {
		json_out_key(&json, "token_id");
		json_out_cstring(&json, request->session.token);
	}
	dialect_line_end(dialog, &json);
}

/* Both ways in: a new session, which is then the one meant on this connection. */
static void
enter(struct dialog *dialog, enum line_verb verb, struct line_request *request)
{
	enum chat_result result;

	if (verb == LINE_REGISTER)
		result = do_register(dialog, request);
	else
		result = chat_session_login(&dialog->chat, request->words[0], request->words[1],
		    &request->session);
	if (result == CHAT_OK) {
		dialect_welcome(dialog, &request->session);
		reply_token(dialog, request);
		return;
	}
	if (verb == LINE_AUTH)
		dialect_refused(dialog, request->words[0], result);
	dialect_line_result(dialog, request, verb, result);
}

static void
leave(struct dialog *dialog, const struct line_request *request)
{
	enum chat_result result = chat_session_close(&dialog->chat, &request->session);
	struct json_out json;

	if (result == CHAT_OK)
		dialect_farewell(dialog, &request->session);
	if (result != CHAT_OK || request->line->logout == NULL) {
		dialect_line_result(dialog, request, LINE_LOGOUT, result);
		return;
	}
	dialect_line_begin(dialog, &json, "OK");
	request->line->logout(dialog, &json, request);
	dialect_line_end(dialog, &json);
}

/* Where nobody else is named, it is the sender's own account that has just gone. */
static enum chat_result
of_sender(enum chat_result result)
{
	return result == CHAT_NO_USER ? CHAT_NO_SESSION : result;
}

static enum chat_result
do_verb(struct dialog *dialog, enum line_verb verb, const struct line_request *request)
{
	struct chat *chat = &dialog->chat;
	const struct chat_session *session = &request->session;
	const struct chat_text *words = request->words;

	switch (verb) {
	case LINE_SEND:
		return chat_message_send(chat, session, words[0], request->text);
	case LINE_SEND_GROUP:
		if (request->line->family)
			return chat_realm_send_group(chat, session, chat_text(chat->config->realm),
			    words[0], request->text);
		return chat_message_send_group(chat, session, words[0], request->text);
	case LINE_ADD_GROUP:
		return of_sender(chat_group_add(chat, words[0], session->user.id));
	case LINE_JOIN_GROUP:
		return of_sender(chat_group_join(chat, words[0], session->user.id));
	case LINE_ADD_REALM:
		return chat_realm_add(chat, session, words, request->n_words);
	case LINE_SEND_REALM:
		return chat_realm_send(chat, session, words[0], words[1], request->text);
	case LINE_SEND_GROUP_REALM:
		return chat_realm_send_group(chat, session, words[0], words[1], request->text);
	default:
		bug("verb %d has no function", (int)verb);
	}
}

static void
reply_inbox(struct dialog *dialog, const struct line_request *request, enum line_verb verb)
{
	struct chat_inbox inbox = { 0 };
	struct json_out json;
	uint64_t user = request->session.user.id;
	uint64_t from = request->line->realms ? CHAT_INBOX_OWN : CHAT_INBOX_ALL;
	enum chat_result result = CHAT_OK;

	if (verb == LINE_REALM_INBOX) {
		chat_realm_fetch(&dialog->chat, &request->session, request->words[0]);
		result = chat_inbox_realm(&dialog->chat, request->words[0], &from);
	}
	/* Where it is shown to another of this user's clients there is nothing here. */
	if (result == CHAT_OK && dialect_may_show(dialog, user, true))
		result = chat_inbox_look_past(&dialog->chat, &dialog->mark, user, from, &inbox);
	if (result != CHAT_OK) {
		chat_inbox_free(&inbox);
		chat_inbox_mark(&dialog->mark, user, &inbox);
		dialect_line_result(dialog, request, verb, result);
		return;
	}
	dialect_line_begin(dialog, &json, "OK");
	if (verb == LINE_REALM_INBOX)
		dialect_inbox_list(dialog, &json, request, &inbox);
	else
		request->line->inbox(dialog, &json, request, &inbox);
	dialect_line_end(dialog, &json);
	chat_inbox_mark(&dialog->mark, user, &inbox);
	chat_inbox_free(&inbox);
}

/* Some clients ask `info {}` where they mean nobody: no name has braces. */
static bool
names_somebody(const struct line_request *request)
{
	return request->n_words > 0 &&
	    (request->words[0].len != 2 || memcmp(request->words[0].data, "{}", 2) != 0);
}

static void
reply_info(struct dialog *dialog, const struct line_request *request, enum line_verb verb)
{
	struct chat_remote_person person;
	struct json_out json;
	bool somebody = names_somebody(request) || verb == LINE_PRESENCE;
	enum chat_result result = CHAT_OK;

	if (somebody)
		result = chat_realm_info(&dialog->chat, request->words[0], &person);
	if (result != CHAT_OK) {
		dialect_line_result(dialog, request, verb, result);
		return;
	}
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "message");
	if (verb == LINE_PRESENCE)
		dialect_info_presence(dialog, &json, &person, request->words[0]);
	else if (somebody)
		dialect_info_person(dialog, &json, &person);
	else
		dialect_info_online(dialog, &json);
	dialect_line_end(dialog, &json);
}

static void
reply_who(struct dialog *dialog, const struct line_request *request)
{
	struct json_out json;

	dialect_line_begin(dialog, &json, "OK");
	request->line->who(dialog, &json, request);
	dialect_line_end(dialog, &json);
}

static void
run(struct dialog *dialog, enum line_verb verb, struct line_request *request)
{
	switch (verb) {
	case LINE_AUTH:
	case LINE_REGISTER:
		enter(dialog, verb, request);
		break;
	case LINE_LOGOUT:
		leave(dialog, request);
		break;
	case LINE_INBOX:
	case LINE_REALM_INBOX:
		reply_inbox(dialog, request, verb);
		break;
	case LINE_INFO:
	case LINE_PRESENCE:
		reply_info(dialog, request, verb);
		break;
	case LINE_WHO:
		reply_who(dialog, request);
		break;
	case LINE_FOLLOW:
		dialect_follow_begin(dialog, request);
		break;
	case LINE_SEND_FILE:
	case LINE_SEND_GROUP_FILE:
	case LINE_SEND_FILE_REALM:
	case LINE_SEND_GROUP_FILE_REALM:
		dialect_file_receive(dialog, request, verb, false);
		break;
	case LINE_MY_FILE:
		dialect_file_list(dialog, request);
		break;
	case LINE_DOWNLOAD:
		dialect_file_send(dialog, request);
		break;
	case LINE_HELP:
		dialect_help(dialog, request);
		break;
	case LINE_GET_FILE:
		if (request->n_words == 1)
			dialect_line_result(dialog, request, verb, CHAT_BAD_ARGUMENT);
		else if (request->n_words == 0)
			dialect_file_send_newest(dialog, request);
		else
			dialect_file_send(dialog, request);
		break;
	default:
		dialect_line_result(dialog, request, verb, do_verb(dialog, verb, request));
		break;
	}
}

/* Looks the session up for every request: it may have ended on another connection. */
static bool
find_session(struct dialog *dialog, enum line_verb verb, struct chat_text token,
    struct line_request *request)
{
	enum chat_result result = chat_session_find(&dialog->chat, token, &request->session);

	if (result != CHAT_OK || strcmp(request->session.token, dialog->session.token) != 0)
		dialect_check_session(dialog);
	if (result != CHAT_OK) {
		dialect_line_result(dialog, request, verb, result);
		return false;
	}
	dialect_seen(dialog, &request->session);
	return true;
}

static bool
needs_session(const struct line_command *command, const struct line_request *request)
{
	return command->session && (command->open == 0 || request->n_words > command->open);
}

/* What every command needs before it is run. False when that was lacking, and was said. */
static bool
prepare(struct dialog *dialog, const struct line_command *command, struct chat_text rest,
    bool whole, struct line_request *request)
{
	struct chat_text token = dialect_parse_token(dialog, command, &rest);
	bool complete = dialect_parse_words(command, rest, request);

	/* The space that clients put before the line end is no body. */
	if (!complete || (whole && command->body && request->text.len == 0)) {
		reply_error(dialog, request->line->bad_arguments);
		return false;
	}
	if (!dialect_chat(dialog)) {
		dialect_line_result(dialog, request, command->verb, CHAT_FAILED);
		return false;
	}
	dialect_delivered(dialog, true);
	store_refresh(dialog->chat.store);
	if (needs_session(command, request))
		return find_session(dialog, command->verb, token, request);
	dialect_check_session(dialog);
	return true;
}

void
dialect_line(struct dialog *dialog, const struct frame_line *frame_line)
{
	const struct line_dialect *own = dialog->dialect->tables;
	struct chat_text line = { .data = frame_line->data, .len = frame_line->len }, rest;
	struct line_request request = { .line = own };
	const struct line_command *command;

	dialect_follow_end(dialog);
	command = dialect_parse_command(own, line, &request.line, &rest);
	if (command == NULL)
		reply_error(dialog, own->unknown);
	else if (prepare(dialog, command, rest, true, &request))
		run(dialog, command->verb, &request);
}

bool
dialect_line_head(struct dialog *dialog, const struct frame_line *head)
{
	const struct line_dialect *own = dialog->dialect->tables;
	struct chat_text line = { .data = head->data, .len = head->len }, rest;
	struct line_request request = { .line = own };
	const struct line_command *command;

	command = dialect_parse_command(own, line, &request.line, &rest);
	if (command == NULL || !command->body)
		return false;
	dialect_follow_end(dialog);
	if (!prepare(dialog, command, rest, false, &request)) {
		frame_discard(&dialog->frame);
		return true;
	}
	frame_stream(&dialog->frame, (size_t)(request.text.data - head->data));
	dialect_file_receive(dialog, &request, command->verb, true);
	return true;
}

void
dialect_line_too_long(struct dialog *dialog)
{
	const struct line_dialect *own = dialog->dialect->tables;

	dialect_follow_end(dialog);
	reply_error(dialog, own->bad_arguments);
}
