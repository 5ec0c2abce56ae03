/*
 * chat_fsck password: records of the file of passwords that belong to nobody, or cannot be read. An
 * account without one is in order: it lets nobody in.
 */
#include "chat/password.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/vector.h"
#include "chat/fsck/int.h"
#include "chat/table.h"

struct gone {
	struct chat_fsck *f;
	uint64_t *users;
	size_t n;
	uint64_t stale;
	bool failed;
};

static int
check_password(void *arg, uint64_t user, const struct chat_password *password)
{
	struct gone *gone = arg;
	char name[CHAT_FSCK_NAME];

	if (!chat_fsck_has_user(gone->f, user))
		gone->stale++;
	else if (password == NULL)
		chat_fsck_say(gone->f, STORE_FOUND_LOST, CHAT_TABLE_USERS, NULL,
		    "user %s: the password, whose record is damaged",
		    chat_fsck_name(gone->f, user, name));
	else
		return 0;
	uint64_t *added = vector_add(&gone->users, &gone->n, sizeof(*added));
	gone->failed = added == NULL;
	if (added != NULL)
		*added = user;
	return gone->failed;
}

int
chat_fsck_passwords(struct chat_fsck *f)
{
	const struct config *config = f->chat->config;
	struct gone gone = { .f = f };
	bool failed = chat_password_each(config, check_password, &gone) != CHAT_OK || gone.failed;

	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_USERS, gone.stale,
	    "passwords of users who are gone: they let nobody in");
	/* Apart from the tables: removing a record twice does no harm. */
	for (size_t i = 0; i < gone.n && !failed && !f->fsck->dry; i++)
		failed = chat_password_remove(config, gone.users[i]) != CHAT_OK;
	free(gone.users);
	return failed ? -1 : 0;
}
