/* config_tunable: what the tables of settings consist of. */
#ifndef KABAR_CONFIG_TUNABLE_H
#define KABAR_CONFIG_TUNABLE_H

#include <stddef.h>
#include <stdint.h>

enum config_type {
	CONFIG_BOOL,     /* bool: on off, yes no, true false */
	CONFIG_INT,      /* int */
	CONFIG_PORT,     /* uint16_t */
	CONFIG_DURATION, /* int64_t, seconds: 90, 90s, 5m, 12h, 30d */
	CONFIG_SIZE,     /* uint64_t, bytes: 4096, 64K, 16M, 1G */
	CONFIG_STRING,   /* char array of max + 1 */
	CONFIG_ENUM,     /* int: the value of one of the words */
};

struct config_word {
	const char *word;
	int value;
};

/* All that reading, printing and documenting a setting need. */
struct config_tunable {
	const char *name;
	enum config_type type;
	size_t offset;       /* in struct config, config_listen or config_peer */
	const char *initial; /* its text where the file has none; NULL: the file must have one */
	int64_t min;         /* of a string: bytes */
	int64_t max;
	/* Of an enum, or of a string that may be nothing else; ends with a NULL word. */
	const struct config_word *words;
	const char *(*check)(const char *s); /* of a string: NULL, or what it must be */
	const char *help;
};

/* For the rows of the tables. */
#define ARRAY_SIZE(a)   (sizeof(a) / sizeof((a)[0]))
#define FIELD(s, f)     .offset = offsetof(struct s, f)
#define TEXT(s, f)      FIELD(s, f), .min = 1, .max = sizeof(((struct s *)0)->f) - 1
#define SECONDS_PER_DAY 86400
#define KIB             1024
#define MIB             (KIB * KIB)
#define GIB             ((int64_t)KIB * MIB)

#endif
