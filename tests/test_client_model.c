/*
 * What the server tells about conversations, taken into the model: each message once and in its
 * place, unread counts, markers, what became of own messages; and nothing of what is not as it
 * should be.
 */
#include "client/screen/event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static struct client_model model;

static void
set_up(void)
{
	ck_assert_int_eq(client_model_init(&model, "messi"), 0);
}

static void
tear_down(void)
{
	client_model_free(&model);
}

static json_t *
read_json(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	ck_assert_msg(json != NULL, "%s", text);
	return json;
}

/* Takes an event; whether it brought a message of another that was not known. */
static bool
hear(const char *text)
{
	struct client_model_conversation *c;
	json_t *event = read_json(text);
	bool is_new = client_screen_event_take(&model, event, &c) != NULL;

	json_decref(event);
	return is_new;
}

static struct client_model_conversation *
find(const char *who)
{
	struct client_model_conversation *c = client_model_find(&model, who);

	ck_assert_msg(c != NULL, "%s", who);
	return c;
}

#define MESSAGE(id, from, text)                                     \
	"{\"event\":\"message\",\"with\":\"henderson\",\"id\":" #id \
	",\"time\":\"2026-11-21T04:51:12.345Z\",\"from\":\"" from "\",\"text\":\"" text "\"}"

START_TEST(test_each_message_once_and_in_its_place)
{
	const struct client_model_conversation *c;

	ck_assert(hear(MESSAGE(5, "henderson", "lima")));
	ck_assert(hear(MESSAGE(9, "henderson", "sembilan")));
	ck_assert(hear(MESSAGE(7, "henderson", "tujuh")));
	ck_assert(!hear(MESSAGE(5, "henderson", "lagi")));
	ck_assert(!hear(MESSAGE(10, "messi", "sendiri")));
	c = find("HENDERSON"); /* names are the same in any case */
	ck_assert_uint_eq(c->n, 4);
	ck_assert_str_eq(c->messages[0].text, "lima");
	ck_assert_str_eq(c->messages[1].text, "tujuh");
	ck_assert_str_eq(c->messages[2].text, "sembilan");
	ck_assert_int_eq(c->messages[0].time_ms, INT64_C(1795236672345));
	ck_assert_uint_eq(c->unread, 2); /* what came late was counted by the server */
	ck_assert_uint_eq(c->last, 10);
	ck_assert_uint_eq(model.newest, 10);
}
END_TEST

START_TEST(test_markers_never_go_back)
{
	struct client_model_conversation *c;

	for (int i = 0; i < 3; i++)
		hear(i == 0      ? MESSAGE(1, "henderson", "a")
		        : i == 1 ? MESSAGE(2, "henderson", "b")
		                 : MESSAGE(3, "henderson", "c"));
	c = find("henderson");
	ck_assert_uint_eq(c->unread, 3);
	hear("{\"event\":\"read\",\"with\":\"henderson\",\"id\":2}");
	ck_assert_uint_eq(c->unread, 1);
	hear("{\"event\":\"read\",\"with\":\"henderson\",\"id\":1}");
	ck_assert_uint_eq(c->unread, 1);
	ck_assert_uint_eq(c->read, 2);
	hear("{\"event\":\"read\",\"with\":\"henderson\",\"id\":3}");
	ck_assert_uint_eq(client_model_count_unread(&model, NULL), 0);
}
END_TEST

START_TEST(test_the_list_and_pages_of_history)
{
	json_t *list = read_json("{\"conversations\":[{\"with\":\"#kopi\",\"last\":20,\"unread\":2,"
	                         "\"members\":3},{\"with\":\"ada\",\"last\":30,\"unread\":0,"
	                         "\"online\":true},{\"with\":\"../x y\",\"last\":40},7]}");
	json_t *new = read_json("{\"messages\":[{\"id\":19,\"from\":\"ada\",\"text\":\"s\"},"
	                        "{\"id\":20,\"from\":\"ada\",\"text\":\"t\"}],\"more\":true}");
	json_t *old = read_json("{\"messages\":[{\"id\":3,\"from\":\"ada\",\"text\":\"p\"},"
	                        "{\"id\":2,\"from\":\"ada\",\"text\":\"disorder\"},"
	                        "{\"id\":4,\"from\":\"ada\",\"file\":{\"name\":\"q\",\"size\":7}}],"
	                        "\"more\":false}");
	struct client_model_conversation *c;

	ck_assert(client_screen_event_conversations(&model, list));
	ck_assert_uint_eq(model.n, 2);
	ck_assert_str_eq(model.list[0]->with, "ada");
	ck_assert(model.list[0]->online);
	c = find("#kopi");
	ck_assert_uint_eq(c->members, 3);
	ck_assert_uint_eq(client_model_count_unread(&model, NULL), 2);
	ck_assert_uint_eq(client_model_count_unread(&model, c), 0);
	ck_assert(client_screen_event_history(&model, c, new));
	ck_assert(c->older);
	ck_assert(client_screen_event_history(&model, c, old));
	ck_assert(!c->older);
	ck_assert_uint_eq(c->n, 4);
	ck_assert_uint_eq(c->messages[0].id, 3);
	ck_assert_uint_eq(c->messages[1].id, 4);
	ck_assert_str_eq(c->messages[1].file, "q");
	ck_assert_uint_eq(c->messages[3].id, 20);
	ck_assert(!client_screen_event_history(&model, c, list));
	json_decref(list);
	json_decref(new);
	json_decref(old);
}
END_TEST

