/*
 * dialect_enter: who a client is: logging in, registering, showing a token. Where there is a gate
 * it is asked, and the dialog's way to the store begins with its yes; else the store is asked here.
 */
#ifndef KABAR_DIALECT_ENTER_H
#define KABAR_DIALECT_ENTER_H

#include "dialect/dialect.h"

/*
 * Judges a password, and wipes it where it lies. The results are those of chat_login_check, and
 * CHAT_TOO_SOON; with uniform_auth an unknown user is CHAT_BAD_PASSWORD. Refusals are logged.
 */
enum chat_result dialect_enter_login(struct dialog *, struct chat_text name,
    struct chat_text password, struct chat_user *);
/*
 * Takes the code of an invitation, with which this connection registers, and wipes it where it
 * lies. Whether it is good is judged when it is used. CHAT_FORBIDDEN, or CHAT_NO_INVITATION: it
 * cannot be a code.
 */
enum chat_result dialect_enter_invitation(struct dialog *, struct chat_text code);
/*
 * Makes an invitation of the user whom the store speaks for, and writes its code, as
 * chat_invitation_make_by_user(). CHAT_FORBIDDEN also where registration is not by invitation.
 */
enum chat_result dialect_enter_invite(struct dialog *, const struct chat_session *,
    char code[CODE_TEXT_LEN + 1]);
/* Whether the settings let this client register: CHAT_FORBIDDEN, CHAT_NEEDS_INVITATION. */
enum chat_result dialect_enter_may_register(const struct dialog *);
/*
 * Makes an account, as chat_user_add_invited does, if dialect_enter_may_register() says so, and
 * wipes the password. Failures are logged.
 */
enum chat_result dialect_enter_register(struct dialog *, struct chat_user *,
    struct chat_text password);
/*
 * Changes the password of a session's user, who proves it by the present one, and wipes both. All
 * other sessions of the user end; this one stays, with its token. CHAT_BAD_PASSWORD, CHAT_LOCKED
 * and CHAT_TOO_SOON as at a login; CHAT_BAD_ARGUMENT: the new one is none.
 */
enum chat_result dialect_enter_passwd(struct dialog *, struct chat_session *,
    struct chat_text password, struct chat_text wanted);
/*
 * Judges a login by the certificate that the client has shown in TLS, under this name or "".
 * CHAT_NO_USER: it has shown none, or one that is nobody's, or another's than the name's;
 * CHAT_LOCKED, or a failure. Refusals of a certificate are logged.
 */
enum chat_result dialect_enter_certificate(struct dialog *, struct chat_text name,
    struct chat_user *);
/*
 * Gives the user of a session a certificate, by its fingerprint, or takes it away, if the password
 * is right, which it wipes. CHAT_BAD_PASSWORD, CHAT_LOCKED and CHAT_TOO_SOON as at a login;
 * CHAT_BAD_ARGUMENT, CHAT_FORBIDDEN and CHAT_TOO_MANY as chat_certificate_add() and _remove().
 */
enum chat_result dialect_enter_certify(struct dialog *, const struct chat_session *,
    struct chat_text password, struct chat_text fingerprint, bool adds);
/*
 * Makes a guest's passing account from the name and fullname of *user, and fills in the rest; then
 * a session is opened for it, as after a registration. CHAT_FORBIDDEN: no guests come here;
 * CHAT_USER_EXISTS, CHAT_BAD_ARGUMENT, CHAT_TOO_MANY, CHAT_TOO_SOON, or a failure. Failures are
 * logged.
 */
enum chat_result dialect_enter_guest(struct dialog *, struct chat_user *);
/*
 * Gives the guest of a session, for whom the store speaks, a password, and wipes it where it lies:
 * the account is a user's from then on, and the session goes on. It reads the user of the session
 * anew, as that of the dialog. The rules are those of a registration; CHAT_FORBIDDEN also where the
 * user is no guest.
 */
enum chat_result dialect_enter_claim(struct dialog *, struct chat_session *,
    struct chat_text password);
/*
 * Gives that guest another name, likewise, and shows it to others. CHAT_USER_EXISTS,
 * CHAT_BAD_ARGUMENT; CHAT_TOO_SOON: that was too often; CHAT_FORBIDDEN: it is no guest.
 */
enum chat_result dialect_enter_rename(struct dialog *, struct chat_session *,
    struct chat_text name);
/*
 * Removes the guest who is logged in here, if there is one: the connection ends. It waits for the
 * gate for some seconds; what it does not remove the janitor does. Not to be called at the end of
 * kabard, when all would do it at once.
 */
void dialect_enter_gone(struct dialog *);
/*
 * Whether logging in would have an answer here: the gate gives one soon, or, where there is none,
 * the store can be opened.
 */
bool dialect_enter_answers(struct dialog *);
/* The session of a token, as chat_session_find. */
enum chat_result dialect_enter_session(struct dialog *, struct chat_text token,
    struct chat_session *);
/* Has the store speak for the user who is logged in here, if another was asked for meanwhile. */
void dialect_enter_back(struct dialog *);
/*
 * The client has ended the conversation: a session that nobody else can use ends with it. Not to be
 * called at the end of kabard, when ten thousand would do it at once: those sessions expire.
 */
void dialect_enter_hang_up(struct dialog *);
/*
 * Asks the gate whether the other end is an older server, by its address: CHAT_OK, CHAT_NO_REALM,
 * or it did not answer. Where there is no gate: CHAT_OK.
 */
enum chat_result dialect_enter_server(struct dialog *);

#endif
