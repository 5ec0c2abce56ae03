/*
 * peering_load: for integration tests: users of two realms who write to each other without pause.
 * See peering_load.h.
 */
#include "peering_load.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realm_int.h"
#include "realms.h"
#include "seed.h"

#define SERIALS_MAX  20000 /* messages of one sender */
#define PADDING_MAX  20000 /* bytes, of one message in sixteen */
#define PADDING_MOST 200   /* of most */
#define TEXT_SIZE    (PADDING_MAX + 64)
#define PASSWORD     "surabaya"
#define PAUSE_MS     5 /* before somebody tries again to connect */
#define SIDES        2

/* The target of a message: a receiver, or one of these. */
enum { TO_GROUP = PEERING_RECEIVERS, TO_LIST, TO_NOBODY, TARGETS };

/* The fate of a message, as far as its sender knows it. */
enum fate { UNSENT, UNKNOWN, ACKNOWLEDGED, REFUSED };

struct sender {
	atomic_uint last; /* serial of the last message, from 1 */
	unsigned char fates[SERIALS_MAX];
};

/* The messages that one reader got from a sender, in the order in which they came. */
struct stream {
	size_t n;
	uint32_t serials[SERIALS_MAX];
};

struct peering_load {
	uint64_t seed;
	atomic_bool stop;
	atomic_size_t acknowledged;
	atomic_size_t failed;
	struct sender senders[SIDES][PEERING_SENDERS];
	/* Of the senders of a side: what the other side's receivers have had, and they themselves.
	 */
	struct stream received[SIDES][PEERING_SENDERS][PEERING_RECEIVERS];
	struct stream returned[SIDES][PEERING_SENDERS];
	pid_t pids[SIDES * PEERING_SENDERS];
	int acknowledged_fds[2]; /* a byte for each */
};

static const char *const receivers[PEERING_RECEIVERS] = { "messi", "henderson", "lineker" };

/* A child has no test of its own to fail. */
#define demand(condition, what)                                                                   \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, what); \
			_exit(1);                                                                 \
		}                                                                                 \
	} while (0)

/*
 * Messages.
 */

static uint64_t
draw_number(const struct peering_load *load, int side, size_t who, uint32_t serial)
{
	return seed_mix(seed_mix(load->seed + (uint64_t)side * PEERING_SENDERS + who) + serial);
}

static int
goes_to(const struct peering_load *load, int side, size_t who, uint32_t serial)
{
	return (int)(draw_number(load, side, who, serial) % TARGETS);
}

static bool
reaches(int target, int receiver)
{
	return target == receiver || target == TO_GROUP || (target == TO_LIST && receiver != 1);
}

/* The text of a message: its serial first, and what may be cut or mixed up. */
static void
make_text(const struct peering_load *load, int side, size_t who, uint32_t serial,
    char text[TEXT_SIZE])
{
	uint64_t drawn = draw_number(load, side, who, serial) >> 8;
	int len = snprintf(text, TEXT_SIZE, "%u dari u%zu ", serial, who);
	size_t padding = drawn % ((drawn >> 24) % 16 == 0 ? PADDING_MAX : PADDING_MOST);

	memset(text + len, 'a' + (int)(drawn >> 16) % 26, padding);
	memcpy(text + len + padding, ".", 2);
}

/* The line that sends it. */
static void
make_line(const struct peering_load *load, int side, size_t who, uint32_t serial,
    char line[TEXT_SIZE + 96])
{
	const char *there = realms_names[1 - side];
	int target = goes_to(load, side, who, serial);
	char text[TEXT_SIZE];

	make_text(load, side, who, serial, text);
	if (target == TO_GROUP)
		sprintf(line, "sendgrouprealm %s kopi %s\r\n", there, text);
	else if (target == TO_LIST)
		sprintf(line, "sendgrouprealm %s messi,lineker %s\r\n", there, text);
	else
		sprintf(line, "sendprivaterealm %s %s %s\r\n", there,
		    target == TO_NOBODY ? "nobody" : receivers[target], text);
}

/*
 * Senders.
 */

/* Tries for as long as the load goes on. */
static bool
sign_in(const struct peering_load *load, struct speaker *speaker, int side, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "auth %s " PASSWORD "\r\n", name);
	while (!load->stop) {
		int fd = realm_connect(&realms.realm[side]);
		const char *reply;

		if (fd < 0) {
			realm_pause_ms(PAUSE_MS);
			continue;
		}
		speaker_open(speaker, fd, fd);
		reply = speaker_ask(speaker, line);
		if (reply != NULL && strstr(reply, "\"tokenid\"") != NULL)
			return true;
		speaker_close(speaker);
	}
	return false;
}

