/* chat_fsck say: findings about records of tables, and the names in them. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chat/fsck/int.h"
#include "chat/group.h"
#include "chat/realm/remote_user.h"
#include "chat/table.h"
#include "chat/user.h"

#define TEXT_MAX   512
#define RECORD_MAX (2 * STORE_KEY_MAX + 1)

/* Writes a key as a text: ids as numbers, names as they are, other keys in hex. */
static void
write_key(char text[RECORD_MAX], const struct chat_fsck_row *row)
{
	bool printable = row->key_len > 0;
	int len = 0;

	for (size_t i = 0; i < row->key_len; i++)
		printable &= isprint(row->key[i]) != 0;
	if (printable)
		snprintf(text, RECORD_MAX, "%.*s", (int)row->key_len, (const char *)row->key);
	else if (row->key_len == CHAT_KEY_ID)
		snprintf(text, RECORD_MAX, "%" PRIu64, pack_get_u64(row->key));
	else if (row->key_len == CHAT_KEY_PAIR)
		snprintf(text, RECORD_MAX, "%" PRIu64 "/%" PRIu64, pack_get_u64(row->key),
		    pack_get_u64(row->key + CHAT_KEY_ID));
	else
		for (size_t i = 0; i < row->key_len && len + 2 < RECORD_MAX; i++)
			len += snprintf(text + len, RECORD_MAX - (size_t)len, "%02x", row->key[i]);
}

void
chat_fsck_say(struct chat_fsck *f, enum store_finding_class class, int table,
    const struct chat_fsck_row *row, const char *format, ...)
{
	char text[TEXT_MAX], record[RECORD_MAX] = "";
	struct store_finding finding = { .class = class,
		.table = table,
		.record = record,
		.text = text };
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (row != NULL)
		write_key(record, row);
	store_fsck_tell(f->fsck, &finding);
}

void
chat_fsck_say_count(struct chat_fsck *f, enum store_finding_class class, int table, uint64_t count,
    const char *what)
{
	if (count > 0)
		chat_fsck_say(f, class, table, NULL, "%" PRIu64 " %s", count, what);
}

const char *
chat_fsck_name(struct chat_fsck *f, uint64_t id, char name[CHAT_FSCK_NAME])
{
	const struct chat_fsck_row *user = chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_USERS], id);
	const struct chat_fsck_row *group =
	    chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_GROUPS], id);
	const struct chat_fsck_row *remote =
	    chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_REMOTE_USERS], id);
	union {
		struct chat_user user;
		struct chat_group group;
		struct chat_peer peer;
		struct chat_remote_user remote;
	} of;

	if (user != NULL && chat_user_parse(&of.user, id, chat_fsck_value(user), user->len))
		snprintf(name, CHAT_FSCK_NAME, "%s", of.user.name);
	else if (group != NULL &&
	    chat_group_parse(&of.group, id, chat_fsck_value(group), group->len))
		snprintf(name, CHAT_FSCK_NAME, "%s", of.group.name);
	else if (remote != NULL &&
	    chat_remote_user_parse(remote->key, remote->key_len, chat_fsck_value(remote),
	        remote->len, &of.remote) == CHAT_REMOTE_USER_ID)
		snprintf(name, CHAT_FSCK_NAME, "%s", of.remote.name);
	else if (chat_fsck_find_peer(f, id, &of.peer))
		snprintf(name, CHAT_FSCK_NAME, "%s", of.peer.name);
	else
		snprintf(name, CHAT_FSCK_NAME, CHAT_FSCK_NUMBER, id);
	return name;
}
