/*
 * ctl_stats_show: a realm in numbers, for people and as JSON.
 */
#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>

#include "ctl/stats.h"

#define LABEL_WIDTH 24

static void
print_number(const char *key, uint64_t value)
{
	char label[LABEL_WIDTH + 1];

	strlcpy(label, key, sizeof(label));
	for (char *at = label; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	printf("%-*s %" PRIu64 "\n", LABEL_WIDTH, label, value);
}

void
ctl_stats_show(const struct ctl_stats *stats)
{
	char label[LABEL_WIDTH + 1];

	printf("%-*s %s\n", LABEL_WIDTH, "version", PACKAGE_VERSION);
	for (size_t i = 0; i < ctl_stats_n_numbers; i++)
		print_number(ctl_stats_numbers[i].key,
		    ctl_stats_value(stats, &ctl_stats_numbers[i]));
	print_number("connections", stats->connections);
	for (size_t i = 0; i < stats->n_dialects; i++) {
		snprintf(label, sizeof(label), "  %.20s", stats->dialects[i].name);
		print_number(label, stats->dialects[i].connections);
	}
	for (size_t i = 0; i < stats->n_peers; i++) {
		const struct ctl_peer *peer = &stats->peers[i];

		ctl_print_cell(peer->peer.name, LABEL_WIDTH);
		printf(" %s, %" PRIu64 " queued, %" PRIu64 " bytes\n", peer->up ? "up" : "down",
		    peer->queued, peer->queued_bytes);
	}
}

void
ctl_stats_show_json(const struct ctl_stats *stats, const char *realm)
{
	struct json_out json;

	ctl_json_begin(&json);
	json_out_object_begin(&json);
	ctl_json_text(&json, "realm", realm);
	ctl_json_text(&json, "version", PACKAGE_VERSION);
	for (size_t i = 0; i < ctl_stats_n_numbers; i++)
		json_out_pair_int(&json, ctl_stats_numbers[i].key,
		    (int64_t)ctl_stats_value(stats, &ctl_stats_numbers[i]));
	json_out_key(&json, "connections");
	json_out_object_begin(&json);
	for (size_t i = 0; i < stats->n_dialects; i++)
		json_out_pair_int(&json, stats->dialects[i].name,
		    (int64_t)stats->dialects[i].connections);
	json_out_object_end(&json);
	json_out_key(&json, "peers");
	json_out_array_begin(&json);
	for (size_t i = 0; i < stats->n_peers; i++) {
		json_out_object_begin(&json);
		ctl_field_put(&ctl_peer_fields, CTL_LIST_KEY, &stats->peers[i], &json);
		json_out_object_end(&json);
	}
	json_out_array_end(&json);
	json_out_object_end(&json);
	ctl_json_end(&json);
}
