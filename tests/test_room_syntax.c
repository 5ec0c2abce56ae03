/*
 * The request syntax of rooms: every request of the document byte for byte, JSON, people's own
 * ways of writing, mutilated requests, bounds, and escapes.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/room/syntax.h"
#include "steps.h"
#include "suite.h"

#define SHOWN_MAX  4096
#define LONG_LINE  65536
#define STEPS_MOST UINT64_C(2000) /* for a byte */

static const char *const names[] = { "FLAG", "SENDER", "RECEIVER", "CONTENT", "TYPE", "CODE",
	"username", "password", NULL };

static const char *const result_names[ROOM_SYNTAX_RESULTS] = {
	[ROOM_SYNTAX_PAIR] = "PAIR",
	[ROOM_SYNTAX_END] = "END",
	[ROOM_SYNTAX_NO_BRACE] = "NO_BRACE",
	[ROOM_SYNTAX_UNCLOSED] = "UNCLOSED",
	[ROOM_SYNTAX_NO_KEY] = "NO_KEY",
	[ROOM_SYNTAX_TOO_DEEP] = "TOO_DEEP",
	[ROOM_SYNTAX_TOO_MANY] = "TOO_MANY",
};

struct shown {
	char text[SHOWN_MAX];
	size_t len;
};

static void
show_text(struct shown *shown, const char *text, size_t len)
{
	ck_assert_uint_lt(shown->len + len, sizeof(shown->text));
	memcpy(shown->text + shown->len, text, len);
	shown->len += len;
	shown->text[shown->len] = '\0';
}

static void show_object(struct shown *, struct room_reader *);

static void
show_value(struct shown *shown, const struct room_reader *reader, const struct room_pair *pair)
{
	char decoded[SHOWN_MAX];
	struct room_reader inner;
	size_t len;

	if (pair->kind == ROOM_SYNTAX_OBJECT) {
		dialect_room_syntax_enter(&inner, reader, pair);
		show_object(shown, &inner);
		return;
	}
	if (pair->kind == ROOM_SYNTAX_LIST)
		show_text(shown, "list ", 5);
	ck_assert_int_eq(dialect_room_decode(pair, decoded, sizeof(decoded), &len), 0);
	show_text(shown, decoded, len);
}

/* key<value> for each pair, { } around an object; at last what stopped the reading. */
static void
show_object(struct shown *shown, struct room_reader *reader)
{
	struct room_pair pair;
	enum room_syntax_result result;

	show_text(shown, "{", 1);
	while ((result = dialect_room_syntax_next(reader, &pair)) == ROOM_SYNTAX_PAIR) {
		show_text(shown, pair.key, pair.key_len);
		show_text(shown, "<", 1);
		show_value(shown, reader, &pair);
		show_text(shown, ">", 1);
	}
	ck_assert_int_eq(dialect_room_syntax_next(reader, &pair), result);
	show_text(shown, "}", 1);
	if (result != ROOM_SYNTAX_END)
		show_text(shown, result_names[result], strlen(result_names[result]));
}

/* The bytes are read from memory of just their size, so that a sanitizer sees who reads on. */
static void
assert_known(const char *text, size_t len, const char *expected, const char *const *known)
{
	struct shown shown = { .len = 0 };
	char *copy = malloc(len == 0 ? 1 : len);
	struct room_reader reader;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	dialect_room_syntax_init(&reader, copy, len, known);
	show_object(&shown, &reader);
	ck_assert_msg(strcmp(shown.text, expected) == 0, "%s\n  read as   %s\n  and not as %s",
	    text, shown.text, expected);
	free(copy);
}

static void
assert_reads(const char *text, const char *expected)
{
	assert_known(text, strlen(text), expected, names);
}

START_TEST(test_document_reg)
{
	assert_reads("{\"FLAG”=“REG” , “SENDER”=“nama_client” , “RECEIVER” = “server” , “CONTENT” "
	             "={username=“username” password=“password”} , “TYPE=“TEXT” }",
	    "{FLAG<REG>SENDER<nama_client>RECEIVER<server>"
	    "CONTENT<{username<username>password<password>}>TYPE<TEXT>}");
}
END_TEST

