/*
 * A look at an inbox while others write: whatever moment they choose, no message is shown before
 * one that came earlier, be it by another log. The moments are those at which the reader has just
 * given up a lock, for TDB lets nobody write at any other.
 */
#undef _FORTIFY_SOURCE

#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/inbox.h"
#include "chat/message.h"
#include "file_fixture.h"
#include "suite.h"

#define TEXT_SIZE     64
#define MOMENTS_LEAST 5
#define MESSAGES      300
#define SENDERS       1000

/* How the two messages that come amid a look are sent. */
enum order { GROUP_FIRST, PRIVATE_FIRST, ORDERS };

static struct {
	pid_t pid;
	int to_fd;
	int from_fd;
} writer;

static unsigned int unlocks_left; /* 0: nothing is to happen */

static void
disturb(void)
{
	char byte;

	if (write(writer.to_fd, "+", 1) != 1 || read(writer.from_fd, &byte, 1) != 1)
		ck_abort_msg("the writer is gone");
}

/* In place of the library's: the locks of files. */
int
fcntl(int fd, int command, ...)
{
	va_list ap;

	va_start(ap, command);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	int result = (int)syscall(SYS_fcntl, fd, command, arg);
	if ((command == F_SETLKW || command == F_SETLK) &&
	    ((const struct flock *)arg)->l_type == F_UNLCK && unlocks_left > 0 &&
	    --unlocks_left == 0)
		disturb();
	return result;
}

/*
 * The one who writes.
 */

static enum chat_result
send_text(struct chat *chat, bool group, const char *text)
{
	return group ? chat_message_send_group(chat, &messi, chat_text("kopi"), chat_text(text))
	             : chat_message_send(chat, &messi, chat_text("henderson"), chat_text(text));
}

static void __attribute__((noreturn)) write_when_asked(int in_fd, int out_fd, enum order order)
{
	struct chat chat;
	char byte;

	file_open(&chat);
	while (read(in_fd, &byte, 1) == 1) {
		if (send_text(&chat, order == GROUP_FIRST, "satu") != CHAT_OK ||
		    send_text(&chat, order != GROUP_FIRST, "dua") != CHAT_OK)
			_exit(1);
		if (write(out_fd, "+", 1) != 1)
			break;
	}
	file_close(&chat);
	_exit(0);
}

/* The store must be closed while a process is forked that is to open it, too. */
static void
start_writer(enum order order)
{
	int to[2], from[2];

	file_close(&file_chat);
	ck_assert(pipe(to) == 0 && pipe(from) == 0);
	writer.pid = fork();
	ck_assert_int_ge(writer.pid, 0);
	if (writer.pid == 0) {
		close(to[1]);
		write_when_asked(to[0], from[1], order);
	}
	close(to[0]);
	close(from[1]);
	writer.to_fd = to[1];
	writer.from_fd = from[0];
	file_open(&file_chat);
}

static void
stop_writer(void)
{
	int status;

	close(writer.to_fd);
	close(writer.from_fd);
	ck_assert_int_eq(waitpid(writer.pid, &status, 0), writer.pid);
	ck_assert_int_eq(status, 0);
}

/*
 * The one who reads.
 */

/*
 * Takes what there is to be read, a word for each, behind those that are there. With a moment at
 * which it is disturbed, counted from 1; whether that came.
 */
static bool
read_disturbed(char words[TEXT_SIZE], unsigned int moment)
{
	struct chat_inbox_pending pending = { .tx = NULL };
	struct chat_inbox inbox;
	struct chat_message message;

	unlocks_left = moment;
	ck_assert_int_eq(chat_inbox_look(&file_chat, henderson.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	bool disturbed = unlocks_left == 0;
	unlocks_left = 0;
	for (size_t i = 0; i < inbox.n_items; i++) {
		size_t len = strlen(words);

		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
		snprintf(words + len, TEXT_SIZE - len, "%.*s ", (int)message.text.len,
		    message.text.data);
	}
	chat_inbox_await(&pending, henderson.user.id, &inbox);
	chat_inbox_ack(&file_chat, &pending);
	chat_inbox_free(&inbox);
	return disturbed;
}

START_TEST(test_in_order)
{
	enum order order = (enum order)_i;
	bool disturbed = true;
	unsigned int moment = 0;

	start_writer(order);
	while (disturbed) {
		char words[TEXT_SIZE] = "";

		/* One is there already, in the log to which the second will come. */
		ck_assert_int_eq(send_text(&file_chat, order != GROUP_FIRST, "nol"), CHAT_OK);
		disturbed = read_disturbed(words, ++moment);
		read_disturbed(words, 0);
		ck_assert_str_eq(words, disturbed ? "nol satu dua " : "nol ");
	}
	ck_assert_uint_gt(moment, MOMENTS_LEAST);
	stop_writer();
}
END_TEST

/* Looking finds each message by reading it, and shows it without reading it again. */
START_TEST(test_each_message_is_read_once)
{
	struct chat_inbox inbox;
	struct chat_message message;

	for (int i = 0; i < MESSAGES; i++)
		ck_assert_int_eq(send_text(&file_chat, i % 2 == 0, "satu"), CHAT_OK);
	uint64_t before = file_chat.store->entries_read;
	ck_assert_int_eq(chat_inbox_look(&file_chat, henderson.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, MESSAGES);
	for (size_t i = 0; i < inbox.n_items; i++)
		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
	ck_assert_uint_le(file_chat.store->entries_read - before, MESSAGES + MESSAGES / 10);
	chat_inbox_free(&inbox);
}
END_TEST

/* Each spelling of a name has an index; a search finds the first in any spelling. */
START_TEST(test_senders)
{
	struct chat_senders senders = { .n = 0 };
	char name[16];

	ck_assert_uint_eq(chat_sender_find(&senders, "messi"), 0);
	for (uint32_t i = 0; i < SENDERS; i++) {
		snprintf(name, sizeof(name), "%s%u", i % 2 == 0 ? "Messi" : "messi", i / 2);
		ck_assert_uint_eq(chat_sender_add(&senders, name), i);
	}
	for (uint32_t i = 0; i < SENDERS; i++) {
		ck_assert_uint_eq(chat_sender_add(&senders, senders.names[i]), i);
		ck_assert_uint_eq(chat_sender_find(&senders, senders.names[i]), i - i % 2);
	}
	ck_assert_uint_eq(senders.n, SENDERS);
	ck_assert_uint_eq(chat_sender_find(&senders, "lineker"), SENDERS);
	chat_sender_free(&senders);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_inbox");
	TCase *tcase = tcase_create("inbox");

	tcase_add_checked_fixture(tcase, file_setup_committer, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_loop_test(tcase, test_in_order, 0, ORDERS);
	tcase_add_test(tcase, test_each_message_is_read_once);
	tcase_add_test(tcase, test_senders);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
