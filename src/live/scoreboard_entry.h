/* scoreboard_entry: what the scoreboard says of one process, and how many there can be. */
#ifndef KABAR_SCOREBOARD_ENTRY_H
#define KABAR_SCOREBOARD_ENTRY_H

#include <stdint.h>

#define SCOREBOARD_ADDRESS_MAX  48
#define SCOREBOARD_NAME_MAX     72
#define SCOREBOARD_DIALECT_MAX  16
#define SCOREBOARD_PROGRAM_MAX  72
#define SCOREBOARD_IDENT_MAX    16
#define SCOREBOARD_AWAY_MAX     256
#define SCOREBOARD_FULLNAME_MAX 136
#define SCOREBOARD_SLOTS_MAX    65536

/* Its layout is also that of the file. */
struct scoreboard_entry {
	int64_t pid;         /* filled in by scoreboard_show */
	uint64_t connection; /* its number, as in the log */
	uint64_t user;       /* 0: connected but not logged in */
	int64_t since_ms;    /* login, or connection before that; since 1970 */
	char dialect[SCOREBOARD_DIALECT_MAX];
	char address[SCOREBOARD_ADDRESS_MAX];
	uint64_t room;                  /* the group in whose room this connection is; 0: in none */
	char name[SCOREBOARD_NAME_MAX]; /* the user's; so that lists need not look everybody up */
	char program[SCOREBOARD_PROGRAM_MAX]; /* what the client called itself; "": nothing */
	uint64_t modes;                       /* flags of an IRC connection; 0: none */
	char ident[SCOREBOARD_IDENT_MAX];     /* what an IRC client called its user; "": nothing */
	char away[SCOREBOARD_AWAY_MAX];       /* why the user is away, UTF-8; "": present */
	char fullname[SCOREBOARD_FULLNAME_MAX]; /* that an IRC client has set, UTF-8; "": none */
};

#endif
