/*
 * dialect_room_request: a line of the room dialect taken apart. What is then done is left to
 * dialect_room_verb.
 */
#include "dialect/room/room_request.h"

#include "base/utf8.h"
#include "dialect/room/room_syntax.h"

/* Also those at which bare values end. */
static const char *const keys[ROOM_FIELDS + 1] = {
	[ROOM_FLAG] = "FLAG",
	[ROOM_SENDER] = "SENDER",
	[ROOM_RECEIVER] = "RECEIVER",
	[ROOM_CONTENT] = "CONTENT",
	[ROOM_TYPE] = "TYPE",
	[ROOM_USERNAME] = "username",
	[ROOM_PASSWORD] = "password",
};

static const char *const refusals[DIALECT_ROOM_SYNTAX_RESULTS] = {
	[DIALECT_ROOM_SYNTAX_NO_BRACE] = "permintaan harus diawali dengan {",
	[DIALECT_ROOM_SYNTAX_UNCLOSED] = "permintaan tidak diakhiri dengan }",
	[DIALECT_ROOM_SYNTAX_NO_KEY] = "permintaan bukan dictionary: KUNCI = nilai",
	[DIALECT_ROOM_SYNTAX_TOO_DEEP] = "dictionary bersarang terlalu dalam",
	[DIALECT_ROOM_SYNTAX_TOO_MANY] = "terlalu banyak atribut",
};

static enum room_field
field_of(const struct dialect_room_syntax_pair *pair)
{
	enum room_field field = 0;

	while (field < ROOM_FIELDS && !dialect_room_syntax_key_is(pair, keys[field]))
		field++;
	return field;
}

/* False when the value's escapes make no text. */
static bool
take_value(struct room_request *request, enum room_field field,
    const struct dialect_room_syntax_pair *pair)
{
	char *decoded = request->decoded + request->used;
	size_t len;

	request->fields[field] = (struct chat_text){ .data = pair->value, .len = pair->value_len };
	if (!pair->escaped)
		return true;
	/* All values together are not longer than the line. */
	if (dialect_room_decode(pair, decoded, sizeof(request->decoded) - request->used, &len) != 0)
		return false;
	request->fields[field] = (struct chat_text){ .data = decoded, .len = len };
	request->used += len;
	return true;
}

/* The pairs of a dictionary; in the one in CONTENT stand the fields from ROOM_USERNAME on. */
static const char *
read_pairs(struct room_request *request, struct dialect_room_syntax *dict, bool in_content)
{
	enum dialect_room_syntax_result result;
	struct dialect_room_syntax_pair pair;

	while ((result = dialect_room_syntax_next(dict, &pair)) == DIALECT_ROOM_SYNTAX_PAIR) {
		enum room_field field = field_of(&pair);

		if (field == ROOM_FIELDS || (field >= ROOM_USERNAME) != in_content)
			continue;
		if (!take_value(request, field, &pair))
			return "escape yang salah";
		if (field == ROOM_CONTENT && pair.kind == DIALECT_ROOM_SYNTAX_DICT) {
			struct dialect_room_syntax inner;

			dialect_room_syntax_enter(&inner, dict, &pair);
			const char *refusal = read_pairs(request, &inner, true);
			if (refusal != NULL)
				return refusal;
		}
	}
	return result == DIALECT_ROOM_SYNTAX_END ? NULL : refusals[result];
}

const char *
dialect_room_request_read(struct room_request *request, const struct frame_line *line)
{
	struct dialect_room_syntax dict;

	request->name = chat_text("");
	request->used = 0;
	for (enum room_field field = 0; field < ROOM_FIELDS; field++)
		request->fields[field] = chat_text("");
	if (!utf8_valid(line->data, line->len))
		return "permintaan bukan UTF-8";
	dialect_room_syntax_init(&dict, line->data, line->len, keys);
	return read_pairs(request, &dict, false);
}

struct chat_text
dialect_room_request_name(const struct room_request *request, enum room_field field)
{
	struct chat_text name = request->fields[field];

	while (name.len > 0 && name.data[name.len - 1] == ' ')
		name.len--;
	while (name.len > 0 && name.data[0] == ' ') {
		name.data++;
		name.len--;
	}
	return name;
}
