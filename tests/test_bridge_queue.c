/*
 * An outbox on its way to its peer, with a far side played by this program: window, refusals,
 * epochs, cuts at any moment, a far side that lies or has gone back in time, messages that wait too
 * long. Each message must arrive exactly once and in order, or its sender must hear of it.
 */
#include "base/clock.h"
#include "bridge/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "chat/inbox.h"
#include "chat/message.h"
#include "file_fixture.h"
#include "live/delivery_wait.h"
#include "suite.h"

#define TEXT_SIZE 65536
#define LINE      100 /* bytes of every line */
#define EPOCHS    8
#define REFUSALS  256
#define DAY_MS    (24 * INT64_C(3600000))
#define SLOT      3
#define BAD       "bad" /* the far side refuses texts that begin so */

static struct chat_peer malang;
static struct bridge_queue queue;
static uint64_t wait_id; /* of the worker that waits */
static const struct peering_window wide = { .messages = 100, .bytes = 100 * LINE };

/* The far side: the state of a receiver. */
static struct {
	struct {
		uint64_t epoch;
		uint64_t have;
	} epochs[EPOCHS];
	size_t n_epochs;
	size_t current;
	uint64_t refused[REFUSALS];
	size_t n_refused;
	char arrived[TEXT_SIZE]; /* the texts in the order of their coming */
} far;

static void
setup(void)
{
	file_setup();
	file_config.queue_max = 100000;
	file_config.queue_keep = 3 * 24 * 3600;
	file_config.queue_notice = 4 * 3600;
	ck_assert_int_eq(chat_peer_add(&file_chat, chat_text("malang"), chat_text("127.0.0.1"),
	                     chat_text("9889")),
	    CHAT_OK);
	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text("malang"), &malang), CHAT_OK);
	ck_assert_int_eq(bridge_queue_init(&queue, &file_chat, &malang), CHAT_OK);
	memset(&far, 0, sizeof(far));
}

static void
teardown(void)
{
	bridge_queue_end(&queue);
	file_teardown();
}

static uint64_t
put_wait_id(const char *text, uint64_t wait)
{
	struct chat_outbound outbound = { .kind = CHAT_OUTBOUND_USER,
		.slot = SLOT,
		.wait_id = wait,
		.from_id = messi.user.id,
		.from = chat_text(messi.user.name),
		.from_name = chat_text(messi.user.fullname),
		.to = chat_text("lineker"),
		.text = chat_text(text) };
	uint64_t id;

	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
	ck_assert_int_eq(bridge_queue_refresh(&queue), CHAT_OK);
	return file_outbox_number(malang.id, id);
}

static uint64_t
put_message(const char *text)
{
	return put_wait_id(text, 0);
}

