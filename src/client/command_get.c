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

/* Where the file goes. */
struct target {
	char path[CLIENT_PATH_MAX];
	char temporary[CLIENT_PATH_MAX + sizeof(".XXXXXX")]; /* "": the standard output */
	bool replace; /* what has this name may be replaced: the caller has told the path */
	int fd;
};

/* The temporary file, for who ends the program; "": there is none. */
static char removed_by_signal[CLIENT_PATH_MAX + sizeof(".XXXXXX")];

static void
remove_and_end(int number)
{
	if (removed_by_signal[0] != '\0')
		unlink(removed_by_signal);
	signal(number, SIG_DFL);
	raise(number);
}

static void
catch_signals(const struct target *target)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	memcpy(removed_by_signal, target->temporary, sizeof(removed_by_signal));
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], remove_and_end);
}

/* Chooses the path: the file's name here, or what -o tells, which may be a directory. */
static int
choose_path(const struct client_call *call, const char *name, struct target *target)
{
	const char *output = call->options['o'];
	struct stat st;
	int len;

	/* The name goes over the wire as it is; here it is one of the present directory. */
	if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return client_output_error(EX_DATAERR, _("\"%s\" is a path and no name"), name);
	target->replace = output != NULL;
	if (output == NULL)
		len = snprintf(target->path, sizeof(target->path), "%s", name);
	else if (stat(output, &st) == 0 && S_ISDIR(st.st_mode))
		len = snprintf(target->path, sizeof(target->path), "%s/%s", output, name);
	else
		len = snprintf(target->path, sizeof(target->path), "%s", output);
	if (len < 0 || (size_t)len >= sizeof(target->path))
		return client_output_error(EX_CANTCREAT, "%s", strerror(ENAMETOOLONG));
	if (!target->replace && access(target->path, F_OK) == 0)
		return client_output_error(EX_CANTCREAT,
		    _("%s is there already; -o PATH says where to put the file"), target->path);
	return 0;
}

/* Opens the temporary file beside the path. 0, or the status. */
static int
open_target(const struct client_call *call, const char *name, struct target *target)
{
	int status;

	*target = (struct target){ .fd = STDOUT_FILENO };
	if (call->options['o'] != NULL && strcmp(call->options['o'], "-") == 0)
		return 0;
	status = choose_path(call, name, target);
	if (status != 0)
		return status;
	snprintf(target->temporary, sizeof(target->temporary), "%s.XXXXXX", target->path);
	target->fd = mkostemp(target->temporary, O_CLOEXEC);
	if (target->fd >= 0) {
		catch_signals(target);
		return 0;
	}
	target->temporary[0] = '\0';
	return client_output_error(EX_CANTCREAT, "%s: %s", target->path, strerror(errno));
}

/* Gives the file its name, or removes it if there was a failure. The status. */
static int
close_target(struct target *target, int status)
{
	mode_t mask = umask(0);
	int result = 0;

	umask(mask);
	if (target->temporary[0] == '\0')
		return status;
	if (status == 0) {
		if (fchmod(target->fd, 0666 & ~mask) != 0 || fsync(target->fd) != 0)
			result = -1;
		else if (target->replace)
			result = rename(target->temporary, target->path);
		else /* unlike rename(), it leaves alone what has come there meanwhile */
			result = link(target->temporary, target->path);
	}
	if (result != 0)
		status = client_output_error(EX_CANTCREAT, "%s: %s", target->path, strerror(errno));
	if (status != 0 || !target->replace)
		unlink(target->temporary);
	close(target->fd);
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
	if (status == 0 && call->json)
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
