/*
 * stream: bytes to and from a connection, plain or in TLS. All of it but stream_write_all()
 * is non-blocking, with the errnos of read() and write(): its users need not know which it is.
 * Buffers and lines are left to them; which certificates are shown and believed, to those who made
 * the context.
 */
#ifndef KABAR_STREAM_H
#define KABAR_STREAM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/greeting.h"

struct tls;
struct tls_config;
struct tls_lib;

/* With the other side, when it does not take what stream_write_all() writes. */
struct stream_patience {
	int timeout_ms; /* for a wait without progress; negative: for ever */
	uint64_t
	    rate; /* bytes a second that it takes at least, over timeout_ms of waiting; 0: any */
	int64_t due_ms;    /* monotonic; no wait lasts longer; 0: there is no such end */
	int64_t waited_ms; /* stream_write_all()'s own: since the rate was last looked at */
	uint64_t taken;    /* and so many bytes were taken */
};

/* The fields are stream.c's own, but for the patience. */
struct stream {
	int in_fd;
	int out_fd;
	struct tls *tls; /* NULL: plain */
	const struct tls_lib *lib;
	short read_wait;  /* poll events without which a read cannot go on */
	short write_wait; /* and a write */
	bool out_is_socket;
	bool ended;        /* the other side has hung up */
	bool shaken;       /* the handshake is done */
	bool broken;       /* TLS failed, for good */
	bool mute;         /* no goodbye is said */
	bool unfetched;    /* TLS may have more that poll() does not see */
	int lost;          /* beneath TLS: errno of the failure that broke the connection, or 0 */
	uint64_t written;  /* bytes that the kernel has taken, beneath TLS */
	uint64_t received; /* bytes that were read, above TLS */
	struct stream_patience patience; /* set by its users */
	char first[GREETING_MAX];        /* beneath TLS: the first bytes of the other side */
	size_t n_first;
};

/* Plain, with endless patience; both descriptors are made non-blocking and stay the caller's. */
void stream_init(struct stream *, int in_fd, int out_fd);
/*
 * In TLS from here on, as the side that dials or as the one that accepts; the handshake is still
 * to come. The stream stays where it is until stream_free(). 0, or -1 with a sentence in error.
 */
int stream_dial(struct stream *, struct tls_config *, char *error, size_t size);
int stream_accept(struct stream *, struct tls *server, char *error, size_t size);
/* Says goodbye, if that can be done at once, and frees the context; the descriptors stay open. */
void stream_free(struct stream *);
/* stream_free() then says no goodbye, so that the other side sees no orderly end. */
void stream_skip_goodbye(struct stream *);

/*
 * Like read() and write(): -1 with EAGAIN when it would have to wait, then the events for poll()
 * are in stream_read_events / stream_write_events (TLS may have to write in order to read). A
 * broken TLS is EPROTO; stream_error() says why. Reads may have to be repeated until
 * EAGAIN: TLS keeps what poll() does not see. A read of 0 is the end, with TLS's goodbye or
 * without: a protocol must tell by itself whether its data are whole. On a pipe the caller
 * has SIGPIPE ignored.
 * A write that gave EAGAIN must be repeated with the same bytes (more may follow them, and they
 * may have moved): TLS has begun to send them. Writing nothing is 0.
 */
ssize_t stream_read(struct stream *, void *, size_t);
ssize_t stream_write(struct stream *, const void *, size_t);
/*
 * Writes all of it, waiting where it must. 0, or -1 with errno: ETIMEDOUT when the stream's
 * patience has come to its end.
 */
int stream_write_all(struct stream *, const char *, size_t);
/* The events for poll(), and the descriptor that they are awaited on. */
short stream_read_events(const struct stream *);
int stream_read_fd(const struct stream *);
short stream_write_events(const struct stream *);
int stream_write_fd(const struct stream *);
/* Whether a read may give something that poll() does not see: to be read before waiting. */
bool stream_pending(const struct stream *);
/* The last failure of TLS as a sentence, or NULL. */
const char *stream_error(const struct stream *);
/* After a handshake that broke: what the other side seems to speak if that is not TLS; else NULL.
 */
const char *stream_seems(const struct stream *);
/*
 * The handshake alone: 0 done, -1 with EAGAIN (both kinds of events say what for), -1 broken. The
 * dialling side may be done before the other has looked at its certificate: a refusal then comes
 * with the first read.
 */
int stream_handshake(struct stream *);
/* Bytes that were read from the beginning on. */
uint64_t stream_received(const struct stream *);
/* Bytes written to a socket that the other side's kernel has not acknowledged; -1 of a pipe. */
int stream_unacknowledged(int fd);
/* Bytes that it has acknowledged, beneath TLS; 0 where that cannot be told. */
uint64_t stream_acknowledged(const struct stream *);
/*
 * Whether it has acknowledged everything, on a connection that was not reset. False of a pipe. One
 * that acknowledged everything and then closed in good order has it.
 */
bool stream_delivered(const struct stream *);
/* The other side's certificate's fingerprint, or NULL where there is none. After the handshake. */
const char *stream_peer_fingerprint(const struct stream *);

#endif
