/*
 * auth_protocol: what a worker and the gate say to each other, as packets: writer and reader side
 * by side. The gate trusts no byte of it: a worker may be in a stranger's hands.
 */
#ifndef KABAR_AUTH_PROTOCOL_H
#define KABAR_AUTH_PROTOCOL_H

#include "base/code.h"
#include "base/token.h"
#include "chat/realm/peer.h"
#include "chat/user.h"
#include "net/address.h"

#define AUTH_PACKET_MAX 2048 /* bytes of a request */
#define AUTH_REPLY_SIZE 21   /* bytes of a reply */
/* A worker waits so long for a reply: a request may be held, and wait for others' hashes. */
#define AUTH_ANSWER_MS 30000

enum auth_kind {
	AUTH_HELLO = 1, /* the first of a connection and only there; it has no reply */
	AUTH_LOGIN,
	AUTH_SESSION,
	AUTH_REGISTER,
	AUTH_PEER,    /* a realm that has proved its key */
	AUTH_SERVER,  /* an older server, known by its address */
	AUTH_AGAIN,   /* the user to whom this connection's last yes went */
	AUTH_INVITED, /* as AUTH_REGISTER, with the code of an invitation */
	AUTH_INVITE,  /* makes an invitation with this code, of that user; no descriptors come back
	               */
	AUTH_PASSWD,  /* that user's new password, proved by the present one as at a login */
	AUTH_GUEST,   /* a guest, who gets a passing account */
	AUTH_CLAIM,   /* that user, a guest, gets a password; no descriptors come back for this */
	AUTH_RENAME,  /* or another name, likewise */
	AUTH_GONE,    /* or goes with the account */
	AUTH_CERTIFICATE, /* who has shown this certificate, and is of this name, if there is one */
	AUTH_CERTIFY      /* that user, proved by the password, gets or loses a certificate */
};

/* What a kind does not have is empty. */
struct auth_request {
	enum auth_kind kind;
	uint32_t seq; /* comes back in the reply */
	unsigned char key[ADDRESS_KEY_SIZE];
	char address[ADDRESS_TEXT_MAX];
	bool near; /* the limits for an address leave this one alone */
	char name[NAME_MAX_BYTES + 1];
	char password[PASSWORD_MAX_BYTES + 1];
	bool possible; /* any account could have the password; else it is "" */
	char wanted[PASSWORD_MAX_BYTES + 1]; /* the new password; "": it cannot be one */
	char fullname[CHAT_FULLNAME_MAX + 1];
	char country[CHAT_COUNTRY_MAX + 1];
	char code[CODE_LETTERS + 1]; /* the letters alone */
	char token[TOKEN_TEXT_LEN + 1];
	char fingerprint[CHAT_PEER_FINGERPRINT];
	bool adds; /* the certificate comes; else it goes */
};

/* With CHAT_OK come two descriptors: the state directory, and a connection to the committer. */
struct auth_reply {
	uint32_t seq;
	enum chat_result result;
	uint32_t retry_s; /* CHAT_TOO_SOON: seconds after which to try again */
	uint64_t id;      /* of the user or peer */
	uint32_t epoch;   /* of the account when it was judged; 0: none was */
};

/* The length of the packet. */
size_t auth_protocol_pack(unsigned char data[AUTH_PACKET_MAX], const struct auth_request *);
/* False: it is no request. */
bool auth_protocol_parse(struct auth_request *, const void *data, size_t len);

void auth_protocol_pack_reply(unsigned char data[AUTH_REPLY_SIZE], const struct auth_reply *);
bool auth_protocol_parse_reply(struct auth_reply *, const void *data, size_t len);

#endif
