/*
 * soak_talk: one connection of a client, blocking, with what the client's user reads over it.
 */
#ifndef SOAK_TALK_H
#define SOAK_TALK_H

#include "soak.h"

struct talk {
	struct soak *soak;
	struct soak_realm *realm;
	unsigned int reader; /* the user whose inbox is read here */
	bool hides_files;    /* the dialect's inbox does not tell of files */
	int fd;              /* -1: there is none */
	unsigned int connection;
	char *data;
	size_t len; /* of what has come */
	size_t size;
	size_t used; /* of that, the last reply */
	struct talk_file {
		unsigned int sender;
		uint32_t number;
		uint32_t size;
		char group; /* 0: private */
		int64_t seen_ms;
	} file; /* the last one that a reply told of; seen_ms 0: none */
};

/* 0, or -1: the realm is down. */
int talk_open(struct talk *, enum soak_port);
/* Closes; what was not read is thrown away. */
void talk_close(struct talk *);
/* The same by a reset. */
void talk_reset(struct talk *);
/* Frees everything, too. */
void talk_free(struct talk *);

/* 0, or -1 when the connection has broken; what came before can still be heard. */
int talk_say(struct talk *, const void *data, size_t len);
int talk_sayf(struct talk *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The next reply without its end; good until the next. NULL: the connection has ended. */
const char *talk_hear(struct talk *);
/* The same, but waits no longer than that; NULL with the connection open when nothing came. */
const char *talk_hear_soon(struct talk *, int ms);
/* Says a line, and hears the reply to it. */
const char *talk_ask(struct talk *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool talk_is_ok(const char *reply);

/*
 * soak_scan.c: texts of messages. One begins with its sender, number and length, and the rest
 * follows from these; of files that is the name.
 */
#define SCAN_TEXT_MAX 16384
#define SCAN_NAME_MAX 64
/* Writes the text, and its NUL. */
void scan_make_text(char *out, unsigned int sender, uint32_t number, size_t len);
void scan_make_name(char out[SCAN_NAME_MAX], unsigned int sender, uint32_t number, size_t len,
    char group);
/* A byte of such a file. */
unsigned char scan_file_byte(uint32_t number, size_t at);
/* Enters all that a reply or event shows into the ledger. */
void scan_reply(struct talk *, const char *reply);

/*
 * soak_send.c: messages. Each is entered into the ledger, sent, and its answer entered. False
 * when the connection is over.
 */
struct sending {
	struct talk *talk;
	struct dice *dice;
	unsigned int sender;
	const char *token;
	enum soak_port dialect;
};
bool send_private(struct sending *);
bool send_group(struct sending *);
bool send_abroad(struct sending *);
bool send_group_abroad(struct sending *);
/* To several users of the other realm. */
bool send_list_abroad(struct sending *);
/* A message whose answer is not waited for: the connection is reset. */
bool send_and_vanish(struct sending *);

/* soak_file.c: the same with files. */
bool file_send_private(struct sending *);
bool file_send_group(struct sending *);
bool file_send_abroad(struct sending *);
/* Vanishes in the middle of one. */
bool file_break_off(struct sending *);
/* Downloads what the talk was last told of, if it is new enough to be there, and compares. */
bool file_fetch(struct sending *);

/* soak_room.c: a session in the dialect room, from login to its end. */
void room_session(struct talk *, struct dice *, unsigned int user);

#endif
