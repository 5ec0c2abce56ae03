/*
 * Files through the real programs: every command of the dialects that send them, each reply to
 * the letter; limits, broken and broken-off bodies, and a file far bigger than its worker.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "realm_clock.h"
#include "realm_talk.h"

#define HALO      "aGFsbyBkdW5pYQ==" /* halo dunia */
#define SETTINGS  "file_max = 300000\nuser_quota = 700000"
#define HEAD      4096 /* bytes of a line at which it begins to stream */
#define FILES_WAY DIALOGUE_SOCKETPAIR

#define BIG_BYTES    (100LL * 1024 * 1024)
#define BIG_PIECE    49152 /* bytes, a multiple of three */
#define BIG_SETTINGS "file_max = 100M"
#ifdef __SANITIZE_ADDRESS__
#define WORKER_KB (64 * 1024) /* the sanitizer's own */
#else
#define WORKER_KB 4096 /* of memory of its own, at most */
#endif

static void
setup(void)
{
	realm_make(&realm, SETTINGS);
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
}

static void
setup_big(void)
{
	/* A process that hides its memory shows its size to root only. */
	realm_make(&realm, geteuid() == 0 ? BIG_SETTINGS : BIG_SETTINGS "\nsandbox = off\n");
}

/* messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l. */
static void
begin(int way, const char *dialect)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	for (int i = 0; i < 3; i++)
		talk.dialects[i] = dialect;
	realm_talk_log_in("auth");
}

/*
 * The files on the disk.
 */

static const char *
in_state(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%.200s/%s", realm.state, name);
	return path;
}

struct files {
	size_t n;
};

static bool
there_are(void *arg)
{
	const struct files *files = arg;

	return realm_count_files(&realm, "file") == files->n;
}

static void
assert_files(size_t n)
{
	struct files files = { .n = n };

	ck_assert_msg(realm_until(there_are, &files), "there are not %zu files", n);
}

/*
 * The commands.
 */

/* A listener of `realm` understands them, too, and answers as `files` does. */
static void
run_send_commands(void)
{
	dialogue_run(&talk,
	    "a> my_file $m\n"
	    "a< MESSAGES {}\n"
	    "a> send_file $m henderson halo.txt " HALO " \n"
	    "a< OK File Sent\n"
	    "a> send_file $m maradona halo.txt " HALO " \n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send_file 6ba7b810-9dad-41d1-80b4-00c04fd430c8 henderson halo.txt " HALO "\n"
	    "a< ERROR Session Tidak Ditemukan\n"
	    "d> send_file henderson halo.txt " HALO "\n"
	    "d< ERROR Session Tidak Ditemukan\n"
	    "a> send_file\n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a> send_file $m henderson \n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a> send_file $m henderson halo.txt\n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a> send_file $m henderson halo.txt \n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a> send_file $m henderson .. " HALO "\n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a> send_group_file $m kopi grup.txt " HALO " \n"
	    "a< OK File Sent\n"
	    "a> send_group_file $m teh grup.txt " HALO " \n"
	    "a< ERROR Group Tidak Ditemukan\n"
	    "c> send_group_file $l kopi grup.txt " HALO " \n"
	    "c< ERROR User Bukan Anggota Group\n"
	    "d> send_group_file kopi grup.txt " HALO " \n"
	    "d< ERROR Session Tidak Ditemukan\n");
}

