/*
 * dialect: what a conversation looks like from outside: a table of commands and one of texts
 * over the verbs of chat. Each dialect is a file of its own; this header has what all of them
 * share. README names the files.
 */
#ifndef KABAR_DIALECT_H
#define KABAR_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/code.h"
#include "chat/chat.h"
#include "chat/history/presence.h"
#include "chat/history/watch.h"
#include "chat/inbox.h"
#include "chat/session.h"
#include "config/dialects.h"
#include "dialect/room/state.h"
#include "net/frame.h"

#define DIALECT_TOO_FAST_MS 10000 /* the texts name it */

struct auth_client;
struct dialect_pipeline;
struct dialog;
struct irc_state;
struct line_dialect;
struct sockaddr;

/*
 * The requests of servers of the older family on a listener for clients. The worker hands it in,
 * because the floor of these servers is above this one.
 */
struct dialect_servers {
	/* Like those of struct dialect; false: the line is no request of a server. */
	bool (*line)(struct dialog *, const struct frame_line *);
	bool (*head)(struct dialog *, const struct frame_line *);
};

/* A conversation with one client. The worker makes it and owns it. */
struct dialog {
	struct frame frame;
	struct chat chat;
	const struct config *config;
	const struct config_listen *listener; /* whose settings hold here; NULL: the defaults */
	const struct dialect *dialect;
	bool chat_open;           /* the store is opened by the first request that needs it */
	struct auth_client *auth; /* the gate, without whose yes it is not; NULL: there is none */
	char invitation[CODE_LETTERS + 1]; /* the code that the client has given; "": none */
	char client[CHAT_SESSION_PROGRAM]; /* the client's program, NAME/VERSION; "": not told */
	char noted[TOKEN_TEXT_LEN + 1];    /* of the session whose use was noted last; "": none */
	bool modern;                       /* it was told: replies have what newer clients expect */
	uint32_t retry_s;            /* after CHAT_TOO_SOON: seconds after which to try again */
	bool logged_in;              /* a session was opened on this connection */
	bool token_untold;           /* and nobody else knows its token */
	bool ending;                 /* close when the output is flushed */
	bool stopping;               /* kabard ends, and all its connections: nobody need be told */
	unsigned int requests;       /* of HTTP, on this connection */
	struct chat_session session; /* of the user whom the scoreboard shows here */
	struct chat_inbox_pending pending; /* inboxes that are on their way to the client */
	int wakeup_fd;  /* readable: there may be news; -1: nothing is subscribed */
	bool following; /* sends messages as they come, until the next request */
	struct {
		struct chat_session session;
		const struct line_dialect *line;
	} follow; /* for which session, and in which dialect's shape */
	struct {
		bool on; /* sends events, while other requests are made */
		struct chat_session session;
		const struct line_dialect *line;
		struct chat_watch logs;
		struct chat_presence presence;
	} watch;
	struct dialect_pipeline *pipeline; /* requests under way; NULL: there are none */
	bool again;                        /* one of them is served once more, alone */
	bool news_wait;                    /* news came while an inbox was pending */
	struct room_state room;
	struct irc_state *irc;                 /* of the IRC dialect; NULL: it is another */
	const struct dialect_servers *servers; /* NULL: clients only */
	void *servers_state;                   /* theirs, freed with the dialog; NULL: none yet */
	bool from_server;                      /* the other end has spoken as a server */
	int64_t wake_ms;      /* monotonic; wake() is called once then without news; 0: never */
	uint64_t seen_user;   /* the user whom the scoreboard shows here, 0: none */
	int64_t since_ms;     /* and since when; since 1970 */
	uint64_t paying_user; /* whom a request is for where nobody is shown; 0: none */
	uint64_t connection;
	bool irc_active; /* an IRC connection that is registered */
	/* What dialect_present() shows of it, as in struct scoreboard_entry. */
	uint64_t modes;
	char ident[SCOREBOARD_IDENT_MAX];
	char away[SCOREBOARD_AWAY_MAX];
	char fullname[SCOREBOARD_FULLNAME_MAX];
	uint64_t whispers;   /* of which users an IRC connection wants some, as whisper.c says */
	const char *address; /* of the client; set_address() changes it */
	/* As that of struct client: a proxy may speak for its clients. */
	const char *trusted_proxy;
	/* From here on requests come from this address, as a proxy has said. */
	void (*set_address)(struct dialog *, const struct sockaddr *);
	/* Waits within a request for more of it. False: nothing more will come. */
	bool (*wait)(struct dialog *);
	/*
	 * Waits within a request for something else, that many ms at most. False: it has not come,
	 * or the client has gone.
	 */
	bool (*wait_for)(struct dialog *, int fd, int64_t ms);
	int (*start_bridge)(const char *state); /* as that of struct chat */
	struct limits *limits;                  /* likewise */
};

