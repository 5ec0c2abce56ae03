/* dialect_irc: what a connection is in the IRC dialect; a part of struct dialog, made at its begin.
 */
#ifndef KABAR_DIALECT_IRC_STATE_H
#define KABAR_DIALECT_IRC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/name.h"
#include "chat/history/watch.h"

#define IRC_LABEL_MOST   64  /* bytes of a label (labeled-response) */
#define IRC_SASL_MOST    800 /* bytes of a response of SASL, in BASE64 */
#define IRC_SENT_MOST    32  /* own messages that need not come back to this connection */
#define IRC_GONE_MOST    16  /* users who are gone, as the client knows */
#define IRC_RENAMED_MOST 16  /* renamings that were told once and come again from other groups */
#define IRC_KILL_MOST    390 /* bytes of a reason */
#define IRC_NAME_SIZE    (2 * NAME_MAX_BYTES + 3) /* #group/realm and NUL */

/* The capabilities, as bits of struct irc_state's caps (cap.c has their names). */
enum irc_cap {
	IRC_CAP_ACCOUNT_NOTIFY,
	IRC_CAP_ACCOUNT_TAG,
	IRC_CAP_AWAY_NOTIFY,
	IRC_CAP_BATCH,
	IRC_CAP_CAP_NOTIFY,
	IRC_CAP_ACCOUNT_REGISTRATION,
	IRC_CAP_CHATHISTORY,
	IRC_CAP_EVENT_PLAYBACK,
	IRC_CAP_MULTILINE,
	IRC_CAP_READ_MARKER,
	IRC_CAP_ECHO_MESSAGE,
	IRC_CAP_EXTENDED_JOIN,
	IRC_CAP_EXTENDED_MONITOR,
	IRC_CAP_INVITE_NOTIFY,
	IRC_CAP_LABELED_RESPONSE,
	IRC_CAP_MESSAGE_TAGS,
	IRC_CAP_MULTI_PREFIX,
	IRC_CAP_SASL,
	IRC_CAP_SERVER_TIME,
	IRC_CAP_SETNAME,
	IRC_CAP_STANDARD_REPLIES,
	IRC_CAP_USERHOST_IN_NAMES,
	IRC_CAPS
};

/* Of a connection, as struct dialog and the scoreboard have them. */
enum irc_user_mode {
	IRC_MODE_INVISIBLE = 1, /* +i */
	IRC_MODE_WALLOPS = 2,   /* +w */
	IRC_MODE_BOT = 4,       /* +B */
	IRC_MODE_OPER = 8,      /* +o */
	IRC_MODE_SECURE = 16    /* nobody sets it: the connection is over TLS */
};

/* The renaming of a user that was told last. */
struct irc_renamed {
	uint64_t user;
	uint64_t names; /* a hash of the old one and the new one */
};

/* The users who were away at a look. */
struct irc_away {
	uint64_t changes; /* of WAKEUP_AWAY then, plus 1; 0: there was none */
	uint64_t *users;  /* sorted */
	size_t n;
};

/* What an operator has said of ending the user's sessions. */
struct irc_killed {
	char by[NAME_MAX_BYTES + 1];
	char reason[IRC_KILL_MOST + 1];
	int64_t ms; /* monotonic; when that was */
};

/* Up to where the client has got, or read, a conversation. */
struct irc_touched {
	char with[CHAT_WHO_TEXT];
	uint64_t id;
};

struct irc_state {
	uint64_t caps;
	unsigned int cap_version;      /* that the client has told; 301 where it told none */
	bool negotiating;              /* between CAP LS or REQ and CAP END */
	bool has_user;                 /* USER has come */
	bool registered;               /* the greeting was sent */
	bool guest;                    /* the account ends with the connection */
	char nick[NAME_MAX_BYTES + 1]; /* that is asked for, or the account's; "": none yet */
	char realname[CHAT_FULLNAME_MAX + 1];
	char *password; /* PASS's, until it was tried; NULL: none */
	struct {
		int mechanism; /* of sasl.c; 0: none begun */
		char data[IRC_SASL_MOST + 1];
		size_t len;
	} * sasl; /* NULL: none under way */
	struct {
		bool open;    /* a labeled request is being answered */
		bool apart;   /* what is sent now is no part of the answer */
		bool batched; /* more than one line was sent */
		bool whole;   /* the answer is a batch of its own, which has the label */
		char label[IRC_LABEL_MOST + 1];
		char *held;      /* its only line so far */
		char *held_tags; /* and its tags */
	} reply;
	unsigned int batches; /* that were begun, for their names */
	struct chat_watch watch;
	uint64_t *joined; /* groups in which the client knows to be; sorted */
	size_t n_joined;
	uint64_t sent[IRC_SENT_MOST]; /* ids of own messages that the watch will meet */
	unsigned int n_sent;
	bool answering; /* the request under way has done what events tell of this user */
	uint64_t gone[IRC_GONE_MOST]; /* users who have quit, as more groups than one may tell */
	unsigned int n_gone;
	struct irc_touched *touched;
	size_t n_touched;
	struct irc_touched *held; /* whose markers stay, as they have more unread messages */
	size_t n_held;
	int64_t settle_ms;           /* monotonic; when to look next whether the client has them */
	int64_t settle_by_ms;        /* monotonic; and when at the latest */
	unsigned int settle_waits;   /* how often it had not */
	struct irc_touched told;     /* the marker that this connection has moved last */
	int64_t heard_ms;            /* monotonic; when the client's last line came */
	bool pinged;                 /* and was asked since */
	struct irc_oper *oper;       /* of oper.c; NULL: the user is no operator */
	struct irc_killed *killed;   /* NULL: nobody has said so */
	struct irc_monitor *monitor; /* of monitor.c; NULL: nobody is looked after */
	struct irc_away away;        /* of presence.c */
	bool left;                   /* others were told that the user leaves */
	unsigned int n_renamed;      /* renamings that were told, as hear.c has it */
	struct irc_renamed renamed[IRC_RENAMED_MOST];
	struct irc_multiline *multiline; /* of multiline.c; NULL: no batch is open */
};

#endif