static void
run_list_commands(void)
{
	dialogue_run(&talk,
	    /* without the token */
	    "b> send_file messi balas.txt " HALO "\n"
	    "b< OK File Sent\n"
	    "a> my_file $m \n"
	    "a< MESSAGES {'henderson':['halo.txt','balas.txt'],'kopi':['grup.txt']}\n"
	    "b> my_file\n"
	    "b< MESSAGES {'messi':['halo.txt','balas.txt'],'kopi':['grup.txt']}\n"
	    "c> my_file $l\n"
	    "c< MESSAGES {}\n"
	    "d> my_file\n"
	    "d< ERROR Session Tidak Ditemukan\n"
	    "a> my_file $m now\n"
	    "a< ERROR --Protocol Tidak Benar\n");
	dialogue_run(&talk,
	    "b> download_file $h messi halo.txt \n"
	    "b< {'status':'OK','messages':'Downloaded halo.txt','filename':'halo.txt',"
	    "'data':'" HALO "'}\n"
	    "a> download_file henderson halo.txt\n"
	    "a< {'status':'OK','messages':'Downloaded halo.txt','filename':'halo.txt',"
	    "'data':'" HALO "'}\n"
	    "b> download_file $h kopi grup.txt\n"
	    "b< {'status':'OK','messages':'Downloaded grup.txt','filename':'grup.txt',"
	    "'data':'" HALO "'}\n"
	    "b> download_file $h messi asiap\n"
	    "b< ERROR File Tidak Ditemukan\n"
	    "b> download_file $h aul halo.txt\n"
	    "b< ERROR File Tidak Ditemukan\n"
	    "c> download_file $l messi halo.txt\n"
	    "c< ERROR File Tidak Ditemukan\n"
	    "c> download_file $l kopi grup.txt\n"
	    "c< ERROR File Tidak Ditemukan\n"
	    "d> download_file messi halo.txt\n"
	    "d< ERROR Session Tidak Ditemukan\n"
	    "b> download_file $h messi\n"
	    "b< ERROR --Protocol Tidak Benar\n"
	    "b> download_file $h messi halo.txt x\n"
	    "b< ERROR --Protocol Tidak Benar\n");
}

START_TEST(files_commands)
{
	begin(_i, NULL);
	run_send_commands();
	run_list_commands();
}
END_TEST

START_TEST(files_commands_in_files)
{
	begin(_i, "files");
	talk.dialects[3] = "files";
	run_send_commands();
	run_list_commands();
}
END_TEST

START_TEST(realm_commands)
{
	begin(_i, NULL);
	dialogue_run(&talk,
	    "a> sendfile $m henderson a.txt " HALO " \n"
	    "a< OK File sent\n"
	    "a> sendfile henderson b.txt " HALO "\n"
	    "a< OK File sent\n"
	    "a> sendfile $m maradona a.txt " HALO "\n"
	    "a< ERROR User tidak ditemukan\n"
	    "d> sendfile henderson a.txt " HALO "\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "a> sendfile $m henderson\n"
	    "a< ERROR parameter salah\n"
	    "a> sendfile $m henderson a.txt \n"
	    "a< ERROR parameter salah\n"
	    "a> sendgroupfile $m kopi c.txt " HALO "\n"
	    "a< OK File sent to group\n"
	    "a> sendgroupfile $m teh c.txt " HALO "\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "c> sendgroupfile $l kopi c.txt " HALO "\n"
	    "c< ERROR User bukan anggota group\n"
	    "a> sendfilerealm $m surabaya henderson d.txt " HALO "\n"
	    "a< OK File sent to user in realm\n"
	    "a> sendfilerealm $m SURABAYA henderson d.txt " HALO "\n"
	    "a< OK File sent to user in realm\n"
	    "a> sendfilerealm $m jogja henderson d.txt " HALO "\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> sendfilerealm $m surabaya maradona d.txt " HALO "\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendfilerealm $m surabaya henderson " HALO "\n"
	    "a< ERROR parameter salah\n");
	dialogue_run(&talk,
	    "a> sendgroupfilerealm $m surabaya kopi e.txt " HALO "\n"
	    "a< OK File sent to group in realm\n"
	    "a> sendgroupfilerealm $m surabaya group:kopi f.txt " HALO "\n"
	    "a< OK File sent to group in realm\n"
	    "a> sendgroupfilerealm $m surabaya henderson,lineker g.txt " HALO "\n"
	    "a< OK File sent to group in realm\n"
	    "a> sendgroupfilerealm $m surabaya henderson,maradona h.txt " HALO "\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgroupfilerealm $m surabaya teh e.txt " HALO "\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> sendgroupfilerealm $m jogja kopi e.txt " HALO "\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "b> my_file $h\n"
	    "b< MESSAGES {'messi':['a.txt','b.txt','d.txt','g.txt'],"
	    "'kopi':['c.txt','e.txt','f.txt']}\n"
	    "c> my_file $l\n"
	    "c< MESSAGES {'messi':['g.txt']}\n");
}
END_TEST

