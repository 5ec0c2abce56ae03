/*
 * soak_file: files up and down, whose contents follow from their numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "soak_talk.h"

#define PIECE 3000 /* encoded at a time; a multiple of three */

static size_t
draw_size(struct dice *dice)
{
	if (dice_percent(dice, 30))
		return 5000; /* so that contents are the same */
	if (dice_percent(dice, 8))
		return 1000 + dice_roll(dice, 1000 * 1000);
	return 1000 + dice_roll(dice, 30000);
}

/* Says the content from its beginning, up to `end` of its bytes. */
static int
say_content(struct talk *talk, uint32_t number, size_t end)
{
	unsigned char bytes[PIECE];
	char text[BASE64_ENCODED_MAX(PIECE) + BASE64_TAIL_MAX];
	struct base64_encoder encoder;

	base64_encode_init(&encoder);
	for (size_t at = 0; at < end; at += PIECE) {
		size_t n = end - at < PIECE ? end - at : PIECE;

		for (size_t i = 0; i < n; i++)
			bytes[i] = scan_file_byte(number, at + i);
		ssize_t len = base64_encode(&encoder, bytes, n, text, sizeof(text));
		if (len < 0 || talk_say(talk, text, (size_t)len) != 0)
			return -1;
	}
	return talk_say(talk, text, (size_t)base64_encode_end(&encoder, text));
}

struct upload {
	const char *command;
	char to[64];
	const unsigned int *readers;
	unsigned int n;
	char group; /* '0' ..., or 0 */
	bool breaks_off;
};

static enum ledger_outcome
judge_reply(struct sending *sending, const struct upload *upload, const char *reply)
{
	struct soak *soak = sending->talk->soak;

	if (talk_is_ok(reply)) {
		soak_count(soak, SOAK_UPLOADS);
		return LEDGER_ACKNOWLEDGED;
	}
	if (upload->breaks_off)
		return LEDGER_REFUSED;
	if (reply == NULL || strstr(reply, "esalahan ") != NULL) {
		soak_count(soak, SOAK_UNANSWERED);
		return LEDGER_UNKNOWN;
	}
	soak_count(soak, SOAK_REFUSED);
	soak_fail(soak, "%s: a file of sender %u is refused: %.200s", sending->talk->realm->name,
	    sending->sender, reply);
	return LEDGER_REFUSED;
}

static bool
upload(struct sending *sending, const struct upload *upload)
{
	struct talk *talk = sending->talk;
	struct ledger *ledger = talk->soak->ledger;
	char name[SCAN_NAME_MAX];
	const char *reply = NULL;
	size_t size = draw_size(sending->dice);
	uint32_t number = ledger_begin(ledger, sending->sender, upload->readers, upload->n, true);

	scan_make_name(name, sending->sender, number, size, upload->group);
	if (talk_sayf(talk, "%s %s %s %s ", upload->command, sending->token, upload->to, name) ==
	        0 &&
	    say_content(talk, number, upload->breaks_off ? size / 2 : size) == 0) {
		if (upload->breaks_off)
			talk_reset(talk);
		else if (talk_say(talk, "\r\n", 2) == 0)
			reply = talk_hear(talk);
	}
	if (!ledger_end(ledger, sending->sender, number, upload->readers, upload->n,
	        judge_reply(sending, upload, reply))) {
		soak_count(talk->soak, SOAK_STRAYED);
		soak_fail(talk->soak, "%s: file %s was refused but is there", talk->realm->name,
		    name);
	}
	return reply != NULL;
}

static bool
upload_private(struct sending *sending, bool breaks_off)
{
	unsigned int user = dice_roll(sending->dice, SOAK_USERS);
	unsigned int reader = sending->talk->realm->index * SOAK_USERS + user;
	struct upload plan = { .command = sending->dialect == PORT_FILES ? "send_file" : "sendfile",
		.readers = &reader,
		.n = 1,
		.breaks_off = breaks_off };

	snprintf(plan.to, sizeof(plan.to), SOAK_USER, user);
	return upload(sending, &plan);
}

