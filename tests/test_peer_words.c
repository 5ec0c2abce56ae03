/*
 * Every word of kabar-peering(7), from both sides, to the letter: what kabar-bridge says to a
 * receiver that a test plays, and what kabard answers to a sender that a test plays. The last test
 * reads the page, and demands that each word in it stands in one of the two tables.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "impostor.h"
#include "manual_page.h"
#include "peer_realm.h"
#include "realms.h"

#define PAGE  "man/kabar-peering.7"
#define HEARD 65536 /* bytes of what the bridge says */
#define REPLY 256
#define MESSI "'time':$*,'from':'messi@surabaya','name':'Lionel Messi',"

/*
 * A line of kabar-bridge, as a pattern of dialogue_matches(), and the replies, each on a line of
 * its own; NULL: none, or one that repeats a word of the line.
 */
struct exchange {
	const char *line;
	const char *reply;
};

static const struct exchange exchanges[] = {
	{ "hello 1 surabaya malang",
	    "{'status':'OK','hello':1,'realm':'malang','window':4096,'bytes':4194304,"
	    "'file_max':16777216}" },
	{ "resume $* 1", NULL },
	{ "void 1 1", "{'status':'OK','have':1}" },
	{ "message 2 {" MESSI "'to':'lineker','text':'halo'}",
	    "{'status':'ERROR','number':2,'reason':'no_user'}\n{'status':'OK','have':2}" },
	{ "message 3 {" MESSI "'users':['lineker','pele'],'text':'kalian'}",
	    "{'status':'OK','have':3}" },
	{ "message 4 {" MESSI "'group':'kopi','text':'ngopi?'}", "{'status':'OK','have':4}" },
	{ "file 5 {" MESSI "'to':'lineker','file':'a.txt','size':4,'hash':'$*'}",
	    "{'status':'OK','want':5,'offset':0}" },
	{ "chunk 5 0 aGFsbw==", "{'status':'OK','have':5}" },
	{ "settled $*", NULL },
	{ "ask $* info lineker", NULL },
	{ "ping $*", NULL },
};

#define EXCHANGES (sizeof(exchanges) / sizeof(exchanges[0]))

static char heard_path[REALM_PATH_MAX + 16];

/* As kabar-peering(7) has it for the lines whose reply repeats what was said. */
static void
reply_in_kind(struct impostor_talk *impostor, const char *line)
{
	char reply[REPLY], word[32];

	if (sscanf(line, "resume %16s", word) == 1)
		snprintf(reply, sizeof(reply), "{'status':'OK','resume':'%s','have':0}", word);
	else if (sscanf(line, "ask %31s", word) == 1)
		snprintf(reply, sizeof(reply),
		    "{'status':'OK','ask':%s,'info':{'username':'lineker','name':'Gary Lineker',"
		    "'country':'Inggris','online':true,'since':'2026-11-21T06:12:40Z'}}",
		    word);
	else if (sscanf(line, "ping %31s", word) == 1)
		snprintf(reply, sizeof(reply), "{'status':'OK','pong':%s}", word);
	else
		return;
	impostor_reply(impostor, reply);
}

static void
reply_to(struct impostor_talk *impostor, const struct exchange *exchange, const char *line)
{
	char reply[REPLY];
	const char *at = exchange->reply;

	if (at == NULL)
		reply_in_kind(impostor, line);
	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, "\n");

		snprintf(reply, sizeof(reply), "%.*s", (int)len, at);
		impostor_reply(impostor, reply);
		at += len + (at[len] == '\n');
	}
}

static bool
is_line(const struct exchange *exchange, const char *line)
{
	return dialogue_matches(&realms.talk[MALANG], exchange->line, line, strlen(line));
}

/* Writes down what it hears. */
static void
play_malang(struct impostor_talk *impostor, const void *arg)
{
	const char *line;
	FILE *heard = fopen(heard_path, "ae");

	(void)arg;
	if (heard == NULL || !impostor_shake_hands(impostor))
		return;
	while ((line = impostor_hear(impostor)) != NULL) {
		fprintf(heard, "%s\n", line);
		fflush(heard);
		for (size_t i = 0; i < EXCHANGES; i++)
			if (is_line(&exchanges[i], line))
				reply_to(impostor, &exchanges[i], line);
	}
	fclose(heard);
}

static bool
was_said(void *arg)
{
	const struct exchange *exchange = arg;
	static char line[HEARD];
	bool said = false;
	FILE *heard = fopen(heard_path, "re");

	while (heard != NULL && !said && fgets(line, sizeof(line), heard) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		said = is_line(exchange, line);
	}
	if (heard != NULL)
		fclose(heard);
	return said;
}

#define QUEUED(what) "{'status':'OK','message':'" what "','delivery':'queued'}\n"