/* The receiver's inbox shows the file in each dialect. */
START_TEST(inboxes)
{
	static const struct {
		const char *dialect;
		const char *inbox;
	} cases[] = {
		{ "realm",
		    "MESSAGES {'messi':[{'msg_from':'Lionel Messi','msg_to':'Jordan Henderson',"
		    "'msg':'File a.txt','file':'a.txt','file_name':'a.txt',"
		    "'file_content':'" HALO "'},{'msg_from':'Lionel Messi',"
		    "'msg_to':'kopi','msg':'File b.txt','file':'b.txt','group':'kopi',"
		    "'file_name':'b.txt','file_content':'" HALO "'}]}" },
		{ "show",
		    "MESSAGES {'messi':[{'msg_from':'Lionel Messi','msg_to':'Jordan Henderson',"
		    "'msg':' File a.txt \\r\\n'},{'msg_from':'Lionel Messi','msg_to':'kopi',"
		    "'msg':' File b.txt \\r\\n'}]}" },
		{ "login",
		    "MESSAGES {'messi':[{'msg_from':'Lionel Messi','msg_to':'Jordan Henderson',"
		    "'msg':' File a.txt \\r\\n'},{'msg_from':'Lionel Messi','msg_to':'kopi',"
		    "'msg':' File b.txt \\r\\n'}]}" },
		{ "files", "MESSAGES {}" },
	};

	dialogue_begin(&talk, &realm, FILES_WAY);
	talk.dialects[0] = "files";
	talk.dialects[1] = cases[_i].dialect;
	dialogue_runf(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> send_file $m henderson x/a.txt " HALO "\n"
	    "a< OK File Sent\n"
	    "a> send_group_file $m kopi b.txt " HALO "\n"
	    "a< OK File Sent\n"
	    "b> inbox $h\n"
	    "b< %s\n"
	    "b> inbox $h\n"
	    "b< MESSAGES {}\n",
	    cases[_i].inbox);
	/* Clients of `files` say so themselves. */
	dialogue_runf(&talk,
	    "a> send_group_file $m kopi b.txt " HALO "\n"
	    "a< OK File Sent\n"
	    "a> send_group $m kopi  Mengirim File b.txt ke file anda \n"
	    "a< OK Message Sent\n"
	    "b> inbox $h\n"
	    "b< %s\n",
	    strcmp(cases[_i].dialect, "files") == 0
	        ? "MESSAGES {'kopi':[{'msg_from':'Lionel Messi','msg_to':'kopi',"
	          "'msg':' Mengirim File b.txt ke file anda \\r\\n'}]}"
	        : "MESSAGES {'messi':[$*'},{'msg_from':$*Mengirim File b.txt ke file anda$*]}");
}
END_TEST

START_TEST(following)
{
	begin(_i, NULL);
	dialogue_run(&talk,
	    "b> follow $h\n"
	    "b< OK Following\n"
	    "a> sendfile $m henderson a.txt " HALO "\n"
	    "a< OK File sent\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel Messi',"
	    "'msg_to':'Jordan Henderson','msg':'File a.txt','file':'a.txt'}\n");
}
END_TEST

/*
 * Names and BASE64.
 */

START_TEST(names)
{
	begin(_i, NULL);
	dialogue_run(&talk,
	    "a> sendfile $m henderson \xe6\x96\x87\xe4\xbb\xb6-\xc3\xa9.txt " HALO "\n"
	    "a< OK File sent\n"
	    "a> sendfile $m henderson C:\\Users\\messi\\foto.png " HALO "\n"
	    "a< OK File sent\n"
	    "a> sendfile $m henderson ../../etc/passwd " HALO "\n"
	    "a< OK File sent\n"
	    "a> sendfile $m henderson \"quoted\" " HALO "\n"
	    "a< OK File sent\n"
	    "a> sendfile $m henderson dir/ " HALO "\n"
	    "a< ERROR parameter salah\n"
	    "a> sendfile $m henderson . " HALO "\n"
	    "a< ERROR parameter salah\n"
	    "a> sendfile $m henderson \xff.txt " HALO "\n"
	    "a< ERROR parameter salah\n"
	    "b> my_file $h\n"
	    "b< MESSAGES {'messi':['\xe6\x96\x87\xe4\xbb\xb6-\xc3\xa9.txt','foto.png','passwd',"
	    "'\\'quoted\\'']}\n"
	    "b> download_file $h messi \xe6\x96\x87\xe4\xbb\xb6-\xc3\xa9.txt\n"
	    "b< {'status':'OK','messages':'Downloaded \xe6\x96\x87\xe4\xbb\xb6-\xc3\xa9.txt',"
	    "'filename':'\xe6\x96\x87\xe4\xbb\xb6-\xc3\xa9.txt','data':'" HALO "'}\n"
	    "b> download_file $h messi C:\\Users\\henderson\\foto.png\n"
	    "b< {'status':'OK','messages':'Downloaded foto.png','filename':'foto.png',"
	    "'data':'" HALO "'}\n");
	/* No name has become a path. */
	assert_files(1);
	ck_assert_int_ne(access(in_state("passwd"), F_OK), 0);
	ck_assert_int_ne(access(in_state("../etc"), F_OK), 0);
}
END_TEST

