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
#include "client/refusal.h"
#include "client/request.h"
#include "client/text.h"

#define TRIES    1000  /* names that are tried for a file that is there already */
#define STALL_MS 60000 /* without a byte */

void
client_screen_transfer_stop(struct client_screen_transfer *t)
{
	struct client_connection *connection = t->connection;

	if (connection != NULL)
		client_connection_close(connection);
	if (t->fd > 0)
		close(t->fd);
	client_download_free(&t->download);
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
	while (*last == '.' || *last == '-')
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
	t->begun_ms = t->moved_ms = clock_monotonic_ms();
	t->percent = -1;
	return true;
}

bool
client_screen_transfer_send(struct client_screen_transfer *t, const struct client_account *account,
    const char *fingerprint, const char *key, const char *who, const char *path)
{
	struct stat st;
	char name[256];

	client_screen_transfer_stop(t);
	t->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (t->fd < 0 || fstat(t->fd, &st) != 0)
		return refuse(t, path);
	if (!S_ISREG(st.st_mode) || !client_upload_name(path, name)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return refuse(t, path);
	}
	t->name = client_screen_transfer_name(path);
	if (asprintf(&t->request, "postfile %s %s %s %s ", account->token, key, who, name) < 0)
		t->request = NULL;
	snprintf(t->key, sizeof(t->key), "%s", key);
	t->size = (uint64_t)st.st_size;
	t->state = CLIENT_SCREEN_TRANSFER_SENDING;
	client_upload_begin(&t->upload, t->fd);
	return open_connection(t, account, fingerprint);
}

bool
client_screen_transfer_fetch(struct client_screen_transfer *t, const struct client_account *account,
    const char *fingerprint, const char *who, const char *name)
{
	client_screen_transfer_stop(t);
	snprintf(t->temporary, sizeof(t->temporary), ".kabar-XXXXXX");
	t->fd = mkostemp(t->temporary, O_CLOEXEC);
	if (t->fd < 0) {
		t->temporary[0] = '\0';
		return refuse(t, _("cannot write here"));
	}
	t->name = client_screen_transfer_name(name);
	if (!client_request_is_name(name)) {
		errno = EINVAL;
		return refuse(t, _("cannot begin"));
	}
	if (asprintf(&t->request, "download %s %s %s\r\n", account->token, who, name) < 0)
		t->request = NULL;
	t->state = CLIENT_SCREEN_TRANSFER_FETCHING;
	if (!client_download_begin(&t->download, t->fd, CLIENT_DOWNLOAD_MAX)) {
		errno = ENOMEM;
		return refuse(t, _("cannot begin"));
	}
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

void
client_screen_transfer_cancel(struct client_screen_transfer *t)
{
	if (t->state == CLIENT_SCREEN_TRANSFER_SENDING ||
	    t->state == CLIENT_SCREEN_TRANSFER_FETCHING)
		fail(t, _("given up"));
}

/* A reply to what was sent, or an error; events are not waited for. */
static void
take_reply(struct client_screen_transfer *t)
{
	enum client_message message;
	json_t *reply;

	while ((message = client_connection_next(t->connection, &reply)) == CLIENT_EVENT)
		json_decref(reply);
	switch (message) {
	case CLIENT_NOTHING:
	case CLIENT_EVENT:
		return;
	case CLIENT_REPLY:
		t->reply = reply;
		if (!client_json_is(reply, "status", "OK"))
			fail(t, client_json_text(reply, "message", NULL));
		else
			t->state = CLIENT_SCREEN_TRANSFER_DONE;
		return;
	case CLIENT_BROKEN:
		t->lost = true;
		fail(t, client_connection_error(t->connection));
	}
}

/* Not all file systems have link(): there the name is taken by an empty file first. */
static int
give_name(const char *temporary, const char *name)
{
	int fd;

	if (link(temporary, name) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	close(fd);
	return rename(temporary, name);
}

/* As any file that a program makes. */
static int
open_to_others(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
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
		if (give_name(t->temporary, name) == 0) {
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

/* The whole reply is there: the file gets its name. */
static void
finish_file(struct client_screen_transfer *t)
{
	t->reply = client_download_reply(&t->download);
	if (t->reply == NULL)
		fail(t, _("the file did not come as a whole"));
	else if (!client_refusal_is_none(t->reply))
		fail(t, client_json_text(t->reply, "message", NULL));
	else if (!t->download.has_data)
		fail(t, _("what the server sent is no file"));
	else if (open_to_others(t->fd) != 0 || fsync(t->fd) != 0 || name_file(t) != 0)
		fail(t, strerror(errno));
	else
		t->state = CLIENT_SCREEN_TRANSFER_DONE;
	client_connection_close(t->connection);
}

static void
take_pieces(struct client_screen_transfer *t)
{
	const char *data;
	size_t len, used;

	while ((len = client_connection_rest(t->connection, &data)) > 0) {
		enum client_download_result result =
		    client_download_feed(&t->download, data, len, &used);

		if (result == CLIENT_DOWNLOAD_WRITE) {
			fail(t, strerror(errno));
		} else if (result == CLIENT_DOWNLOAD_PROTOCOL) {
			fail(t, _("what the server sent is no file"));
		} else if (result == CLIENT_DOWNLOAD_DONE) {
			finish_file(t);
		} else {
			client_connection_take(t->connection, used);
			continue;
		}
		return;
	}
	take_reply(t); /* nothing is left: has the connection ended? */
}

/* What can be done for now. */
static void
move_file(struct client_screen_transfer *t)
{
	if (t->state == CLIENT_SCREEN_TRANSFER_FETCHING) {
		take_pieces(t);
		t->done = t->download.written;
		t->size = t->download.size;
		return;
	}
	if (client_upload_step(&t->upload, t->connection) != 0)
		fail(t, strerror(errno));
	else
		take_reply(t);
	t->done = t->upload.read;
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
	int64_t left = t->moved_ms + STALL_MS - clock_monotonic_ms();
	int wait = t->connection == NULL ? -1 : client_connection_wait_ms(t->connection);

	if (wait >= 0 || !t->opened)
		return wait;
	return left > 0 ? (int)left : 0;
}

/* One that does not move ends; it may be tried again. */
static void
judge_stall(struct client_screen_transfer *t, uint64_t before)
{
	int64_t now = clock_monotonic_ms();
	const char *data;
	size_t rest = client_connection_rest(t->connection, &data);

	if (t->done != before || rest != t->rest)
		t->moved_ms = now;
	t->rest = rest;
	if (t->opened && now - t->moved_ms >= STALL_MS &&
	    (t->state == CLIENT_SCREEN_TRANSFER_SENDING ||
	        t->state == CLIENT_SCREEN_TRANSFER_FETCHING))
		fail(t, _("the server does not answer"));
}

bool
client_screen_transfer_step(struct client_screen_transfer *t, const struct polls *polls)
{
	uint64_t before = t->done;
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
	} else if (t->opened) {
		move_file(t);
	}
	judge_stall(t, before);
	percent = t->size == 0 ? 0 : (int)(t->done * 100 / t->size);
	if (percent == t->percent &&
	    (t->state == CLIENT_SCREEN_TRANSFER_SENDING ||
	        t->state == CLIENT_SCREEN_TRANSFER_FETCHING))
		return false;
	t->percent = percent;
	return true;
}