START_TEST(bridge)
{
	snprintf(heard_path, sizeof(heard_path), "%s/heard", realms.realm[MALANG].dir);
	realms_configure(SURABAYA, "delivery_wait = 60\n"); /* the link is down at first */
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker dibuang\n"
	    "a< " QUEUED("Message sent to user in realm"));
	REALM_CTL(&realms.realm[SURABAYA], NULL, "queue", "drop", "malang");
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker halo\n"
	    "a< " QUEUED("Message sent to user in realm") "a> sendgrouprealm malang lineker,pele "
	                                                  "kalian\n"
	                                                  "a< " QUEUED(
	                                                      "Message sent to group in "
	                                                      "realm") "a> sendgrouprealm "
	                                                               "malang kopi "
	                                                               "ngopi?\n"
	                                                               "a< " QUEUED(
	                                                                   "Message sent "
	                                                                   "to group in "
	                                                                   "realm") "a> "
	                                                                            "sendf"
	                                                                            "ilere"
	                                                                            "alm "
	                                                                            "malan"
	                                                                            "g "
	                                                                            "linek"
	                                                                            "er "
	                                                                            "a."
	                                                                            "txt "
	                                                                            "aGFsb"
	                                                                            "w==\n"
	                                                                            "a<"
	                                                                            " " QUEUED(
	                                                                                "F"
	                                                                                "i"
	                                                                                "l"
	                                                                                "e"
	                                                                                " "
	                                                                                "s"
	                                                                                "e"
	                                                                                "n"
	                                                                                "t"
	                                                                                " "
	                                                                                "t"
	                                                                                "o"
	                                                                                " "
	                                                                                "u"
	                                                                                "s"
	                                                                                "e"
	                                                                                "r"
	                                                                                " "
	                                                                                "i"
	                                                                                "n"
	                                                                                " "
	                                                                                "r"
	                                                                                "e"
	                                                                                "a"
	                                                                                "l"
	                                                                                "m"));
	pid_t impostor = impostor_begin(MALANG, play_malang, NULL);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_run(SURABAYA,
	    "a> info lineker@malang\n"
	    "a< INFO {'username':'lineker','name':'Gary Lineker','country':'Inggris',"
	    "'online':true,'since':'2026-11-21T06:12:40Z'}\n");
	for (size_t i = 0; i + 1 < EXCHANGES; i++)
		ck_assert_msg(realm_until(was_said, (void *)(uintptr_t)&exchanges[i]),
		    "the bridge does not say: %s", exchanges[i].line);
	realms_await_queued(SURABAYA, MALANG, 0); /* so that the bridge waits for no answer */
	realm_clock_pass(&realms.clock[SURABAYA], 61 * 1000);
	ck_assert(realm_until(was_said, (void *)(uintptr_t)&exchanges[EXCHANGES - 1]));
	impostor_end(impostor);
}
END_TEST

/*
 * The receiver: what is said to kabard, and what it replies.
 */

#define LINEKER "'time':1700000000000,'from':'lineker@malang','name':'Gary Lineker',"
#define NO_HASH "0000000000000000000000000000000000000000000000000000000000000000"

static const char *const replies[] = {
	"p> hello 1 malang surabaya\n"
	"p< {'status':'OK','hello':1,'realm':'surabaya','window':4096,'bytes':4194304,"
	"'file_max':1024}\n",
	"p> resume " PEER_EPOCH " 0\n"
	"p< {'status':'OK','resume':'" PEER_EPOCH "','have':0}\n",
	"p> message 1 {" LINEKER "'to':'messi','text':'halo'}\n"
	"p< {'status':'OK','have':1}\n",
	"p> message 2 {" LINEKER "'users':['messi','pele'],'text':'halo'}\n"
	"p< {'status':'ERROR','number':2,'reason':'no_user'}\n"
	"p< {'status':'OK','have':2}\n",
	"p> message 3 {" LINEKER "'group':'teh','text':'halo'}\n"
	"p< {'status':'ERROR','number':3,'reason':'no_group'}\n"
	"p< {'status':'OK','have':3}\n",
	"p> message 4 {" LINEKER "'to':'messi','text':''}\n"
	"p< {'status':'ERROR','number':4,'reason':'bad_message'}\n"
	"p< {'status':'OK','have':4}\n",
	"p> message 5 {" LINEKER "'to':'messi','text':'dua'}\n"
	"p< {'status':'ERROR','number':5,'reason':'inbox_full'}\n"
	"p< {'status':'OK','have':5}\n",
	"p> file 6 {" LINEKER "'to':'henderson','file':'a.txt','size':2000,'hash':'" NO_HASH "'}\n"
	"p< {'status':'ERROR','number':6,'reason':'too_big'}\n"
	"p< {'status':'OK','have':6}\n",
	"p> file 7 {" LINEKER "'to':'henderson','file':'a/b','size':1,'hash':'" NO_HASH "'}\n"
	"p< {'status':'ERROR','number':7,'reason':'bad_file'}\n"
	"p< {'status':'OK','have':7}\n",
	"p> file 8 {" LINEKER "'to':'henderson','file':'b','size':1000,'hash':'" NO_HASH "'}\n"
	"p< {'status':'ERROR','number':8,'reason':'quota'}\n"
	"p< {'status':'OK','have':8}\n",
	"p> file 9 {" LINEKER "'to':'henderson','file':'c','size':1,'hash':'" NO_HASH "'}\n"
	"p< {'status':'OK','want':9,'offset':0}\n",
	"p> chunk 9 0 eA==\n"
	"p< {'status':'ERROR','number':9,'reason':'bad_file'}\n"
	"p< {'status':'OK','have':9}\n",
	"p> settled 9\n"
	"p> void 10 12\n"
	"p< {'status':'OK','have':12}\n",
	"a> auth henderson surabaya\n"
	"a< TOKEN h\n"
	"a> block lineker@malang\n"
	"a< OK Blocked\n",
	"p> message 13 {" LINEKER "'to':'henderson','text':'halo'}\n"
	"p< {'status':'ERROR','number':13,'reason':'blocked'}\n"
	"p< {'status':'OK','have':13}\n",
	"p> ask 7 info pele\n"
	"p< {'status':'ERROR','ask':7,'reason':'no_user'}\n",
	"p> ping 8\n"
	"p< {'status':'OK','pong':8}\n",
	"p> ask 9 info henderson\n"
	"p< {'status':'OK','ask':9,'info':{'username':'henderson','name':'Jordan Henderson',"
	"'country':'Inggris','online':true,'since':'$*Z'}}\n",
	"p> tidur\n"
	"p< {'status':'ERROR','fatal':'there is no such command','retry':false}\n"
	"p hears the end\n",
};