START_TEST(test_document_login)
{
	assert_reads("{“FLAG”=“LOGIN” , “SENDER”=“nama_client” , “RECEIVER” = “server” , “CONTENT” "
	             "={username=“username” password=“password”} , “TYPE=“TEXT” }",
	    "{FLAG<LOGIN>SENDER<nama_client>RECEIVER<server>"
	    "CONTENT<{username<username>password<password>}>TYPE<TEXT>}");
}
END_TEST

START_TEST(test_document_rooms)
{
	static const char *const flags[] = { "MAKE_ROOM", "DEL_ROOM", "JOIN_ROOM" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		char text[512], expected[512];

		snprintf(text, sizeof(text),
		    "{“FLAG”=“%s” , “SENDER”=“nama_client” , “RECEIVER” = “server” , “CONTENT” "
		    "=nama_room, “TYPE=“TEXT” }",
		    flags[i]);
		snprintf(expected, sizeof(expected),
		    "{FLAG<%s>SENDER<nama_client>RECEIVER<server>CONTENT<nama_room>TYPE<TEXT>}",
		    flags[i]);
		assert_reads(text, expected);
	}
}
END_TEST

START_TEST(test_document_send)
{
	assert_reads("{“FLAG”=“SEND” , “SENDER”=“nama_client” , “RECEIVER” = “nama_room” , "
	             "“CONTENT” "
	             "=isi_chat, “TYPE=“TEXT” }",
	    "{FLAG<SEND>SENDER<nama_client>RECEIVER<nama_room>CONTENT<isi_chat>TYPE<TEXT>}");
}
END_TEST

START_TEST(test_document_quit)
{
	assert_reads("{“FLAG”=“QUIT_ROOM” , “SENDER”=“nama_client” , “RECEIVER” = “nama_room” , "
	             "“CONTENT” "
	             "=nama_room, “TYPE=“TEXT” }",
	    "{FLAG<QUIT_ROOM>SENDER<nama_client>RECEIVER<nama_room>CONTENT<nama_room>TYPE<TEXT>}");
}
END_TEST

START_TEST(test_document_logout)
{
	assert_reads("{“FLAG”=“LOGOUT” , “SENDER”=“nama_client” , “RECEIVER” = “server” , "
	             "“CONTENT” =“ username“ TYPE=“TEXT” }",
	    "{FLAG<LOGOUT>SENDER<nama_client>RECEIVER<server>CONTENT< username>TYPE<TEXT>}");
}
END_TEST

START_TEST(test_document_responses)
{
	assert_reads("{“FLAG”=“DATA” , “CONTENT” =“Login gagal ,password salah” , “TYPE=“TEXT” , "
	             "CODE=“BAD_PASS”}",
	    "{FLAG<DATA>CONTENT<Login gagal ,password salah>TYPE<TEXT>CODE<BAD_PASS>}");
	assert_reads("{“FLAG”=“DATA” , “CONTENT” =“anda berhasil terdaftar dengan username: "
	             "user_name” , "
	             "“TYPE=“TEXT” , CODE=“REG_OK”}",
	    "{FLAG<DATA>CONTENT<anda berhasil terdaftar dengan username: user_name>TYPE<TEXT>"
	    "CODE<REG_OK>}");
}
END_TEST

START_TEST(test_document_format)
{
	static const char text[] = "{atribut1=data1,atribut2=data2,atribut3=data3}";
	static const char expected[] = "{atribut1<data1>atribut2<data2>atribut3<data3>}";

	assert_known(text, strlen(text), expected, NULL);
}
END_TEST