START_TEST(base64_forms)
{
	static const struct {
		const char *given;
		const char *data; /* NULL: refused */
	} cases[] = {
		{ HALO, HALO },
		{ "b'" HALO "'", HALO },
		{ "b\"" HALO "\"", HALO },
		{ "aGFsbyBkdW5pYQ", HALO },
		{ " " HALO " ", HALO },
		{ "b''", "" },
		{ " ", "" },
		{ "AAAA", "AAAA" },
		{ "!!!!", NULL },
		{ "aGFs*yBk", NULL },
		{ "aGFsb", NULL },
		{ "aGFsb===", NULL },
		{ "aGFsbw=", NULL },
		{ "aGFs bG8=", NULL },
		{ "b'aGFs", NULL },
		{ "b'aGFs\"", NULL },
		{ "aGFs\"", NULL },
	};

	begin(_i, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		dialogue_runf(&talk, "a> send_file $m henderson a %s\n", cases[i].given);
		if (cases[i].data == NULL)
			dialogue_run(&talk, "a< ERROR --Protocol Tidak Benar\n");
		else
			dialogue_runf(&talk,
			    "a< OK File Sent\n"
			    "a> download_file $m henderson a\n"
			    "a< {'status':'OK','messages':'Downloaded a','filename':'a',"
			    "'data':'%s'}\n",
			    cases[i].data);
	}
}
END_TEST

/*
 * Bodies longer than a line may be.
 */

/* len characters of BASE64 that nobody has to decode, each group of them alike. */
static char *
letters(size_t len)
{
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		text[i] = "QUJD"[i % 4];
	text[len] = '\0';
	return text;
}

static void
send_bytes(char speaker, const char *text, size_t len)
{
	dialogue_say(&talk, speaker, text, len);
}

/* Says a request whose body is so long; what is put around the body is up to the caller. */
static void
say_body(const char *before, size_t len, const char *after)
{
	char *body = letters(len);
	char head[HEAD * 2];
	int head_len = snprintf(head, sizeof(head), "%s", before);

	send_bytes('a', head, (size_t)head_len);
	send_bytes('a', body, len);
	send_bytes('a', after, strlen(after));
	free(body);
}

static void
assert_downloads(const char *name, size_t body_len)
{
	char *body = letters(body_len);
	char line[512];
	char *reply = NULL;
	size_t len, expected_len;
	const char *heard;
	FILE *out = open_memstream(&reply, &expected_len);

	ck_assert_ptr_nonnull(out);
	fprintf(out,
	    "{\"status\":\"OK\",\"messages\":\"Downloaded "
	    "%s\",\"filename\":\"%s\",\"data\":\"%s\"}",
	    name, name, body);
	ck_assert_int_eq(fclose(out), 0);
	snprintf(line, sizeof(line), "download_file henderson %s\r\n", name);
	send_bytes('a', line, strlen(line));
	heard = dialogue_hear(&talk, 'a', &len);
	ck_assert_uint_eq(len, expected_len);
	ck_assert_mem_eq(heard, reply, len);
	free(reply);
	free(body);
}

