/* dialect_irc_sent: events of messages come in their order, soon after these. */
#include "dialect/irc/sent.h"

#include <string.h>

static void
drop(struct irc_state *irc, unsigned int at)
{
	irc->n_sent--;
	memmove(&irc->sent[at], &irc->sent[at + 1], (irc->n_sent - at) * sizeof(irc->sent[0]));
}

void
dialect_irc_sent_note(struct irc_state *irc, uint64_t id)
{
	if (irc->n_sent == IRC_SENT_MOST)
		drop(irc, 0);
	irc->sent[irc->n_sent++] = id;
}

bool
dialect_irc_sent_take(struct irc_state *irc, uint64_t id)
{
	for (unsigned int i = 0; i < irc->n_sent; i++) {
		if (irc->sent[i] != id)
			continue;
		drop(irc, i);
		return true;
	}
	return false;
}
