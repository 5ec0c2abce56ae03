/*
 * peering_object: what another realm says of a message or file, as JSON: checked as if it came from
 * somebody hostile.
 */
#ifndef KABAR_PEER_OBJECT_H
#define KABAR_PEER_OBJECT_H

#include <jansson.h>

#include "chat/realm/inbound.h"

/*
 * Fills in the arrival, of which letter.file is set; `refused` says what is wrong with it. `realm`
 * is the only one from whose users it may come. The texts are the object's (NULL: it is none), or
 * lie in *list, to be freed. 0, or -1 without memory.
 */
int peering_object_read(const json_t *object, const char *realm, struct chat_inbound *,
    char **list);
/* The value of a lower-case hexadecimal digit, or -1. */
int peering_object_digit(char);

#endif
