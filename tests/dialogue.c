/*
 * dialogue: for integration tests: scripted conversations of several speakers with one realm,
 * over TCP or with `kabard -i`.
 */
#include "dialogue.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPLY_END     "\r\n\r\n"
#define REPLY_END_LEN 4
#define READ_SIZE     65536
#define SAY_MAX       8192 /* bytes of a line of a script */
#define SHOWN_BYTES   2000 /* of a reply that was not expected */

void
dialogue_begin(struct dialogue *dialogue, struct realm *realm, enum dialogue_way way)
{
	*dialogue = (struct dialogue){ .realm = realm, .way = way };
	for (size_t i = 0; i < DIALOGUE_LETTERS; i++)
		dialogue->speakers[i].in_fd = dialogue->speakers[i].out_fd = -1;
	if (way == DIALOGUE_TCP && realm->kabard == 0)
		realm_start(realm);
}

/*
 * Connections.
 */

static void
use(struct dialogue_speaker *speaker, int in_fd, int out_fd)
{
	fcntl(in_fd, F_SETFD, FD_CLOEXEC);
	fcntl(out_fd, F_SETFD, FD_CLOEXEC);
	fcntl(in_fd, F_SETFL, O_NONBLOCK);
	fcntl(out_fd, F_SETFL, O_NONBLOCK);
	speaker->in_fd = in_fd;
	speaker->out_fd = out_fd;
	speaker->taken = speaker->len = 0;
}

static void
connect_inetd(const struct dialogue *dialogue, struct dialogue_speaker *speaker)
{
	const char *const argv[] = { KABARD_PATH, "-c", dialogue->realm->config, "-i", "-f", NULL };
	int to[2], from[2];

	if (dialogue->way == DIALOGUE_SOCKETPAIR) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, to), 0);
		use(speaker, to[1], to[1]);
		speaker->pid = realm_spawn(dialogue->realm, to[0], to[0], argv);
		close(to[0]);
		return;
	}
	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	use(speaker, from[0], to[1]);
	speaker->pid = realm_spawn(dialogue->realm, to[0], from[1], argv);
	close(to[0]);
	close(from[1]);
}

static void
connect_tcp(const struct dialogue *dialogue, struct dialogue_speaker *speaker)
{
	int fd = dialogue->realm->first_fd;

	dialogue->realm->first_fd = -1;
	if (fd < 0)
		fd = realm_connect(dialogue->realm);
	ck_assert_msg(fd >= 0, "connect: %s", strerror(errno));
	use(speaker, fd, fd);
}

static struct dialogue_speaker *
speaker_of(struct dialogue *dialogue, char letter)
{
	struct dialogue_speaker *speaker = &dialogue->speakers[letter - 'a'];

	ck_assert_msg(letter >= 'a' && letter <= 'z', "a speaker is a letter, not %c", letter);
	if (speaker->in_fd < 0 && dialogue->way == DIALOGUE_TCP)
		connect_tcp(dialogue, speaker);
	else if (speaker->in_fd < 0)
		connect_inetd(dialogue, speaker);
	return speaker;
}

int
dialogue_fd(struct dialogue *dialogue, char letter)
{
	return speaker_of(dialogue, letter)->in_fd;
}

void
dialogue_connect_narrow(struct dialogue *dialogue, char letter)
{
	struct dialogue_speaker *speaker = &dialogue->speakers[letter - 'a'];
	int fd;

	if (dialogue->way != DIALOGUE_TCP) {
		speaker_of(dialogue, letter);
		return;
	}
	ck_assert_int_lt(speaker->in_fd, 0);
	fd = realm_connect_narrow(dialogue->realm);
	ck_assert_msg(fd >= 0, "connect: %s", strerror(errno));
	use(speaker, fd, fd);
}

