/*
 * greeting: whether the first bytes of a client may begin a request of a dialect, and what they
 * look like if not. It knows bytes only; what such a client is told is left to worker.
 */
#ifndef KABAR_GREETING_H
#define KABAR_GREETING_H

#include <stdbool.h>
#include <stddef.h>

#define GREETING_HTTP "an HTTP request" /* as greeting_judge() says it */
#define GREETING_MAX  16                /* so many bytes are looked at */

enum greeting {
	GREETING_GOOD,    /* a request may begin so */
	GREETING_STRANGE, /* no request does */
	GREETING_OPEN,    /* the next byte shows it */
};

/*
 * Judges the first bytes of a connection, one at least. Of GREETING_STRANGE *seems says what they
 * look like, for the log.
 */
enum greeting greeting_judge(const char *data, size_t len, const char **seems);
/* Whether this is how TLS begins. */
bool greeting_is_tls(const char *data, size_t len);

#endif
