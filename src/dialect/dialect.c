/*
 * dialect: the list of dialects, and what conversations of every dialect share: the store, the
 * session, what the scoreboard shows, the delivery of inboxes.
 */
#include "dialect/dialect.h"

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/push.h"

/*
 * How long another client may take to have the same inbox: its kernel may be slow to acknowledge,
 * or far away.
 */
#define PATIENCE_MS 1000

#define NAME_SHOWN_MAX 128 /* bytes of a name that is none */

#define DIALECT_ADDRESS(name) &dialect_##name,
static const struct dialect *const dialects[] = { CONFIG_DIALECTS(DIALECT_ADDRESS) & dialect_irc,
	&dialect_web };

const struct dialect *
dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (strcmp(dialects[i]->name, name) == 0)
			return dialects[i];
	return NULL;
}

void
dialect_present(struct dialog *dialog, uint64_t user, const char *name)
{
	bool news = user != dialog->seen_user;
	struct scoreboard_entry entry = { .connection = dialog->connection,
		.user = user,
		.room = dialog->room.group,
		.modes = dialog->modes };

	if (news || dialog->since_ms == 0)
		dialog->since_ms = clock_now_ms();
	entry.since_ms = dialog->since_ms;
	dialog->seen_user = user;
	snprintf(entry.dialect, sizeof(entry.dialect), "%s",
	    dialog->room.active ? dialect_room.name : dialog->dialect->name);
	snprintf(entry.address, sizeof(entry.address), "%s", dialog->address);
	snprintf(entry.program, sizeof(entry.program), "%s", dialog->client);
	snprintf(entry.ident, sizeof(entry.ident), "%s", dialog->ident);
	snprintf(entry.away, sizeof(entry.away), "%s", dialog->away);
	snprintf(entry.fullname, sizeof(entry.fullname), "%s", dialog->fullname);
	if (user != 0)
		snprintf(entry.name, sizeof(entry.name), "%s", name);
	scoreboard_show(dialog->chat.scoreboard, &entry);
	if (dialog->config->titles)
		setproctitle("%s %s", name, dialog->address);
	else if (dialog->seen_user == 0)
		setproctitle("worker");
	if (news)
		chat_push_people(&dialog->chat, 0);
}

static bool
wait_for(void *arg, int fd, int64_t ms)
{
	struct dialog *dialog = arg;

	return dialog->wait_for(dialog, fd, ms);
}

static bool
open_chat(struct dialog *dialog)
{
	char error[512];

	if (chat_open_through(&dialog->chat, dialog->config,
	        dialog->auth == NULL ? NULL : auth_client_connect, dialog->auth, error,
	        sizeof(error)) != 0) {
		log_warnx("%s", error);
		return false;
	}
	dialog->chat_open = true;
	dialog->chat.start_bridge = dialog->start_bridge;
	dialog->chat.limits = dialog->limits;
	dialog->chat.client_address = dialog->address;
	dialog->chat.client_program = dialog->client;
	if (dialog->wait_for != NULL) {
		dialog->chat.wait = wait_for;
		dialog->chat.wait_arg = dialog;
	}
	if (scoreboard_enter(dialog->chat.scoreboard) < 0)
		log_warnx("the scoreboard is full: this connection is not shown");
	dialect_present(dialog, 0, "-");
	return true;
}

bool
dialect_begin(struct dialog *dialog)
{
	if (!dialog->chat_open && dialog->auth != NULL) {
		dialog->auth->wait = dialog->wait_for == NULL ? NULL : wait_for;
		dialog->auth->wait_arg = dialog;
		if (!dialog->auth->inside)
			return true;
	}
	if (!dialog->chat_open && !open_chat(dialog))
		return false;
	dialect_delivered(dialog, true);
	dialog->chat.abroad = CHAT_OK;
	dialog->chat.sent = 0;
	dialog->chat.notice = false;
	dialog->chat.tags = chat_text("");
	store_refresh(dialog->chat.store);
	return true;
}

void
dialect_subscribe(struct dialog *dialog)
{
	const struct room_state *room = &dialog->room;
	struct wakeup_subscription subscription = { .kind = WAKEUP_NONE };

	if (dialog->irc_active)
		subscription = (struct wakeup_subscription){ .kind = WAKEUP_IRC,
			.user = dialog->session.user.id,
			.room = dialog->whispers };
	else if (dialog->following)
		subscription = (struct wakeup_subscription){ .kind = WAKEUP_FOLLOW,
			.user = dialog->follow.session.user.id };
	else if (dialog->watch.on)
		subscription = (struct wakeup_subscription){
			.kind = dialog->watch.presence.due_ms == 0 ? WAKEUP_WATCH : WAKEUP_QUIET,
			.user = dialog->watch.session.user.id,
			.room = room->group
		};
	else if (room->active || room->group != 0)
		subscription =
		    (struct wakeup_subscription){ .kind = room->lists_ms == 0 ? WAKEUP_ROOM
			                                                      : WAKEUP_BUSY,
			    .user = dialog->session.user.id,
			    .room = room->group };
	else if (dialog->wakeup_fd < 0)
		return; /* nothing was ever subscribed */
	dialog->wakeup_fd = chat_push_listen(&dialog->chat, &subscription);
}