static void
close_speaker(struct dialogue_speaker *speaker)
{
	if (speaker->in_fd >= 0)
		close(speaker->in_fd);
	if (speaker->out_fd >= 0 && speaker->out_fd != speaker->in_fd)
		close(speaker->out_fd);
	speaker->in_fd = speaker->out_fd = -1;
	free(speaker->heard);
	speaker->heard = NULL;
	speaker->taken = speaker->len = speaker->size = 0;
	if (speaker->pid != 0)
		ck_assert_int_eq(realm_await(speaker->pid), 0);
	speaker->pid = 0;
}

void
dialogue_end(struct dialogue *dialogue)
{
	for (size_t i = 0; i < DIALOGUE_LETTERS; i++)
		close_speaker(&dialogue->speakers[i]);
}

static void
finish_speaker(struct dialogue_speaker *speaker)
{
	if (speaker->out_fd == speaker->in_fd) {
		ck_assert_int_eq(shutdown(speaker->out_fd, SHUT_WR), 0);
		return;
	}
	close(speaker->out_fd);
	speaker->out_fd = -1;
}

/*
 * Saying and hearing.
 */

/* Reads once. False when nothing will come any more. */
static bool
read_more(struct dialogue_speaker *speaker)
{
	ssize_t got;

	if (speaker->taken > 0) {
		speaker->len -= speaker->taken;
		memmove(speaker->heard, speaker->heard + speaker->taken, speaker->len);
		speaker->taken = 0;
	}
	if (speaker->size - speaker->len < READ_SIZE + 1) {
		speaker->size = 2 * speaker->size + READ_SIZE + 1;
		speaker->heard = realloc(speaker->heard, speaker->size);
		ck_assert_ptr_nonnull(speaker->heard);
	}
	got = read(speaker->in_fd, speaker->heard + speaker->len, READ_SIZE);
	if (got > 0)
		speaker->len += (size_t)got;
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void
dialogue_say(struct dialogue *dialogue, char letter, const void *data, size_t len)
{
	struct dialogue_speaker *speaker = speaker_of(dialogue, letter);
	const char *from = data;
	bool open = true;

	while (len > 0) {
		struct pollfd polls[] = { { .fd = speaker->out_fd, .events = POLLOUT },
			{ .fd = open ? speaker->in_fd : -1, .events = POLLIN } };
		ssize_t sent;

		if (poll(polls, 2, REALM_PATIENCE_MS) <= 0)
			ck_abort_msg("%c: the other side does not read", letter);
		if (polls[1].revents != 0)
			open = read_more(speaker);
		if (polls[0].revents == 0)
			continue;
		sent = write(speaker->out_fd, from, len);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			ck_abort_msg("%c: write: %s", letter, strerror(errno));
		from += sent > 0 ? sent : 0;
		len -= sent > 0 ? (size_t)sent : 0;
	}
}

/* The end of the first reply that is there, looked for from an offset on; or NULL. */
static const char *
reply_end(const struct dialogue_speaker *speaker, size_t from)
{
	if (speaker->heard == NULL)
		return NULL;
	return memmem(speaker->heard + from, speaker->len - from, REPLY_END, REPLY_END_LEN);
}

/* Waits for more. False at the end of the connection. */
static bool
wait_for_more(struct dialogue_speaker *speaker, int64_t deadline)
{
	struct pollfd ready = { .fd = speaker->in_fd, .events = POLLIN };
	int64_t left = deadline - realm_now_ms();

	if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
		ck_abort_msg("no reply comes; until now: %.*s", SHOWN_BYTES,
		    speaker->heard == NULL ? "" : speaker->heard + speaker->taken);
	bool open = read_more(speaker);
	speaker->heard[speaker->len] = '\0';
	return open;
}

const char *
dialogue_hear(struct dialogue *dialogue, char letter, size_t *len)
{
	struct dialogue_speaker *speaker = speaker_of(dialogue, letter);
	int64_t deadline = realm_now_ms() + REALM_PATIENCE_MS;
	size_t seen = 0; /* bytes in which no end begins */
	const char *end;

	while ((end = reply_end(speaker, speaker->taken + seen)) == NULL) {
		size_t here = speaker->len - speaker->taken;

		seen = here < REPLY_END_LEN ? 0 : here - REPLY_END_LEN + 1;
		if (!wait_for_more(speaker, deadline))
			ck_abort_msg("%c: the connection ended after: %.*s", letter, SHOWN_BYTES,
			    speaker->heard + speaker->taken);
	}
	const char *reply = speaker->heard + speaker->taken;
	*len = (size_t)(end - reply);
	speaker->heard[speaker->taken + *len] = '\0';
	speaker->taken += *len + REPLY_END_LEN;
	return reply;
}

static void
hear_end(struct dialogue_speaker *speaker, const char *where)
{
	int64_t deadline = realm_now_ms() + REALM_PATIENCE_MS;

	while (wait_for_more(speaker, deadline))
		;
	if (speaker->len > speaker->taken)
		ck_abort_msg("%s: before the end there came: %.*s", where, SHOWN_BYTES,
		    speaker->heard + speaker->taken);
}

/*
 * Scripts.
 */

/* The token that $x means, or NULL where that is not what stands here. */
static char *
token_at(struct dialogue *dialogue, const char *text)
{
	if (text[0] != '$' || text[1] < 'a' || text[1] > 'z')
		return NULL;
	return dialogue->tokens[text[1] - 'a'];
}

static void
say_line(struct dialogue *dialogue, char letter, const char *line)
{
	char text[SAY_MAX];
	size_t len = 0;

	while (*line != '\0') {
		const char *token = token_at(dialogue, line);

		ck_assert_uint_lt(len, sizeof(text) - TOKEN_TEXT_LEN - 2);
		if (token != NULL) {
			memcpy(text + len, token, strlen(token));
			len += strlen(token);
			line += 2;
		} else {
			text[len++] = *line++;
		}
	}
	memcpy(text + len, "\r\n", 2);
	dialogue_say(dialogue, letter, text, len + 2);
}

/* (F>T:M): a private message, or with #T one to a group. Returns the text behind it. */
static const char *
expand_message(const char *at, FILE *out)
{
	int from = (int)strcspn(at + 1, ">)");
	const char *to = at + 1 + from + 1;
	bool group = *to == '#';

	to += group;
	int to_len = (int)strcspn(to, ":)");
	const char *text = to + to_len + 1;
	int text_len = (int)strcspn(text, ")");
	ck_assert_msg(to[-1 - group] == '>' && text[-1] == ':' && text[text_len] == ')',
	    "not a message: %s", at);
	fprintf(out, "{'msg_from':'%.*s','msg_to':'%.*s','msg':'%.*s'", from, at + 1, to_len, to,
	    text_len, text);
	if (group)
		fprintf(out, ",'group':'%.*s'", to_len, to);
	fputc('}', out);
	return text + text_len + 1;
}

/* The reply that a short form stands for, in memory to be freed. */
static char *
expand(const char *line)
{
	static const struct {
		const char *word;
		const char *before;
		const char *after;
	} forms[] = { { "OK ", "{'status':'OK','message':'", "'}" },
		{ "ERROR ", "{'status':'ERROR','message':'", "'}" },
		{ "TOKEN ", "{'status':'OK','tokenid':'$", "'}" },
		{ "INFO ", "{'status':'OK','message':", "}" },
		{ "MESSAGES ", "{'status':'OK','messages':", "}" } };
	const char *after = "";
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool messages = strncmp(line, "MESSAGES ", 9) == 0;

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strncmp(line, forms[i].word, strlen(forms[i].word)) != 0)
			continue;
		line += strlen(forms[i].word);
		fputs(forms[i].before, out);
		after = forms[i].after;
		break;
	}
	while (*line != '\0') {
		if (messages && *line == '(')
			line = expand_message(line, out);
		else
			fputc(*line++, out);
	}
	fputs(after, out);
	fclose(out);
	return text;
}

