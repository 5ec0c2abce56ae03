/* dialect_post: handlers of realm that send to anybody, once; and those for files of anybody. */
#ifndef KABAR_DIALECT_POST_H
#define KABAR_DIALECT_POST_H

#include "chat/once.h"
#include "dialect/line.h"

/* key who text */
enum chat_result dialect_post_text(struct dialog *, struct line_request *);
/* The reply to both: that of a message which is stored has more than a text. */
enum chat_result dialect_post_reply(struct dialog *, const struct line_request *, enum chat_result);
/* key who name base64; its address is dialect_post_address. */
enum chat_result dialect_post_file(struct dialog *, struct line_request *);
line_address dialect_post_address;

/*
 * The same for those who take requests apart in another way. Whether a message may be sent with the
 * key of this text (chat_once_parse). CHAT_OK: it may; the key stays the caller's and counts until
 * dialect_post_end(); CHAT_REPEATED: it was; CHAT_BAD_ARGUMENT; CHAT_FAILED.
 */
enum chat_result dialect_post_begin(struct dialog *, const struct chat_session *,
    struct chat_text text, unsigned char key[CHAT_ONCE_KEY]);
/* Whether the message is stored, now or before, whatever the result was. */
bool dialect_post_end(struct dialog *);
/* Of a message that is: its id and time. What another realm says of it is its delivery. */
void dialect_post_members(struct dialog *, const struct chat_session *, enum chat_result,
    struct json_out *);

/* who: the files of a conversation. */
enum chat_result dialect_post_files(struct dialog *, struct line_request *);
/* who name: the content of one. */
enum chat_result dialect_post_download(struct dialog *, struct line_request *);

#endif