START_TEST(test_presence_members_and_delivery)
{
	struct client_model_conversation *c;

	hear("{\"event\":\"presence\",\"user\":\"siapa\",\"online\":true}");
	ck_assert_uint_eq(model.n, 0); /* nobody one talks with */
	hear(MESSAGE(1, "messi", "halo"));
	hear("{\"event\":\"presence\",\"user\":\"henderson\",\"online\":true}");
	c = find("henderson");
	ck_assert(c->has_presence && c->online);
	hear("{\"event\":\"delivery\",\"with\":\"henderson\",\"id\":1,\"delivery\":\"refused\","
	     "\"reason\":\"no_user\"}");
	ck_assert_int_eq(c->messages[0].delivery, CLIENT_MODEL_REFUSED);
	ck_assert_str_eq(c->messages[0].reason, "there is no such user");
	hear(MESSAGE(2, "messi", "apa"));
	hear("{\"event\":\"delivery\",\"with\":\"henderson\",\"id\":2,\"delivery\":\"refused\","
	     "\"reason\":\"penuh\\u001b[2J\"}");
	ck_assert_ptr_null(strchr(c->messages[1].reason, 033));
	c = client_model_open(&model, "#kopi");
	c->members = 1;
	hear("{\"event\":\"member\",\"group\":\"#kopi\",\"user\":\"ada\",\"joined\":true}");
	ck_assert_uint_eq(c->members, 2);
	hear("{\"event\":\"member\",\"group\":\"#kopi\",\"user\":\"ada\",\"joined\":false}");
	ck_assert_uint_eq(c->members, 1);
}
END_TEST

/* What was delivered says the same of all before it of which nothing else was said. */
START_TEST(test_delivered_holds_for_earlier_ones)
{
	static const enum client_model_delivery before[] = { CLIENT_MODEL_QUEUED,
		CLIENT_MODEL_REFUSED, CLIENT_MODEL_NO_DELIVERY, CLIENT_MODEL_QUEUED,
		CLIENT_MODEL_QUEUED };
	static const enum client_model_delivery after[] = { CLIENT_MODEL_DELIVERED,
		CLIENT_MODEL_REFUSED, CLIENT_MODEL_NO_DELIVERY, CLIENT_MODEL_DELIVERED,
		CLIENT_MODEL_QUEUED };
	struct client_model_conversation *c = client_model_open(&model, "a@b");

	for (uint64_t i = 0; i < 5; i++) {
		struct client_model_message m = { .id = i + 1,
			.from = strdup(i == 2 ? "a" : "messi"),
			.text = strdup("x"),
			.delivery = before[i] };

		ck_assert(client_model_add(&model, c, &m));
	}
	hear("{\"event\":\"delivery\",\"with\":\"a@b\",\"id\":4,\"delivery\":\"delivered\"}");
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(c->messages[i].delivery, after[i]);
}
END_TEST

/* Replies and markers may be ahead of the events: only these tell from where watching goes on. */
START_TEST(test_watching_goes_on_behind_its_events)
{
	json_t *list = read_json("{\"conversations\":[{\"with\":\"henderson\",\"last\":300}]}");
	json_t *page = read_json("{\"messages\":[{\"id\":310,\"from\":\"a\",\"text\":\"b\"}]}");
	struct client_model_conversation *c;
	char key[CLIENT_MODEL_KEY_SIZE];

	ck_assert(client_screen_event_conversations(&model, list));
	ck_assert_uint_eq(model.newest, 300); /* the first list is the beginning */
	c = find("henderson");
	ck_assert(client_screen_event_history(&model, c, page));
	hear("{\"event\":\"read\",\"with\":\"henderson\",\"id\":320}");
	memcpy(key, client_model_send(&model, c, "satu", NULL)->key, sizeof(key));
	client_model_settle(&model, key, 330, 1);
	json_object_set_new(json_array_get(json_object_get(list, "conversations"), 0), "last",
	    json_integer(340));
	ck_assert(client_screen_event_conversations(&model, list));
	ck_assert_uint_eq(model.newest, 300);
	hear(MESSAGE(305, "henderson", "terlambat"));
	ck_assert_uint_eq(model.newest, 305);
	hear(MESSAGE(330, "messi", "satu"));
	ck_assert_uint_eq(model.newest, 330);
	json_decref(list);
	json_decref(page);
}
END_TEST

