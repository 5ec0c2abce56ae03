/* What the files of the screen share. */
#ifndef KABAR_CLIENT_SCREEN_INT_H
#define KABAR_CLIENT_SCREEN_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "client/account.h"
#include "client/model.h"
#include "client/screen/complete.h"
#include "client/screen/edit.h"
#include "client/screen/form.h"
#include "client/screen/keys.h"
#include "client/screen/link.h"
#include "client/screen/list.h"
#include "client/screen/page.h"
#include "client/screen/transfer.h"
#include "client/screen/view.h"
#include "client/settings.h"
#include "client/who.h"

#define CLIENT_SCREEN_NOTICE 512 /* bytes of what the status line says */
#define CLIENT_SCREEN_PAGE   100 /* messages of history that are asked for at once */

/*
 * What draw has shown of the end of a conversation. Beside a list a terminal cannot scroll the pane
 * by itself: so that not every message moves all rows, they move by several at once.
 */
struct client_screen_shown {
	const struct client_model_conversation *conversation;
	int width;
	size_t height;
	size_t empty;  /* rows below the last one */
	uint64_t last; /* the newest stored message */
	size_t after;  /* rows below its end */
};

struct client_screen {
	struct client_account account;
	struct client_model model;
	struct client_screen_link link;
	struct client_screen_transfer transfer;
	struct client_screen_list list;
	struct client_screen_edit input;
	struct client_screen_complete complete;
	struct client_screen_view view;
	struct client_screen_shown shown;
	struct client_screen_page page;
	struct client_screen_form form;
	struct client_model_conversation *focus; /* NULL: none is open */
	char wanted[CLIENT_WHO_TEXT]; /* the conversation to open once the list is there */
	char notice[CLIENT_SCREEN_NOTICE];
	char search[256]; /* what was looked for last */
	bool notice_is_error;
	bool bell;
	bool notify;
	bool plain; /* lines instead of a screen */
	bool list_hidden;
	bool in_form;   /* logging in */
	bool searching; /* the line is what to look for */
	bool seeking;   /* older messages are asked for until it is found */
	bool pasting;
	bool is_old; /* the server has no conversations */
	bool listed; /* conversations have come over this connection */
	bool dirty;  /* what is seen is no longer so */
	bool quit;
	bool warned;           /* that what waits to be sent would be lost by quitting */
	size_t n_unseen;       /* messages that came since the last announcement, */
	char unseen_from[256]; /* and whose the last one is */
	const struct client_settings *settings;
	char fingerprint[CLIENT_FINGERPRINT]; /* that the settings tell of the form's server */
	char server[CLIENT_HOST_MAX + 8];     /* HOST:PORT of the model's conversations */
	int rows;                             /* of the terminal */
	int columns;
	int pane_column; /* where the conversation begins; set by draw, as all below */
	int pane_width;
	int pane_height;
};

/* talk.c: what is asked of the server, and what comes of it. */
void client_screen_talk_prepare(struct client_screen *);
void client_screen_talk_start(struct client_screen *);
/* Opens a conversation, and asks for its messages if they are not there. */
void client_screen_talk_focus(struct client_screen *, struct client_model_conversation *);
/* The same by name; an error in the notice where it is no name. */
bool client_screen_talk_open(struct client_screen *, const char *who);
/*
 * Takes a conversation out of the model. If it was open, the next one is, unless something is being
 * written: then none is.
 */
void client_screen_talk_close(struct client_screen *, struct client_model_conversation *);
/* Asks for the list of conversations anew. */
void client_screen_talk_list(struct client_screen *);
/* Asks for a page of older messages, unless one is on its way. */
void client_screen_talk_older(struct client_screen *);
/* Sends what waits to be sent, in order. */
void client_screen_talk_flush(struct client_screen *);
/* Tells that what is seen has been read. */
void client_screen_talk_read(struct client_screen *);
void client_screen_talk_say(struct client_screen *, const char *text);
/* What of the notices the user sees: one sentence, clean or not. */
void client_screen_talk_note(struct client_screen *, bool is_error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A page is ready: plain lines show it now. */
void client_screen_talk_page(struct client_screen *);

/* hear.c: what the server tells without being asked. */
void client_screen_hear_event(void *screen, const json_t *event);
/* Learns of a partner what the list of conversations tells, if that is not known. */
void client_screen_hear_partner(struct client_screen *, struct client_model_conversation *);
/* Announces what has come and is not seen, by one bell. */
void client_screen_hear_flush(struct client_screen *);

/* input.c: what keys do here. */
void client_screen_input_key(struct client_screen *, const struct client_screen_key *);
/* Fetches a file of the conversation; NULL: there is none. */
void client_screen_input_fetch(struct client_screen *, const char *name);
/* Sends or runs a line. */
void client_screen_input_line(struct client_screen *, const char *line);
/* The line is a text again. */
void client_screen_input_end_search(struct client_screen *);
/* Quits; what waits to be sent is told of first, and quits only when asked again. */
void client_screen_input_quit(struct client_screen *);

/* reply.c: asking for what is then shown. */
/* As client_screen_link_ask(), and says so where there is no connection. */
void client_screen_reply_ask(struct client_screen *s, client_screen_link_taker *take,
    const char *about, const char *verb, const char *rest);
/* Whether a refusal or an event says that the session has ended: then the form is opened. */
bool client_screen_reply_has_ended(struct client_screen *, const json_t *reply);
/* Says what a refusal says. False: the reply is one. */
bool client_screen_reply_is_good(struct client_screen *, const json_t *reply);
/* Takers, whose arg is the screen: "done", or a page with the list that `about` names. */
void client_screen_reply_done(void *arg, const json_t *reply, const char *about);
void client_screen_reply_table(void *arg, const json_t *reply, const char *about);

/* command.c: lines that begin with a slash. */
void client_screen_command_run(struct client_screen *, const char *line);
/* Adds the names of all commands, with their slash. */
void client_screen_command_complete(struct client_screen_complete *);
/* The page of keys and commands. */
void client_screen_command_help(struct client_screen *);
/* Asks for the files of the conversation; they come as a page. */
void client_screen_command_files(struct client_screen *);
/* Looks for s->search, further back than what was found. */
void client_screen_command_search(struct client_screen *);

/* login.c: the form, and whose the model is. */
/* Notes the server of the account as the one that the model's conversations are on. */
void client_screen_login_own(struct client_screen *);
void client_screen_login_start(struct client_screen *, const char *message);
void client_screen_login_key(struct client_screen *, const struct client_screen_key *);
/* The connection for it is open, or is lost. */
void client_screen_login_opened(struct client_screen *);
void client_screen_login_lost(struct client_screen *);

/* draw.c: all of it. */
void client_screen_draw(struct client_screen *);

/* plain.c: lines of text. */
void client_screen_plain_message(const struct client_model_conversation *,
    const struct client_model_message *);
/* Reads what is there of standard input. */
void client_screen_plain_read(struct client_screen *);
/* Clean text; its further lines are indented. */
void client_screen_plain_line(const char *text);

#endif
