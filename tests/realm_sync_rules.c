/*
 * realm_sync_rules: for integration tests: what a disk is sure to hold, worked out from what
 * preload_sync recorded, and what the programs promised before it held that.
 */
#include <sys/types.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <check.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "realm.h"
#include "realm_sync_int.h"
#include "store/int.h"

#define PAGE 4096

/* Failed: a sync did, after which the kernel takes the page for written, but it is not. */
enum page_state { CLEAN, DIRTY, FAILED };

struct page {
	uint64_t written; /* the event */
	enum page_state state;
};

struct node {
	uint64_t file; /* 0: forgotten */
	char path[REALM_SYNC_PATH];
	struct page *pages;
	size_t n_pages;
	size_t unsynced; /* pages that are not clean */
	bool synced;     /* once at least */
};

/* A name that is not on the disk yet. */
struct name {
	char path[REALM_SYNC_PATH];
	int pid;        /* who made it */
	uint64_t event; /* by which */
	bool needed;    /* a file's, or that of a directory with a file that got its name */
};

/* A process's request to the committer that has no reply yet. */
struct question {
	int pid;
	bool open;
	unsigned char id[STORE_OP_ID];
};

static struct node *nodes;
static size_t n_nodes;
static struct name *names;
static size_t n_names;
static struct question *questions;
static size_t n_questions;
static uint64_t next_event;
static bool journal_written; /* since the last answer */
static int committer;
static struct realm_sync_sums sums;

static void *
grow_list(void *list, size_t n, size_t size)
{
	void *bigger = reallocarray(list, n, size);

	ck_assert_ptr_nonnull(bigger);
	return bigger;
}

static struct node *
find_node(uint64_t file)
{
	for (size_t i = 0; i < n_nodes; i++)
		if (nodes[i].file == file)
			return &nodes[i];
	return NULL;
}

static struct node *
need_node(uint64_t file, const char *path)
{
	struct node *node = find_node(file);

	if (node == NULL) {
		nodes = grow_list(nodes, n_nodes + 1, sizeof(*nodes));
		node = &nodes[n_nodes++];
		*node = (struct node){ .file = file };
	}
	if (strcmp(node->path, path) != 0)
		strlcpy(node->path, path, sizeof(node->path));
	return node;
}

static void
forget_node(uint64_t file)
{
	struct node *node = file == 0 ? NULL : find_node(file);

	if (node == NULL)
		return;
	free(node->pages);
	*node = nodes[--n_nodes];
}

/* The journal alone makes an operation durable. */
static bool
is_journal(const char *path)
{
	return fnmatch("*/state/journal/*.journal", path, 0) == 0;
}

/* Made whole by the checkpoint and the journal after a power cut, unless kabard ended before. */
static bool
is_rebuilt(const char *path)
{
	return fnmatch("*/state/tables.tdb", path, 0) == 0 ||
	    fnmatch("*/state/log/*.tdb", path, 0) == 0;
}

/*
 * Whether a file may get this name with contents that are not synced. What is restored has its own
 * journal, of which nothing may lack either when it takes its place.
 */
static bool
is_rebuilt_as(const struct realm_sync_event *event)
{
	return is_rebuilt(event->to) && fnmatch("*/state/restore/*", event->path, 0) != 0;
}

/* The file may be lost in a power cut: nobody counts on it. */
static bool
is_passing(const char *path)
{
	static const char *const patterns[] = { "*/state/snapshot*", "*/state/restore",
		"*/state/wakeup", "*/file/tmp", "*/file/part" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], path, 0) == 0)
			return true;
	return false;
}

/* The file must not appear under its name before it is complete. */
static bool
is_made_aside(const char *path)
{
	static const char *const patterns[] = { "*/state/tables.tdb", "*/state/log/*.tdb",
		"*/state/file/[0-9a-f][0-9a-f]/*", "*/state/realm.*", "*/saved*" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], path, 0) == 0)
			return strstr(path, "/restore/") == NULL &&
			    strstr(path, "/snapshot/") == NULL;
	return false;
}

static void
write_pages(const struct realm_sync_event *event, uint64_t index)
{
	struct node *node = need_node(event->file, event->path);
	size_t last = (size_t)((event->offset + event->len) / PAGE) + 1;

	if (event->len == 0)
		return;
	if (last > node->n_pages) {
		node->pages = grow_list(node->pages, last, sizeof(*node->pages));
		memset(node->pages + node->n_pages, 0,
		    (last - node->n_pages) * sizeof(*node->pages));
		node->n_pages = last;
	}
	for (size_t i = (size_t)(event->offset / PAGE);
	     i <= (size_t)((event->offset + event->len - 1) / PAGE); i++) {
		node->unsynced += node->pages[i].state == CLEAN;
		node->pages[i] = (struct page){ .written = index, .state = DIRTY };
	}
	journal_written |= is_journal(event->path);
}

