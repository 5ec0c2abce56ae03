/* dialect_room_request: the fields of a request, their escapes decoded. */
#include "dialect/room/request.h"

#include "base/utf8.h"
#include "dialect/room/syntax.h"

/* Also the words at which bare values end. */
static const char *const keys[ROOM_FIELDS + 1] = {
	[ROOM_FLAG] = "FLAG",
	[ROOM_SENDER] = "SENDER",
	[ROOM_RECEIVER] = "RECEIVER",
	[ROOM_CONTENT] = "CONTENT",
	[ROOM_TYPE] = "TYPE",
	[ROOM_USERNAME] = "username",
	[ROOM_PASSWORD] = "password",
};

static const char *const refusals[ROOM_SYNTAX_RESULTS] = {
	[ROOM_SYNTAX_NO_BRACE] = "permintaan harus diawali dengan {",
	[ROOM_SYNTAX_UNCLOSED] = "permintaan tidak diakhiri dengan }",
	[ROOM_SYNTAX_NO_KEY] = "permintaan bukan dictionary: KUNCI = nilai",
	[ROOM_SYNTAX_TOO_DEEP] = "dictionary bersarang terlalu dalam",
	[ROOM_SYNTAX_TOO_MANY] = "terlalu banyak atribut",
};

static enum room_field
field_of(const struct room_pair *pair)
{
	enum room_field field = 0;

	while (field < ROOM_FIELDS && !dialect_room_syntax_key_is(pair, keys[field]))
		field++;
	return field;
}

/* False when the value's escapes are no text. */
static bool
read_value(struct room_request *request, enum room_field field, const struct room_pair *pair)
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

/* The pairs of an object; the one in CONTENT has the fields from ROOM_USERNAME on. */
static const char *
read_pairs(struct room_request *request, struct room_reader *reader, bool in_content)
{
	enum room_syntax_result result;
	struct room_pair pair;

	while ((result = dialect_room_syntax_next(reader, &pair)) == ROOM_SYNTAX_PAIR) {
		enum room_field field = field_of(&pair);

		if (field == ROOM_FIELDS || (field >= ROOM_USERNAME) != in_content)
			continue;
		if (!read_value(request, field, &pair))
			return "escape yang salah";
		if (field == ROOM_CONTENT && pair.kind == ROOM_SYNTAX_OBJECT) {
			struct room_reader inner;

			dialect_room_syntax_enter(&inner, reader, &pair);
			const char *refusal = read_pairs(request, &inner, true);
			if (refusal != NULL)
				return refusal;
		}
	}
	return result == ROOM_SYNTAX_END ? NULL : refusals[result];
}

const char *
dialect_room_request_read(struct room_request *request, const struct frame_line *line)
{
	struct room_reader reader;

	request->name = chat_text("");
	request->used = 0;
	for (enum room_field field = 0; field < ROOM_FIELDS; field++)
		request->fields[field] = chat_text("");
	if (!utf8_valid(line->data, line->len))
		return "permintaan bukan UTF-8";
	dialect_room_syntax_init(&reader, line->data, line->len, keys);
	return read_pairs(request, &reader, false);
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
