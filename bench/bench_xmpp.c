/*
 * bench_xmpp: clients of an XMPP server (RFC 6120, 6121), without TLS: they register, log in, send
 * to users who are offline, and read what was stored. The acknowledgement that a sender waits for
 * is that of stream management (XEP-0198), asked for behind each message.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "bench_fill.h"
#include "bench_offline.h"
#include "bench_other.h"

#define SENDERS 64 /* accounts 0 ... */
#define STREAM                                                                            \
	"<?xml version='1.0'?><stream:stream to='" OTHER_DOMAIN "' xmlns='jabber:client'" \
	" xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
#define FEATURES   "</stream:features>"
#define RESULT     "type='result'"
#define MANAGEMENT "xmlns='urn:xmpp:sm:3'/>"
#define LEAVE      "<presence type='unavailable'/></stream:stream>"
#define SILENCE_MS 20000
#define REST_MS    300 /* a message that comes twice comes by then */

/* XEP-0077, any number of them on one stream. */
static int
register_accounts(int port, unsigned int first, unsigned int count)
{
	char request[LOAD_REQUEST];
	int fd = load_connect(port), status;

	if (fd < 0)
		return -1;
	status = offline_ask(fd, STREAM, FEATURES, NULL);
	for (unsigned int i = 0; i < count && status == 0; i++) {
		snprintf(request, sizeof(request),
		    "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>" FILL_NAME
		    "</username><password>" FILL_PASSWORD "</password></query></iq>",
		    first + i);
		status = offline_ask(fd, request, RESULT, NULL);
	}
	close(fd);
	return status;
}

/* Logs in by SASL PLAIN (RFC 4616) and binds a resource. */
static int
log_in(int fd, unsigned int account)
{
	char plain[64], encoded[128], request[LOAD_REQUEST];
	int len = snprintf(plain, sizeof(plain), "%c" FILL_NAME "%c" FILL_PASSWORD, 0, account, 0);
	struct base64_encoder encoder;

	base64_encode_init(&encoder);
	ssize_t n = base64_encode(&encoder, (const unsigned char *)plain, (size_t)len, encoded,
	    sizeof(encoded) - BASE64_TAIL_MAX);
	n += (ssize_t)base64_encode_end(&encoder, encoded + n);
	snprintf(request, sizeof(request),
	    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%.*s</auth>", (int)n,
	    encoded);
	if (offline_ask(fd, STREAM, FEATURES, NULL) != 0 ||
	    offline_ask(fd, request, "<success", NULL) != 0 ||
	    offline_ask(fd, STREAM, FEATURES, NULL) != 0)
		return -1;
	return offline_ask(fd,
	    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", RESULT,
	    NULL);
}

/* The senders are not present: nothing comes to them but acknowledgements. */
static int
open_senders(struct offline *offline)
{
	for (unsigned int i = 0; i < offline->row->n; i++)
		if (load_open(&offline->load, offline->port, 1) != 0 ||
		    log_in(load_fd(&offline->load, i), i) != 0 ||
		    offline_ask(load_fd(&offline->load, i), "<enable " MANAGEMENT, MANAGEMENT,
		        NULL) != 0)
			return -1;
	return 0;
}

static size_t
xmpp_request(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)arg;
	return (size_t)snprintf(out, LOAD_REQUEST,
	    "<message type='chat' to='" FILL_NAME "@" OTHER_DOMAIN "'><body>%s</body></message>"
	    "<r " MANAGEMENT,
	    OFFLINE_FIRST + (unsigned int)((client + turn) % OFFLINE_COUNT), fill_text());
}

/* All who were offline read what comes: until it is what was expected, and a little longer. */
static int
read_stored(struct pollfd *fds, uint64_t expected, uint64_t *stored)
{
	struct needle bodies[OFFLINE_COUNT];
	char data[65536];

	for (size_t i = 0; i < OFFLINE_COUNT; i++)
		bodies[i] = (struct needle){ .text = "</body>" };
	while (poll(fds, OFFLINE_COUNT, *stored < expected ? SILENCE_MS : REST_MS) > 0) {
		*stored = 0;
		for (size_t i = 0; i < OFFLINE_COUNT; i++) {
			ssize_t got = recv(fds[i].fd, data, sizeof(data), MSG_DONTWAIT);

			if (got == 0)
				return -1;
			if (got > 0)
				offline_look(&bodies[i], data, (size_t)got);
			*stored += bodies[i].found;
		}
	}
	return load_stopped() ? -1 : 0;
}

static int
count_stored(struct offline *offline, uint64_t expected, uint64_t *stored)
{
	struct pollfd fds[OFFLINE_COUNT];
	struct load load = { 0 };
	int status = load_open(&load, offline->port, OFFLINE_COUNT);

	for (unsigned int i = 0; i < OFFLINE_COUNT && status == 0; i++) {
		fds[i] = (struct pollfd){ .fd = load_fd(&load, i), .events = POLLIN };
		status = log_in(fds[i].fd, OFFLINE_FIRST + i);
	}
	for (unsigned int i = 0; i < OFFLINE_COUNT && status == 0; i++)
		if (send(fds[i].fd, "<presence/>", 11, MSG_NOSIGNAL) != 11)
			status = -1;
	if (status == 0)
		status = read_stored(fds, expected, stored);
	for (unsigned int i = 0; i < OFFLINE_COUNT && status == 0; i++)
		status = offline_ask(fds[i].fd, LEAVE, "</stream:stream>", NULL);
	load_close(&load);
	return status;
}

int
offline_xmpp(struct bench *bench, const struct bench_row *row, struct offline *offline)
{
	bool is_new = bench->others[row->other].pid == 0;
	int port = other_server(bench, row->other);

	if (port < 0)
		return port;
	*offline = (struct offline){ .row = row,
		.pid = bench->others[row->other].pid,
		.port = port,
		.plan = { .request = xmpp_request,
		    .count = row->n,
		    .ok_head = "<a ",
		    .reply_end = "/>" },
		.open = open_senders,
		.count = count_stored };
	if (!is_new)
		return 0;
	return register_accounts(port, 0, SENDERS) != 0 ||
	        register_accounts(port, OFFLINE_FIRST, OFFLINE_COUNT) != 0
	    ? -1
	    : 0;
}
