/*
 * The last file of a journal, of whatever bytes: it is refused with a sentence, or opened; then its
 * batches are those that a look finds, one is appended, and whoever comes next finds that, too.
 * What looks like a record gets the checksum that it needs, unless its eighth byte is set.
 */
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <zlib.h>

#include "base/log.h"
#include "base/pack.h"
#include "base/rmtree.h"
#include "fuzz.h"
#include "store/journal.h"
#include "store/journal_look.h"
#include "store/journal_segment.h"

#define FIRST 5

static char base[] = "/dev/shm/kabar-fuzz-XXXXXX";
static char directory[sizeof(base) + 16];

static void
remove_base(void)
{
	rmtree(base);
}

static int
make_base(void)
{
	if (mkdtemp(base) == NULL)
		return -1;
	log_set_level(getenv("FUZZ_LOG") != NULL ? LOG_DEBUG : LOG_EMERG);
	snprintf(directory, sizeof(directory), "%s/journal", base);
	return atexit(remove_base);
}

FUZZ_INIT(make_base)

const unsigned int fuzz_mutations = 150;

/* Gives what looks like a record the checksum that it needs. */
static void
add_checksums(unsigned char *bytes, size_t size)
{
	struct store_journal_record record;
	struct pack p;

	for (size_t at = 0; at + STORE_JOURNAL_RECORD_HEADER <= size;
	     at += STORE_JOURNAL_RECORD_ALIGN) {
		unsigned char *here = bytes + at;

		if (!store_journal_record_claim(&record, here, size - at) ||
		    record.size > size - at || here[7] != 0)
			continue;
		uLong crc = crc32(crc32(0, here, 12), here + 16, (uInt)(8 + record.len));
		pack_init(&p, here + 12, 4);
		pack_u32(&p, (uint32_t)crc);
	}
}

static void
write_segment(const uint8_t *data, size_t size)
{
	char path[PATH_MAX], error[512];
	unsigned char *bytes = malloc(size + 1);

	DEMAND(bytes != NULL);
	memcpy(bytes, data, size);
	add_checksums(bytes, size);
	DEMAND(store_journal_create(directory, FIRST, error, sizeof(error)) == 0);
	store_journal_segment_path(path, sizeof(path), directory, FIRST, false);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	DEMAND(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
	free(bytes);
}

struct sum {
	uint64_t next; /* 0: the numbers may have gaps */
	uint64_t batches;
	uLong crc;
};

static int
add_batch(void *arg, uint64_t number, const void *data, size_t len)
{
	struct sum *sum = arg;

	DEMAND(len > 0);
	if (sum->next > 0)
		DEMAND(number == sum->next++);
	sum->batches++;
	sum->crc = crc32_z(sum->crc, data, len);
	return 0;
}

static void
demand_batches(struct store_journal *journal, const struct sum *wanted)
{
	struct sum sum = { .next = FIRST };
	char error[512];

	DEMAND(store_journal_read(journal, FIRST, add_batch, &sum, error, sizeof(error)) == 0);
	DEMAND(sum.batches == wanted->batches && sum.crc == wanted->crc);
	DEMAND(store_journal_end(journal) == FIRST + sum.batches - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[512] = "", sentence[512] = "";
	struct sum sum = { .next = 0 };
	struct store_journal_look look = { .visit = add_batch, .arg = &sum };
	bool damaged = false;

	write_segment(data, size);
	int result = store_journal_look(directory, &look, error, sizeof(error));
	DEMAND(result == 0 || look.newer);
	for (size_t i = 0; i < look.n_holes; i++)
		damaged |= !look.holes[i].is_end;
	bool whole = look.n_holes == 0;
	store_journal_look_free(&look);
	struct store_journal *journal =
	    store_journal_open(directory, true, sentence, sizeof(sentence));
	DEMAND((journal == NULL) == (damaged || look.newer));
	DEMAND(journal != NULL || sentence[0] != '\0');
	if (journal == NULL)
		return 0;
	if (whole)
		demand_batches(journal, &sum);
	uint64_t end = store_journal_end(journal);
	DEMAND(store_journal_append(journal, "fuzz", 4) == STORE_JOURNAL_DONE);
	store_journal_close(journal);
	journal = store_journal_open(directory, true, sentence, sizeof(sentence));
	DEMAND(journal != NULL && store_journal_end(journal) == end + 1);
	store_journal_close(journal);
	return 0;
}
