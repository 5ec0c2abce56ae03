/* dialect_directory: the commands `people` and `realms`: whom one can write to. */
#ifndef KABAR_DIALECT_DIRECTORY_H
#define KABAR_DIALECT_DIRECTORY_H

#include "dialect/line.h"

enum chat_result dialect_directory_people(struct dialog *, struct line_request *);
enum chat_result dialect_directory_realms(struct dialog *, struct line_request *);

#endif
