/*
 * auth_helper: the gate's own children, one job at a time each: hashers, which compute hashes and
 * touch nothing else, a clerk, which does what waits for the disk, and a resolver, which waits for
 * name servers. They speak with the gate alone.
 */
#ifndef KABAR_AUTH_HELPER_H
#define KABAR_AUTH_HELPER_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "base/code.h"
#include "chat/certificate.h"
#include "chat/user.h"
#include "net/address.h"

enum auth_job_kind {
	AUTH_JOB_TRY = 1, /* a hasher: password_try() */
	AUTH_JOB_HASH,    /* a hasher: password_hash() into fresh */
	AUTH_JOB_CHANGE,  /* a hasher: password_try(), and if it is right the hash of wanted */
	AUTH_JOB_ADD, /* the clerk: an account with the hash in fresh, by the code if there is one
	               */
	AUTH_JOB_INVITE,  /* the clerk: an invitation of the user with the code */
	AUTH_JOB_RENEW,   /* the clerk: fresh in place of hash */
	AUTH_JOB_PASSWD,  /* the clerk: fresh as the hash of the user, unless that is another by now
	                   */
	AUTH_JOB_GUEST,   /* the clerk: a guest's account, in place of `abandoned` */
	AUTH_JOB_CLAIM,   /* the clerk: fresh as the hash of a guest, who is a user then */
	AUTH_JOB_RENAME,  /* the clerk: name as that of the guest user */
	AUTH_JOB_GONE,    /* the clerk: the guest user has gone */
	AUTH_JOB_CERTIFY, /* the clerk: the certificate comes to the user, or goes */
	AUTH_JOB_SERVER   /* the resolver: the older server that comes from address */
};

/* A job, and its result. It holds secrets. */
struct auth_job {
	enum auth_job_kind kind;
	int cost;
	bool possible; /* any account could have the password */
	char password[PASSWORD_MAX_BYTES + 1];
	char wanted[PASSWORD_MAX_BYTES + 1]; /* the new password */
	char hash[PASSWORD_HASH_SIZE];
	char fresh[PASSWORD_HASH_SIZE];
	struct chat_user user;
	char name[NAME_MAX_BYTES + 1];
	uint64_t abandoned; /* the guest who has the name, and no worker that the gate knows */
	char code[CODE_LETTERS + 1]; /* "": none is needed */
	struct chat_certificate certificate;
	bool adds; /* it comes */
	char address[ADDRESS_TEXT_MAX];
	/* Results. */
	bool right;
	enum chat_result result;
	uint64_t id;
};

struct auth_helper {
	int fd; /* -1: it does not run */
	pid_t pid;
	bool busy;             /* with a job */
	atomic_bool *unwanted; /* shared with a clerk: nobody waits for its job; NULL: a hasher */
};

/*
 * Starts a hasher, or a clerk or resolver if a configuration is given; that one closes the store
 * that the caller has open (NULL: none), for a process may open one once. `name` is for its title
 * and its lines in the log. 0, or -1 with errno set.
 */
int auth_helper_start(struct auth_helper *, const char *name, const struct config *clerk,
    struct store *);
/*
 * What a hasher does first: confines this process for good, if the gate has prepared that. 0, or -1
 * with a sentence in error.
 */
int auth_helper_confine_hasher(char *error, size_t size);
/* Ends it, if it runs, and waits for that. */
void auth_helper_stop(struct auth_helper *);
/* Hands it a job. 0, or -1: it has died. */
int auth_helper_give(struct auth_helper *, const struct auth_job *);
/*
 * Nobody waits for its job any more: the clerk does not begin what it has not begun, and adds no
 * account unless it is about to.
 */
void auth_helper_cancel(const struct auth_helper *);
/* The result, when its descriptor is readable. 0, or -1: it has died. */
int auth_helper_get(struct auth_helper *, struct auth_job *);

#endif
