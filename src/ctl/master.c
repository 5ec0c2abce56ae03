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

#include "ctl/ctl.h"
#include "master/control.h"
#include "master/pidfile.h"

#define STATUS_MS    10000
#define OBEY_MS      60000
#define STOP_MS      60000
#define NOT_RUNNING  "kabard is not running"
#define STATUS_WIDTH 12

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

static void
print_listener(json_t *listener)
{
	const char *name = "", *address = "", *dialect = "";
	int port = 0, tls = 0;

	if (json_unpack(listener, "{s:s, s:s, s:i, s:s, s:b}", "name", &name, "address", &address,
	        "port", &port, "dialect", &dialect, "tls", &tls) != 0)
		return;
	printf("%-*s%s: %s port %d (%s%s)\n", STATUS_WIDTH, "listener", name, address, port,
	    dialect, tls ? ", TLS" : "");
}

static void
print_status(const char *answer)
{
	json_t *root = json_loads(answer, 0, NULL), *listeners = NULL;
	const char *version = "", *realm = "";
	json_int_t since = 0, connected = 0, connections = 0, upgrades = 0;
	char time[CTL_TIME_SIZE];
	size_t i;
	json_t *listener;

	if (json_unpack(root, "{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "version", &version, "realm",
	        &realm, "since", &since, "upgrades", &upgrades, "connected", &connected,
	        "connections", &connections, "listeners", &listeners) == 0) {
		ctl_time(since * 1000, time, sizeof(time));
		printf("%-*s%s\n", STATUS_WIDTH, "version", version);
		printf("%-*s%s\n", STATUS_WIDTH, "realm", realm);
		printf("%-*s%s\n", STATUS_WIDTH, "since", time);
		printf("%-*s%" JSON_INTEGER_FORMAT "\n", STATUS_WIDTH, "upgrades", upgrades);
		printf("%-*s%" JSON_INTEGER_FORMAT " now, %" JSON_INTEGER_FORMAT " in all\n",
		    STATUS_WIDTH, "clients", connected, connections);
		json_array_foreach (listeners, i, listener) {
			print_listener(listener);
		}
	}
	json_decref(root);
}

/* A master without an answer is running all the same: it has the lock. */
static int
show_running(struct ctl *ctl, pid_t pid)
{
	char answer[MASTER_CONTROL_ANSWER];
	int result = master_control_ask(ctl->config.state, "status", STATUS_MS, answer);

	if (ctl->json && result == 0) {
		puts(answer);
		return LSB_RUNNING;
	}
	if (ctl->json)
		printf("{\"pid\":%ld}\n", (long)pid);
	else
		printf("kabard is running as process %ld\n", (long)pid);
	if (result == 0)
		print_status(answer);
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
