/*
 * chat: what a server of this family does, whatever the dialect: the results of its verbs and
 * what they work with. Each group of verbs has a header of its own. Verbs know neither
 * sockets nor reply texts.
 */
#ifndef KABAR_CHAT_H
#define KABAR_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/name.h"
#include "base/password.h"
#include "config/config.h"
#include "live/scoreboard.h"
#include "live/wakeup.h"
#include "store/store.h"

#define CHAT_FULLNAME_MAX 128   /* bytes of a person's name, UTF-8 */
#define CHAT_COUNTRY_MAX  64    /* bytes of a country, UTF-8 */
#define CHAT_TEXT_MAX     65536 /* bytes of a message */
#define CHAT_LIST_MAX     64    /* users in a list to which one thing is sent */

enum chat_result {
	CHAT_OK,
	CHAT_NO_SESSION, /* not logged in, or the token is unknown or expired */
	CHAT_NO_USER,
	CHAT_BAD_PASSWORD,
	CHAT_LOCKED, /* the account is locked by an administrator */
	CHAT_USER_EXISTS,
	CHAT_NO_GROUP,
	CHAT_GROUP_EXISTS,
	CHAT_ALREADY_MEMBER,
	CHAT_NOT_MEMBER,
	CHAT_NO_REALM,
	CHAT_REALM_EXISTS,
	CHAT_BAD_ARGUMENT, /* a name, text or number that cannot be */
	CHAT_FORBIDDEN,    /* not for this user */
	CHAT_INBOX_FULL,   /* of the one to whom it was addressed */
	CHAT_NO_FILE,      /* none of this name in this conversation */
	CHAT_TOO_BIG,      /* the file is larger than any may be */
	CHAT_QUOTA,        /* the sender's files together would be more than they may be */
	CHAT_QUEUE_FULL,   /* too many messages wait for another realm */
	CHAT_QUEUED,       /* done, but another realm has not confirmed it yet */
	CHAT_REFUSED,      /* by another realm, for a reason of its own */
	CHAT_NO_ANSWER,    /* of another realm, to a question */
	CHAT_NO_SPACE,     /* the disk is full */
	CHAT_CONFLICT,     /* another was faster: chat_retry() tries again */
	CHAT_FAILED,       /* something is broken on our side; the log has it */
	CHAT_RESULTS       /* how many there are */
};

/* What every verb works with: one process's access to its realm. */
struct chat {
	const struct config *config;
	struct store *store;
	struct scoreboard *scoreboard;  /* NULL: nobody's presence is known */
	struct wakeup *wakeup;          /* opened by the first who rings or listens */
	struct link_status_file *links; /* opened by the first question about other realms */
	struct delivery_wait *waits;    /* opened by the first message to another realm */
	/*
	 * Waits for a descriptor to become readable, that many ms at most. False: it has not, or
	 * nobody is there any more who waits for the result. NULL: there is nothing else to watch.
	 */
	bool (*wait)(void *arg, int fd, int64_t ms);
	void *wait_arg;
	/*
	 * Asks the daemon of this state directory to start the bridge, if it has none; 0, or -1
	 * when there is no daemon. NULL: nobody can be asked.
	 */
	int (*start_bridge)(const char *state);
};

/* Opens the store and the board. 0, or -1 with a sentence in error. */
int chat_open(struct chat *, const struct config *, char *error, size_t size);
void chat_close(struct chat *);
/* The options under which this configuration's store is opened. */
struct store_options chat_store_options(const struct config *);
/* What an outcome of the store means; CHAT_CONFLICT where an expectation did not hold. */
enum chat_result chat_from_store(enum store_status);
/*
 * Tells whether to try again what reads records and commits a transaction that expects them to be
 * unchanged: while *result is CHAT_CONFLICT, for a bounded number of tries, after which it becomes
 * CHAT_FAILED. Begin with result CHAT_CONFLICT and tries 0:
 *
 *	for (unsigned int tries = 0; chat_retry(&result, &tries);)
 *		result = try_something(chat);
 */
bool chat_retry(enum chat_result *result, unsigned int *tries);
/* A number never used before, for a user, a group or whatever else owns a log. */
enum chat_result chat_new_id(struct chat *, uint64_t *id);
/* The number up to which a user has read a log; 0: no cursor. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_cursor(struct chat *, uint64_t user, uint64_t log, uint64_t *number);
/* Ends a log: it takes no more entries. CHAT_OK, or a failure. */
enum chat_result chat_close_log(struct chat *, uint64_t log);
/* One clear English sentence, for logs and kabarctl. */
const char *chat_strerror(enum chat_result);

/* Bytes in the caller's memory, not ended by NUL. */
struct chat_text {
	const char *data;
	size_t len;
};
struct chat_text chat_text(const char *string);
/* Whether it is this name, without case. */
bool chat_text_is(struct chat_text, const char *name);

#endif
