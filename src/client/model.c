/*
 * Conversations in memory.
 */
#include "client/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bsd/stdlib.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "base/vector.h"

int
client_model_init(struct client_model *m, const char *self)
{
	*m = (struct client_model){ .self = strdup(self) };
	return m->self == NULL ? -1 : 0;
}

void
client_model_free_message(struct client_model_message *m)
{
	free(m->from);
	free(m->text);
	free(m->file);
	free(m->reason);
	*m = (struct client_model_message){ 0 };
}

void
client_model_forget(struct client_model_conversation *c)
{
	for (size_t i = 0; i < c->n; i++)
		client_model_free_message(&c->messages[i]);
	free(c->messages);
	c->messages = NULL;
	c->n = 0;
	c->older = c->loaded = c->loading = false;
	c->version++;
}

static void
free_conversation(struct client_model_conversation *c)
{
	client_model_forget(c);
	free(c->with);
	free(c->draft);
	free(c);
}

static void
free_pending(struct client_model_pending *p)
{
	free(p->text);
	free(p->path);
	free(p->error);
}

void
client_model_free(struct client_model *m)
{
	for (size_t i = 0; i < m->n; i++)
		free_conversation(m->list[i]);
	free(m->list);
	for (size_t i = 0; i < m->n_pending; i++)
		free_pending(&m->pending[i]);
	free(m->pending);
	free(m->self);
	*m = (struct client_model){ 0 };
}

static size_t
find_bucket(const char *who)
{
	uint64_t hash = FNV_BEGIN;

	for (; *who != '\0'; who++)
		hash = fnv_byte(hash,
		    (unsigned char)(*who >= 'A' && *who <= 'Z' ? *who | 0x20 : *who));
	return hash % CLIENT_MODEL_BUCKETS;
}

struct client_model_conversation *
client_model_find(const struct client_model *m, const char *who)
{
	struct client_model_conversation *c = m->buckets[find_bucket(who)];

	while (c != NULL && strcasecmp(c->with, who) != 0)
		c = c->next;
	return c;
}

struct client_model_conversation *
client_model_open(struct client_model *m, const char *who)
{
	struct client_model_conversation *c = client_model_find(m, who), **place;

	if (c != NULL || m->n == CLIENT_MODEL_MOST)
		return c;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->with = strdup(who);
	place = c->with == NULL ? NULL : vector_add(&m->list, &m->n, sizeof(*place));
	if (place == NULL) {
		free_conversation(c);
		return NULL;
	}
	*place = c;
	c->kind = who[0] == '#' ? CLIENT_MODEL_GROUP : CLIENT_MODEL_PERSON;
	c->next = m->buckets[find_bucket(who)];
	m->buckets[find_bucket(who)] = c;
	m->version++;
	return c;
}

static void
remove_pending(struct client_model *m, size_t i)
{
	m->pending[i].conversation->version++;
	free_pending(&m->pending[i]);
	memmove(m->pending + i, m->pending + i + 1, (m->n_pending - i - 1) * sizeof(*m->pending));
	m->n_pending--;
}

void
client_model_close(struct client_model *m, struct client_model_conversation *c)
{
	struct client_model_conversation **at = &m->buckets[find_bucket(c->with)];

	for (size_t i = m->n_pending; i > 0; i--)
		if (m->pending[i - 1].conversation == c)
			remove_pending(m, i - 1);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	for (size_t i = 0; i < m->n; i++)
		if (m->list[i] == c) {
			memmove(m->list + i, m->list + i + 1, (m->n - i - 1) * sizeof(*m->list));
			m->n--;
			break;
		}
	free_conversation(c);
	m->version++;
}

static int
compare_conversations(const void *a, const void *b)
{
	const struct client_model_conversation *x = *(struct client_model_conversation *const *)a;
	const struct client_model_conversation *y = *(struct client_model_conversation *const *)b;

	if (x->last != y->last)
		return x->last > y->last ? -1 : 1;
	return strcmp(x->with, y->with);
}

