/*
 * soak_realm: the two realms: made, started, ended, and administered by the real programs.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/realm_key.h"
#include "soak.h"

#define START_SECONDS 60
#define ARGS_MAX      16
#define TRUSTS        512

static const char *const names[SOAK_REALMS] = { "surabaya", "malang" };
static const char *const dialects[SOAK_PORTS] = { "realm", "show", "login", "files", "peer" };

/* A port that nobody else gets: bound it is kept, and kabard with SO_REUSEADDR can listen on it. */
static int
reserve_port(struct soak_realm *realm, int i)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		perror("no port");
		return -1;
	}
	realm->port_fds[i] = fd;
	realm->ports[i] = ntohs(address.sin_port);
	return 0;
}

static int
write_config(const struct soak *soak, const struct soak_realm *realm, const char *path,
    const char *state, const char *peer)
{
	const struct passwd *user = getpwuid(geteuid());
	FILE *file = fopen(path, "we");

	if (file == NULL || user == NULL) {
		perror(path);
		if (file != NULL)
			fclose(file);
		return -1;
	}
	fprintf(file, "realm = \"%s\"\nuser = \"%s\"\nstate = \"%s\"\n", realm->name, user->pw_name,
	    state);
	fprintf(file,
	    "max_clients = 500\npassword_cost = 1\nlog_file_size = 16M\n"
	    "checkpoint_size = 2M\n");
	fprintf(file, "log_max_size = 256K\nmessage_keep = %u\nfile_keep = %u\n", soak->keep_s,
	    soak->keep_s);
	fprintf(file, "janitor_interval = %u\nlog_level = \"info\"\n", soak->keep_s / 4 + 1);
	for (int i = 0; i < SOAK_PORTS; i++)
		fprintf(file,
		    "listen \"%s\" {\n\taddress = \"127.0.0.1\"\n\tport = %d\n\tdialect = "
		    "\"%s\"\n}\n",
		    dialects[i], realm->ports[i], dialects[i]);
	fputs(peer, file);
	return fclose(file);
}

static void
scratch_paths(const struct soak_realm *realm, char config[SOAK_PATH], char state[SOAK_PATH])
{
	snprintf(config, SOAK_PATH, "%s/scratch.conf", realm->dir);
	snprintf(state, SOAK_PATH, "%s/scratch", realm->dir);
}

