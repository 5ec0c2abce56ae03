/*
 * client_refusal: why a server refused, told by the word for programs that newer servers send, or
 * by the text of the family; as a sentence in the user's language and as an exit status.
 */
#ifndef KABAR_CLIENT_REFUSAL_H
#define KABAR_CLIENT_REFUSAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CLIENT_REFUSAL_TEXT 512

/* Whether a reply says that all went well. */
bool client_refusal_is_none(const json_t *reply);
/* The stable word of a refusal, such as "NO_USER"; "": the reply is a refusal that nobody knows. */
const char *client_refusal_code(const json_t *reply);
/* Whether a reply says that it is not known if the request was done; not where there is none. */
bool client_refusal_is_unsure(const json_t *reply);
/*
 * Writes a clean sentence for a reply that is a refusal. Returns the exit status of sysexits.h that
 * goes with it.
 */
int client_refusal_explain(const json_t *reply, char text[CLIENT_REFUSAL_TEXT]);
/*
 * The same for the reason of a delivery that was refused, such as "no_user": words of which most
 * are those for programs.
 */
int client_refusal_reason(const char *reason, char text[CLIENT_REFUSAL_TEXT]);

#endif
