/*
 * soak: `make soak`: runs two realms for a given time, in which everything happens to them that
 * happens in years, and says whether anything grew, was lost or came twice. Begins and ends it all.
 */
#include "soak.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench_load.h"
#include "bench_stat.h"
#include "soak_look.h"

#define USAGE_STATUS  64
#define SECONDS       3600
#define KEEP_SHARE    40 /* of the run */
#define KEEP_MIN      6
#define KEEP_MAX      90
#define SHOWN_MAX     60 /* failures; the others are only counted */
#define DRAIN_SECONDS 120
#define SHOWN_LOST    20
#define THREADS       (SOAK_REALMS * (SOAK_USERS + SOAK_NEWCOMERS))

int64_t
soak_now_ms(void)
{
	return stat_now_ns() / 1000000;
}

void
soak_pause_ms(unsigned int ms)
{
	stat_pause_ms((long)ms);
}

void
soak_count(struct soak *soak, enum soak_count count)
{
	atomic_fetch_add(&soak->counts[count], 1);
}

void
soak_fail(struct soak *soak, const char *fmt, ...)
{
	uint64_t before = atomic_fetch_add(&soak->counts[SOAK_FAILURES], 1);
	va_list ap;

	if (before >= SHOWN_MAX)
		return;
	flockfile(stdout);
	printf("%5" PRId64 " s: FAILURE: ", (soak_now_ms() - soak->start_ms) / 1000);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	funlockfile(stdout);
}

bool
soak_runs(const struct soak *soak)
{
	return atomic_load(&soak->phase) == SOAK_RUNNING;
}

/* Every user is in one group by the last digit, and some are in another one, too. */
bool
soak_is_member(unsigned int group, unsigned int user)
{
	return user % SOAK_GROUPS == group || user % 7 == group;
}

unsigned int
soak_members(unsigned int realm, unsigned int group, unsigned int *readers)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SOAK_USERS; i++)
		if (soak_is_member(group, i))
			readers[n++] = realm * SOAK_USERS + i;
	return n;
}

void
dice_init(struct dice *dice, uint64_t seed, uint64_t stream)
{
	dice->state = seed * 0x9e3779b97f4a7c15u + stream * 0xd1342543de82ef95u + 1;
	dice_roll(dice, 2);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
unsigned int
dice_roll(struct dice *dice, unsigned int n)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned int)((z ^ z >> 31) % n);
}

bool
dice_percent(struct dice *dice, unsigned int percent)
{
	return dice_roll(dice, 100) < percent;
}

static int
begin(struct soak *soak, const char *where)
{
	soak->ledger = ledger_new();
	snprintf(soak->dir, sizeof(soak->dir), "%s/kabar-soak-XXXXXX", where);
	if (soak->ledger == NULL || mkdtemp(soak->dir) == NULL) {
		perror(soak->dir);
		return -1;
	}
	soak->keep_s = soak->seconds / KEEP_SHARE;
	soak->keep_s = soak->keep_s < KEEP_MIN ? KEEP_MIN : soak->keep_s;
	soak->keep_s = soak->keep_s > KEEP_MAX ? KEEP_MAX : soak->keep_s;
	for (unsigned int i = 0; i < SOAK_REALMS; i++)
		if (soak_realm_make(soak, i) != 0)
			return -1;
	for (unsigned int i = 0; i < SOAK_REALMS; i++)
		if (soak_realm_configure(soak, i) != 0)
			return -1;
	return 0;
}

static bool
all_serve(const struct soak *soak)
{
	for (int i = 0; i < SOAK_REALMS; i++)
		if (atomic_load(&soak->realms[i].kabard) == 0)
			return false;
	return true;
}

static size_t
all_unread(struct soak *soak)
{
	size_t n = 0;

	for (unsigned int i = 0; i < SOAK_REALMS * SOAK_USERS; i++)
		n += ledger_unread(soak->ledger, i);
	return n;
}

/* Until the time is over or somebody interrupts; then until everything is read. */
static void
wait_for_end(struct soak *soak)
{
	int64_t end = soak->start_ms + (int64_t)soak->seconds * 1000;

	while (soak_now_ms() < end && !load_stopped())
		soak_pause_ms(100);
	atomic_store(&soak->phase, SOAK_DRAINING);
	end = soak_now_ms() + DRAIN_SECONDS * 1000;
	/* Who is about to send still does; everybody has begun to read after this. */
	soak_pause_ms(5000);
	while (all_unread(soak) > 0 && soak_now_ms() < end)
		soak_pause_ms(100);
}

struct loss {
	struct soak *soak;
	unsigned int reader;
};

static void
report_loss(void *arg, unsigned int sender, uint32_t number, int64_t age_ms)
{
	struct loss *loss = arg;

	soak_count(loss->soak, SOAK_LOST);
	if (atomic_load(&loss->soak->counts[SOAK_LOST]) <= SHOWN_LOST)
		soak_fail(loss->soak,
		    "LOST: message %u of sender %u to reader %u, %" PRId64 " ms old", number,
		    sender, loss->reader, age_ms);
}

