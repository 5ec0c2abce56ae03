/*
 * store_fsck head: heads that follow from the entries of a log, and how those differ that are
 * stored.
 */
#include "store/fsck/head.h"

#include <inttypes.h>

uint64_t
store_fsck_head_last(const struct fsck_row *row)
{
	const struct fsck_item *newest = row->n == 0 ? NULL : &row->items[row->n - 1];
	const struct fsck_head *known = row->known;
	uint64_t last = newest == NULL ? 0 : newest->header.number;

	if (known == NULL ||
	    (known->current && !known->head.cut && newest != NULL &&
	        newest->seq == known->head.last_seq))
		return last;
	if (known->last > last)
		last = known->last;
	/* A reader has read up to there. */
	if (!known->current && known->cursor > last)
		last = known->cursor;
	return last;
}

struct store_head
store_fsck_head_make(const struct fsck_row *row, uint64_t first, uint64_t last)
{
	struct store_head head = { .first = last + 1, .last = last };

	for (size_t i = 0; i < row->n; i++)
		head.bytes += row->items[i].header.len;
	if (row->n == 0) {
		/* The head leads nowhere: the next entry does not look for it. */
		head.last_seq = last;
		head.cut = last > 0;
		return head;
	}
	const struct fsck_item *newest = &row->items[row->n - 1];
	head.first = row->items[0].header.number;
	/* The log may have been trimmed to a number that no entry has. */
	if (head.first > first && row->items[0].header.lost >= head.first - first)
		head.first = first;
	head.last_seq = newest->seq;
	head.jump = newest->header.jump;
	head.jump_seq = newest->header.jump_seq;
	head.jump2 = newest->header.jump2;
	head.jump2_seq = newest->header.jump2_seq;
	head.cut = newest->header.number < last;
	return head;
}

bool
store_fsck_head_is_same(const struct store_head *now, const struct store_head *wanted)
{
	if (now->first != wanted->first || now->last != wanted->last ||
	    now->bytes != wanted->bytes || now->closed != wanted->closed)
		return false;
	if (wanted->first > wanted->last)
		return (now->last == 0) == (now->last_seq == 0) &&
		    (now->cut || now->last_seq >= now->last) &&
		    (now->last == 0 ? now->jump == 0 : now->jump < now->last) &&
		    now->jump2 <= now->jump;
	return now->last_seq == wanted->last_seq && now->cut == wanted->cut &&
	    now->jump == wanted->jump && now->jump_seq == wanted->jump_seq &&
	    now->jump2 == wanted->jump2 && now->jump2_seq == wanted->jump2_seq;
}

void
store_fsck_head_tell(struct store_fsck *fsck, const struct fsck_row *row,
    const struct store_head *wanted)
{
	const struct store_head *now = &row->known->head;
	struct store_head same;

	if (row->known == NULL || !row->known->current) {
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, row->log,
		    "log %" PRIu64 ": its head is missing", row->log);
		return;
	}
	same = *wanted;
	same.bytes = now->bytes;
	if (wanted->closed && now->first <= now->last)
		store_fsck_say(fsck, STORE_FOUND_STALE, row->log,
		    "log %" PRIu64 ": it is closed, but not empty", row->log);
	else if (store_fsck_head_is_same(now, &same))
		store_fsck_say(fsck, STORE_FOUND_STALE, row->log,
		    "log %" PRIu64 ": its entries take %" PRIu64 " bytes, not %" PRIu64, row->log,
		    wanted->bytes, now->bytes);
	else
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, row->log,
		    "log %" PRIu64 ": its head does not fit its entries %" PRIu64 " to %" PRIu64,
		    row->log, wanted->first, wanted->last);
}

struct store_head
store_fsck_head_closed(const struct fsck_row *row)
{
	struct store_head head = row->known->head;

	head.closed = true;
	head.last = row->known->last;
	head.first = head.last + 1;
	head.bytes = 0;
	if (head.last == 0 || head.last_seq < head.last)
		head.last_seq = head.last;
	if (head.last == 0 || head.jump >= head.last || head.jump2 > head.jump)
		head.jump = head.jump2 = 0;
	return head;
}
