/*
 * soak_ledger: who was sent what, and what of it was read. Each reader has a list of what is under
 * way, in the order of sending, so that what is looked for mostly lies at its beginning.
 */
#include "soak_ledger.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_stat.h"

#define FORGET_MS (600 * 1000) /* what may or may not come (again) has come by then */
#define BOX_START 256
#define PAST      1024 /* of what is over so much is remembered */

enum state {
	SENDING,
	WAITING,   /* acknowledged, to be read */
	UNCERTAIN, /* nobody knows whether it is there */
	SHOWN      /* read, but the server may not know that yet */
};

struct entry {
	int64_t sent_ms;
	uint32_t number;
	unsigned int connection; /* over which it was shown */
	uint16_t sender;
	uint8_t state;
	bool is_file;
};

struct box {
	pthread_mutex_t lock;
	struct entry *entries;
	size_t n;
	size_t size;
	uint32_t last[LEDGER_SENDERS];  /* the newest of each sender's that was shown */
	uint32_t floor[LEDGER_SENDERS]; /* the same when the reply began */
	bool has_lists;                 /* so that only that counts */
	struct entry past[PAST];
	int64_t past_ms[PAST];
	size_t n_past; /* ever */
};

struct ledger {
	uint32_t numbers[LEDGER_SENDERS]; /* each used by its sender alone */
	struct box boxes[LEDGER_READERS];
};

static int64_t
now_ms(void)
{
	return stat_now_ns() / 1000000;
}

struct ledger *
ledger_new(void)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	for (size_t i = 0; ledger != NULL && i < LEDGER_READERS; i++)
		pthread_mutex_init(&ledger->boxes[i].lock, NULL);
	return ledger;
}

void
ledger_free(struct ledger *ledger)
{
	for (size_t i = 0; ledger != NULL && i < LEDGER_READERS; i++) {
		pthread_mutex_destroy(&ledger->boxes[i].lock);
		free(ledger->boxes[i].entries);
	}
	free(ledger);
}

/* The test ends when memory runs out: its ledger would be wrong. */
static void
grow_box(struct box *box)
{
	size_t size = box->size == 0 ? BOX_START : box->size * 2;
	struct entry *entries = realloc(box->entries, size * sizeof(*entries));

	if (entries == NULL) {
		fprintf(stderr, "no memory for the ledger\n");
		abort();
	}
	box->entries = entries;
	box->size = size;
}

static void
take_out(struct box *box, struct entry *entry)
{
	size_t at = (size_t)(entry - box->entries);

	memmove(entry, entry + 1, (box->n - at - 1) * sizeof(*entry));
	box->n--;
}

static void
remember_entry(struct box *box, const struct entry *entry)
{
	box->past_ms[box->n_past % PAST] = now_ms();
	box->past[box->n_past++ % PAST] = *entry;
}

static struct entry *
find(struct box *box, unsigned int sender, uint32_t number)
{
	for (size_t i = 0; i < box->n; i++)
		if (box->entries[i].number == number && box->entries[i].sender == sender)
			return &box->entries[i];
	return NULL;
}

uint32_t
ledger_begin(struct ledger *ledger, unsigned int sender, const unsigned int readers[],
    unsigned int n_readers, bool is_file)
{
	struct entry entry = { .sent_ms = now_ms(),
		.number = ++ledger->numbers[sender],
		.sender = (uint16_t)sender,
		.state = SENDING,
		.is_file = is_file };

	for (unsigned int i = 0; i < n_readers; i++) {
		struct box *box = &ledger->boxes[readers[i]];

		pthread_mutex_lock(&box->lock);
		if (box->n == box->size)
			grow_box(box);
		box->entries[box->n++] = entry;
		pthread_mutex_unlock(&box->lock);
	}
	return entry.number;
}

/* It may have been shown, or hidden by a dialect, before the sender had the answer. */
static bool
end_one(struct box *box, struct entry *entry, enum ledger_outcome outcome)
{
	bool refused_but_shown = outcome == LEDGER_REFUSED && entry->state == SHOWN;

	if (outcome == LEDGER_REFUSED) {
		remember_entry(box, entry);
		take_out(box, entry);
	} else if (entry->state == SENDING)
		entry->state = outcome == LEDGER_ACKNOWLEDGED ? WAITING : UNCERTAIN;
	return !refused_but_shown;
}

bool
ledger_end(struct ledger *ledger, unsigned int sender, uint32_t number,
    const unsigned int readers[], unsigned int n_readers, enum ledger_outcome outcome)
{
	bool sound = true;

	for (unsigned int i = 0; i < n_readers; i++) {
		struct box *box = &ledger->boxes[readers[i]];

		pthread_mutex_lock(&box->lock);
		struct entry *entry = find(box, sender, number);
		if (entry != NULL && !end_one(box, entry, outcome))
			sound = false;
		else if (entry == NULL && outcome == LEDGER_REFUSED)
			sound = false; /* shown, and confirmed */
		pthread_mutex_unlock(&box->lock);
	}
	return sound;
}

