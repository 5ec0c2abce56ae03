/*
 * chat_choice: what those who manage a group (chat_role) choose for it, and whom they invite. The
 * record is chat_group's, invitations are chat_invitee's.
 */
#ifndef KABAR_CHAT_CHOICE_H
#define KABAR_CHAT_CHOICE_H

#include "chat/group.h"
#include "chat/user.h"

enum chat_choice {
	CHAT_CHOICE_PRIVATE, /* "on": lists show it to members alone, and only invitees join */
	CHAT_CHOICE_HISTORY, /* "open": new members can fetch files that were sent before */
	CHAT_CHOICE_FILES, /* "members": they replace each other's files; "owner": he alone does */
	CHAT_CHOICE_MODERATED, /* "on": only members with a role speak */
	CHAT_CHOICE_TOPICS,    /* "members" set the topic, or "operators" alone */
	CHAT_CHOICE_SECRET, /* "on": lists show it to members alone; who knows its name may join */
	CHAT_CHOICE_KEY,    /* a text that takes part in joining; or "off" */
	CHAT_CHOICE_LIMIT,  /* how many members join at most; or "off" */
	CHAT_CHOICES
};

#define CHAT_CHOICE_WORD 40 /* bytes of a word, with its NUL */

/*
 * How a choice is called, and the word for what holds in a group, chosen or by the settings, which
 * may be written to `word`.
 */
const char *chat_choice_name(enum chat_choice);
const char *chat_choice_word(const struct config *, const struct chat_group *, enum chat_choice,
    char word[CHAT_CHOICE_WORD]);
/* The word that was chosen; NULL: none was. */
const char *chat_choice_chosen(const struct chat_group *, enum chat_choice,
    char word[CHAT_CHOICE_WORD]);
/* Writes a choice into a record in memory. False: there is no such choice, or no such word. */
bool chat_choice_put(struct chat_group *, struct chat_text choice, struct chat_text word);

/*
 * The verbs. Who does it must manage the group, else CHAT_FORBIDDEN; NULL: kabarctl. All:
 * CHAT_NO_GROUP, CHAT_FAILED.
 *
 * Chooses. CHAT_BAD_ARGUMENT: there is no such choice, or no such word for it.
 */
enum chat_result chat_choice_set(struct chat *, struct chat_text group, const struct chat_user *by,
    struct chat_text choice, struct chat_text word);
/*
 * Invites a user; CHAT_OK also for an invitee. CHAT_NO_USER, CHAT_ALREADY_MEMBER; CHAT_BLOCKED: the
 * user blocks this one, who is no administrator; CHAT_TOO_MANY: past CHAT_INVITEES_MOST or
 * CHAT_INVITEE_GROUPS_MOST.
 */
enum chat_result chat_choice_invite(struct chat *, struct chat_text group,
    const struct chat_user *by, struct chat_text user);
/* Ends an invitation; the invitee may do it, too. CHAT_NO_USER, CHAT_NOT_INVITED. */
enum chat_result chat_choice_uninvite(struct chat *, struct chat_text group,
    const struct chat_user *by, struct chat_text user);
/*
 * Ends a membership, but not the owner's: CHAT_FORBIDDEN. CHAT_NO_USER, CHAT_NOT_MEMBER. Whoever
 * was kicked out of a group that is not private can join again. The reason may be "".
 */
enum chat_result chat_choice_kick(struct chat *, struct chat_text group, const struct chat_user *by,
    struct chat_text user, struct chat_text reason);
/*
 * Whether a user may see what was chosen: everybody, but of a private or secret group members and
 * invitees; others get CHAT_NOT_INVITED or CHAT_NOT_MEMBER. The key is for members alone.
 */
enum chat_result chat_choice_visible(struct chat *, const struct chat_group *,
    const struct chat_user *by);
/* Whether a member may replace others' files in a group. */
bool chat_choice_shares_files(const struct config *, const struct chat_group *);
/*
 * Since when what was sent to a group is open to a member; 0: all of it is. CHAT_OK,
 * CHAT_NOT_MEMBER or CHAT_FAILED.
 */
enum chat_result chat_choice_since(struct chat *, const struct chat_group *, uint64_t user,
    int64_t *since_ms);
/* Whether a list of groups shows one to a user: a private or secret one to its members alone. */
bool chat_choice_listed(struct chat *, const char *group, uint64_t user);
/* Whether lists show a group to its members alone. */
bool chat_choice_hidden(const struct chat_group *);

#endif
