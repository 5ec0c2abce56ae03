/*
 * scoreboard_file: the file of the scoreboard: its layout, making, enlarging and mapping it, and
 * its locks. The owners and contents of slots are left to scoreboard.
 */
#ifndef KABAR_SCOREBOARD_FILE_H
#define KABAR_SCOREBOARD_FILE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include "live/scoreboard_entry.h"
#include "live/shared_record.h"

#define SCOREBOARD_FILE_MAGIC   UINT64_C(0x6b62722d626f6172) /* other on another byte order */
#define SCOREBOARD_FILE_VERSION 7
#define SCOREBOARD_ENTRY_WORDS  83

enum { SCOREBOARD_SLOT_FREE, SCOREBOARD_SLOT_USED };

struct scoreboard_header {
	_Atomic uint64_t magic; /* written last */
	uint32_t version;
	uint32_t slot_size;
	_Atomic uint32_t slots;
	_Atomic uint32_t reach; /* how far an owner ever had to go for a slot */
	unsigned char spare[104];
};

/* Its record is a struct scoreboard_entry, of which the first word is the pid. */
struct scoreboard_slot {
	_Atomic uint64_t state;
	_Atomic uint64_t sequence; /* the struct shared_record begins here */
	_Atomic uint64_t words[SCOREBOARD_ENTRY_WORDS];
};

_Static_assert(sizeof(struct scoreboard_header) == 128, "the header's layout is that of the file");
_Static_assert(sizeof(struct scoreboard_slot) == 680, "a slot's layout is that of the file");
_Static_assert(offsetof(struct scoreboard_slot, words) == 16,
    "a slot's layout is that of the file");
_Static_assert(sizeof(struct scoreboard_entry) == SCOREBOARD_ENTRY_WORDS * sizeof(uint64_t),
    "no padding");
_Static_assert(offsetof(struct scoreboard_entry, dialect) == 32, "no padding");

struct scoreboard_file {
	int fd;
	struct scoreboard_header *header;
	struct scoreboard_slot *slots;
	size_t mapped; /* bytes */
};

/* Opens or makes the file of a state directory, with room for that many slots at least. 0, or -1
 * with errno. */
int scoreboard_file_open(struct scoreboard_file *, const char *state, unsigned int slots);
/* Gives up all this process's locks on the file, as fcntl(2) has it. Keeps errno. */
void scoreboard_file_close(struct scoreboard_file *);

/* As scoreboard_hide_from_children(). */
void scoreboard_file_hide_from_children(struct scoreboard_file *);

/*
 * How many slots there are. The file may have grown: then more of it is mapped, and `header` and
 * `slots` move.
 */
unsigned int scoreboard_file_slots(struct scoreboard_file *);

/* Where a slot begins, which is the byte that its owner locks. */
off_t scoreboard_file_offset(unsigned int slot);
/* F_SETLK or F_SETLKW of one byte with F_WRLCK or F_UNLCK. 0, or -1 with errno. */
int scoreboard_file_lock(int fd, int command, short type, off_t offset);

#endif