START_TEST(test_json)
{
	assert_reads("{}", "{}");
	assert_reads("{ \"FLAG\" : \"REG\",\t\"CONTENT\":{\"username\":\"u\",\"password\":\"p\"}}",
	    "{FLAG<REG>CONTENT<{username<u>password<p>}>}");
	assert_reads("{\"a\":1,\"b\":-2.5e3,\"c\":true,\"d\":null,\"e\":\"\",\"\":\"x\"}",
	    "{a<1>b<-2.5e3>c<true>d<null>e<><x>}");
	assert_reads("{\"a\":{},\"b\":[1,[\"]\",\"\\\"]\"],{\"x\":2}],\"c\":[ ]}",
	    "{a<{}>b<list [1,[\"]\",\"\\\"]\"],{\"x\":2}]>c<list [ ]>}");
	assert_reads("{\"a b\":\"x\",\"c:d\":\"y\",\"“e”\":\"z\",\"f\\\"g\":\"\"}",
	    "{a b<x>c:d<y>“e”<z>f\\\"g<>}");
}
END_TEST

START_TEST(test_json_texts)
{
	assert_reads("{\"CONTENT\":\"a, TYPE: b\",\"TYPE\":\"TEXT\"}",
	    "{CONTENT<a, TYPE: b>TYPE<TEXT>}");
	assert_reads("{\"CONTENT\":\"“a”, \\\"TYPE\\\"=“b” }\",\"TYPE\":\"TEXT\"}",
	    "{CONTENT<“a”, \"TYPE\"=“b” }>TYPE<TEXT>}");
	assert_reads("{\"CONTENT\":\"ends with a space \",\":\":\"\",\",\":\"}\"}",
	    "{CONTENT<ends with a space >:<>,<}>}");
	assert_reads("{\"CONTENT\":\"\\\\\",\"TYPE\":\"\\\\\\\"\"}", "{CONTENT<\\>TYPE<\\\">}");
}
END_TEST

START_TEST(test_quotes)
{
	assert_reads("{FLAG=\"A\" SENDER=“B” RECEIVER=”C“ CONTENT=„D” TYPE=‟E‟}",
	    "{FLAG<A>SENDER<B>RECEIVER<C>CONTENT<D>TYPE<E>}");
	assert_reads("{“FLAG\"=“A” , \"SENDER”=“B” , RECEIVER”=“C” , “CONTENT=“D” , TYPE“=“E”}",
	    "{FLAG<A>SENDER<B>RECEIVER<C>CONTENT<D>TYPE<E>}");
	assert_reads("{FLAG=“A\" , TYPE=\"C\"}", "{FLAG<A>TYPE<C>}");
	assert_reads("{FLAG=\"A” , TYPE=“C”}", "{FLAG<A>TYPE<C>}");
	assert_reads("{“ FLAG ”=“A”,\"SENDER:\"B\",\"TYPE \"=\"C\"}", "{FLAG<A>SENDER<B>TYPE<C>}");
	assert_reads("{FLAG=“A”SENDER=“B”“TYPE”=“C”}", "{FLAG<A>SENDER<B>TYPE<C>}");
}
END_TEST

START_TEST(test_quotes_within)
{
	assert_reads("{CONTENT=“kata \"ya\", lalu pergi” , “TYPE=“TEXT” }",
	    "{CONTENT<kata \"ya\", lalu pergi>TYPE<TEXT>}");
	assert_reads("{CONTENT=“kata ”ya“ lalu pergi” , “TYPE=“TEXT” }",
	    "{CONTENT<kata ”ya“ lalu pergi>TYPE<TEXT>}");
	assert_reads("{CONTENT=\"kata \"ya\" lalu pergi\" , “TYPE=“TEXT” }",
	    "{CONTENT<kata \"ya\" lalu pergi>TYPE<TEXT>}");
	assert_reads("{CONTENT=“ya” katanya , “TYPE=“TEXT” }", "{CONTENT<“ya” katanya>TYPE<TEXT>}");
	assert_reads("{CONTENT=“,} TYPE: x ” , “TYPE=“TEXT” }", "{CONTENT<,} TYPE: x >TYPE<TEXT>}");
	assert_reads("{CONTENT=“C:\\new” , TYPE=\"\\q\\u12\"}", "{CONTENT<C:\\new>TYPE<\\q\\u12>}");
}
END_TEST

