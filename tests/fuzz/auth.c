/*
 * What a worker says to the gate, and the gate to it: a packet is refused, or read; then its texts
 * end within their fields, and it is written and read again as the same.
 */
#include <string.h>

#include "auth/protocol.h"
#include "fuzz.h"

#define DEMAND_TEXT(field) DEMAND(memchr(field, '\0', sizeof(field)) != NULL)

static void
read_request(const uint8_t *data, size_t size)
{
	unsigned char packet[AUTH_PACKET_MAX], again[AUTH_PACKET_MAX];
	struct auth_request request;

	if (!auth_protocol_parse(&request, data, size))
		return;
	DEMAND(request.kind >= AUTH_HELLO && request.kind <= AUTH_CERTIFY);
	DEMAND_TEXT(request.address);
	DEMAND_TEXT(request.name);
	DEMAND_TEXT(request.password);
	DEMAND_TEXT(request.fullname);
	DEMAND_TEXT(request.country);
	DEMAND_TEXT(request.code);
	DEMAND_TEXT(request.token);
	DEMAND_TEXT(request.fingerprint);
	size_t len = auth_protocol_pack(packet, &request);
	DEMAND(len > 0 && len <= sizeof(packet) && auth_protocol_parse(&request, packet, len));
	DEMAND(auth_protocol_pack(again, &request) == len && memcmp(packet, again, len) == 0);
}

static void
read_reply(const uint8_t *data, size_t size)
{
	unsigned char packet[AUTH_REPLY_SIZE];
	struct auth_reply reply;

	if (!auth_protocol_parse_reply(&reply, data, size))
		return;
	DEMAND(size == sizeof(packet) && reply.result < CHAT_RESULTS);
	auth_protocol_pack_reply(packet, &reply);
	DEMAND(memcmp(packet, data, size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_request(data, size);
	read_reply(data, size);
	return 0;
}
