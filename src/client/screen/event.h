/*
 * event: what the server tells about conversations, taken into the model. Nothing in it is trusted:
 * texts are made clean here, and what is not as it should be changes nothing.
 */
#ifndef KABAR_CLIENT_SCREEN_EVENT_H
#define KABAR_CLIENT_SCREEN_EVENT_H

#include <jansson.h>

#include "client/model.h"
#include "client/text.h"

/* A member's text, clean, which the caller frees; NULL without memory. */
char *client_screen_event_text(const json_t *, const char *key, enum client_text_form, size_t max);
/* Reads "2026-11-21T04:51:12.345Z" as milliseconds since 1970; 0: it is no time. */
int64_t client_screen_event_time(const char *);
/* The conversation that the member names; NULL: it names none. It is made where there is none yet.
 */
struct client_model_conversation *client_screen_event_with(struct client_model *, const json_t *,
    const char *key);
/* Why a delivery was refused, as a sentence that the caller frees; NULL: it was not, or memory. */
char *client_screen_event_reason(const json_t *);
enum client_model_delivery client_screen_event_delivery(const json_t *);

/*
 * An event of `watch`. The message that has come, in its conversation, when it is another's and was
 * not known; else NULL. The pointer is good until the model changes.
 */
const struct client_model_message *client_screen_event_take(struct client_model *, const json_t *,
    struct client_model_conversation **);
/* The reply to `conversations`. False: it is none. */
bool client_screen_event_conversations(struct client_model *, const json_t *);
/* The reply to `history`, for this conversation. False: it is none. */
bool client_screen_event_history(struct client_model *, struct client_model_conversation *,
    const json_t *);

#endif