static void
sync_node(struct node *node, const struct realm_sync_event *event)
{
	for (size_t i = 0; i < node->n_pages; i++) {
		struct page *page = &node->pages[i];

		if (page->state != DIRTY || page->written >= event->began)
			continue;
		page->state = event->error == 0 ? CLEAN : FAILED;
		node->unsynced -= event->error == 0;
	}
	node->synced |= event->error == 0;
}

static bool
is_in(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && path[len] == '/';
}

/* Notes a sync of all names, or of those in one directory itself. */
static void
sync_names(const char *directory, uint64_t began)
{
	size_t kept = 0;

	for (size_t i = 0; i < n_names; i++) {
		const char *slash = strrchr(names[i].path, '/');
		bool here = directory == NULL ||
		    (is_in(names[i].path, directory) &&
		        (size_t)(slash - names[i].path) == strlen(directory));

		if (!here || names[i].event >= began)
			names[kept++] = names[i];
	}
	n_names = kept;
}

static void
sync_event_file(const struct realm_sync_event *event)
{
	struct node *node = need_node(event->file, event->path);

	sync_node(node, event);
	sums.syncs += is_journal(event->path);
	if (event->error == 0)
		sync_names(event->path, event->began);
}

static void
sync_all(const struct realm_sync_event *event)
{
	for (size_t i = 0; i < n_nodes; i++)
		sync_node(&nodes[i], event);
	if (event->error == 0)
		sync_names(NULL, event->began);
}

static void
add_name(const struct realm_sync_event *event, uint64_t index, const char *path)
{
	bool is_directory = event->call == REALM_SYNC_MKDIR;

	if (is_passing(path))
		return;
	for (size_t i = 0; i < n_names; i++)
		names[i].needed |= !is_directory && is_in(path, names[i].path);
	names = grow_list(names, n_names + 1, sizeof(*names));
	names[n_names] =
	    (struct name){ .pid = event->pid, .event = index, .needed = !is_directory };
	strlcpy(names[n_names++].path, path, REALM_SYNC_PATH);
}

/* Forgets the names of a file, or of a directory and all files in it. */
static void
drop_names(const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < n_names; i++)
		if (strcmp(names[i].path, path) != 0 && !is_in(names[i].path, path))
			names[kept++] = names[i];
	n_names = kept;
}

static void
rename_nodes(const struct realm_sync_event *event)
{
	for (size_t i = 0; i < n_nodes; i++) {
		char rest[REALM_SYNC_PATH];
		struct node *node = &nodes[i];

		if (strcmp(node->path, event->path) != 0 && !is_in(node->path, event->path))
			continue;
		ck_assert_msg(is_passing(event->to) || is_rebuilt_as(event) || node->unsynced == 0,
		    "%s became %s with contents that are not synced", node->path, event->to);
		strlcpy(rest, node->path + strlen(event->path), sizeof(rest));
		strlcpy(node->path, event->to, sizeof(node->path));
		strlcat(node->path, rest, sizeof(node->path));
	}
}

static void
rename_file(const struct realm_sync_event *event, uint64_t index)
{
	const struct node *node;

	forget_node(event->other);
	node = find_node(event->file);
	ck_assert_msg(event->len != 0 || is_rebuilt_as(event) || (node != NULL && node->synced),
	    "%s became %s unsynced", event->path, event->to);
	for (size_t i = 0; i < n_names; i++)
		ck_assert_msg(!is_in(names[i].path, event->path),
		    "%s moved to %s with unsynced names", names[i].path, event->to);
	rename_nodes(event);
	drop_names(event->path);
	add_name(event, index, event->to);
	sums.names += event->len == 0;
}

static void
remove_file(const struct realm_sync_event *event)
{
	drop_names(event->path);
	forget_node(event->file);
}

static void
create_file(const struct realm_sync_event *event)
{
	forget_node(event->file);
	ck_assert_msg(!is_made_aside(event->path), "%s has its name before its contents",
	    event->path);
}

/* NULL: by anybody, when nobody runs any more. */
static void
demand_names(const int *pid, uint64_t index, const char *when)
{
	for (size_t i = 0; i < n_names; i++)
		ck_assert_msg(!names[i].needed ||
		        (pid != NULL && (names[i].pid != *pid || is_rebuilt(names[i].path))),
		    "event %llu: the name %s is not synced %s", (unsigned long long)index,
		    names[i].path, when);
}

static void
demand_files(bool (*are)(const char *path), uint64_t index, const char *when)
{
	for (size_t i = 0; i < n_nodes; i++)
		ck_assert_msg(nodes[i].unsynced == 0 || !are(nodes[i].path),
		    "event %llu: %zu pages of %s are not synced %s", (unsigned long long)index,
		    nodes[i].unsynced, nodes[i].path, when);
}