/* The bounces and notices that messi got, such as "bounce no_user: halo; delay none: halo; ". */
static const char *
list_inbox(void)
{
	static char text[TEXT_SIZE];
	struct chat_inbox inbox;
	struct chat_message message;
	size_t len = 0;

	text[0] = '\0';
	ck_assert_int_eq(chat_inbox_look(&file_chat, messi.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	for (size_t i = 0; i < inbox.n_items; i++) {
		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s: %.*s; ",
		    message.kind == CHAT_BOUNCE ? "bounce" : "delay",
		    chat_reason_word(message.reason), (int)message.text.len, message.text.data);
		ck_assert_uint_lt(len, sizeof(text));
	}
	chat_inbox_free(&inbox);
	return text;
}

static struct chat_outbox_info
outbox(void)
{
	struct chat_outbox_info info;

	ck_assert_int_eq(chat_outbox_info(&file_chat, malang.id, &info), CHAT_OK);
	return info;
}

/* The next step, noted as sent; "-" nothing, "resume", "settled N", "void N-N", or a message. */
static const char *
next_step(void)
{
	static char text[256];
	struct bridge_next next;

	do
		bridge_queue_next(&queue, &next);
	while (next.kind == BRIDGE_NEXT_PASSED);
	switch (next.kind) {
	case BRIDGE_NEXT_NONE:
		return "-";
	case BRIDGE_NEXT_RESUME:
		snprintf(text, sizeof(text), "resume %llu", (unsigned long long)next.number);
		return text;
	case BRIDGE_NEXT_SETTLED:
		snprintf(text, sizeof(text), "settled %llu", (unsigned long long)next.number);
		return text;
	case BRIDGE_NEXT_VOID:
		snprintf(text, sizeof(text), "void %llu-%llu", (unsigned long long)next.from,
		    (unsigned long long)next.number);
		break;
	case BRIDGE_NEXT_MESSAGE:
		if (!bridge_queue_fits(&queue, LINE))
			return "-";
		snprintf(text, sizeof(text), "%llu %.*s", (unsigned long long)next.number,
		    (int)next.outbound.text.len, next.outbound.text.data);
		break;
	case BRIDGE_NEXT_PASSED:
	case BRIDGE_NEXT_FAILED:
		ck_abort_msg("the queue failed");
	}
	ck_assert_int_eq(bridge_queue_sent(&queue, &next, LINE), 0);
	return text;
}

/* The peer acknowledges everything up to a number. */
static void
ack_up_to(uint64_t number)
{
	ck_assert_ptr_null(bridge_ack_have(&queue, number));
}

static void
hear_refused(uint64_t number, enum chat_reason reason)
{
	ck_assert_ptr_null(bridge_ack_refused(&queue, number, reason));
}

static void
retire(void)
{
	ck_assert_int_eq(bridge_retire(&queue, INT64_MAX), CHAT_OK);
}

/* Opens the link, with a far side that has everything up to a number. */
static void
resume(const struct peering_window *window, uint64_t settled, uint64_t have)
{
	char expected[64];

	bridge_queue_begin(&queue, window);
	snprintf(expected, sizeof(expected), "resume %llu", (unsigned long long)settled);
	ck_assert_str_eq(next_step(), expected);
	ck_assert_str_eq(next_step(), "-");
	ck_assert(bridge_queue_waits(&queue));
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, have));
}

START_TEST(test_window)
{
	static const struct peering_window narrow = { .messages = 2, .bytes = 100 * LINE };

	bridge_queue_begin(&queue, &narrow);
	ck_assert_str_eq(next_step(), "-"); /* there was never a message */
	bridge_queue_end(&queue);
	put_message("a");
	put_message("b");
	put_message("c");
	resume(&narrow, 0, 0);
	ck_assert(!bridge_queue_waits(&queue));
	ck_assert_str_eq(next_step(), "1 a");
	ck_assert_str_eq(next_step(), "2 b");
	ck_assert_str_eq(next_step(), "-");
	ck_assert(bridge_queue_waits(&queue));
	ack_up_to(1);
	ck_assert_str_eq(next_step(), "3 c");
	ck_assert_str_eq(next_step(), "-");
	ack_up_to(3);
	ck_assert(!bridge_queue_waits(&queue));
	ck_assert_uint_eq(outbox().first, 1);
	retire();
	ck_assert_uint_eq(outbox().first, 4);
	ck_assert_uint_eq(outbox().bytes, 0);
	ck_assert_ptr_null(queue.inflight.items);
	put_message("d");
	ck_assert_str_eq(next_step(), "4 d");
}
END_TEST

START_TEST(test_window_in_bytes)
{
	static const struct peering_window narrow = { .messages = 100, .bytes = 2 * LINE + 1 };
	static const struct peering_window none = { .messages = 0, .bytes = 0 };

	for (int i = 0; i < 5; i++)
		put_message("x");
	resume(&narrow, 0, 0);
	ck_assert_str_eq(next_step(), "1 x");
	ck_assert_str_eq(next_step(), "2 x");
	ck_assert_str_eq(next_step(), "-");
	ack_up_to(1);
	ck_assert_str_eq(next_step(), "3 x");
	ck_assert_str_eq(next_step(), "-");
	bridge_queue_end(&queue);
	/* One request may always be under way. */
	resume(&none, 0, 1);
	ck_assert_str_eq(next_step(), "2 x");
	ck_assert_str_eq(next_step(), "-");
	ack_up_to(2);
	ck_assert_str_eq(next_step(), "3 x");
}
END_TEST

