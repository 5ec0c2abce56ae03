/* dialect_irc_numeric: the texts by their numbers. */
#include "dialect/irc/numeric.h"

#include <stddef.h>

#define NUMERICS_END                     1000 /* numerics have three digits */
#define NUMERIC_TEXT(name, number, text) [number] = (text),

static const char *const texts[NUMERICS_END] = { IRC_NUMERICS(NUMERIC_TEXT) };

const char *
dialect_irc_numeric_text(enum irc_numeric numeric)
{
	return texts[numeric];
}
