/* auth_protocol: a version, a kind, a number, and texts with their lengths; nothing may follow. */
#include "auth/protocol.h"

#include <string.h>

#include "base/pack.h"

#define PROTOCOL_VERSION 1

size_t
auth_protocol_pack(unsigned char data[AUTH_PACKET_MAX], const struct auth_request *request)
{
	struct pack p;

	pack_init(&p, data, AUTH_PACKET_MAX);
	pack_u8(&p, PROTOCOL_VERSION);
	pack_u8(&p, (uint8_t)request->kind);
	pack_u32(&p, request->seq);
	switch (request->kind) {
	case AUTH_HELLO:
		pack_raw(&p, request->key, sizeof(request->key));
		pack_text(&p, request->address);
		pack_u8(&p, request->near);
		break;
	case AUTH_INVITED:
		pack_text(&p, request->code);
		/* fall through */
	case AUTH_REGISTER:
		pack_text(&p, request->fullname);
		pack_text(&p, request->country);
		/* fall through */
	case AUTH_LOGIN:
		pack_text(&p, request->name);
		pack_text(&p, request->password);
		pack_u8(&p, request->possible);
		break;
	case AUTH_SESSION:
		pack_text(&p, request->token);
		break;
	case AUTH_PEER:
		pack_text(&p, request->fingerprint);
		break;
	case AUTH_INVITE:
		pack_text(&p, request->code);
		break;
	case AUTH_PASSWD:
		pack_text(&p, request->password);
		pack_u8(&p, request->possible);
		pack_text(&p, request->wanted);
		break;
	case AUTH_GUEST:
		pack_text(&p, request->fullname);
		/* fall through */
	case AUTH_RENAME:
		pack_text(&p, request->name);
		break;
	case AUTH_CERTIFICATE:
		pack_text(&p, request->name);
		pack_text(&p, request->fingerprint);
		break;
	case AUTH_CERTIFY:
		pack_text(&p, request->password);
		pack_u8(&p, request->possible);
		pack_text(&p, request->fingerprint);
		pack_u8(&p, request->adds);
		break;
	case AUTH_CLAIM:
		pack_text(&p, request->code);
		pack_text(&p, request->password);
		pack_u8(&p, request->possible);
		break;
	case AUTH_SERVER:
	case AUTH_AGAIN:
	case AUTH_GONE:
		break;
	}
	return p.len;
}

static bool
unpack_flag(struct unpack *u)
{
	uint8_t flag = unpack_u8(u);

	u->bad |= flag > 1;
	return flag == 1;
}

bool
auth_protocol_parse(struct auth_request *request, const void *data, size_t len)
{
	const unsigned char *key;
	struct unpack u;

	*request = (struct auth_request){ .seq = 0 };
	unpack_init(&u, data, len);
	u.bad |= unpack_u8(&u) != PROTOCOL_VERSION;
	request->kind = (enum auth_kind)unpack_u8(&u);
	request->seq = unpack_u32(&u);
	switch (request->kind) {
	case AUTH_HELLO:
		key = unpack_raw(&u, sizeof(request->key));
		if (key != NULL)
			memcpy(request->key, key, sizeof(request->key));
		unpack_text(&u, request->address, sizeof(request->address));
		request->near = unpack_flag(&u);
		break;
	case AUTH_INVITED:
		unpack_text(&u, request->code, sizeof(request->code));
		/* fall through */
	case AUTH_REGISTER:
		unpack_text(&u, request->fullname, sizeof(request->fullname));
		unpack_text(&u, request->country, sizeof(request->country));
		/* fall through */
	case AUTH_LOGIN:
		unpack_text(&u, request->name, sizeof(request->name));
		unpack_text(&u, request->password, sizeof(request->password));
		request->possible = unpack_flag(&u);
		break;
	case AUTH_SESSION:
		unpack_text(&u, request->token, sizeof(request->token));
		break;
	case AUTH_PEER:
		unpack_text(&u, request->fingerprint, sizeof(request->fingerprint));
		break;
	case AUTH_INVITE:
		unpack_text(&u, request->code, sizeof(request->code));
		break;
	case AUTH_PASSWD:
		unpack_text(&u, request->password, sizeof(request->password));
		request->possible = unpack_flag(&u);
		unpack_text(&u, request->wanted, sizeof(request->wanted));
		break;
	case AUTH_GUEST:
		unpack_text(&u, request->fullname, sizeof(request->fullname));
		/* fall through */
	case AUTH_RENAME:
		unpack_text(&u, request->name, sizeof(request->name));
		break;
	case AUTH_CERTIFICATE:
		unpack_text(&u, request->name, sizeof(request->name));
		unpack_text(&u, request->fingerprint, sizeof(request->fingerprint));
		break;
	case AUTH_CERTIFY:
		unpack_text(&u, request->password, sizeof(request->password));
		request->possible = unpack_flag(&u);
		unpack_text(&u, request->fingerprint, sizeof(request->fingerprint));
		request->adds = unpack_flag(&u);
		break;
	case AUTH_CLAIM:
		unpack_text(&u, request->code, sizeof(request->code));
		unpack_text(&u, request->password, sizeof(request->password));
		request->possible = unpack_flag(&u);
		break;
	case AUTH_SERVER:
	case AUTH_AGAIN:
	case AUTH_GONE:
		break;
	default:
		return false;
	}
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
