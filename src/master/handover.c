/*
 * master_handover: what a master leaves to the program that it becomes. Each line is a word and
 * what it stands for; words that are not known are skipped, as they may be those of a newer one.
 */
#include "master/handover.h"

#include <sys/mman.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "net/address.h"

#define HEAD         "kabard handover 1\n"
#define PROCESS_MOST 0x7fffffff

int
master_handover_fd(void)
{
	const char *text = getenv(MASTER_HANDOVER_VARIABLE);
	const char *wrong = NULL;
	int fd = text == NULL ? -1 : (int)strtonum(text, 0, INT_MAX, &wrong);

	if (wrong != NULL)
		fd = -1;
	unsetenv(MASTER_HANDOVER_VARIABLE);
	return fd;
}

/*
 * Writing
 */

static void
put_bytes(FILE *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	char digits[3];

	for (size_t i = 0; i < len; i++) {
		hex_write(&bytes[i], 1, digits);
		fputs(digits, out);
	}
}

static void
put_child(void *arg, pid_t pid, uint64_t connection, const unsigned char key[ADDRESS_KEY_SIZE])
{
	FILE *out = arg;

	fprintf(out, "child %ld %" PRIu64 " ", (long)pid, connection);
	put_bytes(out, key, ADDRESS_KEY_SIZE);
	fputc('\n', out);
}

static void
put_all(FILE *out, const struct master *master, const struct master_control_asker *asker)
{
	const struct config *config = master->config;

	fprintf(out, HEAD "pid %ld\nrealm %s\nuser %s\nstate %s\n", (long)getpid(), config->realm,
	    config->user, config->state);
	fprintf(out, "pidfile %d\ncontrol %d\nalive %d %d\n", master->pidfile, master->control,
	    master->alive[0], master->alive[1]);
	fprintf(out, "counts %" PRIu64 " %" PRIu64 " %" PRId64 "\n", master->connections,
	    master->upgrades, master->since_ms);
	fprintf(out, "janitor %ld\nbridge %ld\n", (long)master->housekeeping.janitor,
	    (long)master->bridge.pid);
	fprintf(out, "gate %d %ld\n", master->gate.listen_fd, (long)master->gate.pid);
	if (asker != NULL && asker->len > 0) {
		fputs("asker ", out);
		put_bytes(out, &asker->name, asker->len);
		fputc('\n', out);
	}
	for (size_t i = 0; i < master->listen.n; i++)
		fprintf(out, "listen %d %u %s\n", master->listen.polls[i].fd,
		    (unsigned int)master->listen.sections[i].port,
		    master->listen.sections[i].address);
	fprintf(out, "children %u\n", master_children_count(master->children));
	master_children_each(master->children, put_child, out);
}

