/*
 * bench_ngircd: an ngIRCd of our own: its configuration, its start.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "bench_irc.h"

#define START_SECONDS 20

static int
write_config(const char *path, int port)
{
	FILE *file = fopen(path, "w");

	if (file == NULL) {
		perror(path);
		return -1;
	}
	/* Nothing that would hold a client back, and no questions to others about it. */
	fprintf(file,
	    "[Global]\nName = bench.example.net\nInfo = bench\nListen = 127.0.0.1\nPorts = %d\n"
	    "MotdPhrase = bench\nServerUID = %u\nServerGID = %u\n"
	    "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n"
	    "PingTimeout = 3600\n"
	    "[Options]\nDNS = no\nIdent = no\nPAM = no\n",
	    port, (unsigned int)geteuid(), (unsigned int)getegid());
	return fclose(file);
}

const char *
irc_program(void)
{
	static const char *const places[] = { "/usr/sbin/ngircd", "/usr/local/sbin/ngircd" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

int
irc_server(struct bench *bench)
{
	char config[SERVER_PATH], log[SERVER_PATH];
	const char *argv[] = { irc_program(), "-n", "-f", config, NULL };

	if (bench->other_pid > 0)
		return bench->other_port;
	if (argv[0] == NULL)
		return -1;
	snprintf(config, sizeof(config), "%s/ngircd.conf", bench->dir);
	snprintf(log, sizeof(log), "%s/ngircd.log", bench->dir);
	bench->other_port = server_free_port();
	if (bench->other_port < 0 || write_config(config, bench->other_port) != 0)
		return -1;
	bench->other_pid = server_spawn(argv, log, NULL);
	if (bench->other_pid > 0 &&
	    server_wait(bench->other_pid, bench->other_port, START_SECONDS) == 0)
		return bench->other_port;
	server_end(bench->other_pid, SIGTERM);
	bench->other_pid = 0;
	fprintf(stderr, "%s does not serve\n", argv[0]);
	return -1;
}
