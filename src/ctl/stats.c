/*
 * ctl_stats: counts what a realm has. How that is printed is in ctl_stats_show and
 * ctl_stats_prometheus.
 */
#include "ctl/stats.h"

#include <bsd/string.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/file/blob.h"
#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/table.h"
#include "master/pidfile.h"
#include "store/store_admin.h"

#define AT(member) .offset = offsetof(struct ctl_stats, member)

const struct ctl_stats_number ctl_stats_numbers[] = {
	{ .key = "up", .help = "Whether kabard runs on the state directory.", AT(up) },
	{ .key = "users", .help = "Accounts.", AT(users) },
	{ .key = "users_locked", .help = "Accounts that are locked.", AT(users_locked) },
	{ .key = "groups", .help = "Groups.", AT(groups) },
	{ .key = "messages_total",
	    .help = "Messages ever stored, with those for other realms and notices.",
	    .counter = true,
	    AT(messages) },
	{ .key = "files", .help = "Files that users have sent and that are kept.", AT(files) },
	{ .key = "files_bytes",
	    .help = "What these count in their senders' quotas.",
	    AT(files_bytes) },
	{ .key = "contents", .help = "Contents of files on the disk, each once.", AT(contents) },
	{ .key = "contents_bytes", .help = "What these take.", AT(contents_bytes) },
	{ .key = "log_files", .help = "Files of messages.", AT(log_files) },
	{ .key = "log_bytes", .help = "What these take.", AT(log_bytes) },
	{ .key = "tables_bytes",
	    .help = "What the file of users, groups and cursors takes.",
	    AT(tables_bytes) },
	{ .key = "journal_bytes",
	    .help = "What the files of the journal take.",
	    AT(journal_bytes) },
	{ .key = "checkpoint_bytes",
	    .help = "What the last checkpoint takes, if it shares nothing.",
	    AT(checkpoint_bytes) },
	{ .key = "checkpoint_age_seconds",
	    .help = "How long ago it was made.",
	    AT(checkpoint_age_seconds) },
	{ .key = "connections_logged_in",
	    .help = "Connections on which somebody is logged in.",
	    AT(connections_logged_in) },
	{ .key = "limit_max_clients_total",
	    .help = "Connections refused by max_clients.",
	    .counter = true,
	    AT(limits[LIMITS_CLIENTS]) },
	{ .key = "limit_per_address_total",
	    .help = "Connections refused by max_clients_per_address.",
	    .counter = true,
	    AT(limits[LIMITS_ADDRESS]) },
	{ .key = "limit_connect_rate_total",
	    .help = "Connections refused by connect_rate.",
	    .counter = true,
	    AT(limits[LIMITS_CONNECT_RATE]) },
	{ .key = "limit_max_unknown_total",
	    .help = "Connections refused or ended by max_unknown.",
	    .counter = true,
	    AT(limits[LIMITS_UNKNOWN]) },
	{ .key = "limit_login_time_total",
	    .help = "Connections ended by login_timeout.",
	    .counter = true,
	    AT(limits[LIMITS_LOGIN_TIME]) },
	{ .key = "limit_request_time_total",
	    .help = "Connections ended by request_timeout.",
	    .counter = true,
	    AT(limits[LIMITS_REQUEST_TIME]) },
	{ .key = "limit_write_rate_total",
	    .help = "Connections ended by write_timeout or write_rate.",
	    .counter = true,
	    AT(limits[LIMITS_READERS]) },
	{ .key = "limit_before_login_total",
	    .help = "Connections ended by unknown_requests.",
	    .counter = true,
	    AT(limits[LIMITS_BEFORE_LOGIN]) },
	{ .key = "limit_slowed_total",
	    .help = "Requests slowed down by request_rate or byte_rate.",
	    .counter = true,
	    AT(limits[LIMITS_SLOWED]) },
	{ .key = "limit_too_fast_total",
	    .help = "Requests refused by request_rate or byte_rate.",
	    .counter = true,
	    AT(limits[LIMITS_TOO_FAST]) },
	{ .key = "limit_login_wrong_total",
	    .help = "Logins refused for their name or password.",
	    .counter = true,
	    AT(limits[LIMITS_LOGIN_WRONG]) },
	{ .key = "limit_login_delay_total",
	    .help = "Logins held or refused by login_delay.",
	    .counter = true,
	    AT(limits[LIMITS_LOGIN_DELAY]) },
	{ .key = "limit_login_queue_total",
	    .help = "Logins and registrations refused because too many wait.",
	    .counter = true,
	    AT(limits[LIMITS_LOGIN_QUEUE]) },
	{ .key = "limit_registered_total",
	    .help = "Registrations refused by registrations_per_day.",
	    .counter = true,
	    AT(limits[LIMITS_REGISTRATIONS]) },
	{ .key = "limit_send_bytes_total",
	    .help = "Messages refused by send_bytes.",
	    .counter = true,
	    AT(limits[LIMITS_SEND_BYTES]) },
	{ .key = "limit_inbox_total",
	    .help = "Requests refused by inbox_max or inbox_bytes.",
	    .counter = true,
	    AT(limits[LIMITS_INBOX]) },
	{ .key = "limit_queue_max_total",
	    .help = "Messages refused by queue_max or a user's share of it.",
	    .counter = true,
	    AT(limits[LIMITS_QUEUE]) },
	{ .key = "limit_quota_total",
	    .help = "Files refused by user_quota, or peer_quota of an older server.",
	    .counter = true,
	    AT(limits[LIMITS_QUOTA]) },
	{ .key = "limit_uploads_max_total",
	    .help = "Files refused by uploads_max.",
	    .counter = true,
	    AT(limits[LIMITS_UPLOADS]) },
	{ .key = "limit_groups_max_total",
	    .help = "Memberships refused by groups_max, groups_own_max or group_members_max.",
	    .counter = true,
	    AT(limits[LIMITS_GROUPS]) },
	{ .key = "limit_peer_bytes_total",
	    .help = "Links ended, and requests of older servers refused, by peer_bytes.",
	    .counter = true,
	    AT(limits[LIMITS_PEER_BYTES]) },
	{ .key = "limit_min_free_total",
	    .help = "Requests refused and links ended by min_free, or a full disk.",
	    .counter = true,
	    AT(limits[LIMITS_MIN_FREE]) },
	{ .key = "limit_guests_per_day_total",
	    .help = "Guests refused by guests_per_day.",
	    .counter = true,
	    AT(limits[LIMITS_GUESTS]) },
};
const size_t ctl_stats_n_numbers = sizeof(ctl_stats_numbers) / sizeof(ctl_stats_numbers[0]);

