/*
 * chat_ban: each verb is one transaction that expects the group's record and that of its bans as
 * they were read, so that the group's record always says whether there are any.
 */
#include "chat/ban.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "chat/key.h"
#include "chat/role.h"

#define BANS_VERSION 1
#define FACT_SIZE    (NAME_MAX_BYTES + 1)
#define WHO_SIZE     (3 * NAME_MAX_BYTES + 3) /* name!name@realm */

static bool
is_mask(const char *mask)
{
	const char *user = strchr(mask, '!'), *host = user == NULL ? NULL : strchr(user, '@');

	for (const char *at = mask; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || *at == '\177')
			return false;
	return user != NULL && user > mask && host != NULL && host > user + 1 && host[1] != '\0' &&
	    utf8_valid(mask, strlen(mask));
}

size_t
chat_ban_pack(unsigned char data[CHAT_BAN_RECORD], const struct chat_bans *bans)
{
	struct pack p;

	pack_init(&p, data, CHAT_BAN_RECORD);
	pack_u8(&p, BANS_VERSION);
	pack_u16(&p, (uint16_t)bans->n);
	for (size_t i = 0; i < bans->n; i++) {
		pack_text(&p, bans->list[i].mask);
		pack_text(&p, bans->list[i].by);
		pack_i64(&p, bans->list[i].ms);
	}
	return p.len;
}

bool
chat_ban_parse(struct chat_bans *bans, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == BANS_VERSION;
	bans->n = unpack_u16(&u);
	if (!known || bans->n == 0 || bans->n > CHAT_BANS_MOST)
		return false;
	for (size_t i = 0; i < bans->n && !u.bad; i++) {
		struct chat_ban *ban = &bans->list[i];

		unpack_text(&u, ban->mask, sizeof(ban->mask));
		unpack_text(&u, ban->by, sizeof(ban->by));
		ban->ms = unpack_i64(&u);
		if (!is_mask(ban->mask) ||
		    (ban->by[0] != '\0' && !name_valid(ban->by, strlen(ban->by))))
			return false;
	}
	return !u.bad;
}

static size_t
find_mask(const struct chat_bans *bans, const char *mask)
{
	size_t i = 0;

	while (i < bans->n && !name_same(bans->list[i].mask, mask))
		i++;
	return i;
}

bool
chat_ban_adds_only(const struct chat_bans *before, const struct chat_bans *after, const char *by)
{
	for (size_t i = 0; i < after->n; i++) {
		const struct chat_ban *ban = &after->list[i];
		size_t at = find_mask(before, ban->mask);

		if (at == before->n ? strcmp(ban->by, by) != 0
		                    : strcmp(ban->by, before->list[at].by) != 0 ||
		            ban->ms != before->list[at].ms)
			return false;
	}
	return true;
}

/* Those of a group; none where its record says so. */
static enum chat_result
read_bans(struct chat *chat, const struct chat_group *group, struct chat_bans *bans)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_BAN_RECORD];
	size_t len;

	bans->n = 0;
	if (!group->banned)
		return CHAT_OK;
	chat_key_id(key, group->id);
	enum store_status status =
	    store_get(chat->store, CHAT_TABLE_BANS, key, sizeof(key), data, sizeof(data), &len);
	/* The group may have lost its last one since its record was read. */
	if (status == STORE_ABSENT)
		return CHAT_OK;
	return status == STORE_OK && chat_ban_parse(bans, data, len) ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_ban_list(struct chat *chat, const struct chat_group *group, struct chat_ban **list, size_t *n)
{
	struct chat_bans bans;
	enum chat_result result = read_bans(chat, group, &bans);

	*list = NULL;
	*n = 0;
	if (result != CHAT_OK || bans.n == 0)
		return result;
	*list = calloc(bans.n, sizeof(**list));
	if (*list == NULL)
		return CHAT_FAILED;
	memcpy(*list, bans.list, bans.n * sizeof(**list));
	*n = bans.n;
	return CHAT_OK;
}

static void
tx_put_bans(struct store_tx *tx, const struct chat_group *group, const struct chat_bans *before,
    const struct chat_bans *after)
{
	unsigned char key[CHAT_KEY_ID], old[CHAT_BAN_RECORD], new[CHAT_BAN_RECORD];
	size_t old_len = before->n == 0 ? 0 : chat_ban_pack(old, before);
	size_t new_len = after->n == 0 ? 0 : chat_ban_pack(new, after);
	struct chat_group changed = *group;

	chat_key_id(key, group->id);
	chat_key_swap(tx, CHAT_TABLE_BANS, key, sizeof(key), old, old_len, new, new_len);
	changed.banned = after->n > 0;
	if (changed.banned == group->banned)
		chat_group_tx_expect(tx, group);
	else
		chat_group_tx_change(tx, group, &changed);
}