START_TEST(test_refusals)
{
	put_message("a");
	put_message("bad b");
	put_message("bad c");
	put_message("d");
	resume(&wide, 0, 0);
	for (int i = 0; i < 4; i++)
		next_step();
	hear_refused(2, CHAT_REASON_NO_USER);
	hear_refused(3, CHAT_REASON_INBOX_FULL);
	retire();
	ck_assert_str_eq(list_inbox(), ""); /* not before it is acknowledged */
	ack_up_to(3);
	ck_assert_str_eq(next_step(), "-");
	retire();
	ck_assert_str_eq(list_inbox(), "bounce no_user: bad b; bounce inbox_full: bad c; ");
	ck_assert_str_eq(next_step(), "settled 3");
	ck_assert_str_eq(next_step(), "-");
	ack_up_to(4);
	retire();
	ck_assert_str_eq(next_step(), "-");
}
END_TEST

/* Delivered messages are retired together, unless nothing else is under way. */
START_TEST(test_retiring_is_put_off)
{
	int64_t tick = 1000000;

	put_message("a");
	put_message("b");
	resume(&wide, 0, 0);
	next_step();
	next_step();
	ck_assert_int_eq(bridge_retire_due(&queue), INT64_MAX);
	ack_up_to(1);
	ck_assert_int_eq(bridge_retire(&queue, tick), CHAT_OK);
	ck_assert_uint_eq(outbox().first, 1);
	ck_assert_int_gt(bridge_retire_due(&queue), tick);
	ck_assert_int_eq(bridge_retire(&queue, bridge_retire_due(&queue)), CHAT_OK);
	ck_assert_uint_eq(outbox().first, 2);
	ack_up_to(2);
	ck_assert_int_eq(bridge_retire(&queue, tick), CHAT_OK);
	ck_assert_uint_eq(outbox().first, 3);
}
END_TEST

/* Puts a message that a worker waits for. */
static void
put_and_wait(const char *text)
{
	wait_id = delivery_wait_begin(file_chat.waits, SLOT);
	put_wait_id(text, wait_id);
}

/* Returns the result that the worker was told; -1: none yet. */
static int
poll_result(void)
{
	unsigned int result;

	return delivery_wait_poll(file_chat.waits, SLOT, wait_id, &result) ? (int)result : -1;
}

/* A worker that waits is told, and then nothing bounces. */
START_TEST(test_delivery_results)
{
	unsigned int result;

	file_chat.waits = delivery_wait_open(file_config.state);
	ck_assert_ptr_nonnull(file_chat.waits);
	put_and_wait("bad a");
	resume(&wide, 0, 0);
	next_step();
	hear_refused(1, CHAT_REASON_NO_USER);
	ck_assert_int_eq(poll_result(), -1);
	ack_up_to(1);
	/* Not before the message is retired, so that it is never told twice. */
	ck_assert_int_eq(poll_result(), -1);
	retire();
	ck_assert_int_eq(poll_result(), CHAT_REASON_NO_USER);
	ck_assert_str_eq(list_inbox(), "");
	ck_assert_str_eq(next_step(), "settled 1");

	put_and_wait("b");
	next_step();
	ack_up_to(2);
	ck_assert_int_eq(poll_result(), DELIVERY_WAIT_DELIVERED);

	/* The sender hears of it later if the worker has given up. */
	put_and_wait("bad c");
	ck_assert(delivery_wait_give_up(file_chat.waits, SLOT, wait_id, &result));
	next_step();
	hear_refused(3, CHAT_REASON_NO_USER);
	ack_up_to(3);
	retire();
	ck_assert_str_eq(list_inbox(), "bounce no_user: bad c; ");
}
END_TEST