static struct question *
find_question(int pid)
{
	for (size_t i = 0; i < n_questions; i++)
		if (questions[i].pid == pid)
			return &questions[i];
	questions = grow_list(questions, n_questions + 1, sizeof(*questions));
	questions[n_questions] = (struct question){ .pid = pid };
	return &questions[n_questions++];
}

static void
take_request(const struct realm_sync_event *event, uint64_t index)
{
	struct question *question = find_question(event->pid);

	demand_names(&event->pid, index, "when something may refer to it");
	if (event->bytes[0] & (STORE_REQUEST_POST | STORE_REQUEST_PING | STORE_REQUEST_LEAVE))
		return;
	question->open = true;
	memcpy(question->id, event->bytes + 1, STORE_OP_ID);
}

/* Failed calls are excused: nobody takes their effects for done. */
static void
excuse_failed(void)
{
	for (size_t i = 0; i < n_nodes; i++)
		for (size_t j = 0; j < nodes[i].n_pages; j++)
			if (nodes[i].pages[j].state == FAILED) {
				nodes[i].pages[j].state = CLEAN;
				nodes[i].unsynced--;
			}
}

/* One message answers several requests of a process, of which those behind the first are chained.
 */
static size_t
close_questions(const struct realm_sync_event *event)
{
	size_t n = (size_t)(event->len / STORE_RESULT_SIZE);

	for (size_t at = 0; at < n; at++)
		for (size_t i = 0; i < n_questions; i++)
			if ((at + 1) * STORE_RESULT_SIZE <= sizeof(event->bytes) &&
			    memcmp(questions[i].id, event->bytes + at * STORE_RESULT_SIZE,
			        STORE_OP_ID) == 0)
				questions[i].open = false;
	return n;
}

static void
take_answer(const struct realm_sync_event *event, uint64_t index)
{
	enum store_status status = event->bytes[STORE_OP_ID];

	size_t n = close_questions(event);
	if (status == STORE_FAILED || status == STORE_NO_SPACE) {
		excuse_failed();
		return;
	}
	demand_files(is_journal, index, "when the committer answers");
	demand_names(&event->pid, index, "when the committer answers");
	sums.deaths += committer != 0 && committer != event->pid;
	committer = event->pid;
	sums.answers += status == STORE_OK ? n : 0;
	sums.changes += status == STORE_OK && journal_written;
	if (status == STORE_OK)
		journal_written = false;
}

static void
take_reply(const struct realm_sync_event *event, uint64_t index)
{
	size_t len = event->len < sizeof(event->bytes) ? (size_t)event->len : sizeof(event->bytes);

	sums.synced = sums.changes;
	if (memmem(event->bytes, len, "OK", 2) == NULL)
		return;
	demand_names(&event->pid, index, "when its maker says OK");
	ck_assert_msg(!find_question(event->pid)->open,
	    "event %llu: OK is said before the committer has answered", (unsigned long long)index);
}

static void
take_event(const struct realm_sync_event *event, uint64_t index)
{
	switch (event->call) {
	case REALM_SYNC_WRITE:
		write_pages(event, index);
		break;
	case REALM_SYNC_SYNC:
		sync_event_file(event);
		break;
	case REALM_SYNC_ALL:
		sync_all(event);
		break;
	case REALM_SYNC_RENAME:
		rename_file(event, index);
		break;
	case REALM_SYNC_LINK:
	case REALM_SYNC_MKDIR:
		add_name(event, index, event->call == REALM_SYNC_LINK ? event->to : event->path);
		break;
	case REALM_SYNC_REMOVE:
		remove_file(event);
		break;
	case REALM_SYNC_CREATE:
		create_file(event);
		break;
	case REALM_SYNC_ANSWER:
		take_answer(event, index);
		break;
	case REALM_SYNC_REQUEST:
		take_request(event, index);
		break;
	case REALM_SYNC_REPLY:
		take_reply(event, index);
		break;
	}
}

void
realm_sync_check(void)
{
	uint64_t n = realm_sync_count();

	for (; next_event < n; next_event++)
		take_event(realm_sync_event(next_event), next_event);
}

static bool
has_no_committer(void *realm)
{
	return realm_committer(realm) == 0;
}

void
realm_sync_await_committer(struct realm *realm)
{
	ck_assert(realm_until(has_no_committer, realm));
}

void
realm_sync_check_idle(struct realm *realm)
{
	realm_sync_await_committer(realm);
	realm_sync_check();
	demand_files(is_journal, next_event, "at the end");
	demand_files(is_rebuilt, next_event, "at the end");
	demand_names(NULL, next_event, "at the end");
}

const struct realm_sync_sums *
realm_sync_sums(void)
{
	return &sums;
}
