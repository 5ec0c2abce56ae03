/*
 * chat: the verbs of a realm, whatever the dialect. This header has their results and the access
 * that they work with; each group of verbs has a header of its own (README).
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
#define CHAT_TAGS_MAX     4094  /* bytes of a message's tags */
#define CHAT_LIST_MAX     64    /* users in a list to which one thing is sent */

enum chat_result {
	CHAT_OK,
	CHAT_NO_SESSION, /* not logged in, or the token is unknown or expired */
	CHAT_NO_USER,
	CHAT_BAD_PASSWORD,
	CHAT_LOCKED, /* the account is locked by an administrator */
	CHAT_USER_EXISTS,
	CHAT_NEEDS_INVITATION, /* nobody registers here without a code */
	CHAT_NO_INVITATION,    /* the code is unknown, used up, or has expired */
	CHAT_NO_GROUP,
	CHAT_GROUP_EXISTS,
	CHAT_ALREADY_MEMBER,
	CHAT_NOT_MEMBER,
	CHAT_NOT_INVITED, /* the group is private, and the user is not invited */
	CHAT_BAD_KEY,     /* joining the group takes another key */
	CHAT_GROUP_FULL,  /* the group has as many members as were chosen for it */
	CHAT_BANNED,      /* a ban of the group is the user's */
	CHAT_NO_REALM,
	CHAT_REALM_EXISTS,
	CHAT_BAD_ARGUMENT, /* a name, text or number that is not valid */
	CHAT_FORBIDDEN,    /* this user may not do it */
	CHAT_INBOX_FULL,   /* the receiver's */
	CHAT_NO_FILE,      /* none of this name in this conversation */
	CHAT_TOO_BIG,      /* the file is larger than any may be */
	CHAT_QUOTA,        /* the sender's files together would be more than they may be */
	CHAT_BUDGET,       /* the sender has sent too many bytes within a day: later */
	CHAT_TOO_MANY,     /* one more of its kind than the settings allow a user or a group */
	CHAT_QUEUE_FULL,   /* too many messages wait for another realm */
	CHAT_QUEUED,       /* done, but another realm has not confirmed it yet */
	CHAT_REFUSED,      /* by another realm, for a reason of its own */
	CHAT_NO_ANSWER,    /* of another realm, to a question */
	CHAT_NO_SPACE,     /* the disk is full */
	CHAT_BLOCKED,      /* the receiver takes no messages from the sender */
	CHAT_CONFLICT,     /* another process was faster: see chat_retry() */
	CHAT_TOO_SOON,     /* tried too often: to be tried again later */
	CHAT_HISTORY_OFF,  /* this realm keeps no conversations */
	CHAT_REPEATED,     /* done before, for the same key of the client's: see chat/once.h */
	CHAT_UNSURE,       /* it may be done, or be done yet: no answer of the store came */
	CHAT_FAILED,       /* something is broken on our side; the log has it */
	CHAT_RESULTS,      /* how many there are */
	/* The result will be known when the chain is committed (struct chat). */
	CHAT_UNDER_WAY = CHAT_RESULTS + 1
};

/* Bytes in the caller's memory, not ended by NUL. */
struct chat_text {
	const char *data;
	size_t len;
};

#define CHAT_ROOMS 16

