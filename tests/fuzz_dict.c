/*
 * A fuzz target for the dictionary reader: no bytes may lead it out of them or to contradict
 * itself, and JSON reads as jansson reads it. `make check` replays tests/corpus/dict and some
 * mutations of it. To look for more, with clang, from the top of the tree:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -DFUZZ_ENGINE -Isrc -Itests -o fuzz_dict \
 *       tests/fuzz_dict.c src/dict.c src/dict_decode.c -ljansson
 *   ./fuzz_dict -max_len=4096 new-corpus tests/corpus/dict
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/room/room_syntax.h"
#include "fuzz_replay.h"

static const char *const names[] = { "FLAG", "SENDER", "RECEIVER", "CONTENT", "TYPE", "username",
	"password", NULL };

static bool
within(const char *part, size_t part_len, const char *data, size_t len)
{
	return part >= data && part_len <= len && (size_t)(part - data) <= len - part_len;
}

/* The value, decoded; to be freed. NULL when it holds half of a surrogate pair. */
static char *
decode(const struct dict_pair *pair, size_t *len)
{
	char *out = malloc(pair->value_len == 0 ? 1 : pair->value_len);

	DEMAND(out != NULL);
	if (dict_decode(pair, out, pair->value_len, len) == 0) {
		DEMAND(*len <= pair->value_len);
		return out;
	}
	DEMAND(pair->escaped);
	free(out);
	return NULL;
}

static enum dict_result
read_all(struct dict *dict, const char *data, size_t len, unsigned int depth)
{
	struct dict inner;
	struct dict_pair pair;
	enum dict_result result;
	unsigned int pairs = 0;
	size_t decoded_len;

	while ((result = dict_next(dict, &pair)) == DICT_PAIR) {
		DEMAND(++pairs <= DICT_PAIRS_MAX && depth < DICT_DEPTH_MAX);
		DEMAND(pair.key_len <= DICT_KEY_MAX);
		DEMAND(within(pair.key, pair.key_len, data, len));
		DEMAND(within(pair.value, pair.value_len, data, len));
		DEMAND(pair.value >= pair.key + pair.key_len);
		free(decode(&pair, &decoded_len));
		if (pair.kind != DICT_DICT)
			continue;
		dict_enter(&inner, dict, &pair);
		DEMAND(read_all(&inner, pair.value, pair.value_len, depth + 1) == DICT_END);
		DEMAND(inner.at == pair.value + pair.value_len);
	}
	DEMAND(dict_next(dict, &pair) == result);
	return result;
}

/* Whether JSON has this value, too. */
static void
compare_value(const struct dict_pair *pair, const json_t *value)
{
	size_t len;
	char *text;

	DEMAND(value != NULL);
	DEMAND((pair->kind == DICT_DICT) == json_is_object(value));
	DEMAND((pair->kind == DICT_LIST) == json_is_array(value));
	if (!json_is_string(value))
		return;
	text = decode(pair, &len);
	DEMAND(text != NULL && len == json_string_length(value));
	DEMAND(memcmp(text, json_string_value(value), len) == 0);
	free(text);
}

static void
compare(struct dict *dict, const json_t *object)
{
	struct dict inner;
	struct dict_pair pair;
	enum dict_result result;
	size_t pairs = 0;

	while ((result = dict_next(dict, &pair)) == DICT_PAIR) {
		char key[DICT_KEY_MAX + 1] = { 0 };
		json_t *value;

		memcpy(key, pair.key, pair.key_len);
		value = json_object_get(object, key);
		compare_value(&pair, value);
		if (pair.kind == DICT_DICT) {
			dict_enter(&inner, dict, &pair);
			compare(&inner, value);
		}
		pairs++;
	}
	DEMAND(result == DICT_TOO_DEEP || result == DICT_TOO_MANY ||
	    (result == DICT_END && pairs == json_object_size(object)));
}

/* Whether all keys are such as dict.h promises to read. */
static bool
plain_keys(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		if (strlen(key) > DICT_KEY_MAX || strpbrk(key, "=\"\\") != NULL)
			return false;
		for (const char *c = key; *c != '\0'; c++)
			if ((unsigned char)*c < ' ')
				return false;
		if (json_is_object(value) && !plain_keys(value))
			return false;
	}
	return true;
}

static void
compare_text(const char *text, size_t len, const json_t *object)
{
	struct dict dict;

	dict_init(&dict, text, len, names);
	compare(&dict, object);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	struct dict dict;

	dict_init(&dict, data, size, names);
	read_all(&dict, data, size, 0);
	dict_init(&dict, data, size, NULL);
	read_all(&dict, data, size, 0);
	if (json_is_object(json) && plain_keys(json)) {
		/* In jansson's own writing keys are not escaped without need. */
		char *text = json_dumps(json, JSON_COMPACT);

		DEMAND(text != NULL);
		compare_text(text, strlen(text), json);
		free(text);
		if (memchr(data, '\\', size) == NULL)
			compare_text(data, size, json);
	}
	json_decref(json);
	return 0;
}

#ifndef FUZZ_ENGINE

int
main(void)
{
	static const char *const words[] = { "“", "”", "\"", "{", "}", "[", "]", ",", "=", ":", " ",
		"\\", "\\u", "\\ud83d", "TYPE=", "“TYPE=“", "\"a\":", "},", "{a=", ", “", "\xe2",
		NULL };

	return fuzz_replay("dict", words);
}

#endif
