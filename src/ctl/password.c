/*
 * ctl_password: reads a new password from the terminal or from a script. Using and wiping it is
 * left to the caller.
 */
#include <bsd/readpassphrase.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"

static int
ask_password(const char *prompt, char *password, size_t size)
{
	if (readpassphrase(prompt, password, size, RPP_ECHO_OFF | RPP_REQUIRE_TTY) != NULL)
		return CTL_OK;
	return ctl_error(CTL_NO_INPUT, "the password cannot be read from the terminal: %s",
	    strerror(errno));
}

static int
read_from_terminal(char *password, size_t size)
{
	char again[PASSWORD_MAX_BYTES + 2];
	int status = ask_password("New password: ", password, size);

	if (status == CTL_OK)
		status = ask_password("Once more: ", again, sizeof(again));
	if (status == CTL_OK && strcmp(password, again) != 0)
		status = ctl_error(CTL_REFUSED, "the two passwords differ");
	explicit_bzero(again, sizeof(again));
	return status;
}

/* Reads byte by byte: the lines that follow are for the next program. */
static int
read_from_script(char *password, size_t size)
{
	size_t len = 0;
	ssize_t got;
	char c;

	for (;;) {
		got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n' || len == size - 1)
			break;
		if (c == '\0')
			return ctl_error(CTL_REFUSED, "a password holds no NUL bytes");
		password[len++] = c;
	}
	if (got < 0)
		return ctl_error(CTL_NO_INPUT, "the password cannot be read: %s", strerror(errno));
	if (len > 0 && password[len - 1] == '\r')
		len--;
	password[len] = '\0';
	return CTL_OK;
}

int
ctl_password_read(char *password, size_t size)
{
	int status = isatty(STDIN_FILENO) ? read_from_terminal(password, size)
	                                  : read_from_script(password, size);

	if (status == CTL_OK && password[0] == '\0')
		return ctl_error(CTL_REFUSED, "the password is empty");
	if (status == CTL_OK && strlen(password) > PASSWORD_MAX_BYTES)
		return ctl_error(CTL_REFUSED, "the password has more than %d bytes",
		    PASSWORD_MAX_BYTES);
	return status;
}