START_TEST(test_bare_values)
{
	assert_reads("{CONTENT =isi chat dengan spasi , “TYPE=“TEXT” }",
	    "{CONTENT<isi chat dengan spasi>TYPE<TEXT>}");
	assert_reads("{FLAG=LOGIN SENDER=x CONTENT={username=messi password=surabaya} TYPE:TEXT}",
	    "{FLAG<LOGIN>SENDER<x>CONTENT<{username<messi>password<surabaya>}>TYPE<TEXT>}");
	assert_reads("{flag:login,content:{username:a,b , password:c}d},type:text}",
	    "{flag<login>content<{username<a,b>password<c}d>}>type<text>}");
	assert_reads("{CONTENT=halo, apa kabar, kawan? , “TYPE=“TEXT” }",
	    "{CONTENT<halo, apa kabar, kawan?>TYPE<TEXT>}");
	assert_reads("{CONTENT=rapat jam: 10, catatan: x=5 , TYPE=TEXT}",
	    "{CONTENT<rapat jam: 10, catatan: x=5>TYPE<TEXT>}");
	assert_reads("{CONTENT=:-} {a} [b] } , TYPE=TEXT}", "{CONTENT<:-} {a} [b] }>TYPE<TEXT>}");
	assert_reads("{CONTENT={senyum} halo , TYPE=[x] y }",
	    "{CONTENT<{senyum} halo>TYPE<[x] y>}");
	assert_reads("{CONTENT= TYPE= }", "{CONTENT<>TYPE<>}");
	assert_reads("{CONTENT=,TYPE=}", "{CONTENT<>TYPE<>}");
	assert_reads("{CONTENT=1 , \"ANY\"=2,“THING”:3}", "{CONTENT<1>ANY<2>THING<3>}");
	assert_reads("{CONTENT=1 \"ANY\"=2}", "{CONTENT<1 \"ANY\"=2>}");
}
END_TEST

START_TEST(test_spaces_and_commas)
{
	assert_reads("  {  } ", "{}");
	assert_reads("{,}", "{}");
	assert_reads("{,FLAG  =  A ,, SENDER\t:\tB,}\r", "{FLAG<A>SENDER<B>}");
	assert_reads("{FLAG=A,SENDER={ , } , }", "{FLAG<A>SENDER<{}>}");
}
END_TEST

START_TEST(test_mutilated)
{
	assert_reads("", "{}NO_BRACE");
	assert_reads("   ", "{}NO_BRACE");
	assert_reads("halo", "{}NO_BRACE");
	assert_reads("“FLAG”=“REG”", "{}NO_BRACE");
	assert_reads("{", "{}UNCLOSED");
	assert_reads("{FLAG=REG", "{}UNCLOSED");
	assert_reads("{“FLAG”=“REG”", "{FLAG<REG>}UNCLOSED");
	assert_reads("{“FLAG”=“REG} ", "{FLAG<“REG>}");
	assert_reads("{\"FLAG\":\"REG", "{}UNCLOSED");
	assert_reads("{\"FLAG\":", "{}UNCLOSED");
	assert_reads("{\"FLAG\"", "{}NO_KEY");
	assert_reads("{FLAG}", "{}NO_KEY");
	assert_reads("{=REG}", "{}NO_KEY");
	assert_reads("{“”=REG}", "{}NO_KEY");
	assert_reads("{{FLAG=REG}}", "{}NO_KEY");
	assert_reads("{two words=REG}", "{}NO_KEY");
	assert_reads("{FLAG=“REG”} lagi", "{}UNCLOSED");
	assert_reads("{FLAG=“REG”,} lagi", "{}UNCLOSED");
	assert_reads("{} {}", "{}UNCLOSED");
	assert_reads("{CONTENT={username=“u” password}}", "{CONTENT<{username<“u” password>}>}");
	assert_reads("{CONTENT={username=“u” , TYPE=“TEXT”}",
	    "{CONTENT<{username<u>TYPE<TEXT>}>}UNCLOSED");
	assert_reads("{CONTENT=[1,2 , TYPE=“TEXT”}", "{CONTENT<[1,2>TYPE<TEXT>}");
	assert_reads("{\"CONTENT\":\"a\"; \"TYPE\":\"b\"}", "{CONTENT<\"a\";>TYPE<b>}");
}
END_TEST

