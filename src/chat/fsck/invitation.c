/*
 * chat_fsck invitation: invitations. Users who came by one and are gone stay in it; their numbers
 * are given to nobody else.
 */
#include "chat/invitation.h"

#include "chat/fsck/int.h"

int
chat_fsck_invitations(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	struct chat_invitation invitation;
	uint64_t damaged = 0;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_INVITATIONS], &i)) != NULL;) {
		if (row->key_len == CODE_HASH_LEN &&
		    chat_invitation_parse(&invitation, chat_fsck_value(row), row->len)) {
			chat_fsck_take_id(f, invitation.id);
			continue;
		}
		damaged++;
		chat_fsck_rows_drop(row);
	}
	chat_fsck_say_count(f, STORE_FOUND_DAMAGED, CHAT_TABLE_INVITATIONS, damaged,
	    "invitations whose records are damaged: nobody can use them");
	return 0;
}