START_TEST(long_bodies)
{
	static const size_t lens[] = { 4000, 4096, 8192, 65536, 200000, 400000 };
	char before[64], name[16];

	begin(_i, NULL);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		snprintf(name, sizeof(name), "n%zu", i % 2);
		snprintf(before, sizeof(before), "send_file henderson %s %s", name,
		    i % 2 == 0 ? "b'" : "");
		say_body(before, lens[i], i % 2 == 0 ? "' \r\n" : "\r\n");
		dialogue_run(&talk, "a< OK File Sent\n");
		assert_downloads(name, lens[i]);
	}
}
END_TEST

/* Wherever the words end in what comes first of a line: in it, at its end, behind it. */
START_TEST(heads)
{
	char before[2 * HEAD];

	begin(_i, NULL);
	for (size_t words = HEAD - 4; words <= HEAD + 4; words++) {
		int len = snprintf(before, sizeof(before), "send_file henderson ");

		memset(before + len, '/', words);
		strcpy(before + words - 2, "f ");
		say_body(before, HEAD, "\r\n");
		/* The words must be in it. */
		dialogue_run(&talk,
		    words <= HEAD ? "a< OK File Sent\n" : "a< ERROR --Protocol Tidak Benar\n");
	}
	assert_downloads("f", HEAD);
}
END_TEST

/* Requests follow each other, whatever becomes of the bodies between them. */
START_TEST(pipelined)
{
	begin(_i, NULL);
	say_body("send_file henderson a ", 20000, " \r\nsend_file henderson b b'");
	say_body("", 20000, "'\r\nsend_file maradona c ");
	say_body("", 20000, "\r\nsend_file henderson d ");
	say_body("", 20001, "\r\nsend_file henderson e ");
	say_body("", 4097, "*");
	say_body("", 100000, "\r\nsend_file 6ba7b810-9dad-41d1-80b4-00c04fd430c8 henderson f ");
	say_body("", 70000, "\r\nnonsense ");
	say_body("", 70000, "\r\nmy_file\r\n");
	dialogue_run(&talk,
	    "a< OK File Sent\n"
	    "a< OK File Sent\n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a< ERROR --Protocol Tidak Benar\n"
	    "a< ERROR Session Tidak Ditemukan\n"
	    "a< ERROR parameter salah\n"
	    "a< MESSAGES {'henderson':['a','b']}\n");
}
END_TEST

/* The store may be another one when the file is complete. */
START_TEST(compacted_meanwhile)
{
	begin(_i, NULL);
	say_body("send_file henderson a ", 10000, "");
	assert_files(1);
	REALM_CTL(&realm, NULL, "compact");
	REALM_CTL(&realm, NULL, "group", "add", "teh", "messi");
	say_body("", 10000, "\r\n");
	dialogue_run(&talk, "a< OK File Sent\n");
	assert_downloads("a", 20000);
}
END_TEST

START_TEST(in_small_pieces)
{
	char *body = letters(9000);
	char line[10000];
	int len = snprintf(line, sizeof(line), "send_file henderson a b'%s' \r\n", body);

	begin(_i, NULL);
	for (int i = 0, piece; i < len; i += piece) {
		piece = 1 + i % 7;
		send_bytes('a', line + i, (size_t)(i + piece <= len ? piece : len - i));
	}
	dialogue_run(&talk, "a< OK File Sent\n");
	assert_downloads("a", 9000);
	free(body);
}
END_TEST