/* The bridge dies before it retires a message that a worker waits for: the next one tells it. */
START_TEST(test_delivery_result_before_a_death)
{
	file_chat.waits = delivery_wait_open(file_config.state);
	ck_assert_ptr_nonnull(file_chat.waits);
	put_and_wait("bad a");
	resume(&wide, 0, 0);
	next_step();
	hear_refused(1, CHAT_REASON_NO_USER);
	ack_up_to(1);
	ck_assert_int_eq(poll_result(), -1);
	bridge_queue_end(&queue);
	ck_assert_int_eq(bridge_queue_init(&queue, &file_chat, &malang), CHAT_OK);
	bridge_queue_begin(&queue, &wide);
	ck_assert_str_eq(next_step(), "resume 0");
	hear_refused(1, CHAT_REASON_NO_USER);
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, 1));
	ck_assert_str_eq(next_step(), "-");
	retire();
	ck_assert_int_eq(poll_result(), CHAT_REASON_NO_USER);
	ck_assert_str_eq(list_inbox(), "");
	ck_assert_uint_eq(outbox().first, 2);
}
END_TEST

START_TEST(test_resume)
{
	put_message("a");
	put_message("bad b");
	put_message("c");
	put_message("d");
	resume(&wide, 0, 0);
	for (int i = 0; i < 3; i++)
		next_step();
	/* Cut, with three under way: the far side has two of them, and refused one. */
	bridge_queue_end(&queue);
	bridge_queue_begin(&queue, &wide);
	ck_assert_str_eq(next_step(), "resume 0");
	hear_refused(2, CHAT_REASON_NO_USER);
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, 2));
	ck_assert_str_eq(next_step(), "3 c");
	retire();
	ck_assert_str_eq(list_inbox(), "bounce no_user: bad b; ");
	ck_assert_uint_eq(outbox().first, 3);
	ck_assert_str_eq(next_step(), "settled 2");
	ck_assert_str_eq(next_step(), "4 d");
	/* The far side has everything, and no message waits. */
	ack_up_to(4);
	retire();
	bridge_queue_end(&queue);
	resume(&wide, 4, 4);
	ck_assert_str_eq(next_step(), "-");
}
END_TEST

START_TEST(test_epochs)
{
	put_message("a");
	put_message("b");
	ck_assert_int_eq(chat_outbound_renew(&file_chat, malang.id), CHAT_OK);
	put_message("c");
	resume(&wide, 0, 0);
	ck_assert_str_eq(next_step(), "1 a");
	ck_assert_str_eq(next_step(), "2 b");
	ck_assert_str_eq(next_step(), "-");
	ack_up_to(2);
	ck_assert_str_eq(next_step(), "-"); /* acknowledged is not retired */
	retire();
	ck_assert_str_eq(next_step(), "resume 2");
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, 0));
	ck_assert_str_eq(next_step(), "void 1-2");
	ck_assert_str_eq(next_step(), "3 c");
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 2, CHAT_REASON_NO_USER));
	ack_up_to(2);
	retire();
	ack_up_to(3);
	retire();
	ck_assert_uint_eq(outbox().first, 4);
}
END_TEST

/* The far side was put back to an old backup: retired messages cannot be sent again. */
START_TEST(test_far_side_went_back)
{
	for (int i = 0; i < 5; i++)
		put_message("x");
	resume(&wide, 0, 0);
	for (int i = 0; i < 5; i++)
		next_step();
	ack_up_to(4);
	retire();
	bridge_queue_end(&queue);
	resume(&wide, 4, 2);
	ck_assert_str_eq(next_step(), "void 3-4");
	ck_assert_str_eq(next_step(), "5 x");
	ack_up_to(5);
	retire();
	ck_assert_uint_eq(outbox().first, 6);
}
END_TEST

