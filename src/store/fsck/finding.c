/*
 * store_fsck findings: counting and telling them, and confirming those of a check by looking again.
 */
#include "store/fsck/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"

#define TEXT_MAX  8192 /* two paths fit */
#define LOOKS_MAX 10

void
store_fsck_free(struct store_fsck *fsck)
{
	free(fsck->losses);
	free(fsck->files);
	fsck->losses = NULL;
	fsck->files = NULL;
}

void
store_fsck_tell(struct store_fsck *fsck, const struct store_finding *finding)
{
	fsck->found[finding->class]++;
	fsck->report(fsck->arg, finding);
}

void
store_fsck_say(struct store_fsck *fsck, enum store_finding_class class, uint64_t log,
    const char *format, ...)
{
	char text[TEXT_MAX];
	struct store_finding finding = { .class = class, .record = "", .log = log, .text = text };
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	store_fsck_tell(fsck, &finding);
}

int
store_fsck_result(const struct store_fsck *fsck)
{
	if (fsck->found[STORE_FOUND_LOST] + fsck->found[STORE_FOUND_DAMAGED] > 0)
		return 2;
	return fsck->found[STORE_FOUND_STALE] + fsck->found[STORE_FOUND_WARNING] > 0;
}

enum store_finding_class
store_fsck_loss_class(const struct store_fsck *fsck)
{
	return fsck->dry && fsck->n_files > 0 ? STORE_FOUND_DAMAGED : STORE_FOUND_LOST;
}

int
store_fsck_lose(struct store_fsck *fsck, uint64_t log, uint64_t first, uint64_t last)
{
	struct store_loss *loss = vector_add(&fsck->losses, &fsck->n_losses, sizeof(*loss));

	if (loss == NULL)
		return -1;
	*loss = (struct store_loss){ .log = log, .first = first, .last = last };
	return 0;
}

/* The findings of one look, in the order in which they were told. */
struct kept {
	struct store_finding finding; /* text and record are in one block, at text */
	size_t order;
};

struct look {
	struct kept *list;
	size_t n;
	bool failed;
};

static int
compare_findings(const void *a, const void *b)
{
	const struct store_finding *left = &((const struct kept *)a)->finding;
	const struct store_finding *right = &((const struct kept *)b)->finding;
	int order = strcmp(left->text, right->text);

	if (order == 0)
		order = (left->class > right->class) - (left->class < right->class);
	return order != 0 ? order : strcmp(left->record, right->record);
}

static int
compare_order(const void *a, const void *b)
{
	const struct kept *left = a, *right = b;

	return (left->order > right->order) - (left->order < right->order);
}

static void
keep_finding(void *arg, const struct store_finding *finding)
{
	struct look *look = arg;
	size_t len = strlen(finding->text) + 1, record_len = strlen(finding->record) + 1;
	char *text = malloc(len + record_len);
	struct kept *kept = text == NULL ? NULL : vector_add(&look->list, &look->n, sizeof(*kept));

	if (kept == NULL) {
		free(text);
		look->failed = true;
		return;
	}
	memcpy(text, finding->text, len);
	memcpy(text + len, finding->record, record_len);
	*kept = (struct kept){ .finding = *finding, .order = look->n };
	kept->finding.text = text;
	kept->finding.record = text + len;
}

static void
drop_finding(const struct kept *kept)
{
	free((void *)(uintptr_t)kept->finding.text);
}

static void
free_look(struct look *look)
{
	for (size_t i = 0; i < look->n; i++)
		drop_finding(&look->list[i]);
	free(look->list);
}

/* Looks once and sorts the findings. 0 or -1. */
static int
look_once(store_fsck_look *look, void *look_arg, struct look *found)
{
	struct store_fsck fsck = { .dry = true, .report = keep_finding, .arg = found };
	int result = look(look_arg, &fsck);

	store_fsck_free(&fsck);
	if (found->n > 1)
		qsort(found->list, found->n, sizeof(*found->list), compare_findings);
	return found->failed ? -1 : result;
}

/* Drops the findings that another look does not have. True if it has all of them. */
static bool
intersect_looks(struct look *first, const struct look *again)
{
	size_t n = 0, j = 0;
	bool same = true;

	for (size_t i = 0; i < first->n; i++) {
		while (j < again->n && compare_findings(&again->list[j], &first->list[i]) < 0)
			j++;
		if (j < again->n && compare_findings(&again->list[j], &first->list[i]) == 0) {
			first->list[n++] = first->list[i];
			continue;
		}
		drop_finding(&first->list[i]);
		same = false;
	}
	first->n = n;
	return same;
}

int
store_fsck_confirm(store_fsck_look *look, void *look_arg, store_fsck_report *report, void *arg)
{
	struct look found = { .n = 0 };
	struct store_fsck fsck = { .report = report, .arg = arg };
	int result = look_once(look, look_arg, &found);
	bool same = false;

	for (int i = 1; result == 0 && found.n > 0 && !same && i < LOOKS_MAX; i++) {
		struct look again = { .n = 0 };

		result = look_once(look, look_arg, &again);
		same = result == 0 && intersect_looks(&found, &again);
		free_look(&again);
	}
	if (found.n > 1)
		qsort(found.list, found.n, sizeof(*found.list), compare_order);
	for (size_t i = 0; i < found.n; i++)
		store_fsck_tell(&fsck, &found.list[i].finding);
	free_look(&found);
	return result == 0 ? store_fsck_result(&fsck) : -1;
}
