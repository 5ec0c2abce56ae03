/* dialect_block: the commands `block`, `unblock` and `blocks`. */
#ifndef KABAR_DIALECT_BLOCK_H
#define KABAR_DIALECT_BLOCK_H

#include "dialect/line.h"

enum chat_result dialect_block_add(struct dialog *, struct line_request *);
enum chat_result dialect_block_remove(struct dialog *, struct line_request *);
enum chat_result dialect_block_show(struct dialog *, struct line_request *);

#endif
