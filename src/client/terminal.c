/* client_terminal: readpassphrase() of libbsd takes care of the echo and of signals. */
#include "client/terminal.h"

#include <bsd/readpassphrase.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
read_line(char *line, size_t size)
{
	size_t len;

	/* Byte by byte would do, but a second line of the input is a second password. */
	if (fgets(line, (int)size, stdin) == NULL)
		return false;
	len = strlen(line);
	if (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	else if (!feof(stdin))
		return false;
	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	return len > 0;
}

bool
client_terminal_password(const char *prompt, char *password, size_t size)
{
	if (!isatty(STDIN_FILENO))
		return read_line(password, size);
	return readpassphrase(prompt, password, size, RPP_REQUIRE_TTY) != NULL &&
	    password[0] != '\0';
}

bool
client_terminal_new_password(const char *prompt, const char *again, char *password, size_t size)
{
	char second[1024];
	bool same = false;

	if (!isatty(STDIN_FILENO))
		return read_line(password, size);
	while (!same && client_terminal_password(prompt, password, size)) {
		if (!client_terminal_password(again, second, sizeof(second)))
			return false;
		same = strcmp(password, second) == 0;
	}
	explicit_bzero(second, sizeof(second));
	return same;
}
