/*
 * Completion of words.
 */
#include "client/screen/complete.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vector.h"

void
client_screen_complete_free(struct client_screen_complete *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->words[i]);
	free(c->words);
	free(c->prefix);
	*c = (struct client_screen_complete){ 0 };
}

bool
client_screen_complete_continues(const struct client_screen_complete *c,
    const struct client_screen_edit *e)
{
	return c->n > 0 && c->end > 0 && c->end == e->cursor;
}

void
client_screen_complete_begin(struct client_screen_complete *c, const struct client_screen_edit *e)
{
	const char *text = client_screen_edit_text(e);

	client_screen_complete_free(c);
	c->start = e->cursor;
	while (c->start > 0 && text[c->start - 1] != ' ' && text[c->start - 1] != '\n')
		c->start--;
	c->prefix = strndup(text + c->start, e->cursor - c->start);
}

void
client_screen_complete_add(struct client_screen_complete *c, const char *word)
{
	char **place, *copy;

	if (c->prefix == NULL || c->n == CLIENT_SCREEN_COMPLETE_WORDS ||
	    strncasecmp(word, c->prefix, strlen(c->prefix)) != 0)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (strcasecmp(c->words[i], word) == 0)
			return;
	copy = strdup(word);
	place = copy == NULL ? NULL : vector_add(&c->words, &c->n, sizeof(*place));
	if (place == NULL)
		free(copy);
	else
		*place = copy;
}

bool
client_screen_complete_next(struct client_screen_complete *c, struct client_screen_edit *e,
    const char *end)
{
	const char *word;

	if (c->n == 0)
		return false;
	word = c->words[c->next];
	c->next = (c->next + 1) % c->n;
	if (!client_screen_edit_replace(e, c->start, word, strlen(word)) ||
	    !client_screen_edit_insert(e, end, strlen(end)))
		return false;
	c->end = e->cursor;
	return true;
}