int
master_handover_save(const struct master *master, const struct master_control_asker *asker)
{
	int fd = memfd_create("kabard", 0);
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	bool good = false;

	if (out != NULL) {
		put_all(out, master, asker);
		good = !ferror(out);
		good &= fclose(out) == 0;
	} else if (copy >= 0) {
		close(copy);
	}
	if (good && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * Reading
 */

struct heir {
	struct master *master;
	struct master_listen *sockets;
	struct master_control_asker *asker;
	char realm[sizeof(((struct config *)0)->realm)];
	char user[sizeof(((struct config *)0)->user)];
	char state[sizeof(((struct config *)0)->state)];
};

/* Bytes written as hexadecimal digits. How many, or -1. */
static int
take_bytes(const char *text, void *data, size_t size)
{
	return hex_read(text, strcspn(text, "\n"), data, size);
}

static bool
take_descriptor(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static bool
take_text(const char *text, char *to, size_t size)
{
	size_t len = strcspn(text, "\n");

	if (len >= size)
		return false;
	memcpy(to, text, len);
	to[len] = '\0';
	return true;
}

static bool
take_process(const char *text, pid_t *pid)
{
	char *end;
	long number = strtol(text, &end, 10);

	*pid = (pid_t)number;
	return end != text && number >= 0 && number <= PROCESS_MOST;
}

static bool
take_pid(struct heir *heir, const char *text)
{
	pid_t pid;

	(void)heir;
	return take_process(text, &pid) && pid == getpid();
}

static bool
take_realm(struct heir *heir, const char *text)
{
	return take_text(text, heir->realm, sizeof(heir->realm));
}

static bool
take_user(struct heir *heir, const char *text)
{
	return take_text(text, heir->user, sizeof(heir->user));
}

static bool
take_state(struct heir *heir, const char *text)
{
	return take_text(text, heir->state, sizeof(heir->state));
}

static bool
take_pidfile(struct heir *heir, const char *text)
{
	return sscanf(text, "%d", &heir->master->pidfile) == 1 &&
	    take_descriptor(heir->master->pidfile);
}

static bool
take_control(struct heir *heir, const char *text)
{
	return sscanf(text, "%d", &heir->master->control) == 1 &&
	    take_descriptor(heir->master->control);
}

static bool
take_alive(struct heir *heir, const char *text)
{
	int *alive = heir->master->alive;

	return sscanf(text, "%d %d", &alive[0], &alive[1]) == 2 && take_descriptor(alive[0]) &&
	    take_descriptor(alive[1]);
}

static bool
take_counts(struct heir *heir, const char *text)
{
	struct master *master = heir->master;

	return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNd64, &master->connections,
	           &master->upgrades, &master->since_ms) == 3;
}

static bool
take_janitor(struct heir *heir, const char *text)
{
	return take_process(text, &heir->master->housekeeping.janitor);
}

static bool
take_bridge(struct heir *heir, const char *text)
{
	return take_process(text, &heir->master->bridge.pid);
}

/* An old program may have none. */
static bool
take_gate(struct heir *heir, const char *text)
{
	struct master_gate *gate = &heir->master->gate;
	int at = 0;

	return sscanf(text, "%d %n", &gate->listen_fd, &at) == 1 && at > 0 &&
	    take_process(text + at, &gate->pid) && take_descriptor(gate->listen_fd);
}

static bool
take_asker(struct heir *heir, const char *text)
{
	int len = take_bytes(text, &heir->asker->name, sizeof(heir->asker->name));

	heir->asker->len = len > 0 ? (socklen_t)len : 0;
	return true;
}

static bool
take_listener(struct heir *heir, const char *text)
{
	struct config_listen section = { .dialect = "" };
	unsigned int port;
	int fd, at = 0;

	if (sscanf(text, "%d %u %n", &fd, &port, &at) != 2 || port > UINT16_MAX || at == 0)
		return false;
	section.port = (uint16_t)port;
	return take_text(text + at, section.address, sizeof(section.address)) &&
	    take_descriptor(fd) && master_listen_add(heir->sockets, fd, &section) == 0;
}

static bool
take_children(struct heir *heir, const char *text)
{
	unsigned int n, capacity = (unsigned int)heir->master->config->max_clients;

	if (sscanf(text, "%u", &n) != 1)
		return false;
	heir->master->children = master_children_new(n > capacity ? n : capacity);
	return heir->master->children != NULL;
}

static bool
take_child(struct heir *heir, const char *text)
{
	unsigned char key[ADDRESS_KEY_SIZE];
	uint64_t connection;
	int at = 0;
	long pid;

	if (heir->master->children == NULL ||
	    sscanf(text, "%ld %" SCNu64 " %n", &pid, &connection, &at) != 2 || at == 0 ||
	    take_bytes(text + at, key, sizeof(key)) != ADDRESS_KEY_SIZE)
		return false;
	master_children_add(heir->master->children, (pid_t)pid, connection, key);
	return true;
}

static const struct {
	const char *word;
	bool (*take)(struct heir *, const char *text);
} words[] = {
	{ "pid ", take_pid },
	{ "realm ", take_realm },
	{ "user ", take_user },
	{ "state ", take_state },
	{ "pidfile ", take_pidfile },
	{ "control ", take_control },
	{ "alive ", take_alive },
	{ "counts ", take_counts },
	{ "janitor ", take_janitor },
	{ "bridge ", take_bridge },
	{ "gate ", take_gate },
	{ "asker ", take_asker },
	{ "listen ", take_listener },
	{ "children ", take_children },
	{ "child ", take_child },
};

static bool
take_line(struct heir *heir, const char *line)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(line, words[i].word, len) == 0)
			return words[i].take(heir, line + len);
	}
	return true;
}

/* The lines that every handover has. */
static bool
is_whole(const struct heir *heir)
{
	const struct master *master = heir->master;

	return heir->realm[0] != '\0' && heir->user[0] != '\0' && heir->state[0] != '\0' &&
	    master->pidfile >= 0 && master->control >= 0 && master->alive[1] >= 0 &&
	    master->children != NULL;
}

int
master_handover_load(int fd, struct master *master, struct master_listen *sockets,
    struct master_control_asker *asker, char *error, size_t size)
{
	struct heir heir = { .master = master, .sockets = sockets, .asker = asker };
	FILE *in = fdopen(fd, "r");
	char line[sizeof(heir.state) + 16];
	bool good = in != NULL && fgets(line, sizeof(line), in) != NULL && strcmp(line, HEAD) == 0;

	*sockets = (struct master_listen){ .in_use = true };
	asker->len = 0;
	while (good && fgets(line, sizeof(line), in) != NULL)
		good = take_line(&heir, line);
	if (in != NULL)
		fclose(in);
	if (!good || !is_whole(&heir)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(error, size, "what the old kabard left cannot be used: %s",
		    good ? "something is missing" : line);
		return -1;
	}
	master->upgrades++;
	master_keep(master->config, heir.realm, heir.user, heir.state);
	return 0;
}