/* How many bytes the wildcard before `line` takes; -1: what follows it does not come. */
static ssize_t
wildcard_len(const char *line, const char *reply, size_t len)
{
	char literal[SAY_MAX];
	size_t literal_len = strcspn(line, "$");
	const char *found;

	if (literal_len == 0)
		return (ssize_t)len;
	ck_assert_uint_lt(literal_len, sizeof(literal));
	for (size_t i = 0; i < literal_len; i++)
		literal[i] = line[i] == '\'' ? '"' : line[i];
	found = memmem(reply, len, literal, literal_len);
	return found == NULL ? -1 : found - reply;
}

static bool
matches(struct dialogue *dialogue, const char *line, const char *reply, size_t len)
{
	while (*line != '\0') {
		char *token = token_at(dialogue, line);
		ssize_t taken = 1;

		if (token != NULL) {
			if (len < TOKEN_TEXT_LEN || !token_looks(reply, TOKEN_TEXT_LEN))
				return false;
			memcpy(token, reply, TOKEN_TEXT_LEN);
			taken = TOKEN_TEXT_LEN;
			line += 2;
		} else if (line[0] == '$' && line[1] == '*') {
			line += 2;
			taken = wildcard_len(line, reply, len);
			if (taken < 0)
				return false;
		} else if (len == 0 || *reply != (*line == '\'' ? '"' : *line)) {
			return false;
		} else {
			line++;
		}
		reply += taken;
		len -= (size_t)taken;
	}
	return len == 0;
}

