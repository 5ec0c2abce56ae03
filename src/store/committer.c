/*
 * store_committer: the one process that changes a store. The first client starts it; it ends when
 * the last has disconnected. Transactions that arrive while one batch is being synced form the
 * next. Doing a batch is left to store_apply.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/daemon.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "store/checkpoint.h"
#include "store/fsck/unfinished.h"
#include "store/int.h"
#include "store/intake.h"
#include "store/ringer.h"
#include "store/store_admin.h"

#define LINGER_MS   1000 /* how long to wait for new clients when the last has gone */
#define LARGE_BATCH 10   /* transactions */
#define SMALL_BATCH 4
#define STREAK      16

struct committer {
	struct store *store;
	struct store_ringer *ringer;
	struct store_intake intake;
	unsigned int streak; /* batches in a row for which the other mapping is better */
};

/*
 * TDB maps a file anew for each transaction, and each page that is touched costs a fault; without,
 * each look at a record costs system calls. So the sizes of the last batches decide.
 */
static void
choose_mapping(struct committer *c, size_t ops)
{
	bool large = ops >= LARGE_BATCH, small = ops <= SMALL_BATCH;

	if (c->store->mapped ? !small : !large) {
		c->streak = 0;
		return;
	}
	if (++c->streak < STREAK)
		return;
	c->streak = 0;
	if (store_map(c->store, !c->store->mapped) != 0)
		fatalx("cannot open the store again");
}

/* Whoever is told of a batch that is not known to be done might never hear of it again. */
static void
end_if_broken(const struct committer *c)
{
	if (c->store->writer->broken)
		fatalx("the disk failed: another committer is to see what is there");
}

static void
commit_batch(struct committer *c)
{
	struct store_op *ops[STORE_BATCH_OPS] = { NULL };
	size_t n = store_intake_list(&c->intake, ops);

	if (n == 0)
		return;
	store_apply_transactions(c->store, ops, n);
	end_if_broken(c);
	store_intake_reply(&c->intake, false);
	store_ringer_ring(c->ringer, ops, n);
	choose_mapping(c, n);
	store_apply_tasks(c->store, ops, n);
	end_if_broken(c);
	store_intake_reply(&c->intake, true);
}

/*
 * Until when a request is waited for, in ms; below 0: without end. A client that has come and gone
 * since keeps nobody waiting who has asked the committer to leave.
 */
static int
choose_patience(const struct committer *c)
{
	if (c->intake.clients.n > 1)
		return -1;
	return c->intake.leave || c->intake.farewell >= 0 ? 0 : LINGER_MS;
}

static void
serve_clients(struct committer *c)
{
	for (;;) {
		bool alone = c->intake.clients.n == 1;

		if (!alone)
			store_intake_stay(&c->intake);
		store_checkpoint_turn(c->store);
		end_if_broken(c);
		store_apply_ahead(c->store);
		int ready = store_clients_poll(&c->intake.clients, choose_patience(c));

		if (ready < 0 && errno != EINTR)
			fatal("committer: poll");
		if (ready < 0)
			store_ringer_watch(c->ringer);
		if (ready == 0 && alone)
			return;
		if (ready <= 0)
			continue;
		store_intake_gather(&c->intake);
		commit_batch(c);
		store_intake_next(&c->intake);
	}
}

/* The end of the ringer, or of a checkpoint's child, ends the wait in store_clients_poll(). */
static void
ignore_child(int number)
{
	(void)number;
}

/* The committer serves all clients: it keeps no descriptor or signal of the one that started it. */
static void
detach_process(struct store *store, int ready)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	store_files_close(store); /* the committer opens them itself, and a process may only once */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	daemon_detach(ready, "committer", store->state);
	signals_catch((const int[]){ SIGCHLD, 0 }, ignore_child);
}

/* Tells the process that waits for this committer why there will be none. */
static void __attribute__((noreturn)) refuse_start(const char *error)
{
	if (write(DAEMON_KEPT_FD, error, strlen(error)) < 0)
		log_warn("store: nobody waits for the committer");
	fatalx("%s", error);
}

static struct committer *
make_committer(const struct store *store)
{
	char error[512];
	struct committer *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	if (store_fsck_unfinished_is_there(store->state))
		refuse_start(
		    "a repair of the store was interrupted: kabarctl check --repair goes on");
	c->store = store_open_writer(&store->opt, error, sizeof(error));
	if (c->store == NULL)
		refuse_start(error);
	/* A committer that ends in good order takes its socket with it. */
	bool died = store_socket_is_left(store);
	int listening = store_socket_listen(store);
	if (listening < 0)
		fatal("cannot listen in %s", store->state);
	c->ringer = store_ringer_start(c->store);
	if (died)
		store_ringer_everyone(c->ringer);
	if (store_intake_init(&c->intake, c->store, listening, descriptors_raise()) != 0)
		fatal("out of memory");
	return c;
}

int
store_committer_confine(const struct store_options *opt, char *error, size_t size)
{
	const struct sandbox sandbox = { .kind = SANDBOX_COMMITTER, .writable = opt->state };

	return opt->sandbox ? sandbox_enter(&sandbox, error, size) : 0;
}

static void
run_committer(struct store *store, int ready)
{
	char error[512];

	detach_process(store, ready);
	(void)capabilities_drop();
	if (store_lock(store->state, STORE_COMMITTER_LOCK) < 0)
		_exit(0); /* another one is there already */
	if (store_committer_confine(&store->opt, error, sizeof(error)) != 0)
		refuse_start(error);
	struct committer *c = make_committer(store);

	close(DAEMON_KEPT_FD);
	log_debug("started");
	serve_clients(c);
	/* A client that connects from here on sees the connection end, and starts the next
	 * committer. */
	close(c->intake.clients.polls[0].fd);
	if (store_checkpoint_leave(c->store) != 0)
		log_warn("store: cannot close the files in good order");
	store_close(c->store);
	store_ringer_end(c->ringer);
	store_socket_remove(store);
	log_debug("ended");
	_exit(0);
}

int
store_committer_start(struct store *store)
{
	int ready[2];
	ssize_t len = 0;
	pid_t pid;

	if (pipe(ready) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* A grandchild, so that no client has to wait for it. */
		if (fork() == 0)
			run_committer(store, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		do
			len = read(ready[0], store->refusal, sizeof(store->refusal) - 1);
		while (len < 0 && errno == EINTR);
	} else {
		log_warn("store: cannot start the committer");
	}
	close(ready[0]);
	store->refusal[len > 0 ? len : 0] = '\0';
	return pid > 0 && len <= 0 ? 0 : -1;
}