void
client_model_sort(struct client_model *m)
{
	if (m->n > 0)
		qsort(m->list, m->n, sizeof(*m->list), compare_conversations);
	m->version++;
}

bool
client_model_is_own(const struct client_model *m, const struct client_model_message *message)
{
	return strcasecmp(m->self, message->from) == 0;
}

/* The first message whose id is not below this one. */
static size_t
find_place(const struct client_model_conversation *c, uint64_t id)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->messages[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct client_model_message *
client_model_find_message(const struct client_model_conversation *c, uint64_t id)
{
	size_t at = find_place(c, id);

	return at < c->n && c->messages[at].id == id ? &c->messages[at] : NULL;
}

static void
drop_oldest(struct client_model_conversation *c)
{
	size_t gone = CLIENT_MODEL_KEPT / 10;

	for (size_t i = 0; i < gone; i++)
		client_model_free_message(&c->messages[i]);
	memmove(c->messages, c->messages + gone, (c->n - gone) * sizeof(*c->messages));
	c->n -= gone;
	c->older = true;
}

bool
client_model_add(struct client_model *m, struct client_model_conversation *c,
    struct client_model_message *message)
{
	size_t at = find_place(c, message->id);
	struct client_model_message *last;

	if (at < c->n && c->messages[at].id == message->id) {
		client_model_set_delivery(m, c, message->id, message->delivery, message->reason);
		client_model_free_message(message);
		return false;
	}
	last = vector_add(&c->messages, &c->n, sizeof(*last));
	if (last == NULL) {
		client_model_free_message(message);
		return false;
	}
	memmove(c->messages + at + 1, c->messages + at, (c->n - 1 - at) * sizeof(*last));
	c->messages[at] = *message;
	*message = (struct client_model_message){ 0 };
	c->version++;
	return true;
}

void
client_model_add_page(struct client_model *m, struct client_model_conversation *c,
    struct client_model_message *page, size_t n)
{
	size_t had = c->n;

	/* Older than all that is there: they move once. */
	while (n > 0 && had > 0 && page[n - 1].id < c->messages[0].id && c->n < had + n &&
	    vector_add(&c->messages, &c->n, sizeof(*page)) != NULL)
		continue;
	if (c->n == had + n && n > 0 && had > 0) {
		memmove(c->messages + n, c->messages, had * sizeof(*page));
		memcpy(c->messages, page, n * sizeof(*page));
		memset(page, 0, n * sizeof(*page));
		c->version++;
		return;
	}
	c->n = had;
	for (size_t i = 0; i < n; i++)
		client_model_add(m, c, &page[i]);
}

/* Moves it to the head of the list. */
static void
head_list(struct client_model *m, const struct client_model_conversation *c)
{
	size_t i = 0;

	while (i < m->n && m->list[i] != c)
		i++;
	if (i > 0 && i < m->n) {
		struct client_model_conversation *head = m->list[i];

		memmove(m->list + 1, m->list, i * sizeof(*m->list));
		m->list[0] = head;
	}
	m->version++;
}

bool
client_model_receive(struct client_model *m, struct client_model_conversation *c,
    struct client_model_message *message)
{
	uint64_t id = message->id;
	int64_t time_ms = message->time_ms;
	bool own = client_model_is_own(m, message), is_newer = id > c->last;

	if (!client_model_add(m, c, message))
		return false;
	if (c->n > CLIENT_MODEL_KEPT)
		drop_oldest(c);
	if (is_newer) {
		c->last = id;
		c->time_ms = time_ms;
		if (!own && id > c->read)
			c->unread++;
		head_list(m, c);
	}
	return true;
}

void
client_model_read(struct client_model *m, struct client_model_conversation *c, uint64_t id)
{
	uint64_t unread = 0;

	if (id <= c->read)
		return;
	c->read = id;
	for (size_t i = find_place(c, id + 1); i < c->n; i++)
		unread += !client_model_is_own(m, &c->messages[i]);
	if (id >= c->last)
		unread = 0;
	else if (c->n == 0 || (c->messages[0].id > id && c->older))
		unread = c->unread; /* too few are known */
	if (unread < c->unread) {
		c->unread = unread;
		m->version++;
	}
	c->version++;
}

/* Up to one that was delivered: what is before it was handled with it. */
static void
deliver_earlier(const struct client_model *m, struct client_model_conversation *c, size_t at)
{
	while (at > 0) {
		struct client_model_message *message = &c->messages[--at];

		if (!client_model_is_own(m, message))
			continue;
		if (message->delivery == CLIENT_MODEL_DELIVERED)
			return;
		if (message->delivery != CLIENT_MODEL_QUEUED)
			continue;
		message->delivery = CLIENT_MODEL_DELIVERED;
		c->version++;
	}
}

void
client_model_set_delivery(struct client_model *m, struct client_model_conversation *c, uint64_t id,
    enum client_model_delivery delivery, const char *reason)
{
	struct client_model_message *message = client_model_find_message(c, id);

	if (message != NULL && delivery == CLIENT_MODEL_DELIVERED)
		deliver_earlier(m, c, (size_t)(message - c->messages));
	/* What became of it is the end; a page that was asked for earlier may say less. */
	if (message == NULL || delivery <= message->delivery)
		return;
	message->delivery = delivery;
	free(message->reason);
	message->reason = reason == NULL ? NULL : strdup(reason);
	c->version++;
}

uint64_t
client_model_count_unread(const struct client_model *m, const struct client_model_conversation *but)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->list[i] != but)
			sum += m->list[i]->unread;
	return sum;
}

