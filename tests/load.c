/*
 * load: for integration tests: clients in processes of their own who send and read without
 * pause, and an account of what each was told. See load.h.
 */
#include "load.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seed.h"
#include "speaker.h"

#define SERIALS_MAX  20000 /* messages of one sender */
#define PADDING_MAX  20000 /* bytes, of one message in eight */
#define PADDING_MOST 300   /* of most */
#define TEXT_SIZE    (PADDING_MAX + 64)
#define GROUP        "kopi"
#define PASSWORD     "surabaya"
#define CLIENTS      (LOAD_SENDERS + LOAD_RECEIVERS + 1)

/* The fate of a message, as far as its sender knows it. */
enum fate { UNSENT, UNKNOWN, ACKNOWLEDGED };

struct sender {
	atomic_uint last; /* serial of the last message, from 1 */
	atomic_uint acknowledged;
	unsigned char fates[SERIALS_MAX];
};

/* The messages that a receiver got from one sender, in the order in which they came. */
struct stream {
	size_t n;
	size_t taken; /* of these the cursor is past the first so many for certain */
	uint32_t serials[SERIALS_MAX];
};

struct load {
	struct realm realm; /* as load_start found it */
	const struct realm *remote_log;
	uint64_t seed;
	atomic_bool stop;
	atomic_uint lost;
	struct sender senders[LOAD_SENDERS];
	struct stream streams[LOAD_RECEIVERS][LOAD_SENDERS];
	pid_t pids[CLIENTS];
	size_t n_pids;
	int acknowledged_fds[2]; /* a byte for each */
};

static const char *const receivers[LOAD_RECEIVERS] = { "messi", "henderson", "lineker" };

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
draw_number(const struct load *load, size_t sender, uint32_t serial)
{
	return seed_mix(seed_mix(load->seed + sender) + serial);
}

/* The receiver's index; LOAD_RECEIVERS: the group. */
static size_t
goes_to(const struct load *load, size_t sender, uint32_t serial)
{
	return draw_number(load, sender, serial) % (LOAD_RECEIVERS + 1);
}

/* The text of a message: its serial first, and what may be cut or mixed up. */
static void
make_text(const struct load *load, size_t sender, uint32_t serial, char text[TEXT_SIZE])
{
	uint64_t drawn = draw_number(load, sender, serial) >> 8;
	int len = snprintf(text, TEXT_SIZE, "%u dari u%zu ", serial, sender);
	size_t padding = drawn % ((drawn >> 24) % 8 == 0 ? PADDING_MAX : PADDING_MOST);

	memset(text + len, 'a' + (int)(drawn >> 16) % 26, padding);
	memcpy(text + len + padding, ".", 2);
}

/*
 * Connections.
 */

/* What a worker says whose gate and committer have both been killed: it is as good as killed. */
static bool
has_failed(const char *reply)
{
	return strstr(reply, "\"Kesalahan server, coba lagi\"") != NULL;
}

static void
lose_connection(struct load *load, struct speaker *speaker)
{
	load->lost++;
	speaker_close(speaker);
}

/* False when nobody serves any more. */
static bool
sign_in(struct load *load, struct speaker *speaker, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "auth %s " PASSWORD "\r\n", name);
	for (;;) {
		int fd = realm_connect(&load->realm);
		const char *reply;

		if (fd < 0)
			return false;
		speaker_open(speaker, fd, fd);
		reply = speaker_ask(speaker, line);
		if (reply != NULL && !has_failed(reply)) {
			demand(strstr(reply, "\"tokenid\"") != NULL, reply);
			return true;
		}
		lose_connection(load, speaker);
	}
}

/*
 * Senders.
 */

static bool
send_next(struct load *load, size_t who, struct speaker *speaker)
{
	static const char *const expected[] = { "{\"status\":\"OK\",\"message\":\"Message sent\"}",
		"{\"status\":\"OK\",\"message\":\"Message sent to group\"}" };
	struct sender *sender = &load->senders[who];
	char text[TEXT_SIZE], line[TEXT_SIZE + 64];
	uint32_t serial = sender->last + 1;
	size_t to = goes_to(load, who, serial);
	bool group = to == LOAD_RECEIVERS;

	demand(serial < SERIALS_MAX, "a sender has sent too much");
	make_text(load, who, serial, text);
	snprintf(line, sizeof(line), "%s %s %s\r\n", group ? "sendgroup" : "send",
	    group ? GROUP : receivers[to], text);
	sender->fates[serial] = UNKNOWN;
	sender->last = serial;
	const char *reply = speaker_ask(speaker, line);
	if (reply == NULL || has_failed(reply))
		return false;
	demand(strcmp(reply, expected[group]) == 0, reply);
	sender->fates[serial] = ACKNOWLEDGED;
	sender->acknowledged++;
	/* Where this fails, nobody waits for it. */
	return write(load->acknowledged_fds[1], "+", 1) == 1 || errno == EAGAIN;
}

