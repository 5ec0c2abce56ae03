/* auth_protocol: a version, a kind, a number, and texts with their lengths; nothing may follow. */
#include "auth/protocol.h"

#include <stddef.h>
#include <string.h>

#include "base/pack.h"

#define PROTOCOL_VERSION 1

/* What a request may have. */
enum field_kind { TEXT, FLAG, RAW };

struct field {
	enum field_kind kind;
	size_t offset; /* in struct auth_request */
	size_t size;
};

#define FIELD(kind_, member)                                                      \
	{                                                                         \
		.kind = (kind_), .offset = offsetof(struct auth_request, member), \
		.size = sizeof(((struct auth_request *)0)->member),               \
	}

enum {
	END,
	KEY,
	ADDRESS,
	NEAR,
	CODE,
	FULLNAME,
	COUNTRY,
	NAME,
	PASSWORD,
	POSSIBLE,
	WANTED,
	TOKEN,
	FINGERPRINT,
	ADDS,
	FIELDS
};

static const struct field fields[FIELDS] = {
	[KEY] = FIELD(RAW, key),
	[ADDRESS] = FIELD(TEXT, address),
	[NEAR] = FIELD(FLAG, near),
	[CODE] = FIELD(TEXT, code),
	[FULLNAME] = FIELD(TEXT, fullname),
	[COUNTRY] = FIELD(TEXT, country),
	[NAME] = FIELD(TEXT, name),
	[PASSWORD] = FIELD(TEXT, password),
	[POSSIBLE] = FIELD(FLAG, possible),
	[WANTED] = FIELD(TEXT, wanted),
	[TOKEN] = FIELD(TEXT, token),
	[FINGERPRINT] = FIELD(TEXT, fingerprint),
	[ADDS] = FIELD(FLAG, adds),
};

/* The fields of each kind, in their order. */
#define FIELDS_MOST 7
static const struct layout {
	bool known;
	unsigned char fields[FIELDS_MOST]; /* up to END */
} layouts[] = {
	[AUTH_HELLO] = { true, { KEY, ADDRESS, NEAR } },
	[AUTH_LOGIN] = { true, { NAME, PASSWORD, POSSIBLE } },
	[AUTH_SESSION] = { true, { TOKEN } },
	[AUTH_REGISTER] = { true, { FULLNAME, COUNTRY, NAME, PASSWORD, POSSIBLE } },
	[AUTH_INVITED] = { true, { CODE, FULLNAME, COUNTRY, NAME, PASSWORD, POSSIBLE } },
	[AUTH_PEER] = { true, { FINGERPRINT } },
	[AUTH_INVITE] = { true, { CODE } },
	[AUTH_PASSWD] = { true, { PASSWORD, POSSIBLE, WANTED } },
	[AUTH_GUEST] = { true, { FULLNAME, NAME } },
	[AUTH_CLAIM] = { true, { CODE, PASSWORD, POSSIBLE } },
	[AUTH_RENAME] = { true, { NAME } },
	[AUTH_CERTIFICATE] = { true, { NAME, FINGERPRINT } },
	[AUTH_CERTIFY] = { true, { PASSWORD, POSSIBLE, FINGERPRINT, ADDS } },
	[AUTH_SERVER] = { true, { END } },
	[AUTH_AGAIN] = { true, { END } },
	[AUTH_GONE] = { true, { END } },
};

static void
pack_field(struct pack *p, const struct auth_request *request, const struct field *field)
{
	const char *at = (const char *)request + field->offset;

	switch (field->kind) {
	case TEXT:
		pack_text(p, at);
		break;
	case FLAG:
		pack_u8(p, *(const bool *)at);
		break;
	case RAW:
		pack_raw(p, at, field->size);
		break;
	}
}

static void
unpack_field(struct unpack *u, struct auth_request *request, const struct field *field)
{
	char *at = (char *)request + field->offset;
	const unsigned char *raw;
	uint8_t flag;

	switch (field->kind) {
	case TEXT:
		unpack_text(u, at, field->size);
		break;
	case FLAG:
		flag = unpack_u8(u);
		u->bad |= flag > 1;
		*(bool *)at = flag == 1;
		break;
	case RAW:
		raw = unpack_raw(u, field->size);
		if (raw != NULL)
			memcpy(at, raw, field->size);
		break;
	}
}

size_t
auth_protocol_pack(unsigned char data[AUTH_PACKET_MAX], const struct auth_request *request)
{
	const unsigned char *list = layouts[request->kind].fields;
	struct pack p;

	pack_init(&p, data, AUTH_PACKET_MAX);
	pack_u8(&p, PROTOCOL_VERSION);
	pack_u8(&p, (uint8_t)request->kind);
	pack_u32(&p, request->seq);
	for (size_t i = 0; list[i] != END; i++)
		pack_field(&p, request, &fields[list[i]]);
	return p.len;
}

bool
auth_protocol_parse(struct auth_request *request, const void *data, size_t len)
{
	const unsigned char *list;
	struct unpack u;

	*request = (struct auth_request){ .seq = 0 };
	unpack_init(&u, data, len);
	u.bad |= unpack_u8(&u) != PROTOCOL_VERSION;
	request->kind = (enum auth_kind)unpack_u8(&u);
	request->seq = unpack_u32(&u);
	if (request->kind >= sizeof(layouts) / sizeof(layouts[0]) || !layouts[request->kind].known)
		return false;
	list = layouts[request->kind].fields;
	for (size_t i = 0; list[i] != END; i++)
		unpack_field(&u, request, &fields[list[i]]);
	return !u.bad && u.pos == len;
}

void
auth_protocol_pack_reply(unsigned char data[AUTH_REPLY_SIZE], const struct auth_reply *reply)
{
	struct pack p;

	pack_init(&p, data, AUTH_REPLY_SIZE);
	pack_u32(&p, reply->seq);
	pack_u8(&p, (uint8_t)reply->result);
	pack_u32(&p, reply->retry_s);
	pack_u64(&p, reply->id);
	pack_u32(&p, reply->epoch);
}

bool
auth_protocol_parse_reply(struct auth_reply *reply, const void *data, size_t len)
{
	struct unpack u;

	unpack_init(&u, data, len);
	*reply = (struct auth_reply){ .seq = unpack_u32(&u) };
	reply->result = (enum chat_result)unpack_u8(&u);
	reply->retry_s = unpack_u32(&u);
	reply->id = unpack_u64(&u);
	reply->epoch = unpack_u32(&u);
	return !u.bad && len == AUTH_REPLY_SIZE && reply->result < CHAT_RESULTS;
}
