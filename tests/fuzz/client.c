/*
 * What a server sends to the client: a text for a terminal, a reply, a reply with a file in it as
 * it comes in slices, an inbox, a refusal. The first byte of an input gives the slices.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "client/download.h"
#include "client/inbox.h"
#include "client/json.h"
#include "client/refusal.h"
#include "client/text.h"
#include "client/who.h"
#include "fuzz.h"

#define SLICES 64

static int sink = -1;

/* Rows cover the text in their order, and each begins behind the one before. */
static void
check_rows(const char *clean, size_t columns)
{
	size_t len = strlen(clean), next, row, width;

	for (size_t at = 0; at < len; at += next) {
		row = client_text_wrap(clean + at, len - at, columns, &next);
		DEMAND(next > 0 && row <= next && at + next <= len);
		width = client_text_width(clean + at, row);
		DEMAND(width <= columns || client_text_next(clean + at, len - at, &width) == row);
	}
}

static void
check_text(const char *data, size_t len)
{
	for (int form = 0; form < 2; form++)
		for (size_t max = 0; max < 2 * len + 8; max = 3 * max + 1) {
			char *clean =
			    client_text_clean(data, len, (enum client_text_form)form, max);
			size_t n, width;

			DEMAND(clean != NULL);
			n = strlen(clean);
			DEMAND(n <= max && utf8_valid(clean, n));
			for (size_t i = 0; i < n; i++) {
				unsigned char c = (unsigned char)clean[i];

				DEMAND(c >= ' ' || (c == '\n' && form == CLIENT_TEXT_LINES));
				DEMAND(c != 0x7f);
				DEMAND(c != 0xc2 || (unsigned char)clean[i + 1] >= 0xa0);
			}
			DEMAND(strstr(clean, "\xe2\x80\xae") == NULL);
			DEMAND(client_text_fit(clean, n, 1 + max % 20, &width) <= n);
			DEMAND(width <= 1 + max % 20);
			check_rows(clean, 1 + max % 20);
			free(clean);
		}
}

static int
take_entry(void *arg, const struct client_inbox_entry *entry)
{
	json_t *object = client_inbox_json(entry);

	DEMAND(entry->from != NULL && entry->name != NULL && entry->group != NULL &&
	    entry->file != NULL);
	json_decref(object);
	++*(size_t *)arg;
	return 0;
}

static void
check_reply(const char *data, size_t len)
{
	char text[CLIENT_REFUSAL_TEXT];
	struct client_inbox_entry entry;
	json_t *reply = client_json_read(data, len);
	size_t n = 0;

	if (reply == NULL)
		return;
	DEMAND(json_is_object(reply));
	DEMAND(client_refusal_explain(reply, text) != 0 && text[0] != '\0');
	DEMAND(client_refusal_code(reply) != NULL);
	for (int framed = 0; framed < 2; framed++) {
		DEMAND(client_inbox_walk(reply, framed == 1, "", take_entry, &n) == 0);
		if (client_inbox_event(reply, framed == 1, &entry))
			take_entry(&n, &entry);
	}
	json_decref(reply);
}

/* What a download in slices is: whether it ended well, and how many bytes it had. */
struct ending {
	enum client_download_result result;
	uint64_t written;
	size_t used;
	bool whole;
};

static struct ending
download(const char *data, size_t len, size_t slice)
{
	struct ending ending = { .result = CLIENT_DOWNLOAD_MORE };
	struct client_download d;
	json_t *reply;
	size_t used;

	DEMAND(client_download_begin(&d, sink, 1000));
	while (ending.used < len && ending.result == CLIENT_DOWNLOAD_MORE) {
		size_t n = len - ending.used < slice ? len - ending.used : slice;

		ending.result = client_download_feed(&d, data + ending.used, n, &used);
		DEMAND(used <= n && (used == n || ending.result != CLIENT_DOWNLOAD_MORE));
		ending.used += used;
	}
	DEMAND(d.written <= 1000);
	if (ending.result == CLIENT_DOWNLOAD_DONE) {
		reply = client_download_reply(&d);
		ending.whole = reply != NULL;
		json_decref(reply);
		ending.written = d.written;
	}
	client_download_free(&d);
	return ending;
}

static void
check_who(const char *data, size_t len)
{
	char text[256], written[CLIENT_WHO_TEXT];
	struct client_who who, again;

	snprintf(text, sizeof(text), "%.*s", (int)len, data);
	if (!client_who_parse(text, &who))
		return;
	client_who_write(&who, written);
	DEMAND(strcmp(written, text) == 0);
	DEMAND(client_who_parse(written, &again) && client_who_same(&who, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const char *data = (const char *)input + 1;
	struct ending one, other;

	if (size < 2)
		return 0;
	if (sink < 0)
		sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size--;
	check_text(data, size);
	check_reply(data, size);
	check_who(data, size);
	one = download(data, size, size);
	other = download(data, size, 1 + input[0] % SLICES);
	DEMAND(
	    one.result == other.result && one.whole == other.whole && one.written == other.written);
	DEMAND(one.result != CLIENT_DOWNLOAD_DONE || one.used == other.used);
	return 0;
}
