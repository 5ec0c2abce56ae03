/*
 * model: what a client knows of its user's conversations: messages, unread counts, presence, and
 * own messages that are on their way. Texts in it are clean already (client/text); where they come
 * from and how they are shown is left to others.
 */
#ifndef KABAR_CLIENT_MODEL_H
#define KABAR_CLIENT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_MODEL_KEPT     50000  /* messages of a conversation; the oldest go */
#define CLIENT_MODEL_MOST     100000 /* conversations; a server that tells of more lies */
#define CLIENT_MODEL_KEY_SIZE 37     /* a UUID with its NUL */

enum client_model_kind {
	CLIENT_MODEL_GROUP,
	CLIENT_MODEL_PERSON, /* of any realm, and the server */
};

enum client_model_delivery {
	CLIENT_MODEL_NO_DELIVERY, /* within the realm */
	CLIENT_MODEL_QUEUED,
	CLIENT_MODEL_DELIVERED,
	CLIENT_MODEL_REFUSED
};

/* The texts are the message's own (free()). */
struct client_model_message {
	uint64_t id;
	int64_t time_ms; /* since 1970 */
	char *from;
	char *text;
	char *file;    /* its name; NULL: the message is a text */
	uint64_t size; /* of the file, in bytes */
	enum client_model_delivery delivery;
	char *reason; /* of a refusal; may be NULL */
};

/* An own message without a reply so far, or with an error as its reply. The texts are its own. */
struct client_model_pending {
	char key[CLIENT_MODEL_KEY_SIZE];
	struct client_model_conversation *conversation;
	char *text;    /* of a file: its name */
	char *path;    /* of a file; NULL: a text */
	char *error;   /* the refusal; NULL: there is none */
	uint64_t size; /* of a file, once it is being sent */
	int64_t time_ms;
	bool sent; /* over the present connection */
};

/*
 * The messages are the newest of the conversation, without a gap; `older` tells whether the server
 * has more before them.
 */
struct client_model_conversation {
	char *with;
	enum client_model_kind kind;
	uint64_t last;   /* id of its newest message; 0: none is known */
	int64_t time_ms; /* and its time */
	uint64_t read;   /* id up to which the user has read, as far as known */
	uint64_t unread;
	bool listed;       /* the server has told of it, or is being asked */
	bool has_presence; /* online is known */
	bool online;
	uint64_t members; /* of a group; 0: not known */
	struct client_model_message *messages;
	size_t n;
	bool older;
	bool loaded;                            /* a page of history was asked for and came */
	bool loading;                           /* one is on its way */
	uint64_t version;                       /* changes with all that is shown of the messages */
	char *draft;                            /* what was being written here; NULL: nothing */
	struct client_model_conversation *next; /* of the same hash */
};

#define CLIENT_MODEL_BUCKETS 4096

struct client_model {
	char *self;                              /* the user's name */
	struct client_model_conversation **list; /* newest first, once sorted */
	size_t n;
	struct client_model_conversation *buckets[CLIENT_MODEL_BUCKETS];
	struct client_model_pending *pending; /* in the order of sending */
	size_t n_pending;
	uint64_t newest;  /* the highest id of which watching has told; it goes on behind it */
	bool begun;       /* newest has its first value */
	uint64_t version; /* changes with all that the list shows */
};

/* 0, or -1 without memory. */
int client_model_init(struct client_model *, const char *self);
void client_model_free(struct client_model *);
void client_model_free_message(struct client_model_message *);

/* NULL: there is none. */
struct client_model_conversation *client_model_find(const struct client_model *, const char *who);
/* The same, and it is made if need be; NULL without memory, and if there are too many. */
struct client_model_conversation *client_model_open(struct client_model *, const char *who);
/* Takes a conversation that was left out of the model, and frees it; its pending messages go. */
void client_model_close(struct client_model *, struct client_model_conversation *);
/* Sorts the list: newest first. */
void client_model_sort(struct client_model *);

/*
 * Adds a message in its place, and empties *m, whose texts are the model's then. False: it was
 * there already (what is new of its delivery is kept), or there is no memory.
 */
bool client_model_add(struct client_model *, struct client_model_conversation *,
    struct client_model_message *message);
/* The same for n messages in the order of their ids, which are emptied. */
void client_model_add_page(struct client_model *, struct client_model_conversation *,
    struct client_model_message *, size_t n);
/* As client_model_add() for one that has just come: it counts as unread if it is another's, and
 * heads the list. */
bool client_model_receive(struct client_model *, struct client_model_conversation *,
    struct client_model_message *message);
/* NULL: it is not among those that are known. */
struct client_model_message *client_model_find_message(const struct client_model_conversation *,
    uint64_t id);
/* Whether the user wrote it. */
bool client_model_is_own(const struct client_model *, const struct client_model_message *);
/* The read marker has moved; it never moves back. */
void client_model_read(struct client_model *, struct client_model_conversation *, uint64_t id);
/* What was delivered holds for all earlier ones of which nothing else was said. */
void client_model_set_delivery(struct client_model *, struct client_model_conversation *,
    uint64_t id, enum client_model_delivery, const char *reason);
/* Unread messages of all conversations but this one, which may be NULL. */
uint64_t client_model_count_unread(const struct client_model *,
    const struct client_model_conversation *but);
/* Forgets the messages, so that they are loaded again. */
void client_model_forget(struct client_model_conversation *);

/*
 * Adds an own message that is to be sent, with a new key; path is that of a file, or NULL. NULL
 * without memory. The pointer is valid until the next change of the list.
 */
struct client_model_pending *client_model_send(struct client_model *,
    struct client_model_conversation *, const char *text, const char *path);
/* NULL: there is none. */
struct client_model_pending *client_model_find_pending(const struct client_model *,
    const char *key);
/* It was stored: the message takes its place. id 0: it just goes. */
void client_model_settle(struct client_model *, const char *key, uint64_t id, int64_t time_ms);
/* Own messages that were neither stored nor refused. */
size_t client_model_count_unsent(const struct client_model *);
/* The server refused it; it stays to be seen until the user removes it. */
void client_model_refuse(struct client_model *, const char *key, const char *error);
/* After a cut: none of them was sent over the connection to come. */
void client_model_unsend(struct client_model *);
/* Writes a random UUID (version 4). */
void client_model_key(char key[CLIENT_MODEL_KEY_SIZE]);

#endif
