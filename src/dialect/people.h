/* dialect_people: the users who are online, as the scoreboard has them. */
#ifndef KABAR_DIALECT_PEOPLE_H
#define KABAR_DIALECT_PEOPLE_H

#include "base/json_out.h"
#include "dialect/dialect.h"

/* Visits the users who are online, each once with the earliest login; leave_out is not visited. */
typedef void dialect_people_visit(struct json_out *, const struct chat_user *, int64_t since_ms);
void dialect_people_each(struct dialog *dialog, dialect_people_visit *visit, struct json_out *json,
    uint64_t leave_out);

/*
 * The users who are online, as they are now, for replies that ask about many of them. To be freed.
 */
struct dialect_people {
	struct dialect_person {
		uint64_t user;
		int64_t since_ms;
	} * list; /* by user and time: one for each connection */
	size_t n;
};

/* {"username":..., "name":..., "online":...} */
void dialect_people_write(struct json_out *, const char *name, const char *fullname, bool online);
void dialect_people_find(struct dialog *, struct dialect_people *);
/* The earliest login of a user among them; 0: the user is not online. */
int64_t dialect_people_login(const struct dialect_people *, uint64_t user);
void dialect_people_free(struct dialect_people *);

/* The earliest login of a user who is online; 0: the user is not. */
int64_t dialect_people_since(struct dialog *, uint64_t user);

#endif
