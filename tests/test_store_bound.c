/*
 * Bound connections: the committer does over them what its judge allows, whoever holds them.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store_fixture.h"

#define OWN_TABLE   STORE_TABLES_FREE
#define OTHER_TABLE (STORE_TABLES_FREE + 1)
#define KIND        7
#define ID          70
#define NOBODY      65534

/* This principal may touch one table and its own log. */
static bool
judge(struct store *store, const struct store_principal *principal, const struct store_step *steps,
    unsigned int n, unsigned int *refused)
{
	(void)store;
	for (*refused = 0; *refused < n; ++*refused) {
		const struct store_step *step = &steps[*refused];

		if (principal->kind != KIND || principal->id != ID)
			return false;
		if (step->key_len == 0 ? step->log != ID : step->key[0] != OWN_TABLE)
			return false;
	}
	return true;
}

struct place {
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt;
	struct store *store;
	unsigned int connections;
};

/* Hands out a connection as a process does that knows who asks. */
static int
connect_bound(void *arg)
{
	struct place *place = arg;
	int fd = store_committer_connect(place->store);

	place->connections++;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(store_committer_bind(fd,
	                     &(struct store_principal){ .kind = KIND, .id = ID }),
	    0);
	return fd;
}

/* From here on the store's transactions go over a new connection, bound or not. */
static struct store *
bind_store(struct place *place, bool bound)
{
	store_rest(place->store);
	place->store->opt.connect = bound ? connect_bound : NULL;
	place->store->opt.connect_arg = place;
	return place->store;
}

static struct store *
free_store(struct place *place)
{
	return bind_store(place, false);
}

static void
open_place(struct place *place, store_permit *permit)
{
	fixture_dir(place->dir);
	place->opt = fixture_options(place->dir);
	place->opt.permit = permit;
	place->store = fixture_create(&place->opt);
	place->connections = 0;
	ck_assert_int_eq(fixture_put(place->store, OTHER_TABLE, "k", "before"), STORE_OK);
	bind_store(place, true);
}

static void
close_place(struct place *place)
{
	store_close(place->store);
	fixture_remove(place->dir);
}

START_TEST(test_judged)
{
	struct place place;
	struct store_tx tx;
	struct store_outcome outcome;

	open_place(&place, judge);
	ck_assert_int_eq(fixture_put(place.store, OWN_TABLE, "k", "mine"), STORE_OK);
	ck_assert_int_eq(fixture_append(place.store, ID, "mine"), STORE_OK);
	ck_assert_int_eq(fixture_put(place.store, OTHER_TABLE, "k", "mine"), STORE_FORBIDDEN);
	ck_assert_int_eq(fixture_append(place.store, ID + 1, "mine"), STORE_FORBIDDEN);
	ck_assert(fixture_has(place.store, OTHER_TABLE, "k", "before"));
	ck_assert_uint_eq(fixture_info(place.store, ID + 1).last, 0);

	/* One step that may not be done: nothing is done, and the outcome names it. */
	store_tx_init(&tx);
	store_tx_put(&tx, OWN_TABLE, "k", 1, "more", 4);
	store_tx_put(&tx, OTHER_TABLE, "k", 1, "more", 4);
	ck_assert_int_eq(store_commit(place.store, &tx, &outcome), STORE_FORBIDDEN);
	ck_assert_uint_eq(outcome.step, 1);
	ck_assert(fixture_has(place.store, OWN_TABLE, "k", "mine"));

	/* A refusal costs neither the connection nor the process that is not bound. */
	ck_assert_uint_eq(place.connections, 1);
	ck_assert_int_eq(fixture_put(free_store(&place), OTHER_TABLE, "k", "after"), STORE_OK);
	close_place(&place);
}
END_TEST

/* Each of a chain is judged, and those behind one that may not be done are not. */
START_TEST(test_judged_chain)
{
	static const uint64_t logs[] = { ID, ID + 1, ID };
	static const enum store_status expected[] = { STORE_OK, STORE_FORBIDDEN, STORE_CONFLICT };
	struct store_chain *chain = store_chain_new();
	const struct store_outcome *outcomes;
	struct place place;
	struct store_tx tx;

	open_place(&place, judge);
	for (size_t i = 0; i < 3; i++) {
		store_tx_init(&tx);
		store_tx_append(&tx, logs[i], "mine", 4, 0, STORE_NO_LIMIT);
		ck_assert(store_chain_add(place.store, chain, &tx));
	}
	outcomes = store_chain_commit(place.store, chain);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(outcomes[i].status, expected[i]);
	store_chain_free(chain);
	ck_assert_uint_eq(fixture_info(place.store, ID).last, 1);
	ck_assert_uint_eq(fixture_info(place.store, ID + 1).last, 0);
	ck_assert_uint_eq(place.connections, 1);
	close_place(&place);
}
END_TEST

