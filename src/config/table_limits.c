/* config_table_limits: names, defaults and bounds. */
#include "config/table_limits.h"

#include "config/config.h"

static const struct config_tunable tunables[] = {
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
	    .name = "write_rate",
	    .type = CONFIG_SIZE,
	    FIELD(config, write_rate),
	    .initial = "1K",
	    .min = 0,
	    .max = GIB,
	    .help = "least bytes a second that a client must take, or send of a request",
	},
	{
	    .name = "request_timeout",
	    .type = CONFIG_DURATION,
	    FIELD(config, request_timeout),
	    .initial = "1m",
	    .min = 1,
	    .max = SECONDS_PER_DAY,
	    .help = "how long a request may take to arrive",
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
	    .name = "log_max_size",
	    .type = CONFIG_SIZE,
	    FIELD(config, log_max_size),
	    .initial = "16M",
	    .min = 64 * KIB,
	    .max = GIB,
	    .help = "bytes of messages of one user or group past which those read go",
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
	    .name = "queue_max",
	    .type = CONFIG_INT,
	    FIELD(config, queue_max),
	    .initial = "1000000",
	    .min = 1,
	    .max = 1000000000,
	    .help = "messages waiting for one realm past which more are refused",
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
};

const struct config_tunable *
config_table_limits(size_t *n)
{
	*n = ARRAY_SIZE(tunables);
	return tunables;
}
