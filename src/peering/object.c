/*
 * peering_object: the writer comes first, then the reader. The reader passes over keys that it does
 * not know, so that later versions can say more.
 */
#include "peering/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/comma_list.h"
#include "base/hex.h"
#include "peering/peering.h"

static void
write_from(struct json_out *j, struct chat_text user, const char *own)
{
	json_out_key(j, "from");
	json_out_string_begin(j);
	json_out_string_part(j, user.data, user.len);
	json_out_string_part(j, "@", 1);
	json_out_string_part(j, own, strlen(own));
	json_out_string_end(j);
}

static void
write_users(struct json_out *j, struct chat_text list)
{
	struct comma_list names = comma_list(list.data, list.len);
	struct chat_text name;

	json_out_key(j, "users");
	json_out_array_begin(j);
	while (comma_list_next(&names, &name.data, &name.len))
		json_out_string(j, name.data, name.len);
	json_out_array_end(j);
}

static void
write_content(struct json_out *j, const struct chat_outbound *outbound)
{
	char hex[2 * CHAT_BLOB_HASH + 1];

	if (!outbound->file) {
		json_out_pair_n(j, "text", outbound->text.data, outbound->text.len);
		return;
	}
	hex_write(outbound->hash, CHAT_BLOB_HASH, hex);
	json_out_pair_n(j, "file", outbound->text.data, outbound->text.len);
	json_out_pair_int(j, "size", (int64_t)outbound->size);
	json_out_pair(j, "hash", hex);
}

void
peering_object_write(struct json_out *j, const struct chat_outbound *outbound, int64_t time_ms,
    const char *own)
{
	json_out_object_begin(j);
	json_out_pair_int(j, "time", time_ms);
	write_from(j, outbound->from, own);
	json_out_pair_n(j, "name", outbound->from_name.data, outbound->from_name.len);
	if (outbound->kind == CHAT_OUTBOUND_LIST)
		write_users(j, outbound->to);
	else
		json_out_pair_n(j, outbound->kind == CHAT_OUTBOUND_USER ? "to" : "group",
		    outbound->to.data, outbound->to.len);
	write_content(j, outbound);
	json_out_object_end(j);
}

/* The value's text; false: the value is no string. */
static bool
get_text(const json_t *value, struct chat_text *text)
{
	if (!json_is_string(value))
		return false;
	*text = (struct chat_text){ .data = json_string_value(value),
		.len = json_string_length(value) };
	return true;
}

/* Reads "user@realm". The realm must be the one that speaks. */
static bool
read_from(const json_t *object, const char *realm, struct chat_text *from)
{
	const char *at;

	if (!get_text(json_object_get(object, "from"), from))
		return false;
	at = memchr(from->data, '@', from->len);
	if (at == NULL || from->len - (size_t)(at - from->data) - 1 != strlen(realm) ||
	    strncasecmp(at + 1, realm, strlen(realm)) != 0)
		return false;
	from->len = (size_t)(at - from->data);
	return name_valid(from->data, from->len) && !name_reserved(from->data, from->len);
}

/* Reads the full name, which must be text on one line. */
static bool
read_name(const json_t *object, struct chat_text *name)
{
	if (!get_text(json_object_get(object, "name"), name) || name->len > CHAT_FULLNAME_MAX)
		return false;
	for (size_t i = 0; i < name->len; i++)
		if ((unsigned char)name->data[i] < ' ' || name->data[i] == 0x7f)
			return false;
	return true;
}

/* Writes the names of an array into *list, divided by commas. */
static enum chat_reason
read_users(const json_t *users, struct chat_outbound *outbound, char **list)
{
	size_t n = json_array_size(users), len = 0;
	struct chat_text name;

	if (n == 0 || n > CHAT_LIST_MAX)
		return CHAT_REASON_BAD_MESSAGE;
	*list = malloc(n * (NAME_MAX_BYTES + 1));
	if (*list == NULL)
		return CHAT_REASONS;
	for (size_t i = 0; i < n; i++) {
		if (!get_text(json_array_get(users, i), &name))
			return CHAT_REASON_BAD_MESSAGE;
		if (!name_valid(name.data, name.len))
			return CHAT_REASON_NO_USER;
		if (i > 0)
			(*list)[len++] = ',';
		memcpy(*list + len, name.data, name.len);
		len += name.len;
	}
	outbound->to = (struct chat_text){ .data = *list, .len = len };
	return CHAT_REASON_NONE;
}

