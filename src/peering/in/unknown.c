/*
 * peering_unknown: a small file of hashes, which workers change under a lock. A file that is lost
 * or damaged is begun anew.
 */
#include "peering/in/unknown.h"

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "base/pack.h"
#include "chat/chat.h"

#define SLOTS    256
#define KEEP_S   3600 /* until an unknown realm is logged again */
#define STORM_S  60   /* in so many seconds */
#define STORM_OF 20   /* so many are logged */

struct slots {
	unsigned char bytes[SLOTS][16]; /* hash, and when it was logged, since 1970 */
};

static enum peering_unknown
look_up_slot(struct slots *slots, uint64_t hash, uint64_t now)
{
	size_t oldest = 0, lately = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		uint64_t told = pack_get_u64(slots->bytes[i] + 8);
		uint64_t age = told <= now ? now - told : UINT64_MAX;

		if (pack_get_u64(slots->bytes[i]) == hash && age < KEEP_S)
			return PEERING_UNKNOWN_KNOWN;
		lately += age < STORM_S;
		if (told < pack_get_u64(slots->bytes[oldest] + 8))
			oldest = i;
	}
	if (lately >= STORM_OF)
		return PEERING_UNKNOWN_KNOWN;
	pack_put_u64(slots->bytes[oldest], hash);
	pack_put_u64(slots->bytes[oldest] + 8, now);
	return lately + 1 == STORM_OF ? PEERING_UNKNOWN_LAST : PEERING_UNKNOWN_NEW;
}

static enum peering_unknown
look_up_file(int fd, uint64_t hash)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct slots slots = { .bytes = { { 0 } } };
	enum peering_unknown result;

	while (fcntl(fd, F_SETLKW, &lock) != 0)
		if (errno != EINTR)
			return PEERING_UNKNOWN_NEW;
	if (pread(fd, &slots, sizeof(slots), 0) != sizeof(slots))
		memset(&slots, 0, sizeof(slots));
	result = look_up_slot(&slots, hash, (uint64_t)(clock_now_ms() / 1000));
	if (result != PEERING_UNKNOWN_KNOWN && pwrite(fd, &slots, sizeof(slots), 0) < 0)
		return PEERING_UNKNOWN_NEW;
	return result;
}

enum peering_unknown
peering_unknown_seen(const char *state, const char *fingerprint, const char *address)
{
	/* Two unknown realms with one hash cost a line in the log. */
	uint64_t hash = fnv_bytes(fnv_bytes(FNV_BEGIN, fingerprint, strlen(fingerprint) + 1),
	    address, strlen(address));
	enum peering_unknown result;
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/unknown_peers", state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return PEERING_UNKNOWN_NEW;
	result = look_up_file(fd, hash);
	close(fd);
	return result;
}
