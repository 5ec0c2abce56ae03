/*
 * auth_client: a worker's side of the gate. Until the gate has said yes the worker has no way to
 * the store; with each yes comes one, for the user, peer or older server who proved to be that.
 */
#ifndef KABAR_AUTH_CLIENT_H
#define KABAR_AUTH_CLIENT_H

#include "auth/protocol.h"

struct auth_client {
	int fd;       /* -1: not connected */
	bool greeted; /* the gate knows from which address the client comes */
	bool lost;    /* the gate has gone, and this process may not connect to the next one */
	char *state;  /* of the process's configuration: "." once we are in the directory */
	uint32_t seq; /* of the last request */
	unsigned char key[ADDRESS_KEY_SIZE];
	char address[ADDRESS_TEXT_MAX];
	bool near;
	bool inside; /* the gate has said yes */
	int spare;   /* a connection to the committer that nobody uses yet; -1: none */
	/* For whom the last yes was, and what proves it again. */
	unsigned int principal;
	uint64_t id;
	uint32_t epoch; /* of the account when the gate judged it */
	char token[TOKEN_TEXT_LEN + 1];
	char fingerprint[CHAT_PEER_FINGERPRINT];
	uint32_t retry_s; /* after CHAT_TOO_SOON: seconds after which to try again */
	/*
	 * Waits until the descriptor is readable, so long at most. False: it is not, or nobody
	 * waits for the answer any more. NULL: poll().
	 */
	bool (*wait)(void *arg, int fd, int64_t ms);
	void *wait_arg;
};

/*
 * Connects to the gate of a state directory. Before its first request goes the address of the
 * client: by which key it is counted, as text, and whether the limits for an address leave it
 * alone. `state` has room for "." and is changed with the first yes. 0, or -1: the log says why;
 * requests try again.
 */
int auth_client_open(struct auth_client *, char *state, const unsigned char key[ADDRESS_KEY_SIZE],
    const char *address, bool near);
/*
 * The client comes from another address, as a proxy says. If the gate was told one already, the
 * connection to it ends: a gate judges by one address for each.
 */
void auth_client_set_address(struct auth_client *, const unsigned char key[ADDRESS_KEY_SIZE],
    const char *address, bool near);
void auth_client_close(struct auth_client *);

/*
 * Each asks and waits. CHAT_OK: this process is in the state directory, and *id is that of the user
 * or peer. CHAT_TOO_SOON; CHAT_FAILED: the gate does not answer; or what the verbs of chat say.
 */
enum chat_result auth_client_login(struct auth_client *, struct chat_text name,
    struct chat_text password, uint64_t *id);
enum chat_result auth_client_session(struct auth_client *, struct chat_text token, uint64_t *id);
/*
 * From name, fullname and country of *user, whose id is filled in; with the letters of the code of
 * an invitation, "": without one.
 */
enum chat_result auth_client_register(struct auth_client *, struct chat_user *user,
    const char *password, const char *letters);
/*
 * Makes an invitation with a code of these letters, of the user to whom the last yes went, as
 * chat_invitation_make_by_user().
 */
enum chat_result auth_client_invite(struct auth_client *, const char *letters);
/*
 * Changes the password of the user to whom the last yes went, if the present one is right, as at a
 * login: CHAT_BAD_PASSWORD, CHAT_LOCKED, CHAT_TOO_SOON. CHAT_BAD_ARGUMENT: the new one is none.
 * All sessions have ended then. After CHAT_FAILED it may have been done.
 */
enum chat_result auth_client_passwd(struct auth_client *, struct chat_text password,
    struct chat_text wanted);
/*
 * From name and fullname of *user, a guest, whose id is filled in. CHAT_FORBIDDEN: none may come;
 * CHAT_TOO_MANY, CHAT_USER_EXISTS, CHAT_BAD_ARGUMENT as chat_user_guest_add().
 */
enum chat_result auth_client_guest(struct auth_client *, struct chat_user *user);
/*
 * Of the user to whom the last yes went, who is a guest: sets a password, as auth_client_register()
 * does; gives another name; removes the account. The results are those of chat/user_guest.h.
 */
enum chat_result auth_client_claim(struct auth_client *, struct chat_text password,
    const char *letters);
enum chat_result auth_client_rename(struct auth_client *, struct chat_text name);
enum chat_result auth_client_gone(struct auth_client *);
/*
 * By the fingerprint of a client's certificate, which this process has seen in a handshake; the
 * name is "" or must be the user's. CHAT_NO_USER, CHAT_LOCKED.
 */
enum chat_result auth_client_certificate(struct auth_client *, struct chat_text name,
    const char *fingerprint, uint64_t *id);
/*
 * The user to whom the last yes went gets a certificate, or loses it, if the password is right, as
 * at a login. CHAT_BAD_ARGUMENT: no fingerprint, or none of the user's that goes; others as
 * chat_certificate_add().
 */
enum chat_result auth_client_certify(struct auth_client *, struct chat_text password,
    struct chat_text fingerprint, bool adds);
enum chat_result auth_client_peer(struct auth_client *, const char *fingerprint, uint64_t *id);
enum chat_result auth_client_server(struct auth_client *, uint64_t *id);

/* Gives up the connection to the committer that nobody uses. */
void auth_client_rest(struct auth_client *);
/* The token that proves the user again. */
void auth_client_keep(struct auth_client *, const char *token);
/* As `connect` of struct store_options; arg is the client. */
int auth_client_connect(void *arg);

#endif