static enum fate
fate_of(const char *reply, int target)
{
	if (strstr(reply, "{\"status\":\"OK\",\"message\":\"Message sent to ") == reply)
		return ACKNOWLEDGED;
	demand(target == TO_NOBODY && strstr(reply, "User tidak ditemukan") != NULL, reply);
	return REFUSED;
}

static bool
send_next(struct peering_load *load, int side, size_t who, struct speaker *speaker)
{
	struct sender *sender = &load->senders[side][who];
	uint32_t serial = sender->last + 1;
	char line[TEXT_SIZE + 96];
	const char *reply;

	demand(serial < SERIALS_MAX, "a sender has sent too much");
	make_line(load, side, who, serial, line);
	sender->fates[serial] = UNKNOWN;
	sender->last = serial;
	reply = speaker_ask(speaker, line);
	if (reply == NULL)
		return false;
	/* A worker whose gate and committer have both been killed is as good as killed. */
	if (strstr(reply, "\"Kesalahan server, coba lagi\"") != NULL) {
		load->failed++;
		return false;
	}
	sender->fates[serial] = (unsigned char)fate_of(reply, goes_to(load, side, who, serial));
	load->acknowledged++;
	/* Where this fails, nobody waits for it. */
	return write(load->acknowledged_fds[1], "+", 1) == 1 || errno == EAGAIN;
}

static void __attribute__((noreturn)) send_on(struct peering_load *load, int side, size_t who)
{
	struct speaker speaker;
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "u%zu", who);
	while (sign_in(load, &speaker, side, name)) {
		while (!load->stop && send_next(load, side, who, &speaker))
			;
		speaker_close(&speaker);
	}
	_exit(0);
}

/*
 * The load as a whole.
 */

static void
make_accounts(int side)
{
	const struct realm *realm = &realms.realm[side];

	realm_clock_use(&realms.clock[side]);
	REALM_CTL(realm, NULL, "group", "add", "kopi", receivers[0]);
	for (int i = 1; i < PEERING_RECEIVERS; i++)
		REALM_CTL(realm, NULL, "group", "join", "kopi", receivers[i]);
	for (size_t i = 0; i < PEERING_SENDERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "u%zu", i);
		REALM_CTL(realm, PASSWORD "\n", "user", "add", name);
	}
}

struct peering_load *
peering_load_new(uint64_t seed)
{
	struct peering_load *load =
	    mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(load, MAP_FAILED);
	load->seed = seed;
	for (int side = 0; side < SIDES; side++)
		make_accounts(side);
	return load;
}

void
peering_load_free(struct peering_load *load)
{
	munmap(load, sizeof(*load));
}

void
peering_load_start(struct peering_load *load)
{
	load->stop = false;
	ck_assert_int_eq(pipe(load->acknowledged_fds), 0);
	fcntl(load->acknowledged_fds[1], F_SETFL, O_NONBLOCK);
	for (size_t i = 0; i < SIDES * PEERING_SENDERS; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			send_on(load, (int)(i % SIDES), i / SIDES);
		load->pids[i] = pid;
	}
}

void
peering_load_await(struct peering_load *load, size_t n)
{
	char bytes[256];

	while (n > 0) {
		struct pollfd ready = { .fd = load->acknowledged_fds[0], .events = POLLIN };

		ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "the senders are stuck");
		ssize_t got =
		    read(load->acknowledged_fds[0], bytes, n < sizeof(bytes) ? n : sizeof(bytes));
		ck_assert_int_gt(got, 0);
		n -= (size_t)got;
	}
}

void
peering_load_stop(struct peering_load *load)
{
	load->stop = true;
	for (size_t i = 0; i < SIDES * PEERING_SENDERS; i++)
		ck_assert_msg(realm_await(load->pids[i]) == 0, "sender %zu failed", i);
	close(load->acknowledged_fds[0]);
	close(load->acknowledged_fds[1]);
}

size_t
peering_load_count(const struct peering_load *load)
{
	return load->acknowledged;
}

size_t
peering_load_failed(const struct peering_load *load)
{
	return load->failed;
}

/*
 * The account.
 */

static void
note_serial(struct stream *stream, uint32_t serial)
{
	ck_assert_uint_lt(stream->n, SERIALS_MAX);
	stream->serials[stream->n++] = serial;
}

