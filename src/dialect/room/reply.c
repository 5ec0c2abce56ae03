/*
 * dialect_room_reply: the codes of the room dialect and their texts, as its document has them.
 */
#include "dialect/room/reply.h"

#include <string.h>

/* The name that a text is about stands where the @ is. */
static const struct {
	const char *code;
	const char *text;
} replies[ROOM_CODES] = {
	[ROOM_BAD_REQUEST] = { .code = "BAD_REQUEST", .text = "@" },
	[ROOM_REG_OK] = { .code = "REG_OK", .text = "anda berhasil terdaftar dengan username: @" },
	[ROOM_REG_DUPE] = { .code = "REG_DUPE", .text = "username sudah terdaftar" },
	[ROOM_LOGIN_OK] = { .code = "LOGIN_OK", .text = "Login berhasil: @" },
	[ROOM_LOGIN_DUPE] = { .code = "LOGIN_DUPE", .text = "Login gagal , user telah ter-login" },
	[ROOM_BAD_PASS] = { .code = "BAD_PASS", .text = "Login gagal ,password salah" },
	[ROOM_USER_NONEXIST] = { .code = "USER_NONEXIST",
	    .text = "Login gagal , user tidak ditemukan" },
	[ROOM_MAKE_OK] = { .code = "MAKE_ROOM_OK", .text = "@ berhasil dibuat" },
	[ROOM_MAKE_DUPE] = { .code = "MAKE_ROOM_DUPE", .text = "@ sudah ada" },
	[ROOM_DEL_OK] = { .code = "DEL_ROOM_OK", .text = "@ berhasil dihapus" },
	[ROOM_DEL_NOT_EXIST] = { .code = "DEL_ROOM_NOT_EXIST", .text = "@ tidak ditemukan" },
	[ROOM_DEL_FORBIDDEN] = { .code = "DEL_ROOM_FORBIDDEN",
	    .text = "@ hanya dapat dihapus oleh pemilik atau administrator" },
	[ROOM_JOIN_OK] = { .code = "JOIN_ROOM_OK", .text = "@" },
	[ROOM_JOIN_FAILED] = { .code = "JOIN_ROOM_FAILED",
	    .text = "tidak dapat masuk ke dalam room @" },
	[ROOM_JOIN_PRIVATE] = { .code = "JOIN_ROOM_FAILED",
	    .text = "room @ tertutup, perlu undangan" },
	[ROOM_SEND_OK] = { .code = "SEND_OK", .text = "chat ke room @ berhasil dikirim" },
	[ROOM_QUITTED] = { .code = "ROOM_QUITTED", .text = "@" },
	[ROOM_LOGOUT_OK] = { .code = "LOGOUT_OK", .text = "@ telah log out" },
};

/* For results that have no code of their own. */
static const char *const refusals[CHAT_RESULTS] = {
	[CHAT_NO_SESSION] = "belum login",
	[CHAT_NO_USER] = "user tidak ditemukan",
	[CHAT_LOCKED] = "akun dikunci",
	[CHAT_NO_GROUP] = "room tidak ditemukan",
	[CHAT_NOT_MEMBER] = "anda tidak berada dalam room itu",
	[CHAT_BANNED] = "anda dilarang dalam room itu",
	[CHAT_BAD_ARGUMENT] = "permintaan salah",
	[CHAT_FORBIDDEN] = "tidak diizinkan",
	[CHAT_INBOX_FULL] = "room penuh",
	[CHAT_NEEDS_INVITATION] = "registrasi hanya dengan kode undangan",
	[CHAT_NO_INVITATION] = "kode undangan tidak berlaku",
	[CHAT_BUDGET] = "jatah kirim habis, coba lagi nanti",
	[CHAT_TOO_MANY] = "batas tercapai",
	[CHAT_NO_SPACE] = "penyimpanan penuh",
	[CHAT_TOO_SOON] = "terlalu banyak percobaan, coba lagi dalam",
	[CHAT_FAILED] = "kesalahan server, coba lagi",
};

static void
begin_reply(struct dialog *dialog, struct json_out *json)
{
	json_out_init(json, frame_sink, &dialog->frame);
	json_out_object_begin(json);
	json_out_pair(json, "FLAG", "DATA");
}

static void
end_reply(struct dialog *dialog, struct json_out *json)
{
	json_out_object_end(json);
	frame_end_reply(&dialog->frame);
}

void
dialect_room_reply(struct dialog *dialog, enum room_code code, struct chat_text about)
{
	const char *text = replies[code].text, *name = strchr(text, '@');
	struct json_out json;

	begin_reply(dialog, &json);
	json_out_key(&json, "CONTENT");
	json_out_string_begin(&json);
	json_out_string_part(&json, text, name == NULL ? strlen(text) : (size_t)(name - text));
	if (name != NULL) {
		json_out_string_part(&json, about.data, about.len);
		json_out_string_cpart(&json, name + 1);
	}
	json_out_string_end(&json);
	json_out_pair(&json, "TYPE", "TEXT");
	json_out_pair(&json, "CODE", replies[code].code);
	end_reply(dialog, &json);
}

void
dialect_room_refuse(struct dialog *dialog, enum chat_result result)
{
	const char *text = refusals[result];

	char later[DIALECT_LATER_SIZE];

	chat_count(&dialog->chat, result, false);
	if (text == NULL)
		text = refusals[CHAT_FAILED];
	if (result == CHAT_TOO_SOON)
		text = dialect_later(dialog, text, later);
	dialect_room_reply(dialog, ROOM_BAD_REQUEST, chat_text(text));
}

void
dialect_room_push_begin(struct dialog *dialog, struct json_out *json, const char *code)
{
	begin_reply(dialog, json);
	json_out_pair(json, "CODE", code);
}

void
dialect_room_push_end(struct dialog *dialog, struct json_out *json)
{
	json_out_pair(json, "TYPE", "TEXT");
	end_reply(dialog, json);
}
