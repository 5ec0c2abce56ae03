/* dialect_names: a list of names in a reply. */
#include "dialect/names.h"

#include <bsd/string.h>
#include <stdlib.h>

#include "base/vector.h"

enum chat_result
dialect_names_add(struct dialect_names *names, const char *name)
{
	char(*added)[CHAT_BLOCK_TEXT] = vector_add(&names->list, &names->n, sizeof(*added));

	if (added == NULL)
		return CHAT_FAILED;
	strlcpy(*added, name, sizeof(*added));
	return CHAT_OK;
}

static void
empty(struct dialect_names *names)
{
	free(names->list);
	*names = (struct dialect_names){ .n = 0 };
}

void
dialect_names_write(struct dialect_names *names, struct json_out *json, const char *key)
{
	json_out_key(json, key);
	json_out_array_begin(json);
	for (size_t i = 0; i < names->n; i++)
		json_out_cstring(json, names->list[i]);
	json_out_array_end(json);
	empty(names);
}

enum chat_result
dialect_names_reply(struct dialect_names *names, struct dialog *dialog, const char *key,
    enum chat_result read)
{
	struct json_out json;

	if (read != CHAT_OK) {
		empty(names);
		return read;
	}
	dialect_line_begin(dialog, &json, "OK");
	dialect_names_write(names, &json, key);
	return dialect_line_end(dialog, &json);
}
