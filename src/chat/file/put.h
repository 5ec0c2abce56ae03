/*
 * chat/file/put: storing and forgetting files. One transaction changes the file's record, the
 * owner's quota, the references to the content and the sets in which the file is found.
 */
#ifndef KABAR_CHAT_FILE_PUT_H
#define KABAR_CHAT_FILE_PUT_H

#include "chat/file/file.h"

/*
 * Stores a file, whose content is kept already, instead of the one of this name. CHAT_OK,
 * CHAT_QUOTA: it is too much for its owner; or a failure.
 */
enum chat_result chat_file_put(struct chat *, struct chat_conversation, struct chat_text name,
    const struct chat_file *);
/* Forgets the file of this name if it still is the given one, else CHAT_NO_FILE. */
enum chat_result chat_file_remove(struct chat *, struct chat_conversation, struct chat_text name,
    const struct chat_file *);
/* Forgets the file of an outbound message that is over; CHAT_OK also when there is none. */
enum chat_result chat_file_release(struct chat *, uint64_t file_id);

#endif