void
ledger_reply(struct ledger *ledger, unsigned int reader, bool has_lists)
{
	struct box *box = &ledger->boxes[reader];

	pthread_mutex_lock(&box->lock);
	box->has_lists = has_lists;
	memcpy(box->floor, box->last, sizeof(box->floor));
	pthread_mutex_unlock(&box->lock);
}

enum ledger_reading
ledger_read(struct ledger *ledger, unsigned int reader, unsigned int sender, uint32_t number,
    unsigned int connection)
{
	struct box *box = &ledger->boxes[reader];
	enum ledger_reading reading = LEDGER_DOUBLED;

	if (sender >= LEDGER_SENDERS)
		return LEDGER_DOUBLED;
	pthread_mutex_lock(&box->lock);
	struct entry *entry = find(box, sender, number);
	if (entry != NULL && entry->state == SHOWN) {
		reading = entry->connection != connection ? LEDGER_AGAIN : LEDGER_DOUBLED;
	} else if (entry != NULL) {
		bool may_be_late = entry->state == UNCERTAIN;
		uint32_t after = box->has_lists ? box->floor[sender] : box->last[sender];

		reading = number > after || may_be_late ? LEDGER_NEW : LEDGER_DISORDERED;
		entry->state = SHOWN;
		if (!may_be_late && number > box->last[sender])
			box->last[sender] = number;
	}
	if (entry != NULL)
		entry->connection = connection;
	pthread_mutex_unlock(&box->lock);
	return reading;
}

void
ledger_confirm(struct ledger *ledger, unsigned int reader, unsigned int connection)
{
	struct box *box = &ledger->boxes[reader];
	int64_t forget = now_ms() - FORGET_MS;
	size_t kept = 0;

	pthread_mutex_lock(&box->lock);
	for (size_t i = 0; i < box->n; i++) {
		const struct entry *entry = &box->entries[i];
		bool is_over = entry->state == SHOWN && entry->connection == connection;
		bool is_old = entry->state >= UNCERTAIN && entry->sent_ms < forget;

		if (is_over || is_old)
			remember_entry(box, entry);
		else
			box->entries[kept++] = *entry;
	}
	box->n = kept;
	pthread_mutex_unlock(&box->lock);
}

void
ledger_hide_files(struct ledger *ledger, unsigned int reader)
{
	struct box *box = &ledger->boxes[reader];

	pthread_mutex_lock(&box->lock);
	for (size_t i = 0; i < box->n; i++)
		if (box->entries[i].is_file && box->entries[i].state < UNCERTAIN)
			box->entries[i].state = UNCERTAIN;
	pthread_mutex_unlock(&box->lock);
}

void
ledger_explain(struct ledger *ledger, unsigned int reader, unsigned int sender, uint32_t number,
    char *text, size_t size)
{
	static const char *const states[] = { [SENDING] = "refused",
		[WAITING] = "refused",
		[UNCERTAIN] = "uncertain",
		[SHOWN] = "shown" };
	struct box *box = &ledger->boxes[reader];

	snprintf(text, size, "nothing is known of it");
	pthread_mutex_lock(&box->lock);
	for (size_t i = 0; i < PAST && i < box->n_past; i++) {
		const struct entry *entry = &box->past[i];

		if (entry->sender == sender && entry->number == number)
			snprintf(text, size,
			    "%s %s, sent %lld ms ago, shown on connection %u, over %lld ms ago",
			    entry->is_file ? "a file" : "a text", states[entry->state],
			    (long long)(now_ms() - entry->sent_ms), entry->connection,
			    (long long)(now_ms() - box->past_ms[i]));
	}
	pthread_mutex_unlock(&box->lock);
}

size_t
ledger_unread(struct ledger *ledger, unsigned int reader)
{
	struct box *box = &ledger->boxes[reader];
	size_t n = 0;

	pthread_mutex_lock(&box->lock);
	for (size_t i = 0; i < box->n; i++)
		n += box->entries[i].state == WAITING;
	pthread_mutex_unlock(&box->lock);
	return n;
}

void
ledger_each_unread(struct ledger *ledger, unsigned int reader,
    void (*fn)(void *arg, unsigned int sender, uint32_t number, int64_t age_ms), void *arg)
{
	struct box *box = &ledger->boxes[reader];

	pthread_mutex_lock(&box->lock);
	for (size_t i = 0; i < box->n; i++)
		if (box->entries[i].state == WAITING)
			fn(arg, box->entries[i].sender, box->entries[i].number,
			    now_ms() - box->entries[i].sent_ms);
	pthread_mutex_unlock(&box->lock);
}
