/*
 * legacy_reply: what an older server answers, taken apart. No two of them have quite the
 * same texts, so an error is known by what it is about.
 */
#include "legacy/reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "legacy/request.h"

/* The first that fits. Where `missing` is set, the text has to say that it is not there. */
static const struct {
	const char *word;
	bool missing;
	enum chat_reason reason;
} meanings[] = {
	{ "anggota", false, CHAT_REASON_NOT_MEMBER },
	{ "penuh", false, CHAT_REASON_INBOX_FULL },
	{ "terlalu besar", false, CHAT_REASON_TOO_BIG },
	{ "kuota", false, CHAT_REASON_QUOTA },
	{ "parameter salah", false, CHAT_REASON_BAD_MESSAGE },
	{ "group", true, CHAT_REASON_NO_GROUP },
	{ "grup", true, CHAT_REASON_NO_GROUP },
	{ "realm", true, CHAT_REASON_NO_REALM },
	{ "user", true, CHAT_REASON_NO_USER },
};

static bool
says_missing(const char *text)
{
	return strcasestr(text, "tidak ada") != NULL ||
	    strcasestr(text, "tidak ditemukan") != NULL ||
	    strcasestr(text, "tidak terdaftar") != NULL;
}

static enum chat_reason
reason_of(const char *text)
{
	bool missing = says_missing(text);

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcasestr(text, meanings[i].word) != NULL && (missing || !meanings[i].missing))
			return meanings[i].reason;
	return CHAT_REASON_REFUSED;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

int
legacy_reply_read(struct legacy_reply *reply, const char *data, size_t len)
{
	json_t *object = json_loadb(data, len, JSON_ALLOW_NUL, NULL);
	const char *status = text_of(object, "status");

	*reply = (struct legacy_reply){ .object = object,
		.ok = strcasecmp(status, "OK") == 0,
		.text = text_of(object, "message") };
	if (!reply->ok && strcasecmp(status, "ERROR") != 0) {
		json_decref(object);
		return -1;
	}
	if (reply->text[0] == '\0')
		reply->text = text_of(object, "data");
	reply->missing = !reply->ok && says_missing(reply->text);
	reply->reason = reply->ok ? CHAT_REASON_NONE : reason_of(reply->text);
	return 0;
}

void
legacy_reply_free(struct legacy_reply *reply)
{
	json_decref(reply->object);
	reply->object = NULL;
}

char *
legacy_reply_members(const struct legacy_reply *reply)
{
	const json_t *members = json_object_get(reply->object, "members");
	char *list = malloc(LEGACY_LINK_ADDRESSEES);
	size_t len = 0, i;
	json_t *member;

	if (list == NULL)
		return NULL;
	json_array_foreach (members, i, member) {
		const char *name = json_string_value(member);
		size_t name_len = name == NULL ? 0 : json_string_length(member);

		/* What is no name would become something else in the line. */
		if (!name_valid(name == NULL ? "" : name, name_len) ||
		    name_len + 1 > LEGACY_LINK_ADDRESSEES - len)
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
bytes_of(const json_t *string)
{
	return (struct chat_text){ .data = json_string_value(string),
		.len = json_string_length(string) };
}

/* False when it is nothing that can be shown. */
static bool
read_message(struct chat_legacy_pull *item, const json_t *entry)
{
	const json_t *msg = json_object_get(entry, "msg");
	const json_t *name = json_object_get(entry, "file_name");

	*item = (struct chat_legacy_pull){ .from = bytes_of(json_object_get(entry, "msg_from")),
		.content = bytes_of(json_object_get(entry, "file_content")) };
	item->file = json_is_string(name) && item->content.data != NULL;
	/* One to several users some servers wrap once more for each of them. */
	while (json_is_object(msg))
		msg = json_object_get(msg, "msg");
	item->text = bytes_of(item->file ? name : msg);
	return item->from.data != NULL && item->text.data != NULL &&
	    (item->file || json_object_get(entry, "file") == NULL);
}

int
legacy_reply_messages(const struct legacy_reply *reply, const char *user,
    struct chat_legacy_pull **list, size_t *n, bool *by_name)
{
	const json_t *messages = json_object_get(reply->object, "messages");
	size_t count = json_array_size(messages), i;
	json_t *entry;

	*n = 0;
	*by_name = true;
	*list = calloc(count == 0 ? 1 : count, sizeof(**list));
	if (*list == NULL)
		return -1;
	json_array_foreach (messages, i, entry) {
		*by_name &= strcasecmp(text_of(entry, "msg_to"), user) == 0;
		*n += read_message(&(*list)[*n], entry);
	}
	return 0;
}
