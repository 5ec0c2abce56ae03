/* dialect_item: a message of a conversation as newer commands of realm show it. */
#include "dialect/item.h"

#include "base/clock.h"
#include "base/hex.h"
#include "dialect/message.h"

void
dialect_item_time(struct json_out *json, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_iso_ms(ms, text);
	json_out_pair(json, key, text);
}

void
dialect_item_content(struct json_out *json, uint64_t size, const unsigned char hash[CHAT_BLOB_HASH])
{
	char text[2 * CHAT_BLOB_HASH + 1];

	hex_write(hash, CHAT_BLOB_HASH, text);
	json_out_pair_int(json, "size", (int64_t)size);
	json_out_pair(json, "hash", text);
}

void
dialect_item_delivery(struct json_out *json, enum chat_item_delivery delivery,
    enum chat_reason reason)
{
	static const char *const words[] = { [CHAT_ITEM_QUEUED] = "queued",
		[CHAT_ITEM_DELIVERED] = "delivered",
		[CHAT_ITEM_REFUSED] = "refused" };

	if (delivery != CHAT_ITEM_HERE)
		json_out_pair(json, "delivery", words[delivery]);
	if (delivery == CHAT_ITEM_REFUSED)
		json_out_pair(json, "reason", chat_reason_word(reason));
}

/* The text of a notice is the server's own; that of a file is its name. */
static void
write_text(struct json_out *json, const struct chat_message *message)
{
	if (!dialect_message_is_notice(message)) {
		json_out_pair_n(json, "text", message->text.data, message->text.len);
		return;
	}
	json_out_key(json, "text");
	json_out_string_begin(json);
	dialect_message_text(json, message);
	json_out_string_end(json);
}

void
dialect_item_members(struct json_out *json, const struct chat_item *item)
{
	const struct chat_message *message = &item->message;

	json_out_pair_int(json, "id", (int64_t)item->id);
	dialect_item_time(json, "time", item->time_ms);
	json_out_pair(json, "from", item->from);
	write_text(json, message);
	if (message->notice) {
		json_out_key(json, "notice");
		json_out_bool(json, true);
	}
	dialect_item_delivery(json, item->delivery, item->reason);
	if (!message->file)
		return;
	json_out_key(json, "file");
	json_out_object_begin(json);
	json_out_pair_n(json, "name", message->text.data, message->text.len);
	if (item->kept)
		dialect_item_content(json, item->size, item->hash);
	json_out_object_end(json);
}
