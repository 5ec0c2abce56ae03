/*
 * ctl_master: asks a running kabard for its status, to read its configuration again, to become the
 * program that is installed now, or to stop. The store is not opened.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ctl/show.h"
#include "master/control.h"
#include "master/pidfile.h"

#define STATUS_MS   10000
#define OBEY_MS     60000
#define STOP_MS     60000
#define NOT_RUNNING "kabard is not running"

/* Exit statuses of `status`, as the Linux Standard Base has them for init scripts. */
enum lsb_status {
	LSB_RUNNING = 0,
	LSB_DEAD = 1,
	LSB_STOPPED = 3,
	LSB_UNKNOWN = CTL_STATUS_UNKNOWN
};

/* The master has not answered, for the reason in errno. */
static int
complain_no_answer(void)
{
	if (errno == ESRCH)
		return ctl_error(CTL_UNAVAILABLE, NOT_RUNNING);
	return ctl_error(errno == EACCES || errno == EPERM ? CTL_NOT_ALLOWED : CTL_UNAVAILABLE,
	    "kabard does not answer: %s", strerror(errno));
}

/* Has the master do something, and prints its answer. */
static int
ask_master(struct ctl *ctl, const char *word)
{
	char answer[MASTER_CONTROL_ANSWER];
	int result = ctl_become(&ctl->config);

	if (result != CTL_OK)
		return result;
	result = master_control_ask(ctl->config.state, word, OBEY_MS, answer);
	if (result > 0)
		return ctl_error(CTL_REFUSED, "%s refused: %s", word, answer);
	if (result < 0)
		return complain_no_answer();
	ctl_report_text(ctl, "answer", answer);
	if (ctl->json)
		return CTL_OK;
	ctl_print(answer);
	putchar('\n');
	return CTL_OK;
}

int
ctl_master_reload(struct ctl *ctl)
{
	return ask_master(ctl, "reload");
}

int
ctl_master_upgrade(struct ctl *ctl)
{
	return ask_master(ctl, "upgrade");
}

int
ctl_master_stop(struct ctl *ctl)
{
	int result = ctl_become(&ctl->config);

	if (result != CTL_OK)
		return result;
	if (master_pidfile_end(ctl->config.state, SIGTERM, STOP_MS) == 0)
		return CTL_OK;
	if (errno == ETIMEDOUT)
		return ctl_error(CTL_UNAVAILABLE, "kabard has not stopped within %d s",
		    STOP_MS / 1000);
	return complain_no_answer();
}

/*
 * Status
 */

struct status {
	uint64_t pid;
	char version[64];
	char realm[NAME_MAX_BYTES + 1];
	int64_t since_ms;
	uint64_t upgrades;
	uint64_t connected;
	uint64_t connections;
	char clients[64]; /* for people */
};

#define AT(member) CTL_FIELD_AT(struct status, member)

static const struct ctl_field status_list[] = {
	{ .key = "pid", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(pid) },
	{ .key = "version", .forms = CTL_IN_SHOW, AT(version) },
	{ .key = "realm", .forms = CTL_IN_SHOW, AT(realm) },
	{ .key = "since_ms",
	    .label = "since",
	    .forms = CTL_IN_SHOW,
	    .type = CTL_TIME,
	    AT(since_ms) },
	{ .key = "upgrades", .forms = CTL_IN_SHOW, .type = CTL_NUMBER, AT(upgrades) },
	{ .key = "connected", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(connected) },
	{ .key = "connections", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(connections) },
	{ .label = "clients", .forms = CTL_LINE, AT(clients) },
};
static const struct ctl_fields status_fields = CTL_FIELDS(status_list);

struct listener {
	char name[NAME_MAX_BYTES + 1];
	char address[256];
	uint64_t port;
	char dialect[SCOREBOARD_DIALECT_MAX];
	bool tls;
};

#undef AT
#define AT(member) CTL_FIELD_AT(struct listener, member)

static const struct ctl_field listener_list[] = {
	{ .key = "name", .forms = CTL_SHOW_KEY, AT(name) },
	{ .key = "address", .forms = CTL_SHOW_KEY, AT(address) },
	{ .key = "port", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(port) },
	{ .key = "dialect", .forms = CTL_SHOW_KEY, AT(dialect) },
	{ .key = "tls", .forms = CTL_SHOW_KEY, .type = CTL_BOOL, AT(tls) },
};
static const struct ctl_fields listener_fields = CTL_FIELDS(listener_list);

/* Reads the keys of an object that have a field. */
static void
read_record(const struct ctl_fields *fields, json_t *object, void *record)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		const struct ctl_field *field = ctl_field_find(fields, CTL_SHOW_KEY, key);

		if (field != NULL)
			ctl_field_parse(field, value, record);
	}
}

static void
show_listener(struct ctl_show *show, json_t *object)
{
	struct listener listener = { .name = "" };
	char text[512];

	read_record(&listener_fields, object, &listener);
	snprintf(text, sizeof(text), "%s: %s port %" PRIu64 " (%s%s)", listener.name,
	    listener.address, listener.port, listener.dialect, listener.tls ? ", TLS" : "");
	ctl_show_record(show, text, &listener_fields, &listener);
}

static void
show_status(struct ctl *ctl, const char *answer)
{
	json_t *object = json_loads(answer, 0, NULL), *listener;
	const json_t *listeners = json_object_get(object, "listeners");
	struct status status = { .pid = 0 };
	struct ctl_show show;
	size_t i;

	read_record(&status_fields, object, &status);
	snprintf(status.clients, sizeof(status.clients), "%" PRIu64 " now, %" PRIu64 " in all",
	    status.connected, status.connections);
	ctl_show_begin(&show, ctl, &status_fields, &status);
	ctl_show_list_begin(&show, "listeners", "listeners");
	json_array_foreach (listeners, i, listener) {
		show_listener(&show, listener);
	}
	ctl_show_list_end(&show, "-");
	ctl_show_end(&show);
	json_decref(object);
}

/* A master without an answer is running all the same: it has the lock. */
static int
show_running(struct ctl *ctl, pid_t pid)
{
	char answer[MASTER_CONTROL_ANSWER];
	int result = master_control_ask(ctl->config.state, "status", STATUS_MS, answer);

	if (!ctl->json)
		printf("kabard is running as process %ld\n", (long)pid);
	else if (result != 0)
		printf("{\"pid\":%ld}\n", (long)pid);
	if (result == 0)
		show_status(ctl, answer);
	else
		ctl_error(LSB_RUNNING, "it does not answer: %s",
		    result > 0 ? answer : strerror(errno));
	return LSB_RUNNING;
}

int
ctl_master_status(struct ctl *ctl)
{
	pid_t pid;

	if (ctl_become(&ctl->config) != CTL_OK)
		return LSB_UNKNOWN;
	switch (master_pidfile_look(ctl->config.state, &pid)) {
	case MASTER_PIDFILE_LOCKED:
		return show_running(ctl, pid);
	case MASTER_PIDFILE_LEFT:
		return ctl_error(LSB_DEAD,
		    "kabard was killed: its %s/" MASTER_PIDFILE_NAME " is still there",
		    ctl->config.state);
	case MASTER_PIDFILE_NONE:
		return ctl_error(LSB_STOPPED, NOT_RUNNING);
	case MASTER_PIDFILE_UNKNOWN:
		break;
	}
	return ctl_error(LSB_UNKNOWN, "%s: %s", ctl->config.state, strerror(errno));
}