static void
send_on(struct load *load, size_t who)
{
	struct speaker speaker;
	char name[16];

	snprintf(name, sizeof(name), "u%zu", who);
	while (!load->stop && sign_in(load, &speaker, name)) {
		bool open = true;

		while (!load->stop && open)
			open = send_next(load, who, &speaker);
		if (!open)
			lose_connection(load, &speaker);
		else
			speaker_close(&speaker);
	}
}

/*
 * Receivers.
 */

static uint32_t
serial_of(const struct load *load, size_t sender, const json_t *message)
{
	const char *said = json_string_value(json_object_get(message, "msg"));
	uint32_t serial = said == NULL ? 0 : (uint32_t)strtoul(said, NULL, 10);
	char text[TEXT_SIZE];

	make_text(load, sender, serial, text);
	demand(said != NULL && strcmp(said, text) == 0, said == NULL ? "no text" : said);
	return serial;
}

static const json_t *
messages_of(const json_t *messages, size_t sender)
{
	char name[16];

	snprintf(name, sizeof(name), "u%zu", sender);
	return json_object_get(messages, name);
}

/* Tells whether messages come again that the cursor had perhaps not passed. */
static bool
comes_again(const struct load *load, size_t receiver, const json_t *messages)
{
	for (size_t sender = 0; sender < LOAD_SENDERS; sender++) {
		const struct stream *stream = &load->streams[receiver][sender];
		const json_t *list = messages_of(messages, sender);

		if (stream->taken < stream->n && json_array_size(list) > 0 &&
		    serial_of(load, sender, json_array_get(list, 0)) ==
		        stream->serials[stream->taken])
			return true;
	}
	return false;
}

/*
 * Takes a reply in. `next`: it is not the first on this connection, so the one before counts as
 * taken. The number of messages in it.
 */
static size_t
take_in(struct load *load, size_t receiver, bool next, const char *reply)
{
	json_t *root = json_loads(reply, 0, NULL);
	const json_t *messages = json_object_get(root, "messages");
	bool again = !next && comes_again(load, receiver, messages);
	size_t n = 0;

	demand(messages != NULL && json_object_get(messages, "kabar") == NULL, reply);
	for (size_t sender = 0; sender < LOAD_SENDERS; sender++) {
		struct stream *stream = &load->streams[receiver][sender];
		const json_t *list = messages_of(messages, sender);

		if (again)
			stream->n = stream->taken;
		stream->taken = stream->n;
		demand(stream->n + json_array_size(list) <= SERIALS_MAX, "too much came");
		for (size_t i = 0; i < json_array_size(list); i++, n++)
			stream->serials[stream->n++] =
			    serial_of(load, sender, json_array_get(list, i));
	}
	json_decref(root);
	return n;
}

static void
read_on(struct load *load, size_t receiver)
{
	struct speaker speaker;

	while (!load->stop && sign_in(load, &speaker, receivers[receiver])) {
		bool open = true;

		for (bool next = false; !load->stop && open; next = true) {
			const char *reply = speaker_ask(&speaker, "inbox\r\n");

			open = reply != NULL && !has_failed(reply);
			if (open)
				take_in(load, receiver, next, reply);
		}
		if (!open)
			lose_connection(load, &speaker);
		else
			speaker_close(&speaker);
	}
}

void
load_read(struct load *load)
{
	for (size_t i = 0; i < LOAD_RECEIVERS; i++) {
		struct speaker speaker;
		size_t n = 1;

		ck_assert(sign_in(load, &speaker, receivers[i]));
		for (bool next = false; n > 0; next = true) {
			const char *reply = speaker_ask(&speaker, "inbox\r\n");

			ck_assert_ptr_nonnull(reply);
			n = take_in(load, i, next, reply);
		}
		speaker_close(&speaker);
	}
}

/* Trims what was read while others still write; it may be killed, but not fail. */
static void
trim_on(struct load *load, size_t number)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", load->realm.config, "janitor",
		NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)number;
	while (!load->stop) {
		int status = realm_await(realm_spawn(&load->realm, null, null, argv));

		demand(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "kabarctl janitor failed");
	}
}

/*
 * The load as a whole.
 */