/* Reads the sender and number out of a message's text, which must be complete. */
static uint32_t
read_text(const struct peering_load *load, int side, const char *said, size_t *who)
{
	const char *by = said == NULL ? NULL : strstr(said, " dari u");
	uint32_t serial = by == NULL ? 0 : (uint32_t)strtoul(said, NULL, 10);
	char text[TEXT_SIZE];

	ck_assert_msg(serial != 0, "%s", said == NULL ? "no text" : said);
	*who = strtoul(by + strlen(" dari u"), NULL, 10);
	ck_assert_uint_lt(*who, PEERING_SENDERS);
	make_text(load, side, *who, serial, text);
	ck_assert_str_eq(said, text);
	return serial;
}

/* Asks until nothing more comes; take is given the value of "messages". */
static void
drain_messages(int side, const char *name, const char *command,
    size_t (*take)(struct peering_load *, int, size_t, const json_t *), struct peering_load *load,
    size_t number)
{
	struct speaker speaker;
	size_t n = 1;

	load->stop = false;
	ck_assert(sign_in(load, &speaker, side, name));
	while (n > 0) {
		const char *reply = speaker_ask(&speaker, command);
		json_t *root = reply == NULL ? NULL : json_loads(reply, 0, NULL);
		const json_t *messages = json_object_get(root, "messages");

		ck_assert_msg(messages != NULL, "%s", reply == NULL ? "no reply" : reply);
		n = take(load, side, number, messages);
		json_decref(root);
	}
	speaker_close(&speaker);
}

static size_t
take_messages(struct peering_load *load, int side, size_t receiver, const json_t *messages)
{
	const json_t *message;
	size_t i, who;

	json_array_foreach (messages, i, message) {
		const char *said = json_string_value(json_object_get(message, "msg"));
		uint32_t serial = read_text(load, 1 - side, said, &who);

		note_serial(&load->received[1 - side][who][receiver], serial);
	}
	return json_array_size(messages);
}

/* Reads the bounces out of a sender's inbox, which holds nothing else. */
static size_t
take_bounces(struct peering_load *load, int side, size_t who, const json_t *messages)
{
	const json_t *list = json_object_get(messages, "kabar"), *message;
	size_t i, whose;

	ck_assert_uint_eq(json_object_size(messages), list != NULL);
	json_array_foreach (list, i, message) {
		const char *said = json_string_value(json_object_get(message, "msg"));
		const char *text = said == NULL ? NULL : strstr(said, "): ");

		ck_assert_msg(text != NULL && strstr(said, "(User tidak ditemukan)") != NULL,
		    "%.200s", said == NULL ? "no text" : said);
		note_serial(&load->returned[side][who], read_text(load, side, text + 3, &whose));
		ck_assert_uint_eq(who, whose);
	}
	return json_array_size(list);
}

/* Tells whether a reader must have got a message: 1 yes, 0 no, -1 perhaps. */
static int
is_due(enum fate fate)
{
	return fate == ACKNOWLEDGED ? 1 : fate == UNKNOWN ? -1 : 0;
}

static void
check_stream(const struct peering_load *load, int side, size_t who, const struct stream *stream,
    int receiver)
{
	const struct sender *sender = &load->senders[side][who];
	size_t at = 0;

	for (uint32_t serial = 1; serial <= sender->last; serial++) {
		int target = goes_to(load, side, who, serial);
		bool mine = receiver < 0 ? target == TO_NOBODY : reaches(target, receiver);
		bool here = at < stream->n && stream->serials[at] == serial;
		int due = mine ? is_due((enum fate)sender->fates[serial]) : 0;

		ck_assert_msg(due < 0 || here == (due > 0),
		    "message %u of u%zu of %s (fate %d, for %d): %d has %s it, at place %zu of %zu "
		    "stands %u",
		    serial, who, realms_names[side], sender->fates[serial], target, receiver,
		    here ? "" : "not", at, stream->n, at < stream->n ? stream->serials[at] : 0);
		at += here;
	}
	ck_assert_uint_eq(at, stream->n);
}

void
peering_load_check(struct peering_load *load)
{
	for (int side = 0; side < SIDES; side++) {
		char command[64], name[16];

		snprintf(command, sizeof(command), "getrealminbox %s\r\n", realms_names[1 - side]);
		for (size_t i = 0; i < PEERING_RECEIVERS; i++)
			drain_messages(side, receivers[i], command, take_messages, load, i);
		for (size_t i = 0; i < PEERING_SENDERS; i++) {
			snprintf(name, sizeof(name), "u%zu", i);
			drain_messages(side, name, "inbox\r\n", take_bounces, load, i);
		}
	}
	for (int side = 0; side < SIDES; side++)
		for (size_t who = 0; who < PEERING_SENDERS; who++) {
			for (int i = 0; i < PEERING_RECEIVERS; i++)
				check_stream(load, side, who, &load->received[side][who][i], i);
			check_stream(load, side, who, &load->returned[side][who], -1);
		}
}
