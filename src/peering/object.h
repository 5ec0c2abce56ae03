/*
 * peering_object: a message or the offer of a file, as JSON: as it is told to another realm, and as
 * another realm tells it, checked as if it came from somebody hostile.
 */
#ifndef KABAR_PEERING_OBJECT_H
#define KABAR_PEERING_OBJECT_H

#include <jansson.h>

#include "base/json_out.h"
#include "chat/realm/inbound.h"

/* `own` is the realm of its sender. */
void peering_object_write(struct json_out *, const struct chat_outbound *, int64_t time_ms,
    const char *own);

/*
 * Fills in the inbound message, of which outbound.file is set; `refused` says what is wrong with
 * it. `realm` is the only one from whose users it may come. The texts are the object's (NULL: it is
 * none), or lie in *list, to be freed. 0, or -1 without memory.
 */
int peering_object_read(const json_t *object, const char *realm, struct chat_inbound *,
    char **list);

#endif