void
dialect_delivered(struct dialog *dialog, bool next_request)
{
	if (!chat_inbox_is_pending(&dialog->pending) || frame_flush(&dialog->frame) != 0)
		return;
	if (frame_delivered(&dialog->frame) ||
	    (next_request && !frame_tells_delivered(&dialog->frame)))
		chat_inbox_ack(&dialog->chat, &dialog->pending);
}

bool
dialect_may_show(struct dialog *dialog, uint64_t user, bool wait)
{
	struct inbox_lock *lock = &dialog->pending.lock;

	if (inbox_lock_take(lock, dialog->config, user, 0))
		return true;
	/* Replies to earlier requests must not wait for this one. */
	if (!wait || frame_flush(&dialog->frame) != 0 ||
	    !inbox_lock_take(lock, dialog->config, user, PATIENCE_MS))
		return false;
	store_refresh(dialog->chat.store);
	return true;
}

static void
end_session(struct dialog *dialog)
{
	if (dialog->dialect->session_over != NULL)
		dialog->dialect->session_over(dialog);
}

void
dialect_welcome(struct dialog *dialog, const struct chat_session *session)
{
	if (dialog->seen_user != session->user.id)
		end_session(dialog);
	dialog->session = *session;
	dialog->logged_in = true;
	dialog->token_untold = false;
	strlcpy(dialog->noted, session->token, sizeof(dialog->noted));
	if (dialog->auth != NULL)
		auth_client_keep(dialog->auth, session->token);
	dialect_present(dialog, session->user.id, session->user.name);
	log_info("login %s", session->user.name);
}

void
dialect_note(struct dialog *dialog, const struct chat_session *session)
{
	/* The time to log in is over: it ends no reply. */
	frame_carrier(&dialog->frame)->patience.due_ms = 0;
	if (token_same(dialog->noted, session->token))
		return;
	strlcpy(dialog->noted, session->token, sizeof(dialog->noted));
	chat_session_note(&dialog->chat, session);
}

/* Cuts what a client may have chosen, so that a line of the log never loses what follows it. */
void
dialect_refused(struct dialog *dialog, struct chat_text name, enum chat_result result)
{
	bool whole = name.len <= NAME_SHOWN_MAX;

	log_info("login failed for %.*s%s from %s: %s", (int)(whole ? name.len : NAME_SHOWN_MAX),
	    name.data, whole ? "" : "...", dialog->address, chat_strerror(result));
}

void
dialect_not_registered(const struct dialog *dialog, struct chat_text name, enum chat_result result)
{
	log_info("registering %.*s from %s failed: %s", (int)name.len, name.data, dialog->address,
	    chat_strerror(result));
}

static void
show_nobody(struct dialog *dialog)
{
	dialog->logged_in = false;
	end_session(dialog);
	dialect_present(dialog, 0, "-");
}

void
dialect_farewell(struct dialog *dialog, const struct chat_session *session)
{
	log_info("logout %s", session->user.name);
	/* The user who is shown may have ended another of the own sessions. */
	if (dialog->seen_user != 0 && token_same(dialog->session.token, session->token))
		show_nobody(dialog);
}

void
dialect_check_session(struct dialog *dialog)
{
	struct chat_session session;

	if (dialog->seen_user == 0 ||
	    chat_session_find(&dialog->chat, chat_text(dialog->session.token), &session) !=
	        CHAT_NO_SESSION)
		return;
	log_info("the session of %s has ended", dialog->session.user.name);
	show_nobody(dialog);
}

void
dialect_close(struct dialog *dialog)
{
	chat_inbox_forget(&dialog->pending);
	chat_tail_end(&dialog->room.tail);
	chat_watch_end(&dialog->watch.logs);
	chat_presence_free(&dialog->watch.presence);
	free(dialog->servers_state);
	dialog->servers_state = NULL;
	if (!dialog->chat_open)
		return;
	if (dialog->seen_user != 0) {
		scoreboard_leave(dialog->chat.scoreboard);
		chat_push_people(&dialog->chat, 0);
	}
	chat_close(&dialog->chat);
	dialog->chat_open = false;
}

void
dialect_seen(struct dialog *dialog, const struct chat_session *session)
{
	if (dialog->logged_in || dialog->seen_user != 0)
		return;
	dialog->session = *session;
	dialect_present(dialog, session->user.id, session->user.name);
}

const char *
dialect_later(const struct dialog *dialog, const char *text, char out[DIALECT_LATER_SIZE])
{
	snprintf(out, DIALECT_LATER_SIZE, "%s %u detik", text, dialog->retry_s);
	return out;
}

bool
dialect_copy(char *out, size_t size, struct chat_text text)
{
	if (text.len >= size || memchr(text.data, '\0', text.len) != NULL)
		return false;
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}
