/* dialect_irc_welcome: numerics 001 to 005, LUSERS, MOTD, and where the user is a member. */
#include "dialect/irc/welcome.h"

#include <stdio.h>
#include <time.h>

#include "chat/group_list.h"
#include "chat/history/page.h"
#include "chat/realm/peer.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/event.h"
#include "dialect/irc/manage.h"
#include "dialect/irc/monitor.h"
#include "dialect/irc/out.h"
#include "dialect/irc/replay.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define SUPPORT_IN_LINE 10 /* tokens in one line of RPL_ISUPPORT */

#define TEXT_OF(number)      TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(value) #value

/* What RPL_ISUPPORT tells besides the realm's name. */
static const char *const support[] = {
	"CASEMAPPING=ascii",
	"CHANTYPES=#",
	"CHANMODES=b,k,l,imnst",
	"PREFIX=(ov)@+",
	"NICKLEN=" TEXT_OF(NAME_MAX_BYTES),
	"CHANNELLEN=" TEXT_OF(NAME_MAX_BYTES),
	"TOPICLEN=390",
	"KICKLEN=390",
	"AWAYLEN=255",
	"KEYLEN=32",
	"MODES=20",
	"MAXLIST=b:64",
	"TARGMAX=NAMES:1,LIST:,KICK:20,WHOIS:1,PRIVMSG:4,NOTICE:4,TAGMSG:4,MONITOR:,JOIN:,PART:",
	"MONITOR=" TEXT_OF(IRC_MONITOR_MOST),
	"WHOX",
	"UTF8ONLY",
	"BOT=B",
	"ELIST=CMNTU",
	"SAFELIST",
	"CHATHISTORY=" TEXT_OF(CHAT_PAGE_MOST),
	"MSGREFTYPES=msgid,timestamp",
};

static void
send_support(struct dialog *dialog)
{
	char tokens[512];
	size_t len = 0;

	len += (size_t)snprintf(tokens, sizeof(tokens), "NETWORK=%s", dialect_irc_server(dialog));
	for (size_t i = 0; i < sizeof(support) / sizeof(support[0]); i++) {
		len += (size_t)snprintf(tokens + len, sizeof(tokens) - len, " %s", support[i]);
		if ((i + 2) % SUPPORT_IN_LINE != 0 && i + 1 < sizeof(support) / sizeof(support[0]))
			continue;
		dialect_irc_numeric(dialog, RPL_ISUPPORT, "%s",
		    tokens[0] == ' ' ? tokens + 1 : tokens);
		len = 0;
	}
}

struct counts {
	unsigned int clients;
	unsigned int unknown;
};

static int
count_client(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct counts *counts = arg;

	(void)slot;
	if (entry->user == 0)
		counts->unknown++;
	else
		counts->clients++;
	return 0;
}

void
dialect_irc_lusers(struct dialog *dialog, const struct irc_line *line)
{
	struct counts counts = { .clients = 0 };
	struct chat *chat = &dialog->chat;
	struct chat_set names = chat_group_names();
	uint32_t groups = 0;

	(void)line;
	if (chat->scoreboard != NULL)
		scoreboard_list_fast(chat->scoreboard, count_client, &counts);
	(void)chat_set_count(chat, &names, &groups);
	dialect_irc_numeric(dialog, RPL_LUSERCLIENT,
	    ":There are %u users and 0 invisible on 1 servers", counts.clients);
	dialect_irc_numeric(dialog, RPL_LUSEROP, "0");
	dialect_irc_numeric(dialog, RPL_LUSERUNKNOWN, "%u", counts.unknown);
	dialect_irc_numeric(dialog, RPL_LUSERCHANNELS, "%u", groups);
	dialect_irc_numeric(dialog, RPL_LUSERME, ":I have %u clients and 0 servers",
	    counts.clients);
	dialect_irc_numeric(dialog, RPL_LOCALUSERS, "%u %u :Current local users %u, max %u",
	    counts.clients, counts.clients, counts.clients, counts.clients);
	dialect_irc_numeric(dialog, RPL_GLOBALUSERS, "%u %u :Current global users %u, max %u",
	    counts.clients, counts.clients, counts.clients, counts.clients);
}

void
dialect_irc_motd(struct dialog *dialog, const struct irc_line *line)
{
	(void)line;
	dialect_irc_numeric(dialog, ERR_NOMOTD, "%s", "");
}

void
dialect_irc_version(struct dialog *dialog, const struct irc_line *line)
{
	(void)line;
	dialect_irc_numeric(dialog, RPL_VERSION, "kabar-%s %s :", PACKAGE_VERSION,
	    dialect_irc_server(dialog));
	send_support(dialog);
}

void
dialect_irc_welcome(struct dialog *dialog)
{
	const char *server = dialect_irc_server(dialog);
	char source[IRC_SOURCE_SIZE];

	dialect_irc_numeric(dialog, RPL_WELCOME, ":Welcome to %s, %s", server,
	    dialect_irc_source(dialog, dialog->irc->nick, source));
	dialect_irc_numeric(dialog, RPL_YOURHOST, ":Your host is %s, running kabar-%s", server,
	    PACKAGE_VERSION);
	dialect_irc_numeric(dialog, RPL_CREATED, ":What is said here is kept for who is away");
	dialect_irc_numeric(dialog, RPL_MYINFO, "%s kabar-%s Biow biklmnostv bklov", server,
	    PACKAGE_VERSION);
	send_support(dialog);
	dialect_irc_lusers(dialog, NULL);
	dialect_irc_motd(dialog, NULL);
	if (!dialect_irc_event_begin(dialog))
		return;
	dialect_irc_channel_rejoin(dialog);
	dialect_irc_manage_show_invitations(dialog);
	dialect_irc_replay(dialog);
}