static void
report_losses(struct soak *soak)
{
	for (unsigned int i = 0; i < SOAK_REALMS * SOAK_USERS; i++) {
		struct loss loss = { .soak = soak, .reader = i };

		ledger_each_unread(soak->ledger, i, report_loss, &loss);
	}
}

struct threads {
	pthread_t ids[THREADS];
	struct soak_role roles[THREADS];
	unsigned int n;
};

static void
send_out(struct threads *threads, struct soak *soak, unsigned int realm, unsigned int index,
    void *(*live)(void *))
{
	struct soak_role *role = &threads->roles[threads->n];

	*role = (struct soak_role){ .soak = soak, .realm = &soak->realms[realm], .index = index };
	if (pthread_create(&threads->ids[threads->n], NULL, live, role) == 0)
		threads->n++;
	else
		soak_fail(soak, "no thread for user %u", index);
}

static void
run_clients(struct soak *soak)
{
	struct threads threads = { .n = 0 };

	for (unsigned int realm = 0; realm < SOAK_REALMS; realm++) {
		for (unsigned int i = 0; i < SOAK_USERS; i++)
			send_out(&threads, soak, realm, i, soak_user);
		for (unsigned int i = 0; i < SOAK_NEWCOMERS; i++)
			send_out(&threads, soak, realm, i, soak_newcomer);
	}
	wait_for_end(soak);
	report_losses(soak);
	atomic_store(&soak->phase, SOAK_OVER);
	for (unsigned int i = 0; i < threads.n; i++)
		pthread_join(threads.ids[i], NULL);
}

/* The exit status. */
static int
run(struct soak *soak)
{
	pthread_t admins[SOAK_REALMS];
	struct soak_role roles[SOAK_REALMS];
	struct watch *watch;

	soak->start_ms = soak_now_ms();
	for (unsigned int i = 0; i < SOAK_REALMS; i++) {
		roles[i] = (struct soak_role){ .soak = soak, .realm = &soak->realms[i] };
		if (pthread_create(&admins[i], NULL, soak_admin, &roles[i]) != 0)
			abort();
	}
	while (!all_serve(soak) && atomic_load(&soak->counts[SOAK_FAILURES]) == 0)
		soak_pause_ms(20);
	watch = watch_begin(soak);
	if (watch == NULL)
		abort();
	run_clients(soak);
	for (unsigned int i = 0; i < SOAK_REALMS; i++)
		pthread_join(admins[i], NULL);
	watch_end(watch);
	bool sound = report_end(soak, watch) && atomic_load(&soak->counts[SOAK_FAILURES]) == 0;
	watch_free(watch);
	printf("%s\n", sound ? "nothing grows, nothing was lost" : "NOT as it should be");
	return sound ? 0 : 1;
}

static int
usage(const char *name)
{
	fprintf(stderr,
	    "usage: %s [-k] [-b programs] [-d directory] [-t seconds] [-s seed]\n"
	    "  -b  where kabard and kabarctl are, as built (src)\n"
	    "  -d  where the realms are made for a while (TMPDIR, or /var/tmp)\n"
	    "  -k  keep them, with their logs, when something was wrong\n"
	    "  -t  how long (%d)\n"
	    "  -s  draw the same numbers as another run (by the clock)\n",
	    name, SECONDS);
	return USAGE_STATUS;
}

static int
parse(struct soak *soak, int argc, char *argv[], const char **where, bool *keep)
{
	int option;

	while ((option = getopt(argc, argv, "b:d:kt:s:")) != -1) {
		switch (option) {
		case 'b':
			soak->programs = optarg;
			break;
		case 'd':
			*where = optarg;
			break;
		case 'k':
			*keep = true;
			break;
		case 't':
			soak->seconds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			soak->seed = strtoull(optarg, NULL, 10);
			break;
		default:
			return -1;
		}
	}
	return soak->seconds == 0 || optind != argc ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	static struct soak soak = { .programs = "src", .seconds = SECONDS };
	const char *where = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/var/tmp";
	bool keep = false;
	int status = 1;

	soak.seed = (uint64_t)time(NULL);
	if (parse(&soak, argc, argv, &where, &keep) != 0)
		return usage(argv[0]);
	signal(SIGPIPE, SIG_IGN);
	load_stop_on_signals();
	printf("seed %" PRIu64 ", %u s\n", soak.seed, soak.seconds);
	fflush(stdout);
	if (begin(&soak, where) == 0)
		status = run(&soak);
	for (unsigned int i = 0; i < SOAK_REALMS; i++)
		soak_realm_remove(&soak.realms[i]);
	if (status != 0 && keep)
		printf("kept: %s\n", soak.dir);
	else
		server_remove(soak.dir);
	ledger_free(soak.ledger);
	return status;
}