START_TEST(test_judged_post)
{
	struct place place;
	struct store_tx tx;

	open_place(&place, judge);
	store_tx_init(&tx);
	store_tx_put(&tx, OTHER_TABLE, "k", 1, "mine", 4);
	store_post(place.store, &tx);
	ck_assert_int_eq(fixture_put(place.store, OWN_TABLE, "k", "mine"), STORE_OK);
	ck_assert(fixture_has(place.store, OTHER_TABLE, "k", "before"));
	ck_assert_uint_eq(place.connections, 1);
	close_place(&place);
}
END_TEST

/* What cares for all of the store is for nobody who is bound, whatever the judge says. */
static bool
allow_all(struct store *store, const struct store_principal *principal,
    const struct store_step *steps, unsigned int n, unsigned int *refused)
{
	(void)store;
	(void)principal;
	(void)steps;
	(void)n;
	(void)refused;
	return true;
}

START_TEST(test_tasks)
{
	struct place place;
	struct store_snapshot snapshot;
	struct store_tx tx;
	unsigned char request[STORE_REQUEST_SIZE] = { STORE_REQUEST_LEAVE };
	unsigned char reply[STORE_REPLY_SIZE];

	open_place(&place, allow_all);
	ck_assert_int_eq(fixture_put(place.store, OTHER_TABLE, "k", "mine"), STORE_OK);
	ck_assert_int_eq(store_compact(place.store), STORE_FORBIDDEN);
	ck_assert_int_eq(store_snapshot_take(place.store, &snapshot), STORE_FORBIDDEN);
	store_tx_init(&tx);
	store_tx_drop(&tx, 1);
	ck_assert_int_eq(store_commit(place.store, &tx, NULL), STORE_FORBIDDEN);
	store_tx_init(&tx);
	store_tx_carry(&tx, 1);
	ck_assert_int_eq(store_commit(place.store, &tx, NULL), STORE_FORBIDDEN);

	int fd = connect_bound(&place);
	ck_assert_int_eq(send(fd, request, sizeof(request), 0), sizeof(request));
	ck_assert_int_eq(recv(fd, reply, sizeof(reply), 0), sizeof(reply));
	ck_assert_int_eq(reply[STORE_OP_ID], STORE_FORBIDDEN);
	close(fd);
	ck_assert_int_eq(store_compact(free_store(&place)), STORE_OK);
	close_place(&place);
}
END_TEST

/* The committer ends a connection that it does not bind. */
static void
is_ended(int fd)
{
	unsigned char reply[STORE_REPLY_SIZE];

	/* The end may come as a reset, when the committer had not read all. */
	ck_assert_int_le(recv(fd, reply, sizeof(reply), 0), 0);
	close(fd);
}

START_TEST(test_first)
{
	struct place place;
	struct store_principal principal = { .kind = KIND, .id = ID };
	unsigned char ping[STORE_REQUEST_SIZE] = { STORE_REQUEST_PING };
	unsigned char reply[STORE_REPLY_SIZE];

	open_place(&place, allow_all);
	/* Not after another request, not twice, not as nobody. */
	int fd = store_committer_connect(place.store);
	ck_assert_int_eq(send(fd, ping, sizeof(ping), 0), sizeof(ping));
	ck_assert_int_eq(recv(fd, reply, sizeof(reply), 0), sizeof(reply));
	ck_assert_int_eq(store_committer_bind(fd, &principal), 0);
	is_ended(fd);
	fd = connect_bound(&place);
	ck_assert_int_eq(store_committer_bind(fd, &principal), 0);
	is_ended(fd);
	fd = store_committer_connect(place.store);
	principal.kind = 0;
	ck_assert_int_eq(store_committer_bind(fd, &principal), 0);
	is_ended(fd);
	close_place(&place);
}
END_TEST

/* A committer that knows no judge takes nobody's word. */
START_TEST(test_no_judge)
{
	struct place place;

	open_place(&place, NULL);
	is_ended(connect_bound(&place));
	close_place(&place);
}
END_TEST