void
client_model_key(char key[CLIENT_MODEL_KEY_SIZE])
{
	unsigned char b[16];

	arc4random_buf(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(key, CLIENT_MODEL_KEY_SIZE,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
	    b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15]);
}

struct client_model_pending *
client_model_send(struct client_model *m, struct client_model_conversation *c, const char *text,
    const char *path)
{
	struct client_model_pending p = { .conversation = c, .time_ms = clock_now_ms() }, *last;

	p.text = strdup(text);
	p.path = path == NULL ? NULL : strdup(path);
	last = p.text == NULL || (path != NULL && p.path == NULL)
	    ? NULL
	    : vector_add(&m->pending, &m->n_pending, sizeof(*last));
	if (last == NULL) {
		free_pending(&p);
		return NULL;
	}
	client_model_key(p.key);
	*last = p;
	c->version++;
	return last;
}

struct client_model_pending *
client_model_find_pending(const struct client_model *m, const char *key)
{
	for (size_t i = 0; i < m->n_pending; i++)
		if (strcmp(m->pending[i].key, key) == 0)
			return &m->pending[i];
	return NULL;
}

void
client_model_settle(struct client_model *m, const char *key, uint64_t id, int64_t time_ms)
{
	struct client_model_pending *p = client_model_find_pending(m, key);
	struct client_model_message message = { .id = id, .time_ms = time_ms };

	if (p == NULL)
		return;
	if (id != 0) {
		message.from = strdup(m->self);
		message.text = strdup(p->path == NULL ? p->text : "");
		message.file = p->path == NULL ? NULL : strdup(p->text);
		message.size = p->size;
		if (message.from == NULL || message.text == NULL)
			client_model_free_message(&message);
		else
			client_model_receive(m, p->conversation, &message);
	}
	remove_pending(m, (size_t)(p - m->pending));
}

void
client_model_refuse(struct client_model *m, const char *key, const char *error)
{
	struct client_model_pending *p = client_model_find_pending(m, key);

	if (p == NULL)
		return;
	free(p->error);
	p->error = strdup(error);
	p->conversation->version++;
}

size_t
client_model_count_unsent(const struct client_model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_pending; i++)
		n += m->pending[i].error == NULL;
	return n;
}

void
client_model_unsend(struct client_model *m)
{
	for (size_t i = 0; i < m->n_pending; i++)
		m->pending[i].sent = false;
}