bool
dialogue_matches(struct dialogue *dialogue, const char *line, const char *reply, size_t len)
{
	char *expected = expand(line);
	bool good = matches(dialogue, expected, reply, len);

	free(expected);
	return good;
}

static void
hear_line(struct dialogue *dialogue, char letter, const char *line, const char *where)
{
	size_t len;
	const char *reply = dialogue_hear(dialogue, letter, &len);

	if (!dialogue_matches(dialogue, line, reply, len))
		ck_abort_msg("%s: heard %.*s", where, len > SHOWN_BYTES ? SHOWN_BYTES : (int)len,
		    reply);
}

static void
play(struct dialogue *dialogue, const char *line, const char *where)
{
	char letter = *line == '>' || *line == '<' ? 'a' : *line++;
	struct dialogue_speaker *speaker = speaker_of(dialogue, letter);

	if (strncmp(line, "> ", 2) == 0)
		say_line(dialogue, letter, line + 2);
	else if (strncmp(line, "< ", 2) == 0)
		hear_line(dialogue, letter, line + 2, where);
	else if (strcmp(line, " closes") == 0)
		close_speaker(speaker);
	else if (strcmp(line, " finishes") == 0)
		finish_speaker(speaker);
	else if (strcmp(line, " hears the end") == 0)
		hear_end(speaker, where);
	else
		ck_abort_msg("%s: this is no line of a script", where);
}

void
dialogue_run_at(struct dialogue *dialogue, const char *file, int line, const char *script)
{
	char where[SAY_MAX], text[SAY_MAX];

	for (int i = 1; *script != '\0'; i++) {
		size_t len = strcspn(script, "\n");

		snprintf(text, sizeof(text), "%.*s", (int)len, script);
		snprintf(where, sizeof(where), "%s:%d, line %d: %.500s", file, line, i, text);
		play(dialogue, text, where);
		script += len + (script[len] == '\n');
	}
}

void
dialogue_runf_at(struct dialogue *dialogue, const char *file, int line, const char *format, ...)
{
	char script[SAY_MAX];
	va_list ap;

	va_start(ap, format);
	int len = vsnprintf(script, sizeof(script), format, ap);
	va_end(ap);
	ck_assert_int_lt(len, SAY_MAX);
	dialogue_run_at(dialogue, file, line, script);
}
