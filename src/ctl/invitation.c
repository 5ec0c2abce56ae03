/*
 * ctl_invitation: making, listing and removing the codes of invitations. A code is printed once,
 * when it is made; a list names invitations by their numbers.
 */
#include "chat/invitation.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "config/value.h"
#include "ctl/field.h"
#include "ctl/list.h"

#define SECONDS_PER_DAY 86400
#define DAYS            30 /* until a code expires, where nothing is said */
#define DAYS_MOST       3650
#define NUMBER_DIGITS   15 /* a longer word is a code */

struct view {
	struct chat_invitation invitation;
	uint64_t left;                  /* uses, 0 also after the end */
	char maker[NAME_MAX_BYTES + 1]; /* "": an administrator */
	char users[CTL_FIELD_TEXT_MAX]; /* names, cut where they are too many */
};

#define AT(member) CTL_FIELD_AT(struct view, member)

static const struct ctl_field field_list[] = {
	{ .key = "id", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(invitation.id) },
	{ .key = "left", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(left) },
	{ .key = "uses", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(invitation.uses) },
	{ .key = "created_ms", .forms = CTL_LIST_KEY, .type = CTL_TIME, AT(invitation.created_ms) },
	{ .key = "expires_ms",
	    .label = "expires",
	    .forms = CTL_IN_LIST,
	    .type = CTL_TIME,
	    AT(invitation.expires_ms) },
	{ .key = "maker", .forms = CTL_IN_LIST, .optional = true, AT(maker) },
	{ .key = "users", .forms = CTL_COLUMN, .optional = true, AT(users) },
	{ .key = "note", .forms = CTL_IN_LIST, .optional = true, AT(invitation.note) },
};
static const struct ctl_fields fields = CTL_FIELDS(field_list);

static int
take_uses(const struct ctl *ctl, struct chat_invitation *invitation)
{
	static const struct config_tunable tunable = { .name = "uses",
		.type = CONFIG_INT,
		.min = 1,
		.max = CHAT_INVITATION_USES };
	const char *text = ctl->options['n'];
	char error[256];
	int uses = 1;

	if (text != NULL && config_value_parse(&tunable, text, &uses, error, sizeof(error)) != 0)
		return ctl_error(CTL_USAGE, "%s", error);
	invitation->uses = (uint32_t)uses;
	return CTL_OK;
}

static int
take_expiry(const struct ctl *ctl, struct chat_invitation *invitation)
{
	static const struct config_tunable tunable = { .name = "the time until it expires",
		.type = CONFIG_DURATION,
		.min = 60,
		.max = INT64_C(1) * DAYS_MOST * SECONDS_PER_DAY };
	const char *text = ctl->options['e'];
	int64_t seconds = INT64_C(1) * DAYS * SECONDS_PER_DAY;
	char error[256];

	if (text != NULL && config_value_parse(&tunable, text, &seconds, error, sizeof(error)) != 0)
		return ctl_error(CTL_USAGE, "%s", error);
	invitation->expires_ms = clock_now_ms() + seconds * 1000;
	return CTL_OK;
}

static int
take_note(const struct ctl *ctl, struct chat_invitation *invitation)
{
	const char *text = ctl->options['m'];

	if (text != NULL &&
	    strlcpy(invitation->note, text, sizeof(invitation->note)) >= sizeof(invitation->note))
		return ctl_error(CTL_REFUSED, "the note has more than %d bytes",
		    CHAT_INVITATION_NOTE_MAX);
	return CTL_OK;
}

int
ctl_invitation_make(struct ctl *ctl)
{
	struct chat_invitation invitation = { .id = 0 };
	char code[CODE_TEXT_LEN + 1], letters[CODE_LETTERS + 1];
	int status = take_uses(ctl, &invitation);

	if (status == CTL_OK)
		status = take_expiry(ctl, &invitation);
	if (status == CTL_OK)
		status = take_note(ctl, &invitation);
	if (status != CTL_OK)
		return status;
	code_make(code);
	(void)code_read(code, CODE_TEXT_LEN, letters);
	enum chat_result result = chat_invitation_make(&ctl->chat, &invitation, letters);
	explicit_bzero(letters, sizeof(letters));
	if (result == CHAT_TOO_MANY)
		return ctl_error(CTL_REFUSED, "there are %d invitations: remove some",
		    CHAT_INVITATION_MOST);
	if (result == CHAT_BAD_ARGUMENT)
		return ctl_error(CTL_REFUSED, "the note is UTF-8 without control characters");
	if (result != CHAT_OK)
		return ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
	if (ctl->config.registration == CONFIG_REGISTRATION_OFF)
		fprintf(stderr, "kabarctl: nobody can use it: the setting registration is off\n");
	ctl_say(ctl, "%s\n", code);
	ctl_report_text(ctl, "code", code);
	ctl_report_int(ctl, "id", (int64_t)invitation.id);
	explicit_bzero(code, sizeof(code));
	return CTL_OK;
}

