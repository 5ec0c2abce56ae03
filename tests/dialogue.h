/*
 * dialogue: for integration tests: scripted conversations of several speakers with one realm,
 * over TCP or with `kabard -i`.
 */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "base/token.h"
#include "realm.h"
#include "speaker.h"

#define DIALOGUE_SPEAKERS 26

/* How speakers reach the realm. kabard has to run for the first one only. */
enum dialogue_way {
	DIALOGUE_TCP,
	DIALOGUE_SOCKETPAIR, /* each has a kabard -i of its own */
	DIALOGUE_PIPES,
	DIALOGUE_WAYS
};

struct dialogue {
	struct realm *realm;
	enum dialogue_way way;
	struct speaker speakers[DIALOGUE_SPEAKERS]; /* a to z */
	pid_t pids[DIALOGUE_SPEAKERS];              /* of each one's kabard -i, or 0 */
	const char *dialects[DIALOGUE_SPEAKERS];    /* of each one's kabard -i; NULL: realm */
	char tokens[DIALOGUE_SPEAKERS][TOKEN_TEXT_LEN + 1];
};

void dialogue_begin(struct dialogue *, struct realm *, enum dialogue_way);
/* Ends all connections; each kabard -i has to exit with 0. */
void dialogue_end(struct dialogue *);

/*
 * Plays a script. A letter at the beginning of each line names the speaker (none: a), who is
 * connected at the first word:
 *   a> send messi halo     says this and CRLF; $x stands for the token x
 *   a< {'status':'OK'}     hears exactly this reply; ' stands for ", $x for any token, which is
 *                          then the token x, and $* for any text up to what comes next
 *   a closes               ends the connection
 *   a finishes             will say nothing more, but still hears
 *   a hears the end        the other side closes, and says nothing more before
 * For the usual replies there are short forms:
 *   a< OK Message sent     {"status":"OK","message":"Message sent"}
 *   a< ERROR Inbox penuh   the same with ERROR
 *   a< CODED NO_USER User tidak ditemukan    and with this code beside the text
 *   a< TOKEN x             {"status":"OK","tokenid":"$x"} with or without further members
 *   a< INFO {...}          {"status":"OK","message":{...}}
 *   a< MESSAGES [...]      {"status":"OK","messages":[...]}, in which
 *     (F>T:M)              stands for {"msg_from":"F","msg_to":"T","msg":"M"} and
 *     (F>#G:M)             for the same with the group G as T, and "group":"G"
 */
#define dialogue_run(dialogue, script) dialogue_run_at(dialogue, __FILE__, __LINE__, script)
/* The same with a script made as printf() does. */
#define dialogue_runf(dialogue, ...) dialogue_runf_at(dialogue, __FILE__, __LINE__, __VA_ARGS__)
void dialogue_run_at(struct dialogue *, const char *file, int line, const char *script);
void dialogue_runf_at(struct dialogue *, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A speaker says one line after another, up to a NULL, and hears this reply to each of them. */
#define dialogue_each(dialogue, speaker, lines, reply) \
	dialogue_each_at(dialogue, __FILE__, __LINE__, speaker, lines, reply)
void dialogue_each_at(struct dialogue *, const char *file, int line, char speaker,
    const char *const lines[], const char *reply);

/* Says these bytes, and keeps what comes meanwhile. */
void dialogue_say(struct dialogue *, char speaker, const void *data, size_t len);
/* The next reply without its line ends, as a string; it lasts until the speaker's next one. */
const char *dialogue_hear(struct dialogue *, char speaker, size_t *len);
/* Waits until a worker has read all that was said; does not over TCP, where nothing shows it. */
void dialogue_await_read(struct dialogue *, char speaker);
/* The descriptor for hearing, over TCP also for saying; connects if need be. */
int dialogue_fd(struct dialogue *, char speaker);
/* Connects so that the kernel takes as little as possible in the speaker's stead. */
void dialogue_connect_narrow(struct dialogue *, char speaker);
/* Tells whether a reply matches this line of a script, and notes its tokens. */
bool dialogue_matches(struct dialogue *, const char *line, const char *reply, size_t len);

#endif