/* 400000 characters are FILE_MAX bytes. */
START_TEST(limits)
{
	begin(_i, NULL);
	say_body("sendfile henderson a ", 400000, "\r\n");
	dialogue_run(&talk, "a< OK File sent\n");
	say_body("sendfile henderson b ", 400004, "\r\n");
	dialogue_run(&talk, "a< ERROR File terlalu besar\n");
	say_body("send_file henderson b ", 900000, "\r\n");
	dialogue_run(&talk, "a< ERROR File Terlalu Besar\n");
	say_body("sendgroupfile kopi b ", 400000, "\r\n");
	dialogue_run(&talk, "a< OK File sent to group\n");
	say_body("sendfile lineker c ", 400000, "\r\n");
	dialogue_run(&talk, "a< ERROR Kuota file habis\n");
	say_body("send_file lineker c ", 400000, "\r\n");
	dialogue_run(&talk, "a< ERROR Kuota File Habis\n");
	/* There is room for 100000 bytes, and for as much again in place of another. */
	say_body("sendfile lineker c ", 133328, "AA\r\n");
	dialogue_run(&talk, "a< OK File sent\n");
	say_body("sendfile lineker c ", 133328, "AA==\r\n");
	dialogue_run(&talk, "a< OK File sent\n");
	say_body("sendfile henderson d ", 40, "\r\n");
	dialogue_run(&talk,
	    "a< ERROR Kuota file habis\n"
	    "a> sendfile henderson a " HALO "\n"
	    "a< OK File sent\n");
	say_body("sendfile henderson d ", 40, "\r\n");
	dialogue_run(&talk,
	    "a< OK File sent\n"
	    "a> my_file\n"
	    "a< MESSAGES {'henderson':['a','d'],'lineker':['c'],'kopi':['b']}\n");
}
END_TEST

/*
 * Uploads that break off.
 */

