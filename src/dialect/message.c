/*
 * dialect_message: a message as replies show it. A notice reads
 *     Pesan untuk lineker@malang tidak terkirim (User tidak ditemukan): halo
 */
#include "dialect/message.h"

#define FILE_PREFIX "File " /* before the name of a file */
#define DELAYED     "belum terkirim, masih dicoba"

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
	[CHAT_REASON_BLOCKED] = "User tidak menerima pesan dari pengirim",
};

bool
dialect_message_is_notice(const struct chat_message *message)
{
	return message->kind == CHAT_BOUNCE || message->kind == CHAT_DELAY;
}

static void
write_part(struct json_out *json, struct chat_text text)
{
	json_out_string_part(json, text.data, text.len);
}

static void
write_notice(struct json_out *json, const struct chat_message *message)
{
	json_out_string_cpart(json, message->of_file ? "File untuk " : "Pesan untuk ");
	write_part(json, message->to);
	json_out_string_cpart(json, "@");
	write_part(json, message->to_realm);
	if (message->kind == CHAT_DELAY) {
		json_out_string_cpart(json, " " DELAYED ": ");
	} else {
		json_out_string_cpart(json, " tidak terkirim (");
		json_out_string_cpart(json, reasons[message->reason]);
		json_out_string_cpart(json, "): ");
	}
}

void
dialect_message_text(struct json_out *json, const struct chat_message *message)
{
	if (message->file)
		json_out_string_cpart(json, FILE_PREFIX);
	if (dialect_message_is_notice(message))
		write_notice(json, message);
	write_part(json, message->text);
}

void
dialect_message_string(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message)
{
	json_out_string_begin(json);
	if (line->keeps_padding)
		json_out_string_cpart(json, " ");
	dialect_message_text(json, message);
	if (line->keeps_padding)
		json_out_string_cpart(json, " \r\n");
	json_out_string_end(json);
}

static void
write_member(struct json_out *json, const char *key, struct chat_text text)
{
	json_out_pair_n(json, key, text.data, text.len);
}

void
dialect_message_members(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message)
{
	write_member(json, "msg_from", message->from_name);
	write_member(json, "msg_to", message->to_name);
	json_out_key(json, "msg");
	dialect_message_string(json, line, message);
	if (message->file && !line->keeps_padding)
		write_member(json, "file", message->text);
	if (message->kind == CHAT_GROUP && !line->keeps_padding)
		write_member(json, "group", message->to);
}

void
dialect_message_object(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message)
{
	json_out_object_begin(json);
	dialect_message_members(json, line, message);
	json_out_object_end(json);
}
