/* client_request: everything is judged before the first byte is gathered. */
#include "client/request.h"

#include <string.h>

#include "base/utf8.h"

bool
client_request_is_name(const char *word)
{
	if (*word == '\0' || !utf8_valid(word, strlen(word)))
		return false;
	for (; *word != '\0'; word++)
		if ((unsigned char)*word <= ' ' || *word == 0x7f)
			return false;
	return true;
}

bool
client_request_is_word(const char *word)
{
	for (const char *at = word; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			return false;
	return client_request_is_name(word);
}

/* Whether the text can stand at the end of a line. */
static bool
is_text(const char *text, size_t len)
{
	return len > 0 && utf8_valid(text, len) && memmem(text, len, "\r\n", 2) == NULL &&
	    text[len - 1] != '\r';
}

/* The bytes of the words with a space between two of them; 0: one cannot be sent. */
static size_t
measure_words(const char *const *words)
{
	size_t total = 0;

	for (size_t i = 0; words[i] != NULL; i++) {
		if (!client_request_is_name(words[i]))
			return 0;
		total += strlen(words[i]) + (i > 0);
	}
	return total;
}

static void
put_words(struct client_connection *c, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			client_connection_put(c, " ", 1);
		client_connection_put(c, words[i], strlen(words[i]));
	}
}

int
client_request_begin(struct client_connection *c, const char *const *words)
{
	size_t total = measure_words(words);

	if (total == 0 || total > CLIENT_LINE_MAX)
		return -1;
	put_words(c, words);
	client_connection_put(c, " ", 1);
	return 0;
}

int
client_request_put(struct client_connection *c, const char *const *words, const char *text,
    size_t len)
{
	size_t total = measure_words(words);

	if (total == 0 || total + (text == NULL ? 0 : len + 1) > CLIENT_LINE_MAX ||
	    (text != NULL && !is_text(text, len)))
		return -1;
	put_words(c, words);
	if (text != NULL) {
		client_connection_put(c, " ", 1);
		client_connection_put(c, text, len);
	}
	client_connection_put(c, "\r\n", 2);
	return 0;
}
