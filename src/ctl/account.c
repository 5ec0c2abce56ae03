/*
 * ctl_account: the table of a user's fields, and reading users for it.
 */
#include "ctl/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/vector.h"
#include "chat/block.h"
#include "chat/certificate.h"
#include "chat/member.h"

#define AT(member) CTL_FIELD_AT(struct ctl_account, member)

static const struct ctl_field fields[] = {
	{ .key = "name", .forms = CTL_IN_LIST | CTL_IN_SHOW | CTL_EXPORT_KEY, AT(user.name) },
	{ .key = "fullname",
	    .label = "full name",
	    .forms = CTL_IN_LIST | CTL_IN_SHOW | CTL_EXPORT_KEY,
	    AT(user.fullname) },
	{ .key = "country", .forms = CTL_IN_LIST | CTL_IN_SHOW | CTL_EXPORT_KEY, AT(user.country) },
	{ .key = "created_ms",
	    .label = "created",
	    .forms = CTL_IN_SHOW | CTL_EXPORT_KEY | CTL_LIST_KEY,
	    .type = CTL_TIME,
	    AT(user.created_ms) },
	{ .key = "admin",
	    .forms = CTL_IN_SHOW | CTL_EXPORT_KEY | CTL_LIST_KEY,
	    .type = CTL_BOOL,
	    AT(user.admin) },
	{ .key = "locked",
	    .forms = CTL_IN_SHOW | CTL_EXPORT_KEY | CTL_LIST_KEY,
	    .type = CTL_BOOL,
	    AT(user.locked) },
	{ .key = "guest", .forms = CTL_IN_SHOW | CTL_LIST_KEY, .type = CTL_BOOL, AT(user.guest) },
	{ .label = "flags", .forms = CTL_COLUMN, AT(flags) },
	{ .key = "password", .forms = CTL_EXPORT_KEY, AT(password) },
	{ .key = "quota",
	    .forms = CTL_EXPORT_KEY | CTL_LIST_KEY | CTL_SHOW_KEY,
	    .type = CTL_NUMBER,
	    .optional = true,
	    AT(user.quota) },
	{ .key = "files", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(quota.files) },
	{ .key = "files_bytes", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(quota.bytes) },
	{ .key = "files_limit", .forms = CTL_SHOW_KEY, .type = CTL_NUMBER, AT(limit) },
	{ .label = "files", .forms = CTL_LINE, AT(files) },
	{ .key = "certificates",
	    .label = "certs",
	    .forms = CTL_IN_SHOW,
	    .type = CTL_NUMBER,
	    AT(certificates) },
};
const struct ctl_fields ctl_account_fields = CTL_FIELDS(fields);

void
ctl_account_fill(struct ctl_account *account)
{
	const struct chat_user *user = &account->user;

	snprintf(account->flags, sizeof(account->flags), "%s%s%s%s", user->guest ? "guest" : "",
	    user->admin ? "admin" : "", user->admin && user->locked ? "," : "",
	    user->locked ? "locked" : "");
}

enum chat_result
ctl_account_look_up(struct chat *chat, struct ctl_account *account)
{
	struct chat_certificate_list list = { .n = 0 };
	enum chat_result result = chat_quota_get(chat, account->user.id, &account->quota);

	if (result == CHAT_OK)
		result = chat_certificate_of(chat, account->user.id, &list);
	account->certificates = list.n;
	account->limit = chat_quota_limit(chat, &account->user);
	snprintf(account->files, sizeof(account->files),
	    "%" PRIu32 ", %" PRIu64 " of %" PRIu64 " bytes", account->quota.files,
	    account->quota.bytes, account->limit);
	return result;
}

enum chat_result
ctl_account_groups(struct chat *chat, uint64_t user,
    int (*visit)(void *arg, const struct chat_group *), void *arg)
{
	struct chat_group group;
	enum chat_result result;
	uint64_t id;

	for (uint32_t i = 0; (result = chat_member_group(chat, user, i, &id)) == CHAT_OK; i++) {
		result = chat_group_get(chat, id, &group);
		if (result == CHAT_FAILED)
			break;
		/* One that has just been removed is passed over. */
		if (result == CHAT_OK && visit(arg, &group) != 0)
			return CHAT_OK;
	}
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
ctl_account_blocks(struct chat *chat, uint64_t user, void (*visit)(void *arg, const char *who),
    void *arg)
{
	enum chat_result result = CHAT_OK;
	char who[CHAT_BLOCK_TEXT];

	/* One who has just been removed is passed over. */
	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_USER; i++) {
		result = chat_block_at(chat, user, i, who);
		if (result == CHAT_OK)
			visit(arg, who);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

struct users {
	struct chat_user *list;
	size_t n;
	bool failed;
};

static int
add_account(void *arg, const struct chat_user *user)
{
	struct users *users = arg;
	struct chat_user *added = vector_add(&users->list, &users->n, sizeof(*added));

	users->failed = added == NULL;
	if (added != NULL)
		*added = *user;
	return users->failed;
}

static int
compare_names(const void *a, const void *b)
{
	const struct chat_user *first = a, *second = b;

	return strcasecmp(first->name, second->name);
}

int
ctl_account_read_all(struct ctl *ctl, struct chat_user **list, size_t *n)
{
	struct users users = { .n = 0 };
	enum chat_result result = chat_user_each(&ctl->chat, add_account, &users);

	if (result != CHAT_OK || users.failed) {
		free(users.list);
		return ctl_error(users.failed ? CTL_SYSTEM : CTL_UNAVAILABLE,
		    "the users cannot be read: %s",
		    users.failed ? "out of memory" : chat_strerror(result));
	}
	if (users.n > 0)
		qsort(users.list, users.n, sizeof(*users.list), compare_names);
	*list = users.list;
	*n = users.n;
	return CTL_OK;
}
