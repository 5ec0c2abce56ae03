/*
 * chat_table: the tables of the store that hold chat's records, and where the keys of each come
 * from. STORE_COUNTERS, STORE_CURSORS and STORE_LOG_STATE are the store's own.
 */
#ifndef KABAR_CHAT_TABLE_H
#define KABAR_CHAT_TABLE_H

#include "store/store.h"

enum {
	CHAT_TABLE_REALM = STORE_TABLES_FREE, /* name of a fact about the realm -> the fact */
	CHAT_TABLE_USER_NAMES,                /* folded name -> user id */
	CHAT_TABLE_USERS,                     /* user id -> account */
	CHAT_TABLE_GROUP_NAMES,               /* folded name -> group id */
	CHAT_TABLE_GROUPS,                    /* group id -> group */
	CHAT_TABLE_MEMBERS,                   /* group id, user id -> membership */
	CHAT_TABLE_TOKENS,                    /* hash of a token -> session */
	CHAT_TABLE_FILES,                     /* conversation, name -> file */
	CHAT_TABLE_BLOBS,                     /* hash of a content -> how many files have it */
	CHAT_TABLE_SETS,         /* lists whose members are found by index and by name (chat_set) */
	CHAT_TABLE_QUOTAS,       /* user id -> space that the user's files take */
	CHAT_TABLE_PEERS,        /* folded name of a realm -> peer */
	CHAT_TABLE_REMOTE_LOGS,  /* user or group id, peer id -> log of the messages from that peer
	                          */
	CHAT_TABLE_REMOTE_USERS, /* peer id, folded name -> id of a remote user; that id -> the user
	                          */
	CHAT_TABLE_BLOCKS,       /* user id, a user or realm that it blocks -> since when */
	CHAT_TABLE_INVITATIONS,  /* hash of an invitation's code -> invitation */
	CHAT_TABLE_INVITEES,     /* group id, user id -> invitation */
	CHAT_TABLE_CONVERSATIONS, /* two ids -> their logs; a log's id -> whose it is (chat_history)
	                           */
	CHAT_TABLE_ACTIVITY,      /* user or group id -> its log of activity */
	CHAT_TABLE_SESSIONS,      /* user id -> hashes of the tokens of its sessions */
	CHAT_TABLE_BANS,          /* group id -> its bans */
	CHAT_TABLE_CERTIFICATES,  /* hash of a certificate's fingerprint -> user id; that id -> list
	                           */
	CHAT_TABLE_MARKS,         /* user id, partner or group id -> time up to which all is read */
	CHAT_TABLE_END
};

#endif
