/*
 * ctl_stats_show: a realm in numbers, for people and as JSON.
 */
#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>

#include "ctl_stats.h"

#define LABEL_WIDTH 24

static uint64_t
queued(const struct ctl_stats_peer *peer)
{
	return peer->queue.last + 1 - peer->queue.first;
}

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
ctl_stats_print(const struct ctl_stats *stats)
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
		const struct ctl_stats_peer *peer = &stats->peers[i];

		ctl_print_cell(peer->name, LABEL_WIDTH);
		printf(" %s, %" PRIu64 " queued, %" PRIu64 " bytes\n", peer->up ? "up" : "down",
		    queued(peer), peer->queue.bytes);
	}
}

static void
put_number(struct json_out *json, const char *key, uint64_t value)
{
	json_out_key(json, key);
	json_out_int(json, (int64_t)value);
}

static void
put_peer(struct json_out *json, const struct ctl_stats_peer *peer)
{
	json_out_object_begin(json);
	json_out_key(json, "name");
	json_out_cstring(json, peer->name);
	json_out_key(json, "up");
	json_out_bool(json, peer->up);
	put_number(json, "queued", queued(peer));
	put_number(json, "queued_bytes", peer->queue.bytes);
	json_out_object_end(json);
}

void
ctl_stats_print_json(const struct ctl_stats *stats, const char *realm)
{
	struct json_out json;

	ctl_json_begin(&json);
	json_out_object_begin(&json);
	json_out_key(&json, "realm");
	json_out_cstring(&json, realm);
	json_out_key(&json, "version");
	json_out_cstring(&json, PACKAGE_VERSION);
	for (size_t i = 0; i < ctl_stats_n_numbers; i++)
		put_number(&json, ctl_stats_numbers[i].key,
		    ctl_stats_value(stats, &ctl_stats_numbers[i]));
	json_out_key(&json, "connections");
	json_out_object_begin(&json);
	for (size_t i = 0; i < stats->n_dialects; i++)
		put_number(&json, stats->dialects[i].name, stats->dialects[i].connections);
	json_out_object_end(&json);
	json_out_key(&json, "peers");
	json_out_array_begin(&json);
	for (size_t i = 0; i < stats->n_peers; i++)
		put_peer(&json, &stats->peers[i]);
	json_out_array_end(&json);
	json_out_object_end(&json);
	ctl_json_end(&json);
}
