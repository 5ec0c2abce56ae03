/*
 * bench_other: servers of other makes, each with a configuration and data of its own, started when
 * it is first asked for.
 */
#ifndef BENCH_OTHER_H
#define BENCH_OTHER_H

#include "bench_run.h"

/*
 * The port of such a server on 127.0.0.1; BENCH_SKIPPED when its program is not installed, or -1
 * with a sentence printed. All of XMPP serve the domain OTHER_DOMAIN, without TLS, and everybody
 * may register.
 */
int other_server(struct bench *, enum bench_other);

#define OTHER_DOMAIN "localhost"

#endif