struct invitations {
	struct chat_invitation *list;
	size_t n;
	bool failed;
};

static int
add_invitation(void *arg, const struct chat_invitation *invitation)
{
	struct invitations *all = arg;
	struct chat_invitation *added = vector_add(&all->list, &all->n, sizeof(*added));

	all->failed = added == NULL;
	if (added != NULL)
		*added = *invitation;
	return all->failed;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct chat_invitation *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* "-" for a user who is gone. */
static const char *
name_user(struct chat *chat, uint64_t id, struct chat_user *user)
{
	return chat_user_get(chat, id, user) == CHAT_OK ? user->name : "-";
}

static void
name_users(struct chat *chat, struct view *view)
{
	struct chat_user user;

	view->users[0] = '\0';
	for (uint32_t i = 0; i < view->invitation.n; i++) {
		strlcat(view->users, i == 0 ? "" : " ", sizeof(view->users));
		strlcat(view->users, name_user(chat, view->invitation.users[i], &user),
		    sizeof(view->users));
	}
}

/* One object of the list; its users are an array. */
static void
put_invitation(struct chat *chat, struct json_out *json, const struct view *view)
{
	struct chat_user user;

	json_out_object_begin(json);
	ctl_field_put(&fields, CTL_LIST_KEY, view, json);
	json_out_key(json, "users");
	json_out_array_begin(json);
	for (uint32_t i = 0; i < view->invitation.n; i++)
		json_out_cstring(json, name_user(chat, view->invitation.users[i], &user));
	json_out_array_end(json);
	json_out_object_end(json);
}

static int
show_invitations(struct ctl *ctl, const struct invitations *all)
{
	int64_t now_ms = clock_now_ms();
	struct ctl_list list;
	struct chat_user user;
	struct view view;

	ctl_list_begin(&list, ctl, &fields);
	for (size_t i = 0; i < all->n; i++) {
		view.invitation = all->list[i];
		view.left = chat_invitation_open(&view.invitation, now_ms)
		    ? view.invitation.uses - view.invitation.n
		    : 0;
		view.maker[0] = '\0';
		if (view.invitation.maker != 0)
			strlcpy(view.maker, name_user(&ctl->chat, view.invitation.maker, &user),
			    sizeof(view.maker));
		if (ctl->json) {
			put_invitation(&ctl->chat, &list.json, &view);
			continue;
		}
		name_users(&ctl->chat, &view);
		ctl_list_row(&list, &view);
	}
	return ctl_list_end(&list);
}

int
ctl_invitation_list(struct ctl *ctl)
{
	struct invitations all = { .n = 0 };
	enum chat_result result = chat_invitation_each(&ctl->chat, add_invitation, &all);
	int status;

	if (all.n > 0)
		qsort(all.list, all.n, sizeof(*all.list), compare_ids);
	if (all.failed)
		status = ctl_error(CTL_SYSTEM, "the invitations cannot be read: out of memory");
	else if (result != CHAT_OK)
		status = ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
	else
		status = show_invitations(ctl, &all);
	free(all.list);
	return status;
}

int
ctl_invitation_remove(struct ctl *ctl)
{
	const char *word = ctl->operands[0];
	size_t len = strlen(word);
	char letters[CODE_LETTERS + 1];
	enum chat_result result = CHAT_NO_INVITATION;

	if (code_read(word, len, letters))
		result = chat_invitation_remove(&ctl->chat, letters, 0);
	else if (len <= NUMBER_DIGITS && strspn(word, "0123456789") == len)
		result = chat_invitation_remove(&ctl->chat, NULL, strtoull(word, NULL, 10));
	explicit_bzero(letters, sizeof(letters));
	if (result == CHAT_NO_INVITATION)
		return ctl_error(CTL_REFUSED, "there is no such invitation");
	return result == CHAT_OK ? CTL_OK : ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
}
