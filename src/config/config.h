/*
 * config: the settings, as the file gives them or their defaults do. Acting on them is left to
 * their users. README names the files of this folder.
 */
#ifndef KABAR_CONFIG_H
#define KABAR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_PER_ADDRESS 64  /* the default of max_clients_per_address */
#define CONFIG_EVERYWHERE  "*" /* all addresses, IPv4 and IPv6 */

struct config_listen {
	char name[65];
	char address[64]; /* numeric, a host name, or CONFIG_EVERYWHERE */
	uint16_t port;
	char dialect[16]; /* one of CONFIG_DIALECTS, CONFIG_DIALECT_IRC, _WEB or _PEER */
	bool tls;
	char certificate[1024]; /* files in PEM, absolute; both "": the realm's own key */
	char key[1024];
	char trusted_proxy[1024]; /* as of address_list_has(); "": none */
	char prefix[129]; /* of the paths of a page: begins with a slash and ends without; or "" */
};

struct config_peer {
	char name[65];
	char address[256]; /* numeric, or a host name */
	uint16_t port;
	/* "SHA256:" and 64 lower-case hex digits; "" only for a legacy peer */
	char fingerprint[72];
	bool legacy;
};

/* How the server ends a connection that the client has not ended. */
enum { CONFIG_CLOSE_RESET, CONFIG_CLOSE_ORDERLY };
enum { CONFIG_GROUP_FILES_OWN, CONFIG_GROUP_FILES_SHARED };
enum { CONFIG_GROUP_HISTORY_CLOSED, CONFIG_GROUP_HISTORY_OPEN };

/* Who may register: nobody, everybody, or those who have the code of an invitation. */
enum { CONFIG_REGISTRATION_OFF, CONFIG_REGISTRATION_ON, CONFIG_REGISTRATION_INVITATION };

/* Times are in seconds, sizes in bytes. */
struct config {
	char realm[65];
	char user[33];
	char worker_user[33]; /* "": workers are the same user */
	char state[1024];     /* absolute */
	bool sync;
	bool sandbox;
	int registration; /* CONFIG_REGISTRATION_... */
	bool guests;      /* passing accounts; only where everybody may register */
	bool titles;      /* of processes, for all local users */
	char motd[1024];  /* file, absolute; "": none */
	char *motd_text;  /* what config_motd_read() has read; NULL: nothing */
	int max_clients;
	int max_clients_per_address; /* 0: no limit; the default is not for loopback */
	int max_unknown;             /* connections that have not logged in */
	int connect_rate;            /* connections a second from one address, 0: any */
	bool limit_loopback;
	int unknown_requests; /* of a client that has not logged in, 0: any number */
	int request_rate;     /* requests a second of a connection and of a user, 0: any */
	int request_burst;
	uint64_t byte_rate; /* the same of bytes */
	uint64_t byte_burst;
	int64_t login_timeout;
	int64_t idle_timeout;
	int64_t write_timeout;
	uint64_t write_rate; /* bytes a second, 0: any */
	int64_t request_timeout;
	int close; /* CONFIG_CLOSE_... */
	int64_t token_lifetime;
	int password_cost;
	int inbox_max;        /* messages */
	uint64_t inbox_bytes; /* of what is unread in a log, 0: any */
	uint64_t send_bytes;  /* that one user may send in a day, 0: any */
	uint64_t peer_bytes;  /* of messages and files from one realm in a day; 0: any number */
	uint64_t min_free;    /* bytes of the disk */
	int group_files;      /* CONFIG_GROUP_FILES_... */
	int group_history;    /* CONFIG_GROUP_HISTORY_... */
	int uploads_max;      /* unfinished files of one user, 0: any number */
	int groups_max;       /* memberships of one user */
	int groups_own_max;   /* groups that one user owns */
	int password_min;     /* bytes of a new one */
	bool uniform_auth;
	int64_t login_delay;
	int registrations_per_day; /* of one address, 0: no limit */
	int user_invitations;      /* that each user may have open */
	int guests_per_day;        /* from one address, 0: no limit */
	int guests_max;            /* passing accounts that there may be at a time */
	int group_members_max;
	int blocks_max;
	bool history;          /* conversations are kept */
	int conversations_max; /* of one user */
	int64_t message_keep;
	int64_t unread_keep;
	uint64_t log_max_size;
	uint64_t log_file_size;
	uint64_t checkpoint_size; /* of the journal since the last checkpoint */
	uint64_t file_max;
	uint64_t inbox_file_max; /* of a file whose content an inbox carries */
	uint64_t user_quota;
	uint64_t peer_quota; /* of the files from one realm */
	int64_t file_keep;
	int64_t queue_keep; /* of messages for other realms */
	int64_t queue_notice;
	int queue_max; /* messages, for one realm */
	int64_t delivery_wait;
	int peer_rate; /* messages a second that one realm may deliver, 0: no limit */
	int64_t janitor_interval;
	int log_facility; /* LOG_DAEMON, ... as in syslog(3) */
	int log_level;    /* LOG_ERR ... LOG_DEBUG */
	struct config_listen *listens;
	size_t n_listens;
	struct config_peer *peers;
	size_t n_peers;
	char path[4096]; /* of the file, absolute; "": unknown */
};

/*
 * Reads the file at `path`. Returns 0, or -1 with a line for the administrator in `error`,
 * "FILE:LINE: message" where a line is to blame; then there is nothing to free.
 * Not reentrant, as libconfuse is not.
 */
int config_load(struct config *config, const char *path, char *error, size_t size);

void config_free(struct config *config);

/* Prints everything in force; reading that again gives the same. Returns 0, or -1 with errno. */
int config_print(const struct config *config, FILE *out);

#endif
