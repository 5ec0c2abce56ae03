/*
 * bench_floor: what the machine and the libraries can do at best: rows to read the others
 * beside. The only place in the benchmark that knows TDB.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tdb.h>
#include <unistd.h>

#include "bench_run.h"

#define RECORD    200
#define HASH_SIZE 10007
#define BLOCK     4096
#define BLOCKS    4096 /* of the preallocated file, written in turn */
#define BALL      64
#define TX_MANY   64
#define ECHO_LINE \
	"x \r\n\r\n" /* what the rows of kabar send, and the end that load_churn waits for */

int
bench_repeat(const struct bench *bench, const struct bench_job *job, struct stat_sample *sample)
{
	struct stat_hist hist;
	int64_t from_ns = stat_now_ns() + (int64_t)(bench->warm_s * 1e9);
	int64_t to_ns = from_ns + (int64_t)(bench->run_s * 1e9);
	int64_t begun_ns = stat_now_ns();

	stat_hist_clear(&hist);
	while (begun_ns < to_ns && !load_stopped()) {
		if (job->once(job->arg) != 0) {
			perror("a floor failed");
			return -1;
		}
		int64_t now_ns = stat_now_ns();
		if (begun_ns >= from_ns)
			stat_hist_add(&hist, now_ns - begun_ns);
		begun_ns = now_ns;
	}
	sample->value = (double)hist.count / ((double)(begun_ns - from_ns) / 1e9);
	sample->p50_us = stat_hist_us(&hist, 0.5);
	sample->p99_us = stat_hist_us(&hist, 0.99);
	return hist.count > 0 ? 0 : -1;
}

int
floor_fork(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct load_result result;
	int port = bench_echo(bench);

	if (port < 0 ||
	    load_churn(port, ECHO_LINE, row->n, bench->warm_s, bench->run_s, &result) != 0)
		return -1;
	return bench_sample(row, &result, sample);
}

struct inserts {
	struct tdb_context *tdb;
	unsigned int each;
	uint64_t number;
};

static int
insert_some(void *arg)
{
	struct inserts *inserts = arg;
	unsigned char record[RECORD] = { 0 };
	TDB_DATA data = { .dptr = record, .dsize = sizeof(record) };

	if (tdb_transaction_start(inserts->tdb) != 0)
		return -1;
	for (unsigned int i = 0; i < inserts->each; i++) {
		TDB_DATA key = { .dptr = (unsigned char *)&inserts->number,
			.dsize = sizeof(inserts->number) };

		inserts->number++;
		if (tdb_store(inserts->tdb, key, data, TDB_INSERT) != 0)
			return -1;
	}
	return tdb_transaction_commit(inserts->tdb);
}

static int
measure_tdb(struct bench *bench, unsigned int each, int flags, struct stat_sample *sample)
{
	char path[SERVER_PATH];
	struct inserts inserts = { .each = each };
	struct bench_job job = { .once = insert_some, .arg = &inserts };
	int status;

	snprintf(path, sizeof(path), "%s/floor.tdb", bench->dir);
	inserts.tdb =
	    tdb_open(path, HASH_SIZE, flags, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (inserts.tdb == NULL) {
		perror(path);
		return -1;
	}
	status = bench_repeat(bench, &job, sample);
	tdb_close(inserts.tdb);
	unlink(path);
	return status;
}

int
floor_tdb(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	int status = measure_tdb(bench, row->n, TDB_DEFAULT, sample);

	if (status == 0 && row->n == TX_MANY)
		bench->tdb_64 = sample->value;
	return status;
}

int
floor_tdb_records(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	if (bench->tdb_64 <= 0) /* measured by the row before this one */
		return -1;
	sample->value = bench->tdb_64 * TX_MANY;
	return 0;
}

int
floor_tdb_nosync(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	return measure_tdb(bench, row->n, TDB_NOSYNC, sample);
}

static int
throw_ball(void *arg)
{
	const int *fd = arg;
	char ball[BALL] = { 0 };

	return write(*fd, ball, sizeof(ball)) == BALL && read(*fd, ball, sizeof(ball)) == BALL ? 0
	                                                                                       : -1;
}

typedef int returner_work(void *arg);

static void __attribute__((noreturn)) return_balls(int fd, returner_work *work, void *arg)
{
	char ball[BALL];

	while (read(fd, ball, sizeof(ball)) == BALL)
		if ((work != NULL && work(arg) != 0) || write(fd, ball, sizeof(ball)) != BALL)
			break;
	_exit(0);
}

/* Starts a process that returns each ball when it has done its work; *fd is where to throw. */
static pid_t
start_returner(int *fd, returner_work *work, void *arg)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		return_balls(ends[1], work, arg);
	}
	close(ends[1]);
	*fd = ends[0];
	if (pid < 0)
		close(ends[0]);
	return pid;
}

