/* config_table: all settings: names, defaults, bounds and what a text must look like. */
#include "config/table.h"

#include <arpa/inet.h>
#include <string.h>
#include <syslog.h>

#include "base/hex.h"
#include "base/name.h"
#include "config/config.h"
#include "config/dialects.h"

#define ARRAY_SIZE(a)      (sizeof(a) / sizeof((a)[0]))
#define FIELD(s, f)        .offset = offsetof(struct s, f)
#define TEXT(s, f)         FIELD(s, f), .min = 1, .max = sizeof(((struct s *)0)->f) - 1
#define DIGITS             "0123456789"
#define LETTERS            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define SECONDS_PER_DAY    86400
#define KIB                1024
#define MIB                (KIB * KIB)
#define GIB                ((int64_t)KIB * MIB)
#define FINGERPRINT_PREFIX "SHA256:"
#define FINGERPRINT_DIGITS 64

static const char *
check_name(const char *s)
{
	if (name_valid(s, strlen(s)))
		return NULL;
	return "must consist of letters, digits, dots, dashes and underscores, "
	       "and not begin with a dot or a dash";
}

static const char *
check_path(const char *s)
{
	return *s == '/' ? NULL : "must be an absolute path";
}

/* Asks no name server: a host name must only look like one. */
static const char *
check_address(const char *s)
{
	struct in6_addr address;
	bool good;

	if (strchr(s, ':') != NULL)
		good = inet_pton(AF_INET6, s, &address) == 1;
	else if (s[strspn(s, DIGITS ".")] == '\0')
		good = inet_pton(AF_INET, s, &address) == 1;
	else
		good = s[strspn(s, DIGITS LETTERS "-._")] == '\0';
	return good ? NULL : "must be an IPv4 or IPv6 address or a host name";
}

static const char *
check_listen_address(const char *s)
{
	return strcmp(s, CONFIG_EVERYWHERE) == 0 ? NULL : check_address(s);
}

static const char *
check_fingerprint(const char *s)
{
	const size_t prefix = sizeof(FINGERPRINT_PREFIX) - 1;

	if (strncmp(s, FINGERPRINT_PREFIX, prefix) == 0 &&
	    strspn(s + prefix, HEX_DIGITS) == FINGERPRINT_DIGITS &&
	    s[prefix + FINGERPRINT_DIGITS] == '\0')
		return NULL;
	return "must be SHA256: and 64 lower-case hexadecimal digits";
}

#define DIALECT_WORD(name) { #name, 0 },
static const struct config_word dialects[] = {
	CONFIG_DIALECTS(DIALECT_WORD){ CONFIG_DIALECT_PEER, 0 },
	{ NULL, 0 },
};

