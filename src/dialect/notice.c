/*
 * dialect_notice: what the server itself says of a message for another realm, such as
 *     Pesan untuk lineker@malang tidak terkirim (User tidak ditemukan): halo
 */
#include "dialect/notice.h"

#include <string.h>

#define DELAYED "belum terkirim, masih dicoba"

static const char *const reasons[CHAT_REASONS] = {
	[CHAT_REASON_NONE] = "Tanpa alasan",
	[CHAT_REASON_NO_USER] = "User tidak ditemukan",
	[CHAT_REASON_NO_GROUP] = "Group tidak ditemukan",
	[CHAT_REASON_NOT_MEMBER] = "User bukan anggota group",
	[CHAT_REASON_INBOX_FULL] = "Inbox penuh",
	[CHAT_REASON_TOO_BIG] = "File terlalu besar",
	[CHAT_REASON_QUOTA] = "Kuota file habis",
	[CHAT_REASON_BAD_MESSAGE] = "Pesan tidak sah",
	[CHAT_REASON_BAD_FILE] = "File rusak",
	[CHAT_REASON_EXPIRED] = "Terlalu lama menunggu",
	[CHAT_REASON_DROPPED] = "Dihapus oleh administrator",
	[CHAT_REASON_NO_REALM] = "Realm tidak ditemukan",
	[CHAT_REASON_REFUSED] = "Ditolak realm tujuan",
	[CHAT_REASON_NO_ANSWER] = "Realm tidak menjawab",
};

bool
dialect_notice_is(const struct chat_message *message)
{
	return message->kind == CHAT_BOUNCE || message->kind == CHAT_DELAY;
}

static void
say(struct json_out *json, const char *text)
{
	json_out_string_part(json, text, strlen(text));
}

static void
write_text(struct json_out *json, struct chat_text text)
{
	json_out_string_part(json, text.data, text.len);
}

void
dialect_notice_write(struct json_out *json, const struct chat_message *message)
{
	say(json, message->of_file ? "File untuk " : "Pesan untuk ");
	write_text(json, message->to);
	say(json, "@");
	write_text(json, message->to_realm);
	say(json, " ");
	if (message->kind == CHAT_DELAY) {
		say(json, DELAYED);
	} else {
		say(json, "tidak terkirim (");
		say(json, reasons[message->reason]);
		say(json, ")");
	}
	say(json, ": ");
	write_text(json, message->text);
}