/* Connects and binds as another user of the system. The child's result. */
static int
bind_as_another(const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "commit.sock" };
	unsigned char ping[STORE_REQUEST_SIZE] = { STORE_REQUEST_PING };
	unsigned char reply[STORE_REPLY_SIZE];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0 || chdir(dir) != 0 || setuid(NOBODY) != 0)
		return 1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return errno == EACCES ? 0 : 2;
	if (store_committer_bind(fd, &(struct store_principal){ .kind = KIND, .id = ID }) != 0 ||
	    send(fd, ping, sizeof(ping), MSG_NOSIGNAL) < 0)
		return 0;
	return recv(fd, reply, sizeof(reply), 0) <= 0 ? 0 : 3;
}

START_TEST(test_another_user)
{
	struct place place;
	char path[FIXTURE_DIR_MAX + 16];
	int status;

	if (geteuid() != 0)
		return; /* only root can become another user */
	open_place(&place, allow_all);
	snprintf(path, sizeof(path), "%s/commit.sock", place.dir);
	/* First as it is, then as if somebody had opened the way. */
	for (int open_way = 0; open_way < 2; open_way++) {
		if (open_way) {
			ck_assert_int_eq(chmod(path, 0666), 0);
			ck_assert_int_eq(chmod(place.dir, 0755), 0);
		}
		pid_t pid = fork();
		if (pid == 0)
			_exit(bind_as_another(place.dir));
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	close_place(&place);
}
END_TEST

/* When the committer dies, the next request gets a new connection, bound like the first. */
START_TEST(test_new_connection)
{
	struct place place;

	open_place(&place, judge);
	ck_assert_int_eq(fixture_put(place.store, OWN_TABLE, "k", "1"), STORE_OK);
	ck_assert_int_eq(kill(fixture_committer(place.dir), SIGKILL), 0);
	ck_assert_int_eq(fixture_put(place.store, OWN_TABLE, "k", "2"), STORE_OK);
	ck_assert_int_eq(fixture_put(place.store, OTHER_TABLE, "k", "2"), STORE_FORBIDDEN);
	ck_assert_uint_ge(place.connections, 2);
	close_place(&place);
}
END_TEST

/* What the next committer says to everything. */
static bool allowed;

static bool
judge_by_time(struct store *store, const struct store_principal *principal,
    const struct store_step *steps, unsigned int n, unsigned int *refused)
{
	(void)store;
	(void)principal;
	(void)steps;
	(void)n;
	(void)refused;
	return allowed;
}

/* Hands in a transaction over a bound connection. The status in the reply. */
static int
hand_in(struct place *place, unsigned char number, unsigned int flags)
{
	struct store_request request = { .flags = flags, .part = STORE_PART_TABLES, .steps = 1 };
	unsigned char data[1024], reply[STORE_REPLY_SIZE];
	struct store_tx tx;
	struct pack p;
	int fd = connect_bound(place);

	request.id[0] = number;
	store_tx_init(&tx);
	store_tx_put(&tx, OWN_TABLE, "k", 1, "mine", 4);
	pack_init(&p, data, sizeof(data));
	store_request_pack(&p, &request);
	pack_raw(&p, tx.data, tx.len);
	ck_assert_int_eq(send(fd, data, p.len, 0), (ssize_t)p.len);
	ck_assert_int_eq(recv(fd, reply, sizeof(reply), 0), sizeof(reply));
	close(fd);
	return reply[STORE_OP_ID];
}

/* What a committer before did was judged there: the transaction itself may have ended the right. */
START_TEST(test_done_before)
{
	struct place place;

	allowed = true;
	open_place(&place, judge_by_time);
	ck_assert_int_eq(hand_in(&place, 1, 0), STORE_OK);
	ck_assert_int_eq(kill(fixture_committer(place.dir), SIGKILL), 0);
	fixture_committer_ended(place.dir);
	allowed = false;
	ck_assert_int_eq(hand_in(&place, 1, STORE_REQUEST_AGAIN), STORE_OK);
	ck_assert_int_eq(hand_in(&place, 1, 0), STORE_FORBIDDEN);
	ck_assert_int_eq(hand_in(&place, 2, STORE_REQUEST_AGAIN), STORE_FORBIDDEN);
	close_place(&place);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_judged, test_judged_chain, test_judged_post, test_tasks,
		test_first, test_no_judge, test_another_user, test_new_connection,
		test_done_before };

	return FIXTURE_MAIN(argc, argv, tests);
}
