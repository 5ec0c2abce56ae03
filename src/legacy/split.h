/*
 * legacy_split: cuts the reply of a legacy peer that hands messages over into its elements, byte by
 * byte as they come, so that no reply is ever in memory as a whole: the objects in the array
 * "messages", their files, and what is around the array. A pure function of the bytes; the meaning
 * of the pieces, which are JSON and may be bad JSON, is left to legacy_protocol.
 */
#ifndef KABAR_LEGACY_SPLIT_H
#define KABAR_LEGACY_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEGACY_SPLIT_ELEMENT_MAX  (512 * 1024) /* bytes of an element without its file */
#define LEGACY_SPLIT_ENVELOPE_MAX (16 * 1024)  /* bytes around the array */
#define LEGACY_SPLIT_DEPTH_MAX    16           /* containers in one another */
#define LEGACY_SPLIT_MARKS_MAX    128          /* commas, colons and brackets of an element */
#define LEGACY_SPLIT_KEY_MAX      16

enum legacy_split_event {
	LEGACY_SPLIT_MORE,    /* all bytes are taken */
	LEGACY_SPLIT_ELEMENT, /* `element` is whole, good until the next call */
	LEGACY_SPLIT_CONTENT, /* a piece of its file in `content`, good until the next call */
	LEGACY_SPLIT_END,     /* the reply is whole: see `envelope` */
	LEGACY_SPLIT_BAD      /* it is no reply, or there is no memory */
};

struct legacy_split_text {
	char *data;
	size_t len;
	size_t room;
};

/* All fields but these are split.c's own: envelope, element, too_long, file, content, elements. */
struct legacy_split {
	struct legacy_split_text envelope; /* with an empty array */
	struct legacy_split_text element;  /* with an empty text for the content of its file */
	bool too_long;                     /* the element has more than elements may have */
	bool file;                         /* it has the content of a file */
	const char *content;
	size_t content_len;
	uint64_t elements; /* that have begun */

	unsigned int place;
	unsigned int depth;
	unsigned int marks;
	bool in_text;
	bool escaped;
	bool is_value;  /* a colon came, and no comma since */
	bool array_had; /* the array has come */
	char key[LEGACY_SPLIT_KEY_MAX];
	size_t key_len;
	unsigned int hex_left; /* digits of \uXXXX */
	unsigned int code;
	char byte; /* an escaped one of the content */
};

/* Nothing has come yet. */
void legacy_split_init(struct legacy_split *);
void legacy_split_free(struct legacy_split *);
/* Goes on with the bytes at *data, and moves past those that it takes, up to an event. */
enum legacy_split_event legacy_split_next(struct legacy_split *, const char **data, size_t *len);

#endif
