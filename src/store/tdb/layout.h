/*
 * store_layout: the bytes of TDB's files, as in tdb_private.h, freelist.c and transaction.c of
 * libtdb 1.4, where they have been the same since 2009; and the two repairs that TDB has no
 * function for.
 */
#ifndef KABAR_STORE_LAYOUT_H
#define KABAR_STORE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file's header: words of its maker's byte order behind a text. Then come the hash chains. */
#define MAGIC_FOOD     "TDB file\n"
#define NATIVE_VERSION (0x26011967U + 6)
#define HEADER_SIZE    168 /* bytes */
#define SLOT_SIZE      4   /* bytes of a chain's head */
#define AT_VERSION     32
#define AT_SLOTS       36
#define AT_RECOVERY    44 /* where the recovery area is; 0: nowhere */

/*
 * A record: six words, then the key, the data, unused space; its last word is the tailer, the
 * length of the whole.
 */
#define RECORD_SIZE    24 /* bytes of the six words */
#define TAILER_SIZE    4
#define AT_LENGTH      4 /* of what follows the six words */
#define AT_KEY_LENGTH  8
#define AT_DATA_LENGTH 12
#define AT_HASH        16
#define AT_MAGIC       20

#define MAGIC_USED     0x26011999U
#define MAGIC_FREE     (~MAGIC_USED)
#define MAGIC_DEAD     0xFEE1DEADU
#define MAGIC_RECOVERY 0xf53bc0e7U

/*
 * Bytes of the file that stand for what is locked: the opening of the file, and from HEADER_SIZE on
 * the chains, SLOT_SIZE for each, and the records behind them.
 */
#define AT_OPEN_LOCK 0

/* The word at an offset, in the byte order of this machine; swapped: the file has the other one. */
uint32_t store_layout_word(const unsigned char *bytes, size_t at, bool swapped);

/*
 * When the power goes while TDB makes a file longer, the header may point behind the end already,
 * to the future recovery area, and TDB refuses the file. Gives it the length for that: bytes never
 * written read as zero, which TDB knows to be no recovery area. True when done.
 */
bool store_layout_lengthen(const char *path);

/*
 * Tells whether the file is half written: a process is committing, or was killed while it did and
 * no process that may write has opened the file since. Also true when the mark cannot be read. A
 * file that is not TDB's is not torn.
 */
bool store_layout_is_torn(int fd);

#endif