START_TEST(broken_off)
{
	begin(_i, NULL);
	say_body("send_file henderson a ", 100, "");
	dialogue_run(&talk, "a closes\n");
	assert_files(0);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	say_body("send_file henderson a ", 100000, "");
	assert_files(1);
	dialogue_run(&talk, "a closes\n");
	assert_files(0);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	say_body("send_file henderson a ", 100000, "");
	assert_files(1);
	dialogue_run(&talk,
	    "a finishes\n"
	    "a hears the end\n");
	assert_files(0);
	dialogue_run(&talk,
	    "b> my_file $h\n"
	    "b< MESSAGES {}\n"
	    "b> inbox $h\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* The server's own end cuts a body off, too. */
START_TEST(stopped)
{
	begin(DIALOGUE_TCP, NULL);
	say_body("send_file henderson a ", 100000, "");
	assert_files(1);
	ck_assert_int_eq(realm_stop(&realm), 0);
	assert_files(0);
	dialogue_run(&talk, "a hears the end\n");
}
END_TEST

/* An upload amid which nothing more comes ends as a silent connection does. */
START_TEST(silent)
{
	struct realm_clock clock;

	realm_clock_begin(&clock, realm.dir);
	realm_configure(&realm, "idle_timeout = 3m");
	begin(DIALOGUE_TCP, NULL);
	say_body("send_file henderson a ", 100000, "");
	assert_files(1);
	ck_assert_int_gt(realm_clock_pass_until(&clock, dialogue_fd(&talk, 'a')), 0);
	dialogue_run(&talk, "a hears the end\n");
	assert_files(0);
}
END_TEST

/* A killed worker's remains are the janitor's; the client had no reply. */
START_TEST(killed)
{
	begin(DIALOGUE_SOCKETPAIR, NULL);
	say_body("send_file henderson a ", 100000, "");
	assert_files(1);
	kill(talk.pids[0], SIGKILL);
	dialogue_run(&talk, "a hears the end\n");
	realm_await(talk.pids[0]);
	talk.pids[0] = 0;
	dialogue_run(&talk,
	    "a closes\n"
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> my_file\n"
	    "a< MESSAGES {}\n");
	assert_files(1);
}
END_TEST

/*
 * A file that is big.
 */

static void
fill_pattern(unsigned char *bytes, int64_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(((uint64_t)(at + (int64_t)i) * 2654435761u) >> 13);
}

/* Returns the private memory of the process in KB. */
static long
own_memory(pid_t pid)
{
	char path[64], line[256];
	long rss = 0, shared = 0, value;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Rss: %ld", &value) == 1)
			rss = value;
		else if (sscanf(line, "Shared_Clean: %ld", &value) == 1 ||
		    sscanf(line, "Shared_Dirty: %ld", &value) == 1)
			shared += value;
	}
	fclose(file);
	ck_assert_int_gt(rss, 0);
	return rss - shared;
}

static void
assert_small(pid_t pid, long *most)
{
	long kb = own_memory(pid);

	if (kb > *most)
		*most = kb;
	ck_assert_msg(kb < WORKER_KB, "the worker has %ld KB", kb);
}

static void
upload_big(pid_t pid, long *most)
{
	static unsigned char bytes[BIG_PIECE];
	static char text[BASE64_ENCODED_MAX(BIG_PIECE) + BASE64_TAIL_MAX];
	struct base64_encoder encoder;
	size_t len;

	base64_encode_init(&encoder);
	send_bytes('a', "send_file henderson big b'", 26);
	for (int64_t at = 0; at < BIG_BYTES; at += (int64_t)len) {
		int64_t left = BIG_BYTES - at;

		len = left < BIG_PIECE ? (size_t)left : BIG_PIECE;
		fill_pattern(bytes, at, len);
		send_bytes('a', text,
		    (size_t)base64_encode(&encoder, bytes, len, text, sizeof(text)));
		if (at / BIG_PIECE % 200 == 0)
			assert_small(pid, most);
	}
	send_bytes('a', text, base64_encode_end(&encoder, text));
	send_bytes('a', "'\r\n", 3);
	dialogue_run(&talk, "a< OK File Sent\n");
}

/* Reads until len bytes have come or something that no file holds. */
static size_t
hear_some(int fd, char *text, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t got;

	ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
	got = read(fd, text, size);
	ck_assert_int_gt(got, 0);
	return (size_t)got;
}

static void
download_big(pid_t pid, long *most)
{
	static const char head[] = "{\"status\":\"OK\",\"messages\":\"Downloaded big\","
	                           "\"filename\":\"big\",\"data\":\"";
	static unsigned char bytes[BASE64_DECODED_MAX(BIG_PIECE)], expected[sizeof(bytes)];
	static char text[BIG_PIECE];
	struct base64_decoder decoder;
	int fd = dialogue_fd(&talk, 'b');
	size_t len = 0, reads = 0;
	int64_t at = 0;

	base64_decode_init(&decoder);
	dialogue_say(&talk, 'b', "download_file messi big\r\n", 25);
	while (len < sizeof(head) - 1)
		len += hear_some(fd, text + len, sizeof(head) - 1 - len);
	ck_assert_mem_eq(text, head, len);
	for (const char *end = NULL; end == NULL;) {
		len = hear_some(fd, text, sizeof(text));
		end = memchr(text, '"', len);
		ssize_t n = base64_decode(&decoder, text, end == NULL ? len : (size_t)(end - text),
		    bytes, sizeof(bytes));

		ck_assert_int_ge(n, 0);
		fill_pattern(expected, at, (size_t)n);
		ck_assert_mem_eq(bytes, expected, (size_t)n);
		at += n;
		if (reads++ % 500 == 0)
			assert_small(pid, most);
	}
	ck_assert_int_eq(base64_decode_end(&decoder), 0);
	ck_assert_int_eq(at, BIG_BYTES);
}

START_TEST(big)
{
	long up = 0, down = 0;

	begin(DIALOGUE_SOCKETPAIR, NULL);
	upload_big(talk.pids[0], &up);
	download_big(talk.pids[1], &down);
	printf("a file of %lld bytes: the worker has %ld KB of its own at most while it comes, "
	       "%ld KB while it goes\n",
	    BIG_BYTES, up, down);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("files");
	TCase *tcase = realm_talk_tcase_with(suite, "commands", setup);

	ADD(tcase, files_commands);
	tcase_add_loop_test(tcase, files_commands_in_files, DIALOGUE_SOCKETPAIR, DIALOGUE_WAYS);
	ADD(tcase, realm_commands);
	tcase_add_loop_test(tcase, inboxes, 0, 4);
	ADD(tcase, following);
	tcase = realm_talk_tcase_with(suite, "bodies", setup);
	ADD(tcase, names);
	ADD(tcase, base64_forms);
	ADD(tcase, long_bodies);
	ADD(tcase, heads);
	ADD(tcase, pipelined);
	ADD(tcase, compacted_meanwhile);
	ADD(tcase, in_small_pieces);
	ADD(tcase, limits);
	tcase = realm_talk_tcase_with(suite, "broken off", setup);
	ADD(tcase, broken_off);
	tcase_add_test(tcase, stopped);
	tcase_add_test(tcase, silent);
	tcase_add_test(tcase, killed);
	tcase = realm_talk_tcase_with(suite, "big", setup_big);
	tcase_add_test(tcase, big);
	return realm_run_suite(suite);
}
