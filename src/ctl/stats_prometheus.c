/*
 * ctl_stats_prometheus: a realm in numbers, as text for Prometheus. Names of realms and dialects
 * need no escapes: name_valid() knows no quotes and backslashes.
 */
#include <inttypes.h>
#include <stdio.h>

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

static void
print_peer_number(const struct ctl_stats_peer *peer, const char *name, uint64_t value)
{
	printf("kabar_%s{peer=\"%s\"} %" PRIu64 "\n", name, peer->name, value);
}

static void
print_up(const struct ctl_stats_peer *peer, const char *name)
{
	print_peer_number(peer, name, peer->up);
}

static void
print_queued(const struct ctl_stats_peer *peer, const char *name)
{
	print_peer_number(peer, name, peer->queue.last + 1 - peer->queue.first);
}

static void
print_queued_bytes(const struct ctl_stats_peer *peer, const char *name)
{
	print_peer_number(peer, name, peer->queue.bytes);
}

static void
print_sent(const struct ctl_stats_peer *peer, const char *name)
{
	print_peer_number(peer, name, peer->queue.last);
}

/* Of none there is none: a moment in 1970 would look like an alarm. */
static void
print_oldest(const struct ctl_stats_peer *peer, const char *name)
{
	if (peer->queue.oldest_ms != 0)
		printf("kabar_%s{peer=\"%s\"} %.3f\n", name, peer->name,
		    (double)peer->queue.oldest_ms / 1000);
}

static void
print_round_trip(const struct ctl_stats_peer *peer, const char *name)
{
	if (peer->round_trip_us >= 0)
		printf("kabar_%s{peer=\"%s\"} %.6f\n", name, peer->name,
		    (double)peer->round_trip_us / 1000000);
}

static const struct {
	const char *name;
	const char *type;
	const char *help;
	void (*print)(const struct ctl_stats_peer *, const char *name);
} peer_metrics[] = {
	{ .name = "peer_up",
	    .type = "gauge",
	    .help = "Whether the link to the realm is open.",
	    .print = print_up },
	{ .name = "peer_queued_messages",
	    .type = "gauge",
	    .help = "Messages that wait for the realm.",
	    .print = print_queued },
	{ .name = "peer_queued_bytes",
	    .type = "gauge",
	    .help = "What these take.",
	    .print = print_queued_bytes },
	{ .name = "peer_messages_total",
	    .type = "counter",
	    .help = "Messages ever queued for the realm.",
	    .print = print_sent },
	{ .name = "peer_oldest_timestamp_seconds",
	    .type = "gauge",
	    .help = "When the oldest message that waits was queued.",
	    .print = print_oldest },
	{ .name = "peer_round_trip_seconds",
	    .type = "gauge",
	    .help = "The last time that was measured to the realm.",
	    .print = print_round_trip },
};

void
ctl_stats_print_prometheus(const struct ctl_stats *stats, const char *realm)
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
			peer_metrics[i].print(&stats->peers[j], peer_metrics[i].name);
	}
}
