/*
 * dialect_web_page: a file goes out as it is or compressed. Both forms have an ETag of their own,
 * with which a client asks each time whether it still has the newest: there is nothing to expire.
 */
#include "dialect/web/page.h"

#include <stdio.h>
#include <string.h>

#define ETAG_SIZE 48

const struct dialect_web_asset *
dialect_web_page_find(struct chat_text path)
{
	static const char index[] = "index.html";
	struct chat_text name = { .data = path.data + 1, .len = path.len - 1 };

	if (name.len == 0)
		name = (struct chat_text){ .data = index, .len = sizeof(index) - 1 };
	for (const struct dialect_web_asset *asset = dialect_web_assets; asset->name != NULL;
	     asset++)
		if (strlen(asset->name) == name.len &&
		    memcmp(asset->name, name.data, name.len) == 0)
			return asset;
	return NULL;
}

/* Whether the client takes gzip. A weight of 0 refuses it; other weights make no difference. */
static bool
takes_gzip(const struct dialect_web_request *request)
{
	struct dialect_web_items items = { .header = 0 };
	struct chat_text item;

	while (dialect_web_request_next(request, "Accept-Encoding", &items, &item)) {
		const char *weight = item.len == 0 ? NULL : memchr(item.data, ';', item.len);
		struct chat_text coding = item;

		if (weight != NULL)
			coding.len = (size_t)(weight - item.data);
		coding = chat_text_trim(coding, DIALECT_WEB_REQUEST_WHITE);
		if (!dialect_web_request_is(coding, "gzip"))
			continue;
		if (weight == NULL)
			return true;
		/* q=0, q=0.0, q=0.00 and q=0.000 */
		for (const char *c = weight; c < item.data + item.len; c++)
			if (*c >= '1' && *c <= '9')
				return true;
		return false;
	}
	return false;
}

void
dialect_web_page_send(struct dialect_web_exchange *x, const struct dialect_web_request *request,
    const struct dialect_web_asset *asset)
{
	bool gzip = takes_gzip(request), known;
	size_t len = gzip ? asset->gzip_len : asset->plain_len;
	char etag[ETAG_SIZE];

	snprintf(etag, sizeof(etag), "\"%s%s\"", asset->hash, gzip ? "-gzip" : "");
	known = dialect_web_request_knows(request, etag);
	if (known)
		dialect_web_reply_begin(x, 304, NULL, DIALECT_WEB_NO_BODY);
	else
		dialect_web_reply_begin(x, 200, asset->type, (int64_t)len);
	dialect_web_reply_header(x, "ETag", "%s", etag);
	dialect_web_reply_header(x, "Vary", "Accept-Encoding");
	dialect_web_reply_header(x, "Cache-Control", "no-cache");
	if (gzip && !known)
		dialect_web_reply_header(x, "Content-Encoding", "gzip");
	if (dialect_web_reply_end(x) && !known)
		frame_write(&x->dialog->frame, gzip ? asset->gzip : asset->plain, len);
}
