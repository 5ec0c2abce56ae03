/* chat_post: sends to anybody by one text that says with whom the conversation is. */
#ifndef KABAR_CHAT_POST_H
#define KABAR_CHAT_POST_H

#include "chat/file/upload.h"
#include "chat/session.h"

/*
 * Sends a text. Results as those of chat_realm_send(); CHAT_BAD_ARGUMENT: the text names nobody;
 * CHAT_FORBIDDEN: the server takes no messages.
 */
enum chat_result chat_post_text(struct chat *, const struct chat_session *, struct chat_text who,
    struct chat_text text);
/* The receiver of a file: results as those of chat_realm_upload(), and these two. */
enum chat_result chat_post_address(struct chat *, struct chat_upload *, struct chat_text who);

#endif