/* This state is an old copy that was not restored: new messages are not taken for old ones. */
START_TEST(test_far_side_is_ahead)
{
	put_message("a");
	put_message("b");
	resume(&wide, 0, 7);
	ck_assert_str_eq(next_step(), "-");
	retire();
	ck_assert_uint_eq(outbox().first, 3);
	put_message("c");
	ck_assert_str_eq(next_step(), "resume 2");
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, 0));
	ck_assert_str_eq(next_step(), "void 1-2");
	ck_assert_str_eq(next_step(), "3 c");
}
END_TEST

START_TEST(test_lies)
{
	put_message("a");
	put_message("b");
	put_message("c");
	bridge_queue_begin(&queue, &wide);
	ck_assert_ptr_nonnull(bridge_ack_resumed(&queue, 0, 0));
	ck_assert_ptr_nonnull(bridge_ack_have(&queue, 0));
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 1, CHAT_REASON_NO_USER));
	ck_assert_str_eq(next_step(), "resume 0");
	ck_assert_ptr_nonnull(bridge_ack_have(&queue, 1));
	ck_assert_ptr_nonnull(bridge_ack_resumed(&queue, queue.epoch + 1, 0));
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 0, CHAT_REASON_NO_USER));
	hear_refused(2, CHAT_REASON_NO_USER);
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 2, CHAT_REASON_NO_USER));
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 1, CHAT_REASON_NO_USER));
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, 0));
	ck_assert_ptr_nonnull(bridge_ack_resumed(&queue, queue.epoch, 0));
	ck_assert_str_eq(next_step(), "1 a");
	ck_assert_str_eq(next_step(), "2 b");
	ck_assert_ptr_nonnull(bridge_ack_have(&queue, 3));
	ck_assert_ptr_nonnull(bridge_ack_have(&queue, UINT64_MAX));
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 3, CHAT_REASON_NO_USER));
	ack_up_to(2);
	ack_up_to(2);
	ck_assert_ptr_nonnull(bridge_ack_have(&queue, 1));
	ck_assert_ptr_nonnull(bridge_ack_refused(&queue, 2, CHAT_REASON_NO_USER));
	retire();
	ck_assert_str_eq(list_inbox(), "");
}
END_TEST

/* Refusals of more messages than were under way take no more memory. */
START_TEST(test_endless_refusals)
{
	uint64_t number = 1;

	put_message("a");
	bridge_queue_begin(&queue, &wide);
	ck_assert_str_eq(next_step(), "resume 0");
	while (bridge_ack_refused(&queue, number, CHAT_REASON_NO_USER) == NULL)
		number++;
	ck_assert_uint_eq(number, PEERING_WINDOW + 1);
}
END_TEST

/* A message that cannot be sent is void, and bounces once the far side knows. */
START_TEST(test_voided)
{
	struct bridge_next next;

	put_message("a");
	put_message("b");
	resume(&wide, 0, 0);
	bridge_queue_next(&queue, &next);
	ck_assert_int_eq(next.kind, BRIDGE_NEXT_MESSAGE);
	ck_assert_int_eq(bridge_queue_voided(&queue, &next, CHAT_REASON_TOO_BIG, LINE), 0);
	ck_assert_str_eq(next_step(), "2 b");
	ack_up_to(2);
	retire();
	ck_assert_str_eq(list_inbox(), "bounce too_big: a; ");
}
END_TEST

/* Numbers without a readable message are void. */
START_TEST(test_unreadable)
{
	put_message("a");
	ck_assert_int_eq(fixture_append(file_chat.store, malang.id, "no letter"), STORE_OK);
	put_message("c");
	resume(&wide, 0, 0);
	ck_assert_str_eq(next_step(), "1 a");
	ck_assert_str_eq(next_step(), "void 2-2");
	ck_assert_str_eq(next_step(), "3 c");
	ack_up_to(3);
	retire();
	ck_assert_uint_eq(outbox().first, 4);
	ck_assert_uint_eq(outbox().bytes, 0);
}
END_TEST

