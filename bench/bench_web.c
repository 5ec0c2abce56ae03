/*
 * bench_web: the client's side of a WebSocket. It trusts the server, which is our own, and does not
 * answer pings and closes.
 */
#include "bench_web.h"

#include <sys/socket.h>

#include <bsd/stdlib.h>
#include <stdio.h>
#include <string.h>

#define KEY                                                                                      \
	"a2FiYXIgYmVuY2htYXJrIQ==" /* any 16 bytes; the server's answer to them is not looked at \
	                            */
#define HEAD_END  "\r\n\r\n"
#define HEAD_SIZE 4096
#define LAST      0x80U /* bits and codes of a frame's first two bytes */
#define OPCODE    0x0FU
#define TEXT      0x01U
#define CONTROL   0x08U
#define MASKED    0x80U
#define LENGTH    0x7FU
#define LEN_16    126 /* or more: the length is in the next two bytes, or eight */

/* Reads no byte behind the head. */
static bool
read_head(int fd, char *head)
{
	size_t len = 0;

	head[0] = '\0';
	while (len < HEAD_SIZE - 1 && strstr(head, HEAD_END) == NULL) {
		if (recv(fd, head + len, 1, 0) != 1)
			return false;
		head[++len] = '\0';
	}
	return strncmp(head, "HTTP/1.1 101 ", 13) == 0;
}

int
web_upgrade(int fd, int port)
{
	char head[HEAD_SIZE];
	int len = snprintf(head, sizeof(head),
	    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY
	    "\r\n\r\n",
	    port);

	if (send(fd, head, (size_t)len, MSG_NOSIGNAL) == len && read_head(fd, head))
		return 0;
	fprintf(stderr, "no WebSocket: %.60s\n", head);
	return -1;
}

size_t
web_message(char *out, const char *text, size_t len)
{
	unsigned char *byte = (unsigned char *)out;
	size_t head = len < LEN_16 ? 2 : 4;
	uint32_t mask = arc4random();

	byte[0] = LAST | TEXT;
	byte[1] = (unsigned char)(MASKED | (len < LEN_16 ? len : LEN_16));
	if (len >= LEN_16) {
		byte[2] = (unsigned char)(len >> 8);
		byte[3] = (unsigned char)len;
	}
	memcpy(byte + head, &mask, sizeof(mask));
	byte += head;
	for (size_t i = 0; i < len; i++)
		byte[sizeof(mask) + i] = (unsigned char)text[i] ^ byte[i % sizeof(mask)];
	return head + sizeof(mask) + len;
}

/* How many bytes the frame's head has, as far as it is known. */
static unsigned int
head_size(const struct web_reader *reader)
{
	unsigned int len = reader->head[1] & LENGTH;

	if (reader->head_len < 2 || len < LEN_16)
		return 2;
	return len == LEN_16 ? 4 : 10;
}

static uint64_t
payload_size(const struct web_reader *reader)
{
	uint64_t len = reader->head[1] & LENGTH;

	if (len < LEN_16)
		return len;
	len = 0;
	for (unsigned int i = 2; i < head_size(reader); i++)
		len = len << 8 | reader->head[i];
	return len;
}

size_t
web_read(struct web_reader *reader, const char *data, size_t len, struct web_piece *piece)
{
	size_t used = 0;

	*piece = (struct web_piece){ .text = data };
	if (reader->left == 0) {
		while (used < len && reader->head_len < head_size(reader))
			reader->head[reader->head_len++] = (unsigned char)data[used++];
		if (reader->head_len < head_size(reader))
			return used;
		reader->left = payload_size(reader);
	}
	size_t taken = len - used < reader->left ? len - used : (size_t)reader->left;
	bool text = (reader->head[0] & OPCODE) < CONTROL;

	reader->left -= taken;
	if (text)
		*piece = (struct web_piece){ .text = data + used, .len = taken };
	if (reader->left == 0) {
		piece->last = text && (reader->head[0] & LAST) != 0;
		reader->head_len = 0;
	}
	return used + taken;
}
