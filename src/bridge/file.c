/* bridge_file: opening, reading and closing the content. */
#include "bridge/file.h"

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "peering/peering.h"
#include "peering/request.h"

void
bridge_file_init(struct bridge_file *file)
{
	*file = (struct bridge_file){ .fd = -1 };
}

/* Whether a later try may do, as after a lack of descriptors. */
static bool
is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

int
bridge_file_open(struct bridge_file *file, const struct config *config, uint64_t number,
    const struct chat_outbound *outbound)
{
	struct stat st;
	int fd = number == file->broken ? -1 : chat_blob_open(config, outbound->hash);

	if (fd < 0 && number != file->broken && is_passing(errno))
		return -1;
	if (fd < 0 || fstat(fd, &st) != 0 || (uint64_t)st.st_size != outbound->size) {
		log_warnx("the content of a file for another realm, number %llu, is not there",
		    (unsigned long long)number);
		if (fd >= 0)
			close(fd);
		errno = ENOENT;
		return -1;
	}
	*file = (struct bridge_file){ .fd = fd, .number = number, .size = outbound->size };
	return 0;
}

void
bridge_file_close(struct bridge_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	file->number = 0;
	file->wanted = false;
}

bool
bridge_file_busy(const struct bridge_file *file)
{
	return file->number != 0;
}

bool
bridge_file_sending(const struct bridge_file *file)
{
	return file->wanted;
}

const char *
bridge_file_want(struct bridge_file *file, uint64_t number, uint64_t offset)
{
	if (file->number == 0 || number != file->number || file->wanted)
		return "it wants a file that it was not offered";
	if (offset > file->size)
		return "it wants more of a file than there is";
	file->offset = offset;
	file->wanted = true;
	if (offset == file->size)
		bridge_file_close(file);
	return NULL;
}

int
bridge_file_send(struct bridge_file *file, struct wire *wire)
{
	unsigned char chunk[PEERING_CHUNK_MAX];
	uint64_t left = file->size - file->offset;
	size_t len = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
	ssize_t n;

	do
		n = pread(file->fd, chunk, len, (off_t)file->offset);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		file->broken = file->number;
		return -1;
	}
	peering_request_chunk(wire, file->number, file->offset, chunk, (size_t)n);
	file->offset += (uint64_t)n;
	if (file->offset == file->size)
		bridge_file_close(file);
	return 0;
}