START_TEST(test_nul_bytes)
{
	assert_known("\0{}", 3, "{}NO_BRACE", names);
	assert_known("{\0=1}", 5, "{}NO_KEY", names);
	assert_known("{FLAG=“\0”}", 14, "{FLAG<", names);
}
END_TEST

START_TEST(test_every_prefix)
{
	static const char text[] =
	    "{“FLAG”=“LOGIN” , \"SENDER\":\"a\\n\\ud83d\\ude00\" , “CONTENT” ={username=“u” "
	    "password=p,{[}} , “TYPE=[\"x\"]} ";

	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = malloc(len == 0 ? 1 : len);
		struct shown shown = { .len = 0 };
		struct room_reader reader;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, text, len);
		dialect_room_syntax_init(&reader, copy, len, names);
		show_object(&shown, &reader);
		free(copy);
	}
}
END_TEST

START_TEST(test_depth)
{
	assert_reads("{a={b={c={}}}}", "{a<{b<{c<{}>}>}>}");
	assert_reads("{a={b={c={d={}}}}}", "{}TOO_DEEP");
	assert_reads("{a=1,\"b\"={\"b\"={\"c\"={\"d\"={", "{a<1>}TOO_DEEP");
}
END_TEST

START_TEST(test_pairs)
{
	char text[16 * ROOM_SYNTAX_PAIRS_MAX] = "{";

	for (int i = 0; i < ROOM_SYNTAX_PAIRS_MAX; i++)
		strcat(text, "a=“”,");
	struct room_reader reader;
	struct room_pair pair;
	for (int more = 0; more < 2; more++) {
		dialect_room_syntax_init(&reader, text, strlen(text), names);
		for (int i = 0; i < ROOM_SYNTAX_PAIRS_MAX; i++)
			ck_assert_int_eq(dialect_room_syntax_next(&reader, &pair),
			    ROOM_SYNTAX_PAIR);
		ck_assert_int_eq(dialect_room_syntax_next(&reader, &pair),
		    more == 0 ? ROOM_SYNTAX_UNCLOSED : ROOM_SYNTAX_TOO_MANY);
		strcat(text, "b=“”}");
	}
}
END_TEST

START_TEST(test_key_length)
{
	char text[2 * ROOM_SYNTAX_KEY_MAX];

	for (int len = ROOM_SYNTAX_KEY_MAX; len <= ROOM_SYNTAX_KEY_MAX + 1; len++) {
		for (int form = 0; form < 2; form++) {
			struct room_reader reader;
			struct room_pair pair;

			memset(text, 'k', sizeof(text));
			snprintf(text, sizeof(text), form == 0 ? "{%.*s=1}" : "{\"%.*s\":1}", len,
			    "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk");
			dialect_room_syntax_init(&reader, text, strlen(text), names);
			ck_assert_int_eq(dialect_room_syntax_next(&reader, &pair),
			    len == ROOM_SYNTAX_KEY_MAX ? ROOM_SYNTAX_PAIR : ROOM_SYNTAX_NO_KEY);
		}
	}
}
END_TEST

START_TEST(test_escapes)
{
	assert_reads("{\"CONTENT\":\"a\\nb\\t\\\"\\\\\\/\\b\\f\\r\"}",
	    "{CONTENT<a\nb\t\"\\/\b\f\r>}");
	assert_reads("{\"CONTENT\":\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"}", "{CONTENT<Aé€😀>}");
	assert_reads("{CONTENT=\"a\\nb\"}", "{CONTENT<a\nb>}");
	assert_reads("{CONTENT=“a\\nb”}", "{CONTENT<a\\nb>}");
	assert_reads("{CONTENT=a\\nb}", "{CONTENT<a\\nb>}");
}
END_TEST

START_TEST(test_lone_surrogates)
{
	static const char *const texts[] = { "\\ud83d", "\\ude00", "\\ud83d\\n", "\\ud83dx",
		"\\ud83d\\ud83d", "\\ude00\\ud83d", "x\\ud83d\\u" };
	char out[64];
	size_t len;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct room_pair pair = { .value = texts[i],
			.value_len = strlen(texts[i]),
			.escaped = true };

		ck_assert_int_eq(dialect_room_decode(&pair, out, sizeof(out), &len), -1);
	}
}
END_TEST

