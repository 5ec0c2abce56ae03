/*
 * A JSON writer (RFC 8259) that allocates nothing and hands its text piece by piece to a sink.
 * Commas come by themselves; which keys and values there are is left to the dialects.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep objects and arrays may lie in each other. */
#define JSON_DEPTH_MAX 16

/* Takes len bytes of text. Returns 0, or anything else to stop the writing. */
typedef int (*json_sink)(void *arg, const char *data, size_t len);

/* The fields are json.c's own. */
struct json {
	json_sink sink;
	void *arg;
	uint32_t filled; /* a bit for each depth: something stands there, a comma comes next */
	unsigned depth;
	bool after_key;
	int error;
};

/*
 * Begins a text; sink and arg must outlive the writing. The text has no spaces and no line ends.
 * An error is remembered, and nothing more reaches the sink.
 */
void json_init(struct json *j, json_sink sink, void *arg);

/* 0, or what the sink returned first; -1 if the nesting went below 0 or over JSON_DEPTH_MAX. */
int json_error(const struct json *j);

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);

/* The key of the value that is written next. Keys are escaped as strings are. */
void json_key(struct json *j, const char *key);
void json_key_n(struct json *j, const char *key, size_t len);

/*
 * Strings are valid UTF-8, which is not checked here, and may hold NUL bytes. Quotes, backslashes
 * and control characters are escaped, all else goes out as it is.
 */
void json_string(struct json *j, const char *s, size_t len);
void json_cstring(struct json *j, const char *s);

/* A string in pieces: begin, any number of parts, end. The parts are escaped. */
void json_string_begin(struct json *j);
void json_string_part(struct json *j, const char *s, size_t len);
void json_string_end(struct json *j);

void json_bool(struct json *j, bool value);
void json_int(struct json *j, int64_t value);
void json_null(struct json *j);

#endif