/* Reads the target, which is exactly one of three. No user or group has an invalid name. */
static enum chat_reason
read_to(const json_t *object, struct chat_outbound *outbound, char **list)
{
	const json_t *user = json_object_get(object, "to"), *users, *group;

	users = json_object_get(object, "users");
	group = json_object_get(object, "group");
	if ((user != NULL) + (users != NULL) + (group != NULL) != 1)
		return CHAT_REASON_BAD_MESSAGE;
	if (users != NULL) {
		outbound->kind = CHAT_OUTBOUND_LIST;
		return json_is_array(users) ? read_users(users, outbound, list)
		                            : CHAT_REASON_BAD_MESSAGE;
	}
	outbound->kind = user != NULL ? CHAT_OUTBOUND_USER : CHAT_OUTBOUND_GROUP;
	if (!get_text(user != NULL ? user : group, &outbound->to))
		return CHAT_REASON_BAD_MESSAGE;
	if (name_valid(outbound->to.data, outbound->to.len))
		return CHAT_REASON_NONE;
	return user != NULL ? CHAT_REASON_NO_USER : CHAT_REASON_NO_GROUP;
}

static bool
read_hash(const json_t *value, unsigned char hash[CHAT_BLOB_HASH])
{
	struct chat_text text;

	return get_text(value, &text) &&
	    hex_read(text.data, text.len, hash, CHAT_BLOB_HASH) == CHAT_BLOB_HASH;
}

/* Clients ask for a file by its name, as one word of a line. */
static bool
is_word(struct chat_text text)
{
	return memchr(text.data, ' ', text.len) == NULL &&
	    memchr(text.data, '\n', text.len) == NULL;
}

/* Reads the offer of a file. Its name must not be a path. */
static enum chat_reason
read_file(struct chat_outbound *outbound, const json_t *object)
{
	const json_t *size = json_object_get(object, "size");
	struct chat_text given;

	if (!get_text(json_object_get(object, "file"), &given) || !json_is_integer(size) ||
	    json_integer_value(size) < 0 ||
	    !read_hash(json_object_get(object, "hash"), outbound->hash))
		return CHAT_REASON_BAD_MESSAGE;
	outbound->size = (uint64_t)json_integer_value(size);
	if (chat_file_name(given, &outbound->text) != CHAT_OK || outbound->text.len != given.len ||
	    !is_word(given))
		return CHAT_REASON_BAD_FILE;
	return CHAT_REASON_NONE;
}

static enum chat_reason
read_text(struct chat_outbound *outbound, const json_t *object)
{
	if (!get_text(json_object_get(object, "text"), &outbound->text) || outbound->text.len == 0)
		return CHAT_REASON_BAD_MESSAGE;
	return outbound->text.len > CHAT_TEXT_MAX ? CHAT_REASON_TOO_BIG : CHAT_REASON_NONE;
}

/* Returns why the object is refused, NONE, or CHAT_REASONS without memory. */
static enum chat_reason
read_object(const json_t *object, const char *realm, struct chat_inbound *inbound, char **list)
{
	const json_t *sent = json_object_get(object, "time");
	struct chat_outbound *outbound = &inbound->outbound;
	enum chat_reason reason;

	if (!json_is_object(object) || !json_is_integer(sent) || json_integer_value(sent) < 0 ||
	    !read_from(object, realm, &outbound->from) || !read_name(object, &outbound->from_name))
		return CHAT_REASON_BAD_MESSAGE;
	inbound->time_ms = json_integer_value(sent);
	reason = outbound->file ? read_file(outbound, object) : read_text(outbound, object);
	return reason == CHAT_REASON_NONE ? read_to(object, outbound, list) : reason;
}

int
peering_object_read(const json_t *object, const char *realm, struct chat_inbound *inbound,
    char **list)
{
	enum chat_reason reason = read_object(object, realm, inbound, list);

	if (reason == CHAT_REASONS)
		return -1;
	inbound->refused = reason;
	return 0;
}
