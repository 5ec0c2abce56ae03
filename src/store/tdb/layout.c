/*
 * store_layout: reads and repairs the bytes of TDB's files where TDB has no function for it.
 */
#include "store/tdb/layout.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEADER_READ (AT_RECOVERY + 4)

uint32_t
store_layout_word(const unsigned char *bytes, size_t at, bool swapped)
{
	uint32_t word;

	memcpy(&word, bytes + at, sizeof(word));
	return swapped ? __builtin_bswap32(word) : word;
}

static off_t
recovery_start(const unsigned char header[HEADER_READ])
{
	bool swapped = store_layout_word(header, AT_VERSION, false) != NATIVE_VERSION;

	return store_layout_word(header, AT_RECOVERY, swapped);
}

bool
store_layout_is_torn(int fd)
{
	unsigned char header[HEADER_READ], mark[RECORD_SIZE];

	if (pread(fd, header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header, MAGIC_FOOD, sizeof(MAGIC_FOOD)) != 0)
		return false;
	bool swapped = store_layout_word(header, AT_VERSION, false) != NATIVE_VERSION;
	off_t at = recovery_start(header);
	return at != 0 &&
	    (pread(fd, mark, sizeof(mark), at) != sizeof(mark) ||
	        store_layout_word(mark, AT_MAGIC, swapped) == MAGIC_RECOVERY);
}

bool
store_layout_lengthen(const char *path)
{
	unsigned char header[HEADER_READ];
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool done = false;

	if (fd < 0)
		return false;
	if (pread(fd, header, sizeof(header), 0) == sizeof(header) && fstat(fd, &st) == 0 &&
	    memcmp(header, MAGIC_FOOD, sizeof(MAGIC_FOOD)) == 0) {
		off_t wanted = recovery_start(header) + RECORD_SIZE;

		done = st.st_size < wanted && ftruncate(fd, wanted) == 0;
	}
	close(fd);
	return done;
}
