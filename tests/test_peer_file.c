/*
 * Another realm delivers files to a real kabard: in chunks, resumed where they were cut, not sent
 * again when the content is here; and its users find them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer_realm.h"

#define CHUNK 49152
#define BIG   (3 * CHUNK + 1000)

static unsigned char big[BIG];

static void
make_big(void)
{
	srand(3);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (unsigned char)rand();
}

static void
say_text(uint64_t number, const char *name, const char *content)
{
	peer_realm_file('p', number, name, content, strlen(content));
}

/* The file of this name that messi has from malang's lineker, in BASE64; or what is said instead.
 */
static void
check_download(const char *name, const char *says)
{
	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> download_file $m lineker@malang %s\n"
	               "a< %s\n",
	    name, says);
}

START_TEST(small)
{
	peer_realm_start();
	peer_realm_greet('p');
	say_text(1, "gol.txt", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
	/* Questions may come in between. */
	peer_realm_run("p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n"
	               "p> chunk 1 0 aGFsbyA=\n"
	               "p> chunk 1 5 ZHVuaWE=\n"
	               "p< {'status':'OK','have':1}\n"
	               "a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> my_file $m\n"
	               "a< MESSAGES {'lineker@malang':['gol.txt']}\n");
	check_download("gol.txt",
	    "{'status':'OK','messages':'Downloaded gol.txt','filename':'gol.txt','data':"
	    "'aGFsbyBkdW5pYQ=='}");
	check_download("lain.txt", "ERROR File Tidak Ditemukan");
	peer_realm_run("a> getrealminbox malang\n"
	               "a< {'status':'OK','messages':[{$*'msg':'File gol.txt'$*}]}\n");
}
END_TEST

/* The same content again is not asked for, whatever it is called and whoever gets it. */
START_TEST(not_sent_again)
{
	peer_realm_start();
	peer_realm_greet('p');
	say_text(1, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n"
	               "p> chunk 1 0 aGFsbyBkdW5pYQ==\n"
	               "p< {'status':'OK','have':1}\n");
	say_text(2, "b", "halo dunia");
	peer_realm_run("p< {'status':'OK','have':2}\n");
	say_text(3, "kosong", "");
	peer_realm_run("p< {'status':'OK','have':3}\n");
	check_download("b", "{$*'data':'aGFsbyBkdW5pYQ=='}");
	check_download("kosong", "{$*'data':''}");
}
END_TEST

/* Cut again and again, it goes on where it was. */
START_TEST(resumed)
{
	size_t offset = 0, len;

	make_big();
	peer_realm_start();
	for (int cut = 0; cut < 3; cut++) {
		ck_assert_uint_eq(peer_realm_greet('p'), 0);
		peer_realm_file('p', 1, "besar.bin", big, BIG);
		peer_realm_run("p< {'status':'OK','want':1,'offset':%zu}\n", offset);
		len = cut == 0 ? CHUNK : 100;
		peer_realm_chunk('p', 1, big, offset, len);
		offset += len;
		/* It has arrived when what is asked behind it is answered. */
		peer_realm_run("p> ping 1\n"
		               "p< {'status':'OK','pong':1}\n");
		dialogue_say(&talk, 'p', "chunk 1 ", 8);
		peer_realm_cut('p');
	}
	/* The other worker may be there still: what has been heard of is not lost. */
	peer_realm_greet('p');
	peer_realm_file('p', 1, "besar.bin", big, BIG);
	peer_realm_run("p< {'status':'OK','want':1,'offset':%zu}\n", offset);
	for (; offset < BIG; offset += len) {
		len = BIG - offset < CHUNK ? BIG - offset : CHUNK;
		peer_realm_chunk('p', 1, big, offset, len);
	}
	peer_realm_has('p', 1);
	check_download("besar.bin", "{'status':'OK','messages':'Downloaded besar.bin',$*}");
}
END_TEST

/* An older link that is half open does not keep a newer one from going on. */
START_TEST(taken_over)
{
	peer_realm_start();
	peer_realm_greet('p');
	say_text(1, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n"
	               "p> chunk 1 0 aGFsbyA=\n"
	               "p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n");
	peer_realm_greet('q');
	peer_realm_file('q', 1, "a", "halo dunia", 10);
	peer_realm_run("q< {'status':'OK','want':1,'offset':5}\n"
	               "p> chunk 1 5 WFhYWFg=\n"
	               "q> chunk 1 5 ZHVuaWE=\n"
	               "q< {'status':'OK','have':1}\n");
	check_download("a", "{$*'data':'aGFsbyBkdW5pYQ=='}");
}
END_TEST

/* The content is another one than the offer said. */
START_TEST(other_content)
{
	peer_realm_start();
	peer_realm_greet('p');
	say_text(1, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n"
	               "p> chunk 1 0 aGFsbyBkdW5pYSE=\n"
	               "p< {'status':'ERROR','fatal':'the content is longer than it was said to "
	               "be','retry':false}\n"
	               "p hears the end\n"
	               "p closes\n");
	peer_realm_greet('p');
	say_text(1, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n"
	               "p> chunk 1 0 SEFMTyBEVU5JQQ==\n"
	               "p< {'status':'ERROR','number':1,'reason':'bad_file'}\n"
	               "p< {'status':'OK','have':1}\n");
	/* A first part that was damaged is thrown away, and the whole is wanted again. */
	say_text(2, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':2,'offset':0}\n"
	               "p> chunk 2 0 SEFMTw==\n"
	               "p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n");
	peer_realm_cut('p');
	peer_realm_greet('p');
	say_text(2, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':2,'offset':4}\n"
	               "p> chunk 2 4 IGR1bmlh\n"
	               "p< {'status':'ERROR','fatal':'$*','retry':true}\n"
	               "p hears the end\n"
	               "p closes\n");
	peer_realm_greet('p');
	say_text(2, "a", "halo dunia");
	peer_realm_run("p< {'status':'OK','want':2,'offset':0}\n"
	               "p> chunk 2 0 aGFsbyBkdW5pYQ==\n"
	               "p< {'status':'OK','have':2}\n");
	check_download("a", "{$*'data':'aGFsbyBkdW5pYQ=='}");
}
END_TEST

/* These requests end the link amid a file. Its chunks stay. */
START_TEST(crimes)
{
	static const struct {
		const char *line;
		const char *says;
	} lines[] = { { "chunk 2 5 ZHVuaWE=", "this chunk is not the one that is wanted" },
		{ "chunk 1 4 IGR1bmlh", "this chunk is not the one that is wanted" },
		{ "chunk 1 6 dW5pYQ==", "this chunk is not the one that is wanted" },
		{ "chunk 1 5 ZHVua*E=", "this chunk is no BASE64, or too long" },
		{ "chunk 1 5 ZHVuaWEh", "the content is longer than it was said to be" },
		{ "message 2 {}", "a file is not complete yet" },
		{ "resume " PEER_EPOCH " 0", "a file is not complete yet" },
		{ "void 2 2", "this number is not the next one" } };

	peer_realm_start();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		peer_realm_greet('p');
		say_text(1, "a", "halo dunia");
		peer_realm_run("p< {'status':'OK','want':1,'offset':%d}\n", i == 0 ? 0 : 5);
		if (i == 0)
			peer_realm_run("p> chunk 1 0 aGFsbyA=\n");
		peer_realm_run("p> %s\n"
		               "p< {'status':'ERROR','fatal':'%s','retry':false}\n"
		               "p hears the end\n"
		               "p closes\n",
		    lines[i].line, lines[i].says);
	}
}
END_TEST