/* Does everything that is due, and returns when more is. */
static int64_t
clock_turn(int64_t now_ms)
{
	int64_t due;

	while ((due = bridge_expire(&queue, now_ms)) <= now_ms)
		;
	return due;
}

START_TEST(test_expiry)
{
	int64_t now = clock_now_ms(), due;

	put_message("a");
	put_message("b");
	due = clock_turn(now);
	ck_assert_int_ge(due, now + 4 * 3600000);
	ck_assert_int_lt(due, now + 5 * 3600000);
	ck_assert_str_eq(list_inbox(), "");
	due = clock_turn(now + 5 * 3600000);
	ck_assert_str_eq(list_inbox(), "delay none: a; delay none: b; ");
	ck_assert_int_gt(due, now + 2 * DAY_MS);
	/* A later message is told of later, and no sender is told twice. */
	ck_assert_int_eq(clock_turn(now + 6 * 3600000), due);
	put_message("c");
	clock_turn(now + 6 * 3600000);
	ck_assert_str_eq(list_inbox(), "delay none: a; delay none: b; delay none: c; ");
	ck_assert_uint_eq(outbox().first, 1);
	due = clock_turn(now + 4 * DAY_MS);
	ck_assert_int_eq(due, INT64_MAX);
	ck_assert_uint_eq(outbox().first, 4);
	ck_assert_ptr_nonnull(
	    strstr(list_inbox(), "bounce expired: a; bounce expired: b; bounce expired: c; "));
	/* The link comes up: the numbers are void. */
	put_message("d");
	resume(&wide, 3, 0);
	ck_assert_str_eq(next_step(), "void 1-3");
	ck_assert_str_eq(next_step(), "4 d");
}
END_TEST

/* A new bridge does not repeat the notices of an old one. */
START_TEST(test_expiry_after_a_death)
{
	int64_t now = clock_now_ms();

	put_message("a");
	clock_turn(now + 5 * 3600000);
	bridge_queue_end(&queue);
	ck_assert_int_eq(bridge_queue_init(&queue, &file_chat, &malang), CHAT_OK);
	put_message("b");
	clock_turn(now + 5 * 3600000);
	ck_assert_str_eq(list_inbox(), "delay none: a; delay none: b; ");
}
END_TEST

START_TEST(test_peer_no_more)
{
	for (int i = 0; i < 200; i++)
		put_message("x");
	queue.peer.active = false;
	clock_turn(clock_now_ms());
	ck_assert_uint_eq(outbox().first, 201);
	ck_assert_int_eq(strncmp(list_inbox(), "bounce no_realm: x; ", 20), 0);
}
END_TEST

/* The far side takes a line. The queue gets the answer unless it is lost. */
static void
far_takes(const char *line, bool heard)
{
	unsigned long long from, to, number;
	char text[64];
	uint64_t *have = &far.epochs[far.current].have;

	if (sscanf(line, "settled %llu", &number) == 1 || sscanf(line, "resume %llu", &number) == 1)
		return; /* far_resumes() does that one */
	if (sscanf(line, "void %llu-%llu", &from, &to) == 2) {
		ck_assert_uint_eq(from, *have + 1);
		*have = to;
	} else {
		ck_assert_int_eq(sscanf(line, "%llu %63[^\n]", &number, text), 2);
		ck_assert_uint_eq(number, *have + 1);
		*have = number;
		if (strncmp(text, BAD, strlen(BAD)) == 0) {
			far.refused[far.n_refused++] = number;
			if (heard)
				ck_assert_ptr_null(
				    bridge_ack_refused(&queue, number, CHAT_REASON_NO_USER));
		} else {
			strcat(strcat(far.arrived, text), " ");
		}
	}
	if (heard)
		ack_up_to(*have);
}