static void
end_returner(pid_t pid, int fd)
{
	close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int
measure_returner(struct bench *bench, returner_work *work, void *arg, struct stat_sample *sample)
{
	int fd;
	struct bench_job job = { .once = throw_ball, .arg = &fd };
	pid_t pid = start_returner(&fd, work, arg);

	if (pid < 0)
		return -1;
	int status = bench_repeat(bench, &job, sample);
	end_returner(pid, fd);
	return status;
}

int
floor_pingpong(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	return measure_returner(bench, NULL, NULL, sample);
}

struct blocks {
	int fd;
	unsigned int next;
};

static int
write_block(void *arg)
{
	struct blocks *blocks = arg;
	static const char block[BLOCK];
	off_t at = (off_t)(blocks->next++ % BLOCKS) * BLOCK;

	return pwrite(blocks->fd, block, BLOCK, at) == BLOCK ? fdatasync(blocks->fd) : -1;
}

static int
measure_blocks(struct bench *bench,
    int (*measure)(struct bench *, struct blocks *, struct stat_sample *),
    struct stat_sample *sample)
{
	static const char block[BLOCK];
	char path[SERVER_PATH];
	struct blocks blocks = { 0 };
	int status = 0;

	snprintf(path, sizeof(path), "%s/floor.blocks", bench->dir);
	blocks.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (blocks.fd < 0)
		return -1;
	for (off_t i = 0; i < BLOCKS && status == 0; i++)
		status = pwrite(blocks.fd, block, BLOCK, i * BLOCK) == BLOCK ? 0 : -1;
	if (status == 0 && fsync(blocks.fd) == 0)
		status = measure(bench, &blocks, sample);
	close(blocks.fd);
	unlink(path);
	return status;
}

static int
measure_write(struct bench *bench, struct blocks *blocks, struct stat_sample *sample)
{
	struct bench_job job = { .once = write_block, .arg = blocks };

	return bench_repeat(bench, &job, sample);
}

int
floor_write(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	return measure_blocks(bench, measure_write, sample);
}

/* A client, one process as a worker is, and one as the committer is, which writes a block. */
static int
measure_relay(struct bench *bench, struct blocks *blocks, struct stat_sample *sample)
{
	int fd;
	pid_t pid = start_returner(&fd, write_block, blocks);

	if (pid < 0)
		return -1;
	int status = measure_returner(bench, throw_ball, &fd, sample);
	end_returner(pid, fd);
	return status;
}

int
floor_relay(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	return measure_blocks(bench, measure_relay, sample);
}

static size_t
echo_request(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)arg;
	(void)client;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "%s", ECHO_LINE);
}

/* Measures a bare child with a socket, both ends of the connection included. */
int
floor_memory(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct load load = { 0 };
	struct load_result result;
	struct load_plan plan = { .request = echo_request, .requests_each = 1 };
	int status = -1, port = bench_echo(bench);
	double before;

	if (port < 0)
		return -1;
	before = memory_available();
	for (plan.first = 0; plan.first < row->n; plan.first += plan.count) {
		plan.count = row->n - plan.first < 100 ? row->n - plan.first : 100;
		status = load_open(&load, port, plan.count);
		if (status == 0)
			status = load_run(&load, &plan, &result);
		if (status != 0)
			break;
	}
	sample->value = (before - memory_available()) / row->n;
	load_close(&load);
	return status;
}