START_TEST(chunk_bounds)
{
	make_big();
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_file('p', 1, "besar.bin", big, BIG);
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
	peer_realm_chunk('p', 1, big, 0, CHUNK);
	peer_realm_run("p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n");
	peer_realm_chunk('p', 1, big, CHUNK, CHUNK + 1);
	peer_realm_run("p< {'status':'ERROR','fatal':'this chunk is no BASE64, or too long',"
	               "'retry':false}\n"
	               "p hears the end\n");
}
END_TEST

/* A file that cannot be delivered is refused before its content is wanted. */
START_TEST(refused)
{
	peer_realm_configure(PEER_MALANG, "file_max = 20 peer_quota = 30");
	peer_realm_start();
	peer_realm_greet('p');
	say_text(1, "a", "lebih dari dua puluh byte");
	peer_realm_run("p< {'status':'ERROR','number':1,'reason':'too_big'}\n"
	               "p< {'status':'OK','have':1}\n");
	say_text(2, "../a", "halo");
	peer_realm_run("p< {'status':'ERROR','number':2,'reason':'bad_file'}\n"
	               "p< {'status':'OK','have':2}\n");
	say_text(3, "a", "dua puluh byte genap");
	peer_realm_run("p< {'status':'OK','want':3,'offset':0}\n");
	peer_realm_chunk('p', 3, "dua puluh byte genap", 0, 20);
	peer_realm_has('p', 3);
	say_text(4, "b", "sebelas byte");
	peer_realm_run("p< {'status':'ERROR','number':4,'reason':'quota'}\n"
	               "p< {'status':'OK','have':4}\n");
	/* One whose content cannot be sent after all is taken back. */
	say_text(5, "c", "halo");
	peer_realm_run("p< {'status':'OK','want':5,'offset':0}\n"
	               "p> void 5 5\n"
	               "p< {'status':'OK','have':5}\n");
	say_text(6, "c", "halo");
	peer_realm_run("p< {'status':'OK','want':6,'offset':0}\n"
	               "p> chunk 6 0 aGFsbw==\n"
	               "p< {'status':'OK','have':6}\n");
}
END_TEST

