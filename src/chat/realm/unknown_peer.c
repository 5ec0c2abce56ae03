/*
 * chat_unknown_peer: a small file of hashes, which workers change under a lock. A file that is lost
 * or damaged is begun anew.
 */
#include "chat/realm/unknown_peer.h"

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
#include "base/log.h"
#include "base/pack.h"
#include "chat/chat.h"

#define SLOTS    256
#define KEEP_S   3600 /* until an unknown realm is logged again */
#define STORM_S  60   /* in so many seconds */
#define STORM_OF 20   /* so many are logged */

struct slots {
	unsigned char bytes[SLOTS][16]; /* hash, and when it was logged, since 1970 */
};

static enum chat_unknown_peer
look_up_slot(struct slots *slots, uint64_t hash, uint64_t now)
{
	size_t oldest = 0, lately = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		uint64_t told = pack_get_u64(slots->bytes[i] + 8);
		uint64_t age = told <= now ? now - told : UINT64_MAX;

		if (pack_get_u64(slots->bytes[i]) == hash && age < KEEP_S)
			return CHAT_UNKNOWN_PEER_KNOWN;
		lately += age < STORM_S;
		if (told < pack_get_u64(slots->bytes[oldest] + 8))
			oldest = i;
	}
	if (lately >= STORM_OF)
		return CHAT_UNKNOWN_PEER_KNOWN;
	pack_put_u64(slots->bytes[oldest], hash);
	pack_put_u64(slots->bytes[oldest] + 8, now);
	return lately + 1 == STORM_OF ? CHAT_UNKNOWN_PEER_LAST : CHAT_UNKNOWN_PEER_NEW;
}

static enum chat_unknown_peer
look_up_file(int fd, uint64_t hash)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct slots slots = { .bytes = { { 0 } } };
	enum chat_unknown_peer result;

	while (fcntl(fd, F_SETLKW, &lock) != 0)
		if (errno != EINTR)
			return CHAT_UNKNOWN_PEER_NEW;
	if (pread(fd, &slots, sizeof(slots), 0) != sizeof(slots))
		memset(&slots, 0, sizeof(slots));
	result = look_up_slot(&slots, hash, (uint64_t)(clock_now_ms() / 1000));
	if (result != CHAT_UNKNOWN_PEER_KNOWN && pwrite(fd, &slots, sizeof(slots), 0) < 0)
		return CHAT_UNKNOWN_PEER_NEW;
	return result;
}

enum chat_unknown_peer
chat_unknown_peer_seen(const char *state, const char *fingerprint, const char *address)
{
	/* Two unknown realms with one hash cost a line in the log. */
	uint64_t hash = fnv_bytes(fnv_bytes(FNV_BEGIN, fingerprint, strlen(fingerprint) + 1),
	    address, strlen(address));
	enum chat_unknown_peer result;
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/unknown_peers", state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return CHAT_UNKNOWN_PEER_NEW;
	result = look_up_file(fd, hash);
	close(fd);
	return result;
}

void
chat_unknown_peer_refuse(const char *state, const char *fingerprint, const char *address)
{
	switch (chat_unknown_peer_seen(state, fingerprint, address)) {
	case CHAT_UNKNOWN_PEER_KNOWN:
		log_debug("an unknown realm: %s", fingerprint);
		break;
	case CHAT_UNKNOWN_PEER_NEW:
		log_warnx("refused an unknown realm from %s: its key is %s", address, fingerprint);
		break;
	case CHAT_UNKNOWN_PEER_LAST:
		log_warnx("refused an unknown realm from %s: its key is %s; there are many, and "
		          "the next ones are not logged",
		    address, fingerprint);
		break;
	}
}
