/*
 * Files on their way.
 */
#include "client/screen/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/i18n.h"
#include "client/json.h"
#include "client/text.h"

#define PIECE    49152 /* bytes of a file that are encoded at once */
#define HEAD_MAX 4096  /* bytes of a reply before the file in it */
#define TRIES    1000  /* names that are tried for a file that is there already */

void
client_screen_transfer_stop(struct client_screen_transfer *t)
{
	struct client_connection *connection = t->connection;

	if (connection != NULL)
		client_connection_close(connection);
	if (t->file != NULL)
		fclose(t->file);
	if (t->temporary[0] != '\0')
		unlink(t->temporary);
	free(t->request);
	free(t->name);
	json_decref(t->reply);
	*t = (struct client_screen_transfer){ .connection = connection };
}

void
client_screen_transfer_free(struct client_screen_transfer *t)
{
	client_screen_transfer_stop(t);
	client_connection_free(t->connection);
	t->connection = NULL;
}

char *
client_screen_transfer_name(const char *name)
{
	const char *last = strrchr(name, '/');
	char *clean;

	last = last == NULL ? name : last + 1;
	while (*last == '.')
		last++;
	clean = client_text_clean(last, strlen(last), CLIENT_TEXT_LINE, 200);
	if (clean != NULL && clean[0] == '\0') {
		free(clean);
		clean = strdup("file");
	}
	return clean;
}

static bool
refuse(struct client_screen_transfer *t, const char *what)
{
	char error[CLIENT_CONNECTION_ERROR];

	snprintf(error, sizeof(error), "%s: %s", what, strerror(errno));
	client_screen_transfer_stop(t);
	snprintf(t->error, sizeof(t->error), "%s", error);
	return false;
}

static bool
open_connection(struct client_screen_transfer *t, const struct client_account *account,
    const char *fingerprint)
{
	if (t->connection == NULL)
		t->connection = client_connection_new();
	if (t->connection == NULL || t->request == NULL || t->name == NULL) {
		errno = ENOMEM;
		return refuse(t, _("cannot begin"));
	}
	client_connection_open(t->connection, account->host, account->port, account->tls,
	    fingerprint);
	t->begun_ms = clock_monotonic_ms();
	t->percent = -1;
	return true;
}

bool
client_screen_transfer_send(struct client_screen_transfer *t, const struct client_account *account,
    const char *fingerprint, const char *key, const char *who, const char *path)
{
	struct stat st;

	client_screen_transfer_stop(t);
	t->file = fopen(path, "re");
	if (t->file == NULL || fstat(fileno(t->file), &st) != 0)
		return refuse(t, path);
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return refuse(t, path);
	}
	t->name = client_screen_transfer_name(path);
	for (char *c = t->name; c != NULL && *c != '\0'; c++)
		if (*c == ' ')
			*c = '_'; /* no space is in a name on the wire */
	if (t->name != NULL &&
	    asprintf(&t->request, "postfile %s %s %s %s ", account->token, key, who, t->name) < 0)
		t->request = NULL;
	snprintf(t->key, sizeof(t->key), "%s", key);
	t->size = (uint64_t)st.st_size;
	t->state = CLIENT_SCREEN_TRANSFER_SENDING;
	base64_encode_init(&t->encoder);
	return open_connection(t, account, fingerprint);
}

bool
client_screen_transfer_fetch(struct client_screen_transfer *t, const struct client_account *account,
    const char *fingerprint, const char *who, const char *name)
{
	int fd;

	client_screen_transfer_stop(t);
	snprintf(t->temporary, sizeof(t->temporary), ".kabar-XXXXXX");
	fd = mkostemp(t->temporary, O_CLOEXEC);
	if (fd < 0) {
		t->temporary[0] = '\0';
		return refuse(t, _("cannot write here"));
	}
	t->file = fdopen(fd, "w");
	if (t->file == NULL) {
		close(fd);
		return refuse(t, _("cannot write here"));
	}
	t->name = client_screen_transfer_name(name);
	if (asprintf(&t->request, "download %s %s %s\r\n", account->token, who, name) < 0)
		t->request = NULL;
	t->state = CLIENT_SCREEN_TRANSFER_FETCHING;
	base64_decode_init(&t->decoder);
	return open_connection(t, account, fingerprint);
}

static void
fail(struct client_screen_transfer *t, const char *error)
{
	char *clean =
	    client_text_clean(error, strlen(error), CLIENT_TEXT_LINE, sizeof(t->error) - 1);

	snprintf(t->error, sizeof(t->error), "%s", clean == NULL ? "" : clean);
	free(clean);
	client_connection_close(t->connection);
	t->state = CLIENT_SCREEN_TRANSFER_FAILED;
}

/* Writes pieces of the file for as long as the connection takes them. */
static void
send_pieces(struct client_screen_transfer *t)
{
	unsigned char piece[PIECE];
	char text[BASE64_ENCODED_MAX(PIECE + 2)];

	while (!t->ended && !client_connection_is_full(t->connection)) {
		size_t n = fread(piece, 1, sizeof(piece), t->file);
		ssize_t len = base64_encode(&t->encoder, piece, n, text, sizeof(text));

		if (ferror(t->file) || len < 0) {
			fail(t, strerror(errno));
			return;
		}
		client_connection_put(t->connection, text, (size_t)len);
		t->done += n;
		if (n == sizeof(piece))
			continue;
		len = (ssize_t)base64_encode_end(&t->encoder, text);
		client_connection_put(t->connection, text, (size_t)len);
		client_connection_put(t->connection, "\r\n", 2);
		t->ended = true;
	}
}