bool
file_send_private(struct sending *sending)
{
	return upload_private(sending, false);
}

bool
file_break_off(struct sending *sending)
{
	return upload_private(sending, true);
}

bool
file_send_group(struct sending *sending)
{
	unsigned int readers[SOAK_USERS], group = sending->sender % SOAK_USERS % SOAK_GROUPS;
	struct upload plan = { .command = sending->dialect == PORT_FILES ? "send_group_file"
		                                                         : "sendgroupfile",
		.readers = readers,
		.n = soak_members(sending->talk->realm->index, group, readers),
		.group = (char)('0' + group) };

	snprintf(plan.to, sizeof(plan.to), SOAK_GROUP, group);
	return upload(sending, &plan);
}

bool
file_send_abroad(struct sending *sending)
{
	const struct soak_realm *to = &sending->talk->soak->realms[1 - sending->talk->realm->index];
	unsigned int user = dice_roll(sending->dice, SOAK_USERS);
	unsigned int reader = to->index * SOAK_USERS + user;
	struct upload plan = { .command = "sendfilerealm", .readers = &reader, .n = 1 };

	snprintf(plan.to, sizeof(plan.to), "%s " SOAK_USER, to->name, user);
	return upload(sending, &plan);
}

/* Tells whether the reply holds the content. */
static bool
is_content(const char *reply, uint32_t number, size_t size)
{
	static const char field[] = "\"data\":\"";
	const char *text = strstr(reply, field);
	struct base64_decoder decoder;
	bool same = text != NULL;

	if (text == NULL)
		return false;
	text += sizeof(field) - 1;
	size_t len = strcspn(text, "\"");
	unsigned char *bytes = malloc(BASE64_DECODED_MAX(len));
	base64_decode_init(&decoder);
	same = bytes != NULL &&
	    base64_decode(&decoder, text, len, bytes, BASE64_DECODED_MAX(len)) == (ssize_t)size;
	for (size_t i = 0; same && i < size; i++)
		same = bytes[i] == scan_file_byte(number, i);
	free(bytes);
	return same;
}

/* With whom the file was exchanged, as my_file shows it; false for a sender who is gone by now. */
static bool
name_partner(const struct sending *sending, const struct talk_file *file, char who[64])
{
	const struct talk *talk = sending->talk;
	unsigned int realm = file->sender / SOAK_USERS;

	if (realm >= SOAK_REALMS)
		return false;
	if (file->group != 0)
		snprintf(who, 64, "g%c", file->group);
	else if (realm == talk->realm->index)
		snprintf(who, 64, SOAK_USER, file->sender % SOAK_USERS);
	else
		snprintf(who, 64, SOAK_USER "@%s", file->sender % SOAK_USERS,
		    talk->soak->realms[realm].name);
	return true;
}

bool
file_fetch(struct sending *sending)
{
	struct talk *talk = sending->talk;
	struct talk_file file = talk->file;
	char name[SCAN_NAME_MAX], who[64];

	talk->file.seen_ms = 0;
	/* It may have waited for its reader for as long as a moment, hardly for half that time. */
	if (file.seen_ms == 0 || !name_partner(sending, &file, who) ||
	    soak_now_ms() - file.seen_ms > (int64_t)talk->soak->keep_s * 250)
		return true;
	scan_make_name(name, file.sender, file.number, file.size, file.group);
	const char *reply = talk_ask(talk, "download_file %s %s %s\r\n", sending->token, who, name);
	if (reply == NULL)
		return false;
	if (talk_is_ok(reply) && is_content(reply, file.number, file.size))
		soak_count(talk->soak, SOAK_DOWNLOADS);
	else if (talk_is_ok(reply))
		soak_fail(talk->soak, "%s: file %s of %s is another: %.100s", talk->realm->name,
		    name, who, reply);
	else if (strstr(reply, "File Tidak") == NULL)
		soak_fail(talk->soak, "%s: file %s of %s: %.100s", talk->realm->name, name, who,
		    reply);
	return true;
}
