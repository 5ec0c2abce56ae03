/* config_table: all settings: names, defaults, bounds and what a text must look like. */
#include "config/table.h"

#include <string.h>
#include <syslog.h>

#include "config/check.h"
#include "config/config.h"
#include "config/dialects.h"
#include "config/table_limits.h"

#define TUNABLES_MAX 128

#define DIALECT_WORD(name) { #name, 0 },
static const struct config_word dialects[] = {
	CONFIG_DIALECTS(DIALECT_WORD){ CONFIG_DIALECT_IRC, 0 },
	{ CONFIG_DIALECT_WEB, 0 },
	{ CONFIG_DIALECT_PEER, 0 },
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

/* The first word of each is the one that is printed. */
static const struct config_word registrations[] = {
	{ "on", CONFIG_REGISTRATION_ON },
	{ "off", CONFIG_REGISTRATION_OFF },
	{ "invitation", CONFIG_REGISTRATION_INVITATION },
	{ "yes", CONFIG_REGISTRATION_ON },
	{ "no", CONFIG_REGISTRATION_OFF },
	{ "true", CONFIG_REGISTRATION_ON },
	{ "false", CONFIG_REGISTRATION_OFF },
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
	    .check = config_check_name,
	    .help = "name of this realm",
	},
	{
	    .name = "user",
	    .type = CONFIG_STRING,
	    TEXT(config, user),
	    .initial = "kabar",
	    .check = config_check_name,
	    .help = "system user to become when started by root",
	},
	{
	    .name = "worker_user",
	    .type = CONFIG_STRING,
	    FIELD(config, worker_user),
	    .initial = "kabar-worker",
	    .max = sizeof(((struct config *)0)->worker_user) - 1,
	    .check = config_check_worker,
	    .help = "system user that serves clients when root starts kabard",
	},
	{
	    .name = "state",
	    .type = CONFIG_STRING,
	    TEXT(config, state),
	    .check = config_check_path,
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
	    .name = "sandbox",
	    .type = CONFIG_BOOL,
	    FIELD(config, sandbox),
	    .initial = "on",
	    .help = "confine each process to what it needs",
	},
	{
	    .name = "registration",
	    .type = CONFIG_ENUM,
	    FIELD(config, registration),
	    .initial = "on",
	    .words = registrations,
	    .help = "let clients register accounts, or those who have a code",
	},
	{
	    .name = "guests",
	    .type = CONFIG_BOOL,
	    FIELD(config, guests),
	    .initial = "off",
	    .help = "let clients in without an account where registration is on",
	},
	{
	    .name = "titles",
	    .type = CONFIG_BOOL,
	    FIELD(config, titles),
	    .initial = "off",
	    .help = "show in the list of processes who talks from where",
	},
	{
	    .name = "motd",
	    .type = CONFIG_STRING,
	    FIELD(config, motd),
	    .initial = "",
	    .max = sizeof(((struct config *)0)->motd) - 1,
	    .check = config_check_path,
	    .help = "file with the message of the day, for clients of IRC",
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
	    .name = "log_file_size",
	    .type = CONFIG_SIZE,
	    FIELD(config, log_file_size),
	    .initial = "64M",
	    .min = 16 * MIB, /* TDB makes room for a hundred of the largest messages at once */
	    .max = 2 * GIB,
	    .help = "size at which a file of messages ends and the next begins",
	},
	{
	    .name = "checkpoint_size",
	    .type = CONFIG_SIZE,
	    FIELD(config, checkpoint_size),
	    .initial = "256M",
	    .min = 1 * MIB,
	    .max = 64 * GIB,
	    .help = "size of the journal after which a checkpoint is made",
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
	    .name = "delivery_wait",
	    .type = CONFIG_DURATION,
	    FIELD(config, delivery_wait),
	    .initial = "2s",
	    .min = 0,
	    .max = 60,
	    .help = "how long a sender waits for another realm's answer",
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
	    .check = config_check_listen_address,
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
	    .check = config_check_path,
	    .help = "file with the certificate for TLS, and those between it and its authority",
	},
	{
	    .name = "key",
	    .type = CONFIG_STRING,
	    FIELD(config_listen, key),
	    .initial = "",
	    .max = sizeof(((struct config_listen *)0)->key) - 1,
	    .check = config_check_path,
	    .help = "file with the certificate's private key",
	},
	{
	    .name = "trusted_proxy",
	    .type = CONFIG_STRING,
	    FIELD(config_listen, trusted_proxy),
	    .initial = "",
	    .max = sizeof(((struct config_listen *)0)->trusted_proxy) - 1,
	    .check = config_check_addresses,
	    .help = "proxies that say from which address a client comes",
	},
	{
	    .name = "prefix",
	    .type = CONFIG_STRING,
	    FIELD(config_listen, prefix),
	    .initial = "",
	    .max = sizeof(((struct config_listen *)0)->prefix) - 1,
	    .check = config_check_prefix,
	    .help = "path below which the page lies",
	},
};

static const struct config_tunable peer_tunables[] = {
	{
	    .name = "address",
	    .type = CONFIG_STRING,
	    TEXT(config_peer, address),
	    .check = config_check_address,
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
	    .check = config_check_fingerprint,
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

/* Joined once: those who read and print settings see one table. */
const struct config_tunable *
config_table(size_t *n)
{
	static struct config_tunable all[TUNABLES_MAX];
	size_t n_limits;
	const struct config_tunable *limits = config_table_limits(&n_limits);

	_Static_assert(ARRAY_SIZE(tunables) < TUNABLES_MAX / 2, "and as many limits");
	*n = ARRAY_SIZE(tunables) + n_limits;
	if (all[0].name == NULL) {
		memcpy(all, tunables, sizeof(tunables));
		memcpy(all + ARRAY_SIZE(tunables), limits, n_limits * sizeof(*limits));
	}
	return all;
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
