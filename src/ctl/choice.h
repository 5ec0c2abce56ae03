/* ctl_choice: what owners have chosen for their groups, and whom invited, in exports. */
#ifndef KABAR_CTL_CHOICE_H
#define KABAR_CTL_CHOICE_H

#include <jansson.h>

#include "base/json_out.h"
#include "chat/group.h"

/*
 * Adds the key "choices" to the user's object that is open, if there is anything to say: a list of
 * objects, each with a group, what was chosen, and the invitees. CHAT_OK or CHAT_FAILED.
 */
enum chat_result ctl_choice_export(struct chat *, uint64_t user, struct json_out *);

/* Whether a value has the form of such a list, and has only what can be chosen. */
bool ctl_choice_valid(const json_t *list);
/* Writes what such a list has for the group of this name into a record in memory. */
void ctl_choice_fill(struct chat_group *, json_t *list);
/* Chooses and invites by such a list, for groups that the user owns; tells what was refused. */
typedef void ctl_choice_told(void *arg, size_t line, const char *group, enum chat_result);
void ctl_choice_import(struct chat *, uint64_t user, json_t *list, size_t line, ctl_choice_told *,
    void *arg);

#endif