/* Reasons that the page names and kabar as a receiver never gives: a group's own rules, others. */
static const char *const heard_only[] = { "not_member", "refused" };

#define REPLIES (sizeof(replies) / sizeof(replies[0]))

START_TEST(receiver)
{
	peer_realm_configure(PEER_MALANG, "file_max = 1024\npeer_quota = 10\ninbox_max = 1\n");
	peer_realm_start();
	peer_realm_speak('p', PEER_MALANG);
	for (size_t i = 0; i < REPLIES; i++)
		peer_realm_run("%s", replies[i]);
}
END_TEST

/*
 * The page has no word that is in neither table.
 */

static bool
stands_in(const char *script, const char *word)
{
	char quoted[MANUAL_PAGE_LINE + 2], said[MANUAL_PAGE_LINE + 2];

	snprintf(quoted, sizeof(quoted), "'%s'", word);
	snprintf(said, sizeof(said), "%s ", word);
	return strstr(script, quoted) != NULL || strncmp(script, said, strlen(said)) == 0 ||
	    (strncmp(script, "p> ", 3) == 0 && strncmp(script + 3, said, strlen(said)) == 0);
}

static bool
is_known(const char *word)
{
	for (size_t i = 0; i < EXCHANGES; i++)
		if (stands_in(exchanges[i].line, word) ||
		    (exchanges[i].reply != NULL && stands_in(exchanges[i].reply, word)))
			return true;
	for (size_t i = 0; i < REPLIES; i++)
		if (stands_in(replies[i], word))
			return true;
	for (size_t i = 0; i < sizeof(heard_only) / sizeof(heard_only[0]); i++)
		if (strcmp(heard_only[i], word) == 0)
			return true;
	return false;
}

struct look {
	bool over; /* what older servers say is not of this protocol */
	unsigned int known;
	unsigned int unknown;
};

static void
look_up_word(struct look *look, const char *word)
{
	look->known += is_known(word);
	if (!is_known(word)) {
		printf("no table has %s\n", word);
		look->unknown++;
	}
}

/* The keys of an example. */
static void
look_up_keys(struct look *look, const char *text)
{
	char word[MANUAL_PAGE_LINE];
	const char *end;

	for (const char *at = text; (at = strchr(at, '"')) != NULL; at = end + 1) {
		end = strchr(at + 1, '"');
		if (end == NULL)
			return;
		snprintf(word, sizeof(word), "%.*s", (int)(end - at - 1), at + 1);
		if (end[1] == ':')
			look_up_word(look, word);
	}
}

static void
look_up_line(const struct manual_page_line *line, void *arg)
{
	struct look *look = arg;
	char word[MANUAL_PAGE_LINE];

	look->over |= strcmp(line->macro, "Sh") == 0 && strcmp(line->text, "OLDER SERVERS") == 0;
	if (look->over)
		return;
	if (strcmp(line->macro, "D1") == 0 && sscanf(line->text, "Ic %s", word) == 1)
		look_up_word(look, word);
	else if (strcmp(line->macro, "It Ql") == 0)
		look_up_word(look, line->text);
	else if (line->macro[0] == '\0')
		look_up_keys(look, line->text);
}

START_TEST(page)
{
	struct look look = { .over = false };

	manual_page_each(PAGE, look_up_line, &look);
	ck_assert(look.over);
	ck_assert_uint_eq(look.unknown, 0);
	ck_assert_uint_gt(look.known, 50);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer_words");
	TCase *tcase = realms_tcase(suite, "bridge", 2);

	tcase_add_test(tcase, bridge);
	tcase = peer_realm_tcase(suite, "receiver");
	tcase_add_test(tcase, receiver);
	tcase = tcase_create("page");
	tcase_add_test(tcase, page);
	suite_add_tcase(suite, tcase);
	return realm_run_suite(suite);
}