/* The mask as it is kept; false: it is none. */
static bool
complete_mask(struct chat_text given, char mask[CHAT_BAN_MASK + 1])
{
	char text[CHAT_BAN_MASK + 1];
	bool user, host;

	if (given.len == 0 || given.len > CHAT_BAN_MASK)
		return false;
	memcpy(text, given.data, given.len);
	text[given.len] = '\0';
	user = strchr(text, '!') != NULL;
	host = strchr(text, '@') != NULL;
	int len = snprintf(mask, CHAT_BAN_MASK + 1, "%s%s%s", host && !user ? "*!" : "", text,
	    user && host ? ""
	        : user   ? "@*"
	        : host   ? ""
	                 : "!*@*");
	return len <= CHAT_BAN_MASK && strlen(text) == given.len && is_mask(mask);
}

static enum chat_result
add_mask(struct chat_bans *bans, const char *mask, const struct chat_user *by)
{
	struct chat_ban *ban = &bans->list[bans->n];

	if (find_mask(bans, mask) < bans->n)
		return CHAT_ALREADY_MEMBER;
	if (bans->n == CHAT_BANS_MOST)
		return CHAT_TOO_MANY;
	strlcpy(ban->mask, mask, sizeof(ban->mask));
	strlcpy(ban->by, by == NULL ? "" : by->name, sizeof(ban->by));
	ban->ms = clock_now_ms();
	bans->n++;
	return CHAT_OK;
}

static enum chat_result
remove_mask(struct chat_bans *bans, const char *mask)
{
	size_t at = find_mask(bans, mask);

	if (at == bans->n)
		return CHAT_NOT_MEMBER;
	bans->n--;
	memmove(&bans->list[at], &bans->list[at + 1], (bans->n - at) * sizeof(*bans->list));
	return CHAT_OK;
}

static enum chat_result
try_change(struct chat *chat, const struct chat_group *group, const struct chat_user *by,
    const char *mask, bool adds)
{
	struct chat_bans before, after;
	struct store_tx tx;
	enum chat_result result = read_bans(chat, group, &before);

	if (result != CHAT_OK)
		return result;
	after = before;
	result = adds ? add_mask(&after, mask, by) : remove_mask(&after, mask);
	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	tx_put_bans(&tx, group, &before, &after);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

static enum chat_result
change(struct chat *chat, struct chat_text name, const struct chat_user *by, struct chat_text given,
    bool adds)
{
	enum chat_result result = CHAT_CONFLICT;
	char mask[CHAT_BAN_MASK + 1];
	struct chat_group group = { .id = 0 };

	if (!complete_mask(given, mask))
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = chat_role_find_managed(chat, name, by, &group);
		if (result == CHAT_OK)
			result = try_change(chat, &group, by, mask, adds);
	}
	if (result == CHAT_OK)
		chat_activity_of_group(chat, group.id, by == NULL ? 0 : by->id,
		    CHAT_ACTIVITY_CHOICE, by, adds ? "ban" : "unban", chat_text(mask));
	return result;
}

enum chat_result
chat_ban_add(struct chat *chat, struct chat_text group, const struct chat_user *by,
    struct chat_text mask)
{
	return change(chat, group, by, mask, true);
}

enum chat_result
chat_ban_remove(struct chat *chat, struct chat_text group, const struct chat_user *by,
    struct chat_text mask)
{
	return change(chat, group, by, mask, false);
}

enum chat_result
chat_ban_judge_remote(struct chat *chat, const struct chat_group *group, struct chat_text name,
    struct chat_text realm)
{
	struct chat_bans bans;
	char who[WHO_SIZE];
	enum chat_result result = read_bans(chat, group, &bans);

	if (result != CHAT_OK || bans.n == 0)
		return result;
	snprintf(who, sizeof(who), "%.*s!%.*s@%.*s", (int)name.len, name.data, (int)name.len,
	    name.data, (int)realm.len, realm.data);
	for (size_t i = 0; i < bans.n; i++)
		if (name_matches(bans.list[i].mask, who))
			return CHAT_BANNED;
	return CHAT_OK;
}

/* The name of the own realm; the committer, which has no configuration, knows that of `init`. */
static void
read_realm(struct chat *chat, char realm[FACT_SIZE])
{
	static const char key[] = { 'n', 'a', 'm', 'e' };
	size_t len = 0;

	if (chat->config != NULL) {
		strlcpy(realm, chat->config->realm, FACT_SIZE);
		return;
	}
	if (store_get(chat->store, CHAT_TABLE_REALM, key, sizeof(key), realm, NAME_MAX_BYTES,
	        &len) != STORE_OK)
		len = 0;
	realm[len] = '\0';
}

enum chat_result
chat_ban_judge(struct chat *chat, const struct chat_group *group, const struct chat_user *user)
{
	char realm[FACT_SIZE];

	if (!group->banned || chat_role_manages(chat, group, user))
		return CHAT_OK;
	read_realm(chat, realm);
	return chat_ban_judge_remote(chat, group, chat_text(user->name), chat_text(realm));
}
