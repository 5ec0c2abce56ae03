/* dialect_post: handlers of realm that send to anybody, once; and those for files of anybody. */
#ifndef KABAR_DIALECT_POST_H
#define KABAR_DIALECT_POST_H

#include "dialect/line.h"

/* key who text */
enum chat_result dialect_post_text(struct dialog *, struct line_request *);
/* key who name base64; its address is dialect_post_address. */
enum chat_result dialect_post_file(struct dialog *, struct line_request *);
line_address dialect_post_address;

/* who: the files of a conversation. */
enum chat_result dialect_post_files(struct dialog *, struct line_request *);
/* who name: the content of one. */
enum chat_result dialect_post_download(struct dialog *, struct line_request *);

#endif