uint64_t
ctl_stats_value(const struct ctl_stats *stats, const struct ctl_stats_number *number)
{
	uint64_t value;

	memcpy(&value, (const char *)stats + number->offset, sizeof(value));
	return value;
}

static int
count_user(void *arg, const struct chat_user *user)
{
	struct ctl_stats *stats = arg;

	stats->users++;
	stats->users_locked += user->locked;
	return 0;
}

static int
count_quota(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct ctl_stats *stats = arg;
	struct chat_quota quota;

	(void)key;
	(void)key_len;
	if (!chat_quota_parse(value, len, &quota))
		return 0;
	stats->files += quota.files;
	stats->files_bytes += quota.bytes;
	return 0;
}

struct contents {
	const struct config *config;
	struct ctl_stats *stats;
};

static int
count_content(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	const struct contents *contents = arg;
	int64_t size = chat_blob_size(contents->config, hash);

	if (size < 0)
		return 0; /* it went in this moment */
	contents->stats->contents++;
	contents->stats->contents_bytes += (uint64_t)size;
	return 0;
}

/* The count of a dialect, added where it is new; NULL: there are too many. */
static uint64_t *
find_dialect(struct ctl_stats *stats, const char *name)
{
	size_t i = 0;

	while (i < stats->n_dialects && strcmp(stats->dialects[i].name, name) != 0)
		i++;
	if (i == CTL_STATS_DIALECTS)
		return NULL;
	if (i == stats->n_dialects) {
		stats->n_dialects++;
		strlcpy(stats->dialects[i].name, name, sizeof(stats->dialects[i].name));
	}
	return &stats->dialects[i].connections;
}

