/* dialect_people: the users who are online, as the scoreboard has them. */
#ifndef KABAR_DIALECT_PEOPLE_H
#define KABAR_DIALECT_PEOPLE_H

#include "base/json_out.h"
#include "dialect/dialect.h"

/* Visits the users who are online, each once with the earliest login; leave_out is not visited. */
typedef void dialect_people_visit(struct json_out *, const struct chat_user *, int64_t since_ms);
void dialect_people_each(struct dialog *dialog, dialect_people_visit *visit, struct json_out *json,
    uint64_t leave_out);

/* The earliest login of a user who is online; 0: the user is not. */
int64_t dialect_people_since(struct dialog *, uint64_t user);

#endif
