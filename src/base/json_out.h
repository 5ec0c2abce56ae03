/*
 * A JSON writer (RFC 8259) that allocates nothing and hands its text piece by piece to a sink.
 * Commas come by themselves; which keys and values there are is left to the dialects.
 */
#ifndef KABAR_JSON_OUT_H
#define KABAR_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep objects and arrays may lie in each other. */
#define JSON_OUT_DEPTH_MAX 16

/* Takes len bytes of text. Returns 0, or anything else to stop the writing. */
typedef int (*json_out_sink)(void *arg, const char *data, size_t len);

/* The fields are json_out.c's own. */
struct json_out {
	json_out_sink sink;
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
void json_out_init(struct json_out *j, json_out_sink sink, void *arg);

/* A buffer of the caller's, which json_out_fill() fills as a json_out_sink; no NUL ends it. */
struct json_out_buffer {
	char *text;
	size_t size;
	size_t len;
};
int json_out_fill(void *buffer, const char *data, size_t len);

/* 0, or what the sink returned first; -1 if the nesting went below 0 or over JSON_OUT_DEPTH_MAX. */
int json_out_error(const struct json_out *j);

void json_out_object_begin(struct json_out *j);
void json_out_object_end(struct json_out *j);
void json_out_array_begin(struct json_out *j);
void json_out_array_end(struct json_out *j);

/* The key of the value that is written next. Keys are escaped as strings are. */
void json_out_key(struct json_out *j, const char *key);
void json_out_key_n(struct json_out *j, const char *key, size_t len);

/*
 * Strings are valid UTF-8, which is not checked here, and may hold NUL bytes. What goes out is
 * ASCII: quotes, backslashes, control characters and all beyond ASCII are escaped. Existing clients
 * decode every few bytes that they read by themselves, and break where a character is cut in two.
 */
void json_out_string(struct json_out *j, const char *s, size_t len);
void json_out_cstring(struct json_out *j, const char *s);

/* A string in pieces: begin, any number of parts, end. No character lies in two parts. */
void json_out_string_begin(struct json_out *j);
void json_out_string_part(struct json_out *j, const char *s, size_t len);
void json_out_string_cpart(struct json_out *j, const char *s);
void json_out_string_end(struct json_out *j);

/* A key and its value. */
void json_out_pair(struct json_out *j, const char *key, const char *value);
void json_out_pair_n(struct json_out *j, const char *key, const char *value, size_t len);
void json_out_pair_int(struct json_out *j, const char *key, int64_t value);

void json_out_bool(struct json_out *j, bool value);
void json_out_int(struct json_out *j, int64_t value);
void json_out_null(struct json_out *j);

#endif