static int
count_connection(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct ctl_stats *stats = arg;
	uint64_t *count = find_dialect(stats, entry->dialect);

	(void)slot;
	stats->connections++;
	stats->connections_logged_in += entry->user != 0;
	if (count != NULL)
		(*count)++;
	return 0;
}

/* A dialect without connections counts 0, lest its series in a monitor come and go. */
static void
count_connections(struct ctl *ctl, struct ctl_stats *stats)
{
	for (size_t i = 0; i < ctl->config.n_listens; i++)
		find_dialect(stats, ctl->config.listens[i].dialect);
	scoreboard_each(ctl->chat.scoreboard, count_connection, stats);
}

static enum chat_result
count_limits(const struct ctl *ctl, struct ctl_stats *stats)
{
	struct limits *limits = limits_open(ctl->config.state);

	if (limits == NULL)
		return CHAT_FAILED;
	for (int i = 0; i < LIMITS_KINDS; i++)
		stats->limits[i] = limits_counted(limits, (enum limits_kind)i);
	limits_close(limits);
	return CHAT_OK;
}

/* Counts the peers of the configuration; others stay in the store. */
static enum chat_result
count_peers(struct chat *chat, struct ctl_stats *stats)
{
	enum chat_result result;
	struct ctl_peer peer;

	for (uint32_t i = 0; (result = ctl_peer_at(chat, i, &peer)) == CHAT_OK; i++) {
		struct ctl_peer *added;

		if (!peer.peer.active)
			continue;
		added = vector_add(&stats->peers, &stats->n_peers, sizeof(*added));
		if (added == NULL)
			return CHAT_FAILED;
		*added = peer;
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

static enum chat_result
count_store(struct ctl *ctl, struct ctl_stats *stats)
{
	struct chat_set groups = chat_group_names();
	struct store *store = ctl->chat.store;
	int64_t now = clock_now_ms();
	struct store_sizes sizes;
	uint64_t next_seq;
	uint32_t count;

	if (chat_user_each(&ctl->chat, count_user, stats) != CHAT_OK ||
	    store_each(store, CHAT_TABLE_QUOTAS, count_quota, stats) != 0 ||
	    chat_set_count(&ctl->chat, &groups, &count) != STORE_OK ||
	    store_next_seq(store, &next_seq) != STORE_OK || store_sizes(store, &sizes) != 0)
		return CHAT_FAILED;
	stats->groups = count;
	stats->messages = next_seq - 1;
	stats->log_files = sizes.log_files;
	stats->log_bytes = sizes.log_bytes;
	stats->tables_bytes = sizes.tables_bytes;
	stats->journal_bytes = sizes.journal_bytes;
	stats->checkpoint_bytes = sizes.checkpoint_bytes;
	if (sizes.checkpoint_ms > 0 && sizes.checkpoint_ms < now)
		stats->checkpoint_age_seconds = (uint64_t)(now - sizes.checkpoint_ms) / 1000;
	return CHAT_OK;
}

static enum chat_result
count_all(struct ctl *ctl, struct ctl_stats *stats)
{
	struct contents contents = { .config = &ctl->config, .stats = stats };
	pid_t pid;

	stats->up = master_pidfile_look(ctl->config.state, &pid) == MASTER_PIDFILE_LOCKED;
	if (count_store(ctl, stats) != CHAT_OK || count_limits(ctl, stats) != CHAT_OK ||
	    chat_blob_each(&ctl->config, count_content, &contents) != 0)
		return CHAT_FAILED;
	count_connections(ctl, stats);
	return count_peers(&ctl->chat, stats);
}

int
ctl_stats(struct ctl *ctl)
{
	struct ctl_stats stats = { .up = 0 };
	enum chat_result result = count_all(ctl, &stats);

	if (result != CHAT_OK)
		ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
	else if (ctl->options['p'] != NULL)
		ctl_stats_prometheus(&stats, ctl->config.realm);
	else if (ctl->json)
		ctl_stats_show_json(&stats, ctl->config.realm);
	else
		ctl_stats_show(&stats);
	free(stats.peers);
	return result == CHAT_OK ? CTL_OK : CTL_UNAVAILABLE;
}
