/* The command file get: the file gets its name when it is whole, and the name is the caller's. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/download.h"
#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/path.h"
#include "client/progress.h"
#include "client/refusal.h"

#define FILE_LIMIT (128ULL * 1024 * 1024) /* bytes of a file where the server does not say */

#define TEMPORARY ".kabar-XXXXXX"

/* Where the file goes. */
struct target {
	char path[CLIENT_PATH_MAX];
	char temporary[CLIENT_PATH_MAX + sizeof(TEMPORARY)]; /* "": it is written where it goes */
	bool replace; /* the caller has told this very path: what is there may go */
	mode_t mode;  /* of what is there; 0: that of new files */
	int fd;
};

/* The temporary file, for who ends the program; "": there is none. */
static char removed_by_signal[CLIENT_PATH_MAX + sizeof(TEMPORARY)];

static void
remove_and_end(int number)
{
	if (removed_by_signal[0] != '\0')
		unlink(removed_by_signal);
	signal(number, SIG_DFL);
	raise(number);
}

/* Signals that are ignored stay so: nohup does that. */
static void
catch_signals(const struct target *target)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	memcpy(removed_by_signal, target->temporary, sizeof(removed_by_signal));
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (signal(signals[i], remove_and_end) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

static int
fail_target(const char *path)
{
	return client_output_error(EX_CANTCREAT, "%s: %s", path, strerror(errno));
}

/*
 * Chooses the path: the file's name here or in the directory that -o tells, which must be free, or
 * the very path that -o tells.
 */
static int
choose_path(const char *output, const char *name, struct target *target)
{
	struct stat st;
	int len;

	/* The name goes over the wire as it is; here it is one of the present directory. */
	if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return client_output_error(EX_DATAERR, _("\"%s\" is a path and no name"), name);
	if (output == NULL)
		len = snprintf(target->path, sizeof(target->path), "%s", name);
	else if (stat(output, &st) == 0 && S_ISDIR(st.st_mode))
		len = snprintf(target->path, sizeof(target->path), "%s/%s", output, name);
	else
		len = snprintf(target->path, sizeof(target->path), "%s", output);
	target->replace = output != NULL && strcmp(target->path, output) == 0;
	if (len < 0 || (size_t)len >= sizeof(target->path))
		return client_output_error(EX_CANTCREAT, "%s", strerror(ENAMETOOLONG));
	if (!target->replace && lstat(target->path, &st) == 0)
		return client_output_error(EX_CANTCREAT,
		    _("%s is there already; -o PATH says where to put the file"), target->path);
	return 0;
}

/* Follows links to a regular file, which is replaced in their stead. 0, or the status. */
static int
follow_links(struct target *target)
{
	char *resolved = realpath(target->path, NULL);
	size_t size = resolved == NULL ? 0 : strlen(resolved) + 1;

	if (size > sizeof(target->path))
		errno = ENAMETOOLONG;
	if (size == 0 || size > sizeof(target->path)) {
		free(resolved);
		return fail_target(target->path);
	}
	memcpy(target->path, resolved, size);
	free(resolved);
	return 0;
}

/* Writes into what is no regular file, such as a device or a pipe: it stays what it is. */
static int
open_in_place(struct target *target)
{
	target->fd = open(target->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	return target->fd < 0 ? fail_target(target->path) : 0;
}

/* Opens a file beside the path. */
static int
open_beside(struct target *target)
{
	const char *slash = strrchr(target->path, '/');
	int directory = slash == NULL ? 0 : (int)(slash + 1 - target->path);

	snprintf(target->temporary, sizeof(target->temporary), "%.*s" TEMPORARY, directory,
	    target->path);
	target->fd = mkostemp(target->temporary, O_CLOEXEC);
	if (target->fd >= 0) {
		catch_signals(target);
		return 0;
	}
	target->temporary[0] = '\0';
	return fail_target(target->path);
}

/* Opens what the content is written to. 0, or the status. */
static int
open_target(const struct client_call *call, const char *name, struct target *target)
{
	const char *output = call->options['o'];
	struct stat st;
	int status;

	*target = (struct target){ .fd = STDOUT_FILENO };
	if (output != NULL && strcmp(output, "-") == 0) {
		if (!isatty(STDOUT_FILENO))
			return 0;
		return client_output_error(EX_USAGE,
		    _("a file is not written to a terminal, which it could act on"));
	}
	status = choose_path(output, name, target);
	if (status != 0)
		return status;
	if (lstat(target->path, &st) != 0)
		return open_beside(target);
	if (stat(target->path, &st) != 0 || !S_ISREG(st.st_mode))
		return open_in_place(target);
	target->mode = st.st_mode & 0777;
	status = follow_links(target);
	return status != 0 ? status : open_beside(target);
}

/* Gives the file its name. 0, or -1 with errno. */
static int
name_target(const struct target *target)
{
	mode_t mask = umask(0);
	int fd = -1;

	umask(mask);
	if (fchmod(target->fd, target->mode != 0 ? target->mode : 0666 & ~mask) != 0 ||
	    fsync(target->fd) != 0)
		return -1;
	/* What has come there meanwhile stays; not all file systems have link(). */
	if (!target->replace)
		fd = open(target->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!target->replace && fd < 0)
		return -1;
	if (fd >= 0)
		close(fd);
	return rename(target->temporary, target->path);
}

/* Gives the file its name, or removes it if there was a failure. The status. */
static int
close_target(struct target *target, int status)
{
	if (target->fd == STDOUT_FILENO)
		return status;
	if (status == 0 && target->temporary[0] != '\0' && name_target(target) != 0)
		status = fail_target(target->path);
	if (status != 0 && target->temporary[0] != '\0')
		unlink(target->temporary);
	if (close(target->fd) != 0 && status == 0)
		status = fail_target(target->path);
	return status;
}

/* Feeds the download from the connection until the reply is whole. */
static enum client_download_result
take_reply(struct client_session *s, struct client_download *download, const char *name)
{
	enum client_download_result result = CLIENT_DOWNLOAD_MORE;
	int64_t begun = clock_monotonic_ms();
	struct client_progress progress;
	const char *data;
	size_t len, used;
	json_t *none;

	client_progress_begin(&progress, name, 0);
	while (result == CLIENT_DOWNLOAD_MORE) {
		len = client_connection_rest(s->connection, &data);
		result = client_download_feed(download, data, len, &used);
		client_connection_take(s->connection, used);
		progress.total = download->size;
		client_progress_show(&progress, download->written);
		if (result != CLIENT_DOWNLOAD_MORE)
			break;
		/* Nothing is left to be cut out of: this tells only of an end. */
		if (client_connection_next(s->connection, &none) == CLIENT_BROKEN)
			break;
		client_connection_turn(s->connection, CLIENT_SESSION_WAIT_MS);
		client_session_watch_pace(s, begun, download->written);
	}
	client_progress_end(&progress);
	return result;
}

/* Takes the reply to the request, and judges it. The status. */
static int
receive_file(struct client_session *s, struct client_download *download, const char *name)
{
	enum client_download_result result = take_reply(s, download, name);
	json_t *reply = NULL;
	int status = 0;

	if (result == CLIENT_DOWNLOAD_WRITE)
		return client_output_error(EX_IOERR, _("cannot write: %s"), strerror(errno));
	if (result == CLIENT_DOWNLOAD_MORE)
		return client_session_broken(s);
	if (result == CLIENT_DOWNLOAD_DONE)
		reply = client_download_reply(download);
	if (reply == NULL)
		status = client_output_error(EX_PROTOCOL,
		    _("what the server sent is not the whole file"));
	else if (!client_refusal_is_none(reply))
		status = client_session_refused(s, reply);
	else if (!download->has_data)
		status = client_output_error(EX_PROTOCOL, _("the server sent no file"));
	json_decref(reply);
	return status;
}

/* The largest file that the server says it takes. */
static uint64_t
file_limit(const struct client_session *s)
{
	uint64_t told = client_json_number(json_object_get(s->features, "limits"), "file");

	return told == 0 ? FILE_LIMIT : told;
}

static int
get_file(struct client_call *call, const struct client_who *who, const char *name, int fd)
{
	struct client_session *s = &call->session;
	bool newer = client_session_can(s, CLIENT_DOWNLOAD);
	char written[CLIENT_WHO_TEXT];
	struct client_download download;
	int status;

	client_who_write(who, written);
	/* As the family has it, groups have no "#". */
	status = client_session_put(s, newer ? CLIENT_DOWNLOAD : CLIENT_FILE_GET,
	    CLIENT_WORDS(written + (!newer && written[0] == '#'), name), NULL, 0);
	if (status != 0)
		return status;
	if (!client_download_begin(&download, fd, file_limit(s)))
		return client_output_error(EX_OSERR, "%s", strerror(errno));
	status = receive_file(s, &download, name);
	if (status == 0 && call->json && fd != STDOUT_FILENO)
		client_output_json(json_pack("{s:s,s:s,s:I}", "with", written, "name", name, "size",
		    (json_int_t)download.written));
	client_download_free(&download);
	return status;
}

int
client_file_get(struct client_call *call)
{
	const char *name = call->operands[1];
	struct target target;
	struct client_who who;
	int status = client_read_who(call->operands[0], CLIENT_USER_OR_GROUP, &who);

	if (status == 0)
		status = client_begin(call);
	if (status == 0)
		status = open_target(call, name, &target);
	if (status != 0)
		return status;
	return close_target(&target, get_file(call, &who, name, target.fd));
}
