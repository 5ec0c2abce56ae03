/* whisper: receives whispers, proves their senders, and keeps them. */
#include "live/whisper.h"

#include <sys/socket.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "live/scoreboard.h"

#define MAGIC UINT32_C(0x6b627731) /* other on another byte order */

struct head {
	uint32_t magic;
	uint32_t slot;
};

_Static_assert(sizeof(struct head) == WHISPER_HEAD, "no padding");

struct whisper {
	struct whisper *next;
	struct whisper_sender sender;
	size_t len;
	char data[];
};

int
whisper_listen(int fd)
{
	const int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

void
whisper_head(unsigned char head[WHISPER_HEAD], unsigned int slot)
{
	const struct head made = { .magic = MAGIC, .slot = slot };

	memcpy(head, &made, sizeof(made));
}

/* The process that the kernel names, 0: none, or one of another process namespace. */
static pid_t
find_sender(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_CREDENTIALS ||
	    header->cmsg_len != CMSG_LEN(sizeof(credentials)))
		return 0;
	memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
	return credentials.pid;
}

static void
report_forged(struct whisper_queue *queue, pid_t pid, const struct head *head)
{
	if (log_pause_over(&queue->forged))
		log_warnx("a whisper of process %ld as slot %u of the scoreboard was dropped"
		          " (%" PRIu64 " so far)",
		    (long)pid, (unsigned int)head->slot, queue->forged.count);
}

static void
keep(struct whisper_queue *queue, struct whisper_sender sender, const unsigned char *data,
    size_t len)
{
	size_t size = sizeof(struct whisper) + len;
	struct whisper *whisper = NULL;

	if (queue->bytes + size <= WHISPER_KEPT)
		whisper = malloc(size);
	if (whisper == NULL) {
		queue->missed = true;
		return;
	}
	whisper->next = NULL;
	whisper->sender = sender;
	whisper->len = len;
	memcpy(whisper->data, data, len);
	if (queue->first == NULL)
		queue->first = whisper;
	else
		queue->last->next = whisper;
	queue->last = whisper;
	queue->bytes += size;
}

bool
whisper_receive(struct whisper_queue *queue, int fd, struct scoreboard *scoreboard)
{
	unsigned char datagram[WHISPER_HEAD + WHISPER_MAX];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { .iov_base = datagram, .iov_len = sizeof(datagram) };
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct scoreboard_entry entry;
	struct head head;

	if (len < 0)
		return false;
	if ((size_t)len < sizeof(head) || (message.msg_flags & MSG_TRUNC) != 0)
		return true;
	memcpy(&head, datagram, sizeof(head));
	if (head.magic != MAGIC)
		return true;
	pid_t pid = find_sender(&message);
	if (scoreboard != NULL && pid > 0 && scoreboard_last(scoreboard, head.slot, pid, &entry))
		keep(queue,
		    (struct whisper_sender){ .slot = head.slot,
		        .user = entry.user,
		        .modes = entry.modes },
		    datagram + WHISPER_HEAD, (size_t)len - WHISPER_HEAD);
	else
		report_forged(queue, pid, &head);
	return true;
}

bool
whisper_next(struct whisper_queue *queue, char data[WHISPER_MAX], size_t *len,
    struct whisper_sender *sender)
{
	struct whisper *whisper = queue->first;

	if (whisper == NULL)
		return false;
	memcpy(data, whisper->data, whisper->len);
	*len = whisper->len;
	*sender = whisper->sender;
	queue->first = whisper->next;
	queue->bytes -= sizeof(*whisper) + whisper->len;
	free(whisper);
	return true;
}

void
whisper_forget(struct whisper_queue *queue)
{
	while (queue->first != NULL) {
		struct whisper *whisper = queue->first;

		queue->first = whisper->next;
		free(whisper);
	}
	queue->bytes = 0;
}
