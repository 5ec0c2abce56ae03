/*
 * chat_janitor: the pass over sessions, logs and files. A log can only lose its beginning.
 */
#include "chat/janitor.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vector.h"
#include "chat/file/expire.h"
#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/group_list.h"
#include "chat/history/end.h"
#include "chat/invitation.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/once.h"
#include "chat/realm/legacy_spool.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/session.h"
#include "chat/trim.h"
#include "chat/user_guest.h"
#include "store/store_admin.h"

#define LOCK_NAME    "janitor.lock"
#define GUEST_AGE_MS (10 * 60 * 1000) /* before a guest whom nobody sees is taken for gone */

/* The ids of all users or groups; the visit must not use the store. */
struct ids {
	uint64_t *list;
	size_t n;
};

static int
ids_add(struct ids *ids, uint64_t id)
{
	uint64_t *added = vector_add(&ids->list, &ids->n, sizeof(*added));

	if (added == NULL)
		return 1;
	*added = id;
	return 0;
}

static int
add_user(void *arg, const struct chat_user *user)
{
	return ids_add(arg, user->id);
}

static int
add_group(void *arg, const struct chat_group *group)
{
	return ids_add(arg, group->id);
}

/* The number up to which every member has read one of a group's logs. */
static enum chat_result
slowest_cursor(struct chat *chat, uint64_t group, uint64_t log, uint64_t last, uint64_t *slowest)
{
	uint64_t user, cursor;
	enum chat_result result;

	*slowest = last;
	for (uint32_t i = 0; (result = chat_member_user(chat, group, i, &user)) == CHAT_OK; i++) {
		result = chat_cursor(chat, user, log, &cursor);
		if (result != CHAT_OK)
			return result;
		if (cursor < *slowest)
			*slowest = cursor;
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

static enum chat_result
trim_user(struct chat *chat, uint64_t user, uint64_t log, uint64_t *trimmed)
{
	uint64_t cursor;
	enum chat_result result = chat_cursor(chat, user, log, &cursor);

	return result == CHAT_OK ? chat_trim_log(chat, log, &CHAT_TRIM_READ(cursor), trimmed)
	                         : result;
}

/* Trims unread messages, too, so that one member who never reads does not fill the log for all. */
static enum chat_result
trim_group(struct chat *chat, uint64_t group, uint64_t log, uint64_t *trimmed)
{
	uint64_t bytes = chat->config->inbox_bytes;
	struct chat_trim trim = { .most_entries = (uint64_t)chat->config->inbox_max / 2,
		.most_bytes = bytes > 0 ? bytes : UINT64_MAX };
	struct store_log_info info;
	enum chat_result result = chat_from_store(store_log_info(chat->store, log, &info));

	if (result != CHAT_OK || info.last < info.first)
		return result;
	result = slowest_cursor(chat, group, log, info.last, &trim.read_up_to);
	return result == CHAT_OK ? chat_trim_log(chat, log, &trim, trimmed) : result;
}

typedef enum chat_result trim_owner(struct chat *, uint64_t owner, uint64_t log, uint64_t *trimmed);

/* Trims all logs of a user or group: its own and the remote ones. */
static enum chat_result
trim_logs(struct chat *chat, const struct chat_remote_log_hint *hint, uint64_t owner,
    trim_owner *trim, uint64_t *trimmed)
{
	bool likely = chat_remote_log_likely(hint, owner);
	uint64_t peer, log;
	enum chat_result result = trim(chat, owner, owner, trimmed);

	for (uint32_t i = 0; likely && result == CHAT_OK; i++) {
		result = chat_remote_log_at(chat, owner, i, &peer, &log);
		if (result == CHAT_OK)
			result = trim(chat, owner, log, trimmed);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

static enum chat_result
trim_all(struct chat *chat, const struct ids *ids, trim_owner *trim, uint64_t *trimmed)
{
	struct chat_remote_log_hint hint;
	enum chat_result result = chat_remote_log_hint(chat, &hint);

	for (size_t i = 0; result == CHAT_OK && i < ids->n; i++)
		result = trim_logs(chat, &hint, ids->list[i], trim, trimmed);
	return result;
}

static enum chat_result
trim_users(struct chat *chat, struct chat_janitor *janitor)
{
	struct ids ids = { 0 };
	enum chat_result result = chat_user_each(chat, add_user, &ids);

	if (result == CHAT_OK)
		result = trim_all(chat, &ids, trim_user, &janitor->messages);
	for (size_t i = 0; result == CHAT_OK && i < ids.n; i++)
		result = chat_once_expire(chat, ids.list[i]);
	free(ids.list);
	return result;
}

/* Ends a temporary group whose last member could not end it, or was removed. */
static enum chat_result
end_temporary(struct chat *chat, uint64_t id)
{
	struct chat_group group;
	enum chat_result result = chat_group_get(chat, id, &group);

	if (result == CHAT_OK && group.temporary)
		result = chat_group_delete_empty(chat, &group);
	return result == CHAT_NO_GROUP ? CHAT_OK : result;
}

static enum chat_result
trim_groups(struct chat *chat, struct chat_janitor *janitor)
{
	struct ids ids = { 0 };
	enum chat_result result = chat_group_list_each(chat, add_group, &ids);

	for (size_t i = 0; result == CHAT_OK && i < ids.n; i++)
		result = end_temporary(chat, ids.list[i]);
	if (result == CHAT_OK)
		result = trim_all(chat, &ids, trim_group, &janitor->messages);
	free(ids.list);
	return result;
}

static int
add_remote_user(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_remote_user person;

	if (chat_remote_user_parse(key, key_len, value, len, &person) != CHAT_REMOTE_USER_ID)
		return 0;
	return ids_add(arg, person.id);
}

static enum chat_result
trim_spool(struct chat *chat, uint64_t log, uint64_t *trimmed)
{
	uint64_t over;
	enum chat_result result = chat_legacy_spool_over(chat, log, &over);

	return result == CHAT_OK ? chat_trim_log(chat, log, &CHAT_TRIM_READ(over), trimmed)
	                         : result;
}

/* Trims the spools for older servers. */
static enum chat_result
trim_spools(struct chat *chat, struct chat_janitor *janitor)
{
	struct ids ids = { 0 };
	enum chat_result result = CHAT_OK;

	if (store_each(chat->store, CHAT_TABLE_REMOTE_USERS, add_remote_user, &ids) != 0)
		result = CHAT_FAILED;
	for (size_t i = 0; result == CHAT_OK && i < ids.n; i++)
		result = trim_spool(chat, ids.list[i], &janitor->messages);
	free(ids.list);
	return result;
}

/*
 * Waits until no other janitor is at work: two that trim a log at once would subtract the same
 * bytes twice. A descriptor that the caller closes, or -1.
 */
static int
take_turn(const struct config *config)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" LOCK_NAME, config->state);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd >= 0 && fcntl(fd, F_SETLKW, &lock) < 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		log_warn("%s", path);
	return fd;
}

static enum chat_result
make_pass(struct chat *chat, struct chat_janitor *janitor)
{
	struct chat_expired expired = { 0 };
	enum chat_result result;

	if (store_map(chat->store, true) != 0)
		return CHAT_FAILED;
	store_snapshot_sweep(chat->store);
	result = chat_session_expire(chat, &janitor->tokens);
	if (result == CHAT_OK)
		result = chat_invitation_expire(chat, &janitor->invitations);
	if (result == CHAT_OK)
		result = chat_user_guest_sweep(chat, GUEST_AGE_MS, &janitor->guests);
	if (result == CHAT_OK)
		result = trim_users(chat, janitor);
	if (result == CHAT_OK)
		result = trim_groups(chat, janitor);
	if (result == CHAT_OK)
		result = trim_spools(chat, janitor);
	if (result == CHAT_OK)
		result = chat_remote_log_sweep(chat);
	if (result == CHAT_OK)
		result = chat_history_expire(chat);
	if (result == CHAT_OK && store_collect(chat->store, &janitor->files) != 0)
		result = CHAT_FAILED;
	if (result == CHAT_OK)
		result = chat_expire(chat, &expired);
	janitor->sent_files = expired.files;
	janitor->blobs = expired.blobs;
	return result;
}

enum chat_result
chat_janitor_run(struct chat *chat, struct chat_janitor *janitor)
{
	int turn = take_turn(chat->config);
	enum chat_result result = CHAT_FAILED;

	*janitor = (struct chat_janitor){ 0 };
	if (turn < 0)
		return result;
	result = make_pass(chat, janitor);
	close(turn);
	return result;
}
