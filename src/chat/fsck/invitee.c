/*
 * chat_fsck invitee: invitations to groups. One that cannot be read goes, since nobody is an
 * invitee whom the owner has not invited, and so does one whose group or user is gone, or that is
 * used.
 */
#include "chat/invitee.h"

#include "chat/fsck/int.h"
#include "chat/table.h"

static void
drop_invitee(struct chat_fsck *f, enum store_finding_class class, struct chat_fsck_row *row,
    const char *what)
{
	chat_fsck_say(f, class, CHAT_TABLE_INVITEES, row, "%s", what);
	chat_fsck_rows_drop(row);
}

static void
check_invitee(struct chat_fsck *f, struct chat_fsck_row *row)
{
	struct chat_invitee invitee;
	uint64_t group, user;

	if (row->key_len != CHAT_KEY_PAIR ||
	    !chat_invitee_parse(&invitee, chat_fsck_value(row), row->len)) {
		drop_invitee(f, STORE_FOUND_LOST, row,
		    "the record of an invitation to a group is damaged");
		return;
	}
	group = pack_get_u64(row->key);
	user = pack_get_u64(row->key + CHAT_KEY_ID);
	if (!chat_fsck_has_group(f, group))
		drop_invitee(f, STORE_FOUND_STALE, row, "an invitation to a group that is gone");
	else if (!chat_fsck_has_user(f, user))
		drop_invitee(f, STORE_FOUND_STALE, row, "an invitation of a user who is gone");
	else if (chat_fsck_has_member(f, group, user))
		drop_invitee(f, STORE_FOUND_STALE, row, "an invitation of a user who is a member");
}

int
chat_fsck_invitees(struct chat_fsck *f)
{
	struct chat_fsck_row *row;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_INVITEES], &i)) != NULL;)
		check_invitee(f, row);
	return 0;
}
