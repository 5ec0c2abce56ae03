/*
 * dialogue: for integration tests: scripted conversations of several speakers with one realm,
 * over TCP or with `kabard -i`.
 */
#include "dialogue.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAY_MAX     8192 /* bytes of a line of a script */
#define SHOWN_BYTES 2000 /* of a reply that was not expected */

void
dialogue_begin(struct dialogue *dialogue, struct realm *realm, enum dialogue_way way)
{
	*dialogue = (struct dialogue){ .realm = realm, .way = way };
	for (size_t i = 0; i < DIALOGUE_SPEAKERS; i++)
		dialogue->speakers[i].in_fd = dialogue->speakers[i].out_fd = -1;
	if (way == DIALOGUE_TCP && realm->kabard == 0)
		realm_start(realm);
}

/*
 * Connections.
 */

static void
connect_inetd(struct dialogue *dialogue, int letter)
{
	const char *dialect = dialogue->dialects[letter];
	const char *const argv[] = { KABARD_PATH, "-c", dialogue->realm->config, "-i", "-f", "-D",
		dialect != NULL ? dialect : "realm", NULL };
	struct speaker *speaker = &dialogue->speakers[letter];
	int to[2], from[2];

	if (dialogue->way == DIALOGUE_SOCKETPAIR) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, to), 0);
		speaker_open(speaker, to[1], to[1]);
		dialogue->pids[letter] = realm_spawn(dialogue->realm, to[0], to[0], argv);
		close(to[0]);
		return;
	}
	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	speaker_open(speaker, from[0], to[1]);
	dialogue->pids[letter] = realm_spawn(dialogue->realm, to[0], from[1], argv);
	close(to[0]);
	close(from[1]);
}

static void
connect_tcp(struct dialogue *dialogue, int letter)
{
	int fd = dialogue->realm->first_fd;

	dialogue->realm->first_fd = -1;
	if (fd < 0)
		fd = realm_connect(dialogue->realm);
	ck_assert_msg(fd >= 0, "connect: %s", strerror(errno));
	speaker_open(&dialogue->speakers[letter], fd, fd);
}

static struct speaker *
speaker_of(struct dialogue *dialogue, char letter)
{
	int index = letter - 'a';

	ck_assert_msg(letter >= 'a' && letter <= 'z', "a speaker is a letter, not %c", letter);
	if (dialogue->speakers[index].in_fd < 0) {
		if (dialogue->way == DIALOGUE_TCP)
			connect_tcp(dialogue, index);
		else
			connect_inetd(dialogue, index);
	}
	return &dialogue->speakers[index];
}

int
dialogue_fd(struct dialogue *dialogue, char letter)
{
	return speaker_of(dialogue, letter)->in_fd;
}

void
dialogue_connect_narrow(struct dialogue *dialogue, char letter)
{
	struct speaker *speaker = &dialogue->speakers[letter - 'a'];
	int fd;

	if (dialogue->way != DIALOGUE_TCP) {
		speaker_of(dialogue, letter);
		return;
	}
	ck_assert_int_lt(speaker->in_fd, 0);
	fd = realm_connect_narrow(dialogue->realm);
	ck_assert_msg(fd >= 0, "connect: %s", strerror(errno));
	speaker_open(speaker, fd, fd);
}

static void
close_speaker(struct dialogue *dialogue, int letter)
{
	speaker_close(&dialogue->speakers[letter]);
	if (dialogue->pids[letter] != 0)
		ck_assert_int_eq(realm_await(dialogue->pids[letter]), 0);
	dialogue->pids[letter] = 0;
}

void
dialogue_end(struct dialogue *dialogue)
{
	for (int i = 0; i < DIALOGUE_SPEAKERS; i++)
		close_speaker(dialogue, i);
}

void
dialogue_say(struct dialogue *dialogue, char letter, const void *data, size_t len)
{
	speaker_say(speaker_of(dialogue, letter), data, len);
}

struct hearing {
	const struct speaker *speaker;
	enum dialogue_way way;
};

static bool
was_read(void *arg)
{
	const struct hearing *hearing = arg;
	int left = 0;

	if (hearing->way == DIALOGUE_SOCKETPAIR)
		ck_assert_int_eq(ioctl(hearing->speaker->out_fd, TIOCOUTQ, &left), 0);
	if (hearing->way == DIALOGUE_PIPES)
		ck_assert_int_eq(ioctl(hearing->speaker->out_fd, FIONREAD, &left), 0);
	return left == 0;
}

void
dialogue_await_read(struct dialogue *dialogue, char letter)
{
	struct hearing hearing = { speaker_of(dialogue, letter), dialogue->way };

	ck_assert(realm_until(was_read, &hearing));
}

const char *
dialogue_hear(struct dialogue *dialogue, char letter, size_t *len)
{
	struct speaker *speaker = speaker_of(dialogue, letter);
	const char *reply = speaker_hear(speaker, len);

	if (reply == NULL)
		ck_abort_msg("%c: the connection ended after: %.*s", letter, SHOWN_BYTES,
		    speaker_rest(speaker, len));
	return reply;
}

static void
hear_end(struct speaker *speaker, const char *where)
{
	size_t len;
	const char *reply = speaker_hear(speaker, &len);

	if (reply == NULL)
		reply = speaker_rest(speaker, &len);
	if (len > 0)
		ck_abort_msg("%s: before the end there came: %.*s", where, SHOWN_BYTES, reply);
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
		{ "TOKEN ", "{'status':'OK','tokenid':'$", "'$*}" },
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
	if (strncmp(line, "CODED ", 6) == 0) {
		int code = (int)strcspn(line + 6, " ");

		fprintf(out, "{'status':'ERROR','message':'%s','code':'%.*s'}", line + 6 + code + 1,
		    code, line + 6);
		line = "";
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
play_line(struct dialogue *dialogue, const char *line, const char *where)
{
	char letter = *line == '>' || *line == '<' ? 'a' : *line++;
	struct speaker *speaker = speaker_of(dialogue, letter);

	if (strncmp(line, "> ", 2) == 0)
		say_line(dialogue, letter, line + 2);
	else if (strncmp(line, "< ", 2) == 0)
		hear_line(dialogue, letter, line + 2, where);
	else if (strcmp(line, " closes") == 0)
		close_speaker(dialogue, letter - 'a');
	else if (strcmp(line, " finishes") == 0)
		speaker_finish(speaker);
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
		play_line(dialogue, text, where);
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

void
dialogue_each_at(struct dialogue *dialogue, const char *file, int line, char letter,
    const char *const lines[], const char *reply)
{
	for (size_t i = 0; lines[i] != NULL; i++)
		dialogue_runf_at(dialogue, file, line, "%c> %s\n%c< %s\n", letter, lines[i], letter,
		    reply);
}