static void
far_resumes(uint64_t settled)
{
	size_t i;

	for (i = 0; i < far.n_epochs && far.epochs[i].epoch != queue.epoch; i++)
		;
	if (i == far.n_epochs) {
		ck_assert_uint_lt(far.n_epochs, EPOCHS);
		far.epochs[far.n_epochs++].epoch = queue.epoch;
	}
	if (i != far.current)
		far.n_refused = 0;
	far.current = i;
	for (size_t at = 0; at < far.n_refused; at++)
		if (far.refused[at] > settled)
			ck_assert_ptr_null(
			    bridge_ack_refused(&queue, far.refused[at], CHAT_REASON_NO_USER));
	ck_assert_ptr_null(bridge_ack_resumed(&queue, queue.epoch, far.epochs[i].have));
}

/* The life of a link: some lines, of which the last may be lost, or their answers. */
static void
run_link(unsigned int *seed)
{
	char lines[64][64];
	int n = rand_r(seed) % 64, n_heard = rand_r(seed) % 64, n_taken;
	unsigned long long settled;

	n_taken = n_heard + rand_r(seed) % 8;
	bridge_queue_begin(&queue, &wide);
	for (int i = 0; i < n; i++) {
		snprintf(lines[i], sizeof(lines[i]), "%s", next_step());
		if (strcmp(lines[i], "-") == 0) {
			retire();
			break;
		}
		if (i < n_heard && sscanf(lines[i], "resume %llu", &settled) == 1)
			far_resumes(settled);
		else if (i < n_taken)
			far_takes(lines[i], i < n_heard);
		if (rand_r(seed) % 8 == 0)
			retire();
	}
	bridge_queue_end(&queue);
	if (rand_r(seed) % 4 == 0) /* the bridge dies */
		ck_assert_int_eq(bridge_queue_init(&queue, &file_chat, &malang), CHAT_OK);
	ck_assert_int_eq(bridge_queue_refresh(&queue), CHAT_OK);
}

START_TEST(test_cuts_at_random)
{
	char expected[TEXT_SIZE] = "", bounces[TEXT_SIZE] = "", text[64];
	unsigned int seed = (unsigned int)_i + 1;
	struct chat_outbox_info info;
	int rounds = 0;

	for (int i = 0; i < 200; i++) {
		bool bad = rand_r(&seed) % 5 == 0;

		snprintf(text, sizeof(text), "%s%d", bad ? BAD : "m", i);
		put_message(text);
		if (bad)
			snprintf(bounces + strlen(bounces), sizeof(bounces) - strlen(bounces),
			    "bounce no_user: %s; ", text);
		else
			strcat(strcat(expected, text), " ");
		if (i == 60 || i == 130)
			ck_assert_int_eq(chat_outbound_renew(&file_chat, malang.id), CHAT_OK);
		if (rand_r(&seed) % 10 == 0)
			run_link(&seed);
	}
	do {
		run_link(&seed);
		info = outbox();
	} while (info.first <= info.last && ++rounds < 10000);
	ck_assert_str_eq(far.arrived, expected);
	ck_assert_str_eq(list_inbox(), bounces);
	ck_assert_uint_eq(info.bytes, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_window, test_window_in_bytes, test_refusals,
		test_retiring_is_put_off, test_delivery_results,
		test_delivery_result_before_a_death, test_resume, test_epochs,
		test_far_side_went_back, test_far_side_is_ahead, test_lies, test_endless_refusals,
		test_voided, test_unreadable, test_expiry, test_expiry_after_a_death,
		test_peer_no_more };
	Suite *suite = suite_create("bridge_queue");
	TCase *tcase = tcase_create("queue");

	log_set_level(LOG_ERR); /* these tests cause many warnings */
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	tcase_add_loop_test(tcase, test_cuts_at_random, 0, 20);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