/* A reply to what was sent, or an error. */
static void
take_reply(struct client_screen_transfer *t)
{
	json_t *reply;

	switch (client_connection_next(t->connection, &reply)) {
	case CLIENT_NOTHING:
		return;
	case CLIENT_REPLY:
		t->reply = reply;
		if (!client_json_is(reply, "status", "OK"))
			fail(t, client_json_text(reply, "message", NULL));
		else if (t->state == CLIENT_SCREEN_TRANSFER_SENDING)
			t->state = CLIENT_SCREEN_TRANSFER_DONE;
		else
			fail(t, _("what the server sent is no file"));
		return;
	case CLIENT_EVENT:
		json_decref(reply);
		return;
	case CLIENT_BROKEN:
		t->lost = true;
		fail(t, client_connection_error(t->connection));
	}
}

/*
 * The head of the reply with the file: all before the text of "data". True: it was taken, and the
 * text follows.
 */
static bool
take_head(struct client_screen_transfer *t)
{
	static const char mark[] = "\"data\":\"";
	const char *data, *found;
	size_t len = client_connection_rest(t->connection, &data), head;
	char text[HEAD_MAX + 4];
	json_t *object;

	if (len > HEAD_MAX)
		len = HEAD_MAX;
	found = memmem(data, len, mark, strlen(mark));
	if (found == NULL) {
		if (len == HEAD_MAX)
			fail(t, _("what the server sent is no file"));
		else
			take_reply(t);
		return false;
	}
	head = (size_t)(found - data) + strlen(mark);
	memcpy(text, data, head);
	memcpy(text + head, "\"}", 2);
	object = client_json_read(text, head + 2);
	t->headed = client_json_is(object, "status", "OK");
	t->size = client_json_number(object, "size");
	json_decref(object);
	if (!t->headed)
		fail(t, _("what the server sent is no file"));
	else
		client_connection_take(t->connection, head);
	return t->headed;
}

/* The name under which it is kept: the own one, or with a number where that is taken. */
static int
name_file(struct client_screen_transfer *t)
{
	const char *dot = strrchr(t->name, '.');
	int stem = (int)(dot == NULL || dot == t->name ? strlen(t->name) : (size_t)(dot - t->name));
	char *name;

	for (int i = 1; i < TRIES; i++) {
		if (i == 1)
			name = strdup(t->name);
		else if (asprintf(&name, "%.*s-%d%s", stem, t->name, i, t->name + stem) < 0)
			name = NULL;
		if (name == NULL)
			return -1;
		/* Unlike rename(), this replaces nothing. */
		if (link(t->temporary, name) == 0) {
			free(t->name);
			t->name = name;
			return 0;
		}
		free(name);
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static void
finish_file(struct client_screen_transfer *t)
{
	if (base64_decode_end(&t->decoder) != 0 || t->done != t->size) {
		fail(t, _("the file did not come as a whole"));
	} else if (fflush(t->file) != 0 || fchmod(fileno(t->file), 0644) != 0 ||
	    fsync(fileno(t->file)) != 0 || name_file(t) != 0) {
		fail(t, strerror(errno));
	} else {
		client_connection_close(t->connection);
		t->state = CLIENT_SCREEN_TRANSFER_DONE;
	}
}

static void
take_pieces(struct client_screen_transfer *t)
{
	unsigned char bytes[BASE64_DECODED_MAX(PIECE)];
	const char *data, *quote;
	size_t len;

	while ((len = client_connection_rest(t->connection, &data)) > 0) {
		ssize_t n;

		if (len > PIECE)
			len = PIECE;
		quote = memchr(data, '"', len);
		if (quote != NULL)
			len = (size_t)(quote - data);
		n = base64_decode(&t->decoder, data, len, bytes, sizeof(bytes));
		if (n < 0 || t->done + (uint64_t)n > t->size) {
			fail(t, _("what the server sent is no file"));
			return;
		}
		if (fwrite(bytes, 1, (size_t)n, t->file) != (size_t)n) {
			fail(t, strerror(errno));
			return;
		}
		t->done += (uint64_t)n;
		if (quote != NULL) {
			finish_file(t);
			return;
		}
		client_connection_take(t->connection, len);
	}
	/* Nothing is left: has the connection ended? */
	take_reply(t);
}

void
client_screen_transfer_polls(struct client_screen_transfer *t, struct polls *polls)
{
	if (t->connection != NULL)
		client_connection_polls(t->connection, polls);
}

int
client_screen_transfer_wait_ms(struct client_screen_transfer *t)
{
	return t->connection == NULL ? -1 : client_connection_wait_ms(t->connection);
}

bool
client_screen_transfer_step(struct client_screen_transfer *t, const struct polls *polls)
{
	int percent;

	if (t->state != CLIENT_SCREEN_TRANSFER_SENDING &&
	    t->state != CLIENT_SCREEN_TRANSFER_FETCHING)
		return false;
	client_connection_step(t->connection, polls);
	if (client_connection_state(t->connection) == CLIENT_OPEN && !t->opened) {
		client_connection_put(t->connection, t->request, strlen(t->request));
		t->opened = true;
	}
	if (client_connection_state(t->connection) == CLIENT_FAILED) {
		t->lost = true;
		fail(t, client_connection_error(t->connection));
	} else if (t->opened && t->state == CLIENT_SCREEN_TRANSFER_SENDING) {
		send_pieces(t);
		if (t->state == CLIENT_SCREEN_TRANSFER_SENDING)
			take_reply(t);
	} else if (t->opened && (t->headed || take_head(t))) {
		take_pieces(t);
	}
	percent = t->size == 0 ? 0 : (int)(t->done * 100 / t->size);
	if (percent == t->percent &&
	    (t->state == CLIENT_SCREEN_TRANSFER_SENDING ||
	        t->state == CLIENT_SCREEN_TRANSFER_FETCHING))
		return false;
	t->percent = percent;
	return true;
}
