/*
 * bench_store: what the committer needs for entries in several logs, beside those in one: a store
 * without kabard, one client, 64 entries in a transaction, as 64 senders make a batch.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "bench_run.h"
#include "store/store.h"
#include "store/store_admin.h"

#define ENTRY    200
#define ENTRIES  64
#define USERS    1000
#define SENDERS  64
#define TALKS    8000 /* conversations of all senders */
#define TOGETHER 4    /* logs that are made with a conversation */

struct appends {
	struct store *store;
	unsigned int logs; /* of each entry */
	uint64_t turn;
};

/* Senders in turn, each to one after the other: the receiver's log, the conversation's, the
 * sender's. */
static void
choose_logs(uint64_t turn, uint64_t logs[STORE_ENTRY_LOGS])
{
	uint64_t sender = turn % SENDERS, talk = (turn * 3557) % TALKS;

	logs[0] = 1 + talk % USERS;
	logs[1] = USERS + 1 + talk * TOGETHER;
	logs[2] = USERS + 3 + sender * (TALKS / SENDERS) * TOGETHER;
}

static int
append_some(void *arg)
{
	struct appends *appends = arg;
	unsigned char entry[ENTRY] = { 0 };
	uint64_t logs[STORE_ENTRY_LOGS];
	struct store_tx tx;

	store_tx_init(&tx);
	for (unsigned int i = 0; i < ENTRIES; i++) {
		choose_logs(appends->turn++, logs);
		store_tx_append_to(&tx, logs, appends->logs, entry, sizeof(entry), 0,
		    STORE_NO_LIMIT);
	}
	return store_commit(appends->store, &tx, NULL) == STORE_OK ? 0 : -1;
}

/* n is the logs of an entry; m is whether it is synced. */
int
store_appends(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	char state[SERVER_PATH], error[512] = "";
	struct store_options opt = { .state = state, .sync = row->m != 0 };
	struct appends appends = { .logs = row->n };
	struct bench_job job = { .once = append_some, .arg = &appends };
	int status = -1;

	snprintf(state, sizeof(state), "%s/store-%u-%u-%u", bench->dir, row->n, row->m,
	    bench->round);
	if (mkdir(state, 0700) == 0 && store_create(&opt, error, sizeof(error)) == 0)
		appends.store = store_open(&opt, error, sizeof(error));
	if (appends.store == NULL) {
		fprintf(stderr, "%s: %s\n", state, error);
		return -1;
	}
	status = bench_repeat(bench, &job, sample);
	store_close(appends.store);
	return status;
}