struct load *
load_new(const struct realm *realm, uint64_t seed)
{
	struct load *load =
	    mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(load, MAP_FAILED);
	load->seed = seed;
	load->remote_log = realm;
	REALM_CTL(realm, NULL, "group", "add", GROUP, receivers[0]);
	for (size_t i = 1; i < LOAD_RECEIVERS; i++)
		REALM_CTL(realm, NULL, "group", "join", GROUP, receivers[i]);
	for (size_t i = 0; i < LOAD_SENDERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "u%zu", i);
		REALM_CTL(realm, PASSWORD "\n", "user", "add", name);
		REALM_CTL(realm, NULL, "group", "join", GROUP, name);
	}
	return load;
}

void
load_free(struct load *load)
{
	munmap(load, sizeof(*load));
}

static void
start_child(struct load *load, void (*work)(struct load *, size_t), size_t number)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		work(load, number);
		_exit(0);
	}
	load->pids[load->n_pids++] = pid;
}

void
load_start(struct load *load, unsigned int kinds)
{
	load->realm = *load->remote_log;
	load->stop = false;
	load->lost = 0;
	load->n_pids = 0;
	ck_assert_int_eq(pipe(load->acknowledged_fds), 0);
	fcntl(load->acknowledged_fds[1], F_SETFL, O_NONBLOCK);
	for (size_t i = 0; i < LOAD_SENDERS; i++)
		start_child(load, send_on, i);
	for (size_t i = 0; (kinds & LOAD_READ) != 0 && i < LOAD_RECEIVERS; i++)
		start_child(load, read_on, i);
	if ((kinds & LOAD_JANITOR) != 0)
		start_child(load, trim_on, 0);
}

void
load_await(struct load *load, size_t n)
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

struct goal {
	struct load *load;
	unsigned int acknowledged[LOAD_SENDERS];
};

static bool
all_came_there(void *arg)
{
	const struct goal *goal = arg;

	for (size_t i = 0; i < LOAD_SENDERS; i++)
		if (goal->load->senders[i].acknowledged < goal->acknowledged[i])
			return false;
	return true;
}

void
load_await_all(struct load *load)
{
	struct goal goal = { .load = load };

	for (size_t i = 0; i < LOAD_SENDERS; i++)
		goal.acknowledged[i] = load->senders[i].acknowledged + 2;
	ck_assert_msg(realm_until(all_came_there, &goal), "a sender is stuck");
}

unsigned int
load_lost(const struct load *load)
{
	return load->lost;
}

void
load_stop(struct load *load)
{
	load->stop = true;
	for (size_t i = 0; i < load->n_pids; i++)
		ck_assert_msg(realm_await(load->pids[i]) == 0, "client %zu failed", i);
	load->n_pids = 0;
	close(load->acknowledged_fds[0]);
	close(load->acknowledged_fds[1]);
}

/* Says what came instead of a message, and where that one did. */
static void
miss(const struct stream *stream, size_t at, uint32_t serial)
{
	fprintf(stderr, "at place %zu of %zu stands message %u, and %u", at, stream->n,
	    at < stream->n ? stream->serials[at] : 0, serial);
	for (size_t i = 0; i < stream->n; i++)
		if (stream->serials[i] == serial)
			fprintf(stderr, " at %zu", i);
	fprintf(stderr, " of %zu\n", stream->taken);
}

/* One receiver's stream of one sender; `arrived` counts who has had each message. */
static void
check_stream(const struct load *load, size_t receiver, size_t who, unsigned char *arrived)
{
	const struct stream *stream = &load->streams[receiver][who];
	const struct sender *sender = &load->senders[who];
	size_t at = 0;

	for (uint32_t serial = 1; serial <= sender->last; serial++) {
		size_t to = goes_to(load, who, serial);

		if (to != receiver && to != LOAD_RECEIVERS)
			continue;
		if (at < stream->n && stream->serials[at] == serial) {
			at++;
			arrived[serial]++;
		} else if (sender->fates[serial] == ACKNOWLEDGED) {
			miss(stream, at, serial);
			ck_abort_msg("so message %u of u%zu did not come to %s in its place",
			    serial, who, receivers[receiver]);
		}
	}
	if (at < stream->n)
		ck_abort_msg("%s had message %u of u%zu out of order, twice or by mistake",
		    receivers[receiver], stream->serials[at], who);
}

void
load_check(const struct load *load)
{
	for (size_t who = 0; who < LOAD_SENDERS; who++) {
		unsigned char arrived[SERIALS_MAX] = { 0 };

		for (size_t i = 0; i < LOAD_RECEIVERS; i++)
			check_stream(load, i, who, arrived);
		for (uint32_t serial = 1; serial <= load->senders[who].last; serial++)
			if (goes_to(load, who, serial) == LOAD_RECEIVERS &&
			    arrived[serial] % LOAD_RECEIVERS != 0)
				ck_abort_msg("message %u of u%zu came to %d of the group", serial,
				    who, arrived[serial]);
	}
}
