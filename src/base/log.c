/* log: composes, escapes and writes lines. */
#include <sys/stat.h>

#define LIBBSD_OPENBSD_VIS /* vis.h asks which strnvis() is meant; strvis() is the same in both */
#include <bsd/vis.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"

#define LOG_MESSAGE_MAX 2048
#define LOG_TAG_MAX     64
#define LOG_VIS_GROWTH  4 /* a byte becomes "\377" at most */
#define LOG_VIS_FLAGS   (VIS_CSTYLE | VIS_TAB | VIS_NL | VIS_NOLOCALE)
#define LOG_JOURNAL     "JOURNAL_STREAM"
#define LOG_STREAM_MAX  64

static struct {
	const char *progname;
	enum log_target target;
	int facility;
	int level;
	bool journal; /* the standard error is the journal's, which adds our name */
	char tag[LOG_TAG_MAX];
} log_state = { .progname = "kabar",
	.target = LOG_TO_STDERR,
	.facility = LOG_DAEMON,
	.level = LOG_INFO };

/* The service manager tells which stream it gave us; our standard error may be another now. */
static bool
is_journal(void)
{
	const char *said = getenv(LOG_JOURNAL);
	char stream[LOG_STREAM_MAX];
	struct stat st;

	if (said == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(said, stream) == 0;
}

void
log_init(const char *progname, enum log_target target, int facility)
{
	int saved_errno = errno;

	log_state.progname = progname;
	log_state.target = target;
	log_state.facility = facility;
	log_state.journal = target != LOG_TO_SYSLOG && is_journal();
	closelog();
	if (target == LOG_TO_SYSLOG)
		openlog(progname, LOG_PID | LOG_NDELAY, facility);
	errno = saved_errno;
}

bool
log_detach(void)
{
	if (log_state.target == LOG_IN_FOREGROUND)
		return true;
	log_init(log_state.progname, LOG_TO_SYSLOG, log_state.facility);
	return false;
}

void
log_set_level(int priority)
{
	log_state.level = priority;
}

void
log_set_tag(const char *fmt, ...)
{
	int saved_errno = errno;
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(log_state.tag, sizeof(log_state.tag), fmt, ap) < 0)
		log_state.tag[0] = '\0';
	va_end(ap);
	errno = saved_errno;
}

void
log_clear_tag(void)
{
	log_state.tag[0] = '\0';
}

static void
log_write(int priority, const char *line)
{
	char out[LOG_VIS_GROWTH * LOG_MESSAGE_MAX + 256];
	int len;

	if (log_state.target == LOG_TO_SYSLOG) {
		syslog(priority, "%s", line);
		return;
	}
	if (log_state.journal)
		len = snprintf(out, sizeof(out), "<%d>%s\n", priority, line);
	else
		len = snprintf(out, sizeof(out), "%s[%ld]: %s\n", log_state.progname,
		    (long)getpid(), line);
	if (len <= 0)
		return;
	if ((size_t)len >= sizeof(out))
		len = (int)sizeof(out) - 1;

	/* One write, past stdio: lines of several processes do not mix. */
	if (write(STDERR_FILENO, out, (size_t)len) == -1)
		return;
}

/* Puts the tag, the text and what errno said together; what is too long is cut. */
static void __attribute__((format(printf, 4, 0)))
log_compose(char *message, size_t size, int error, const char *fmt, va_list ap)
{
	size_t len = 0;

	message[0] = '\0';
	if (log_state.tag[0] != '\0')
		len = (size_t)snprintf(message, size, "%s: ", log_state.tag);
	if (vsnprintf(message + len, size - len, fmt, ap) < 0)
		message[len] = '\0';
	if (error != 0) {
		len = strlen(message);
		snprintf(message + len, size - len, ": %s", strerror(error));
	}
}

/* `error` is the errno to explain, 0 for none. */
static void __attribute__((format(printf, 3, 0)))
log_message(int priority, int error, const char *fmt, va_list ap)
{
	char message[LOG_MESSAGE_MAX];
	char visible[LOG_VIS_GROWTH * LOG_MESSAGE_MAX + 1];
	int saved_errno = errno;

	if (priority > log_state.level)
		return;
	log_compose(message, sizeof(message), error, fmt, ap);
	strvis(visible, message, LOG_VIS_FLAGS);
	log_write(priority, visible);
	errno = saved_errno;
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_WARNING, errno, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_CRIT, errno, fmt, ap);
	va_end(ap);
	exit(EX_OSERR);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(EX_OSERR);
}

void
bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_message(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	abort();
}
