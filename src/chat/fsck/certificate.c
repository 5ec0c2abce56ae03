/*
 * chat_fsck certificate: by which certificates users log in. A list follows from the records, which
 * say whose each is; what stays keeps its order.
 */
#include "chat/certificate.h"

#include <inttypes.h>
#include <string.h>

#include "chat/fsck/int.h"
#include "chat/table.h"

/* Drops records that let nobody in. */
static void
check_records(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t stale = 0, user;
	struct chat_certificate certificate;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_CERTIFICATES], &i)) != NULL;) {
		if (row->key_len == CHAT_KEY_ID)
			continue;
		if (!chat_certificate_parse(&certificate, &user, row->key, row->key_len,
		        chat_fsck_value(row), row->len)) {
			chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_CERTIFICATES, row,
			    "the record of a certificate is damaged");
			chat_fsck_rows_drop(row);
		} else if (!chat_fsck_has_user(f, user)) {
			stale++;
			chat_fsck_rows_drop(row);
		}
	}
	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_CERTIFICATES, stale,
	    "certificates of users who are gone: they let nobody in");
}

static bool
belongs_to(const struct chat_fsck *f, const struct chat_certificate *item, uint64_t user)
{
	const struct chat_fsck_row *row =
	    chat_fsck_rows_find(&f->tables[CHAT_TABLE_CERTIFICATES], item->key, sizeof(item->key));
	struct chat_certificate stored;
	uint64_t owner;

	return row != NULL &&
	    chat_certificate_parse(&stored, &owner, row->key, row->key_len, chat_fsck_value(row),
	        row->len) &&
	    owner == user;
}

static void
say_list(struct chat_fsck *f, uint64_t user)
{
	char name[CHAT_FSCK_NAME];

	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_CERTIFICATES, NULL,
	    "user %s: the list of certificates is damaged", chat_fsck_name(f, user, name));
}

/* Keeps of each list what has a record. */
static void
check_lists(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_CERTIFICATES];
	unsigned char data[CHAT_CERTIFICATE_LIST], key[CHAT_KEY_ID];
	struct chat_certificate_list list, kept;
	struct chat_fsck_row *row;

	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;) {
		if (row->key_len != CHAT_KEY_ID)
			continue;
		uint64_t user = pack_get_u64(row->key);
		bool good = chat_certificate_parse_list(&list, chat_fsck_value(row), row->len);

		kept.n = 0;
		for (size_t k = 0; k < list.n; k++)
			if (belongs_to(f, &list.items[k], user))
				kept.items[kept.n++] = list.items[k];
		if (good && kept.n == list.n && kept.n > 0)
			continue;
		if (chat_fsck_has_user(f, user))
			say_list(f, user);
		chat_key_id(key, user);
		if (kept.n == 0)
			chat_fsck_rows_drop(row);
		else
			chat_fsck_rows_put(rows, key, sizeof(key), data,
			    chat_certificate_pack_list(data, &kept));
	}
}

/* Reads a user's list; an empty one where there is none. */
static void
get_list(struct chat_fsck *f, uint64_t user, struct chat_certificate_list *list)
{
	const struct chat_fsck_row *row =
	    chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_CERTIFICATES], user);

	list->n = 0;
	if (row != NULL)
		(void)chat_certificate_parse_list(list, chat_fsck_value(row), row->len);
}

/* A certificate that its user's list does not have is put there, or goes if that is full. */
static void
list_all(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_CERTIFICATES];
	unsigned char data[CHAT_CERTIFICATE_LIST], key[CHAT_KEY_ID];
	struct chat_certificate_list list;
	struct chat_certificate item;
	struct chat_fsck_row *row;
	uint64_t user;

	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;) {
		size_t at = 0;

		if (!chat_certificate_parse(&item, &user, row->key, row->key_len,
		        chat_fsck_value(row), row->len))
			continue;
		get_list(f, user, &list);
		while (at < list.n && memcmp(list.items[at].key, item.key, sizeof(item.key)) != 0)
			at++;
		if (at < list.n)
			continue;
		say_list(f, user);
		if (at == CHAT_CERTIFICATES_MOST) {
			chat_fsck_rows_drop(row);
			continue;
		}
		list.items[list.n++] = item;
		chat_key_id(key, user);
		chat_fsck_rows_put(rows, key, sizeof(key), data,
		    chat_certificate_pack_list(data, &list));
	}
}

int
chat_fsck_certificates(struct chat_fsck *f)
{
	check_records(f);
	check_lists(f);
	list_all(f);
	return 0;
}
