/*
 * legacy_protocol: such servers take a line for whole when what they have read ends with CR LF, and
 * read nothing else until they have replied. Their error texts differ, so the meaning of an error
 * is found by words in it.
 */
#include "legacy/protocol.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/name.h"

#define LINE_END "\r\n"
/* Some servers know a file by the way in which Python prints bytes; no server minds. */
#define FILE_BEGIN "b'"
#define FILE_END   "'"
/* Some servers expect a session where they need none. */
#define NO_SESSION "-"
#define WORDS_MAX  1024

/* For names and addresses, which are short. */
static void __attribute__((format(printf, 2, 3)))
write_words(struct wire *wire, const char *fmt, ...)
{
	char words[WORDS_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	if (len > 0 && (size_t)len < sizeof(words))
		(void)wire_put(wire, words, (size_t)len);
}

bool
legacy_protocol_carries(const struct chat_outbound *outbound)
{
	return memchr(outbound->text.data, '\r', outbound->text.len) == NULL &&
	    memchr(outbound->text.data, '\n', outbound->text.len) == NULL;
}

void
legacy_protocol_announce(struct wire *wire, const char *realm, const char *host, uint16_t port)
{
	write_words(wire, LEGACY_ANNOUNCE " %s %s %u" LINE_END, realm, host, port);
}

void
legacy_protocol_ask_members(struct wire *wire, const char *realm, struct chat_text group)
{
	write_words(wire, LEGACY_MEMBERS " " NO_SESSION " %.*s %s" LINE_END, (int)group.len,
	    group.data, realm);
}

void
legacy_protocol_ask_messages(struct wire *wire, const char *realm, const char *user)
{
	write_words(wire, LEGACY_PULL " %s %s" LINE_END, realm, user);
}

/* A file name is one word there. */
static void
write_file_name(struct wire *wire, struct chat_text name)
{
	for (size_t i = 0; i < name.len; i++)
		(void)wire_put(wire, name.data[i] == ' ' ? "_" : name.data + i, 1);
}

void
legacy_protocol_message(struct wire *wire, const char *realm, const struct chat_outbound *outbound,
    struct chat_text to)
{
	static const char *const commands[2][2] = { { LEGACY_GROUP_MESSAGE, LEGACY_MESSAGE },
		{ LEGACY_GROUP_FILE, LEGACY_FILE } };
	bool user = outbound->kind == CHAT_OUTBOUND_USER;

	write_words(wire, "%s %.*s %s ", commands[outbound->file][user], (int)outbound->from.len,
	    outbound->from.data, realm);
	(void)wire_put(wire, to.data, to.len);
	(void)wire_put(wire, " ", 1);
	if (outbound->file) {
		write_file_name(wire, outbound->text);
		write_words(wire, " " FILE_BEGIN);
	} else {
		(void)wire_put(wire, outbound->text.data, outbound->text.len);
		write_words(wire, LINE_END);
	}
}

void
legacy_protocol_file_end(struct wire *wire)
{
	write_words(wire, FILE_END LINE_END);
}

/* The first that fits. Where `missing` is set, the text must also say that something is missing. */
static const struct {
	const char *word;
	bool missing;
	enum chat_reason reason;
} meanings[] = {
	{ .word = "anggota", .reason = CHAT_REASON_NOT_MEMBER },
	{ .word = "penuh", .reason = CHAT_REASON_INBOX_FULL },
	{ .word = "terlalu besar", .reason = CHAT_REASON_TOO_BIG },
	{ .word = "kuota", .reason = CHAT_REASON_QUOTA },
	{ .word = "parameter salah", .reason = CHAT_REASON_BAD_MESSAGE },
	{ .word = "group", .missing = true, .reason = CHAT_REASON_NO_GROUP },
	{ .word = "grup", .missing = true, .reason = CHAT_REASON_NO_GROUP },
	{ .word = "realm", .missing = true, .reason = CHAT_REASON_NO_REALM },
	{ .word = "user", .missing = true, .reason = CHAT_REASON_NO_USER },
};

static bool
says_missing(const char *text)
{
	return strcasestr(text, "tidak ada") != NULL ||
	    strcasestr(text, "tidak ditemukan") != NULL ||
	    strcasestr(text, "tidak terdaftar") != NULL;
}

static enum chat_reason
find_reason(const char *text)
{
	bool missing = says_missing(text);

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcasestr(text, meanings[i].word) != NULL && (missing || !meanings[i].missing))
			return meanings[i].reason;
	return CHAT_REASON_REFUSED;
}

static const char *
get_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

int
legacy_protocol_read(struct legacy_reply *reply, const char *data, size_t len)
{
	json_t *object = json_loadb(data, len, JSON_ALLOW_NUL, NULL);
	const char *status = get_string(object, "status");

	*reply = (struct legacy_reply){ .object = object,
		.ok = strcasecmp(status, "OK") == 0,
		.text = get_string(object, "message") };
	if (!reply->ok && strcasecmp(status, "ERROR") != 0) {
		json_decref(object);
		return -1;
	}
	if (reply->text[0] == '\0')
		reply->text = get_string(object, "data");
	reply->missing = !reply->ok && says_missing(reply->text);
	reply->reason = reply->ok ? CHAT_REASON_NONE : find_reason(reply->text);
	return 0;
}

void
legacy_protocol_free(struct legacy_reply *reply)
{
	json_decref(reply->object);
	reply->object = NULL;
}

char *
legacy_protocol_members(const struct legacy_reply *reply, size_t *n)
{
	const json_t *members = json_object_get(reply->object, "members");
	char *list = malloc(LEGACY_USERS_MAX);
	size_t len = 0, i;
	json_t *member;

	*n = 0;
	if (list == NULL)
		return NULL;
	json_array_foreach (members, i, member) {
		const char *name = json_string_value(member);
		size_t name_len = json_string_length(member);

		/* A text that is no name would change the meaning of the line. */
		if (name == NULL || !name_valid(name, name_len) ||
		    name_len + 1 > LEGACY_USERS_MAX - len || ++*n > LEGACY_MEMBERS_MAX)
			continue;
		memcpy(list + len, name, name_len);
		list[len + name_len] = ',';
		len += name_len + 1;
	}
	if (len == 0) {
		free(list);
		return NULL;
	}
	list[len - 1] = '\0';
	return list;
}

static struct chat_text
get_text(const json_t *string)
{
	return (struct chat_text){ .data = json_string_value(string),
		.len = json_string_length(string) };
}

bool
legacy_protocol_element(struct legacy_element *element, const char *data, size_t len, bool file)
{
	json_t *object = json_loadb(data, len, JSON_ALLOW_NUL, NULL);
	const json_t *msg = json_object_get(object, "msg");
	const json_t *name = json_object_get(object, "file_name");

	file &= json_is_string(name);
	/* Some servers wrap a message to several users once more for each of them. */
	while (json_is_object(msg))
		msg = json_object_get(msg, "msg");
	*element = (struct legacy_element){ .object = object,
		.from = get_text(json_object_get(object, "msg_from")),
		.text = get_text(file ? name : msg),
		.to = get_string(object, "msg_to") };
	if (element->from.data != NULL && element->text.data != NULL &&
	    (file || json_object_get(object, "file") == NULL))
		return true;
	json_decref(object);
	element->object = NULL;
	return false;
}
