/*
 * With `sync = on` a delivery of another realm is on the disk before it is acknowledged: messages,
 * contents of files with their names, also files begun over an earlier link, and those of a worker
 * that was killed before it had synced the name.
 */
#include <errno.h>
#include <string.h>

#include "peer_realm.h"
#include "realm_int.h"
#include "realm_sync.h"

#define CHUNK     49152
#define BIG       (2 * CHUNK)
#define DIRECTORY "*/state/file/[0-9a-f][0-9a-f]"

static unsigned char big[BIG];

/* A committer that runs already would not be watched. */
static void
begin(void)
{
	for (size_t i = 0; i < BIG; i++)
		big[i] = (unsigned char)(i * i >> 8);
	realm_sync_await_committer(&realm);
	realm_sync_begin(realm_room());
	peer_realm_configure(PEER_MALANG, "sync = on\n");
	peer_realm_start();
	ck_assert_uint_eq(peer_realm_greet('p'), 0);
	realm_sync_check();
}

/* Waits until the realm is idle, and checks that nothing is unsynced. */
static void
end_synced(void)
{
	dialogue_end(&talk);
	ck_assert_int_eq(realm_stop(&realm), 0);
	realm_sync_check_idle(&realm);
	realm_sync_end();
}

/* Checks that the message was acknowledged after a sync. */
static void
expect_synced_ack(uint64_t number, size_t changes)
{
	peer_realm_has('p', number);
	realm_sync_check();
	ck_assert_uint_gt(realm_sync_sums()->synced, changes);
}

START_TEST(messages)
{
	begin();
	for (uint64_t number = 1; number <= 3; number++) {
		size_t before = realm_sync_sums()->changes;

		peer_realm_message('p', number, "halo");
		expect_synced_ack(number, before);
	}
	end_synced();
}
END_TEST

/* Offers the file, and sends all of it that is wanted. */
static void
deliver_big_file(size_t offset)
{
	size_t before = realm_sync_sums()->changes;

	peer_realm_file('p', 1, "besar.bin", big, BIG);
	peer_realm_run("p< {'status':'OK','want':1,'offset':%zu}\n", offset);
	for (; offset < BIG; offset += CHUNK)
		peer_realm_chunk('p', 1, big, offset, CHUNK);
	expect_synced_ack(1, before);
}

START_TEST(begun_files)
{
	begin();
	peer_realm_file('p', 1, "besar.bin", big, BIG);
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
	peer_realm_chunk('p', 1, big, 0, CHUNK);
	peer_realm_run("p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n");
	peer_realm_cut('p');
	ck_assert_uint_eq(peer_realm_greet('p'), 0);
	realm_sync_check();
	deliver_big_file(CHUNK);
	ck_assert_uint_eq(realm_sync_sums()->names, 1);
	end_synced();
}
END_TEST

static bool
has_died(void *arg)
{
	(void)arg;
	return realm_sync_failed() == 1 && realm_logged(&realm, "died of signal 9");
}

/* The content has its name, but the name is not synced. */
START_TEST(left_by_the_killed)
{
	begin();
	realm_sync_fail(DIRECTORY, 0, 1, REALM_SYNC_DIE);
	peer_realm_file('p', 1, "besar.bin", big, BIG);
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
	peer_realm_chunk('p', 1, big, 0, CHUNK);
	peer_realm_chunk('p', 1, big, CHUNK, CHUNK);
	ck_assert(realm_until(has_died, NULL));
	ck_assert_uint_eq(realm_sync_mend(), 1);
	peer_realm_cut('p');
	ck_assert_uint_eq(peer_realm_greet('p'), 0);
	peer_realm_file('p', 1, "besar.bin", big, BIG);
	peer_realm_has('p', 1);
	end_synced();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sync_peer");
	TCase *tcase = peer_realm_tcase(suite, "delivered");

	tcase_add_test(tcase, messages);
	tcase_add_test(tcase, begun_files);
	tcase_add_test(tcase, left_by_the_killed);
	return realm_run_suite(suite);
}
