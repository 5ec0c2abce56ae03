/* chat_fsck query: questions that several rules ask of the rows and logs. */
#include "chat/fsck/int.h"

#include "chat/table.h"

#include <string.h>

void
chat_fsck_take_id(struct chat_fsck *f, uint64_t id)
{
	if (id > f->highest_id)
		f->highest_id = id;
}

bool
chat_fsck_has_user(const struct chat_fsck *f, uint64_t id)
{
	return chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_USERS], id) != NULL;
}

bool
chat_fsck_has_group(const struct chat_fsck *f, uint64_t id)
{
	return chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_GROUPS], id) != NULL;
}

bool
chat_fsck_has_remote_user(const struct chat_fsck *f, uint64_t id)
{
	return chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_REMOTE_USERS], id) != NULL;
}

bool
chat_fsck_has_member(const struct chat_fsck *f, uint64_t group, uint64_t user)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, group, user);
	return chat_fsck_rows_find(&f->tables[CHAT_TABLE_MEMBERS], key, sizeof(key)) != NULL;
}

bool
chat_fsck_next_peer(const struct chat_fsck *f, size_t *index, struct chat_peer *peer)
{
	const struct chat_fsck_row *row;

	while ((row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_PEERS], index)) != NULL)
		if (chat_peer_parse(peer, chat_fsck_value(row), row->len))
			return true;
	return false;
}

bool
chat_fsck_find_peer(const struct chat_fsck *f, uint64_t id, struct chat_peer *peer)
{
	for (size_t i = 0; chat_fsck_next_peer(f, &i, peer);)
		if (peer->id == id)
			return true;
	return false;
}

uint64_t
chat_fsck_id_of(const struct chat_fsck *f, int names, const char *name)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);

	return chat_fsck_rows_number(&f->tables[names], folded, len);
}

bool
chat_fsck_first(struct chat_fsck *f, uint64_t log, chat_fsck_take *take, void *arg)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	if (store_reader_init(&reader, f->chat->store, log, 0) != STORE_OK)
		return false;
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader))
		if (store_entry(f->chat->store, seq, &entry) == STORE_OK && take(arg, &entry))
			return true;
	return false;
}