/* What is over the day's bytes is not asked for; it waits at the realm that offers it. */
START_TEST(over_the_budget)
{
	static unsigned char content[250000];

	peer_realm_configure(PEER_MALANG, "peer_bytes = 300K\n");
	peer_realm_start();
	peer_realm_greet('p');
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (unsigned char)(i / 1000);
	peer_realm_file('p', 1, "satu", content, sizeof(content));
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
	for (size_t at = 0; at < sizeof(content); at += CHUNK)
		peer_realm_chunk('p', 1, content, at,
		    sizeof(content) - at < CHUNK ? sizeof(content) - at : CHUNK);
	peer_realm_has('p', 1);
	peer_realm_file('p', 2, "dua", content + 1, sizeof(content) - 1);
	peer_realm_run("p< {'status':'ERROR','fatal':'more has come than a day allows "
	               "(peer_bytes)','retry':true}\n"
	               "p hears the end\n"
	               "p closes\n");
	ck_assert_uint_eq(realm_count(&realm, "limit_peer_bytes_total"), 1);
	ck_assert_uint_eq(peer_realm_greet('q'), 1);
	peer_realm_message('q', 2, "halo");
	peer_realm_has('q', 2);
}
END_TEST

/* A content that is larger than a day's bytes comes in parts, one a day. */
START_TEST(larger_than_a_day)
{
	static unsigned char content[250000];

	peer_realm_configure(PEER_MALANG, "peer_bytes = 200K\n");
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_file('p', 1, "satu", content, sizeof(content));
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
}
END_TEST

/* A disk with too little room: neither a file nor a message is taken, or lost. */
START_TEST(low_space)
{
	static const char full[] = "{'status':'ERROR','fatal':'the disk is full','retry':true}";

	peer_realm_configure(PEER_MALANG, "min_free = 1000000G\n");
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_message('p', 1, "halo");
	peer_realm_run("p< %s\n"
	               "p hears the end\n"
	               "p closes\n",
	    full);
	ck_assert_uint_eq(peer_realm_greet('q'), 0);
	peer_realm_file('q', 1, "satu", big, BIG);
	peer_realm_run("q< %s\n"
	               "q hears the end\n"
	               "q closes\n",
	    full);
	ck_assert_uint_eq(peer_realm_greet('r'), 0);
	ck_assert_uint_eq(realm_count(&realm, "limit_min_free_total"), 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer_file");
	TCase *tcase = peer_realm_tcase(suite, "peer_file");

	tcase_add_test(tcase, small);
	tcase_add_test(tcase, not_sent_again);
	tcase_add_test(tcase, resumed);
	tcase_add_test(tcase, taken_over);
	tcase_add_test(tcase, other_content);
	tcase_add_test(tcase, crimes);
	tcase_add_test(tcase, chunk_bounds);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, over_the_budget);
	tcase_add_test(tcase, larger_than_a_day);
	tcase_add_test(tcase, low_space);
	return realm_run_suite(suite);
}