/* One process's access to its realm, which every verb works with. */
struct chat {
	const struct config *config;
	struct store *store;
	struct scoreboard *scoreboard;  /* NULL: nobody's presence is known */
	struct wakeup *wakeup;          /* opened by the first call of chat_push */
	struct link_status_file *links; /* opened by the first question about other realms */
	struct delivery_wait *waits;    /* opened by the first message to another realm */
	const char *client_address;     /* of the client that this process serves; NULL: none */
	const char *client_program;     /* what that has called itself; NULL or "": nothing */
	struct limits *limits;          /* the caller's; where refusals are counted, or NULL */
	enum chat_result abroad;        /* of this request, what another realm said last */
	struct chat_ids {
		uint64_t next;
		unsigned int left;
	} ids; /* that were drawn for logs of conversations, and are not used yet */
	struct chat_room {
		uint64_t user;
		uint64_t floor;    /* in the own log, 0: none helps */
		int64_t until_ms;  /* monotonic; before, it is not counted again */
	} rooms[CHAT_ROOMS];       /* of users whose inboxes were full (chat/history/room.h) */
	uint64_t sent;             /* of this request, the id of the message stored last, or 0 */
	const unsigned char *once; /* of this request, the key of its message (chat/once.h), or
	                              NULL */
	/* Of this request, what goes with its messages (chat/message.h), but to other realms. */
	bool notice;
	struct chat_text tags;
	/*
	 * To which this request's message is added, rather than committed at once; the result is
	 * CHAT_UNDER_WAY. If the chain did not grow, that says that the request needs a commit of
	 * its own, and nothing was done. NULL: there is none.
	 */
	struct store_chain *chain;
	/*
	 * Waits until a descriptor is readable, that many ms at most. False: it is not, or the
	 * client that waits for the result has gone. NULL: there is nothing else to watch.
	 */
	bool (*wait)(void *arg, int fd, int64_t ms);
	void *wait_arg;
	/*
	 * Asks the daemon of this state directory to start the bridge, if it has none; 0, or -1
	 * when there is no daemon. NULL: nobody can be asked.
	 */
	int (*start_bridge)(const char *state);
};

/* Opens the store and the scoreboard. 0, or -1 with a sentence in error. */
int chat_open(struct chat *, const struct config *, char *error, size_t size);
/*
 * The same in a process that may not connect to the committer by itself: connect() and its argument
 * are those of struct store_options; NULL: it may.
 */
int chat_open_through(struct chat *, const struct config *, int (*connect)(void *arg), void *arg,
    char *error, size_t size);
void chat_close(struct chat *);
/*
 * What may be done over bound connections to the committer (chat/permit.h): a function for struct
 * store_options, see store/permit.h.
 */
bool chat_permit(struct store *, const struct store_principal *, const struct store_step *,
    unsigned int n, unsigned int *refused);
/* Wakes those whom events concern (chat/ring.h): another function for struct store_options. */
void chat_ring(struct store *, const char *state, const struct store_event *, size_t n,
    void **keep);
/* The options under which this configuration's store is opened, but for the connection. */
struct store_options chat_store_options(const struct config *);
/*
 * Counts what a request, or another realm's link, was refused for, if it is a limit of this realm:
 * what another realm said is none.
 */
void chat_count(const struct chat *, enum chat_result, bool of_peer);
/* The result for an outcome of the store; CHAT_CONFLICT: an expectation did not hold. */
enum chat_result chat_from_store(enum store_status);
/*
 * Whether the fault is this realm's, and says nothing of the request: CHAT_NO_SPACE, CHAT_FAILED,
 * or CHAT_UNSURE.
 */
bool chat_is_failure(enum chat_result);
/*
 * Tells whether to try a transaction again that expects the records which it has read: true while
 * *result is CHAT_CONFLICT, for a bounded number of tries; then *result becomes CHAT_FAILED and the
 * log says so. Begin with result CHAT_CONFLICT and tries 0:
 *
 *	for (unsigned int tries = 0; chat_retry(&result, &tries);)
 *		result = try_something(chat);
 */
bool chat_retry(enum chat_result *result, unsigned int *tries);
/* A new id, for a user, a group or a log; it is never used again. */
enum chat_result chat_new_id(struct chat *, uint64_t *id);
/* As many that follow each other; *first is the lowest. */
#define CHAT_IDS_AT_ONCE 32
enum chat_result chat_new_ids(struct chat *, unsigned int n, uint64_t *first);
/* The number up to which a user has read a log; 0: no cursor. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_cursor(struct chat *, uint64_t user, uint64_t log, uint64_t *number);
/* Ends a log: it takes no more entries. CHAT_OK, or a failure. */
enum chat_result chat_close_log(struct chat *, uint64_t log);
/* One clear English sentence, for logs and kabarctl. */
const char *chat_strerror(enum chat_result);

/* A string's bytes; the string is the caller's. */
struct chat_text chat_text(const char *string);
/* The text without those of these characters that stand at its ends. */
struct chat_text chat_text_trim(struct chat_text, const char *characters);
/* Whether it is this name, without case. */
bool chat_text_is(struct chat_text, const char *name);

#endif
