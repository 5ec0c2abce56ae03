/* master_options: what the main program tells a master. */
#ifndef KABAR_MASTER_OPTIONS_H
#define KABAR_MASTER_OPTIONS_H

#include <sys/types.h>

#include <stdbool.h>

struct master_options {
	const char *config_path; /* absolute; read again on SIGHUP */
	const char *program;     /* absolute; what an upgrade starts */
	bool foreground;         /* the log stays on the standard error */
	int handover;            /* a descriptor with what an old master left; -1: none did */
	int n_passed;            /* listening sockets that a service manager passes */
	uid_t worker_uid;        /* of the user that serves clients; 0: this process's own */
	/* Called once when the master listens and nothing can fail any more; may be NULL. */
	void (*ready)(void *arg);
	void *arg;
};

#endif
