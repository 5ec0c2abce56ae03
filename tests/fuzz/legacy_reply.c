/*
 * What an older server replies: a reply read as a whole, an element of an answer, and an answer
 * with messages as it comes, in slices. The splitter finds the same in all slices. What the answer
 * hands over is stored so that a check finds nothing wrong. The first byte of an input gives the
 * slices.
 */
#include <string.h>

#include "base/clock.h"
#include "fuzz.h"
#include "legacy/answer.h"
#include "legacy/protocol.h"
#include "legacy/split.h"
#include "realm.h"

#define SUMMARY 65536

FUZZ_INIT(fuzz_realm_init)

const unsigned int fuzz_mutations = 60;

static void
read_whole(const char *data, size_t len)
{
	struct legacy_reply reply;
	struct legacy_element element;
	size_t n;

	if (legacy_protocol_read(&reply, data, len) == 0) {
		char *members = legacy_protocol_members(&reply, &n);

		DEMAND(members == NULL || (n > 0 && members[0] != '\0'));
		DEMAND(reply.text != NULL && (reply.ok || reply.reason != CHAT_REASON_NONE));
		free(members);
		legacy_protocol_free(&reply);
	}
	for (int file = 0; file < 2; file++)
		if (legacy_protocol_element(&element, data, len, file == 1))
			json_decref(element.object);
}

/* The pieces in one text, which no slice may change. Its length. */
static size_t
split(const char *data, size_t len, size_t slice, char *summary)
{
	struct legacy_split s;
	enum legacy_split_event event = LEGACY_SPLIT_MORE;
	size_t n = 0;

	legacy_split_init(&s);
	for (size_t at = 0; at < len && event != LEGACY_SPLIT_BAD && event != LEGACY_SPLIT_END;) {
		const char *next = data + at;
		size_t left = len - at < slice ? len - at : slice, before = left;

		event = legacy_split_next(&s, &next, &left);
		DEMAND(left <= before && next == data + at + (before - left));
		DEMAND(event != LEGACY_SPLIT_MORE || left == 0);
		at += before - left;
		DEMAND(n + s.element.len + s.content_len < SUMMARY);
		if (event == LEGACY_SPLIT_CONTENT) {
			memcpy(summary + n, s.content, s.content_len);
			n += s.content_len;
		} else if (event == LEGACY_SPLIT_ELEMENT) {
			summary[n++] = s.file ? 'F' : 'E';
			memcpy(summary + n, s.element.data, s.element.len);
			n += s.element.len;
		}
	}
	summary[n++] = event == LEGACY_SPLIT_BAD ? 'B' : event == LEGACY_SPLIT_END ? 'E' : 'M';
	legacy_split_free(&s);
	return n;
}

static void
compare_slices(const char *data, size_t len, size_t slice)
{
	static char whole[SUMMARY + 1], sliced[SUMMARY + 1];
	size_t n = split(data, len, len, whole);

	DEMAND(split(data, len, slice, sliced) == n && memcmp(whole, sliced, n) == 0);
}

static void
take_answer(const char *data, size_t len, size_t slice)
{
	struct chat_legacy_pull_until until = { .delivered = 0 };
	enum legacy_answer_state state = LEGACY_ANSWER_MORE;
	struct legacy_answer *answer;
	struct chat chat;

	fuzz_realm_open(&chat);
	struct chat_peer peer = fuzz_realm_peer(&chat, "medan");
	answer = legacy_answer_new(&chat, &peer, "messi", &until);
	DEMAND(answer != NULL);
	for (size_t at = 0; at < len && state == LEGACY_ANSWER_MORE; at += slice) {
		size_t left = len - at < slice ? len - at : slice;
		const char *next = data + at;

		do
			state = legacy_answer_take(answer, &next, &left,
			    clock_monotonic_us() + 1000000);
		while (state == LEGACY_ANSWER_BUSY);
		DEMAND(state != LEGACY_ANSWER_MORE || left == 0);
	}
	(void)legacy_answer_no_realm(answer);
	DEMAND(legacy_answer_stored(answer) <= len);
	legacy_answer_free(answer);
	fuzz_realm_check(&chat);
	fuzz_realm_close(&chat);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	size_t slice = 1 + (size_t)data[0] * data[0] / 16;
	read_whole(text, size - 1);
	compare_slices(text, size - 1, slice);
	take_answer(text, size - 1, slice);
	return 0;
}
