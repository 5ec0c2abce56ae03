/*
 * What another realm asks for: no bytes may lead the parser out of them, and what it lets through
 * is within its bounds.
 */
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "peering/request.h"

static bool
lies_within(struct chat_text part, const char *data, size_t len)
{
	return part.data == NULL ||
	    (part.data >= data && part.len <= len && (size_t)(part.data - data) <= len - part.len);
}

/* A list's names are valid, divided by single commas. */
static void
check_list(struct chat_text list)
{
	size_t n = 1, start = 0;

	for (size_t i = 0; i <= list.len; i++) {
		if (i < list.len && list.data[i] != ',')
			continue;
		DEMAND(name_valid(list.data + start, i - start));
		start = i + 1;
		n++;
	}
	DEMAND(n - 1 <= CHAT_LIST_MAX);
}

static void
check_outbound(const struct chat_outbound *outbound)
{
	struct chat_text name;

	DEMAND(name_valid(outbound->from.data, outbound->from.len));
	DEMAND(!name_reserved(outbound->from.data, outbound->from.len));
	DEMAND(outbound->from_name.len <= CHAT_FULLNAME_MAX);
	DEMAND(utf8_valid(outbound->from_name.data, outbound->from_name.len));
	DEMAND(utf8_valid(outbound->text.data, outbound->text.len));
	DEMAND(outbound->text.len > 0 && outbound->text.len <= CHAT_TEXT_MAX);
	if (outbound->file) {
		DEMAND(chat_file_name(outbound->text, &name) == CHAT_OK);
		DEMAND(name.len == outbound->text.len && outbound->size <= INT64_MAX);
	}
	if (outbound->kind == CHAT_OUTBOUND_LIST)
		check_list(outbound->to);
	else
		DEMAND(name_valid(outbound->to.data, outbound->to.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes, *error;
	struct peering_request request;

	if (peering_request_read(&request, data, size, "malang", &error) != 0) {
		DEMAND(error != NULL && request.object == NULL && request.list == NULL);
		return 0;
	}
	DEMAND(error == NULL && memchr(data, ' ', size) != NULL);
	DEMAND(request.number <= INT64_MAX && request.last <= INT64_MAX);
	DEMAND(request.offset <= INT64_MAX);
	DEMAND(lies_within(request.own, data, size) && lies_within(request.peer, data, size));
	DEMAND(lies_within(request.user, data, size) && lies_within(request.base64, data, size));
	DEMAND(request.command != PEERING_RESUME || request.epoch != 0);
	DEMAND(request.command != PEERING_VOID ||
	    (request.number > 0 && request.number <= request.last));
	DEMAND(request.command == PEERING_MESSAGE || request.object == NULL);
	if (request.command == PEERING_MESSAGE && request.inbound.refused == CHAT_REASON_NONE)
		check_outbound(&request.inbound.outbound);
	peering_request_free(&request);
	return 0;
}