/* A dialect, as the worker calls it. */
struct dialect {
	const char *name;
	/* A client has come, of which nothing was read yet; NULL: nothing to do. */
	void (*begin)(struct dialog *);
	/* Handles a line; replies go into the dialog's frame. */
	void (*line)(struct dialog *, const struct frame_line *);
	/*
	 * A long line has begun. True: it was handled, and taken from the frame as a stream or
	 * discarded; false, or NULL: it is to be gathered.
	 */
	bool (*head)(struct dialog *, const struct frame_line *);
	/* A line was longer than any may be. */
	void (*too_long)(struct dialog *);
	/* There may be news: a wakeup came, or a reply was delivered for which news had to wait. */
	void (*wake)(struct dialog *);
	/* The dialog's session has ended or makes way for another user's; NULL: nothing to do. */
	void (*session_over)(struct dialog *);
	/* The connection is over, and the store still there; NULL: nothing to do. */
	void (*end)(struct dialog *);
	/* The reply to a client when the server is full; whole, with its line ends. */
	const char *busy;
	/* And to one that asks too much; it may ask again after DIALECT_TOO_FAST_MS. */
	const char *too_fast;
	/* That ends the connection, and no reset does, where a client takes one for a failure. */
	bool refusal_ends;
	bool orderly;    /* no reset ends a connection, whatever `close` says */
	int64_t idle_ms; /* after which a silent client is sent away; 0: idle_timeout */
	const struct line_dialect *tables; /* of a line dialect */
};

/* NULL when there is none of this name. */
const struct dialect *dialect_find(const char *name);

#define DIALECT_DECLARE(name) extern const struct dialect dialect_##name;
CONFIG_DIALECTS(DIALECT_DECLARE)
DIALECT_DECLARE(irc)
DIALECT_DECLARE(web)

/*
 * Begins a request: opens the store if that was not done yet and the gate has said yes, takes
 * earlier replies for delivered (dialect_delivered) and looks at the newest data. False: the store
 * cannot be opened; the log says why.
 */
bool dialect_begin(struct dialog *);
/*
 * Moves the inbox's cursors if the client has the reply that showed it: its kernel has
 * acknowledged everything; or, where that cannot be told, its next request has come.
 */
void dialect_delivered(struct dialog *, bool next_request);
/*
 * Whether this user's inbox may be shown here: then the dialog holds its lock, until
 * chat_inbox_await finds nothing under way, or that is over. False: it is on its way to another
 * client, for which `wait` gave some time.
 */
bool dialect_may_show(struct dialog *, uint64_t user, bool wait);
/*
 * Shows this user in the scoreboard and the process list, 0: nobody, and wakes those who list
 * people if it is another one than before. What else has changed of the dialog is shown by showing
 * the same user again.
 */
void dialect_present(struct dialog *, uint64_t user, const char *name);
/* Subscribes to the news that the dialog's state asks for; to be called when that has changed. */
void dialect_subscribe(struct dialog *);
/* A session was opened on this connection: requests without a token mean it from here on. */
void dialect_welcome(struct dialog *, const struct chat_session *);
/* A request came with this session: notes its use, once for each connection. */
void dialect_note(struct dialog *, const struct chat_session *);
/* A login failed. */
void dialect_refused(struct dialog *, struct chat_text name, enum chat_result);
/* An account was not made: a name that is taken tells of a user. */
void dialect_not_registered(const struct dialog *, struct chat_text name, enum chat_result);
/* A session was ended over this connection. */
void dialect_farewell(struct dialog *, const struct chat_session *);
/* The conversation is over: gives back what it holds. */
void dialect_close(struct dialog *);
/* A request came with this session: shows its user if nobody is shown yet. */
void dialect_seen(struct dialog *, const struct chat_session *);
/* Shows nobody any more if the session of the user who is shown has ended. */
void dialect_check_session(struct dialog *);

#define DIALECT_LATER_SIZE 128
/* The text of CHAT_TOO_SOON, with the time after which to try again. Returns out. */
const char *dialect_later(const struct dialog *, const char *text, char out[DIALECT_LATER_SIZE]);

/* Copies an argument as a string; false when it is too long or holds a NUL. */
bool dialect_copy(char *out, size_t size, struct chat_text text);

#endif
