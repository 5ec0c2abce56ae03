/*
 * ctl_stats_prometheus: a realm in numbers, as text for Prometheus. Names of realms and dialects
 * need no escapes: name_valid() knows no quotes and backslashes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/stats.h"

static void
begin_metric(const char *name, const char *type, const char *help)
{
	printf("# HELP kabar_%s %s\n# TYPE kabar_%s %s\n", name, help, name, type);
}

static void
print_connections(const struct ctl_stats *stats)
{
	begin_metric("connections", "gauge", "Connections, by dialect.");
	for (size_t i = 0; i < stats->n_dialects; i++)
		printf("kabar_connections{dialect=\"%s\"} %" PRIu64 "\n", stats->dialects[i].name,
		    stats->dialects[i].connections);
}

/* The numbers of a peer, each a member of 64 bits. */
static const struct {
	const char *name;
	const char *type;
	const char *help;
	size_t offset;
	int decimals;
	double units;  /* the member is a number of them; 0: of ones */
	bool positive; /* 0 is no value */
} peer_metrics[] = {
	{ .name = "peer_up",
	    .type = "gauge",
	    .help = "Whether the link to the realm is open.",
	    .offset = offsetof(struct ctl_peer, up) },
	{ .name = "peer_queued_messages",
	    .type = "gauge",
	    .help = "Messages that wait for the realm.",
	    .offset = offsetof(struct ctl_peer, queued) },
	{ .name = "peer_queued_bytes",
	    .type = "gauge",
	    .help = "What these take.",
	    .offset = offsetof(struct ctl_peer, queued_bytes) },
	{ .name = "peer_messages_total",
	    .type = "counter",
	    .help = "Messages ever queued for the realm.",
	    .offset = offsetof(struct ctl_peer, ever) },
	/* Where no message waits, 1970 would look like an alarm. */
	{ .name = "peer_oldest_timestamp_seconds",
	    .type = "gauge",
	    .help = "When the oldest message that waits was queued.",
	    .offset = offsetof(struct ctl_peer, oldest_ms),
	    .decimals = 3,
	    .units = 1000,
	    .positive = true },
	{ .name = "peer_round_trip_seconds",
	    .type = "gauge",
	    .help = "The last time that was measured to the realm.",
	    .offset = offsetof(struct ctl_peer, link.round_trip_us),
	    .decimals = 6,
	    .units = 1000000 },
};

static void
print_peer_metric(const struct ctl_peer *peer, size_t metric)
{
	double units = peer_metrics[metric].units == 0 ? 1 : peer_metrics[metric].units;
	int64_t value;

	memcpy(&value, (const char *)peer + peer_metrics[metric].offset, sizeof(value));
	if (value >= (peer_metrics[metric].positive ? 1 : 0))
		printf("kabar_%s{peer=\"%s\"} %.*f\n", peer_metrics[metric].name, peer->peer.name,
		    peer_metrics[metric].decimals, (double)value / units);
}

void
ctl_stats_prometheus(const struct ctl_stats *stats, const char *realm)
{
	begin_metric("build_info", "gauge", "The version, and the realm's name; always 1.");
	printf("kabar_build_info{realm=\"%s\",version=\"%s\"} 1\n", realm, PACKAGE_VERSION);
	for (size_t i = 0; i < ctl_stats_n_numbers; i++) {
		const struct ctl_stats_number *number = &ctl_stats_numbers[i];

		begin_metric(number->key, number->counter ? "counter" : "gauge", number->help);
		printf("kabar_%s %" PRIu64 "\n", number->key, ctl_stats_value(stats, number));
	}
	print_connections(stats);
	for (size_t i = 0; i < sizeof(peer_metrics) / sizeof(peer_metrics[0]); i++) {
		if (stats->n_peers == 0)
			break;
		begin_metric(peer_metrics[i].name, peer_metrics[i].type, peer_metrics[i].help);
		for (size_t j = 0; j < stats->n_peers; j++)
			print_peer_metric(&stats->peers[j], i);
	}
}
