/*
 * The janitor ends a conversation when a sender has just looked it up: the committer refuses the
 * message, which comes again in a conversation that begins anew.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <unistd.h>

#include "chat/history/end.h"
#include "chat/history/logs.h"
#include "chat/message.h"
#include "fake_clock.h"
#include "permit_fixture.h"

#define YEARS_MS (2000 * 24 * 3600 * INT64_C(1000)) /* then no message is kept */

/* The janitor: a process that waits for a byte. */
static struct {
	pid_t pid; /* 0: none waits */
	int fd;
} janitor;

static void __attribute__((noreturn)) be_janitor(int fd)
{
	struct chat chat;
	char byte;

	if (read(fd, &byte, 1) != 1)
		_exit(1);
	fake_clock_shift(CLOCK_REALTIME, YEARS_MS);
	file_open(&chat);
	_exit(chat_history_expire(&chat) == CHAT_OK ? 0 : 1);
}

/* From here on the next question to the committer comes too late. */
static void
arm(void)
{
	int fds[2];

	file_close(&file_chat); /* a store is for one process */
	ck_assert_int_eq(pipe(fds), 0);
	janitor.pid = fork();
	ck_assert_int_ge(janitor.pid, 0);
	if (janitor.pid == 0)
		be_janitor(fds[0]);
	close(fds[0]);
	janitor.fd = fds[1];
	file_open(&file_chat);
	permit_as_user(&messi);
}

static void
end_conversations(void)
{
	pid_t pid = janitor.pid;
	int status;

	janitor.pid = 0;
	ck_assert_int_eq(write(janitor.fd, "", 1), 1);
	close(janitor.fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* In place of the library's: by this the store asks the committer. */
ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (janitor.pid != 0)
		end_conversations();
	return syscall(SYS_sendmsg, fd, message, flags);
}

static uint64_t
find_log(const struct chat_session *from, const struct chat_session *to)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_get(&file_chat, from->user.id, to->user.id, &history),
	    CHAT_OK);
	return chat_history_from(&history, from->user.id);
}

/* Each message is in the inbox and in the conversation of now, which is another one. */
static void
check_conversation(const struct chat_session *to, uint64_t before, uint64_t inbox)
{
	uint64_t now = find_log(&messi, to);

	ck_assert_uint_ne(now, before);
	ck_assert_uint_eq(fixture_info(file_chat.store, now).last, 1);
	ck_assert(fixture_info(file_chat.store, before).closed);
	ck_assert_uint_eq(fixture_info(file_chat.store, to->user.id).last, inbox);
}

START_TEST(test_message)
{
	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("lineker"),
	                     chat_text("satu")),
	    CHAT_OK);
	uint64_t before = find_log(&messi, &lineker);
	arm();
	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("lineker"),
	                     chat_text("dua")),
	    CHAT_OK);
	ck_assert_int_eq(janitor.pid, 0);
	permit_as_nobody();
	check_conversation(&lineker, before, 2);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_list)
{
	const struct chat_text list = chat_text("lineker,henderson");

	ck_assert_int_eq(chat_message_send_list(&file_chat, &messi, list, chat_text("satu")),
	    CHAT_OK);
	uint64_t first = find_log(&messi, &lineker), second = find_log(&messi, &henderson);
	arm();
	ck_assert_int_eq(chat_message_send_list(&file_chat, &messi, list, chat_text("dua")),
	    CHAT_OK);
	ck_assert_int_eq(janitor.pid, 0);
	permit_as_nobody();
	check_conversation(&lineker, first, 2);
	check_conversation(&henderson, second, 2);
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_message, test_list };

	return permit_main("history ended", tests, sizeof(tests) / sizeof(tests[0]));
}
