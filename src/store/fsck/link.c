/*
 * store_fsck link: keeps the entries whose numbers grow with their seqs, and links them over those
 * that are gone, with shortcuts back as store_log makes them. What is right stays as it is.
 */
#include "store/fsck/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define YEAR_MS (366LL * 24 * 60 * 60 * 1000)

/* Keeps the longest row of items whose numbers grow; other numbers are damaged. 0 or -1. */
static int
keep_growing(struct fsck_row *row)
{
	size_t *tails = calloc(row->n + 1, sizeof(*tails)),
	       *before = calloc(row->n + 1, sizeof(*before));
	size_t length = 0, kept;

	for (size_t i = 0; tails != NULL && before != NULL && i < row->n; i++) {
		size_t low = 0, high = length;

		while (low < high) {
			size_t middle = (low + high) / 2;

			if (row->items[tails[middle]].header.number < row->items[i].header.number)
				low = middle + 1;
			else
				high = middle;
		}
		tails[low] = i;
		before[i] = low == 0 ? 0 : tails[low - 1];
		length += low == length;
	}
	kept = length;
	for (size_t i = length == 0 || tails == NULL ? 0 : tails[length - 1]; kept-- > 0;
	     i = before[i])
		tails[kept] = i;
	for (size_t i = 0; tails != NULL && before != NULL && i < length; i++)
		row->items[i] = row->items[tails[i]];
	row->n = length;
	int result = tails == NULL || before == NULL ? -1 : 0;
	free(tails);
	free(before);
	return result;
}

/* Behind the last number of the head, keeps only entries that are linked to those before. */
static void
drop_behind(struct fsck_row *row)
{
	size_t n = 0;

	while (n < row->n && row->items[n].header.number <= row->known->last)
		n++;
	for (; n > 0 && n < row->n; n++)
		if (row->items[n].header.prev_seq != row->items[n - 1].seq)
			break;
	if (n > 0)
		row->n = n;
}

/* Drops entries that are forgotten already. */
static void
drop_before(struct fsck_row *row, uint64_t first)
{
	size_t n = 0;

	while (n < row->n && row->items[n].header.number < first)
		n++;
	if (n == 0)
		return; /* perhaps there are no items at all */
	row->items += n;
	row->n -= n;
}

/* Times never go back within a log. If they do, the time that does not fit the next is wrong. */
static void
fix_times(struct fsck_row *row, int64_t now_ms)
{
	for (size_t i = 0; i < row->n; i++) {
		struct store_header *header = &row->items[i].header;
		int64_t before = i == 0 ? 0 : row->items[i - 1].header.time_ms;
		int64_t after =
		    i + 1 < row->n ? row->items[i + 1].header.time_ms : now_ms + YEAR_MS;

		if (header->time_ms >= before && header->time_ms <= after)
			continue;
		if (header->time_ms > after && after >= before)
			header->time_ms = after;
		else if (header->time_ms < before)
			header->time_ms = before;
		else
			continue;
		row->items[i].changed = true;
	}
}

static const struct fsck_item *
find_number(const struct fsck_row *row, uint64_t number)
{
	size_t low = 0, high = row->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (row->items[middle].header.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < row->n && row->items[low].header.number == number ? &row->items[low] : NULL;
}

static bool
jump_is_right(const struct fsck_row *row, const struct fsck_item *item)
{
	const struct store_header *header = &item->header;
	const struct fsck_item *target;

	if (header->jump >= header->number)
		return false;
	if (row->n == 0 || header->jump < row->items[0].header.number)
		return header->jump == 0 || header->jump_seq < item->seq;
	target = find_number(row, header->jump);
	return target != NULL && target->seq == header->jump_seq &&
	    (header->jump2 == 0 ||
	        (header->jump2 == target->header.jump &&
	            header->jump2_seq == target->header.jump_seq));
}

/* Chooses the shortcut as for a new entry behind prev, see store_log. */
static void
choose_jump(const struct fsck_row *row, const struct fsck_item *prev, struct store_header *header)
{
	const struct store_header *last = &prev->header;
	const struct fsck_item *far = find_number(row, last->jump2);

	if (last->number - last->jump != last->jump - last->jump2 || far == NULL) {
		header->jump = last->number;
		header->jump_seq = prev->seq;
		header->jump2 = last->jump;
		header->jump2_seq = last->jump_seq;
		return;
	}
	header->jump = far->header.number;
	header->jump_seq = far->seq;
	header->jump2 = far->header.jump;
	header->jump2_seq = far->header.jump_seq;
}

/* The oldest entry leads to a forgotten one, or nowhere. */
static void
link_oldest(struct fsck_item *item, uint64_t first)
{
	struct store_header *header = &item->header;

	if ((header->prev_seq == 0) != (header->number == 1) || header->lost >= header->number) {
		header->prev_seq = header->number == 1 ? 0 : item->seq - 1;
		header->lost = 0;
		item->changed = true;
	}
	if (header->jump >= first || header->jump2 > header->jump ||
	    (header->jump != 0 && header->jump_seq >= item->seq)) {
		header->jump = header->jump_seq = header->jump2 = header->jump2_seq = 0;
		item->changed = true;
	}
}

static void
link_item(struct fsck_row *row, size_t i)
{
	struct fsck_item *item = &row->items[i];
	const struct fsck_item *prev = &row->items[i - 1];
	struct store_header *header = &item->header;
	uint64_t lost = header->number - prev->header.number - 1;

	if (header->prev_seq != prev->seq || header->lost != lost) {
		item->gap = header->lost != lost ? lost : 0;
		if (header->prev_seq > prev->seq && header->prev_seq < item->seq)
			item->gap_seq = header->prev_seq;
		header->prev_seq = prev->seq;
		header->lost = lost;
		item->changed = true;
	}
	if (!jump_is_right(row, item)) {
		choose_jump(row, prev, header);
		item->changed = true;
	}
}

int
store_fsck_keep(struct fsck_row *row, uint64_t first)
{
	if (keep_growing(row) != 0)
		return -1;
	if (row->known != NULL && row->known->current && row->known->last > 0)
		drop_behind(row);
	drop_before(row, first);
	return 0;
}

void
store_fsck_link(struct fsck_row *row)
{
	fix_times(row, clock_now_ms());
	for (size_t i = 0; i < row->n; i++) {
		if (i == 0)
			link_oldest(&row->items[0], row->items[0].header.number);
		else
			link_item(row, i);
	}
}