int
soak_realm_configure(struct soak *soak, unsigned int index)
{
	struct soak_realm *realm = &soak->realms[index], *other = &soak->realms[1 - index];
	char fingerprint[REALM_KEY_FINGERPRINT], error[512], peer[TRUSTS];
	char config[SOAK_PATH], state[SOAK_PATH];

	if (realm_key_fingerprint(other->state, fingerprint, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		return -1;
	}
	snprintf(peer, sizeof(peer),
	    "peer \"%s\" {\n\taddress = \"127.0.0.1\"\n\tport = %d\n\tfingerprint = \"%s\"\n}\n",
	    other->name, other->ports[PORT_PEER], fingerprint);
	scratch_paths(realm, config, state);
	if (write_config(soak, realm, config, state, "") != 0)
		return -1;
	return write_config(soak, realm, realm->config, realm->state, peer);
}

static int
make_accounts(struct soak *soak, const struct soak_realm *realm)
{
	char name[16], group[16];

	for (unsigned int i = 0; i < SOAK_USERS; i++) {
		snprintf(name, sizeof(name), SOAK_USER, i);
		if (soak_ctl(soak, realm, NULL, SOAK_PASSWORD "\n", NULL, 0,
		        (const char *const[]){ "user", "add", name, NULL }) != 0)
			return -1;
	}
	for (unsigned int g = 0; g < SOAK_GROUPS; g++) {
		bool is_made = false;

		snprintf(group, sizeof(group), SOAK_GROUP, g);
		for (unsigned int i = 0; i < SOAK_USERS; i++) {
			snprintf(name, sizeof(name), SOAK_USER, i);
			if (!soak_is_member(g, i))
				continue;
			if (SOAK_CTL(soak, realm, "group", is_made ? "join" : "add", group, name) !=
			    0)
				return -1;
			is_made = true;
		}
	}
	return 0;
}

int
soak_realm_make(struct soak *soak, unsigned int index)
{
	struct soak_realm *realm = &soak->realms[index];
	char dir[SERVER_PATH];

	realm->index = index;
	realm->name = names[index];
	for (int i = 0; i < SOAK_PORTS; i++)
		if (reserve_port(realm, i) != 0)
			return -1;
	snprintf(dir, sizeof(dir), "%s/%s", soak->dir, realm->name);
	snprintf(realm->dir, sizeof(realm->dir), "%s", dir);
	snprintf(realm->state, sizeof(realm->state), "%s/state", dir);
	snprintf(realm->config, sizeof(realm->config), "%s/kabar.conf", dir);
	snprintf(realm->log, sizeof(realm->log), "%s/log", dir);
	if (mkdir(realm->dir, 0700) != 0) {
		perror(realm->dir);
		return -1;
	}
	if (write_config(soak, realm, realm->config, realm->state, "") != 0 ||
	    SOAK_CTL(soak, realm, "init") != 0 || make_accounts(soak, realm) != 0) {
		fprintf(stderr, "the realm %s cannot be made\n", realm->name);
		return -1;
	}
	return 0;
}

int
soak_realm_start(struct soak *soak, struct soak_realm *realm)
{
	char program[SOAK_PATH];
	const char *argv[] = { program, "-c", realm->config, "-f", NULL };

	snprintf(program, sizeof(program), "%s/kabard", soak->programs);
	pid_t pid = server_spawn(argv, realm->log, NULL);
	if (pid < 0 || server_wait(pid, realm->ports[PORT_REALM], START_SECONDS) != 0) {
		fprintf(stderr, "kabard of %s does not serve; see %s\n", realm->name, realm->log);
		return -1;
	}
	atomic_store(&realm->kabard, pid);
	return 0;
}

int
soak_realm_end(struct soak *soak, struct soak_realm *realm, int signal)
{
	pid_t pid = atomic_exchange(&realm->kabard, 0);
	int64_t limit = soak_now_ms() + 20000;
	int status = 0;

	if (pid == 0)
		return 0;
	kill(pid, signal);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (soak_now_ms() > limit) {
			soak_fail(soak, "%s: kabard does not end within 20 s", realm->name);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
		soak_pause_ms(10);
	}
	return status;
}

void
soak_realm_remove(struct soak_realm *realm)
{
	for (int i = 0; i < SOAK_PORTS; i++)
		if (realm->port_fds[i] > 0)
			close(realm->port_fds[i]);
}

/* A file without a name that holds the input, or an empty one for the output. */
static int
make_unnamed_file(const char *text)
{
	FILE *file = tmpfile();
	int fd;

	if (file == NULL)
		return -1;
	if (text != NULL)
		fputs(text, file);
	fflush(file);
	fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);
	fclose(file);
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static pid_t
start_ctl(const char *const argv[], int in, int out)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

int
soak_ctl(struct soak *soak, const struct soak_realm *realm, const char *config, const char *input,
    char *output, size_t size, const char *const args[])
{
	char program[SOAK_PATH], said[4096] = "";
	const char *argv[ARGS_MAX] = { program, "-c", config != NULL ? config : realm->config };
	int in = make_unnamed_file(input), out = make_unnamed_file(NULL), status = -1;

	snprintf(program, sizeof(program), "%s/kabarctl", soak->programs);
	for (int i = 0; args[i] != NULL && i < ARGS_MAX - 4; i++)
		argv[3 + i] = args[i];
	pid_t pid = in < 0 || out < 0 ? -1 : start_ctl(argv, in, out);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	status = pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (output == NULL) {
		output = said;
		size = sizeof(said);
	}
	ssize_t got = out < 0 ? 0 : pread(out, output, size - 1, 0);
	output[got < 0 ? 0 : got] = '\0';
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return status;
}