START_TEST(test_decode_into_too_little)
{
	struct room_pair pair = { .value = "ab\\u20ac", .value_len = 8, .escaped = true };
	char out[5];
	size_t len;

	ck_assert_int_eq(dialect_room_decode(&pair, out, sizeof(out), &len), 0);
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(out, "ab€", 5);
	for (size_t size = 0; size < sizeof(out); size++)
		ck_assert_int_eq(dialect_room_decode(&pair, out, size, &len), -1);
}
END_TEST

START_TEST(test_keys_in_any_case)
{
	struct room_pair pair = { .key = "Flag", .key_len = 4 };

	ck_assert(dialect_room_syntax_key_is(&pair, "FLAG"));
	ck_assert(!dialect_room_syntax_key_is(&pair, "FLA"));
	ck_assert(!dialect_room_syntax_key_is(&pair, "FLAGS"));
}
END_TEST

/* How many steps it takes to read a line of this length: a beginning, then the part repeated. */
static uint64_t
read_long(const char *begin, const char *part, size_t size)
{
	static char text[LONG_LINE];
	size_t len = strlen(begin), part_len = strlen(part);
	struct room_reader reader;
	struct room_pair pair;
	uint64_t before = steps_taken();

	memcpy(text, begin, len);
	for (; len + part_len <= size; len += part_len)
		memcpy(text + len, part, part_len);
	dialect_room_syntax_init(&reader, text, len, names);
	while (dialect_room_syntax_next(&reader, &pair) == ROOM_SYNTAX_PAIR)
		;
	return steps_taken() - before;
}

/* Eight times the length is no more than a dozen times the work. */
static void
read_longer(const char *begin, const char *part)
{
	uint64_t before = read_long(begin, part, LONG_LINE / 64);

	for (size_t size = LONG_LINE / 8; size <= LONG_LINE; size *= 8) {
		uint64_t steps = read_long(begin, part, size);

		ck_assert_msg(steps <= 12 * before + size && steps <= STEPS_MOST * size,
		    "%s with %s: %zu bytes take %" PRIu64 " steps, an eighth takes %" PRIu64, begin,
		    part, size, steps, before);
		before = steps;
	}
}

START_TEST(test_long_lines)
{
	static const char *const parts[] = { " ", ",", "“", "\"", "}", "{", "[", "a ", "a,",
		"a=", "“a", "\"a\" ", "” TYPE", "},", "{a=", "\\", "a=\"”, " };
	static const char *const begins[] = { "{", "{a=", "{a=“", "{a=\"" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (size_t form = 0; form < sizeof(begins) / sizeof(begins[0]); form++)
			read_longer(begins[form], parts[i]);
	ck_assert_uint_gt(steps_taken(), LONG_LINE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("room_syntax");
	TCase *tcase = tcase_create("room_syntax");

	tcase_add_test(tcase, test_document_reg);
	tcase_add_test(tcase, test_document_login);
	tcase_add_test(tcase, test_document_rooms);
	tcase_add_test(tcase, test_document_send);
	tcase_add_test(tcase, test_document_quit);
	tcase_add_test(tcase, test_document_logout);
	tcase_add_test(tcase, test_document_responses);
	tcase_add_test(tcase, test_document_format);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_json_texts);
	tcase_add_test(tcase, test_quotes);
	tcase_add_test(tcase, test_quotes_within);
	tcase_add_test(tcase, test_bare_values);
	tcase_add_test(tcase, test_spaces_and_commas);
	tcase_add_test(tcase, test_mutilated);
	tcase_add_test(tcase, test_nul_bytes);
	tcase_add_test(tcase, test_every_prefix);
	tcase_add_test(tcase, test_depth);
	tcase_add_test(tcase, test_pairs);
	tcase_add_test(tcase, test_key_length);
	tcase_add_test(tcase, test_escapes);
	tcase_add_test(tcase, test_lone_surrogates);
	tcase_add_test(tcase, test_decode_into_too_little);
	tcase_add_test(tcase, test_keys_in_any_case);
	tcase_add_test(tcase, test_long_lines);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
