/* dialect_request: requests of a line dialect: found, prepared and run. */
#ifndef KABAR_DIALECT_REQUEST_H
#define KABAR_DIALECT_REQUEST_H

#include "dialect/dialect.h"

/* A struct dialect's line(), head() and too_long(), where its tables are a struct line_dialect. */
void dialect_request_line(struct dialog *, const struct frame_line *);
bool dialect_request_head(struct dialog *, const struct frame_line *);
void dialect_request_too_long(struct dialog *);

#endif