static const struct config_word facilities[] = {
	{ "daemon", LOG_DAEMON },
	{ "auth", LOG_AUTH },
	{ "user", LOG_USER },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

static const struct config_word levels[] = {
	{ "error", LOG_ERR },
	{ "warning", LOG_WARNING },
	{ "info", LOG_INFO },
	{ "debug", LOG_DEBUG },
	{ NULL, 0 },
};

static const struct config_word closes[] = {
	{ "reset", CONFIG_CLOSE_RESET },
	{ "orderly", CONFIG_CLOSE_ORDERLY },
	{ NULL, 0 },
};

static const struct config_tunable tunables[] = {
	{
	    .name = "realm",
	    .type = CONFIG_STRING,
	    TEXT(config, realm),
	    .check = check_name,
	    .help = "name of this realm",
	},
	{
	    .name = "user",
	    .type = CONFIG_STRING,
	    TEXT(config, user),
	    .initial = "kabar",
	    .check = check_name,
	    .help = "system user to become when started by root",
	},
	{
	    .name = "state",
	    .type = CONFIG_STRING,
	    TEXT(config, state),
	    .check = check_path,
	    .help = "directory that holds all data",
	},
	{
	    .name = "sync",
	    .type = CONFIG_BOOL,
	    FIELD(config, sync),
	    .initial = "on",
	    .help = "have every message on the disk before it is acknowledged",
	},
	{
	    .name = "registration",
	    .type = CONFIG_BOOL,
	    FIELD(config, registration),
	    .initial = "on",
	    .help = "let clients register accounts",
	},
	{
	    .name = "max_clients",
	    .type = CONFIG_INT,
	    FIELD(config, max_clients),
	    .initial = "4096",
	    .min = 1,
	    .max = 32000,
	    .help = "most connections at a time",
	},
	{
	    .name = "max_clients_per_address",
	    .type = CONFIG_INT,
	    FIELD(config, max_clients_per_address),
	    .initial = "0",
	    .min = 0,
	    .max = 32000,
	    .help = "most connections at a time from one address, 0 for no limit",
	},
	{
	    .name = "login_timeout",
	    .type = CONFIG_DURATION,
	    FIELD(config, login_timeout),
	    .initial = "5m",
	    .min = 1,
	    .max = SECONDS_PER_DAY,
	    .help = "how long a client may take to log in",
	},
	{
	    .name = "idle_timeout",
	    .type = CONFIG_DURATION,
	    FIELD(config, idle_timeout),
	    .initial = "12h",
	    .min = 1,
	    .max = 365 * SECONDS_PER_DAY,
	    .help = "how long a logged-in client may be silent",
	},
	{
	    .name = "write_timeout",
	    .type = CONFIG_DURATION,
	    FIELD(config, write_timeout),
	    .initial = "1m",
	    .min = 1,
	    .max = SECONDS_PER_DAY,
	    .help = "how long a client may leave a reply unread",
	},
	{
	    .name = "close",
	    .type = CONFIG_ENUM,
	    FIELD(config, close),
	    .initial = "reset",
	    .words = closes,
	    .help = "how kabard ends a connection by itself",
	},
	{
	    .name = "token_lifetime",
	    .type = CONFIG_DURATION,
	    FIELD(config, token_lifetime),
	    .initial = "30d",
	    .min = 1,
	    .max = 3650LL * SECONDS_PER_DAY,
	    .help = "how long a session's token is good",
	},
	{
	    .name = "password_cost",
	    .type = CONFIG_INT,
	    FIELD(config, password_cost),
	    .initial = "5",
	    .min = 1,
	    .max = 11,
	    .help = "work to spend on hashing a password; each step doubles it",
	},
	{
	    .name = "inbox_max",
	    .type = CONFIG_INT,
	    FIELD(config, inbox_max),
	    .initial = "100000",
	    .min = 1,
	    .max = 1000000000,
	    .help = "unread messages past which more are refused",
	},
	{
	    .name = "message_keep",
	    .type = CONFIG_DURATION,
	    FIELD(config, message_keep),
	    .initial = "30d",
	    .min = 1,
	    .max = 3650LL * SECONDS_PER_DAY,
	    .help = "how long messages that were read are kept",
	},
	{
	    .name = "unread_keep",
	    .type = CONFIG_DURATION,
	    FIELD(config, unread_keep),
	    .initial = "90d",
	    .min = 1,
	    .max = 3650LL * SECONDS_PER_DAY,
	    .help = "how long unread messages are kept",
	},
	{
	    .name = "log_max_size",
	    .type = CONFIG_SIZE,
	    FIELD(config, log_max_size),
	    .initial = "16M",
	    .min = 64 * KIB,
	    .max = GIB,
	    .help = "bytes of messages of one user or group past which those read go",
	},
	{
	    .name = "log_file_size",
	    .type = CONFIG_SIZE,
	    FIELD(config, log_file_size),
	    .initial = "64M",
	    .min = 16 * MIB, /* TDB makes room for a hundred of the largest messages at once */
	    .max = 2 * GIB,
	    .help = "size at which a file of messages ends and the next begins",
	},
	{
	    .name = "file_max",
	    .type = CONFIG_SIZE,
	    FIELD(config, file_max),
	    .initial = "16M",
	    .min = 1,
	    .max = 64 * GIB,
	    .help = "bytes of the largest file that a user may send",
	},
	{
	    .name = "inbox_file_max",
	    .type = CONFIG_SIZE,
	    FIELD(config, inbox_file_max),
	    .initial = "256K",
	    .min = 0,
	    .max = 64 * GIB,
	    .help = "bytes of the largest file whose content an inbox of realm carries",
	},
	{
	    .name = "user_quota",
	    .type = CONFIG_SIZE,
	    FIELD(config, user_quota),
	    .initial = "256M",
	    .min = 1,
	    .max = 1024 * GIB,
	    .help = "bytes of the files of one user that are kept at a time",
	},
	{
	    .name = "peer_quota",
	    .type = CONFIG_SIZE,
	    FIELD(config, peer_quota),
	    .initial = "1G",
	    .min = 1,
	    .max = 1024 * GIB,
	    .help = "bytes of the files from one realm that are kept at a time",
	},
	{
	    .name = "file_keep",
	    .type = CONFIG_DURATION,
	    FIELD(config, file_keep),
	    .initial = "90d",
	    .min = 1,
	    .max = 3650LL * SECONDS_PER_DAY,
	    .help = "how long files are kept",
	},
	{
	    .name = "queue_keep",
	    .type = CONFIG_DURATION,
	    FIELD(config, queue_keep),
	    .initial = "3d",
	    .min = 1,
	    .max = 365 * SECONDS_PER_DAY,
	    .help = "how long a message for another realm waits before it goes back",
	},
	{
	    .name = "queue_notice",
	    .type = CONFIG_DURATION,
	    FIELD(config, queue_notice),
	    .initial = "4h",
	    .min = 1,
	    .max = 365 * SECONDS_PER_DAY,
	    .help = "how long it waits before its sender is told",
	},
	{
	    .name = "queue_max",
	    .type = CONFIG_INT,
	    FIELD(config, queue_max),
	    .initial = "1000000",
	    .min = 1,
	    .max = 1000000000,
	    .help = "messages waiting for one realm past which more are refused",
	},
	{
	    .name = "delivery_wait",
	    .type = CONFIG_DURATION,
	    FIELD(config, delivery_wait),
	    .initial = "2s",
	    .min = 0,
	    .max = 60,
	    .help = "how long a sender waits for another realm's answer",
	},
	{
	    .name = "peer_rate",
	    .type = CONFIG_INT,
	    FIELD(config, peer_rate),
	    .initial = "0",
	    .min = 0,
	    .max = 1000000,
	    .help = "most messages a second from one realm, 0 for no limit",
	},
	{
	    .name = "janitor_interval",
	    .type = CONFIG_DURATION,
	    FIELD(config, janitor_interval),
	    .initial = "1h",
	    .min = 1,
	    .max = 7 * SECONDS_PER_DAY,
	    .help = "how often what has expired is cleared away",
	},
	{
	    .name = "log_facility",
	    .type = CONFIG_ENUM,
	    FIELD(config, log_facility),
	    .initial = "daemon",
	    .words = facilities,
	    .help = "syslog facility",
	},
	{
	    .name = "log_level",
	    .type = CONFIG_ENUM,
	    FIELD(config, log_level),
	    .initial = "info",
	    .words = levels,
	    .help = "least important messages that are logged",
	},
};

static const struct config_tunable listen_tunables[] = {
	{
	    .name = "address",
	    .type = CONFIG_STRING,
	    TEXT(config_listen, address),
	    .initial = "0.0.0.0",
	    .check = check_listen_address,
	    .help = "address to listen on",
	},
	{
	    .name = "port",
	    .type = CONFIG_PORT,
	    FIELD(config_listen, port),
	    .initial = "8889",
	    .min = 1,
	    .max = UINT16_MAX,
	    .help = "TCP port to listen on",
	},
	{
	    .name = "dialect",
	    .type = CONFIG_STRING,
	    TEXT(config_listen, dialect),
	    .initial = CONFIG_DIALECT_DEFAULT,
	    .words = dialects,
	    .help = "dialect spoken here",
	},
	{
	    .name = "tls",
	    .type = CONFIG_BOOL,
	    FIELD(config_listen, tls),
	    .initial = "off",
	    .help = "speak TLS with clients",
	},
	{
	    .name = "certificate",
	    .type = CONFIG_STRING,
	    FIELD(config_listen, certificate),
	    .initial = "",
	    .max = sizeof(((struct config_listen *)0)->certificate) - 1,
	    .check = check_path,
	    .help = "file with the certificate for TLS, and those between it and its authority",
	},
	{
	    .name = "key",
	    .type = CONFIG_STRING,
	    FIELD(config_listen, key),
	    .initial = "",
	    .max = sizeof(((struct config_listen *)0)->key) - 1,
	    .check = check_path,
	    .help = "file with the certificate's private key",
	},
};

static const struct config_tunable peer_tunables[] = {
	{
	    .name = "address",
	    .type = CONFIG_STRING,
	    TEXT(config_peer, address),
	    .check = check_address,
	    .help = "where the peer listens",
	},
	{
	    .name = "port",
	    .type = CONFIG_PORT,
	    FIELD(config_peer, port),
	    .min = 1,
	    .max = UINT16_MAX,
	    .help = "TCP port where the peer listens",
	},
	{
	    .name = "fingerprint",
	    .type = CONFIG_STRING,
	    FIELD(config_peer, fingerprint),
	    .initial = "",
	    .max = sizeof(((struct config_peer *)0)->fingerprint) - 1,
	    .check = check_fingerprint,
	    .help = "fingerprint of the peer's certificate",
	},
	{
	    .name = "legacy",
	    .type = CONFIG_BOOL,
	    FIELD(config_peer, legacy),
	    .initial = "off",
	    .help = "speak the old, unauthenticated protocol between servers",
	},
};

const struct config_tunable *
config_table(size_t *n)
{
	*n = ARRAY_SIZE(tunables);
	return tunables;
}

const struct config_tunable *
config_table_listen(size_t *n)
{
	*n = ARRAY_SIZE(listen_tunables);
	return listen_tunables;
}

const struct config_tunable *
config_table_peer(size_t *n)
{
	*n = ARRAY_SIZE(peer_tunables);
	return peer_tunables;
}
