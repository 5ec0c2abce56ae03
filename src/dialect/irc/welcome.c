/* dialect_irc_welcome: numerics 001 to 005, LUSERS, MOTD, and where the user is a member. */
#include "dialect/irc/welcome.h"

#include <bsd/string.h>
#include <stdio.h>
#include <time.h>

#include "chat/ban.h"
#include "chat/group_list.h"
#include "chat/history/page.h"
#include "chat/realm/peer.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/event.h"
#include "dialect/irc/letter.h"
#include "dialect/irc/manage.h"
#include "dialect/irc/monitor.h"
#include "dialect/irc/out.h"
#include "dialect/irc/replay.h"
#include "dialect/irc/server.h"

#define SUPPORT_IN_LINE 10 /* tokens in one line of RPL_ISUPPORT */

/* A token of RPL_ISUPPORT. */
struct support {
	const char *token;
	int number; /* that stands behind it; 0: none */
};

/* What it tells besides the realm's name. */
static const struct support supported[] = {
	{ .token = "CASEMAPPING=ascii" },
	{ .token = "CHANTYPES=#" },
	{ .token = "CHANMODES=b,k,l,imnst" },
	{ .token = "PREFIX=(ov)@+" },
	{ .token = "NICKLEN=", .number = NAME_MAX_BYTES },
	{ .token = "CHANNELLEN=", .number = NAME_MAX_BYTES },
	{ .token = "TOPICLEN=", .number = CHAT_TOPIC_MAX },
	{ .token = "KICKLEN=", .number = CHAT_TOPIC_MAX },
	{ .token = "AWAYLEN=", .number = SCOREBOARD_AWAY_MAX - 1 },
	{ .token = "KEYLEN=", .number = CHAT_GROUP_KEY_MAX },
	{ .token = "MODES=", .number = IRC_MODES_MOST },
	{ .token = "MAXLIST=b:", .number = CHAT_BANS_MOST },
	{ .token = "TARGMAX=NAMES:1,LIST:,KICK:20,WHOIS:1,PRIVMSG:4,NOTICE:4,TAGMSG:4,MONITOR:,"
	           "JOIN:,PART:" },
	{ .token = "MONITOR=", .number = IRC_MONITOR_MOST },
	{ .token = "WHOX" },
	{ .token = "UTF8ONLY" },
	{ .token = "BOT=B" },
	{ .token = "ELIST=CMNTU" },
	{ .token = "SAFELIST" },
	{ .token = "CHATHISTORY=", .number = CHAT_PAGE_MOST },
	{ .token = "MSGREFTYPES=msgid,timestamp" },
};

static void
send_support(struct dialog *dialog)
{
	const size_t n = sizeof(supported) / sizeof(supported[0]);
	char tokens[IRC_BODY_MOST] = "", number[16];

	snprintf(tokens, sizeof(tokens), "NETWORK=%s", dialect_irc_server(dialog));
	for (size_t i = 0; i < n; i++) {
		snprintf(number, sizeof(number), "%d", supported[i].number);
		if (tokens[0] != '\0')
			strlcat(tokens, " ", sizeof(tokens));
		strlcat(tokens, supported[i].token, sizeof(tokens));
		if (supported[i].number != 0)
			strlcat(tokens, number, sizeof(tokens));
		if ((i + 2) % SUPPORT_IN_LINE != 0 && i + 1 < n)
			continue;
		dialect_irc_numeric(dialog, RPL_ISUPPORT, "%s", tokens);
		tokens[0] = '\0';
	}
}

struct counts {
	unsigned int visible;
	unsigned int invisible;
	unsigned int opers;
};

static int
count_client(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct counts *counts = arg;

	(void)slot;
	if (entry->user == 0)
		return 0;
	if ((entry->modes & IRC_MODE_INVISIBLE) != 0)
		counts->invisible++;
	else
		counts->visible++;
	counts->opers += (entry->modes & IRC_MODE_OPER) != 0;
	return 0;
}

/* Of those who have not logged in nobody knows here how many there are, so 253 is not sent. */
void
dialect_irc_lusers(struct dialog *dialog, const struct irc_line *line)
{
	struct counts counts = { .visible = 0 };
	struct chat *chat = &dialog->chat;
	struct chat_set names = chat_group_names();
	unsigned int clients;
	uint32_t groups = 0;

	if (line != NULL && !dialect_irc_server_is_here(dialog, line, 1))
		return;
	if (chat->scoreboard != NULL)
		scoreboard_list_fast(chat->scoreboard, count_client, &counts);
	clients = counts.visible + counts.invisible;
	(void)chat_set_count(chat, &names, &groups);
	dialect_irc_numeric(dialog, RPL_LUSERCLIENT,
	    ":There are %u users and %u invisible on 1 servers", counts.visible, counts.invisible);
	dialect_irc_numeric(dialog, RPL_LUSEROP, "%u", counts.opers);
	dialect_irc_numeric(dialog, RPL_LUSERCHANNELS, "%u", groups);
	dialect_irc_numeric(dialog, RPL_LUSERME, ":I have %u clients and 0 servers", clients);
	dialect_irc_numeric(dialog, RPL_LOCALUSERS, ":Current local users: %u", clients);
	dialect_irc_numeric(dialog, RPL_GLOBALUSERS, ":Current global users: %u", clients);
}

void
dialect_irc_motd(struct dialog *dialog, const struct irc_line *line)
{
	const char *motd = dialog->config->motd_text;
	struct chat_text rest = chat_text(motd == NULL ? "" : motd), text;

	if (line != NULL && !dialect_irc_server_is_here(dialog, line, 0))
		return;
	if (rest.len == 0) {
		dialect_irc_numeric(dialog, ERR_NOMOTD, "%s", "");
		return;
	}
	dialect_irc_numeric(dialog, RPL_MOTDSTART, ":- %s Message of the day -",
	    dialect_irc_server(dialog));
	if (rest.data[rest.len - 1] == '\n')
		rest.len--;
	while (dialect_irc_line_next(&rest, '\n', &text))
		dialect_irc_numeric(dialog, RPL_MOTD, ":- %.*s", (int)text.len, text.data);
	dialect_irc_numeric(dialog, RPL_ENDOFMOTD, "%s", "");
}

void
dialect_irc_version(struct dialog *dialog, const struct irc_line *line)
{
	if (!dialect_irc_server_is_here(dialog, line, 0))
		return;
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