/* A page without anything older is the last one, whatever it says. */
START_TEST(test_pages_go_back)
{
	json_t *page =
	    read_json("{\"messages\":[{\"id\":5,\"from\":\"a\",\"text\":\"b\"}],\"more\":true}");
	struct client_model_conversation *c = client_model_open(&model, "a");

	ck_assert(client_screen_event_history(&model, c, page));
	ck_assert(c->older);
	ck_assert(client_screen_event_history(&model, c, page));
	ck_assert(!c->older);
	json_decref(page);
}
END_TEST

START_TEST(test_what_is_no_event_changes_nothing)
{
	static const char *const lies[] = {
		"{\"event\":\"message\"}",
		"{\"event\":\"message\",\"with\":7,\"id\":1}",
		"{\"event\":\"message\",\"with\":\"a b\",\"id\":1,\"from\":\"x\",\"text\":\"y\"}",
		"{\"event\":\"message\",\"with\":\"ada\",\"id\":-1,\"from\":\"x\",\"text\":\"y\"}",
		"{\"event\":\"message\",\"with\":\"ada\",\"id\":\"1\",\"from\":\"x\",\"text\":"
		"\"y\"}",
		"{\"event\":\"message\",\"with\":\"ada\",\"id\":1.5}",
		"{\"event\":\"read\",\"id\":3}",
		"{\"event\":\"tari\",\"with\":\"ada\"}",
		"{\"event\":[]}",
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		ck_assert_msg(!hear(lies[i]), "%s", lies[i]);
	for (size_t i = 0; i < model.n; i++)
		ck_assert_uint_eq(model.list[i]->n, 0);
	/* A text that would act on a terminal is a text. */
	ck_assert(hear(MESSAGE(1, "hen\\u001b[1mderson", "\\u202e\\u0007\\nb")));
	ck_assert_str_eq(find("henderson")->messages[0].from, "hen\xef\xbf\xbd[1mderson");
	ck_assert_str_eq(find("henderson")->messages[0].text, "\xef\xbf\xbd\xef\xbf\xbd\nb");
}
END_TEST

START_TEST(test_own_messages_keep_key_and_order)
{
	struct client_model_conversation *c = client_model_open(&model, "ada");
	char first[CLIENT_MODEL_KEY_SIZE], second[CLIENT_MODEL_KEY_SIZE];

	memcpy(first, client_model_send(&model, c, "satu", NULL)->key, sizeof(first));
	memcpy(second, client_model_send(&model, c, "dua", NULL)->key, sizeof(second));
	ck_assert_str_ne(first, second);
	model.pending[0].sent = model.pending[1].sent = true;
	client_model_unsend(&model); /* a cut: the same again, in the same order */
	ck_assert_str_eq(model.pending[0].key, first);
	ck_assert(!model.pending[0].sent && !model.pending[1].sent);
	/* The watch tells of it before the reply does, or after: it is there once. */
	client_model_settle(&model, first, 5, 1);
	client_model_settle(&model, first, 5, 1);
	hear("{\"event\":\"message\",\"with\":\"ada\",\"id\":5,\"from\":\"messi\",\"text\":"
	     "\"satu\"}");
	ck_assert_uint_eq(c->n, 1);
	ck_assert_uint_eq(model.n_pending, 1);
	client_model_refuse(&model, second, "tidak");
	ck_assert_str_eq(model.pending[0].error, "tidak");
	client_model_close(&model, c);
	ck_assert_uint_eq(model.n_pending, 0);
	ck_assert_ptr_null(client_model_find(&model, "ada"));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("client_model");
	TCase *tcase = tcase_create("model");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_each_message_once_and_in_its_place);
	tcase_add_test(tcase, test_markers_never_go_back);
	tcase_add_test(tcase, test_the_list_and_pages_of_history);
	tcase_add_test(tcase, test_presence_members_and_delivery);
	tcase_add_test(tcase, test_delivered_holds_for_earlier_ones);
	tcase_add_test(tcase, test_watching_goes_on_behind_its_events);
	tcase_add_test(tcase, test_pages_go_back);
	tcase_add_test(tcase, test_what_is_no_event_changes_nothing);
	tcase_add_test(tcase, test_own_messages_keep_key_and_order);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return suite_run(make_suite());
}
